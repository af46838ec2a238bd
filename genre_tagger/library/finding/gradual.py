"""What an older library lacks is made step by step, and goes on where it was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from sqlite3 import Connection
from typing import NamedTuple

ALL = 2**63 - 1
"""More than any id: what comes from then on has it at once."""


class Gradual(NamedTuple):
    """Something that each track has, or each one that was heard.

    Attributes
    ----------
    until : str
        A table of one number: tracks up to this id have it.
    id, table : str
        Which tracks are to have it: a column of ids, and its table.
    """

    until: str
    id: str
    table: str

    @property
    def schema(self) -> str:
        """The SQL that makes the table of one number; a library without tracks lacks nothing."""
        return f"""CREATE TABLE {self.until} (until INTEGER NOT NULL);
    INSERT INTO {self.until} SELECT iif(EXISTS (SELECT 1 FROM {self.table}), 0, {ALL});"""

    def is_whole(self, db: Connection) -> bool:
        """Tell whether all tracks have it."""
        return bool(db.execute(f"SELECT until = ? FROM {self.until}", (ALL,)).fetchone()[0])

    def left(self, db: Connection) -> int:
        """Count the ids that :meth:`fill` has not come to."""
        if self.is_whole(db):
            return 0
        sql = f"SELECT max({self.id}) - (SELECT until FROM {self.until}) FROM {self.table}"
        return int(db.execute(sql).fetchone()[0] or 0)

    def fill(
        self, db: Connection, writing: Callable[[], AbstractContextManager[Connection]], step: int,
        give: Callable[[int, int], None],
    ) -> Iterator[int]:  # fmt: skip
        """Have tracks get it, `step` ids at a time; yields how many ids each step was about.

        Parameters
        ----------
        db : sqlite3.Connection
        writing : callable
            Opens and ends a transaction, one for each step.
        step : int
        give : callable
            Gives it to the tracks after the first id, up to and with the second.
        """
        while not self.is_whole(db):
            with writing():
                (done,) = db.execute(f"SELECT until FROM {self.until}").fetchone()
                if done == ALL:  # by another process, before it was our turn
                    return
                (last,) = db.execute(f"SELECT coalesce(max({self.id}), 0) FROM {self.table}").fetchone()
                end = min(done + step, last)
                give(done, end)
                db.execute(f"UPDATE {self.until} SET until = ?", (ALL if end >= last else end,))
            yield end - done
