"""Some genres instead of all: predictions read as if the model chose among these and among what the person taught."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from sqlite3 import Connection
from typing import Any, NamedTuple

from genre_tagger.library.storing import BEST_ONLY, COLUMNS, OF_ALL, track_of
from genre_tagger.library.tracks import Prediction, Track, evened

_DOCUMENT = "taught"
_OF_SOME = {"genre": "genre_among(p.candidates)", "probability": "probability_among(p.candidates)"}
_BEST_OF_SOME = COLUMNS.format(**_OF_SOME, candidates="NULL", tags="NULL, NULL")


class Taught(NamedTuple):
    """What a person taught, as predictions name it.

    Attributes
    ----------
    own : tuple of str
        Genres that stand beside those that are chosen, since there are enough examples of them.
    words : mapping of str to str
        What learned answers call a genre of the model, where that is another word.
    """

    own: tuple[str, ...] = ()
    words: Mapping[str, str] = {}


def taught(db: Connection) -> Taught:
    """Read what was taught."""
    row = db.execute("SELECT text FROM documents WHERE name = ?", (_DOCUMENT,)).fetchone()
    return Taught() if row is None else _read(row[0])


@lru_cache(maxsize=4)
def _read(text: str) -> Taught:
    own, words = json.loads(text)
    return Taught(tuple(own), words)


def keep_taught(db: Connection, now: Taught) -> None:
    """Store what was taught; of nothing, nothing is stored."""
    db.execute("DELETE FROM documents WHERE name = ?", (_DOCUMENT,))
    if now != Taught():
        db.execute("INSERT INTO documents VALUES (?, ?)", (_DOCUMENT, json.dumps(now, ensure_ascii=False)))


class Among:
    """The genres that one connection reads predictions by.

    Attributes
    ----------
    chosen : tuple of str
        Labels of the model; empty for all that is known.
    """

    def __init__(self, db: Connection) -> None:
        self.chosen: tuple[str, ...] = ()
        self._db, self._genres = db, tuple[str, ...]()
        db.create_function("genre_among", 1, lambda candidates: best_among(candidates, self._genres)[0])
        db.create_function("probability_among", 1, lambda candidates: best_among(candidates, self._genres)[1])

    def genres(self) -> tuple[str, ...]:
        """Give what there is to choose from now: the chosen, and a person's own; empty for all that is known.

        What is asked of :attr:`columns` after this goes by it.
        """
        if not self.chosen:
            self._genres = ()
        else:
            own, words = taught(self._db)
            self._genres = (*self.chosen, *(words[label] for label in self.chosen if label in words), *own)
        return self._genres

    @property
    def columns(self) -> Mapping[str, str]:
        """SQL for the likeliest ``"genre"`` of a prediction ``p``, and for its ``"probability"``."""
        return _OF_SOME if self.genres() else OF_ALL

    @property
    def best_only(self) -> str:
        """SQL for the columns of a track with the likeliest genre alone."""
        return _BEST_OF_SOME if self.genres() else BEST_ONLY

    def track_of(self, row: Sequence[Any]) -> Track:
        """Build a track from a row of :data:`genre_tagger.library.storing.COLUMNS`."""
        track = track_of(row)
        if self._genres and track.prediction is not None and len(track.prediction.candidates) > 1:
            return replace(track, prediction=track.prediction.among(self._genres))
        return track

    def read(self, prediction: Prediction) -> Prediction:
        """Read a prediction by the genres that were last given."""
        return prediction.among(self._genres) if self._genres else prediction


@lru_cache(maxsize=4)  # both columns and the filter ask for one row after the other
def best_among(candidates: str | None, genres: tuple[str, ...]) -> tuple[str | None, float | None]:
    """Give the likeliest of some genres and its probability, as :meth:`Prediction.among` would; for use in SQL.

    Parameters
    ----------
    candidates : str or None
        As :func:`genre_tagger.library.storing.prediction_row` writes them.
    genres : tuple of str
        What may be chosen.
    """
    rows = json.loads(candidates) if candidates else []
    kept = [row for row in rows if row[0] in genres] or rows
    at = next((number for number, row in enumerate(kept) if len(row) == 2), None)
    if at is None:
        return None, None
    shares = [row[1] for row in kept]
    return kept[at][0], shares[at] if len(kept) == len(rows) else evened(shares)[at]
