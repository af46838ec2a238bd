"""The orders that a large library is shown in: all ids sorted once, kept, and mended where tracks have changed.

To sort a million texts takes SQLite seconds; to take those that fit a filter out of a sorted list takes milliseconds.
A list is kept in the library with the number of the last change that it knows. A few changes are put in their places;
after many, it is made anew.

Numpy is imported in here only where there are many tracks: see :mod:`genre_tagger.library.finding.finder`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from genre_tagger.base.errors import LibraryError
from genre_tagger.library.storing import chunks, marks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What is sorted by, least things last; `id` ends all. Each is turned around as a whole, but for what is not known of
# the first, which stays at the end.
KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("sort_title", "id"),
    "artist": ("sort_artist", "sort_album", "track_number", "sort_title", "id"),
    "album": ("sort_album", "track_number", "sort_title", "id"),
    "track_number": ("track_number", "sort_title", "id"),
    "length": ("length", "id"),
    "format": ("format", "id"),
    "path": ("path",),
}
_SORTED = ("path", "sort_title", "sort_artist", "sort_album", "track_number", "length", "format")
# So many changes are remembered: one after the other they take a second to be put in their places.
_REMEMBERED = 4_000
_PIECE = 300_000

_LOG = f"""
    INSERT INTO sort_log (track) VALUES ({{0}}.id);
    DELETE FROM sort_log WHERE number = (SELECT max(number) FROM sort_log) - {_REMEMBERED};
"""
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _SORTED)
SCHEMA = f"""
    CREATE TABLE sort_log (number INTEGER PRIMARY KEY, track INTEGER NOT NULL);
    CREATE TRIGGER sorted_new AFTER INSERT ON tracks BEGIN {_LOG.format("new")} END;
    CREATE TRIGGER sorted_changed AFTER UPDATE OF {", ".join(_SORTED)} ON tracks WHEN {_CHANGED} BEGIN
        {_LOG.format("new")}
    END;
    CREATE TRIGGER sorted_gone AFTER DELETE ON tracks BEGIN {_LOG.format("old")} END;
    CREATE TABLE orders (name TEXT PRIMARY KEY, number INTEGER NOT NULL, ids BLOB NOT NULL);  -- four bytes an id
"""


def ids_of(db: Connection, sql: str, parameters: Mapping[str, object] | tuple[object, ...] = ()) -> NDArray[np.int64]:
    """Give the ids that a statement selects, in its order; its one column is called ``id``.

    SQLite joins them into one text: to bring each by itself to Python takes several times as long, and its lock.
    """
    import numpy as np

    (text,) = db.execute(f"SELECT group_concat(id) FROM ({sql})", parameters).fetchone()
    pieces, start = [np.array([], dtype=np.int64)], 0
    while text and start < len(text):
        # Piece by piece, as numpy reads numbers without ever giving the window its turn.
        end = text.find(",", start + _PIECE) % (len(text) + 1)
        pieces.append(np.fromstring(text[start:end], dtype=np.int64, sep=","))
        start = end + 1
    return np.concatenate(pieces)


class Orders:
    """The orders of one connection's library."""

    def __init__(self, db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._db, self._writing = db, writing
        self._known: dict[str, tuple[int, NDArray[np.uint32]]] = {}

    def prepare(self) -> Iterator[str]:
        """Bring all orders up to date, and keep them; yields the name of each."""
        for name in KEYS:
            self.ids(name)
            yield name

    def ids(self, name: str) -> NDArray[np.uint32]:
        """Give the ids of all tracks in an order of :data:`KEYS`, upwards."""
        (now,) = self._db.execute("SELECT coalesce(max(number), 0) FROM sort_log").fetchone()
        number, ids = self._known.get(name) or self._kept(name)
        if ids is None or number != now:
            ids = self._mended(name, number, ids) if ids is not None else None
            ids = self._sorted(name) if ids is None else ids
            self._keep(name, now, ids)
        self._known[name] = now, ids
        return ids

    def between(self, name: str, bounds: Iterable[tuple[str, str]]) -> list[int]:
        """Give the tracks that stand between texts in an order that begins with a text.

        Parameters
        ----------
        name : str
            A key of :data:`KEYS`.
        bounds : iterable of (str, str)
            The least text, and the first that is too great.
        """
        ids, found = self.ids(name), set[int]()
        keys = _Keys(self._db, KEYS[name][0], ids)
        for least, end in bounds:
            first, last = (bisect_left(keys, _key((bound,))) for bound in (least, end))
            found.update(ids[first:last].tolist())
        return sorted(found)

    def _kept(self, name: str) -> tuple[int, NDArray[np.uint32] | None]:
        import numpy as np

        row = self._db.execute("SELECT number, ids FROM orders WHERE name = ?", (name,)).fetchone()
        return (0, None) if row is None else (row[0], np.frombuffer(row[1], dtype="<u4"))

    def _keep(self, name: str, number: int, ids: NDArray[np.uint32]) -> None:
        # Who cannot write now, as the drive is full or another program is busy, sorts again the next time.
        with contextlib.suppress(LibraryError), self._writing() as db:
            db.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", (name, number, ids.astype("<u4").tobytes()))

    def _sorted(self, name: str) -> NDArray[np.uint32]:
        import numpy as np

        keys = ", ".join(f"{key} NULLS LAST" for key in KEYS[name])
        return ids_of(self._db, f"SELECT id FROM tracks ORDER BY {keys}").astype(np.uint32)

    def _mended(self, name: str, number: int, ids: NDArray[np.uint32]) -> NDArray[np.uint32] | None:
        """Put what has changed since `number` in its place; None where that is not remembered."""
        import numpy as np

        changes = self._db.execute("SELECT number, track FROM sort_log WHERE number > ?", (number,)).fetchall()
        if not changes or changes[0][0] != number + 1 or len(changes) > _REMEMBERED // 2:
            return None
        changed = list({track for _, track in changes})
        kept = ids[~np.isin(ids, changed)]
        columns = ", ".join(KEYS[name])
        rows = [
            (track, _key(row))
            for some in chunks(changed)
            for track, *row in self._db.execute(
                f"SELECT id, {columns} FROM tracks WHERE id IN ({marks(some)})", some
            ).fetchall()
        ]
        rows.sort(key=lambda row: row[1])
        key = _Keys(self._db, columns, kept)
        places = [bisect_left(key, wanted) for _, wanted in rows]
        return np.insert(kept, places, [track for track, _ in rows]).astype(np.uint32)


class _Keys:
    """The keys of sorted tracks, read where they are looked at."""

    def __init__(self, db: Connection, columns: str, ids: NDArray[np.uint32]) -> None:
        self._db, self._ids = db, ids
        self._sql = f"SELECT {columns} FROM tracks WHERE id = ?"

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, place: int) -> tuple[Any, ...]:
        return _key(self._db.execute(self._sql, (int(self._ids[place]),)).fetchone())


def _key(row: sqlite3.Row | list[Any] | tuple[Any, ...]) -> tuple[Any, ...]:
    """Compare as SQLite does: what is not known comes last."""
    return tuple((value is None, value) for value in row)
