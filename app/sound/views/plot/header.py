"""The left end of a lane: its name, what it is, its settings, and the key to its colours."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.look import theme
from app.look.widgets import ElidedLabel, IconButton, label

# Dragged so far beyond its lane, a header takes the lane along.
_DRAG = 12


class Explanation(QWidget):
    """The words that say what one is looking at; goes away at the next click or key."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("popup")
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(title, "heading"))
        body = label(text, wrap=True)
        body.setMinimumWidth(44 * self.fontMetrics().averageCharWidth())
        column.addWidget(body)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)


class Header(QWidget):
    """Signal: dragged(-1 or 1) when the lane is to change places with the one above or below."""

    dragged = Signal(int)

    def __init__(self, title: str, key: QWidget) -> None:
        super().__init__()
        self.setObjectName("laneHeader")
        self.name = ElidedLabel("strong")
        self.name.set_text(title)
        self.what = IconButton("question", self.tr("{}: what am I looking at?").format(title))
        self.more = IconButton("more", self.tr("{}: settings").format(title))
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.name, 1)
        row.addWidget(self.what)
        row.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.UNIT, theme.UNIT // 2, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        self.track = ElidedLabel("quiet")
        self.track.hide()
        column.addWidget(self.track)
        column.addWidget(key, 1)
        self._row = row
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        key.setCursor(Qt.CursorShape.ArrowCursor)
        for button in (self.what, self.more):
            self._make_small(button)
        self._held = False

    def tell(self, track: str) -> None:
        """Say which track this is, where there are several."""
        self.track.set_text(track)
        self.track.show()

    def add(self, button: IconButton) -> None:
        """Add a button of the lane's own."""
        self._make_small(button)
        self._row.insertWidget(self._row.indexOf(self.what), button)

    @staticmethod
    def _make_small(button: IconButton) -> None:
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setProperty("small", True)

    def needed_width(self) -> int:
        """How wide it has to be for its name and its buttons."""
        buttons = [button for button in self.findChildren(IconButton) if not button.isHidden()]
        name = self.name.fontMetrics().horizontalAdvance(self.name.accessibleName())
        return name + sum(button.sizeHint().width() for button in buttons) + 2 * theme.UNIT

    def explain(self, title: str, text: str) -> None:
        """Say what one is looking at, beside the button that was asked."""
        popup = Explanation(title, text, self)
        popup.adjustSize()
        below = self.what.mapToGlobal(QPoint(0, self.what.height()))
        if below.y() + popup.height() > self.screen().availableGeometry().bottom():
            below = self.what.mapToGlobal(QPoint(0, -popup.height()))
        popup.move(below)
        popup.show()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        y = event.position().y()
        if self._held and not -_DRAG <= y <= self.height() + _DRAG:
            self.dragged.emit(-1 if y < 0 else 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
