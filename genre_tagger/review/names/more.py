"""More than a genre: the styles, moods, voices, eras and instruments that are heard, as further genres of a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genre_tagger.files.values import GENRE
from genre_tagger.review.policy import Mode, Proposal, merge, retag

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Track

KINDS = ("style", "mood", "voice", "era", "instrument")
"""The kinds of what a model hears beside genres, as cards call them."""


def further(
    track: Track, kinds: Collection[str], most: int, field: str = GENRE, there: Sequence[str] = ()
) -> Proposal | None:
    """Propose what is clearly heard in a track as further genres of its file, or for another field, behind what it has.

    Parameters
    ----------
    track : Track
        With all that was heard in it.
    kinds : collection of str
        Of :data:`KINDS`.
    most : int
        How many are added at most, the clearest; at least 1.
    field, there : str, sequence of str
        Where to write them, if not among the genres, and the words that are in that field.

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
    old = track.genres if field == GENRE else tuple(there)
    fresh = merge(old, labels, Mode.ADD)[: len(old) + most]
    if fresh == old:
        return None
    if field == GENRE:
        return replace(retag(track, fresh), unreviewed=True)
    return replace(retag(track, (*track.genres, "")), old=old, new=fresh, field=field)
