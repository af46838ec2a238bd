"""What albums are made of, what is heard in their tracks, and what they say together: kept with each track.

Functions that write take a connection in a transaction, which the caller opens and ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from sqlite3 import Connection, Cursor
from typing import Any

from genre_tagger.library.storing import CHUNK, chunks, fold, marks
from genre_tagger.library.tracks import AlbumRow, Vote, evened

_COLUMNS = "id, path, artist, album, album_artist, disc, track_number, year, compilation"
_DOCUMENT, _VOTING = "votes", "voting"


def raw_rows(db: Connection, ids: Iterable[int] | None = None) -> Cursor:
    """Ask for what puts each track with an album's name into its album, in the order of their ids.

    With `ids`, only of these tracks and of all whose album's name begins with the same word as that of one of them.
    """
    where, words = "", list[str]()
    if ids is not None:
        words = sorted({fold(album).split(" ")[0] for album in _names(db, ids)})
        if len(words) <= CHUNK:
            where = f" AND ({' OR '.join(['instr(sort_album, ?) = 1'] * len(words)) or '0'})"
    sql = f"SELECT {_COLUMNS} FROM tracks WHERE album <> '' AND NOT missing{where} ORDER BY id"
    return db.execute(sql, words if where else ())


def row_of(raw: Sequence[Any]) -> AlbumRow:
    """Build a row from one of :func:`raw_rows`."""
    return AlbumRow(raw[0], os.fsdecode(raw[1]), *raw[2:])


def raw_rows_of(db: Connection, ids: Iterable[int]) -> Cursor:
    """Ask for what puts these tracks into albums, in the order of their ids."""
    sql = f"SELECT {_COLUMNS} FROM tracks WHERE id IN (SELECT value FROM json_each(?)) AND NOT missing ORDER BY id"
    return db.execute(sql, (json.dumps(list(ids)),))


def _names(db: Connection, ids: Iterable[int]) -> Iterator[str]:
    for chunk in chunks(ids):
        yield from (row[0] for row in db.execute(f"SELECT album FROM tracks WHERE id IN ({marks(chunk)})", chunk))


def shares(
    db: Connection, ids: Iterable[int] | None, among: tuple[str, ...]
) -> Iterator[tuple[int, str, dict[str, float]]]:
    """Yield what was heard in all tracks with a genre, or in these: see ``Library.shares``."""
    sql = "SELECT track, model, candidates FROM predictions WHERE genre IS NOT NULL{} ORDER BY track"
    asked = [("", list[int]())] if ids is None else [(f" AND track IN ({marks(c)})", c) for c in chunks(sorted(ids))]
    for where, chunk in asked:
        for track, model, candidates in db.execute(sql.format(where), chunk):
            yield track, model, shares_among(candidates, among)


def shares_among(candidates: str, genres: tuple[str, ...]) -> dict[str, float]:
    """Give the probabilities of some genres, of all if there are none; those only offered stand together as "".

    Parameters
    ----------
    candidates : str
        As :func:`genre_tagger.library.storing.prediction_row` writes them.
    genres : tuple of str
        What may be chosen.
    """
    found = json.loads(candidates)
    found = [row for row in found if row[0] in genres] or found
    probabilities = {row[0]: row[1] for row in found if len(row) == 2}
    if len(probabilities) < len(found):
        probabilities[""] = sum(row[1] for row in found if len(row) > 2)
    if not genres:
        return probabilities
    return dict(zip(probabilities, evened(list(probabilities.values())), strict=True))


def begin_votes(db: Connection) -> None:
    """Take note that albums are about to vote; what changes meanwhile is noticed in the end."""
    db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", (_DOCUMENT, _VOTING))


def store_votes(db: Connection, votes: Mapping[int, Vote], ids: Sequence[int] | None = None) -> None:
    """Keep these votes, by track, where a genre was heard, and of the tracks `ids`, or of all, no others.

    What is as it was is not written.
    """
    sql, told = "SELECT track, genre, probability, agree FROM votes", list[str]()
    if ids is not None:
        sql, told = f"{sql} WHERE track IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))]
    before = {row[0]: row[1:] for row in db.execute(sql, told)}
    db.executemany("DELETE FROM votes WHERE track = ?", [(track,) for track in before.keys() - votes.keys()])
    db.executemany(
        "INSERT OR REPLACE INTO votes SELECT track, ?, ?, ? FROM predictions WHERE track = ? AND genre IS NOT NULL",
        [(*vote, track) for track, vote in votes.items() if before.get(track) != vote],
    )


def end_votes(db: Connection, among: Sequence[str], *, by_lots: bool) -> None:
    """Take note that votes are there, if nothing changed; `by_lots`, forget those of tracks that are in no album."""
    if by_lots:
        db.execute("DELETE FROM votes WHERE track IN (SELECT id FROM tracks WHERE album = '' OR missing)")
    db.execute("UPDATE documents SET text = ? WHERE name = ? AND text = ?", (_current(among), _DOCUMENT, _VOTING))


def votes_are_current(db: Connection, among: Sequence[str]) -> bool:
    """Tell whether nothing has changed since albums voted among these genres."""
    row = db.execute("SELECT text FROM documents WHERE name = ?", (_DOCUMENT,)).fetchone()
    return row is not None and bool(row[0] == _current(among))


def outdate_votes(db: Connection) -> None:
    """Take note that albums may say something else by now."""
    db.execute("DELETE FROM documents WHERE name = ?", (_DOCUMENT,))


def _current(among: Sequence[str]) -> str:
    return json.dumps(["current", *among])
