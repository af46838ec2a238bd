"""What commands that write into files have in common: what is wanted is written, or only said, and what came of it."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, ModelError, Waiting
from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.base.progress import Progress
from genre_tagger.cli import report
from genre_tagger.files.values import GENRE
from genre_tagger.library.library import Library
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder
from genre_tagger.review.policy import Besides, By, Mode, Policy, Proposal
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.turn import Written

PATIENCE_S = 600.0
"""How long a drive that vanishes is waited for."""

_T = TypeVar("_T")


def policy_of(options: argparse.Namespace, library: Library) -> Policy | None:
    """Make the policy that ``write`` is told; None where it names what no model calls a genre, which is said."""
    spelling = _spelling(options, library)
    if spelling is None:
        return None
    besides = Besides(tuple(options.more), options.field, options.most)
    return Policy(Mode(options.policy), options.threshold, spelling, By(options.by), besides)


def _spelling(options: argparse.Namespace, library: Library) -> dict[str, str] | None:
    """Find the labels that are to be spelt otherwise, in any case of letters; None when one of them is nobody's."""
    if not options.spell:
        return {}
    labels = {t.prediction.genre for t in library.tracks(best_only=True) if t.prediction and t.prediction.genre}
    with contextlib.suppress(ModelError):
        labels.update(ModelCard.read(default_model_folder()).labels)
    known = {label.casefold(): label for label in labels}
    for label, _ in options.spell:
        if label.casefold() not in known:
            listed = ", ".join(sorted(labels))
            print(f"genre-tagger-cli: No model calls a genre “{label}”. Known are: {listed}.", file=sys.stderr)
            return None
    return {known[label.casefold()]: word for label, word in options.spell}


def carried_out(
    options: argparse.Namespace, library: Library, record: Journal, found: list[Proposal], failures: list[FileFailure]
) -> tuple[dict[str, Any], str]:
    """Write what is ticked of proposals, or only find out what would be written.

    Returns
    -------
    result : dict
        For JSON, with `failures` among its own.
    text : str
        The same in words.
    """
    wanted = [proposal for proposal in found if proposal.ticked]
    result: dict[str, Any] = {"dry_run": options.dry_run, "batch": None}
    if options.dry_run:
        refused = {failure.path: failure for failure in line.foreseen(found)}
        failures = [*failures, *refused.values()]
        left = [proposal for proposal in wanted if proposal.path not in refused]
        result["changes"] = [_change(p, p.old, p.new, line.lacking(p)) for p in left]
    else:
        written, failed = _written(options, library, record, wanted)
        failures = [*failures, *line.foreseen(p for p in found if not p.ticked), *failed]
        result["batch"] = next((w.batch for w in written if w.batch is not None), None)
        by_path = {proposal.path: proposal for proposal in wanted}
        result["changes"] = [_change(by_path[w.path], w.old, w.new, w.lacking) for w in written]
    result["failures"] = report.failures(failures)
    verb = "would be written" if options.dry_run else "written"
    lines = [*map(_words, result["changes"])]
    return result, "\n".join([*lines, f"{report.files(len(lines))} {verb}, {len(failures)} failed."])


def _written(
    options: argparse.Namespace, library: Library, record: Journal, wanted: list[Proposal]
) -> tuple[list[Written], list[FileFailure]]:
    with Progress("Writing", options.quiet, len(wanted)) as progress:
        version = 3 if getattr(options, "id3v23", False) else 4
        outcomes = line.write_into(
            library, record, wanted, keep_mtime=options.keep_mtime, id3_version=version, patience=PATIENCE_S
        )
        return sorted_out(outcomes, progress)


def _change(proposal: Proposal, old: Sequence[str], new: Sequence[str], lacking: str) -> dict[str, Any]:
    change: dict[str, Any] = {"path": proposal.path, "old": old, "new": new}
    if proposal.besides and proposal.into != GENRE:
        change["besides"] = {"field": proposal.into, "words": proposal.besides, "refusal": lacking or None}
    return change


def _words(change: dict[str, Any]) -> str:
    texts = [change["path"], BETWEEN.join(change["old"]) or "–", BETWEEN.join(change["new"]) or "–"]
    if besides := change.get("besides"):
        words = BETWEEN.join(besides["words"])
        texts.append(f"no {besides['field']}: {besides['refusal']}" if besides["refusal"] else f"+ {words}")
    return "\t".join(map(report.plain, texts))


def unknown(library: Library, paths: Sequence[str]) -> list[FileFailure]:
    """List the paths that the library does not know, with what to do about it."""
    reason = "This is not in the library. Scan it first."
    return [
        FileFailure(os.path.abspath(path), "write", reason)
        for path in paths
        if next(line.tracks_below(library, [path]), None) is None
    ]


def sorted_out(
    outcomes: Generator[_T | FileFailure | Waiting], progress: Progress
) -> tuple[list[_T], list[FileFailure]]:
    """Run a stage to its end, sorting what was done from what failed; while it waits for a drive, say so once."""
    done: list[_T] = []
    failures: list[FileFailure] = []
    waiting: Waiting | None = None
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            if isinstance(outcome, Waiting):
                if outcome != waiting:
                    waiting = outcome
                    print(f"genre-tagger-cli: {waiting.reason} Waiting for it; Ctrl+C stops.", file=sys.stderr)
                continue
            if isinstance(outcome, FileFailure):
                failures.append(outcome)
            else:
                done.append(outcome)
            progress.show(len(done) + len(failures))
    return done, failures
