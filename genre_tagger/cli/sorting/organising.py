"""The command that puts the library's own files into folders, and what it says."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import Any

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, GenreTaggerError
from genre_tagger.base.progress import Progress
from genre_tagger.cli import report
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sorting.folders.in_step import organise_into, plan_folders
from genre_tagger.sorting.folders.interrupted import Interrupted, interrupted
from genre_tagger.sorting.folders.plan import FolderPlan
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.moves import Kind


def organised(options: argparse.Namespace, library: Library, journal: Journal) -> tuple[dict[str, Any], str]:
    """Plan, and carry the plan out unless only that is asked for; returns the result for JSON, and in words."""
    left = interrupted(journal, library.folders())
    if options.go_on:
        if left is None:
            raise GenreTaggerError("Nothing was interrupted, so there is nothing to go on with.")
        plan, batch = left.rest, left.batch
    else:
        wanted = line.wanted_copies(library, Policy(), genres=options.genre, paths=options.paths or None)
        plan, batch = plan_folders(library, wanted, options.to, options.pattern, keep=options.copy), None
    if options.plan:
        result, text = _planned(plan)
        said = _left(left) if left is not None and not options.go_on else ""
        return result | {"interrupted": left is not None}, text + said
    try:
        moved, failures = _carried_out(options, library, journal, plan, batch)
    except KeyboardInterrupt:
        if (left := interrupted(journal, library.folders())) is not None:
            print(f"genre-tagger-cli:{_left(left)}", file=sys.stderr)
        raise
    files = [each for each in moved if each.kind is not Kind.TEXT]
    lists = [each.target for each in moved if each.kind is Kind.TEXT]
    result = {
        "target": plan.root, "batch": moved[0].batch if moved else None,
        "files": [{"path": each.path, "target": each.target} for each in files], "lists": lists, "kept": plan.kept,
        "stays": report.failures(plan.stays), "failures": report.failures(failures),
    }  # fmt: skip
    verb = "copied" if plan.keep else "moved"
    text = (
        f"{report.files(len(files))} {verb}, {plan.kept} were there already, {len(lists)} lists follow, "
        f"{len(failures)} failed.{' “undo” brings everything back.' if files else ''}"
    )
    return result, text


def _carried_out(
    options: argparse.Namespace, library: Library, journal: Journal, plan: FolderPlan, batch: int | None
) -> tuple[list[Moved], list[FileFailure]]:
    moved: list[Moved] = []
    failures = list(plan.failures)
    with (
        Progress("Copying" if plan.keep else "Moving", options.quiet, len(plan.moves)) as progress,
        contextlib.closing(organise_into(library, journal, plan, going_on=batch)) as outcomes,
    ):
        for number, outcome in enumerate(outcomes, 1):
            progress.show(min(number, len(plan.moves)))
            if isinstance(outcome, FileFailure):
                failures.append(outcome)
            else:
                moved.append(outcome)
    return moved, failures


def _left(left: Interrupted) -> str:
    verb = "copied" if left.rest.keep else "moved"
    return (
        f" Before, this was interrupted: {left.done} of {report.files(left.done + len(left.rest.moves))} {verb} below "
        f"{report.plain(left.rest.root)}, and all are whole. “organise --go-on” does the rest, “undo” brings all "
        "back."
    )


def _planned(plan: FolderPlan) -> tuple[dict[str, Any], str]:
    result = {
        "target": plan.root, "copy": plan.keep,
        "moves": [
            {"path": move.source, "target": move.target, "track": move.track is not None, "renamed": move.why or None}
            for move in plan.moves
        ],
        "kept": plan.kept, "lists": [{"path": path, "names": count} for path, count in plan.lists],
        "emptied": plan.emptied, "needed": plan.needed, "free": plan.free,
        "stays": report.failures(plan.stays), "failures": report.failures(plan.failures),
    }  # fmt: skip
    lines = [
        f"{report.plain(move.source)}\t{report.plain(move.target)}\t{move.why}".rstrip("\t") for move in plan.moves
    ]
    lines += [f"{report.plain(path)}\tnames {count} by their new places" for path, count in plan.lists]
    lines += [f"{report.plain(path)}\tgoes, as nothing is left in it" for path in plan.emptied]
    lines += [f"{report.plain(failure.path)}\tstays: {failure.reason}" for failure in plan.stays]
    fits = " That does not fit." if plan.free is not None and plan.needed > plan.free else ""
    lines.append(
        f"{report.files(len(plan.moves))} to {'copy' if plan.keep else 'move'} ({plan.tracks} tracks and what belongs "
        f"to them), {plan.kept} there already, {len(plan.lists)} lists follow, {len(plan.emptied)} folders go, "
        f"{len(plan.failures)} stay.{fits}"
    )
    return result, "\n".join(lines)
