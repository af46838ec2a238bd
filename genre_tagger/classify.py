"""Decode → features → model, many files at once."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Protocol

import numpy as np

from genre_tagger.audio import windows
from genre_tagger.errors import DecodeError, FileFailure
from genre_tagger.features import SHORTEST_SECONDS, log_mel_patches
from genre_tagger.library import Candidate, Prediction
from genre_tagger.model import GenreModel
from genre_tagger.pool import outcomes

# Root mean square below which a track counts as silent: -80 dB of full scale.
_SILENCE = 1e-4

_SILENT = "This file is silent, and silence has no genre."
_SHORT = f"This file has less than {SHORTEST_SECONDS:g} seconds of sound, too little to hear a genre in."


class HasPath(Protocol):
    """Anything with a path: a track of the library, for one."""

    @property
    def path(self) -> str: ...


def classify(
    tracks: Iterable[HasPath], model: GenreModel, *, workers: int | None = None
) -> Generator[Prediction | FileFailure]:
    """Classify tracks on all cores.

    `tracks` is consumed as it goes, in the calling thread, and only a few tracks ahead of the answers. Closing
    the generator drops what has not begun and returns when what has begun is through: a track takes a fraction
    of a second, and no thread is left.

    Parameters
    ----------
    tracks : iterable of HasPath
        What to classify; nothing but ``path`` is looked at.
    model : GenreModel
        The model to ask.
    workers : int or None
        How many tracks to work on at once; None means one for each core that this program may use.

    Yields
    ------
    Prediction or FileFailure
        One for each track, in the order in which they are done.
    """
    yield from outcomes(lambda track: classify_file(track.path, model), tracks, workers=workers, name="classify")


def classify_file(path: str, model: GenreModel) -> Prediction | FileFailure:
    """Classify one file, in the calling thread.

    Parameters
    ----------
    path : str
        The file.
    model : GenreModel
        The model to ask.

    Returns
    -------
    Prediction or FileFailure
        All the model's genres, the likeliest first; or why there is no answer: the sound cannot be read, is
        silent or too short.
    """
    spec = model.card.spec
    try:
        excerpts = windows(path, sr=spec.sr, seconds=spec.window_seconds, count=spec.windows)
    except DecodeError as error:
        return FileFailure(path, "classify", error.reason)
    if all(np.sqrt(np.mean(np.square(y))) < _SILENCE for y in excerpts):
        return FileFailure(path, "classify", _SILENT)
    patches = np.concatenate([log_mel_patches(y, spec) for y in excerpts])
    if not len(patches):
        return FileFailure(path, "classify", _SHORT)
    probabilities = model.predict(patches)
    best_first = np.argsort(-probabilities, kind="stable")
    candidates = tuple(Candidate(model.card.labels[i], float(probabilities[i])) for i in best_first)
    return Prediction(path, model.name, candidates)
