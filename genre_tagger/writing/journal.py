"""The undo journal: what is about to be written, what was, and how to take it back."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

from genre_tagger.base.errors import FileStamp, LibraryError
from genre_tagger.files.values import GENRE
from genre_tagger.library.schema import trouble
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.moves import MOVES, Moves


class State(StrEnum):
    """How far one file has come. INTENT and READY belong to a write, the UNDO_ ones to taking it back."""

    INTENT = "intent"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    UNDO_INTENT = "undo intent"
    UNDO_READY = "undo ready"
    UNDONE = "undone"


class Words(NamedTuple):
    """Words that are written together with a genre into `field`, one of :data:`genre_tagger.files.values.FIELDS`.

    `old` is what the file has in it, and `new` what it is to have: until the file is looked at what comes behind that.
    """

    field: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written into one file.

    Attributes
    ----------
    path : str
        The file; a symbolic link is followed.
    stamp : FileStamp
        The file as it was scanned.
    old, new : tuple of str
        Its genres as scanned, and as they shall be; or the words of another `field`.
    field : str
        What is written: the genre, or one of :data:`genre_tagger.files.values.FIELDS`.
    words : Words or None
        What is written besides, into another field.
    """

    path: str
    stamp: FileStamp
    old: tuple[str, ...]
    new: tuple[str, ...]
    field: str = GENRE
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that were written, or moved, together.

    Attributes
    ----------
    id : int
        Rises with every batch.
    started : float
        Unix seconds.
    files, undone : int
        Files that were written or moved, and those of them that were taken back.
    state : str
        ``"written"``, ``"partly undone"``, ``"undone"``, or ``"unfinished"`` until
        :func:`~genre_tagger.writing.settle.settle` has run.
    kind : str
        ``"write"``, or what :class:`~genre_tagger.writing.moves.Moves` keeps: ``"move"``, ``"copy"``.
    """

    id: int
    started: float
    files: int
    undone: int
    state: str
    kind: str = "write"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a batch. `old` and `new` are genres, or the words of another `field`; digests are SHA-256.

    Times are Unix seconds.

    `size` is that of the file before it was written, in bytes; `device` the number of the drive it was on.
    """

    id: int
    batch: int
    path: str
    target: str
    state: State
    old: tuple[str, ...]
    new: tuple[str, ...]
    before: bytes
    after: bytes | None
    temp: str | None
    found: bytes | None
    made: bytes | None
    reason: str | None
    changed: float
    size: int
    device: int
    field: str = GENRE
    words: Words | None = None


_FIELDS = (
    "id, batch, path, target, state, old, new, before, after, temp, found, made, reason, changed, stamp, field, words"
)


