"""Turns labelled recordings into pieces that a network learns from, computed once and stored in the work folder."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError, FileFailure
from genre_tagger.base.small_files import replacing
from genre_tagger.sound.decoders import not_opened
from genre_tagger.training.data.datasets import HELD, TEST, TRAIN, Dataset, DatasetError, Track
from genre_tagger.training.recipes.inputs import Array, InputSpec

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Pieces of recordings.

    Attributes
    ----------
    labels : tuple of str
        Names of the labels.
    tracks : tuple of Track
        The recordings.
    pieces : ndarray [shape=(pieces, …)]
        As :meth:`InputSpec.pieces` gives them.
    track : ndarray [shape=(pieces,)]
        Which of `tracks` each piece is of.
    part : ndarray [shape=(pieces,)]
        The part each piece is in: that of its track, unless the split is leaky.
    leaky : bool
        Whether pieces of one recording (or, where there is one piece a recording, recordings of one artist)
        stand on both sides of the split.
    """

    labels: tuple[str, ...]
    tracks: tuple[Track, ...]
    pieces: Array
    track: Ints
    part: NDArray[np.str_]
    leaky: bool = False

    @property
    def label(self) -> Ints:
        """Label of each piece [shape=(pieces,)]."""
        return np.array([track.label for track in self.tracks], dtype=np.int64)[self.track]

    def of(self, part: str) -> Ints:
        """Indices of the pieces of one part."""
        return np.flatnonzero(self.part == part)


def gather(
    dataset: Dataset, input_spec: InputSpec, cache: str, stored: Mapping[str, Array] | None = None
) -> Iterator[tuple[Track, Array] | FileFailure]:
    """Yield the pieces of every track of a dataset; what is in the cache is not computed again.

    Parameters
    ----------
    dataset : Dataset
        Tracks with a sound file, or with an entry in `stored`; others are passed over.
    input_spec : InputSpec
        What a piece is.
    cache : str
        Folder; a file for each track and kind of input, named by the path, size and time of the sound file.
    stored : mapping of str to ndarray, optional
        File name without suffix → pieces that need no sound.

    Yields
    ------
    (Track, ndarray) or FileFailure
        One for each track; a failure does not stop the others.
    """
    for track in dataset.tracks:
        if stored is not None:
            if track.stem in stored:
                yield track, stored[track.stem]
        elif track.path:
            try:
                yield track, _of_file(track.path, input_spec, cache)
            except DecodeError as error:
                yield FileFailure(track.path, "prepare", error.reason)


def joined(labels: Sequence[str], rows: Sequence[tuple[Track, Array]]) -> Examples:
    """Put the pieces of tracks together; each is in its track's part.

    Raises
    ------
    DatasetError
        If there are none.
    """
    if not rows:
        raise DatasetError("None of the recordings could be used: no sound file was found, or none could be read.")
    tracks = tuple(track for track, _ in rows)
    counts = [len(pieces) for _, pieces in rows]
    part = np.repeat(np.array([track.part for track in tracks], dtype=np.str_), counts)
    place = np.repeat(np.arange(len(tracks)), counts)
    return Examples(tuple(labels), tracks, np.concatenate([pieces for _, pieces in rows]), place, part)


def leaked(examples: Examples, *, seed: int, test: float = 0.25, held: float = 0.15) -> Examples:
    """Deal the pieces out at random, as the published reports did: what is measured on them is not honest.

    Pieces of one recording come to stand on both sides, so that a network is asked about recordings that it
    has learned by heart. Where there is one piece a recording, artists and repetitions stand on both sides.

    Parameters
    ----------
    examples : Examples
        From :func:`joined`.
    seed : int
        Of the dealing.
    test, held : float
        Share of the pieces to test on, and of the rest to watch.

    Returns
    -------
    Examples
        With ``leaky`` set.
    """
    chance = np.random.default_rng(seed).random(len(examples.pieces))
    part = np.where(chance < test, TEST, np.where(chance < test + (1 - test) * held, HELD, TRAIN))
    return Examples(examples.labels, examples.tracks, examples.pieces, examples.track, part, leaky=True)


def _of_file(path: str, spec: InputSpec, cache: str) -> Array:
    try:
        stat = os.stat(path)
    except OSError as error:
        raise not_opened(path, error) from error
    identity = json.dumps([os.fsencode(os.path.abspath(path)).hex(), stat.st_size, stat.st_mtime_ns, spec.to_json()])
    place = os.path.join(cache, spec.kind, hashlib.sha256(identity.encode()).hexdigest()[:32] + ".npz")
    if (cached := _kept(place)) is not None:
        return cached
    pieces = spec.of_file(path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with replacing(place) as file:
        np.savez(file, pieces=pieces)
    return pieces


def _kept(place: str) -> Array | None:
    """What the cache has, or None; a damaged file counts as none."""
    try:
        # Opened here, because numpy leaves a damaged archive open.
        with open(place, "rb") as file, np.load(file, allow_pickle=False) as archive:
            pieces: Array = archive["pieces"]
            return pieces
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
