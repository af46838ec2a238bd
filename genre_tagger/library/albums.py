"""What albums are made of, what is heard in their tracks, and what they say together: kept with each track.

Functions that write take a connection in a transaction, which the caller opens and ends.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from sqlite3 import Connection, Cursor
from typing import Any

from genre_tagger.library.finding.orders import Orders
from genre_tagger.library.storing import CHUNK, chunks, fold, marks
from genre_tagger.library.tracks import AlbumRow, Vote, evened

_COLUMNS = "id, path, artist, album, album_artist, disc, track_number, year, compilation"
_DOCUMENT, _VOTING = "votes", "voting"
_IN_ALBUMS = "album <> '' AND NOT missing"
# Of more albums it is quicker to ask all tracks.
_MANY = 2_000
# What sorts behind everything that a word begins.
_LAST = "\U0010ffff"
DISC = r"(?:cd|dis[ck]|disque)[\s._-]*(\d{1,2})(?!\d)"
"""How a disc is named, as a regular expression whose group is its number."""
_DISC_BEHIND = re.compile(rf"(?:^|[\s._,:–-]+)(?:{DISC}|[(\[]\s*{DISC}[^()\[\]]*[)\]])\s*$", re.IGNORECASE)

# What an album says of its tracks has to be asked again when one of them comes, goes or is heard. Triggers note the
# album's name, as tags have it. They do without OR, which the statement outside would rule.
_OF_ALBUM = ("path", "artist", "album", "album_artist", "disc", "track_number", "year", "compilation", "missing")
_OF_HEARD = ("model", "genre", "candidates")


def _note(name: str) -> str:
    return f"""
        DELETE FROM unvoted WHERE taken AND album = {name};
        INSERT INTO unvoted (album) SELECT named FROM (SELECT {name} AS named)
            WHERE named <> '' AND NOT EXISTS (SELECT 1 FROM unvoted WHERE album = named);
    """


def _differs(names: Sequence[str]) -> str:
    return " OR ".join(f"old.{name} IS NOT new.{name}" for name in names)


_ALBUM_OF = "(SELECT album FROM tracks WHERE id = {}.track)"
SCHEMA = f"""
    CREATE TABLE unvoted (album TEXT PRIMARY KEY, taken INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TRIGGER unvoted_new AFTER INSERT ON tracks WHEN new.album <> '' BEGIN {_note("new.album")} END;
    CREATE TRIGGER unvoted_changed AFTER UPDATE OF {", ".join(_OF_ALBUM)} ON tracks WHEN {_differs(_OF_ALBUM)} BEGIN
        {_note("old.album")} {_note("new.album")}
        DELETE FROM votes WHERE track = new.id AND (new.album = '' OR new.missing);
    END;
    CREATE TRIGGER unvoted_gone AFTER DELETE ON tracks WHEN old.album <> '' BEGIN {_note("old.album")} END;
    CREATE TRIGGER unvoted_heard AFTER INSERT ON predictions BEGIN {_note(_ALBUM_OF.format("new"))} END;
    CREATE TRIGGER unvoted_heard_again AFTER UPDATE OF {", ".join(_OF_HEARD)} ON predictions
    WHEN {_differs(_OF_HEARD)} BEGIN {_note(_ALBUM_OF.format("new"))} END;
    CREATE TRIGGER unvoted_unheard AFTER DELETE ON predictions BEGIN {_note(_ALBUM_OF.format("old"))} END;
    DELETE FROM votes WHERE track IN (SELECT id FROM tracks WHERE album = '' OR missing);
"""


@lru_cache(maxsize=4096)
def without_disc(name: str) -> tuple[str, int | None]:
    """Take "(Disc 2)", "CD2" and the like off the end of a name; the disc is None where nothing of it is there.

    Examples
    --------
    >>> without_disc("The Wall [CD 2]")
    ('The Wall', 2)
    """
    name = " ".join(name.split())
    match = _DISC_BEHIND.search(name)
    return (name[: match.start()], int(match[1] or match[2]) or None) if match and match.start() else (name, None)


@lru_cache(maxsize=16_384)
def title_key(name: str) -> str:
    """Give what the names of an album's tracks have in common, however they are spelt: folded, without the disc."""
    return fold(without_disc(name)[0])


class Albums:
    """Albums of one library.

    Parameters
    ----------
    db : sqlite3.Connection
    reads, writes : callable
        What questions run in, and what opens and ends a transaction.
    genres : callable
        Gives the genres among which predictions are read, none for all.
    orders : Orders or None
        Where tracks are, in a large library.
    """

    def __init__(
        self, db: Connection, reads: Callable[[], AbstractContextManager[None]],
        writes: Callable[[], AbstractContextManager[Connection]], genres: Callable[[], tuple[str, ...]],
        orders: Orders | None,
    ) -> None:
        self._db, self._reads, self._writes, self._genres, self._orders = db, reads, writes, genres, orders

    def rows(self, ids: Iterable[int] | None = None, *, only: bool = False) -> Iterator[AlbumRow]:
        """Yield what puts tracks into albums, by their ids: all, or enough for the albums of these, or these `only`."""
        with self._reads():
            if ids is not None and not only:
                ids = [track for track, _ in _named(self._db, self._orders, _names_of(self._db, ids))]
            yield from map(row_of, raw_rows(self._db, ids))

    def names(self, like: Collection[str] | None = None) -> Iterator[tuple[int, str]]:
        """Yield the ids of all tracks that are in an album, with its name as their tags have it.

        With `like`, only where it is one of these but for case, accents and the disc.
        """
        with self._reads():
            yield from _all_names(self._db) if like is None else _named(self._db, self._orders, like)

    def shares(self, ids: Iterable[int] | None = None) -> Iterator[tuple[int, str, dict[str, float]]]:
        """Yield what was heard in all tracks with a genre, or in these: id, model, and the genres' probabilities.

        The likeliest genre comes first; those that are only offered stand together at the end as "".
        """
        with self._reads():
            yield from _shares(self._db, ids, self._genres())

    def unvoted(self) -> list[str] | None:
        """List the names of albums of which tracks have come, gone, moved or been heard since their votes were stored.

        None where that are very many, or all: albums have not voted yet, or among other genres.
        """
        with self._reads():
            return _unvoted(self._db, self._genres())

    def set_votes(
        self, lots: Iterable[tuple[Sequence[int] | None, Mapping[int, Vote]]], names: Collection[str] | None = None
    ) -> None:
        """Store what albums say of their tracks in place of what was stored before, one lot after the other.

        Each are some tracks, or None for all, and the votes by track; a track without one has none any more. What the
        lots are made of has to be read while they are asked for. With `names`, out of :meth:`unvoted`, they are the
        tracks of albums of these names.
        """
        with self._writes() as db:
            _begin_votes(db, names)
        for ids, votes in lots:
            with self._writes() as db:
                _store_votes(db, votes, ids)
        with self._writes() as db:
            _end_votes(db, self._genres(), names)


def _all_names(db: Connection) -> Cursor:
    """Ask for id and album's name of all tracks that are in an album."""
    return db.execute(f"SELECT id, album FROM tracks WHERE {_IN_ALBUMS} ORDER BY id")


def _named(db: Connection, orders: Orders | None, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield id and album's name of all tracks whose :func:`title_key` is that of one of these names.

    Of a large library `orders` say where in it they are.
    """
    keys = {title_key(name) for name in names}
    # A name may begin with white space, which sorts before all else.
    words = sorted({key.split(" ")[0] for key in keys})
    where, told = f"{_IN_ALBUMS} AND (unicode(sort_album) <= 32", list[str]()
    if orders is not None:
        where = f"{_IN_ALBUMS} AND id IN (SELECT value FROM json_each(?)"
        told = [json.dumps(orders.between("album", [("\x01", "!"), *((word, word + _LAST) for word in words)]))]
    elif len(words) <= CHUNK:
        where, told = where + " OR instr(sort_album, ?) = 1" * len(words), words
    else:
        where += " OR 1"
    for track, album in db.execute(f"SELECT id, album FROM tracks WHERE {where}) ORDER BY id", told):
        if title_key(album) in keys:
            yield track, album


def raw_rows(db: Connection, ids: Iterable[int] | None = None) -> Cursor:
    """Ask for what puts each track with an album's name, or each of these, into its album, by their ids."""
    if ids is None:
        return db.execute(f"SELECT {_COLUMNS} FROM tracks WHERE {_IN_ALBUMS} ORDER BY id")
    sql = f"SELECT {_COLUMNS} FROM tracks WHERE id IN (SELECT value FROM json_each(?)) AND {_IN_ALBUMS} ORDER BY id"
    return db.execute(sql, (json.dumps(list(ids)),))


def row_of(raw: Sequence[Any]) -> AlbumRow:
    """Build a row from one of :func:`raw_rows`."""
    return AlbumRow(raw[0], os.fsdecode(raw[1]), *raw[2:])


def _names_of(db: Connection, ids: Iterable[int]) -> set[str]:
    """Give the names of the albums that these tracks are on, as their tags have them."""
    sql = f"SELECT DISTINCT album FROM tracks WHERE {_IN_ALBUMS} AND id IN (SELECT value FROM json_each(?))"
    return {row[0] for row in db.execute(sql, (json.dumps(list(ids)),))}


def _shares(
    db: Connection, ids: Iterable[int] | None, among: tuple[str, ...]
) -> Iterator[tuple[int, str, dict[str, float]]]:
    """Yield what was heard in all tracks with a genre, or in these: see :meth:`Albums.shares`."""
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


def _begin_votes(db: Connection, names: Collection[str] | None) -> None:
    """Take note that all albums are about to vote, or those of these names; what changes from now on is noticed."""
    if names is None:
        db.execute("DELETE FROM unvoted")
        db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", (_DOCUMENT, _VOTING))
    else:
        db.executemany("UPDATE unvoted SET taken = 1 WHERE album = ?", [(name,) for name in names])


def _store_votes(db: Connection, votes: Mapping[int, Vote], ids: Sequence[int] | None = None) -> None:
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


def _end_votes(db: Connection, among: Sequence[str], names: Collection[str] | None) -> None:
    """Take note that votes are there: of all albums among these genres, or of those of these names."""
    if names is None:
        db.execute("UPDATE documents SET text = ? WHERE name = ? AND text = ?", (_current(among), _DOCUMENT, _VOTING))
    else:
        db.executemany("DELETE FROM unvoted WHERE album = ? AND taken", [(name,) for name in names])


def _unvoted(db: Connection, among: Sequence[str]) -> list[str] | None:
    """List the names of the albums that may say something else by now, among these genres; None for all of them."""
    row = db.execute("SELECT text FROM documents WHERE name = ?", (_DOCUMENT,)).fetchone()
    if row is None or row[0] != _current(among):
        return None
    names = [row[0] for row in db.execute("SELECT album FROM unvoted LIMIT ?", (_MANY + 1,))]
    return names if len(names) <= _MANY else None


def _current(among: Sequence[str]) -> str:
    return json.dumps(["current", *among])
