"""A list of tracks with the genres that they would get, in the place of the track: accepted in one step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import button, label
from genre_tagger.library.tracks import Track

_ID, _WAS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_TICKED = Qt.CheckState.Checked


class TickedSheet(QWidget):
    """Tracks with the genres that they would get, all ticked.

    Signals: agreed(), refused() when all are to be asked about, left(), chosen(row) for a click beside the tick.
    """

    agreed = Signal()
    refused = Signal()
    left = Signal()
    chosen = Signal(int)

    def __init__(self, text: str, refuse: str, leave: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        self.title = label("", "title", wrap=True)
        column.addWidget(self.title)
        column.addWidget(label(text, "quiet", wrap=True))
        self.list = QListWidget()
        self.list.setObjectName("framed")
        self.list.setMinimumHeight(12 * theme.UNIT)
        self.list.setSpacing(theme.UNIT // 4)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Tracks and the genres they get; the space bar unticks one"))
        self.list.itemClicked.connect(self._click)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        self.agree = button(self.tr("Accept these  ↵"), primary=True)
        self.refuse, self.leave = button(refuse), button(leave, quiet=True)
        for part, signal in ((self.agree, self.agreed), (self.refuse, self.refused), (self.leave, self.left)):
            part.clicked.connect(signal.emit)
            row.addWidget(part)
        row.addStretch()
        column.addLayout(row)

    def show_rows(self, title: str, rows: Sequence[tuple[int, str]]) -> None:
        """Show tracks, each by its id with a line of text."""
        self.title.setText(title)
        self.list.clear()
        for id_, text in rows:
            item = QListWidgetItem(text)
            item.setData(_ID, id_)
            item.setData(_WAS, True)
            item.setToolTip(words.plain_tooltip(text))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(_TICKED)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def ticked(self) -> set[int]:
        """Give the ids of the tracks that are ticked."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return {item.data(_ID) for item in items if item.checkState() is _TICKED}

    def turn(self, row: int) -> None:
        """Tick what is not ticked, and the other way round."""
        item = self.list.item(row)
        item.setCheckState(Qt.CheckState.Unchecked if item.checkState() is _TICKED else _TICKED)

    def _click(self, item: QListWidgetItem) -> None:
        """Tell a click beside the tick from one on it, which has turned it by now."""
        before, now = item.data(_WAS), item.checkState() is _TICKED
        item.setData(_WAS, now)
        if before == now:
            self.chosen.emit(self.list.row(item))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.agreed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def named(track: Track) -> str:
    """Name a track in one line."""
    title = words.one_line(track.title) or words.printable(track.path.rpartition("/")[2])
    return f"{title}  ·  {words.one_line(track.artist)}" if track.artist else title
