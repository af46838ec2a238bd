"""All albums of a library with their verdicts, some at a time, so that the first are there at once."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import islice

from genre_tagger.library.library import Library
from genre_tagger.review.albums.grouping import Album, group
from genre_tagger.review.albums.voting import Verdict, judge

_FIRST_TRACKS = 60
_PIECE = 400


def listing(library: Library) -> Generator[list[Verdict]]:
    """Judge all albums by what is heard in their tracks; reads no file.

    Yields
    ------
    list of Verdict
        First those of the oldest tracks in the library, then the others by artist and name; each album once.
    """
    first = {row.id for row in islice(library.album_rows(), _FIRST_TRACKS)}
    near = [album for album in group(library.album_rows(first)) if not first.isdisjoint(album.tracks)]
    yield _judged(library, near)
    known = {album.key for album in near}
    rest = [album for album in group(library.album_rows()) if album.key not in known]
    for start in range(0, len(rest), _PIECE):
        yield _judged(library, rest[start : start + _PIECE])


def _judged(library: Library, albums: Sequence[Album]) -> list[Verdict]:
    tracks = [track for album in albums for track in album.tracks]
    return judge(albums, {track: (model, shares) for track, model, shares in library.shares(tracks)})
