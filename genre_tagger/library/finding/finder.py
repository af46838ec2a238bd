"""What ``Library.find`` does: by SQLite alone, or, in a large library, by orders that are kept."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from contextlib import AbstractContextManager
from sqlite3 import Connection
from typing import TYPE_CHECKING

from genre_tagger.library import piles
from genre_tagger.library.finding import by_genre, query
from genre_tagger.library.finding.orders import KEYS, Orders, ids_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# From so many tracks on it takes SQLite longer to sort than to import numpy.
_MANY = 30_000
# How many tracks at the top are looked through for the first that fit: at first, at most at a time, and how long (s).
_LEAST, _MOST = 2_000, 8_000
_PATIENCE_S = 0.08
# Of how many tracks no number is known, which stand at the end however they are sorted.
_UNKNOWN = "SELECT count(*) FROM tracks WHERE track_number IS NULL"


class Finder:
    """Finds tracks by one connection.

    Parameters
    ----------
    db : sqlite3.Connection
    writing : callable
        Opens and ends a transaction; the orders are kept in one.
    """

    def __init__(self, db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._db = db
        self.orders = Orders(db, writing)
        self._by_genre_for: tuple[object, tuple[NDArray[np.integer], int]] | None = None

    def find(self, asked: query.Asked, order: str, descending: bool) -> array[int]:
        """Give the ids of the tracks that are asked for, sorted."""
        if not self.is_large():
            sql, parameters = query.find(asked, order, descending)
            return array("q", (row[0] for row in self._db.execute(sql, parameters)))
        import numpy as np

        by_piles = query.fits_piles(asked) and piles.KEPT.is_whole(self._db)
        if not self._is_kept(order, asked):
            found: NDArray[np.integer] = ids_of(self._db, *query.find(asked, order, descending))
        else:
            found = self._ordered(asked, order, descending)
            if asked.narrows:
                sql, parameters = query.choose(asked) if by_piles else query.find(asked, "id", False)
                fits = np.zeros(self._last() + 1, dtype=bool)
                fits[ids_of(self._db, sql, parameters)] = True
                found = found[fits[found]]
        return _array(found)

    def begin(self, asked: query.Asked, order: str, descending: bool, number: int) -> array[int] | None:
        """Give some of the first of what :meth:`find` gives; None where all are as quick to find.

        They are the very first where some are near the top of all. Where none is, and a text is looked for, they are
        those in which a word begins with it.
        """
        if not asked.narrows or not self.is_large():
            return None
        by_piles = query.fits_piles(asked) and piles.KEPT.is_whole(self._db)
        if not self._is_kept(order, asked):
            return None
        import numpy as np

        ids, until = self._ordered(asked, order, descending), time.monotonic() + _PATIENCE_S
        sql, parameters = query.choose_of_some(asked, by_piles=by_piles)
        first: NDArray[np.integer] = ids[:0]
        start, size = 0, _LEAST
        while len(first) < number and start < len(ids) and time.monotonic() < until:
            some = ids[start : start + size]
            fit = ids_of(self._db, sql, {**parameters, "some": str(some.tolist())})
            first = np.concatenate([first, some[np.isin(some, fit)]])
            start, size = start + size, min(2 * size, _MOST)
        if len(first) or (narrower := query.begun_by_words(asked)) is None:
            return _array(first[:number]) if len(first) else None
        return self.find(narrower, order, descending)[:number] or None

    def count(self, asked: query.Asked) -> int:
        """Count the tracks that are asked for."""
        if piles.KEPT.is_whole(self._db) and (query.fits_piles(asked) or not asked.narrows):
            sql, parameters = query.count(asked)
        elif asked.narrows:
            return len(self.find(asked, "id", False))
        else:
            sql, parameters = "SELECT count(*) FROM tracks", {}
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def _is_kept(self, order: str, asked: query.Asked) -> bool:
        """Tell whether all tracks need not be sorted for an order."""
        if order in KEYS or order == "id":
            return order in KEYS
        return (order == "genres" or query.is_heard_by_track(asked)) and piles.KEPT.is_whole(self._db)

    def _last(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM tracks").fetchone()[0])

    def is_large(self) -> bool:
        """Tell whether there are so many tracks that orders are kept."""
        # Ids of four bytes are enough for all libraries that there are.
        return _MANY <= self._last() < 2**32

    def _ordered(self, asked: query.Asked, order: str, descending: bool) -> NDArray[np.integer]:
        """All ids in an order."""
        import numpy as np

        if order in ("genres", "proposal", "confidence"):
            ids, unknown = self._by_genre(asked, order)
        else:
            ids = self.orders.ids(order)
            unknown = self._db.execute(_UNKNOWN).fetchone()[0] if order == "track_number" else 0
        if not descending:
            return ids
        known = len(ids) - unknown
        return np.concatenate([ids[:known][::-1], ids[known:][::-1]])

    def _by_genre(self, asked: query.Asked, order: str) -> tuple[NDArray[np.integer], int]:
        """Sort all tracks by genres, or by how sure these are; and count those of which that is not known.

        It is kept until something changes: first rows, all of them and the next filter ask for the same.
        """
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        how = (asked.agreed, asked.columns, tuple(asked.spelling.items())) if order != "genres" else ()
        if self._by_genre_for is None or self._by_genre_for[0] != (order, how, version, self._db.total_changes):
            result = self._sort_by_genre(asked, order)  # which may store an order that it needs
            self._by_genre_for = (order, how, version, self._db.total_changes), result
        return self._by_genre_for[1]

    def _sort_by_genre(self, asked: query.Asked, order: str) -> tuple[NDArray[np.integer], int]:
        import numpy as np

        if order == "genres":
            return by_genre.by_genres(self._db, self.orders.ids("artist")), 0
        ids = np.sort(self.orders.ids("path"))
        return by_genre.by_what_is_heard(self._db, ids, asked, by_choice=order == "proposal")


def _array(ids: NDArray[np.integer]) -> array[int]:
    import numpy as np

    result = array("q")
    result.frombytes(ids.astype(np.int64).tobytes())
    return result
