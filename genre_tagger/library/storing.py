"""How the library stores and reads tracks: the SQL for outcomes of the line, and the rows of its tables.

Functions that write take a connection in a transaction, which the caller opens and ends.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from sqlite3 import Connection
from sys import intern
from typing import Any, TypeVar

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.base.genre_words import genre_key, genre_keys
from genre_tagger.files.values import NO_DETAILS, Details, ScannedTrack
from genre_tagger.library.finding import clear_tags
from genre_tagger.library.tracks import (
    Candidate,
    Decision,
    NoGenre,
    Prediction,
    TagFact,
    TagValues,
    Track,
    Vote,
    facts_from_json,
    facts_to_json,
)

CHUNK = 400
# A length that was heard replaces one that is so far from it (a share).
_FAR = 0.05
_T = TypeVar("_T")


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut values into lists that one statement can take as parameters."""
    iterator = iter(values)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def marks(values: Sequence[object]) -> str:
    """Question marks for as many parameters."""
    return ", ".join("?" * len(values))


# --- storing what scanning, classifying and the user said ------------------------------------------------


def store_scanned(db: Connection, tracks: Sequence[ScannedTrack]) -> None:
    """Store what a scan read; see :meth:`genre_tagger.library.library.Library.store`."""
    _follow_moves(db, tracks)
    _forget_changed(db, {key(track.path): track.stamp for track in tracks})
    db.executemany(UPSERT, map(scanned_row, tracks))


def words_of(prediction: Prediction) -> tuple[str, ...]:
    """The words for a prediction, as it is."""
    return () if prediction.genre is None else (prediction.genre,)


def store_predictions(
    db: Connection, predictions: Sequence[Prediction], meant: Callable[[Prediction], Sequence[str]] = words_of
) -> None:
    """Store predictions, and forget that classifying these tracks once failed; see ``Library.store``."""
    facts = {prediction.tag_values.facts for prediction in predictions if prediction.tag_values is not None}
    lists = {tags: _tag_list(db, tags) for tags in facts}
    for prediction in predictions:
        listed = lists[prediction.tag_values.facts] if prediction.tag_values is not None else None
        _keep_yes(db, prediction, meant)
        db.execute(
            "INSERT OR REPLACE INTO predictions "
            "(tag_list, model, genre, probability, candidates, why_none, tags, embedding_kept, track) "
            "SELECT ?, ?, ?, ?, ?, ?, ?, 1, id FROM tracks WHERE path = ?",
            (listed, *prediction_row(prediction)),
        )
    _keep_clear(db, predictions, lists)
    db.executemany(
        "INSERT OR REPLACE INTO embeddings SELECT id, ? FROM tracks WHERE path = ?",
        [(prediction.embedding, key(prediction.path)) for prediction in predictions if prediction.embedding],
    )
    db.executemany(
        "UPDATE tracks SET error = NULL, error_stage = NULL WHERE path = ? AND error_stage = 'classify'",
        [(key(prediction.path),) for prediction in predictions],
    )
    # Headers lie, and some say nothing; what decoders count otherwise differs by a few frames.
    db.executemany(
        "UPDATE tracks SET length = :length WHERE path = :path AND abs(length - :length) > :far * :length",
        [{"length": p.length, "path": key(p.path), "far": _FAR} for p in predictions if p.length > 0],
    )


def _keep_clear(db: Connection, predictions: Sequence[Prediction], lists: Mapping[tuple[TagFact, ...], int]) -> None:
    """Store which tags are clear, in the columns of :mod:`genre_tagger.library.finding.clear_tags`."""
    rows = [
        (lists[values.facts], *clear_tags.columns_of(clear_tags.bits_of(values.facts), values.packed), key(heard.path))
        for heard in predictions
        if (values := heard.tag_values) is not None
    ]
    db.executemany("INSERT OR REPLACE INTO clear_tags SELECT id, ?, ?, ? FROM tracks WHERE path = ?", rows)


def _keep_yes(db: Connection, now: Prediction, meant: Callable[[Prediction], Sequence[str]]) -> None:
    """Have a yes to another genre than the one that is predicted now be a choice of that genre.

    A yes to what was heard in other sound, which is forgotten by now, is forgotten too.
    """
    (track,) = db.execute("SELECT (SELECT id FROM tracks WHERE path = ?)", (key(now.path),)).fetchone()
    if not db.execute("SELECT 1 FROM decisions WHERE track = ? AND accepted = 1 AND genres = ''", (track,)).fetchone():
        return
    row = db.execute(f"SELECT {ALL} {FROM} WHERE t.id = ?", (track,)).fetchone()
    before = track_of(row).prediction
    words = () if before is None else tuple(meant(before))
    if not words:
        db.execute("DELETE FROM decisions WHERE track = ?", (track,))
    elif words != tuple(meant(now)):
        db.execute("UPDATE decisions SET genres = ? WHERE track = ?", (pack(words), track))


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
        sort_title = fold(os.path.basename(failure.path))
        db.execute(UPSERT_FAILED, (path, *stamp_row(failure.stamp), sort_title))
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
    row = (None if decision.accepted is None else int(decision.accepted), pack(decision.genres))
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
    gone = [(track,) for track, file in files if _is_below(file, folder) and not any(_is_below(file, k) for k in kept)]
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


