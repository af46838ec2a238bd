"""Which tracks are an album: by its artist, or by their folder where no album artist is named, and by its name.

Sets of several discs are one album, whether the disc is in a field, in the album's name or a folder of its own; two
albums of one name stay two.
"""

from __future__ import annotations

import os
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from genre_tagger.library.albums import DISC, title_key, without_disc
from genre_tagger.library.storing import fold
from genre_tagger.library.tracks import AlbumRow

_DISC_FOLDER = re.compile(DISC, re.IGNORECASE)
_GUEST = re.compile(r"\s*(?:;|/|\bfeat\b|\bft\b|\bfeaturing\b).*", re.IGNORECASE)
_VARIOUS = frozenset(
    """
    various|various artists|varied artists|va|v.a.|v/a|v. a.|diverse|diverse interpreten|verschiedene|
    verschiedene interpreten|verschiedene kunstler|artistes divers|artistes varies|divers|varios|varios artistas|
    varios interpretes|artisti vari|aa.vv.|aavv|vari artisti|various composers|multi-artistes|divers artistes|
    rozni wykonawcy|ruzni interpreti|blandade artister|diverse artiester|diverse artister
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
_NO_NAME = frozenset(
    """
    unknown album|unknown|[unknown]|<unknown>|unknown album (unknown)|unbekanntes album|unbekannt|album inconnu|
    inconnu|album desconocido|desconocido|album sconosciuto|no album|none|n/a|-|[non-album tracks]|[non-album track]|
    non-album tracks|[standalone recordings]
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
# From so many artists on, of whom none made more than half of it, an album without an album artist is a compilation.
_MANY = 3
_SEVERAL = "various artists"
_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)
_Said = TypeVar("_Said", str, int)