class Journal:
    """The undo journal; open one per thread on the same path."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: str) -> Self:
        """Open the journal, creating it and its folder when missing.

        Raises
        ------
        LibraryError
            If it cannot be opened, is damaged, is another kind of file, or was made by a newer version.
            It is never replaced by an empty one: what could be undone would be lost.
        """
        return cls(connect(path), path)

    @property
    def spare(self) -> str:
        """The folder beside it for whole files that are being replaced; there only when needed."""
        return self.path.removesuffix(".sqlite3") + "-kept"

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def batches(self) -> list[Batch]:
        """List the batches that wrote or moved at least one file, the oldest first."""
        rows = self._rows(
            "SELECT batches.id, started, kind, sum(state NOT IN ('intent', 'ready', 'failed')), sum(state = 'undone'),"
            " sum(state NOT IN ('done', 'failed', 'undone')) FROM batches JOIN"
            " (SELECT batch, state, 'write' AS kind FROM files"
            "  UNION ALL SELECT batch, state, kind FROM moves WHERE kind IN ('move', 'copy'))"
            " ON batch = batches.id GROUP BY batches.id HAVING sum(state != 'failed') ORDER BY batches.id"
        )
        return [
            Batch(number, started, files, undone, _batch_state(files, undone, unfinished), kind)
            for number, started, kind, files, undone, unfinished in rows
        ]

    @property
    def moves(self) -> Moves:
        """What is kept of files that were moved into other folders."""
        return Moves(self._write, self._rows, self.together)

    def entries(self, batch: int) -> list[Entry]:
        """List the files of one batch in the order they were written, with their genres before and after."""
        return self._entries("batch = ? ORDER BY id", batch)

    def entry(self, number: int) -> Entry:
        """Read one file's record."""
        (found,) = self._entries("id = ?", number)
        return found

    def unsettled(self) -> list[Entry]:
        """List the files of which a copy may lie about, or whose state is open: work for `settle`."""
        return self._entries("temp IS NOT NULL ORDER BY id")

    def delta(self, entry: int) -> bytes:
        """Read the difference that makes the file before the write out of the file after it."""
        (row,) = self._rows("SELECT delta FROM files WHERE id = ?", entry)
        return bytes(row[0] or b"")

    def start(self) -> int:
        """Begin a batch and return its id."""
        return self._write("INSERT INTO batches (started) VALUES (?)", time.time())

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Put everything noted inside on the drive in one go, when this ends."""
        with translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite ends it by itself when the drive is full
                    self._connection.execute("ROLLBACK")
                raise

    def intend(self, batch: int, change: Change, target: str, temp: str, found: bytes, audio: bytes) -> int:
        """Put on the drive what is about to be written; returns the entry's id."""
        stamp = change.stamp
        return self._write(
            "INSERT INTO files"
            " (batch, path, target, state, old, new, stamp, before, audio, temp, found, changed, field)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(batch, os.fsencode(change.path), os.fsencode(target), State.INTENT),
            *(json.dumps(change.old), json.dumps(change.new)),
            json.dumps([stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns]),
            *(found, audio, os.fsencode(temp), found, time.time(), change.field),
        )

    def ready(self, entry: int, made: bytes, delta: bytes, words: Words | None = None) -> None:
        """Note that the proven copy, whose digest is `made`, is about to take the file's place, with these `words`."""
        besides = json.dumps(words) if words is not None else None
        self._update(entry, state=State.READY, made=made, after=made, delta=delta, words=besides)

    def intend_undo(self, entry: int, target: str, temp: str, found: bytes) -> None:
        """Note that a written file is about to be taken back."""
        places = {"target": os.fsencode(target), "temp": os.fsencode(temp)}
        self._update(entry, state=State.UNDO_INTENT, found=found, made=None, **places)

    def ready_undo(self, entry: int, made: bytes) -> None:
        """Note that the copy to undo with, whose digest is `made`, is about to take the file's place."""
        self._update(entry, state=State.UNDO_READY, made=made)

    def conclude(self, entry: int, state: State, reason: str | None = None) -> None:
        """Note how a write or an undo ended."""
        self._update(entry, state=state, reason=reason)

    def tidied(self, entries: Iterable[int]) -> None:
        """Note that no copy of these files lies about any more; a file whose state is open stays as it is."""
        for entry in entries:
            self._write("UPDATE files SET temp = NULL WHERE id = ? AND state IN ('done', 'failed', 'undone')", entry)

    def _update(self, entry: int, **columns: object) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        self._write(f"UPDATE files SET {names}, changed = ? WHERE id = ?", *columns.values(), time.time(), entry)

    def _write(self, statement: str, *values: object) -> int:
        """Run one statement; it is on the drive when this returns."""
        with translated(self.path):
            return self._connection.execute(statement, values).lastrowid or 0

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def _entries(self, condition: str, *values: object) -> list[Entry]:
        return [_entry(row) for row in self._rows(f"SELECT {_FIELDS} FROM files WHERE {condition}", *values)]


def _batch_state(files: int, undone: int, unfinished: int) -> str:
    if unfinished:
        return "unfinished"
    if undone:
        return "undone" if undone == files else "partly undone"
    return "written"


def _entry(row: tuple[Any, ...]) -> Entry:
    number, batch, path, target, state, old, new, before, after, temp, found, made, reason, changed, *more = row
    stamp, field, words = more
    genres = tuple(json.loads(old)), tuple(json.loads(new))
    places = os.fsdecode(path), os.fsdecode(target)
    name = None if temp is None else os.fsdecode(temp)
    device, _, size, _ = json.loads(stamp)
    return Entry(
        number, batch, *places, State(state), *genres, before, after, name, found, made, reason, changed, size, device,
        field, None if words is None else _words(*json.loads(words)),
    )  # fmt: skip


