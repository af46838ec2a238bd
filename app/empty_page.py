"""The first page: what the program does and how to begin."""

from __future__ import annotations

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.widgets import Glyph, button, label
from genre_tagger.assets import asset


class EmptyPage(QWidget):
    """Says in plain words what to do; the whole window takes drops, this page shows where.

    Signals: add_asked() for the folder dialog, folder_chosen(path) for the music folder, demo_asked().
    """

    add_asked = Signal()
    folder_chosen = Signal(str)
    demo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(*[4 * theme.UNIT] * 4)
        outer.addStretch(2)
        outer.addWidget(self._drop_zone(), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addSpacing(2 * theme.UNIT)
        outer.addWidget(self._promises(), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def _drop_zone(self) -> QFrame:
        self.zone = QFrame()
        self.zone.setObjectName("drop")
        self.zone.setMinimumWidth(52 * theme.UNIT)
        inside = QVBoxLayout(self.zone)
        inside.setContentsMargins(*[5 * theme.UNIT] * 4)
        inside.setSpacing(theme.UNIT)
        centre = Qt.AlignmentFlag.AlignHCenter
        inside.addWidget(Glyph("note", 48), 0, centre)
        inside.addSpacing(theme.UNIT)
        inside.addWidget(label(self.tr("Drop a folder of music here"), "title"), 0, centre)
        text = self.tr(
            "Genre Tagger listens to every track, proposes a genre, and shows you the change before it is made."
        )
        explanation = label(text, "quiet", wrap=True)
        explanation.setAlignment(centre)
        explanation.setMinimumWidth(42 * theme.UNIT)
        inside.addWidget(explanation, 0, centre)
        inside.addSpacing(2 * theme.UNIT)
        inside.addLayout(self._buttons())
        return self.zone

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addStretch()
        self.add_button = button(self.tr("Add folder…"), primary=True)
        self.add_button.clicked.connect(self.add_asked)
        self.setFocusProxy(self.add_button)
        row.addWidget(self.add_button)
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
        if music and music != home:
            self._add(row, self.tr("My music folder")).clicked.connect(lambda: self.folder_chosen.emit(music))
        if asset("resources", "demo").is_dir():
            self._add(row, self.tr("Try the demo library")).clicked.connect(self.demo_asked)
        row.addStretch()
        return row

    def _add(self, row: QHBoxLayout, text: str) -> QPushButton:
        made = button(text)
        row.addWidget(made)
        return made

    def _promises(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setSpacing(theme.UNIT)
        for text in (
            self.tr("Nothing leaves this computer"),
            self.tr("Nothing is written until you press Write"),
            self.tr("Every write can be undone"),
        ):
            promise = QHBoxLayout()
            promise.setSpacing(theme.UNIT)
            promise.addWidget(Glyph("check", 16, accent=True))
            words: QLabel = label(text, "quiet")
            promise.addWidget(words)
            promise.addStretch()
            column.addLayout(promise)
        return box

    def show_drop(self, hot: bool) -> None:
        """Light the drop zone up while something is dragged over the window."""
        self.zone.setProperty("hot", hot)
        self.zone.style().unpolish(self.zone)
        self.zone.style().polish(self.zone)
