"""What files leave behind them when they move: lists that name them by their old places, and folders that are empty."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.files.sniff import extension
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sorting.folders.tree import OURS, look_through
from genre_tagger.sorting.playlists.files import contents
from genre_tagger.sorting.playlists.following import LISTS, followed
from genre_tagger.writing.fileops import FileOps, reason_of
from genre_tagger.writing.moves import Kind, Moves, Row, Stage

_ALPHABET = "Some names of files cannot be written in its alphabet and were left: {}."
_TOUCHED = "Another program changed this list; it was left as it is."


def follow(
    record: Moves, batch: int, folders: Sequence[str], files: FileOps, *, stage: str = "move"
) -> Iterator[Moved | FileFailure]:
    """Have all lists in folders name what a batch moved by its new place; each is noted whole before it is changed.

    A list that followed already and was not changed since follows only what has moved later, so this can be done again
    after a crash, and when an interrupted batch goes on.
    """
    rows = by_state(record.of(batch, Kind.MOVE, Kind.COPY), Stage.DONE)
    if not rows:
        return
    copies = any(row.kind is Kind.COPY for row in rows)
    origin = {row.target: row for row in rows}
    later: dict[int, dict[str, str]] = {}  # what has moved after a row
    done = {row.target: row for row in by_state(record.of(batch, Kind.TEXT), Stage.DONE)}
    # Copies are named by lists that are copies themselves; what names the originals still does.
    there = [] if copies else list(_lists(folders))
    for path in dict.fromkeys([*there, *(path for path in origin if extension(path) in LISTS)]):
        try:
            data = contents(path)
            last = done.get(path)
            since = last.id if last is not None and last.digest == hashlib.sha256(data).digest() else 0
            if since not in later:
                later[since] = {row.source: row.target for row in rows if row.id > since}
            if not later[since]:
                continue
            came = origin.get(path)
            before = came.source if came is not None and came.id > since else path
            new, count, told = followed(path, data, later[since], before=before)
            if count:
                rewrite(record, batch, path, data, new, files)
                yield Moved(path, path, batch, Kind.TEXT)
            if told:
                yield FileFailure(path, stage, _ALPHABET.format(", ".join(told)))
        except FileError as error:
            yield FileFailure(path, stage, error.reason)
        except UnicodeError:
            yield FileFailure(path, stage, "This list is no text; it was left as it is.")
        except OSError as error:
            yield FileFailure(path, stage, reason_of(error))


def _lists(folders: Iterable[str]) -> Iterator[str]:
    for path, folder in look_through(folders).items():
        yield from (os.path.join(path, name) for name in folder.others if extension(name) in LISTS)


def rewrite(record: Moves, batch: int, path: str, old: bytes, new: bytes, files: FileOps) -> None:
    """Put another content into a list; both are in the journal before.

    Raises
    ------
    OSError, FileError
        The list is as it was then.
    """
    via = _beside(path)
    digest = hashlib.sha256(new).digest()
    row = record.note(batch, Kind.TEXT, path, path, via=via, digest=digest, before=old)
    try:
        _replace(path, via, old, new, files)
    except (OSError, FileError):
        record.update(row, state=Stage.FAILED)
        raise
    record.update(row, state=Stage.DONE)


def restore(record: Moves, row: Row, files: FileOps) -> bool:
    """Give a list back the content that it had; tell whether it still was as it was left.

    Raises
    ------
    OSError, FileError
    """
    data = contents(row.target)
    if hashlib.sha256(data).digest() != row.digest:
        return False
    via = _beside(row.target)
    record.update(row.id, state=Stage.UNDO_INTENT, via=via)
    _replace(row.target, via, data, row.before, files)
    record.update(row.id, state=Stage.UNDONE)
    return True


def unfollow(record: Moves, batch: int, files: FileOps, *, stage: str = "undo") -> Iterator[FileFailure]:
    """Have lists that somebody changed since they followed name files where these are again; the rest stays."""
    rows = record.of(batch, Kind.MOVE)
    again = {row.target: row.source for row in rows if row.state is Stage.UNDONE}
    # As long as nothing has gone back, lists are right as they are.
    for row in by_state(record.of(batch, Kind.TEXT), Stage.DONE) if again else ():
        path = again.get(row.target, row.target)
        reason = "This list was changed since. Its names of files were set back; all else in it stays."
        try:
            old = contents(path)
            new, count, _ = followed(path, old, again, before=row.target)
            if count:
                _replace(path, _beside(path), old, new, files)
        except (OSError, FileError, UnicodeError):
            reason = "This list cannot be set back; it names files where they were before."
        record.update(row.id, state=Stage.UNDONE)
        yield FileFailure(path, stage, reason)


def _beside(path: str) -> str:
    return os.path.join(os.path.dirname(path), f"{OURS}{secrets.token_hex(8)}.tmp")


def _replace(path: str, via: str, old: bytes, new: bytes, files: FileOps) -> None:
    try:
        files.require_writable(path)
        with files.open_read(path) as source, files.create(via) as copy:
            files.write(copy, new)
            copy.flush()
            with contextlib.suppress(OSError):
                files.copy_metadata(source, copy, keep_mtime=False)
            files.fsync(copy)
            if files.read(source) != old:
                raise FileError(path, _TOUCHED)
        files.replace(via, path)
    except (OSError, FileError):
        with contextlib.suppress(OSError):
            files.unlink(via)
        raise
    files.sync_folder(os.path.dirname(path))


def sweep(record: Moves, batch: int, emptied: Sequence[str], tops: Iterable[str], files: FileOps) -> None:
    """Remove the folders in which a batch left nothing: those it was to empty, and those its files were in."""
    tops = set(tops)
    sources = [row.source for row in record.of(batch, Kind.MOVE) if row.state is Stage.DONE]
    above = {folder for source in sources for folder in _above(source, tops)}
    for path in [*emptied, *sorted(above - set(emptied), key=len, reverse=True)]:
        try:
            if os.listdir(path):
                continue
            mode = stat.S_IMODE(files.stat(path).st_mode)
            row = record.note(batch, Kind.GONE, source=path, mode=mode)
            files.remove_folder(path)
            files.sync_folder(os.path.dirname(path))
        except OSError:
            continue  # somebody put something into it, or it is gone; the row is settled by looking
        record.update(row, state=Stage.DONE)


def _above(path: str, tops: set[str]) -> Iterator[str]:
    folder = os.path.dirname(path)
    while folder not in tops and folder != os.path.dirname(folder):
        yield folder
        folder = os.path.dirname(folder)


def remake(record: Moves, rows: Iterable[Row], files: FileOps) -> None:
    """Make folders again that went, outer ones first, with the rights that they had."""
    for row in sorted(rows, key=lambda row: len(row.source)):
        with contextlib.suppress(OSError):
            files.add_folder(row.source)
            os.chmod(row.source, row.mode)
        record.update(row.id, state=Stage.UNDONE)


def unmake(record: Moves, rows: Iterable[Row], files: FileOps) -> None:
    """Remove folders that were made and in which nothing is; inner ones first."""
    for row in sorted(rows, key=lambda row: -len(row.target)):
        try:
            files.remove_folder(row.target)
        except OSError:
            continue  # something is in it; or its drive is away, and what comes later finds it
        record.update(row.id, state=Stage.UNDONE)


def by_state(rows: Iterable[Row], state: Stage) -> list[Row]:
    """Choose the rows that have come so far."""
    return [row for row in rows if row.state is state]
