"""What several selected tracks have in common, read piece by piece so that nothing else has to wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.jobs.window_first import politely
from genre_tagger.review.several import Shared, in_common

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_PIECE = 1_000


class Several(QObject):
    """Finds the genres of several tracks. Signal: known(ids, Shared), unless others are asked about before."""

    known = Signal(object, object)

    def __init__(self, queries: Queries, state: LibraryState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries, self._state = queries, state

    def ask(self, ids: Sequence[int]) -> None:
        """Find out what these tracks have in common."""
        self._look(ids, 0, None)

    def _look(self, ids: Sequence[int], start: int, before: Shared | None) -> None:
        piece, policy = ids[start : start + _PIECE], self._state.now.policy

        def look(library: Library) -> Shared:
            return in_common(politely(library.tracks(ids=piece, best_only=True)), policy, before)

        self._queries.run(look, lambda shared: self._take(ids, start + _PIECE, shared), key="several")

    def _take(self, ids: Sequence[int], start: int, shared: Shared) -> None:
        if shared.genres and start < len(ids):
            self._look(ids, start, shared)
        else:
            self.known.emit(ids, shared)
