"""What is to be decided: the tracks of a list that nobody has answered yet, in a useful order."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genre_tagger.review.albums.grouping import group
from genre_tagger.review.asking.order import alike, by_usefulness, directions

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.review.policy import Policy

# One in so many that are looked at is one that the model is sure of.
_SPOT_EVERY = 12

HANDFUL = 9
"""So many tracks are accepted or changed at once: each has a number key."""
LIKELY = 0.45
"""A genre that is less likely than that is changed so often that a list costs more keys than one track after the other;
see benchmarks/review.py."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What is to be decided.

    Attributes
    ----------
    ids : tuple of int
        Tracks, the most useful first.
    spots : frozenset of int
        Those among them that the model is sure of: they are asked about to learn how often it is right.
    sure : int
        How many tracks of the list the model is sure of, and nobody has said anything.
    likely : frozenset of int
        Those whose likeliest genre is right often enough to be accepted as a list; without the spots, each of which
        is to be thought about.
    """

    ids: tuple[int, ...] = ()
    spots: frozenset[int] = frozenset()
    sure: int = 0
    likely: frozenset[int] = frozenset()


def waiting(
    library: Library, listed: Sequence[int], policy: Policy, *, everything: bool = False, model: str | None = None,
    albums: bool = False,
) -> Queue:  # fmt: skip
    """Gather what is to be decided of a list.

    Parameters
    ----------
    library : Library
    listed : sequence of int
        Ids of the tracks in the list.
    policy : Policy
        What is unsure by it is asked about.
    everything : bool
        Ask about all of the list that nothing was said of, sure or not.
    model : str, optional
        Whose embeddings say what is alike; without any the least sure come first.
    albums : bool
        Whether an answer is for a whole album: then those with many tracks come first.
    """
    ids, probabilities = library.teaching.judged()
    known = dict(zip(ids.tolist(), probabilities.tolist(), strict=True))
    unsure = set(library.find(state="unsure", **policy.terms()))
    sure = set(library.find(state="proposed", **policy.terms()))
    asked = [track for track in listed if track in known and (everything or track in unsure)]
    if everything:
        asked += _without_an_answer(library, set(listed) - set(asked), policy)
    certain = [track for track in listed if track in sure and track in known]
    uncertainty = {track: 1.0 - known.get(track, 0.0) for track in asked}
    if albums:
        uncertainty = _of_albums(library, uncertainty)
    ordered = _ordered(library, asked, uncertainty, model)
    likely = frozenset(track for track in asked if known.get(track, 0.0) >= LIKELY)
    if everything or not ordered:
        return Queue(tuple(ordered), frozenset(), len(certain), likely)
    spots = _sampled(certain, 1 + len(ordered) // _SPOT_EVERY)
    return Queue(tuple(_mixed(ordered, spots)), frozenset(spots), len(certain), likely)


def _without_an_answer(library: Library, among: set[int], policy: Policy) -> list[int]:
    """Those that the model names no genre for: somebody who knows them has something to say, too."""
    none = {*library.find(state="nothing", **policy.terms()), *library.find(state="errors", **policy.terms())}
    return sorted(track.id for track in library.tracks(ids=sorted(none & among)) if track.decision is None)


def _of_albums(library: Library, uncertainty: dict[int, float]) -> dict[int, float]:
    """Weigh tracks by how many of their album an answer would be for."""
    weighed = dict(uncertainty)
    for album in group(library.albums.rows()):
        asked = [track for track in album.tracks if track in uncertainty]
        if not album.compilation:
            weighed |= {track: uncertainty[track] * len(asked) for track in asked}
    return weighed


def _ordered(library: Library, asked: list[int], worth: dict[int, float], model: str | None) -> list[int]:
    uncertainty = np.array([worth[track] for track in asked])
    heard, vectors = library.teaching.embeddings(model) if model else (np.zeros(0, dtype=np.int64), np.zeros((0, 0)))
    place = {track: number for number, track in enumerate(heard.tolist())}
    if not asked or not all(track in place for track in asked):
        return [asked[number] for number in np.argsort(-uncertainty, kind="stable")]
    towards = directions(vectors[[place[track] for track in asked]].astype(np.float16))
    return [asked[number] for number in by_usefulness(uncertainty, towards)]


def _sampled(tracks: list[int], count: int) -> list[int]:
    """Some of them, the same every time as long as the list is the same."""
    rng = np.random.default_rng(len(tracks))
    return [tracks[number] for number in sorted(rng.permutation(len(tracks))[:count])]


def _mixed(ordered: list[int], spots: list[int]) -> list[int]:
    mixed = array("q", ordered)
    for number, track in enumerate(spots):
        mixed.insert(min(len(mixed), (number + 1) * _SPOT_EVERY - 1), track)
    return mixed.tolist()


def these_alike(library: Library, track: int, queue: Sequence[int], model: str) -> list[int]:
    """List the tracks of a queue that sound so much like another that they are likely to have its genre.

    Parameters
    ----------
    library : Library
    track : int
        The other one's id.
    queue : sequence of int
        Ids.
    model : str
        Whose embeddings are compared; what it has not heard is like nothing.
    """
    ids, vectors = library.teaching.embeddings(model)
    place = {known: number for number, known in enumerate(ids.tolist())}
    if track not in place:
        return []
    among = np.array([place[other] for other in queue if other in place], dtype=np.int64)
    return [int(ids[number]) for number in alike(directions(vectors), place[track], among)]


def of_album(library: Library, track: int, *, compilations: bool = True) -> list[int]:
    """List the ids of the other tracks of a track's album, in its order; none where it is on no album."""
    album = next((album for album in group(library.albums.rows([track])) if track in album.tracks), None)
    if album is None or (album.compilation and not compilations):
        return []
    return [id_ for id_ in album.tracks if id_ != track]


def handful(library: Library, likely: Sequence[int], *, albums: bool) -> list[list[int]]:
    """Take the first few tracks, each with the others of its album where an answer is for all of them.

    Parameters
    ----------
    library : Library
    likely : sequence of int
        Ids, the most useful first.
    albums : bool
        Whether an answer is for a whole album.

    Returns
    -------
    list of list of int
        At most :data:`HANDFUL`; no track is in two of them.
    """
    rows: list[list[int]] = []
    covered: set[int] = set()
    for track in likely:
        if track in covered:
            continue
        rows.append([track, *(of_album(library, track, compilations=False) if albums else [])])
        covered.update(rows[-1])
        if len(rows) == HANDFUL:
            break
    return rows
