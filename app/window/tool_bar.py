"""The toolbar: what one does most, the filter, and Write at the end."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QActionEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from app.look.widgets import FilterField
from app.window.actions import Actions

_LEFT = ("add_folder", None, "undo_write", "history")


class ToolBar(QToolBar):
    """Text stands beside the icons; every button can be reached with the keyboard."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._less: list[QToolButton] = []
        self.setObjectName("tools")
        self.setWindowTitle(self.tr("Tools"))
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggleViewAction().setVisible(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.filter = FilterField()
        for name in _LEFT:
            if name is None:
                self.addSeparator()
            else:
                made = self._add(actions, name)
                if name != "add_folder" and isinstance(made, QToolButton):
                    self._less.append(made)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.addWidget(self.filter)
        gap = QWidget()
        gap.setFixedWidth(4)
        self.addWidget(gap)
        self._add(actions, "write").setProperty("primary", True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit(event.size().width())
        super().resizeEvent(event)

    def actionEvent(self, event: QActionEvent) -> None:
        super().actionEvent(event)
        if event.type() == QEvent.Type.ActionChanged:
            self._fit(self.width())

    def _fit(self, width: int) -> None:
        """Where not all words fit, only Add and Write keep theirs; the others have them in their tooltips."""
        with_words = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for style in (with_words, Qt.ToolButtonStyle.ToolButtonIconOnly):
            for made in self._less:
                made.setToolButtonStyle(style)
            if self.sizeHint().width() <= width:
                break

    def _add(self, actions: Actions, name: str) -> QWidget:
        actions.draw_one(name)
        self.addAction(actions[name])
        made = self.widgetForAction(actions[name])
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return made
