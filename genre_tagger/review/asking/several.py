"""The genres of several tracks at once: what they have in common, and a change that leaves each its others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review.policy import NOTHING_BESIDES, Mode, Policy, merge, propose

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Decision, Track


class Shared(NamedTuple):
    """Genres that all of some tracks are to have.

    `fixed` are those among them that the policy does not let go: a file has them, and genres are only added.
    """

    genres: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()


def genres_to_be(track: Track, policy: Policy) -> tuple[str, ...]:
    """List the genres a track's file has after the next write, but for what is heard besides: nobody has said that.

    Parameters
    ----------
    track : Track
    policy : Policy
    """
    proposal = propose(track, replace(policy, besides=NOTHING_BESIDES))
    return proposal.new if proposal.ticked else track.genres


def in_common(tracks: Iterable[Track], policy: Policy, before: Shared | None = None) -> Shared:
    """Find the genres that all of `tracks` are to have, spelt and ordered as the first of them has them.

    Parameters
    ----------
    tracks : iterable of Track
        As many of them are looked at as it takes.
    policy : Policy
    before : Shared, optional
        What other tracks have in common, to go on from there.
    """
    for track in tracks:
        genres = genres_to_be(track, policy)
        keys = {genre_key(genre) for genre in genres}
        common = genres if before is None else tuple(genre for genre in before.genres if genre_key(genre) in keys)
        fixed = before.fixed if before is not None else frozenset()
        if policy.mode is Mode.ADD:
            fixed |= {genre_key(genre) for genre in track.genres}
        before = Shared(common, fixed)
        if not common:
            break
    return before or Shared()


def changed(track: Track, policy: Policy, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Decision | None:
    """Decide that a track gets and loses genres, and keeps its others.

    A track that would be left without any genre keeps what its file has.

    Parameters
    ----------
    track : Track
    policy : Policy
    add, remove : sequence of str
        However they are spelt.

    Returns
    -------
    Decision or None
        What to store as the user's word on this track.
    """
    from genre_tagger.library.tracks import Decision  # not before the window is seen

    before = genres_to_be(track, policy)
    gone = {genre_key(genre) for genre in remove}
    after = merge([genre for genre in before if genre_key(genre) not in gone], add, Mode.ADD)
    if after == before:
        return track.decision
    if after:
        return Decision(True, after)
    return track.decision if before == track.genres else Decision(False, ())
