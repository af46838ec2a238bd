"""A playlist of tracks in an order: that of the table, one made by hand, or that of a radio."""

from __future__ import annotations

import os
from collections.abc import Sequence

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.base.small_files import write_whole
from genre_tagger.library.library import Library
from genre_tagger.sorting.playlists.drive_root import named
from genre_tagger.sorting.playlists.files import Entry, m3u8, unwritable

_GONE = "The file is not there any more, so it was left out of the playlist."


def playlist_of(
    library: Library, ids: Sequence[int], path: str, name: str, *, from_root: bool = False
) -> tuple[int, list[FileFailure]]:
    """Write a playlist (M3U8) of tracks in this order, which names them relative to its folder.

    With `from_root` it names them from the root of its drive.

    Returns
    -------
    count, failures : int, list of FileFailure
        How many it names, and those that no playlist can name, or whose files are gone; stage ``"playlist"``.

    Raises
    ------
    FileError
        If it cannot be written; an existing file is unchanged then.
    """
    tracks = {track.id: track for track in library.tracks(ids=ids, best_only=True)}
    folder = os.path.dirname(os.path.abspath(path))
    entries, failures = [], []
    for track in (tracks[number] for number in ids if number in tracks):
        try:
            place = named(track.path, folder, from_root=from_root)
            reason = _GONE if track.missing else unwritable(place)
        except FileError as error:
            reason = error.reason
        if reason:
            failures.append(FileFailure(track.path, "playlist", reason))
        else:
            entries.append(Entry(place, track.length, track.artist, track.title))
    try:
        write_whole(path, m3u8(name, entries))
    except OSError as error:
        raise FileError(path, f"The playlist cannot be written there ({error.strerror or error}).") from error
    return len(entries), failures