@dataclass(frozen=True, slots=True)
class Album:
    """Tracks that belong together.

    Attributes
    ----------
    key : tuple of str
        What tells it from every other album of the library; the same as long as its tracks say the same.
    name, artist : str
        As most of its tracks spell them, without the disc; the artist is empty where there are several and no album
        artist is named.
    year : int or None
        What most of its tracks say.
    compilation : bool
        Whether it is by various artists, so that each track is to be judged by itself.
    discs : int
        How many there are of it, at least 1.
    tracks : tuple of int
        Their ids, by disc, number and path.
    """

    key: tuple[str, ...]
    name: str
    artist: str
    year: int | None
    compilation: bool
    discs: int
    tracks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row, and what follows from it: the album's name without its disc, its folder without the disc's, the disc."""

    row: AlbumRow
    name: str
    folder: str
    disc: int | None

    @property
    def place(self) -> tuple[int, int | None]:
        return self.disc or 1, self.row.track_number


def group(rows: Iterable[AlbumRow]) -> list[Album]:
    """Group tracks into albums.

    A track without an album's name is in none. Tracks of one album artist and one album name are an album, wherever
    they lie; without an album artist it is those in one folder. A track that names no album artist goes with the
    others of its folder that do, if they name one only.

    Parameters
    ----------
    rows : iterable of AlbumRow
        In any order; what comes of them does not depend on it.

    Returns
    -------
    list of Album
        By artist and name. Each track is in one of them at most.
    """
    by_key: dict[tuple[str, ...], list[_Placed]] = defaultdict(list)
    for (folder, name), members in _by(map(_placed, rows), lambda one: (one.folder, title_key(one.row.album))).items():
        if not name or name in _NO_NAME:
            continue
        artists = {_known_by(one) for one in members} - {""}
        for artist, some in _by(members, _known_by).items():
            named = artist or (next(iter(artists)) if len(artists) == 1 else "")
            by_key[(named, name) if named else ("", name, folder)] += some
    albums = [_album(key, some) for whole, members in by_key.items() for key, some in _apart(whole, members)]
    return sorted(albums, key=sorting_key)


def sorting_key(album: Album) -> tuple[str, str, int, tuple[str, ...]]:
    """Sort albums by artist and name."""
    return fold(album.artist), fold(album.name), album.year or 0, album.key


def lots(names: Iterable[tuple[int, str]], size: int = 20_000) -> Iterator[array[int]]:
    """Deal tracks into lots of about `size`, so that no album is in two of them: a million are not grouped at once.

    Parameters
    ----------
    names : iterable of (int, str)
        Ids of tracks, and the names of their albums.
    """
    by_name: dict[str, array[int]] = defaultdict(lambda: array("q"))
    for track, name in names:
        by_name[title_key(name)].append(track)
    lot: array[int] = array("q")
    for tracks in by_name.values():
        lot += tracks
        if len(lot) >= size:
            yield lot
            lot = array("q")
    if lot:
        yield lot


def _apart(key: tuple[str, ...], members: list[_Placed]) -> Iterator[tuple[tuple[str, ...], list[_Placed]]]:
    """Tell albums of one name apart: what claims the same place on a disc cannot be one album."""
    apart = {"": _by_main_artist, _SEVERAL: _by_folder}.get(key[0], _by_year)(members)
    if len(apart) == 1:
        yield key, members
    else:
        yield from (((*key, part), some) for part, some in apart.items())


def _by_main_artist(members: list[_Placed]) -> dict[str, list[_Placed]]:
    """In one folder, without album artists: "Greatest Hits" of several artists."""
    artists = _by(members, _main_artist)
    numbered = [one for one in members if one.row.track_number is not None]
    if numbered:
        clashing = len(numbered) - len({one.place for one in numbered})
        several = 3 * clashing >= len(numbered) and len(members) >= _MANY * len(artists)
    else:
        several = min(map(len, artists.values())) >= _MANY
    return artists if several and not any(one.row.compilation for one in members) else {"": members}


def _by_folder(members: list[_Placed]) -> dict[str, list[_Placed]]:
    """Of various artists, in several folders: two samplers of one name."""
    return _by(members, lambda one: one.folder) if _clash(members) else {"": members}


def _by_year(members: list[_Placed]) -> dict[str, list[_Placed]]:
    """Of one artist, in several folders: albums of one name from different years, not copies of the same one."""
    folders = _by(members, lambda one: one.folder)
    if len(folders) == 1 or not _clash(members):
        return {"": members}
    years = {folder: str(_most(one.row.year for one in some) or "") for folder, some in folders.items()}
    return _by(members, lambda one: years[one.folder])


def _clash(members: Sequence[_Placed]) -> bool:
    """Whether tracks in different folders claim the same place on a disc."""
    places = {(one.folder, one.place) for one in members if one.row.track_number is not None}
    return len({place for _, place in places}) < len(places)


def _album(key: tuple[str, ...], members: list[_Placed]) -> Album:
    members.sort(key=lambda one: (*one.place[:1], one.row.track_number or 0, one.row.path))
    rows = [one.row for one in members]
    artists = Counter(map(_main_artist, members))
    many = len(artists) >= _MANY and 2 * max(artists.values()) <= len(members)
    said = key[0] == _SEVERAL or (2 * sum(row.compilation for row in rows) > len(rows) and len(artists) > 1)
    compilation = said or (not key[0] and many)
    artist = _most(row.album_artist for row in rows) or ("" if compilation else _most(row.artist for row in rows))
    year, discs = _most(row.year for row in rows), len({one.place[0] for one in members})
    name = _most(one.name for one in members) or rows[0].album
    return Album(key, name, artist or "", year, compilation, discs, tuple(row.id for row in rows))


def _most(values: Iterable[_Said | None]) -> _Said | None:
    """What most of them say, those aside that say nothing; of several the one that sorts first."""
    counts = Counter(value for value in values if value)
    return max(sorted(counts), key=counts.__getitem__, default=None)


def _placed(row: AlbumRow) -> _Placed:
    name, named = without_disc(row.album)
    folder, lies_in = _folder_of(os.path.dirname(row.path))
    return _Placed(row, name, folder, row.disc or named or lies_in)


@lru_cache(maxsize=4096)
def _folder_of(folder: str) -> tuple[str, int | None]:
    """The folder of the album that the tracks of a folder are of: the one above "CD 1"; and the disc."""
    above, name = os.path.split(folder)
    if match := _DISC_FOLDER.match(name):
        return above, int(match[1]) or None
    bare, disc = without_disc(name)
    return (os.path.join(above, bare), disc) if disc else (folder, None)


def _known_by(one: _Placed) -> str:
    """The folded album artist, with one word for all that mean that there are several."""
    return _album_artist(one.row.album_artist)


@lru_cache(maxsize=16_384)
def _album_artist(name: str) -> str:
    artist = fold(name)
    return _SEVERAL if artist in _VARIOUS else artist


def _main_artist(one: _Placed) -> str:
    return _without_guests(one.row.artist)


@lru_cache(maxsize=16_384)
def _without_guests(name: str) -> str:
    return _GUEST.sub("", fold(name)) or fold(name)


def _by(members: Iterable[_T], what: Callable[[_T], _K]) -> dict[_K, list[_T]]:
    parts: dict[_K, list[_T]] = defaultdict(list)
    for one in members:
        parts[what(one)].append(one)
    return parts
