"""The SQL that takes outcomes of the line into the library; the caller holds the transaction."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from sqlite3 import Connection
from typing import TypeVar

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.outcomes import ScannedTrack
from genre_tagger.library import rows
from genre_tagger.library.rows import Decision, Prediction, key
from genre_tagger.library.tracks import TagFact, facts_to_json

CHUNK = 400
_T = TypeVar("_T")


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut values into lists that one statement can take as parameters."""
    iterator = iter(values)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def marks(values: Sequence[object]) -> str:
    """Question marks for as many parameters."""
    return ", ".join("?" * len(values))


def store_scanned(db: Connection, found: Sequence[ScannedTrack]) -> None:
    """Store what a scan read; see :meth:`genre_tagger.library.library.Library.store`."""
    _follow_moves(db, found)
    _forget_changed(db, {key(track.path): track.stamp for track in found})
    db.executemany(rows.UPSERT, map(rows.scanned_row, found))


def store_predictions(db: Connection, predictions: Sequence[Prediction]) -> None:
    """Store what a model said; a track that it could read has no error of classifying any more.

    A yes to what a model said before is no yes to another genre that nobody has seen yet.
    """
    lists = {fact: _tag_list(db, fact) for fact in {p.heard.facts for p in predictions if p.heard is not None}}
    for prediction in predictions:
        listed = lists[prediction.heard.facts] if prediction.heard is not None else None
        db.execute(
            "DELETE FROM decisions WHERE accepted = 1 AND genres = '' "
            "AND track = (SELECT id FROM tracks WHERE path = ?) "
            "AND NOT EXISTS (SELECT 1 FROM predictions p WHERE p.track = decisions.track AND p.genre IS ?)",
            (key(prediction.path), prediction.genre),
        )
        db.execute(
            "INSERT OR REPLACE INTO predictions "
            "(tag_list, model, genre, probability, candidates, why_none, tags, track) "
            "SELECT ?, ?, ?, ?, ?, ?, ?, id FROM tracks WHERE path = ?",
            (listed, *rows.prediction_row(prediction)),
        )
    db.executemany(
        "UPDATE tracks SET error = NULL, error_stage = NULL WHERE path = ? AND error_stage = 'classify'",
        [(key(prediction.path),) for prediction in predictions],
    )


def _tag_list(db: Connection, facts: tuple[TagFact, ...]) -> int:
    """Id of a model's list of tags, stored once for all its tracks."""
    text = facts_to_json(facts)
    db.execute("INSERT OR IGNORE INTO tag_lists (facts) VALUES (?)", (text,))
    return int(db.execute("SELECT id FROM tag_lists WHERE facts = ?", (text,)).fetchone()[0])


def store_failure(db: Connection, failure: FileFailure) -> None:
    """Store a failure with its track, making one when the file is new; else as a folder's."""
    path = key(failure.path)
    if failure.stamp is not None:
        _forget_changed(db, {path: failure.stamp})
        sort_title = rows.fold(os.path.basename(failure.path))
        db.execute(rows.UPSERT_FAILED, (path, *rows.stamp_row(failure.stamp), sort_title))
    changed = db.execute(
        "UPDATE tracks SET error = ?, error_stage = ? WHERE path = ?", (failure.reason, failure.stage, path)
    )
    if changed.rowcount == 0:
        db.execute("INSERT OR REPLACE INTO folder_failures VALUES (?, ?)", (path, failure.reason))


def decide(db: Connection, tracks: Iterable[int], decision: Decision | None) -> None:
    """Store what the user said of some tracks; None takes it back."""
    if decision is None:
        db.executemany("DELETE FROM decisions WHERE track = ?", [(track,) for track in tracks])
        return
    row = (None if decision.accepted is None else int(decision.accepted), rows.pack(decision.genres))
    db.executemany(
        "INSERT OR REPLACE INTO decisions SELECT id, ?, ? FROM tracks WHERE id = ?",
        [(*row, track) for track in tracks],
    )


def forget_failures(db: Connection, paths: Iterable[str]) -> None:
    """Forget failures; see :meth:`genre_tagger.library.library.Library.forget_failures`."""
    keys = [(key(path),) for path in paths]
    db.executemany(
        "UPDATE tracks SET mtime_ns = CASE error_stage WHEN 'scan' THEN -1 ELSE mtime_ns END, "
        "error = NULL, error_stage = NULL WHERE path = ?",
        keys,
    )
    db.executemany("DELETE FROM folder_failures WHERE path = ?", keys)


def forget_folder(db: Connection, folder: str) -> None:
    """Forget a folder and the tracks below it that no other added folder holds."""
    db.execute("DELETE FROM folders WHERE path = ?", (key(folder),))
    kept = [os.fsdecode(row[0]) for row in db.execute("SELECT path FROM folders")]
    files = [(row[0], os.fsdecode(row[1])) for row in db.execute("SELECT id, path FROM tracks")]
    gone = [
        (track,) for track, file in files if _is_below(file, folder) and not any(_is_below(file, k) for k in kept)
    ]
    db.executemany("DELETE FROM tracks WHERE id = ?", gone)
    forget_folder_failures(db, [folder])


def forget_folder_failures(db: Connection, folders: Sequence[str]) -> None:
    """Forget what could not be read at or below folders."""
    failed = [row[0] for row in db.execute("SELECT path FROM folder_failures")]
    gone = [(path,) for path in failed if any(_is_below(os.fsdecode(path), folder) for folder in folders)]
    db.executemany("DELETE FROM folder_failures WHERE path = ?", gone)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _forget_changed(db: Connection, stamps: dict[bytes, FileStamp]) -> None:
    """Drop the predictions of files whose content is not what was classified."""
    for paths in chunks(stamps):
        stored = db.execute(
            f"SELECT id, path, size, mtime_ns FROM tracks WHERE path IN ({marks(paths)})", paths
        ).fetchall()
        stale = [(row[0],) for row in stored if (row[2], row[3]) != (stamps[row[1]].size, stamps[row[1]].mtime_ns)]
        db.executemany("DELETE FROM predictions WHERE track = ?", stale)


def _follow_moves(db: Connection, found: Sequence[ScannedTrack]) -> None:
    """Give the row of a vanished file to the new path with the same (dev, ino, size, mtime).

    Without the mtime, a new file of the same size would inherit it: file systems use inodes again.
    """
    by_inode = {rows.signed(track.stamp.ino): track for track in found}
    for inodes in chunks(by_inode):
        for row in db.execute(
            f"SELECT id, path, dev, ino, size, mtime_ns FROM tracks WHERE ino IN ({marks(inodes)})", inodes
        ).fetchall():
            track = by_inode[row[3]]
            same = row[2:] == rows.stamp_row(track.stamp)
            if same and row[1] != key(track.path) and not os.path.lexists(row[1]):
                db.execute("DELETE FROM tracks WHERE path = ?", (key(track.path),))
                db.execute("UPDATE tracks SET path = ? WHERE id = ?", (key(track.path), row[0]))
