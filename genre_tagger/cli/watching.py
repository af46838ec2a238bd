"""Watching folders on the command line: what comes is scanned and heard, and told line by line."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.base.watching.watch import Came, How, Watched, watch
from genre_tagger.cli import report
from genre_tagger.files.scan import Music
from genre_tagger.files.values import ScannedTrack
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Prediction
from genre_tagger.model.network import GenreModel
from genre_tagger.review import arrivals

_WAYS = {
    How.TOLD: "watched",
    How.LOOKED: "looked through again and again, as this system tells nothing of it",
    How.GONE: "not there; it is watched as soon as it comes",
}
_LIMIT = (
    "looked through again and again: it has more folders than this system watches for one person "
    "(fs.inotify.max_user_watches)"
)


def watched(options: argparse.Namespace, library: Library, model: GenreModel) -> Iterator[str]:
    """Watch folders until somebody closes this; yields what is to be printed.

    What is there already is scanned first, so that only what comes is new.
    """
    for folder in options.folders:
        library.add_folder(folder)
    for _ in line.scan_into(library, options.folders):
        pass
    with contextlib.closing(watch(options.folders, Music(), still=options.still)) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Watched):
                yield _said(options, outcome)
            elif isinstance(outcome, Came):
                yield from _taken(options, library, model, arrivals.fresh(library, outcome.paths))


def _said(options: argparse.Namespace, now: Watched) -> str:
    how = _LIMIT if now.limit else _WAYS[now.how]
    if options.json:
        return json.dumps({"folder": now.folder, "watched": now.how.value, "limit": now.limit})
    return f"{report.plain(now.folder)}: {how}."


def _taken(options: argparse.Namespace, library: Library, model: GenreModel, paths: Sequence[str]) -> Generator[str]:
    """Scan and hear what has come."""
    if not paths:
        return
    came = set[str]()
    with arrivals.noted(library):
        for outcome in line.scan_into(library, paths):
            if isinstance(outcome, ScannedTrack):
                came.add(outcome.path)
            elif isinstance(outcome, FileFailure) and outcome.stage != "hidden" and os.path.lexists(outcome.path):
                yield _told(options, {"path": outcome.path, "problem": outcome.reason})
    for heard in line.classify_into(library, model, workers=options.cores, again=False):
        if isinstance(heard, FileFailure):
            came.discard(heard.path)
            yield _told(options, {"path": heard.path, "problem": heard.reason})
        elif isinstance(heard, Prediction) and heard.path in came:
            came.discard(heard.path)
            yield _told(options, {"path": heard.path, "genre": heard.genre, "probability": heard.probability})
    for path in sorted(came):
        yield _told(options, {"path": path, "genre": None, "probability": None})


def _told(options: argparse.Namespace, found: dict[str, Any]) -> str:
    if options.json:
        return json.dumps(found)
    path = report.plain(found["path"])
    if "problem" in found:
        return f"{path}\t{found['problem']}"
    sure = f" ({found['probability']:.0%})" if found["probability"] is not None else ""
    return f"{path}\t{report.plain(found['genre'] or '–')}{sure}"
