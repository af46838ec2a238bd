"""How many tracks there are of everything: read away from the window, at most about once a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.jobs.queries import Queries
from app.jobs.state import Counted, Known, LibraryState
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_EVERY_MS = 700
_SOON_MS = 60
# So many shares are read for each number while others are still to be read for all.
_MOST_UNPREPARED = 100_000


def count(library: Library, policy: Policy) -> Counted | None:
    """Count everything that the window shows a number of; None where it would take too long at the moment."""
    if library.among and library.unprepared() > _MOST_UNPREPARED:
        return None
    states = {
        state: library.count_found(state=state, **policy.terms())
        for state in ("new", "proposed", "unsure", "nothing", "missing")
    }
    failures = library.failures()
    states["errors"] = len(failures)
    lists = [(saved, library.count_found(listed=saved.rule, **policy.terms())) for saved in library.lists()]
    playlists = library.playlists.all()
    return Counted(library.count(), library.genre_counts(), states, failures, library.folders(), lists, playlists)


class Counts(QObject):
    """Counts again when asked to, however often that is, and when the rules are others; the state takes the answer."""

    def __init__(self, queries: Queries, state: LibraryState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries, self._state = queries, state
        self._last = 0.0
        self._took = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._count)
        state.changed.connect(self._follow)

    def _follow(self, before: Known) -> None:
        if (self._state.now.policy, self._state.now.among) != (before.policy, before.among):
            self.count_soon()

    def count_soon(self) -> None:
        """Count again: at once when it was quiet, else when the pause since the last time is over."""
        if self._timer.isActive():
            return
        pause = max(_EVERY_MS, round(self._took * 10_000))
        since = (time.monotonic() - self._last) * 1000
        self._timer.start(max(_SOON_MS, round(pause - since)))

    def _count(self) -> None:
        self._last = time.monotonic()
        policy = self._state.now.policy
        self._queries.run(lambda library: count(library, policy), self._answer, key="counts")

    def _answer(self, counted: Counted | None) -> None:
        self._took = time.monotonic() - self._last
        if counted is None:
            self.count_soon()
        else:
            self._state.take_count(counted)
