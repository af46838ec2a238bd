"""What the user says of proposals, stored away from the window and undoable within the session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from app.queries import Queries
from genre_tagger.library import Decision, Library


@dataclass(frozen=True, slots=True)
class Choice:
    """A yes or no to what is proposed, or genres of the user's own; None leaves that part as it was.

    `reset` forgets all the user said of a track.
    """

    accepted: bool | None = None
    genres: tuple[str, ...] | None = None
    reset: bool = False

    def after(self, before: Decision | None) -> Decision | None:
        """What is to be stored where `before` was."""
        if self.reset:
            return None
        before = before or Decision()
        return Decision(
            before.accepted if self.accepted is None else self.accepted,
            before.genres if self.genres is None else self.genres,
        )


Said = dict[Decision | None, list[int]]


class DecisionCommand(QUndoCommand):
    """Stores a choice for tracks; undoing gives each of them back what had been said before."""

    def __init__(
        self,
        text: str,
        queries: Queries,
        ids: Sequence[int],
        choice: Choice,
        stored: Callable[[Sequence[int]], None],
    ) -> None:
        super().__init__(text)
        self._queries = queries
        self._ids = list(ids)
        self._choice = choice
        self._stored = stored
        self._before: Said = {}

    def redo(self) -> None:
        """Store the choice."""
        self._queries.run(self._apply, lambda _: self._stored(self._ids), failed=lambda _: self._stored(self._ids))

    def undo(self) -> None:
        """Store what had been said before."""
        self._queries.run(self._take_back, lambda _: self._stored(self._ids), failed=lambda _: self._stored(self._ids))

    def _apply(self, library: Library) -> None:
        # Filled on the query thread, and read there: it serves its requests in turn.
        self._before = said(library, self._ids)
        for before, ids in self._before.items():
            library.decide(ids, self._choice.after(before))

    def _take_back(self, library: Library) -> None:
        for before, ids in self._before.items():
            library.decide(ids, before)


def said(library: Library, ids: Iterable[int]) -> Said:
    """Group tracks by what the user said of them so far."""
    groups: Said = {}
    for track in library.tracks(ids=ids, best_only=True):
        groups.setdefault(track.decision, []).append(track.id)
    return groups
