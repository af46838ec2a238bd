"""What the library knew of files when a scan began, and which of them the scan met."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from sqlite3 import Connection

from genre_tagger.library.storing import key, signed

# Known files that are read at a time: at least, at most, and at most of one folder; and that are placed.
_LEAST, _MOST, _MOST_OF_FOLDER, _PLACED = 16, 1024, 65_536, 1_000
_MANY = 256
# What comes after all names.
_END = b"\xff" * 8
_DOT = ord(".")


class Known:
    """The files that the library knew when a scan began; records which of them the scan met.

    It reads them as it is asked for them, a stretch in the order of their paths at a time, so that a million of them
    take no more memory than ten.

    Parameters
    ----------
    db : sqlite3.Connection
    reads : callable
        What its questions run in.
    place : callable
        Takes :attr:`elsewhere` when it gets long.

    Attributes
    ----------
    elsewhere : list of (int, int, bytes)
        Device and inode, both :func:`signed`, and :func:`key` of unchanged files that lie elsewhere on the drive, or
        whose drive was plugged in again. Writing identifies each file by its inode.
    """

    def __init__(
        self, db: Connection, reads: Callable[[], AbstractContextManager[None]],
        place: Callable[[list[tuple[int, int, bytes]]], None],
    ) -> None:
        self._db, self._reads, self._place = db, reads, place
        (last,) = db.execute("SELECT coalesce(max(id), 0) FROM tracks").fetchone()
        self._seen = bytearray(last + 1)
        self.elsewhere: list[tuple[int, int, bytes]] = []
        self._stretch: dict[bytes, tuple[bytes, int, int, int, int, int]] = {}
        self._from = self._to = b""
        self._length = _LEAST

    def __call__(self, path: str, stat: os.stat_result) -> bool:
        """Tell whether the file is as the library knows it (same size and mtime)."""
        try:
            name = path.encode()  # much faster than fsencode, and the same where it can be done
        except UnicodeEncodeError:
            name = key(path)
        row = self._stretch.get(name)
        if row is None:
            if self._from <= name <= self._to:
                return False
            self._read(name)
            if (row := self._stretch.get(name)) is None:
                return False
        track = row[1]
        if track >= len(self._seen):
            return False
        self._seen[track] = 1
        if row[2:] == (stat.st_size, stat.st_mtime_ns, stat.st_dev, stat.st_ino):
            return True  # as nearly all are
        _, _, size, mtime_ns, dev, ino = row
        if size != stat.st_size or mtime_ns != stat.st_mtime_ns:
            return False
        if (ino != stat.st_ino and ino != signed(stat.st_ino)) or (dev != stat.st_dev and dev != signed(stat.st_dev)):
            self.elsewhere.append((signed(stat.st_dev), signed(stat.st_ino), name))
            if len(self.elsewhere) > _PLACED:
                self._place(self.elsewhere)
                self.elsewhere.clear()
        return True

    def unchanged(
        self, folder: bytes, listing: Iterable[os.DirEntry[bytes]]
    ) -> tuple[list[os.DirEntry[bytes]], int]:
        """Pass over the files of a folder that are just as and where the library knows them.

        It asks for each what calling asks, in much less time; who is unsure leaves a file to that.

        Parameters
        ----------
        folder : bytes
        listing : iterable of os.DirEntry
            All that stands in it.

        Returns
        -------
        others : list of os.DirEntry
        passed : int
            How many were passed over.
        """
        below, others = os.path.join(folder, b""), list(listing)
        number = len(others)
        if not self._from <= below <= self._to:
            self._read(below)
        others = self._others(others)
        while self._to.startswith(below) and self._is_worth_reading_on(others):
            self._read(self._to + b"\0", _MOST_OF_FOLDER)
            others = self._others(others)
        return others, number - len(others)

    def _is_worth_reading_on(self, others: list[os.DirEntry[bytes]]) -> bool:
        """Tell whether files stand behind what was read, many, or with no folders between, which may be a library."""
        folders = sum(entry.is_dir() for entry in others)
        behind = sum(entry.path > self._to and not entry.is_dir() for entry in others)
        return behind > _MANY or (behind > 0 and not folders)

    def _others(self, entries: list[os.DirEntry[bytes]]) -> list[os.DirEntry[bytes]]:
        known, seen, others = self._stretch, self._seen, []
        for entry in entries:
            # Whoever named a hidden file by itself is told that it is passed over in its folder.
            if (row := known.get(entry.path)) is not None and entry.name[0] != _DOT:
                try:
                    stat = entry.stat()
                    if row[2:] == (stat.st_size, stat.st_mtime_ns, stat.st_dev, stat.st_ino):
                        seen[row[1]] = 1
                        continue
                except (OSError, IndexError):  # not to be looked at, or new since the scan began
                    pass
            others.append(entry)
        return others

    def _read(self, name: bytes, most: int = _MOST) -> None:
        """Read what is known from a path on: more of it where the paths asked for follow one another."""
        follows = bool(self._stretch) and name > self._to and len(self._stretch) >= self._length
        self._length = min(2 * self._length, most) if follows else _LEAST
        # What could not be written is looked at again: a newer program may be able to. So is what an older program
        # read, which knew no album artists.
        with self._reads():
            rows = self._db.execute(
                "SELECT path, id, size, CASE WHEN refusal = '' AND details_read THEN mtime_ns ELSE -1 END, dev, ino "
                "FROM tracks WHERE path >= ? AND NOT missing ORDER BY path LIMIT ?", (name, self._length),
            ).fetchall()  # fmt: skip
        self._stretch = {row[0]: row for row in rows}
        # Where nothing follows, nothing does up to the end of all names.
        self._from, self._to = name, rows[-1][0] if len(rows) == self._length else _END

    def unseen(self, folders: Iterable[str]) -> Iterator[str]:
        """Yield the known files below `folders` (or equal to one) that the scan did not meet, by path."""
        asked = list[tuple[str, tuple[bytes, ...]]]()
        for root in sorted({os.path.abspath(folder) for folder in folders}):
            below = key(os.path.join(root, ""))
            asked.append(("path = ?", (key(root),)))
            asked.append(("path >= ? AND path < ?", (below, below[:-1] + bytes([below[-1] + 1]))))
        with self._reads():
            # To count is much faster than to look, and mostly nothing has gone.
            if sum(self._count(*one) for one in asked) != self._seen.count(1):
                for where, bounds in asked:
                    yield from self._unseen(where, bounds)

    def _count(self, where: str, bounds: tuple[bytes, ...]) -> int:
        every, missing = (
            self._db.execute(f"SELECT count(*) FROM tracks WHERE {where}{more}", bounds).fetchone()[0]
            for more in ("", " AND missing")
        )
        return int(every - missing)

    def _unseen(self, where: str, bounds: tuple[bytes, ...]) -> Iterator[str]:
        seen = self._seen
        for track, path in self._db.execute(f"SELECT id, path FROM tracks WHERE {where} AND NOT missing", bounds):
            if track < len(seen) and not seen[track]:
                seen[track] = 1  # a folder in a folder
                yield os.fsdecode(path)
