"""The commands that take music to where people listen, and what they say."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.base.progress import Progress
from genre_tagger.cli import report
from genre_tagger.cli.opening import machines
from genre_tagger.library.library import Library
from genre_tagger.library.rules import parse
from genre_tagger.library.shelves.browsing import Chosen
from genre_tagger.library.tracks import Track
from genre_tagger.review import lessons
from genre_tagger.review.learned import State
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.copies.copy import Copied
from genre_tagger.sorting.copies.encoders import Form
from genre_tagger.sorting.copies.manifest import at
from genre_tagger.sorting.copies.plan import Action, Carry, Plan
from genre_tagger.sorting.copies.smaller import Smaller
from genre_tagger.sorting.playlists.by_genre import Listed
from genre_tagger.sorting.playlists.files import read
from genre_tagger.sorting.tables import parquet
from genre_tagger.sorting.tables.exchange import read_json, write_csv, write_json
from genre_tagger.sound.descriptors import Described, describe_files

if TYPE_CHECKING:
    from genre_tagger.cluster.cluster import Cluster

_UNKNOWN = "The playlist names this, but it is not in the library. Scan it first."
_DONE = {
    Action.COPY: "copied", Action.REPLACE: "replaced", Action.RETAG: "given another genre", Action.MOVE: "moved",
    Action.ADOPT: "taken over", Action.KEEP: "there already", Action.DELETE: "deleted",
}  # fmt: skip


def planned(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Plan a copy; returns the result for JSON, and in words."""
    plan, told = _plan(options, library)
    failures = [*told, *plan.failures]
    changes = [step for step in plan.steps if step.action is not Action.KEEP]
    result = {
        "target": plan.root,
        "steps": [
            {"action": step.action, "path": step.wanted.track.path, "target": at(plan.root, step.path),
             "from": at(plan.root, step.old) if step.old else None, "renamed": step.why or None, "size": step.size,
             "genres": step.wanted.carried}
            for step in changes
        ],
        "deletes": [at(plan.root, name) for name in plan.deletes],
        "unwanted": [at(plan.root, name) for name in plan.unwanted],
        "kept": plan.count(Action.KEEP), "bytes": plan.size, "needed": max(plan.needed, 0), "free": plan.free,
        "failures": report.failures(failures),
    }  # fmt: skip
    lines = [
        f"{step.action}\t{report.plain(step.wanted.track.path)}\t{report.plain(step.path)}\t{step.why}".rstrip("\t")
        for step in changes
    ]
    lines += [f"{Action.DELETE}\t{report.plain(name)}" for name in plan.deletes]
    fits = " That does not fit." if plan.free is not None and plan.needed > plan.free else ""
    free = "" if plan.free is None else f", {plan.free / 1e6:,.0f} MB free"
    lines.append(
        f"{report.files(plan.count(Action.COPY, Action.REPLACE))} to copy ({plan.size / 1e6:,.1f} MB"
        f"{free}), {plan.count(Action.RETAG)} to get another genre, {plan.count(Action.MOVE)} to move, "
        f"{plan.count(Action.ADOPT)} to take over, "
        f"{len(plan.deletes)} to delete, {plan.count(Action.KEEP)} there already, {len(failures)} failed.{fits}"
        f"{_unwanted(plan)}"
    )
    return result, "\n".join(lines)


