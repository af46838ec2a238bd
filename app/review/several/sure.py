"""What became sure while one answered: looked through as one list, accepted in one step or asked about after all."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.look import words
from app.review.page import ReviewPage
from app.review.reviewing import Reviewing, still_open
from app.review.several.sheet import TickedSheet, named
from genre_tagger.library.tracks import Decision, Track
from genre_tagger.review.policy import propose


class BecameSure(QObject):
    """Has the list shown, and does with it what the person says."""

    def __init__(self, page: ReviewPage, reviewing: Reviewing, queries: Queries, state: LibraryState) -> None:
        super().__init__(reviewing)
        self._page, self._reviewing, self._queries, self._state = page, reviewing, queries, state
        self._genres: dict[int, tuple[str, ...]] = {}
        text = self.tr(
            "What you said told the model enough about these. Untick what is not right: you will be asked about it. "
            "Accepting is one step, which Backspace takes back."
        )
        self.sheet = TickedSheet(text, self.tr("Ask about all of them"), self.tr("Later  Esc"))
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
        self.sheet.show_rows(self.tr("{} became sure").format(words.tracks(len(rows))), rows)
        self._page.show_sheet(self.sheet, self.sheet.list)

    def _decide(self, agreed: set[int]) -> None:
        self._page.leave_sheet()
        self._reviewing.settle_sure(
            {id_: Decision(True, genres) for id_, genres in self._genres.items() if id_ in agreed},
            [id_ for id_ in self._genres if id_ not in agreed],
        )


def _line(track: Track, genres: tuple[str, ...]) -> str:
    return f"{words.genres(genres)}   –   {named(track)}"
