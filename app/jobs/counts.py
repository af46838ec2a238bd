"""How many tracks there are of everything: read away from the window, at most about once a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs.queries import Queries
from genre_tagger.base.errors import FileFailure
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_EVERY_MS = 700
_SOON_MS = 60


class Counted(NamedTuple):
    """What was counted, and the failures themselves."""

    total: int
    genres: list[tuple[str, int]]
    states: dict[str, int]
    failures: list[FileFailure]
    folders: list[str]


def count(library: Library, policy: Policy) -> Counted:
    """Count everything that the window shows a number of."""
    states = {
        state: len(library.find(state=state, **policy.terms()))
        for state in ("proposed", "unsure", "nothing", "missing")
    }
    failures = library.failures()
    states["errors"] = len(failures)
    return Counted(library.count(), library.genre_counts(), states, failures, library.folders())


class Counts(QObject):
    """Counts again when asked to, however often that is. Signal: counted(Counted)."""

    counted = Signal(object)

    def __init__(self, queries: Queries, policy: Policy, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.policy = policy
        self._queries = queries
        self._last = 0.0
        self._took = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._count)

    def count_soon(self) -> None:
        """Count again: at once when it was quiet, else when the pause since the last time is over."""
        if self._timer.isActive():
            return
        pause = max(_EVERY_MS, round(self._took * 10_000))
        since = (time.monotonic() - self._last) * 1000
        self._timer.start(max(_SOON_MS, round(pause - since)))

    def _count(self) -> None:
        self._last = time.monotonic()
        policy = self.policy
        self._queries.run(lambda library: count(library, policy), self._answer, key="counts")

    def _answer(self, counted: Counted) -> None:
        self._took = time.monotonic() - self._last
        self.counted.emit(counted)
