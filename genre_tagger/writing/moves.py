"""What the undo journal keeps of files that were moved or copied into other folders, and of what followed them."""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOVES = """
    CREATE TABLE moves (
        id INTEGER PRIMARY KEY,
        batch INTEGER NOT NULL REFERENCES batches,
        kind TEXT NOT NULL,           -- see Kind
        state TEXT NOT NULL,          -- see Stage
        source BLOB NOT NULL, target BLOB NOT NULL,
        via BLOB,                     -- the name that the file, or its copy, has for a moment
        across INTEGER NOT NULL DEFAULT 0,   -- whether another drive is the target, or a copy is wanted
        ino INTEGER NOT NULL DEFAULT 0,      -- of the file when it was noted
        size INTEGER NOT NULL DEFAULT 0, mtime_ns INTEGER NOT NULL DEFAULT 0,
        digest BLOB,                  -- SHA-256 of the copy; of a list of files as it was left
        before BLOB,                  -- a list of files as it was, compressed
        mode INTEGER NOT NULL DEFAULT 0,     -- of a folder that went
        reason TEXT,
        changed REAL NOT NULL         -- Unix seconds
    );
    CREATE INDEX moves_of_batch ON moves (batch);
    CREATE INDEX moves_open ON moves (batch) WHERE state NOT IN ('done', 'failed', 'undone');
    PRAGMA user_version = 2
"""


class Kind(StrEnum):
    """What a row of the journal is about."""

    MOVE = "move"  # a file: from source to target
    COPY = "copy"  # a file that stays, and gets a copy
    TEXT = "text"  # a playlist or cue sheet at target that names files by their new places
    MADE = "made"  # a folder that was made: target
    GONE = "gone"  # a folder that went because nothing was left in it: source
    LISTED = "listed"  # a folder that the library got to know: target
    PLAN = "plan"  # all that is to be done, in `before`; open until it is, or nobody wants it any more
    FOLLOWED = "followed"  # open as long as lists may not name what was moved by its new place


class Stage(StrEnum):
    """How far a row has come."""

    INTENT = "intent"
    READY = "ready"  # the copy is proven, and about to get its name
    DONE = "done"
    FAILED = "failed"
    UNDO_INTENT = "undo intent"
    UNDO_READY = "undo ready"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `size` is in bytes; the digest is SHA-256; `before` is whole and no longer compressed."""

    id: int
    batch: int
    kind: Kind
    state: Stage
    source: str
    target: str
    via: str = ""
    across: bool = False
    ino: int = 0
    size: int = 0
    mtime_ns: int = 0
    digest: bytes | None = None
    before: bytes = b""
    mode: int = 0

    @property
    def backwards(self) -> bool:
        """Whether it is on its way back, or there."""
        return self.state in (Stage.UNDO_INTENT, Stage.UNDO_READY, Stage.UNDONE)


_OPEN = "state NOT IN ('done', 'failed', 'undone')"
_FIELDS = "id, batch, kind, state, source, target, via, across, ino, size, mtime_ns, digest, before, mode"


@dataclass(frozen=True)
class Moves:
    """The part of a :class:`~genre_tagger.writing.journal.Journal` that knows where files were moved to."""

    _write: Callable[..., int]
    _rows: Callable[..., list[tuple[Any, ...]]]
    together: Callable[[], contextlib.AbstractContextManager[None]]

    def start(self) -> int:
        """Begin a batch and return its id."""
        batch = self._write("INSERT INTO batches (started) VALUES (?)", time.time())
        self.note(batch, Kind.FOLLOWED)
        return batch

    def note(
        self, batch: int, kind: Kind, source: str = "", target: str = "", state: Stage = Stage.INTENT, **more: Any
    ) -> int:
        """Put on the drive what is about to be done; returns the row's id."""
        columns = {
            "batch": batch, "kind": kind, "state": state, "source": os.fsencode(source), "target": os.fsencode(target),
            "changed": time.time(), **_stored(more),
        }  # fmt: skip
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        return self._write(f"INSERT INTO moves ({names}) VALUES ({marks})", *columns.values())

    def update(self, row: int, **columns: object) -> None:
        """Note what has become of it: `state`, and any other column."""
        stored = _stored(columns)
        names = ", ".join(f"{name} = ?" for name in stored)
        self._write(f"UPDATE moves SET {names}, changed = ? WHERE id = ?", *stored.values(), time.time(), row)

    def conclude(self, rows: Iterable[int], state: Stage, reason: str | None = None) -> None:
        """Note how some ended, in one go."""
        with self.together():
            for row in rows:
                self.update(row, state=state, reason=reason)

    def of(self, batch: int, *kinds: Kind) -> list[Row]:
        """List what a batch did, in its order; all of it, or what is of some kinds."""
        marks = ", ".join("?" * len(kinds))
        among = f" AND kind IN ({marks})" if kinds else ""
        rows = self._rows(f"SELECT {_FIELDS} FROM moves WHERE batch = ?{among} ORDER BY id", batch, *kinds)
        return list(map(_row, rows))

    def open_batches(self) -> list[int]:
        """List the batches in which something was begun and not ended."""
        open_ = f"SELECT DISTINCT batch FROM moves WHERE {_OPEN} AND kind != 'plan' ORDER BY batch"
        return [batch for (batch,) in self._rows(open_)]

    def plans(self) -> list[Row]:
        """List the plans of which something may be left to do, the oldest first."""
        return list(map(_row, self._rows(f"SELECT {_FIELDS} FROM moves WHERE {_OPEN} AND kind = 'plan' ORDER BY id")))


def _stored(columns: dict[str, object]) -> dict[str, object]:
    stored = dict(columns)
    if isinstance(via := stored.get("via"), str):
        stored["via"] = os.fsencode(via)
    if isinstance(ino := stored.get("ino"), int):
        stored["ino"] = (ino + 2**63) % 2**64 - 2**63  # SQLite's integers have a sign
    if isinstance(before := stored.get("before"), bytes):
        stored["before"] = zlib.compress(before)
    return stored


def _row(values: Sequence[Any]) -> Row:
    number, batch, kind, state, source, target, via, across, ino, size, mtime_ns, digest, before, mode = values
    places = os.fsdecode(source), os.fsdecode(target), os.fsdecode(via or b"")
    content = zlib.decompress(before) if before else b""
    stamp = ino % 2**64, size, mtime_ns
    return Row(number, batch, Kind(kind), Stage(state), *places, bool(across), *stamp, digest, content, mode)
