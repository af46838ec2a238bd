"""All albums of a library with their verdicts, some at a time: the first are there at once, and memory stays small."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice

from genre_tagger.library.library import Library
from genre_tagger.review.albums.grouping import Album, group, lots
from genre_tagger.review.albums.voting import Verdict, judge

_FIRST_TRACKS = 60
_PIECE = 400


def listing(library: Library) -> Generator[list[Verdict]]:
    """Judge all albums by what is heard in their tracks; reads no file.

    Yields
    ------
    list of Verdict
        First those of the oldest tracks in the library, then the others, those of some twenty thousand tracks by artist
        and name, and then those of the next; each album once.
    """
    first = [track for track, _ in islice(library.albums.names(), _FIRST_TRACKS)]
    near = [album for album in group(library.albums.rows(first)) if not set(first).isdisjoint(album.tracks)]
    yield _judged(library, near)
    known = {album.key for album in near}
    for ids in lots(library.albums.names()):
        rest = [album for album in group(library.albums.rows(ids, only=True)) if album.key not in known]
        for start in range(0, len(rest), _PIECE):
            yield _judged(library, rest[start : start + _PIECE])


def judged_lots(library: Library, names: Sequence[str] | None = None) -> Iterator[tuple[Sequence[int], list[Verdict]]]:
    """Judge all albums, or those of these names, lot by lot: some tracks, and the verdicts of all their albums."""
    for ids in lots(library.albums.names(names)):
        yield ids, _judged(library, group(library.albums.rows(ids, only=True)))


def judged_of(library: Library, ids: Sequence[int]) -> list[Verdict]:
    """Judge the albums of these tracks, by artist and name."""
    wanted = set(ids)
    return _judged(library, [a for a in group(library.albums.rows(wanted)) if not wanted.isdisjoint(a.tracks)])


def _judged(library: Library, albums: Sequence[Album]) -> list[Verdict]:
    tracks = [track for album in albums for track in album.tracks]
    return judge(albums, {track: (model, shares) for track, model, shares in library.albums.shares(tracks)})
