"""What was decided step by step, so that each step can be taken back, also after a restart."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from genre_tagger.library import storing
from genre_tagger.library.tracks import Decision


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was decided at once.

    Attributes
    ----------
    id : int
        Rising with time.
    kind : str
        How it was decided, in a word of whoever did.
    tracks : tuple of int
        The ids of the tracks it is about, as far as they are still in the library.
    titles : tuple of str
        Title, or file name, of the first few of them.
    decision : Decision or None
        What the first of them was given.
    """

    id: int
    kind: str
    tracks: tuple[int, ...]
    titles: tuple[str, ...]
    decision: Decision | None


_TITLES = 3


class Steps:
    """The steps of a library; `writing` opens and ends a transaction of its connection."""

    def __init__(self, db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._db, self._writing = db, writing

    def take(self, kind: str, decisions: Mapping[int, Decision | None]) -> int | None:
        """Store decisions as one step; tracks that are gone, and those for which nothing changes, are left out.

        Parameters
        ----------
        kind : str
            How they were made, in a word.
        decisions : mapping of int to Decision or None
            By track; None forgets what was said of it.

        Returns
        -------
        int or None
            The step's id; None when nothing changes.
        """
        with self._writing() as db:
            before = _said(db, decisions)
            changing = {id_: said for id_, said in decisions.items() if id_ in before and before[id_] != said}
            if not changing:
                return None
            step = db.execute("INSERT INTO steps (kind, time) VALUES (?, ?)", (kind, time.time())).lastrowid
            rows = [(step, id_, _packed(before[id_]), _packed(said)) for id_, said in changing.items()]
            db.executemany("INSERT INTO step_tracks VALUES (?, ?, ?, ?)", rows)
            _store(db, changing)
            return step

    def take_back(self, step: int | None = None) -> Step | None:
        """Give the tracks of a step, or of the last one, what was said of them before, and forget it.

        A track of which something else has been said since keeps that.

        Returns
        -------
        Step or None
            The step; None when there is none.
        """
        with self._writing() as db:
            found = _recent(db, 1, step)
            if not found:
                return None
            rows = db.execute("SELECT track, before, after FROM step_tracks WHERE step = ?", (found[0].id,)).fetchall()
            now = _said(db, [row[0] for row in rows])
            _store(db, {id_: _unpacked(before) for id_, before, after in rows if now.get(id_) == _unpacked(after)})
            db.execute("DELETE FROM steps WHERE id = ?", (found[0].id,))
            return found[0]

    def recent(self, count: int) -> list[Step]:
        """List the last steps, the newest first."""
        return _recent(self._db, count)

    def by_kind(self) -> dict[str, int]:
        """Count the steps of each kind that were not taken back."""
        return dict(self._db.execute("SELECT kind, count(*) FROM steps GROUP BY kind").fetchall())


def _recent(db: Connection, count: int, step: int | None = None) -> list[Step]:
    """List the last steps, the newest first, or a single one."""
    where = "" if step is None else "WHERE id = :step"
    sql = f"SELECT id, kind FROM steps {where} ORDER BY id DESC LIMIT :count"
    return [_step(db, *row) for row in db.execute(sql, {"step": step, "count": count}).fetchall()]


def _step(db: Connection, step: int, kind: str) -> Step:
    rows = db.execute(
        "SELECT s.track, s.after, t.title, t.path FROM step_tracks s JOIN tracks t ON t.id = s.track "
        "WHERE s.step = ? ORDER BY s.rowid", (step,),
    ).fetchall()  # fmt: skip
    titles = tuple(row[2] or os.path.basename(os.fsdecode(row[3])) for row in rows[:_TITLES])
    return Step(step, kind, tuple(row[0] for row in rows), titles, _unpacked(rows[0][1]) if rows else None)


def _said(db: Connection, tracks: Iterable[int]) -> dict[int, Decision | None]:
    """What is said of tracks now; those that are gone are left out."""
    found: dict[int, Decision | None] = {}
    for some in storing.chunks(tracks):
        sql = (
            "SELECT t.id, d.track, d.accepted, d.genres FROM tracks t LEFT JOIN decisions d ON d.track = t.id "
            f"WHERE t.id IN ({storing.marks(some)})"
        )
        for track, known, accepted, genres in db.execute(sql, some):
            said = Decision(None if accepted is None else bool(accepted), storing.unpack(genres)) if known else None
            found[track] = said
    return found


def _store(db: Connection, decisions: Mapping[int, Decision | None]) -> None:
    for said in set(decisions.values()):
        storing.decide(db, [track for track, decision in decisions.items() if decision == said], said)


def _packed(said: Decision | None) -> str | None:
    """A decision in one text: what was answered, then the genres."""
    if said is None:
        return None
    return ("?" if said.accepted is None else "yn"[not said.accepted]) + storing.pack(said.genres)


def _unpacked(text: Any) -> Decision | None:
    if text is None:
        return None
    accepted = {"y": True, "n": False}.get(text[0])
    return Decision(accepted, storing.unpack(text[1:]))
