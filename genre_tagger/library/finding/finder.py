"""What ``Library.find`` does: by SQLite alone, or, in a large library, by orders that are kept."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from contextlib import AbstractContextManager
from sqlite3 import Connection
from typing import TYPE_CHECKING

from genre_tagger.library import piles
from genre_tagger.library.finding import query
from genre_tagger.library.finding.orders import KEYS, Orders, ids_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# From so many tracks on it takes SQLite longer to sort than to import numpy.
_MANY = 30_000
# How many tracks at the top are looked through for the first that fit: at first, at most at a time, and how long (s).
_LEAST, _MOST = 2_000, 8_000
_PATIENCE_S = 0.08
# Where an order begins with a column that is not known of all tracks: how many those are.
_UNKNOWN = {
    "track_number": "SELECT count(*) FROM tracks WHERE track_number IS NULL",
    "confidence": "SELECT count(*) FROM piled WHERE probability IS NULL",
}


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
        self._regrouped_for: tuple[object, tuple[NDArray[np.integer], int]] | None = None

    def find(self, asked: query.Asked, order: str, descending: bool) -> array[int]:
        """Give the ids of the tracks that are asked for, sorted."""
        if not self.is_large():
            sql, parameters = query.find(asked, order, descending)
            return array("q", (row[0] for row in self._db.execute(sql, parameters)))
        import numpy as np

        by_piles = query.fits_piles(asked) and piles.are_whole(self._db)
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
        by_piles = query.fits_piles(asked) and piles.are_whole(self._db)
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
        if piles.are_whole(self._db) and (query.fits_piles(asked) or not asked.narrows):
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
        return (order == "genres" or query.judges_alone(asked)) and piles.are_whole(self._db)

    def _last(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM tracks").fetchone()[0])

    def is_large(self) -> bool:
        """Tell whether there are so many tracks that orders are kept."""
        # Ids of four bytes are enough for all libraries that there are.
        return _MANY <= self._last() < 2**32

    def _ordered(self, asked: query.Asked, order: str, descending: bool) -> NDArray[np.integer]:
        """All ids in an order."""
        import numpy as np

        if order == "genres":
            ids, unknown = self._regrouped("artist", "k.genres", {})
        elif order == "proposal":
            parameters: dict[str, object] = {}
            ids, unknown = self._regrouped("confidence", query.choice_on_piles(asked, parameters), parameters)
        else:
            ids = self._by_probability() if order == "confidence" else self.orders.ids(order)
            unknown = self._db.execute(_UNKNOWN[order]).fetchone()[0] if order in _UNKNOWN else 0
        if not descending:
            return ids
        known = len(ids) - unknown
        return np.concatenate([ids[:known][::-1], ids[known:][::-1]])

    def _by_probability(self) -> NDArray[np.int64]:
        return ids_of(self._db, "SELECT track AS id FROM piled ORDER BY probability NULLS LAST, track")

    def _regrouped(
        self, within: str, sql: str, parameters: dict[str, object]
    ) -> tuple[NDArray[np.integer], int]:
        """Sort by a text that the piles have, and what is the same `within` another order; and count those without.

        It is kept until something changes: first rows, all of them and the next filter ask for the same.
        """
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        key = within, sql, tuple(parameters.items()), version, self._db.total_changes
        if self._regrouped_for is None or self._regrouped_for[0] != key:
            self._regrouped_for = key, self._regroup(within, sql, parameters)
        return self._regrouped_for[1]

    def _regroup(
        self, within: str, sql: str, parameters: dict[str, object]
    ) -> tuple[NDArray[np.integer], int]:
        import numpy as np

        rows = self._db.execute(
            f"SELECT id, text IS NULL, dense_rank() OVER (ORDER BY text IS NULL, text COLLATE NOCASE) "
            f"FROM (SELECT k.id AS id, {sql} AS text FROM piles k WHERE k.tracks > 0)", parameters,
        ).fetchall()  # fmt: skip
        last = max((row[0] for row in rows), default=0)
        rank, none = np.zeros(last + 1, dtype=np.int32), np.zeros(last + 1, dtype=bool)
        for pile, is_none, place in rows:
            rank[pile], none[pile] = place, is_none
        tracks = ids_of(self._db, "SELECT track AS id FROM piled ORDER BY track")
        pile = ids_of(self._db, "SELECT pile AS id FROM piled ORDER BY track")
        by_track = np.zeros(self._last() + 1, dtype=np.int32)
        by_track[tracks] = rank[pile]
        ids = self._by_probability() if within == "confidence" else self.orders.ids(within)
        return ids[np.argsort(by_track[ids], kind="stable")], int(none[pile].sum())


def _array(ids: NDArray[np.integer]) -> array[int]:
    import numpy as np

    result = array("q")
    result.frombytes(ids.astype(np.int64).tobytes())
    return result
