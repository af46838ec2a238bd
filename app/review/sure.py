"""What became sure while one answered: looked through as one list, accepted in one step or asked about after all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.look import theme, words
from app.look.widgets import button, label
from app.review.page import ReviewPage
from app.review.reviewing import Reviewing, still_open
from genre_tagger.library.tracks import Decision, Track
from genre_tagger.review.policy import propose


class SureSheet(QWidget):
    """Tracks with the genres that they would get, all ticked. Signals: agreed(), refused(), left()."""

    agreed = Signal()
    refused = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        self.title = label("", "title", wrap=True)
        column.addWidget(self.title)
        text = self.tr(
            "What you said told the model enough about these. Untick what is not right: you will be asked about it. "
            "Accepting is one step, which Backspace takes back."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        self.list = QListWidget()
        self.list.setObjectName("framed")
        self.list.setAccessibleName(self.tr("Tracks that became sure; the space bar unticks one"))
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        self.agree = button(self.tr("Accept these  ↵"), primary=True)
        self.refuse = button(self.tr("Ask about all of them"))
        self.leave = button(self.tr("Later  Esc"), quiet=True)
        for part, signal in ((self.agree, self.agreed), (self.refuse, self.refused), (self.leave, self.left)):
            part.clicked.connect(signal.emit)
            row.addWidget(part)
        row.addStretch()
        column.addLayout(row)

    def show_tracks(self, title: str, rows: Sequence[tuple[int, str]]) -> None:
        """Show tracks, each by its id with a line of text."""
        self.title.setText(title)
        self.list.clear()
        for id_, text in rows:
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, id_)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def ticked(self) -> set[int]:
        """Give the ids of the tracks that are ticked."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return {item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() is Qt.CheckState.Checked}

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.agreed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class BecameSure(QObject):
    """Has the list shown, and does with it what the person says."""

    def __init__(self, page: ReviewPage, reviewing: Reviewing, queries: Queries, state: LibraryState) -> None:
        super().__init__(reviewing)
        self._page, self._reviewing, self._queries, self._state = page, reviewing, queries, state
        self._genres: dict[int, tuple[str, ...]] = {}
        self.sheet = SureSheet()
        page.add_sheet(self.sheet)
        page.sure.clicked.connect(self._ask)
        self.sheet.agreed.connect(lambda: self._decide(self.sheet.ticked()))
        self.sheet.refused.connect(lambda: self._decide(set()))
        self.sheet.left.connect(page.leave_sheet)

    def _ask(self) -> None:
        ids = self._reviewing.became_sure()
        self._queries.run(lambda library: still_open(library, ids), self._show, key="review sure")

    def _show(self, tracks: list[Track]) -> None:
        policy = self._state.now.policy
        self._genres = {track.id: propose(track, policy).new for track in tracks}
        rows = [(track.id, _line(track, self._genres[track.id])) for track in tracks if self._genres[track.id]]
        self.sheet.show_tracks(self.tr("{} became sure").format(words.tracks(len(rows))), rows)
        self._page.show_sheet(self.sheet, self.sheet.list)

    def _decide(self, agreed: set[int]) -> None:
        self._page.leave_sheet()
        self._reviewing.settle_sure(
            {id_: Decision(True, genres) for id_, genres in self._genres.items() if id_ in agreed},
            [id_ for id_ in self._genres if id_ not in agreed],
        )


def _line(track: Track, genres: tuple[str, ...]) -> str:
    title = words.one_line(track.title) or words.printable(track.path.rpartition("/")[2])
    named = f"{title}  ·  {words.one_line(track.artist)}" if track.artist else title
    return f"{words.genres(genres)}   –   {named}"
