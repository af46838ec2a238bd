"""The commands about what tracks sound like beside one another, and what they say: audit, similar."""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator
from typing import Any, TypeVar

from genre_tagger.base import places
from genre_tagger.base.errors import FileFailure
from genre_tagger.cli import report
from genre_tagger.library.library import Library
from genre_tagger.review.learning import LEAST, LEAST_ARTISTS
from genre_tagger.review.policy import Policy
from genre_tagger.review.sounds.different import Compared, comparing
from genre_tagger.review.sounds.similar import points_of
from genre_tagger.sorting.playlists.in_order import playlist_of

_NOT_HEARD = "The model has not heard this yet. Classify it first."
_UNKNOWN = "This is not in the library. Scan it first."
_T = TypeVar("_T")


def audit(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """List the tracks whose genre in the file and sound differ most."""
    compared = _came_of(comparing(library, Policy()))
    shown = compared.doubted[: options.count]
    path_of = {track.id: track.path for track in library.tracks(ids=[entry.track for entry in shown], best_only=True)}
    result = {
        "judged": len(compared.audit.surprises),
        "tracks": [
            {"path": path_of[entry.track], "genres": compared.genres[entry.track], "said": entry.said,
             "heard": entry.heard, "probability": round(entry.probability, 4), "surprise": round(entry.surprise, 2)}
            for entry in shown
        ],
        "matrix": [
            {"said": said, "heard": heard, "tracks": tracks, "hours": round(hours, 3)}
            for (said, heard), (tracks, hours) in sorted(compared.matrix.items())
        ],
        "unjudged": compared.audit.unjudged,
    }  # fmt: skip
    lines = [
        "\t".join(map(report.plain, (path_of[entry.track], "; ".join(compared.genres[entry.track]), entry.heard,
                                     f"{entry.surprise:.1f}")))
        for entry in shown
    ]  # fmt: skip
    return result, "\n".join([*lines, *_judged(compared)])


def _came_of(steps: Generator[object, None, _T]) -> _T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result


def _judged(compared: Compared) -> list[str]:
    said = [f"{report.files(len(compared.audit.surprises))} judged."]
    if compared.audit.unjudged:
        listed = report.plain(", ".join(sorted(compared.audit.unjudged)))
        said.append(f"Not judged, as they have fewer than {LEAST} tracks or {LEAST_ARTISTS} artists: {listed}.")
    return said


def similar(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """List the tracks that sound most like some, and save them as a playlist where that is wished."""
    wanted = [os.path.abspath(path) for path in options.paths]
    known = {track.path: track for track in library.tracks(paths=wanted, best_only=True)}
    points = points_of(library, places.homes().cache)
    there = set() if points is None else set(points.ids.tolist())
    failures = [
        FileFailure(path, "similar", _NOT_HEARD if path in known else _UNKNOWN)
        for path in wanted
        if path not in known or known[path].id not in there
    ]
    near = dict([] if points is None else points.near([track.id for track in known.values()], options.count))
    path_of = {track.id: track.path for track in library.tracks(ids=near, best_only=True)}
    if options.playlist and near:
        name = os.path.splitext(os.path.basename(options.playlist))[0]
        failures += playlist_of(library, [*near], options.playlist, name)[1]
    tracks = [{"path": path_of[track], "alike": round(near[track], 4)} for track in near if track in path_of]
    result = {"to": wanted, "tracks": tracks, "failures": report.failures(failures)}
    return result, "\n".join(f"{report.plain(path_of[track])}\t{near[track]:.2f}" for track in near if track in path_of)
