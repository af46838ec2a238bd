"""The command that makes one playlist: of an order, a list, what sounds alike, or a radio; and what it says."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from genre_tagger.base import places
from genre_tagger.base.errors import FileFailure, GenreTaggerError
from genre_tagger.cli import report
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.review.sounds.similar import Alike, points_of
from genre_tagger.sorting.names import folded
from genre_tagger.sorting.playlists.in_order import playlist_of
from genre_tagger.sorting.playlists.radio import radio

_UNKNOWN = "This is not in the library. Scan it first."
_NOT_HEARD = "The model has not heard this yet. Classify it first."


def made(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """List or write a playlist; returns the result for JSON, and in words."""
    failures: list[FileFailure] = []
    ids = _ids(options, library, failures)
    if options.to and ids:
        name = options.name or os.path.splitext(os.path.basename(options.to))[0]
        failures += playlist_of(library, ids, options.to, name, from_root=options.from_root)[1]
    tracks = {track.id: track for track in library.tracks(ids=ids, best_only=True)}
    rows = [tracks[number] for number in ids if number in tracks]
    seconds = sum(track.length for track in rows)
    result = {
        "path": os.path.abspath(options.to) if options.to and ids else None, "seconds": round(seconds, 1),
        "tracks": [track.path for track in rows], "failures": report.failures(failures),
    }  # fmt: skip
    lines = [] if options.to else [report.plain(track.path) for track in rows]
    where = f" written to {report.plain(os.path.abspath(options.to))}" if options.to and ids else ""
    lines.append(f"{report.files(len(rows))}, {seconds / 60:.0f} minutes{where}, {len(failures)} failed.")
    return result, "\n".join(lines)


def _ids(options: argparse.Namespace, library: Library, failures: list[FileFailure]) -> Sequence[int]:
    if options.list:
        return _listed(options.list, library)
    if seeds := options.radio or options.similar:
        known = _known(seeds, library, failures)
        points = points_of(library, places.homes().cache)
        heard = _heard(known, points, failures)
        if points is None or not heard:
            return ()
        if options.radio:
            return radio(library, points, heard, options.minutes).tracks
        return [*heard, *(track for track, _ in points.near(heard, options.count))]
    return list(_known(options.paths, library, failures))


def _known(paths: Sequence[str], library: Library, failures: list[FileFailure]) -> dict[int, str]:
    """Find tracks by their paths, in their order."""
    wanted = [os.path.abspath(path) for path in paths]
    known = {track.path: track.id for track in library.tracks(paths=wanted, best_only=True)}
    failures += [FileFailure(path, "playlist", _UNKNOWN) for path in wanted if path not in known]
    return {known[path]: path for path in wanted if path in known}


def _heard(known: dict[int, str], points: Alike | None, failures: list[FileFailure]) -> list[int]:
    there = set() if points is None else set(points.ids.tolist())
    failures += [FileFailure(path, "playlist", _NOT_HEARD) for track, path in known.items() if track not in there]
    return [track for track in known if track in there]


def _listed(name: str, library: Library) -> Sequence[int]:
    """Give the tracks of a list of the window, or of a playlist in the music folders."""
    for saved in library.lists():
        if saved.name == name:
            return library.find(listed=saved.rule, **Policy().terms())
    for playlist in library.playlists.all():
        if playlist.path == os.path.abspath(name) or folded(playlist.name) == folded(name):
            return library.playlists.ids(playlist.path)
    raise GenreTaggerError(f"There is no list and no playlist called “{name}”.")
