"""The library as shelves: genres, the artists of a genre, their albums; with how many tracks and hours each has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from genre_tagger.library.storing import FROM, pack, unpack

FILES, HEARD = "files", "heard"
# {genre} stands for the genre that is heard, {word} for it as the policy spells it.
_GENRES = {
    FILES: "t.genres",
    HEARD: "(CASE WHEN coalesce(d.genres, '') <> '' THEN d.genres WHEN {genre} IS NULL THEN '' "
    "ELSE char(31) || {word} || char(31) END)",
}
_ARTIST = "(CASE WHEN t.album_artist <> '' THEN t.album_artist ELSE t.artist END)"


class Chosen(NamedTuple):
    """What is chosen on the shelves; None is everything, "" what has no name.

    `by` says whose genres count: those of the FILES, or what is HEARD or was chosen by the user. `artist` is that of
    the album where one is named.
    """

    by: str = FILES
    genre: str | None = None
    artist: str | None = None
    album: str | None = None


class Shelf(NamedTuple):
    """A genre, an artist or an album: its name, tracks, seconds; of an album a year, and a file that has its cover."""

    name: str
    tracks: int
    seconds: float
    year: int | None = None
    path: bytes = b""


class Shelves(NamedTuple):
    """The three shelves, each sorted by name; the first row of each is all of it, without a name."""

    genres: list[Shelf]
    artists: list[Shelf]
    albums: list[Shelf]


def conditions(chosen: Chosen, parameters: dict[str, object]) -> list[str]:
    """Give the conditions of a choice as SQL: for the genre, the artist and the album, "1" where all are wanted."""
    parameters |= {"shelf_artist": chosen.artist, "shelf_album": chosen.album}
    genres = _GENRES[chosen.by]
    genre = "1"
    if chosen.genre is not None:
        parameters["shelf_genre"] = pack([chosen.genre])
        genre = f"instr({genres}, :shelf_genre) > 0" if chosen.genre else f"{genres} = ''"
    return [
        genre,
        "1" if chosen.artist is None else f"{_ARTIST} = :shelf_artist",
        "1" if chosen.album is None else "t.album = :shelf_album",
    ]


def questions(chosen: Chosen, where: str, parameters: dict[str, object]) -> tuple[str, str, str]:
    """Give the SQL that counts genres, the artists of the chosen genre, and the albums of the chosen artist in it."""
    genre, artist, _ = conditions(chosen, parameters)
    counted = "count(*), coalesce(sum(t.length), 0)"
    return (
        f"SELECT {_GENRES[chosen.by]}, {counted} {FROM} WHERE {where} GROUP BY 1",
        f"SELECT {_ARTIST}, {counted} {FROM} WHERE {where} AND {genre} GROUP BY 1",
        f"SELECT t.album, {counted}, min(t.year), min(t.path) {FROM} WHERE {where} AND {genre} AND {artist} GROUP BY 1",
    )


def shelves(genres: Iterable[Any], artists: Iterable[Any], albums: Iterable[Any]) -> Shelves:
    """Make shelves of the answers to :func:`questions`; a track with two genres stands on both."""
    by_genre: dict[str, tuple[int, float]] = {}
    packed = list(genres)
    for text, tracks, seconds in packed:
        for name in unpack(text) or ("",):
            before = by_genre.get(name, (0, 0.0))
            by_genre[name] = before[0] + tracks, before[1] + seconds
    total = Shelf("", sum(row[1] for row in packed), sum(row[2] for row in packed))
    by_artist = [Shelf(*row) for row in artists]
    by_album = [Shelf(*row) for row in albums]
    return Shelves(
        [total, *_sorted([Shelf(name, *counts) for name, counts in by_genre.items()])],
        [_sum(by_artist), *_sorted(by_artist)], [_sum(by_album), *_sorted(by_album)],
    )  # fmt: skip


def _sum(found: Sequence[Shelf]) -> Shelf:
    return Shelf("", sum(shelf.tracks for shelf in found), sum(shelf.seconds for shelf in found))


def _sorted(found: Sequence[Shelf]) -> list[Shelf]:
    """By name; what has none comes last."""
    return sorted(found, key=lambda shelf: (not shelf.name, shelf.name.casefold(), shelf.name))