def _follow_moves(db: Connection, tracks: Sequence[ScannedTrack]) -> None:
    """Give the row of a vanished file to the new path with the same (dev, ino, size, mtime).

    Without the mtime, a new file of the same size would inherit it: file systems use inodes again.
    """
    by_inode = {signed(track.stamp.ino): track for track in tracks}
    for inodes in chunks(by_inode):
        for row in db.execute(
            f"SELECT id, path, dev, ino, size, mtime_ns FROM tracks WHERE ino IN ({marks(inodes)})", inodes
        ).fetchall():
            track = by_inode[row[3]]
            is_same_file = row[2:] == stamp_row(track.stamp)
            if is_same_file and row[1] != key(track.path) and not os.path.lexists(row[1]):
                db.execute("DELETE FROM tracks WHERE path = ?", (key(track.path),))
                db.execute("UPDATE tracks SET path = ? WHERE id = ?", (key(track.path), row[0]))


def move(db: Connection, ways: Iterable[tuple[str, str]]) -> None:
    """Give tracks the paths to which their files were moved, all at once; see :meth:`Library.move`."""
    found = [(db.execute("SELECT id FROM tracks WHERE path = ?", (key(old),)).fetchone(), new) for old, new in ways]
    moved = [(row[0], new) for row, new in found if row is not None]
    # Names may have been exchanged, so each first gets one that no file has.
    db.executemany("UPDATE tracks SET path = ? WHERE id = ?", [(b"\0%d" % track, track) for track, _ in moved])
    for track, new in moved:
        # Where nothing was when the file came, a track can only be one that had gone.
        db.execute("DELETE FROM tracks WHERE path = ?", (key(new),))
        db.execute(
            "UPDATE tracks SET path = ?, missing = 0, "
            "sort_title = CASE title WHEN '' THEN ? ELSE sort_title END WHERE id = ?",
            (key(new), fold(os.path.basename(new)), track),
        )
        with suppress(OSError):
            place = stamp_row(FileStamp.of(os.stat(new)))
            db.execute("UPDATE tracks SET dev = ?, ino = ?, size = ?, mtime_ns = ? WHERE id = ?", (*place, track))


# --- rows: the columns of the tables, and values as they hold them ---------------------------------------


_SEPARATOR = "\x1f"
COLUMNS = (
    "t.id, t.path, t.title, t.artist, t.album, t.track_number, t.genres, t.length, t.format, "
    "t.dev, t.ino, t.size, t.mtime_ns, t.missing, t.error, t.error_stage, "
    "p.model, {genre}, {probability}, {candidates}, d.track, d.accepted, d.genres, p.why_none, {tags}, t.refusal, "
    "t.album_artist, t.disc, t.year, t.compilation, t.composer, t.work, v.genre, v.probability, v.agree, "
    "p.bundled_genre, p.bundled_candidates IS NOT NULL"
)
_FACTS = "(SELECT l.facts FROM tag_lists l WHERE l.id = p.tag_list)"
# The likeliest genre and its probability, of all genres; of some of them: `genre_tagger.library.finding.among`.
OF_ALL = {"genre": "p.genre", "probability": "p.probability"}
ALL = COLUMNS.format(**OF_ALL, candidates="p.candidates", tags=f"p.tags, {_FACTS}")
BEST_ONLY = COLUMNS.format(**OF_ALL, candidates="NULL", tags="NULL, NULL")
FROM = (
    "FROM tracks t LEFT JOIN predictions p ON p.track = t.id LEFT JOIN decisions d ON d.track = t.id "
    "LEFT JOIN votes v ON v.track = t.id LEFT JOIN clear_tags h ON h.track = t.id"
)
_FIELDS = (
    "path, dev, ino, size, mtime_ns, format, title, artist, album, sort_title, sort_artist, sort_album, "
    "track_number, genres, length, refusal, album_artist, disc, year, compilation, composer, work"
)
_NOW = "CAST(strftime('%s', 'now') AS INTEGER)"
UPSERT = (
    f"INSERT INTO tracks ({_FIELDS}, added, details_read) VALUES ({'?, ' * 22}{_NOW}, 1) "
    "ON CONFLICT (path) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FIELDS.split(", ")[1:])
    + ", missing = 0, error = NULL, error_stage = NULL, details_read = 1"
)
# A file that fails keeps what was read from it when that still worked.
UPSERT_FAILED = (
    "INSERT INTO tracks (path, dev, ino, size, mtime_ns, sort_title, added, details_read) "
    f"VALUES (?, ?, ?, ?, ?, ?, {_NOW}, 1) "
    "ON CONFLICT (path) DO UPDATE SET dev = excluded.dev, ino = excluded.ino, size = excluded.size, "
    "mtime_ns = excluded.mtime_ns, missing = 0, details_read = 1"
)


