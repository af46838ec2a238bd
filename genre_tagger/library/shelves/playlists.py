"""Playlists that lie in the library's folders: what they are called, which files they name, and how many are there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from genre_tagger.library.storing import fold, key

SCHEMA = """
    CREATE TABLE playlists (
        path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        name TEXT NOT NULL, place TEXT NOT NULL,    -- what it is called, and its path; the latter as `word_for` has it
        passed_over INTEGER NOT NULL       -- entries that name no file in the library's folders
    ) WITHOUT ROWID;
    CREATE TABLE playlist_files (
        playlist BLOB NOT NULL REFERENCES playlists ON DELETE CASCADE, position INTEGER NOT NULL,
        path BLOB NOT NULL,
        PRIMARY KEY (playlist, position)
    ) WITHOUT ROWID;
    CREATE INDEX playlist_files_by_path ON playlist_files (path);
"""


def word_for(path: str) -> str:
    """Write the path of a playlist so that it can stand between quotes in the filter line, behind ``playlist:=``."""
    return " ".join(path.replace('"', "'").encode("utf-8", "replace").decode().split())


class FolderPlaylist(NamedTuple):
    """A playlist in a music folder.

    `tracks` counts the entries that are in the library and there, `missing` the others, with addresses on networks and
    what leads out of the music folders.
    """

    path: str
    name: str
    tracks: int
    missing: int


@dataclass(frozen=True)
class Playlists:
    """The part of a library that knows them."""

    _db: sqlite3.Connection
    _reading: Callable[[], contextlib.AbstractContextManager[None]]
    _writing: Callable[[], contextlib.AbstractContextManager[sqlite3.Connection]]

    def known(self) -> dict[str, tuple[int, int]]:
        """Give size and time of change (ns) of each, by its path, as it was read."""
        with self._reading():
            rows = self._db.execute("SELECT path, size, mtime_ns FROM playlists").fetchall()
        return {os.fsdecode(path): (size, mtime_ns) for path, size, mtime_ns in rows}

    def keep(self, path: str, stamp: tuple[int, int], name: str, files: Sequence[str], passed_over: int) -> None:
        """Store what was read, in the place of what was read before; `stamp` is size and time of change (ns)."""
        playlist = key(path)
        with self._writing() as db:
            db.execute("DELETE FROM playlists WHERE path = ?", (playlist,))
            text = name.encode("utf-8", "replace").decode()
            place = fold(word_for(path))
            db.execute("INSERT INTO playlists VALUES (?, ?, ?, ?, ?, ?)", (playlist, *stamp, text, place, passed_over))
            rows = [(playlist, position, key(file)) for position, file in enumerate(files)]
            db.executemany("INSERT INTO playlist_files VALUES (?, ?, ?)", rows)

    def forget(self, paths: Iterable[str]) -> None:
        """Forget some; the files stay."""
        with self._writing() as db:
            db.executemany("DELETE FROM playlists WHERE path = ?", [(key(path),) for path in paths])

    def all(self) -> list[FolderPlaylist]:
        """List them by name."""
        sql = (
            "SELECT l.path, l.name, count(t.id), count(f.position) - count(t.id) + l.passed_over FROM playlists l "
            "LEFT JOIN playlist_files f ON f.playlist = l.path "
            "LEFT JOIN tracks t ON t.path = f.path AND NOT t.missing "
            "GROUP BY l.path ORDER BY l.name COLLATE NOCASE, l.path"
        )
        with self._reading():
            rows = self._db.execute(sql).fetchall()
        return [FolderPlaylist(os.fsdecode(path), name, tracks, missing) for path, name, tracks, missing in rows]

    def ids(self, path: str) -> list[int]:
        """Give the tracks of one in its order."""
        sql = "SELECT t.id FROM playlist_files f JOIN tracks t USING (path) WHERE f.playlist = ? ORDER BY f.position"
        with self._reading():
            return [track for (track,) in self._db.execute(sql, (key(path),))]
