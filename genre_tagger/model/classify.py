"""Decode → features → model, many files at once."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Protocol

import numpy as np

from genre_tagger.base.errors import DecodeError, FileFailure
from genre_tagger.base.pool import outcomes
from genre_tagger.library.tracks import Candidate, NoGenre, Prediction, TagValues
from genre_tagger.model.features import log_mel_patches
from genre_tagger.model.network import GenreModel, Judgement
from genre_tagger.sound import audio

# Less sound than this says nothing about a genre. Codecs may cost a clip of three seconds some milliseconds.
_SHORTEST_SECONDS = 2.95

MOST_WINDOWS = 9
"""Excerpts of a track that can be asked for."""


class HasPath(Protocol):
    """Anything with a path: a track of the library, for one."""

    @property
    def path(self) -> str: ...


def classify(
    tracks: Iterable[HasPath], model: GenreModel, *, workers: int | None = None, windows: int | None = None
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
    windows : int or None
        How many excerpts of each track to listen to, in 1…9; None means as many as the model's card says.

    Yields
    ------
    Prediction or FileFailure
        One for each track, in the order in which they are done.

    Raises
    ------
    ValueError
        If `windows` is out of its range.
    """
    _check(windows)

    def work(track: HasPath) -> Prediction | FileFailure:
        return classify_file(track.path, model, windows=windows)

    yield from outcomes(work, tracks, workers=workers, name="classify")


def classify_file(path: str, model: GenreModel, *, windows: int | None = None) -> Prediction | FileFailure:
    """Classify one file, in the calling thread.

    Parameters
    ----------
    path : str
        The file.
    model : GenreModel
        The model to ask.
    windows : int or None
        As in :func:`classify`.

    Returns
    -------
    Prediction or FileFailure
        All the model's genres, the likeliest first, and its tags; a prediction without genres when this is
        silent, too short or no music; a failure when the sound cannot be read.
    """
    _check(windows)
    spec = model.card.spec
    try:
        heard = audio.windows(path, sr=spec.sr, seconds=spec.window_seconds, count=windows or spec.windows)
    except DecodeError as error:
        return FileFailure(path, "classify", error.reason)
    if not heard.excerpts:
        return Prediction(path, model.name, nothing=NoGenre.SILENT, length=heard.length)
    if sum(map(len, heard.excerpts)) < _SHORTEST_SECONDS * spec.sr:
        return Prediction(path, model.name, nothing=NoGenre.SHORT, length=heard.length)
    judgement = model.judge(np.concatenate([log_mel_patches(y, spec) for y in heard.excerpts]))
    return replace(prediction(path, model, judgement), length=heard.length)


def _check(windows: int | None) -> None:
    if windows is not None and not 1 <= windows <= MOST_WINDOWS:
        raise ValueError(f"{windows} windows of each track; they must be 1 to {MOST_WINDOWS}")


def prediction(path: str, model: GenreModel, judgement: Judgement) -> Prediction:
    """Put a judgement into the words of the line."""
    if judgement.genres is None:
        return Prediction(path, model.name, nothing=NoGenre.SPEECH if judgement.speech else NoGenre.NOT_MUSIC)
    best_first = np.argsort(-judgement.genres, kind="stable")
    shares = [(model.card.labels[i], float(judgement.genres[i])) for i in best_first]
    candidates = tuple(Candidate(genre, share, genre in model.card.only_offered) for genre, share in shares)
    heard = [(model.card.tags, judgement.tags), (model.card.moods, judgement.moods)]
    facts = tuple(fact for named, values in heard if values is not None for fact in named)
    values = [value for _, values in heard if values is not None for value in values.tolist()]
    tag_values = TagValues.of(facts, values) if facts else None
    embedding = None if judgement.embedding is None else judgement.embedding.astype("<f2").tobytes()
    return Prediction(path, model.name, candidates, tag_values=tag_values, embedding=embedding)
