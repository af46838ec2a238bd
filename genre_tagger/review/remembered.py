"""What the bundled model heard in a library, as arrays kept in memory: each ten answers ask for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.library.albums import row_of
from genre_tagger.library.library import Library
from genre_tagger.library.storing import fold
from genre_tagger.library.teaching import HeardRow, HeardValue, heard_row
from genre_tagger.review.albums import grouping
from genre_tagger.review.folds import Ints, together

# Candidates of so many tracks are read at a time.
_AT_ONCE = 4_096
# More than so many bytes are read anew each time.
_MOST = 128 << 20
# The same of so many tracks.
_MOST_ROWS = 50_000


class Remembered(NamedTuple):
    """What was heard.

    Attributes
    ----------
    path, number : str, int
        Of which library, and when: another one means that it is older than what is there.
    model : str
        The name of the model.
    ids : ndarray [shape=(tracks,)]
        Rising.
    values : ndarray [shape=(tracks, embedding), dtype=float16]
    bundled : ndarray [shape=(tracks, labels)]
        How likely the model finds each genre, in 0…1.
    labels : tuple of str
        Its genres, sorted.
    proposed : ndarray of bool [shape=(labels,)]
        Which of them it may propose.
    """

    path: str
    number: int
    model: str
    ids: Ints
    values: NDArray[np.float16]
    bundled: NDArray[np.float32]
    labels: tuple[str, ...]
    proposed: NDArray[np.bool_]


class _Last:
    """The library that was asked about last; replaced as a whole, so that any thread may look."""

    heard: Remembered | None = None
    rows: dict[tuple[Any, ...], HeardRow] | None = None
    groups: tuple[list[tuple[Any, ...]], list[tuple[int, str]], Ints] | None = None


def heard_in(library: Library) -> Remembered:
    """Give what was heard in a library by the model that heard most of it; read when it has changed since.

    Raises
    ------
    LibraryError
        If the library cannot be read.
    """
    last, number = _Last.heard, library.teaching.heard_number()
    if last is None or (last.path, last.number) != (library.path, number):
        last = _read(library, number)
        _Last.heard = last if last.values.nbytes <= _MOST else None
    return last


def rows_of(library: Library, model: str) -> list[HeardRow]:
    """Give what else is known of the tracks that a model has heard, by their ids."""
    known, raw = _Last.rows or {}, library.teaching.heard_rows(model)
    rows = [known.get(row) or heard_row(row) for row in raw]
    _Last.rows = dict(zip(raw, rows, strict=True)) if len(rows) <= _MOST_ROWS else None
    return rows


def groups_of(library: Library, rows: Sequence[HeardRow]) -> Ints:
    """Say which of these tracks have an artist or an album in common; a compilation has neither.

    Returns
    -------
    ndarray [shape=(tracks,)]
        As :func:`genre_tagger.review.folds.together` gives it.
    """
    albums, artists = library.teaching.album_rows(), [(row.id, row.artist) for row in rows]
    last = _Last.groups
    if last is not None and last[:2] == (albums, artists):
        return last[2]
    album_of: dict[int, int] = {}
    for number, album in enumerate(grouping.group(map(row_of, albums)), 1):
        if not album.compilation:
            album_of.update(dict.fromkeys(album.tracks, number))
    folded = {artist: fold(artist).partition(BETWEEN)[0] for artist in {artist for _, artist in artists}}
    groups = together([folded[artist] for _, artist in artists], [album_of.get(track, 0) for track, _ in artists])
    _Last.groups = (albums, artists, groups) if len(albums) <= _MOST_ROWS else None
    return groups


def _read(library: Library, number: int) -> Remembered:
    model, rows = library.teaching.heard_values()
    sizes, counts = np.unique([len(row.vector) for row in rows], return_counts=True)
    size = int(sizes[counts.argmax()]) if rows else 0
    rows = [row for row in rows if len(row.vector) == size]
    values = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f2").reshape(len(rows), size // 2)
    labels, bundled, proposed = _bundled(rows)
    ids = np.array([row.track for row in rows], dtype=np.int64)
    return Remembered(library.path, number, model, ids, np.nan_to_num(values), bundled, labels, proposed)


def _bundled(rows: list[HeardValue]) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.bool_]]:
    """The model's genres, how likely it finds each for each track, and which of them it may propose."""
    place: dict[str, int] = {}
    offered: set[str] = set()
    parts = []
    for start in range(0, len(rows), _AT_ONCE):
        answers = json.loads("[" + ",".join(row.bundled for row in rows[start : start + _AT_ONCE]) + "]")
        flat = list(chain.from_iterable(answers))
        offered.update(candidate[0] for candidate in flat if len(candidate) > 2)
        columns = [place.setdefault(candidate[0], len(place)) for candidate in flat]
        tracks = np.repeat(np.arange(start, start + len(answers)), [len(answer) for answer in answers])
        parts.append((tracks, columns, [candidate[1] for candidate in flat]))
    labels = sorted(place)
    bundled = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for tracks, columns, chances in parts:
        bundled[tracks, columns] = chances
    order = [place[label] for label in labels]
    return tuple(labels), bundled[:, order], np.array([label not in offered for label in labels], dtype=np.bool_)