def key(path: str) -> bytes:
    """Turn a path into what the database stores: the very bytes of the file system."""
    return os.fsencode(path)


def signed(number: int) -> int:
    """Fold an unsigned 64-bit number (an inode, a device) into SQLite's signed integers."""
    return (number + 2**63) % 2**64 - 2**63


def fold(text: str) -> str:
    """Fold case and accents away, so that Älva sorts beside Alva."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # A file name standing in for a title may hold bytes that are no UTF-8; SQLite takes no lone surrogates.
    return folded.encode("utf-8", "replace").decode()


def pack(genres: Sequence[str]) -> str:
    """Join genres into one text in which every value stands between two separators."""
    values = [genre.replace(_SEPARATOR, " ") for genre in genres]
    return _SEPARATOR + _SEPARATOR.join(values) + _SEPARATOR if values else ""


def unpack(text: str) -> tuple[str, ...]:
    """Take the genres out of what :func:`pack` made."""
    return tuple(text[1:-1].split(_SEPARATOR)) if text else ()


@lru_cache(maxsize=4096)  # a library has few different genres, and many tracks of each
def lacks(has: str, wanted: str | None) -> bool:
    """Tell whether packed genres lack one of those wanted, however it is spelt; for use in SQL."""
    there = genre_keys(unpack(has))
    return any(genre_key(genre) not in there for genre in unpack(wanted or ""))


def stamp_row(stamp: FileStamp) -> tuple[int, int, int, int]:
    """Dev, ino, size and mtime as SQLite can hold them."""
    return signed(stamp.dev), signed(stamp.ino), stamp.size, stamp.mtime_ns


def scanned_row(track: ScannedTrack) -> tuple[object, ...]:
    """Parameters of :data:`UPSERT`."""
    tags, details = track.tags, track.tags.details
    return (
        key(track.path), *stamp_row(track.stamp), tags.format, tags.title, tags.artist, tags.album,
        fold(tags.title or os.path.basename(track.path)), fold(tags.artist), fold(tags.album),
        tags.track_number, pack(tags.genres), tags.length, tags.refusal, details.album_artist, details.disc,
        details.year, details.compilation, details.composer, details.work,
    )  # fmt: skip


def prediction_row(prediction: Prediction) -> tuple[object, ...]:
    """Model, genre, probability, candidates, why there is no genre, values of the tags, and path."""
    candidates = json.dumps(list(map(_candidate_row, prediction.candidates)), ensure_ascii=False)
    tags = prediction.tag_values.packed if prediction.tag_values else None
    return (
        prediction.model, prediction.genre, prediction.probability, candidates, prediction.nothing, tags,
        key(prediction.path),
    )  # fmt: skip


def _candidate_row(candidate: Candidate) -> list[str | float | bool]:
    row: list[str | float | bool] = [candidate.genre, round(candidate.probability, 6)]
    return [*row, True] if candidate.only_offered else row


def _prediction_of(row: Sequence[Any], path: str) -> Prediction:
    rows = json.loads(row[19]) if row[19] else [] if row[17] is None else [[row[17], row[18]]]
    candidates = tuple(Candidate(intern(genre), probability, *only) for genre, probability, *only in rows)
    tag_values = TagValues(facts_from_json(row[25]), row[24]) if row[24] is not None and row[25] is not None else None
    nothing = NoGenre(row[23]) if row[23] else None
    return Prediction(path, intern(row[16]), candidates, nothing, tag_values, learned=bool(row[37]), bundled=row[36])


def track_of(row: Sequence[Any]) -> Track:
    """Build a track from a row of :data:`COLUMNS`."""
    path = os.fsdecode(row[1])
    dev, ino, size, mtime_ns = row[9:13]
    prediction = None if row[16] is None else _prediction_of(row, path)
    decision = None
    if row[20] is not None:
        decision = Decision(None if row[21] is None else bool(row[21]), unpack(row[22]))
    return Track(
        row[0], path, row[2], intern(row[3]), intern(row[4]), row[5], tuple(map(intern, unpack(row[6]))), row[7],
        intern(row[8]), FileStamp(dev % 2**64, ino % 2**64, size, mtime_ns), bool(row[13]), row[14], row[15],
        prediction, decision, intern(row[26]), _details_of(row[27:33]),
        None if row[33] is None else Vote(intern(row[33]), *row[34:36]),
    )  # fmt: skip


def _details_of(row: Sequence[Any]) -> Details:
    if not any(row):
        return NO_DETAILS
    album_artist, disc, year, compilation, composer, work = row
    return Details(intern(album_artist), disc, year, bool(compilation), intern(composer), intern(work))
