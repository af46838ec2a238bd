"""What the user says of proposals, stored away from the window and undoable within the session."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.jobs.queries import Queries
from app.jobs.window_first import politely
from genre_tagger.review.asking.several import changed
from genre_tagger.review.policy import Action, Policy, propose

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Decision, Track

    _Groups = dict[Decision | None, array[int]]

# So many are stored in a second or two, for which another job waits.
_PIECE = 1_000_000
_MANY = 50_000


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
        tracks = politely(library.tracks(ids=ids, best_only=not policy.further[0]))
        found = (propose(track, policy) for track in tracks)
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
    """Changes the decisions on tracks; undoing gives each of them back what had been said before.

    With a `policy`, `change` sees no difference between tracks that are alike to it.
    """

    def __init__(
        self,
        text: str,
        queries: Queries,
        ids: Sequence[int],
        change: Callable[[Track], Decision | None],
        stored: Callable[[Sequence[int]], None],
        policy: Policy | None = None,
    ) -> None:
        super().__init__(text)
        self._queries = queries
        self._ids = ids if isinstance(ids, array) else array("q", ids)
        self._change = change
        self._stored = stored
        self._policy = policy
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
        self._before = {}
        ids = _sorted(self._ids)
        for start in politely(range(0, len(ids), _PIECE)):
            piece = ids[start : start + _PIECE]
            said = None
            if self._policy is not None:
                by = self._policy
                said = library.decide_alike(piece, self._change, by.threshold, by.by.agreed, by.further)
            for decision, tracks in (self._each(library, piece) if said is None else said).items():
                self._before.setdefault(decision, array("q")).extend(tracks)

    def _each(self, library: Library, ids: Sequence[int]) -> _Groups:
        """Ask of each track what becomes of it; give those for which that is something else, by what was said."""
        before: _Groups = {}
        after: _Groups = {}
        for track in politely(library.tracks(ids=ids, best_only=self._policy is None or not self._policy.further[0])):
            decision = self._change(track)
            if decision != track.decision:
                before.setdefault(track.decision, array("q")).append(track.id)
                after.setdefault(decision, array("q")).append(track.id)
        _store(library, after)
        return before

    def _take_back(self, library: Library) -> None:
        _store(library, self._before)


def _sorted(ids: array[int]) -> array[int]:
    """Sort ids, as neighbours are stored together; many without holding up the window."""
    if len(ids) <= _MANY:
        return array("q", sorted(ids))
    import numpy as np

    return array("q", np.sort(np.frombuffer(ids, dtype=np.int64)).tobytes())


def _store(library: Library, groups: _Groups) -> None:
    for decision, ids in groups.items():
        for start in politely(range(0, len(ids), _PIECE)):
            library.decide(ids[start : start + _PIECE], decision)
