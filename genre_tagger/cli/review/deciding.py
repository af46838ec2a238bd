"""The command that lists what is to be decided, decides, and takes back; the window's review knows of all of it."""

from __future__ import annotations

import argparse
from typing import Any

from genre_tagger import line
from genre_tagger.cli import report
from genre_tagger.cli.writing import unknown
from genre_tagger.library.library import Library
from genre_tagger.library.steps import Step
from genre_tagger.library.tracks import Decision, Track
from genre_tagger.review.asking.queue import waiting
from genre_tagger.review.policy import Policy, clean

_KIND = "answer"


def wrong_use(options: argparse.Namespace) -> str:
    """Say what the words of the command lack; "" if nothing."""
    if options.genre is not None and not clean(options.genre.split(";")):
        return "--genre wants a genre; nothing was decided."
    if (options.genre is not None or options.leave) and not options.paths:
        return "Deciding wants files or folders; nothing was decided."
    return ""


def review(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Do what ``review`` asks for; returns the result for JSON, and in words."""
    if options.take_back:
        return _taken_back(library.steps.take_back())
    if options.genre is not None or options.leave:
        return _decided(options, library)
    return _asked(options, library)


def _asked(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    listed = list(line.tracks_below(library, options.paths or None))
    model = next((track.prediction.model for track in listed if track.prediction is not None), None)
    queue = waiting(
        library, [track.id for track in listed], Policy(threshold=options.threshold), everything=options.all,
        model=model, albums=options.albums,
    )  # fmt: skip
    tracks = {track.id: track for track in listed}
    first = [tracks[id_] for id_ in queue.ids[: options.count]]
    left = f"{report.files(len(queue.ids))} to decide, the most useful first."
    result = {
        "left": len(queue.ids), "tracks": [report.track(track) for track in first],
        "failures": report.failures(unknown(library, options.paths)),
    }  # fmt: skip
    return result, "\n".join([left, *map(_row, first)])


def _row(track: Track) -> str:
    candidates = track.prediction.candidates[:5] if track.prediction is not None else ()
    heard = ", ".join(f"{candidate.genre} {candidate.probability:.0%}" for candidate in candidates)
    return "\t".join(map(report.plain, (track.path, heard or report.guess(track))))


def _decided(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Decide on tracks, as one step."""
    said = Decision(False) if options.leave else Decision(True, clean(options.genre.split(";")))
    tracks = [track for track in line.tracks_below(library, options.paths) if not track.missing]
    library.steps.take(_KIND, dict.fromkeys((track.id for track in tracks), said))
    result = {
        "decided": [track.path for track in tracks], "genres": said.genres, "left_alone": options.leave,
        "failures": report.failures(unknown(library, options.paths)),
    }  # fmt: skip
    what = "left alone" if options.leave else ", ".join(said.genres)
    text = f"{report.files(len(tracks))}: {what}. Nothing is written before “write”."
    return result, report.plain(text)


def _taken_back(step: Step | None) -> tuple[dict[str, Any], str]:
    if step is None:
        return {"taken_back": None}, "There is no decision to take back."
    said = step.decision
    what = "forgotten" if said is None else "left alone" if said.accepted is False else ", ".join(said.genres)
    more = f" and {len(step.tracks) - 1} more" if len(step.tracks) > 1 else ""
    result = {"taken_back": {"files": len(step.tracks), "genres": said.genres if said is not None else ()}}
    return result, report.plain(f"Taken back: {', '.join(step.titles[:1])}{more}: {what}.")
