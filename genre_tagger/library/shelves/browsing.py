"""The library as shelves: genres, the artists of a genre, their albums; with how many tracks and hours each has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.storing import FROM, pack, unpack

FILES, HEARD = "files", "heard"
# {genre} stands for the genre that is heard, {word} for it as the policy spells it.
_GENRES = {
    FILES: "t.genres",
    HEARD: "(CASE WHEN coalesce(d.genres, '') <> '' THEN d.genres WHEN {genre} IS NULL THEN '' "
    "ELSE char(31) || {word} || char(31) END)",
}
_ARTIST = "(CASE WHEN t.album_artist <> '' THEN t.album_artist ELSE t.artist END)"


Above = Callable[[str], Sequence[str]]
"""Says what a genre is a kind of, the nearest first; nothing of one that stands by itself."""


def alone(genre: str) -> Sequence[str]:
    """Have every genre stand by itself."""
    return ()


class Chosen(NamedTuple):
    """What is chosen on the shelves; None is everything, "" what has no name.

    `by` says whose genres count: those of the FILES, or what is HEARD or was chosen by the user. `artist` is that of
    the album where one is named. `below` are the genres that are kinds of the chosen one and count with it.
    """

    by: str = FILES
    genre: str | None = None
    artist: str | None = None
    album: str | None = None
    below: tuple[str, ...] = ()


class Shelf(NamedTuple):
    """A genre, an artist or an album: its name, tracks, seconds; of an album a year, and a file that has its cover.

    Of a genre `depth` says how many stand above it, and `below` which are kinds of it and counted with it.
    """

    name: str
    tracks: int
    seconds: float
    year: int | None = None
    path: bytes = b""
    depth: int = 0
    below: tuple[str, ...] = ()


class Shelves(NamedTuple):
    """The three shelves, each sorted by name, genres behind what they are kinds of; the first row of each is all."""

    genres: list[Shelf]
    artists: list[Shelf]
    albums: list[Shelf]


def conditions(chosen: Chosen, parameters: dict[str, object]) -> list[str]:
    """Give the conditions of a choice as SQL: for the genre, the artist and the album, "1" where all are wanted."""
    parameters |= {"shelf_artist": chosen.artist, "shelf_album": chosen.album}
    genres = _GENRES[chosen.by]
    genre = "1"
    if chosen.genre:
        names = (chosen.genre, *chosen.below)
        parameters |= {f"shelf_genre{number}": pack([name]) for number, name in enumerate(names)}
        genre = "(" + " OR ".join(f"instr({genres}, :shelf_genre{number}) > 0" for number in range(len(names))) + ")"
    elif chosen.genre is not None:
        genre = f"{genres} = ''"
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


def shelves(genres: Iterable[Any], artists: Iterable[Any], albums: Iterable[Any], above: Above = alone) -> Shelves:
    """Make shelves of the answers to :func:`questions`; a track with two genres stands on both.

    A genre stands below what it is a kind of, which counts its tracks as well, each once; `above` says of what.
    """
    packed = [(unpack(text), tracks, seconds) for text, tracks, seconds in genres]
    total = Shelf("", sum(row[1] for row in packed), sum(row[2] for row in packed))
    by_artist = [Shelf(*row) for row in artists]
    by_album = [Shelf(*row) for row in albums]
    return Shelves(
        [total, *_by_genre(packed, above)],
        [_sum(by_artist), *_sorted(by_artist)], [_sum(by_album), *_sorted(by_album)],
    )  # fmt: skip


def _by_genre(packed: Sequence[tuple[tuple[str, ...], int, float]], above: Above) -> list[Shelf]:
    lines = _lines({name for names, _, _ in packed for name in names}, above)
    tracks, seconds = defaultdict[str, int](int), defaultdict[str, float](float)
    for names, count, length in packed:
        for name in {each for own in names for each in (own, *lines[own])} or {""}:
            tracks[name] += count
            seconds[name] += length
    below = defaultdict[str, list[str]](list)
    for name in sorted(lines, key=str.casefold):
        for each in lines[name]:
            below[each].append(name)

    def place(name: str) -> tuple[object, ...]:
        return not name, *((each.casefold(), each) for each in (*reversed(lines.get(name, ())), name))

    return [
        Shelf(name, tracks[name], seconds[name], depth=len(lines.get(name, ())), below=tuple(below[name]))
        for name in sorted(tracks, key=place)
    ]


def _lines(names: set[str], above: Above) -> dict[str, tuple[str, ...]]:
    """What each genre is a kind of, the nearest first and spelt as the files do; and the same of those above."""
    spelt = {genre_key(name): name for name in sorted(names)}
    lines: dict[str, tuple[str, ...]] = {}
    for name in names:
        line = tuple(spelt.get(genre_key(each), each) for each in above(name) if genre_key(each) != genre_key(name))
        lines[name] = line
        lines |= {each: line[number + 1 :] for number, each in enumerate(line) if each not in names}
    return lines


def _sum(found: Sequence[Shelf]) -> Shelf:
    return Shelf("", sum(shelf.tracks for shelf in found), sum(shelf.seconds for shelf in found))


def _sorted(found: Sequence[Shelf]) -> list[Shelf]:
    """By name; what has none comes last."""
    return sorted(found, key=lambda shelf: (not shelf.name, shelf.name.casefold(), shelf.name))
