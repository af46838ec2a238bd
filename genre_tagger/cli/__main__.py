"""The line without a window, for scripts.

Results go to standard output, as text or with ``--json`` as one JSON document; progress and complaints go to
standard error. Exit status: 0 done; 1 done, but some files failed; 2 wrong usage; 3 the library, the undo
journal, the model or the target cannot be used; 130 interrupted (what was done is kept).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Container, Sequence
from types import FrameType
from typing import Any

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, GenreTaggerError
from genre_tagger.base.progress import Progress
from genre_tagger.base.stderr import only_our_words
from genre_tagger.cli import genres, learning, players, report, sounds, watching
from genre_tagger.cli.opening import hearing, held, journal, machines, opened, settle
from genre_tagger.cli.options import parser
from genre_tagger.cli.review import albums, deciding
from genre_tagger.cli.sorting import copying, organising, playlist
from genre_tagger.cli.writing import PATIENCE_S, carried_out, policy_of, sorted_out, unknown
from genre_tagger.files.values import ScannedTrack, Walked
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Prediction
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.review import lessons
from genre_tagger.review.policy import By, Policy, clean
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sound import descriptors
from genre_tagger.writing.journal import Batch
from genre_tagger.writing.turn import Undone

DONE, SOME_FAILED, USAGE, UNUSABLE, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; :data:`sys.argv` by default.

    Returns
    -------
    int
        The exit status.
    """
    options = parser(_COMMANDS).parse_args(arguments)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Names that are no UTF-8 leave the program as the bytes they are.
            stream.reconfigure(errors="surrogateescape")
    try:
        with only_our_words():
            status: int = options.command(options)
        sys.stdout.flush()
        return status
    except GenreTaggerError as error:
        print(f"genre-tagger-cli: {report.plain(str(error))}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("genre-tagger-cli: Interrupted; what was done is kept.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# --- the commands --------------------------------------------------------------------------------------


def _scan(options: argparse.Namespace) -> int:
    with held(options, create=True) as library, Progress("Scanning", options.quiet) as progress:
        for folder in options.folders:
            if os.path.exists(folder):
                library.add_folder(folder)
        scanned = looked_at = 0
        failures: list[FileFailure] = []
        missing = sum(track.missing for track in library.tracks(best_only=True))
        with contextlib.closing(line.scan_into(library, options.folders)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, Walked):
                    looked_at += outcome.files
                    progress.show(looked_at)
                elif isinstance(outcome, ScannedTrack):
                    scanned += 1
                else:
                    failures.append(outcome)
        vanished = sum(track.missing for track in library.tracks(best_only=True)) - missing
        failures += _still_failing(library, options.folders, {failure.path for failure in failures})
    hidden = sum(failure.stage == "hidden" for failure in failures)
    result = {
        "folders": [os.path.abspath(folder) for folder in options.folders],
        "scanned": scanned, "vanished": max(vanished, 0), "failures": report.failures(failures),
    }  # fmt: skip
    text = (
        f"{report.files(scanned)} read, {len(failures) - hidden} failed, {hidden} hidden files and folders passed over."
    )
    _print(options, result, text)
    return SOME_FAILED if len(failures) > hidden else DONE


def _still_failing(library: Library, folders: Sequence[str], told: Container[str]) -> list[FileFailure]:
    """List the files below folders that could not be read before, have not changed, and so were not tried again."""
    roots = [os.path.abspath(folder) for folder in folders]
    below = tuple(os.path.join(root, "") for root in roots)
    return [
        failure
        for failure in library.failures()
        if failure.stage == "scan" and failure.path not in told
        if (failure.path in roots or failure.path.startswith(below)) and os.path.lexists(failure.path)
    ]


def _classify(options: argparse.Namespace) -> int:
    with held(options) as library:
        model = GenreModel.load(options.model or default_model_folder())
        total = library.count(unclassified=True, model=model.name)
        classified = nothing = 0
        failures: list[FileFailure] = []
        with (
            machines(options) as there,
            Progress("Classifying", options.quiet, total) as progress,
            contextlib.closing(
                line.classify_into(
                    library, model, workers=options.cores, windows=options.windows,
                    hear=hearing(there, options, library, model),
                )
            ) as outcomes,
        ):  # fmt: skip
            for done, outcome in enumerate(outcomes, 1):
                progress.show(done)
                if isinstance(outcome, Prediction):
                    classified += 1
                    nothing += outcome.nothing is not None
                elif isinstance(outcome, FileFailure):
                    failures.append(outcome)
        if classified:
            lessons.apply(library, Policy())
    result = {
        "model": model.name, "classified": classified, "without_genre": nothing, "failures": report.failures(failures),
    }  # fmt: skip
    without = f" ({nothing} without a genre: speech, no music, silent or too short)" if nothing else ""
    _print(options, result, f"{report.files(classified)} classified{without}, {len(failures)} failed.")
    return SOME_FAILED if failures else DONE


def _watch(options: argparse.Namespace) -> int:
    for folder in options.folders:
        if os.path.exists(folder) and not os.path.isdir(folder):
            print(f"genre-tagger-cli: {report.plain(folder)} is no folder; nothing is watched.", file=sys.stderr)
            return USAGE
    with held(options, create=True) as library:
        model = GenreModel.load(options.model or default_model_folder())
        with contextlib.suppress(KeyboardInterrupt):  # the usual end
            for told in watching.watched(options, library, model):
                print(told, flush=True)
    return DONE


def _show(options: argparse.Namespace) -> int:
    with opened(options) as library:
        tracks = sorted(line.tracks_below(library, options.paths or None), key=lambda track: track.path)
    text = (_row(t.path, "; ".join(t.genres) or "–", report.guess(t)) for t in tracks)
    _print(options, [report.track(track) for track in tracks], "\n".join(text))
    return DONE


def _albums(options: argparse.Namespace) -> int:
    with held(options) as library:
        result, text = albums.listed(options, library)
    _print(options, result, text)
    return DONE


def _write(options: argparse.Namespace) -> int:
    named = clean(options.genre) if options.genre else None
    if named == ():
        print("genre-tagger-cli: --genre wants a genre; nothing was written.", file=sys.stderr)
        return USAGE
    with held(options) as library, journal(options) as record:
        policy = policy_of(options, library)
        if policy is None:
            return USAGE
        settle(library, record)
        if policy.by is not By.TRACK:
            line.vote_into(library)
        found = list(line.proposals(library, policy, paths=options.paths or None, genres=named))
        result, text = carried_out(options, library, record, found, unknown(library, options.paths))
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _genres(options: argparse.Namespace) -> int:
    if options.action not in ("merge", "rename", "remove", "tidy", "more"):
        writes = options.action in ("import", "trust", "distrust")
        with (held if writes else opened)(options) as library:
            result, text = genres.asked(options, library)
        _print(options, result, text)
        return DONE
    with held(options) as library, journal(options) as record:
        settle(library, record)
        found, problem = genres.changes(options, library)
        if problem:
            print(f"genre-tagger-cli: {report.plain(problem)}", file=sys.stderr)
            return USAGE
        result, text = carried_out(options, library, record, found, [])
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _undo(options: argparse.Namespace) -> int:
    with held(options) as library, journal(options) as record:
        settle(library, record)
        batches = _to_undo(options, record.batches())
        if batches is None:
            print(f"genre-tagger-cli: There is no write {options.batch} in the history.", file=sys.stderr)
            return USAGE
        total = sum(batch.files - batch.undone for batch in batches)
        with Progress("Undoing", options.quiet, total) as progress:
            outcomes = line.undo_into(library, record, [batch.id for batch in batches], patience=PATIENCE_S)
            undone: list[Undone | Moved]
            undone, failures = sorted_out(outcomes, progress)
    result = {
        "batches": [batch.id for batch in batches],
        "undone": list(map(report.undone, undone)),
        "failures": report.failures(failures),
    }
    _print(options, result, f"{report.files(len(undone))} set back, {len(failures)} failed.")
    return SOME_FAILED if failures else DONE


def _describe(options: argparse.Namespace) -> int:
    if options.csv:
        descriptors.require_place(options.csv)
    with machines(options) as there, Progress("Describing", options.quiet) as progress:
        elsewhere = None if there is None else there.describe
        described = descriptors.describe_below(options.paths, workers=options.cores, describe=elsewhere)
        rows, failures = sorted_out(described, progress)
    rows.sort(key=lambda row: row.path)
    if options.csv:
        descriptors.write_csv(options.csv, rows)
    elif not options.json:
        descriptors.write_rows(sys.stdout, rows)
    result = {"csv": options.csv and os.path.abspath(options.csv), "tracks": [report.described(row) for row in rows]}
    text = f"{report.files(len(rows))} described, {len(failures)} failed." if options.csv else ""
    _print(options, {**result, "failures": report.failures(failures)}, text)
    return SOME_FAILED if failures else DONE


def _copy(options: argparse.Namespace) -> int:
    with opened(options) as library:
        result, text = copying.planned(options, library) if options.plan else copying.copied(options, library)
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _organise(options: argparse.Namespace) -> int:
    with held(options) as library, journal(options) as record:
        settle(library, record)
        result, text = organising.organised(options, library, record)
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _playlists(options: argparse.Namespace) -> int:
    with opened(options) as library:
        result, text = copying.playlists(options, library)
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _players(options: argparse.Namespace) -> int:
    result, text = players.told(options)
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _playlist(options: argparse.Namespace) -> int:
    if not (options.list or options.radio or options.similar or options.paths):
        print("genre-tagger-cli: playlist wants tracks, --list, --similar or --radio.", file=sys.stderr)
        return USAGE
    with opened(options) as library:
        result, text = playlist.made(options, library)
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _export(options: argparse.Namespace) -> int:
    file = options.file or ""
    if bool(file) == bool(options.parquet) or (file and not file.lower().endswith((".csv", ".json"))):
        print(
            "genre-tagger-cli: export wants a file whose name ends with .csv or .json, or --parquet FOLDER.",
            file=sys.stderr,
        )
        return USAGE
    with opened(options) as library:
        result, text = (copying.tabled if options.parquet else copying.exported)(options, library)
    _print(options, result, text)
    return SOME_FAILED if result.get("failures") else DONE


def _import(options: argparse.Namespace) -> int:
    with held(options) as library:
        result, text = copying.imported(options, library)
    _print(options, result, text)
    return SOME_FAILED if result["unknown"] else DONE


def _learn(options: argparse.Namespace) -> int:
    if options.action in ("trust", "distrust") and not any(map(str.strip, options.genres)):
        print(f"genre-tagger-cli: learn {options.action} wants a genre; nothing was changed.", file=sys.stderr)
        return USAGE
    with opened(options) if options.action == "report" else held(options) as library:
        result, text = learning.learn(options, library)
    _print(options, result, text)
    return DONE


def _review(options: argparse.Namespace) -> int:
    if wrong := deciding.wrong_use(options):
        print(f"genre-tagger-cli: {wrong}", file=sys.stderr)
        return USAGE
    # Like the window's, these decisions are made beside whatever else is done with the library.
    with opened(options) as library:
        result, text = deciding.review(options, library)
    _print(options, result, text)
    return SOME_FAILED if result.get("failures") else DONE


def _audit(options: argparse.Namespace) -> int:
    with opened(options) as library:
        result, text = sounds.audit(options, library)
    _print(options, result, text)
    return DONE


def _similar(options: argparse.Namespace) -> int:
    with opened(options) as library:
        result, text = sounds.similar(options, library)
    _print(options, result, text)
    return SOME_FAILED if result["failures"] else DONE


def _to_undo(options: argparse.Namespace, batches: Sequence[Batch]) -> list[Batch] | None:
    """Choose the batches to undo, newest first; None when the one asked for does not exist."""
    newest_first = sorted(batches, key=lambda batch: batch.id, reverse=True)
    if options.batch is not None:
        return [batch for batch in newest_first if batch.id == options.batch] or None
    left = [batch for batch in newest_first if batch.undone < batch.files]
    return left if options.all else left[:1]


def _model(options: argparse.Namespace) -> int:
    card = ModelCard.read(options.model or default_model_folder())
    _print(options, report.card(card), report.card_in_words(card))
    return DONE


def _history(options: argparse.Namespace) -> int:
    with opened(options), journal(options) as record:
        batches = record.batches()
    result = [
        {"id": b.id, "started": report.when(b), "kind": b.kind, "files": b.files, "undone": b.undone} for b in batches
    ]
    text = (f"{b.id}\t{report.when(b)}\t{b.kind}\t{report.files(b.files)}\t{b.undone} undone" for b in batches)
    _print(options, result, "\n".join(text) or "Nothing has been written yet.")
    return DONE


# --- what they share -----------------------------------------------------------------------------------


def _row(*texts: str) -> str:
    return "\t".join(map(report.plain, texts))


def _print(options: argparse.Namespace, result: Any, text: str) -> None:
    if options.json:
        print(json.dumps(result, indent=1))
        return
    failures = result.get("failures", []) if isinstance(result, dict) else []
    for failure in failures:
        print(f"{report.plain(failure['path'])}: {failure['reason']}", file=sys.stderr)
    if text:
        print(text)


_COMMANDS = {
    "scan": _scan, "watch": _watch, "classify": _classify, "show": _show, "albums": _albums, "genres": _genres,
    "write": _write, "undo": _undo, "history": _history, "describe": _describe, "model": _model, "copy": _copy,
    "organise": _organise, "playlists": _playlists, "playlist": _playlist,
    "review": _review, "learn": _learn, "audit": _audit, "similar": _similar,
    "players": _players, "export": _export, "import": _import,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
