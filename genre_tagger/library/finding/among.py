"""Some genres instead of all: predictions read as if the model chose among these and among what the person taught.

To read the shares of a million predictions anew at each question takes half a minute, so what comes of them is kept
beside, for the genres that were last prepared for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache
from sqlite3 import Connection
from typing import Any, NamedTuple

from genre_tagger.library import piles
from genre_tagger.library.storing import BEST_ONLY, COLUMNS, OF_ALL, track_of
from genre_tagger.library.tracks import Prediction, Track, evened

_DOCUMENT = "taught"
_OF_SOME = {"genre": "genre_among(p.candidates)", "probability": "probability_among(p.candidates)"}
# Tracks that were heard since are not among those that are kept.
KEPT = {
    name: f"coalesce((SELECT a.{name} FROM among a WHERE a.track = p.track), {sql})" for name, sql in _OF_SOME.items()
}
"""SQL for the likeliest genre of a prediction ``p``, and for its probability, where these are kept."""
OF_TRACK = {
    name: f"iif(a.track IS NULL, (SELECT {sql} FROM predictions p WHERE p.track = g.track), a.{name})"
    for name, sql in _OF_SOME.items()
}
"""The same of a track ``g``, of which ``a`` is what is kept, if it is there."""
_STEP = 5_000
SCHEMA = """
    CREATE TABLE among (track INTEGER PRIMARY KEY, genre TEXT, probability REAL);
    CREATE TABLE among_of (genres TEXT NOT NULL);  -- JSON; what the former table is for
    CREATE TRIGGER among_new AFTER INSERT ON predictions BEGIN DELETE FROM among WHERE track = new.track; END;
    CREATE TRIGGER among_other AFTER UPDATE OF candidates ON predictions BEGIN
        DELETE FROM among WHERE track = new.track;
    END;
    CREATE TRIGGER among_gone AFTER DELETE ON predictions BEGIN DELETE FROM among WHERE track = old.track; END;
"""
INDEX = "CREATE INDEX among_by_probability ON among (probability);"


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
        if not self.genres():
            return OF_ALL
        return KEPT if self._are_kept() else _OF_SOME

    @property
    def best_only(self) -> str:
        """SQL for the columns of a track with the likeliest genre alone."""
        return COLUMNS.format(**self.columns, candidates="NULL", tags="NULL, NULL") if self.genres() else BEST_ONLY

    def _are_kept(self) -> bool:
        sql = "SELECT 1 FROM among_of WHERE genres = ?"
        return self._db.execute(sql, (json.dumps(self._genres),)).fetchone() is not None

    def left(self) -> int:
        """Count the predictions that :meth:`fill` has not come to."""
        if not self.genres():
            return 0
        return lacking(self._db) if self._are_kept() else _heard(self._db)

    def fill(self, writing: Callable[[], AbstractContextManager[Connection]]) -> Iterator[int]:
        """Keep what comes of predictions, some thousand at each step; yields how many these were.

        What was interrupted goes on where it was.
        """
        if not self.left():
            return
        if not self._are_kept():
            with writing() as db:
                for statement in ("DELETE FROM among", "DELETE FROM among_of"):
                    db.execute(statement)
                db.execute("INSERT INTO among_of VALUES (?)", (json.dumps(self._genres),))
        after: int | None = -1
        while after is not None:
            lacking = (
                "SELECT p.track FROM predictions p WHERE p.track > :after "
                "AND NOT EXISTS (SELECT 1 FROM among a WHERE a.track = p.track) ORDER BY 1 LIMIT :step"
            )
            with writing() as db:
                asked = {"after": after, "step": _STEP}
                (after,) = db.execute(f"SELECT max(track) FROM ({lacking})", asked).fetchone()
                number = db.execute(
                    f"INSERT INTO among SELECT p.track, {_OF_SOME['genre']}, {_OF_SOME['probability']} "
                    f"FROM predictions p WHERE p.track IN ({lacking})", asked,
                ).rowcount  # fmt: skip
            if number:
                yield number

    def track_of(self, row: Sequence[Any]) -> Track:
        """Build a track from a row of :data:`genre_tagger.library.storing.COLUMNS`."""
        track = track_of(row)
        if self._genres and track.prediction is not None and len(track.prediction.candidates) > 1:
            return replace(track, prediction=track.prediction.among(self._genres))
        return track

    def labels(self, candidates: str) -> Sequence[str]:
        """List the genres that a prediction with these stored candidates is read by; none if it names none."""
        rows = json.loads(candidates)
        rows = [row for row in rows if row[0] in self._genres] or rows
        return [row[0] for row in rows] if any(len(row) == 2 for row in rows) else ()

    def read(self, prediction: Prediction) -> Prediction:
        """Read a prediction by the genres that were last given."""
        return prediction.among(self._genres) if self._genres else prediction


def lacking(db: Connection) -> int:
    """Count the predictions of which nothing is kept."""
    return _heard(db) - int(db.execute("SELECT count(*) FROM among").fetchone()[0])


def _heard(db: Connection) -> int:
    sql = "SELECT count(*) FROM predictions"
    if piles.KEPT.is_whole(db):  # they know the number, and a million predictions need not be read
        sql = "SELECT coalesce(sum(tracks), 0) FROM piles WHERE judged"
    return int(db.execute(sql).fetchone()[0])


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
