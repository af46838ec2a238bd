"""A folder plan carried out, taken back, and brought in order after a crash."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Generator, Iterator, Sequence

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.sorting.folders import interrupted, trail
from genre_tagger.sorting.folders.carrying import Carrier, Moved, Passage, in_order
from genre_tagger.sorting.folders.plan import FolderPlan
from genre_tagger.sorting.names import folded, numbered
from genre_tagger.writing.fileops import FileOps, reason_of
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.moves import Kind, Moves, Row, Stage

_FILES = FileOps()
_OPEN = (Stage.INTENT, Stage.READY, Stage.UNDO_INTENT, Stage.UNDO_READY)
_COPY_CHANGED = "The copy was changed since; it was left where it is."
_AWAY = "Its drive or folder is not there now; this is looked at again next time."
_BOTH_TAKEN = "Both its places were taken when the program was interrupted; it was kept as {}."
_LOST = "This was being moved when the program was interrupted, and is not there any more."

Group = list[Moved | FileFailure]


def organise(
    plan: FolderPlan, journal: Journal, *, batch: int | None = None, files: FileOps = _FILES
) -> Generator[Group]:
    """Carry out a plan, as one batch that can be undone.

    Closing the generator ends it; lists then name what has moved by then, and what can be undone is all of it. The rest
    is kept (see :func:`~genre_tagger.sorting.folders.interrupted.interrupted`), and `batch` is the one to go on with.

    Yields
    ------
    list of Moved or FileFailure
        Some at a time; they count as moved in the journal once more is asked for, so that whoever keeps a library can
        have it follow before.

    Raises
    ------
    TargetError
        If it does not fit, or a drive goes.
    LibraryError
        If the journal cannot be written.
    """
    plan.require_room()
    if not plan.moves:
        return
    record = journal.moves
    if batch is None:
        batch = record.start()
        interrupted.keep(record, batch, plan)
    else:
        record.note(batch, Kind.FOLLOWED)
    kind = Kind.COPY if plan.keep else Kind.MOVE
    passages = [Passage(move.source, move.target, kind, move.size, move.mtime_ns) for move in plan.moves]
    groups = Carrier(record, batch, files).carry(in_order(passages))
    try:
        yield from groups
    finally:
        groups.close()
        outcomes = list(_finish(record, batch, plan.folders, files, plan.emptied))
    interrupted.close(record, batch, Stage.DONE)
    if outcomes:
        yield outcomes


def _finish(
    record: Moves, batch: int, folders: Sequence[str], files: FileOps, emptied: Sequence[str] = ()
) -> Iterator[Moved | FileFailure]:
    """Have lists follow what was moved, and remove what is empty by now."""
    yield from trail.follow(record, batch, folders, files)
    trail.sweep(record, batch, emptied, folders, files)
    trail.unmake(record, trail.by_state(record.of(batch, Kind.MADE), Stage.DONE), files)  # to which nothing came
    _close(record, batch, Stage.DONE)


def _close(record: Moves, batch: int, state: Stage) -> None:
    record.conclude([row.id for row in record.of(batch, Kind.FOLLOWED)], state)


def take_back(
    batch: int, journal: Journal, folders: Sequence[str], *, files: FileOps = _FILES
) -> Generator[Group]:
    """Bring the files of a batch back to where they were, lists to what they said, and folders that went.

    What cannot go back stays, and lists go on naming it where it is; a second call tries again.

    Parameters
    ----------
    batch, journal : int, Journal
    folders : sequence of str
        The library's folders, in which lists are looked for.

    Yields
    ------
    list of Moved or FileFailure
        As of :func:`organise`; `path` is where a file was, `target` where it is again. Stage ``"undo"``.

    Raises
    ------
    TargetError, LibraryError
    """
    record = journal.moves
    interrupted.close(record, batch, Stage.UNDONE)
    _close(record, batch, Stage.UNDO_INTENT)
    _restore(record, batch, files)
    trail.remake(record, trail.by_state(record.of(batch, Kind.GONE), Stage.DONE), files)
    yield from _withdrawn(record, batch, files)
    rows = trail.by_state(record.of(batch, Kind.MOVE), Stage.DONE)
    stamps = [(row.size, row.mtime_ns, row.id) for row in reversed(rows)]
    ways = [(row.target, row.source, Kind.MOVE) for row in reversed(rows)]
    passages = [Passage(*way, *stamp) for way, stamp in zip(ways, stamps, strict=True)]
    groups = Carrier(record, batch, files, back=True).carry(in_order(passages))
    try:
        yield from groups
    finally:
        groups.close()
        failures: Group = [*_finish_back(record, batch, folders, files)]
    if failures:
        yield failures


def _restore(record: Moves, batch: int, files: FileOps) -> None:
    """Give lists back what they said before; those that were changed since are seen to at the end."""
    for row in reversed(trail.by_state(record.of(batch, Kind.TEXT), Stage.DONE)):
        with contextlib.suppress(OSError, FileError):
            trail.restore(record, row, files)


def _withdrawn(record: Moves, batch: int, files: FileOps) -> Iterator[Group]:
    """Remove copies that are as they were made."""
    for row in reversed(trail.by_state(record.of(batch, Kind.COPY), Stage.DONE)):
        if (now := _digest(row.target, files)) not in (None, row.digest):
            yield [FileFailure(row.target, "undo", _COPY_CHANGED)]
            continue
        try:
            if now is not None:
                files.unlink(row.target)
        except OSError as error:
            yield [FileFailure(row.target, "undo", reason_of(error))]
            continue
        record.update(row.id, state=Stage.UNDONE)
        yield [Moved(row.target, row.source, batch, Kind.COPY)]


def _finish_back(record: Moves, batch: int, folders: Sequence[str], files: FileOps) -> Iterator[FileFailure]:
    """Have lists name what could not go back where it is, and remove folders that were made."""
    yield from trail.unfollow(record, batch, files)
    for outcome in trail.follow(record, batch, folders, files, stage="undo"):
        if isinstance(outcome, FileFailure):
            yield outcome
    trail.unmake(record, trail.by_state(record.of(batch, Kind.MADE), Stage.DONE), files)
    _close(record, batch, Stage.UNDONE)


# --- after a crash ---------------------------------------------------------------------------------------


def settle_moves(
    journal: Journal, folders: Sequence[str], *, files: FileOps = _FILES
) -> Iterator[Moved | FileFailure]:
    """Find out from the files how far what was begun has come, and end it; running it again changes nothing.

    Yields
    ------
    Moved or FileFailure
        One for each file that had been left open and is not where it was. A file whose drive is away stays open.

    Raises
    ------
    LibraryError
    """
    record = journal.moves
    for batch in record.open_batches():
        rows = record.of(batch)
        back = any(row.kind is Kind.FOLLOWED and row.backwards for row in rows)
        begun = [row for row in rows if row.state in _OPEN and row.kind not in (Kind.FOLLOWED, Kind.PLAN)]
        for row in sorted(begun, key=lambda row: bool(row.via) and os.path.lexists(row.via)):  # who is aside comes last
            yield from _settled(record, row, files)
        yield from (_finish_back if back else _finish)(record, batch, folders, files)


def _settled(record: Moves, row: Row, files: FileOps) -> Iterator[Moved | FileFailure]:
    done, not_done = (Stage.UNDONE, Stage.DONE) if row.backwards else (Stage.DONE, Stage.FAILED)
    if row.kind in (Kind.MADE, Kind.GONE, Kind.TEXT, Kind.LISTED):
        record.update(row.id, state=done if _happened(row, files) else not_done)
        return
    here, there = (row.target, row.source) if row.backwards else (row.source, row.target)
    try:
        place, reason = (_across if row.across else _renamed)(row, here, there, files)
    except OSError:
        yield FileFailure(here, "move", _AWAY)
        return
    record.update(row.id, state=done if place == there else not_done, reason=reason or None)
    if reason:
        yield FileFailure(here, "move", reason)
    if place:
        yield Moved(here, place, row.batch, row.kind, row.via)


def _happened(row: Row, files: FileOps) -> bool:
    """Whether a folder was made or went, or a list has its new content; what was on its way to that is removed."""
    if row.kind is Kind.MADE:
        return os.path.isdir(row.target)
    if row.kind is Kind.GONE:
        return not os.path.lexists(row.source)
    with contextlib.suppress(OSError):
        files.unlink(row.via)
    wanted = hashlib.sha256(row.before).digest() if row.backwards else row.digest
    return _digest(row.target, files) == wanted


def _renamed(row: Row, here: str, there: str, files: FileOps) -> tuple[str, str]:
    """Find a file that was being renamed; returns where it is, and what a person must know."""
    if os.path.lexists(row.via):
        for place in (there, here):
            if not os.path.lexists(place):
                files.rename(row.via, place)
                return place, ""
        kept = numbered(os.path.basename(there), 2)
        place = os.path.join(os.path.dirname(there), kept)
        files.rename(row.via, place)
        return place, _BOTH_TAKEN.format(kept)
    places = [place for place in (here, there) if os.path.lexists(place)]
    # Another one may have come to the place that it left. Where numbers of files change, size and time tell.
    for same in (_is_by_number, _is_by_stamp):
        alike = [place for place in places if same(row, files.stat(place))]
        if len(alike) == 2 and folded(here) == folded(there):  # a drive that knows no case
            return (there if os.path.basename(there) in os.listdir(os.path.dirname(there)) else here), ""
        if alike:
            return alike[0], ""
    if not (os.path.isdir(os.path.dirname(here)) or os.path.isdir(os.path.dirname(there))):
        raise FileNotFoundError(here)
    return "", _LOST


def _is_by_number(row: Row, seen: os.stat_result) -> bool:
    return (seen.st_ino, seen.st_size) == (row.ino, row.size)


def _is_by_stamp(row: Row, seen: os.stat_result) -> bool:
    return (seen.st_size, seen.st_mtime_ns) == (row.size, row.mtime_ns)


def _across(row: Row, here: str, there: str, files: FileOps) -> tuple[str, str]:
    """Find a file that was being copied to another drive: what is proven there counts, if nothing here is newer."""
    if not os.path.isdir(os.path.dirname(there)) and not os.path.lexists(here):
        raise FileNotFoundError(there)
    with contextlib.suppress(FileNotFoundError):
        files.unlink(row.via)
    arrived = row.state in (Stage.READY, Stage.UNDO_READY) and _digest(there, files) == row.digest
    if not arrived:
        return here if os.path.lexists(here) else "", "" if os.path.lexists(here) else _LOST
    if row.kind is Kind.COPY:
        return there, ""
    now = _digest(here, files)
    if now not in (None, row.digest):
        files.unlink(there)
        return here, ""
    if now is not None:
        files.unlink(here)
    return there, ""


def _digest(path: str, files: FileOps) -> bytes | None:
    """Hash a file; None where none is."""
    try:
        with files.open_read(path) as file:
            return files.digest(file)
    except OSError:
        return None