def _words(field: str, old: list[str], new: list[str]) -> Words:
    return Words(field, tuple(old), tuple(new))


APPLICATION_ID = 0x4754556A  # "GTUj"
VERSION = 4
_BUSY_TIMEOUT_S = 15.0
_SCHEMA = f"""
    CREATE TABLE batches (id INTEGER PRIMARY KEY AUTOINCREMENT, started REAL NOT NULL);
    CREATE TABLE files (
        id INTEGER PRIMARY KEY,
        batch INTEGER NOT NULL REFERENCES batches,
        path BLOB NOT NULL,           -- as the library names it
        target BLOB NOT NULL,         -- the file itself, links followed
        state TEXT NOT NULL,
        old TEXT NOT NULL, new TEXT NOT NULL,   -- genres, JSON
        stamp TEXT NOT NULL,          -- JSON [dev, ino, size, mtime_ns] before the write
        before BLOB NOT NULL,         -- SHA-256 of the file before the write
        after BLOB,                   -- SHA-256 of the file after it
        audio BLOB NOT NULL,          -- digest of the layout of the sound, equal before and after
        delta BLOB,                   -- makes the file before out of the file after
        temp BLOB,                    -- the copy beside the file while there may be one
        found BLOB, made BLOB,        -- SHA-256 of the file and of the copy that is to take its place
        reason TEXT,
        changed REAL NOT NULL         -- Unix seconds
    );
    CREATE INDEX files_of_batch ON files (batch);
    CREATE INDEX files_open ON files (id) WHERE temp IS NOT NULL;
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = 1;
"""


_OTHER_FIELDS = """
    ALTER TABLE files ADD COLUMN field TEXT NOT NULL DEFAULT 'genre';
    PRAGMA user_version = 3;
"""
_WORDS_BESIDES = """
    -- JSON [field, old, new] of what was written besides
    ALTER TABLE files ADD COLUMN words TEXT;
    PRAGMA user_version = 4;
"""


def connect(path: str) -> sqlite3.Connection:
    """Open the journal's file, creating it and its folder when missing.

    Raises
    ------
    LibraryError
        If it cannot be opened, is damaged, is another kind of file, or was made by a newer version.
    """
    with translated(path):
        folder = os.path.dirname(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        new = not os.path.exists(path)
        connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            _prepare(connection, path)
            if new:
                FileOps().sync_folder(folder)  # SQLite does this for its own log, not for the file itself
        except BaseException:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn the errors of SQLite and of the system into a LibraryError with a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LibraryError(
            f"The undo journal “{path}” cannot be used. {trouble(error)} Nothing is written to music files without it."
        ) from error
    except sqlite3.DatabaseError as error:
        raise LibraryError(_damaged(path)) from error
    except OSError as error:
        raise LibraryError(f"The undo journal “{path}” cannot be opened: {error.strerror}.") from error


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (tables or version) and application != APPLICATION_ID:
        raise LibraryError(f"“{path}” is not an undo journal. No music file was changed.")
    if version > VERSION:
        raise LibraryError(
            f"The undo journal “{path}” was made by a newer version of Genre Tagger. "
            "Please update the program; until then no music file is changed."
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = EXTRA")  # in WAL the same as FULL; where WAL cannot be had, safer
    if version and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise LibraryError(_damaged(path))
    if version < VERSION:
        _create_tables(connection)


def _create_tables(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for version, script in enumerate((_SCHEMA, MOVES, _OTHER_FIELDS, _WORDS_BESIDES)):
            if connection.execute("PRAGMA user_version").fetchone() == (version,):  # no other thread was first
                for statement in script.split(";\n"):
                    connection.execute(statement)


def _damaged(path: str) -> str:
    return (
        f"The undo journal “{path}” is damaged. Nothing is written to music files while it is there; "
        "put a backup of it in its place, or move it away to begin a new one."
    )
