"""New: tracks that came into watched folders by themselves, until something is said of them or they are written."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Generator, Iterator, Sequence
from typing import TypeVar

from genre_tagger.base.errors import FileFailure, FileStamp, Waiting
from genre_tagger.library.library import Library

_T = TypeVar("_T")
_DOCUMENT = "new"  # a JSON list of ids, which library/query.py asks as well
_WATCHED = "watched folders"


@contextlib.contextmanager
def noted(library: Library) -> Iterator[None]:
    """Take note of the tracks that come into the library meanwhile; files that were only moved are none.

    What could not be read is a problem and not new.
    """
    newest = max(library.find(), default=0)
    try:
        yield
    finally:
        came = [track for track in library.find() if track > newest]  # an id is never used again
        well = [track.id for track in library.tracks(ids=came, best_only=True) if track.error_stage != "scan"]
        if well:
            _store(library, [*_ids(library), *well])


def take_out(library: Library, paths: Collection[str] | None = None) -> None:
    """Have the tracks with these paths be new no longer, or all."""
    before = _ids(library)
    if not before:
        return
    gone = set(before) if paths is None else {track.id for track in library.tracks(paths=paths, best_only=True)}
    if not gone.isdisjoint(before):
        _store(library, [track for track in before if track not in gone])


def dealt_with(library: Library, outcomes: Generator[_T]) -> Generator[_T]:
    """Pass outcomes of writing on; those files are new no longer that are no failures."""
    paths = list[str]()
    try:
        with contextlib.closing(outcomes):
            for outcome in outcomes:
                if not isinstance(outcome, FileFailure | Waiting) and (path := getattr(outcome, "path", "")):
                    paths.append(path)
                yield outcome
    finally:
        take_out(library, paths)


def fresh(library: Library, paths: Sequence[str]) -> list[str]:
    """Leave out files that went again and those that the library knows as they are: this program has written them.

    Parameters
    ----------
    library : Library
    paths : sequence of str
        Files and folders that a watch tells of; the folders stay.
    """
    stamps = {track.path: track.stamp for track in library.tracks(paths=paths, best_only=True)}
    return [path for path in paths if os.path.isdir(path) or _has_changed(path, stamps.get(path))]


def watched(library: Library) -> list[str]:
    """List the folders of the library that the person wants watched, be all of them watched or not."""
    folders = set(library.folders())
    return [path for path in _texts(library.document(_WATCHED)) if path in folders]


def choose_watched(library: Library, folder: str, wanted: bool) -> None:
    """Have a folder watched, or not any more."""
    chosen = [path for path in watched(library) if path != folder]
    library.set_document(_WATCHED, json.dumps([*chosen, folder] if wanted else chosen))


def _has_changed(path: str, known: FileStamp | None) -> bool:
    try:
        stat = os.stat(path)
    except OSError:
        return False
    return known is None or (known.size, known.mtime_ns) != (stat.st_size, stat.st_mtime_ns)


def _ids(library: Library) -> list[int]:
    text = library.document(_DOCUMENT)
    return [number for number in json.loads(text) if isinstance(number, int)] if text else []


def _store(library: Library, ids: Sequence[int]) -> None:
    library.set_document(_DOCUMENT, json.dumps(sorted(set(ids))))


def _texts(text: str) -> list[str]:
    return [each for each in json.loads(text) if isinstance(each, str)] if text else []
