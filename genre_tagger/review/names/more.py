"""More than a genre: the styles, moods, voices, eras and instruments that are heard, as further genres of a file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from genre_tagger.review.policy import Mode, Proposal, merge, retag

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Track

KINDS = ("style", "mood", "voice", "era", "instrument")
"""The kinds of what a model hears beside genres, as cards call them."""


def further(track: Track, kinds: Collection[str], most: int) -> Proposal | None:
    """Propose what is clearly heard in a track as further genres of its file, behind those that it has.

    Parameters
    ----------
    track : Track
        With all that was heard in it.
    kinds : collection of str
        Of :data:`KINDS`.
    most : int
        How many are added at most, the clearest; at least 1.

    Returns
    -------
    Proposal or None
        None where nothing is to be added: a file without a genre gets a genre first, and what is no music gets nothing.
    """
    prediction = track.prediction
    if not track.genres or prediction is None or prediction.genre is None or prediction.tag_values is None:
        return None
    besides = [*track.genres, *(candidate.genre for candidate in prediction.candidates)]
    labels = [tag.fact.label for tag in prediction.tag_values.words(*kinds, besides=besides)]
    fresh = merge(track.genres, labels, Mode.ADD)[: len(track.genres) + most]
    return None if fresh == track.genres else replace(retag(track, fresh), unreviewed=True)