def copied(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Plan a copy and carry it out; returns the result for JSON, and in words."""
    plan, failures = _plan(options, library)
    done: list[Copied] = []
    lists: list[Listed] = []
    names = (options.list or "",) if options.list or options.genre or options.album else None
    saved = {name: set(ids) for name, ids in line.saved_lists(library, Policy(), names).items()}
    with (
        Progress("Copying", options.quiet, len(plan.steps) + len(plan.deletes)) as progress,
        contextlib.closing(
            line.copy_into(plan, playlists=options.playlists, lists=saved, from_root=options.from_root)
        ) as outcomes,
    ):
        for number, outcome in enumerate(outcomes, 1):
            progress.show(number)
            if isinstance(outcome, FileFailure):
                failures.append(outcome)
            elif isinstance(outcome, Copied):
                done.append(outcome)
            else:
                lists.append(outcome)
    counts = Counter(outcome.action for outcome in done)
    copied_bytes = sum(file.size for file in done)
    result = {
        "target": plan.root,
        "files": [
            {"action": f.action, "path": f.path, "target": f.target, "size": f.size, "note": f.note or None}
            for f in done if f.action is not Action.KEEP
        ],
        "kept": counts[Action.KEEP], "bytes": copied_bytes,
        "unwanted": [at(plan.root, name) for name in plan.unwanted],
        "playlists": [_listed(item) for item in lists], "failures": report.failures(failures),
    }  # fmt: skip
    lines = [
        f"{report.plain(file.path)}\tcopied with the genres of the file: {file.note}"
        for file in done
        if file.note and file.size
    ]
    said = ", ".join(f"{counts[action]} {word}" for action, word in _DONE.items() if counts[action])
    lists_said = f", {len(lists)} playlists" if lists else ""
    lines.append(
        f"{said or '0 files copied'} ({copied_bytes / 1e6:,.1f} MB){lists_said}, {len(failures)} failed."
        f"{_unwanted(plan)}"
    )
    return result, "\n".join(lines)


def playlists(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Write one playlist a genre; returns the result for JSON, and in words."""
    lists: list[Listed] = []
    failures: list[FileFailure] = []
    with (
        Progress("Writing playlists", options.quiet) as progress,
        contextlib.closing(
            line.playlists_into(library, options.to, Policy(), genres=options.genre, from_root=options.from_root)
        ) as outcomes,
    ):
        for number, outcome in enumerate(outcomes, 1):
            progress.show(number)
            if isinstance(outcome, FileFailure):
                failures.append(outcome)
            else:
                lists.append(outcome)
    result = {"playlists": [_listed(item) for item in lists], "failures": report.failures(failures)}
    lines = [f"{report.plain(item.path)}\t{report.files(item.tracks)}" for item in lists]
    return result, "\n".join([*lines, f"{len(lists)} playlists, {len(failures)} failed."])


def exported(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Write the library into a file, CSV or JSON as its name says; returns the result for JSON, and in words."""
    as_table = options.file.lower().endswith(".csv")
    tracks = (write_csv if as_table else write_json)(options.file, library)
    path = os.path.abspath(options.file)
    return {"path": path, "tracks": tracks}, f"{tracks} tracks written to {report.plain(path)}."


def tabled(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Write the library as Parquet tables, with descriptors if that is asked for, here or on other machines."""
    failures: list[FileFailure] = []

    def rows(cluster: Cluster | None, progress: Progress) -> Iterator[tuple[int, Described]]:
        ids: dict[str, int] = {}

        def tracks() -> Iterator[Track]:
            for track in parquet.labelled(library):
                ids[track.path] = track.id
                yield track

        elsewhere = ((track.path, next(iter(track.genres), "")) for track in tracks())
        outcomes = describe_files(tracks()) if cluster is None else cluster.describe(elsewhere)
        for number, outcome in enumerate(outcomes, 1):
            progress.show(number)
            if isinstance(outcome, FileFailure):
                failures.append(outcome)
            else:
                yield ids.pop(outcome.path), outcome

    with machines(options) as cluster, Progress("Describing", options.quiet, library.count()) as progress:
        described = rows(cluster, progress) if options.describe else ()
        counts = parquet.write_parquet(options.parquet, library, described)
    path = os.path.abspath(options.parquet)
    listed = ", ".join(f"{number} {table}" for table, number in counts.items())
    failed = f", {len(failures)} failed" if failures else ""
    text = f"{listed} written to {report.plain(path)}{failed}."
    return {"path": path, "rows": counts, "failures": report.failures(failures)}, text


def imported(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Take over what was exported, and learn from it; returns the result for JSON, and in words."""
    taken = read_json(options.file, library, replace=options.replace)
    learned = []
    if (taken.decided or taken.same or taken.learning) and not library.teaching.wishes().nothing:
        learned = [entry.name for entry in lessons.relearn(library, Policy()).reports if entry.state is State.ON]
    kept = f" {taken.kept} kept another decision of their own; --replace replaces it." if taken.kept else ""
    lists = f" {taken.lists} lists taken over." if taken.lists else ""
    others = f" Lists that are here and differ were kept: {', '.join(taken.kept_lists)}." if taken.kept_lists else ""
    others += " Your own list of genres is another one and was kept." if taken.kept_genres else ""
    lists += " Your own list of genres was taken over." if taken.genres else ""
    lists += " What is to be learned was taken over." if taken.learning else ""
    lists += f" Genres that are learned from all decisions here: {', '.join(learned)}." if learned else ""
    text = f"{taken.decided} decisions taken over, {taken.same} were the same, {taken.unknown} of tracks not here."
    return asdict(taken) | {"learned": learned}, f"{text}{kept}{report.plain(lists + others)}"


def _plan(options: argparse.Namespace, library: Library) -> tuple[Plan, list[FileFailure]]:
    """Plan what the options ask for; also returns what a playlist names that cannot be copied."""
    told: list[FileFailure] = []
    paths: list[str] | None = None
    ids: Sequence[int] | None = None
    if options.album:
        found = (library.find(chosen=Chosen(album=album), **Policy().terms()) for album in options.album)
        ids = list(chain.from_iterable(found))
    saved = next((saved for saved in library.lists() if saved.name == options.list), None)
    if saved is not None:
        told += [FileFailure(saved.name, "list", sentence) for sentence in parse(saved.rule).told]
        ids = library.find(listed=saved.rule, **Policy().terms())
    elif options.list:
        listed = read(options.list, library.folders())
        told += listed.told
        paths = list(listed.files)
        known = {track.path for track in library.tracks(paths=paths, best_only=True)}
        told += [FileFailure(path, "playlist", _UNKNOWN) for path in dict.fromkeys(paths) if path not in known]
    smaller = Smaller(Form(options.smaller) if options.smaller else None, options.again, options.id3v23)
    wanted = line.wanted_copies(
        library, Policy(), genres=options.genre, paths=paths, ids=ids, carry=Carry(options.carry), smaller=smaller
    )
    return line.copy_plan(library, wanted, options.to, options.pattern, delete=options.delete), told


def _listed(item: Listed) -> dict[str, Any]:
    return {"genre": item.genre, "path": os.path.abspath(item.path), "tracks": item.tracks, "written": item.written}


def _unwanted(plan: Plan) -> str:
    number = len(plan.unwanted)
    return f" {report.files(number)} there not wanted any more; --delete removes them." if number else ""
