"""The full-text index of titles, artists, albums, genres and paths, filled when words are first looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from sqlite3 import Connection

from genre_tagger.library.schema import INDEX_WORDS

_STEP = 5_000


def fill(db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> Iterator[int]:
    """Take new tracks into the index, some thousand at each step; yields how many ids are left."""
    while True:
        (done,), (last,) = db.execute("SELECT id FROM words_until UNION ALL SELECT max(id) FROM tracks").fetchall()
        if last is None or done >= last:
            return
        step = min(done + _STEP, last)
        with writing():
            # Another thread may have been faster.
            if db.execute("UPDATE words_until SET id = ? WHERE id = ?", (step, done)).rowcount:
                db.execute(INDEX_WORDS, (done, step))
        yield last - step
