"""The undo journal's own SQLite file: its tables, its version, and what happens when it is damaged.

It is kept apart from the library because it must outlive it. Write-ahead logging with full synchronisation
makes a commit one flush to the drive (a rollback journal needs three), survives a power cut, and lets the
window read the history while a worker writes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from genre_tagger.base.errors import LibraryError
from genre_tagger.library.schema import trouble

APPLICATION_ID = 0x4754556A  # "GTUj"
VERSION = 1
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
        audio BLOB NOT NULL,          -- digest of the sound, equal before and after
        delta BLOB,                   -- makes the file before out of the file after
        temp BLOB,                    -- the copy beside the file while there may be one
        found BLOB, made BLOB,        -- SHA-256 of the file and of the copy that is to take its place
        reason TEXT,
        changed REAL NOT NULL         -- Unix seconds
    );
    CREATE INDEX files_of_batch ON files (batch);
    CREATE INDEX files_open ON files (id) WHERE temp IS NOT NULL;
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {VERSION};
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
                _sync_folder(folder)  # SQLite does this for its own log, not for the file itself
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
    if version:
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise LibraryError(_damaged(path))
    else:
        _create_tables(connection)


def _create_tables(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone() == (0,):  # no other thread was first
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)


def _damaged(path: str) -> str:
    return (
        f"The undo journal “{path}” is damaged. Nothing is written to music files while it is there; "
        "put a backup of it in its place, or move it away to begin a new one."
    )


def _sync_folder(folder: str) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
