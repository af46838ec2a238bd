"""Which tags are clear in each track, a bit for each: what the filter line asks of a hundred thousand tracks at once.

Their values lie in wide rows beside all shares of the genres; to read those takes half a second, and bits a fiftieth.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from sqlite3 import Connection
from typing import NamedTuple

from genre_tagger.library.finding.gradual import Gradual
from genre_tagger.library.tracks import TagFact, facts_from_json

_COLUMNS = ("clear0", "clear1")
_BITS = 63  # of each column, so that no number is negative
_STEP = 5_000
KEPT = Gradual("clear_until", "track", "predictions")
"""Which tracks have their bits."""
SCHEMA = f"""
    CREATE TABLE clear_tags (
        track INTEGER PRIMARY KEY REFERENCES predictions ON DELETE CASCADE, tag_list INTEGER NOT NULL,
        {", ".join(f"{column} INTEGER NOT NULL" for column in _COLUMNS)}
    );
    -- Tracks up to this id have their bits, as all have that are heard from now on.
    {KEPT.schema}
"""


class Bit(NamedTuple):
    """Where a tag stands in a model's list, from which value on it is clear, and where that is kept."""

    place: int
    threshold: float
    column: int
    value: int


@lru_cache(maxsize=8)
def bits_of(facts: tuple[TagFact, ...]) -> tuple[Bit, ...]:
    """Give the bits of a model's tags; the first that can be clear have one, more than the bundled model has."""
    can_be = [(place, fact.threshold) for place, fact in enumerate(facts) if fact.threshold is not None]
    room = _BITS * len(_COLUMNS)
    return tuple(
        Bit(place, threshold, number // _BITS, 1 << number % _BITS)
        for number, (place, threshold) in enumerate(can_be[:room])
    )


def columns_of(bits: Sequence[Bit], packed: bytes) -> list[int]:
    """Give the columns of a track, from its values as ``TagValues`` packs them."""
    values, columns = struct.unpack(f"<{len(packed) // 2}e", packed), [0] * len(_COLUMNS)
    for place, threshold, column, value in bits:
        if values[place] >= threshold:
            columns[column] |= value
    return columns


def any_of(places: Sequence[int], tag_list: int, facts: Sequence[TagFact]) -> tuple[str, list[int]]:
    """Give the SQL that one of some tags is clear in a track ``h``, and the places of those that have no bit."""
    columns, lacking = [0] * len(_COLUMNS), set(places)
    for bit in bits_of(tuple(facts)):
        if bit.place in lacking:
            columns[bit.column] |= bit.value
            lacking.remove(bit.place)
    clear = " OR ".join(f"h.{name} & {bits}" for name, bits in zip(_COLUMNS, columns, strict=True) if bits)
    return f"(h.tag_list = {tag_list} AND ({clear or 0}))", sorted(lacking)


def fill(db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> Iterator[int]:
    """Give the tracks of an older library their bits, step by step; yields how many ids each step was about."""

    def give(after: int, until: int) -> None:
        lists = {row[0]: bits_of(facts_from_json(row[1])) for row in db.execute("SELECT id, facts FROM tag_lists")}
        heard = db.execute(
            "SELECT track, tag_list, tags FROM predictions WHERE track > ? AND track <= ? AND tags IS NOT NULL",
            (after, until),
        ).fetchall()
        rows = ((track, tag_list, *columns_of(lists[tag_list], tags)) for track, tag_list, tags in heard)
        db.executemany("INSERT OR REPLACE INTO clear_tags VALUES (?, ?, ?, ?)", rows)

    return KEPT.fill(db, writing, _STEP, give)
