"""A radio: from some tracks on to those that sound most like them, for so many minutes, no artist twice in a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.library import Library
from genre_tagger.review.sounds.similar import Alike

_SPARE_S = 90.0  # by which it may become longer than it is to be


@dataclass(frozen=True, slots=True)
class Heard:
    """What a radio has to know of a track: who plays it, and its length in seconds."""

    artist: str
    length: float


@dataclass(frozen=True, slots=True)
class Programme:
    """A radio's tracks in their order, and how long they are together (seconds)."""

    tracks: tuple[int, ...]
    seconds: float


def programme(seeds: Sequence[int], near: Iterable[int], heard: Mapping[int, Heard], seconds: float) -> Programme:
    """Put tracks into the order of a radio.

    Parameters
    ----------
    seeds : sequence of int
        Where it begins: the first of them comes first, the others come as those that are nearest.
    near : iterable of int
        What sounds like them, the nearest first.
    heard : mapping
        Those that may come; others are passed over.
    seconds : float
        How long it is to be. It is that long within a minute and a half, unless there are too few tracks: then shorter.

    Returns
    -------
    Programme
        No two neighbours are by one artist; tracks without an artist are by one each.
    """
    waiting = [track for track in dict.fromkeys([*seeds, *near]) if track in heard and heard[track].length > 0]
    chosen, total, last = list[int](), 0.0, ""
    while waiting and total < seconds:
        fits = (
            number
            for number, track in enumerate(waiting)
            if (genre_key(heard[track].artist) != last or not last)
            and (total + heard[track].length <= seconds + _SPARE_S or not chosen)
        )
        number = next(fits, None)
        if number is None:
            break
        track = waiting.pop(number)
        chosen.append(track)
        total, last = total + heard[track].length, genre_key(heard[track].artist)
    return Programme(tuple(chosen), total)


def radio(library: Library, alike: Alike, seeds: Sequence[int], minutes: float) -> Programme:
    """Make a radio from tracks of a library; see :func:`programme`."""
    near = [track for track, _ in alike.near(seeds, len(alike.ids))]
    wanted = _enough(near, minutes)
    heard = {
        track.id: Heard(track.artist, track.length)
        for track in library.tracks(ids=[*seeds, *wanted], best_only=True)
        if not track.missing and track.error_stage != "scan"
    }
    return programme(seeds, wanted, heard, minutes * 60)


def _enough(near: Sequence[int], minutes: float) -> Sequence[int]:
    """Leave out what is too far away to be reached in so many minutes, however short tracks are."""
    return near[: max(500, round(minutes * 4))]
