"""What the user says of proposals, stored away from the window and undoable within the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.jobs.queries import Queries
from app.jobs.window_first import politely
from genre_tagger.review.policy import Action, Policy, propose
from genre_tagger.review.several import changed

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Decision, Track

    _Groups = dict[Decision | None, list[int]]

_PIECE = 2_000


def tickable(action: Action) -> bool:
    """Whether there is anything to say yes or no to."""
    return action not in (Action.SAME, Action.NONE, Action.NOTHING, Action.REFUSED)


def ticking(policy: Policy, wanted: bool) -> Callable[[Track], Decision | None]:
    """Make the change that ticks or unticks a track; it stores no more than that takes."""
    from genre_tagger.library.tracks import Decision  # not before the window is seen

    def change(track: Track) -> Decision | None:
        if not tickable(propose(track, policy).action):
            return track.decision
        genres = track.decision.genres if track.decision else ()
        for decision in (Decision(None, genres) if genres else None, Decision(wanted, genres)):
            if propose(replace(track, decision=decision), policy).ticked == wanted:
                return decision
        return track.decision

    return change


def wanting(ids: Sequence[int], policy: Policy) -> Callable[[Library], bool | None]:
    """Make the question whether these tracks are to be ticked: the first that can be decides; None if none can."""

    def ask(library: Library) -> bool | None:
        found = (propose(track, policy) for track in politely(library.tracks(ids=ids, best_only=True)))
        return next((not proposal.ticked for proposal in found if tickable(proposal.action)), None)

    return ask


def choosing(genres: tuple[str, ...]) -> Callable[[Track], Decision | None]:
    """Make the change that gives a track genres of the user's own; none forgets what the user said."""
    from genre_tagger.library.tracks import Decision

    return lambda track: Decision(True, genres) if genres else None


def changing(policy: Policy, add: Sequence[str], remove: Sequence[str]) -> Callable[[Track], Decision | None]:
    """Make the change that gives a track genres and takes others from it, and leaves it the rest."""
    return lambda track: changed(track, policy, add=add, remove=remove)


def giving(genres: Mapping[int, tuple[str, ...]]) -> Callable[[Track], Decision | None]:
    """Make the change that gives each track, by its id, genres of its own."""
    from genre_tagger.library.tracks import Decision

    return lambda track: Decision(True, genres[track.id])


class DecisionCommand(QUndoCommand):
    """Changes the decisions on tracks; undoing gives each of them back what had been said before."""

    def __init__(
        self,
        text: str,
        queries: Queries,
        ids: Sequence[int],
        change: Callable[[Track], Decision | None],
        stored: Callable[[Sequence[int]], None],
    ) -> None:
        super().__init__(text)
        self._queries = queries
        self._ids = list(ids)
        self._change = change
        self._stored = stored
        # Filled and read on the query thread, which serves its requests in turn.
        self._before: _Groups = {}

    def redo(self) -> None:
        """Store the change."""
        self._run(self._apply)

    def undo(self) -> None:
        """Store what had been said before."""
        self._run(self._take_back)

    def _run(self, work: Callable[[Library], None]) -> None:
        # Refused or not, the rows are shown again as the library has them.
        self._queries.run(work, lambda _: self._stored(self._ids), failed=lambda _: self._stored(self._ids))

    def _apply(self, library: Library) -> None:
        before: _Groups = {}
        after: _Groups = {}
        for track in politely(library.tracks(ids=self._ids, best_only=True)):
            decision = self._change(track)
            if decision != track.decision:
                before.setdefault(track.decision, []).append(track.id)
                after.setdefault(decision, []).append(track.id)
        self._before = before
        _store(library, after)

    def _take_back(self, library: Library) -> None:
        _store(library, self._before)


def _store(library: Library, groups: _Groups) -> None:
    # Piece by piece, so that neither the window nor a job has to wait for all of them.
    for decision, ids in groups.items():
        for start in politely(range(0, len(ids), _PIECE)):
            library.decide(ids[start : start + _PIECE], decision)
