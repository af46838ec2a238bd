"""Playlists that lie in the music folders, taken into the library: read when they are new or were changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.files.scan import PLAYLISTS
from genre_tagger.files.sniff import extension
from genre_tagger.library.library import Library
from genre_tagger.sorting.playlists.files import read


def read_below(library: Library, met: Iterable[str], roots: Sequence[str]) -> Iterator[FileFailure]:
    """Read the playlists that a scan of `roots` has met, and forget those below that are gone.

    Yields
    ------
    FileFailure
        For each playlist that cannot be read; stage ``"playlist"``. It is told again once it was changed.
    """
    known = library.playlists.known()
    gone = [path for path in known if _is_below(path, roots) and not os.path.lexists(path)]
    if gone:
        library.playlists.forget(gone)
    for path in dict.fromkeys(met):
        yield from take(library, path, known.get(path))


def take(library: Library, path: str, known: tuple[int, int] | None = None) -> Iterator[FileFailure]:
    """Read one playlist into the library, unless its size and time of change are `known`; forget it if it is gone."""
    try:
        seen = os.stat(path)
    except OSError:
        library.playlists.forget([path])
        return
    stamp = seen.st_size, seen.st_mtime_ns
    if stamp == known:
        return
    try:
        playlist = read(path, library.folders())
    except FileError as error:
        library.playlists.keep(path, stamp, os.path.splitext(os.path.basename(path))[0], (), 0)
        yield FileFailure(path, "playlist", error.reason)
        return
    library.playlists.keep(path, stamp, playlist.name, playlist.files, len(playlist.told))


def is_list(path: str) -> bool:
    """Whether the name of a file is that of a playlist."""
    return extension(path) in PLAYLISTS


def _is_below(path: str, roots: Sequence[str]) -> bool:
    return any(path.startswith(os.path.join(os.path.abspath(root), "")) for root in roots)
