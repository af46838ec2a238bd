"""After a crash: find out from the files themselves how far each write came, and leave nothing lying about."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator
from dataclasses import dataclass

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.files.proof.survey import survey
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Entry, Journal, State
from genre_tagger.writing.overwrite import take_back
from genre_tagger.writing.swap import aside_of, exchange, finish_exchange, kept_of, look_at, put_back, remove

_FILES = FileOps()
_INTERRUPTED = "The program was interrupted before this file was written; it is as it was."
_CONFLICT = "Another program was writing this file when Genre Tagger was interrupted; its version was kept."
_TWO_NAMES = (
    "The drive lost its power while this file was written. The file is whole, but {name} beside it may share its place "
    "on the drive: have the drive checked, then remove that one."
)
_DAMAGED = "The drive damaged this file when the program was interrupted. It was put back; the rest is kept as {}."
_MISSING = "The file is missing; what it was before the interruption is kept as {}."


@dataclass(frozen=True, slots=True)
class Settled:
    """A file whose write or undo had been interrupted.

    Attributes
    ----------
    path : str
        The file, as it was named when it was written.
    batch : int
        Which batch it belongs to.
    state : State
        DONE (it holds the new genres), UNDONE (it was set back) or FAILED (it was never written).
    """

    path: str
    batch: int
    state: State


def settle(journal: Journal, *, files: FileOps = _FILES) -> Generator[Settled | FileFailure]:
    """Bring the journal in line with the files after a crash, and remove copies named in it; to run before a scan.

    Running it again changes nothing. Files are replaced only to take back a half-done exchange that
    another program had come between, and to repair what a drive left half done.

    Parameters
    ----------
    journal : Journal
        The undo journal.
    files : FileOps
        The operations on files.

    Yields
    ------
    Settled or FileFailure
        One for each file that had been left open. A file on a drive that is not there now stays open.

    Raises
    ------
    LibraryError
        If the journal cannot be read or written.
    """
    for entry in journal.unsettled():
        yield settle_entry(entry, journal, files)


def settle_entry(entry: Entry, journal: Journal, files: FileOps) -> Settled | FileFailure:
    """Do for one file what :func:`settle` does for all; an outcome of stage ``"write"`` or ``"undo"``."""
    stage = "write" if entry.found == entry.before else "undo"
    folder, kept = os.path.dirname(entry.target), kept_of(entry.temp or "", journal.spare)
    try:
        _require_drive(entry, files)
        happened, reason = _resolve(entry, kept, files)
        files.sync_folder(folder)
        if reason is None or kept not in reason:
            remove(kept, files)
    except OSError as error:
        return FileFailure(entry.path, stage, _postponed(error))
    done, not_done = (State.DONE, State.FAILED) if stage == "write" else (State.UNDONE, State.DONE)
    state = done if happened else not_done
    if state is not entry.state:
        journal.conclude(entry.id, state, reason or (None if happened else _INTERRUPTED))
    journal.tidied([entry.id])
    return FileFailure(entry.path, stage, reason) if reason else Settled(entry.path, entry.batch, state)


def _require_drive(entry: Entry, files: FileOps) -> None:
    """Raise ENOENT when the drive is not there; the empty folder that it is seen in may be."""
    device = files.stat(os.path.dirname(entry.target)).st_dev
    if device != entry.device and look_at(entry.target, files) is None and look_at(entry.temp or "", files) is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), entry.target)


def _resolve(entry: Entry, kept: str, files: FileOps) -> tuple[bool, str | None]:
    """Find out whether the copy took the file's place, remove what is left, and say what a user must know."""
    temp, target, found, made = entry.temp or "", entry.target, entry.found, entry.made
    if made is None:  # the copy was not finished, so nothing can have been exchanged
        remove(temp, files)
        return False, None
    if look_at(kept, files) is not None:
        in_place = os.path.dirname(temp) == os.path.dirname(kept)
        return (_resolve_in_place if in_place else _resolve_renamed)(entry, kept, files)
    finish_exchange(temp, target, files)
    here, there = _digest(target, files), _digest(temp, files)
    if there == found and here is None:
        return True, _MISSING.format(os.path.basename(temp))
    if there == found and here not in (None, found, made) and entry.reason:
        # Another program came between, and the user has been told where the file as it was is kept.
        return False, entry.reason
    if there in (found, made):
        remove(temp, files)
        return here != found and there == found, None
    if there is None:
        return here != found, None
    if here != made:
        return False, f"A copy that another program changed is kept as {os.path.basename(temp)}."
    exchange(temp, target, files)
    if _digest(temp, files) == made:
        remove(temp, files)
    return False, _CONFLICT


def _resolve_renamed(entry: Entry, kept: str, files: FileOps) -> tuple[bool, str | None]:
    """After a crash in a rename that is not one step: old, new, or, if neither is there, the copy or the old again."""
    temp, target = entry.temp or "", entry.target
    _finish_two_renames(entry, aside_of(temp), files)
    here, there = _digest(target, files), _digest(temp, files)
    if here == entry.made == there:
        return True, _TWO_NAMES.format(name=os.path.basename(temp))
    if here in (entry.found, entry.made):
        remove(temp, files)
        return here == entry.made, None
    reason = None
    if here is not None:
        if not _is_torn(target):
            remove(temp, files)
            return False, _CONFLICT
        if files.stat(target).st_size:
            damaged = temp + ".damaged"
            files.rename(target, damaged)
            reason = _DAMAGED.format(os.path.basename(damaged))
    if there == entry.made:
        files.replace(temp, target)
        return True, reason
    if _digest(kept, files) != entry.found:
        return False, _MISSING.format(f"“{kept}”")
    remove(temp, files)
    put_back(temp, target, kept, files)
    return False, reason


def _finish_two_renames(entry: Entry, aside: str, files: FileOps) -> None:
    """Give a file that had made room for another its name again, unless the other is there and it was not changed."""
    second, here = _digest(aside, files), _digest(entry.target, files)
    if second is None:
        return
    if second == entry.found and here is not None:
        files.unlink(aside)
    elif here in (None, entry.made):
        remove(entry.target, files)
        files.rename(aside, entry.target)


def _resolve_in_place(entry: Entry, kept: str, files: FileOps) -> tuple[bool, str | None]:
    """After a crash while bytes were changed in place: those that were changed are changed back."""
    temp, target = entry.temp or "", entry.target
    here = _digest(target, files)
    if here is None:
        return False, _MISSING.format(f"“{kept}”")
    reason = None
    if here not in (entry.found, entry.made):
        whole = _digest(kept, files) == entry.found and _digest(temp, files) == entry.made
        reason = None if whole and take_back(target, kept, temp, files) else _CONFLICT
    remove(temp, files)
    return here == entry.made, reason


def _is_torn(path: str) -> bool:
    """Whether a file whose sound could be proven before is none any more."""
    try:
        survey(path)
    except FileError:
        return True
    return False


def _digest(path: str, files: FileOps) -> bytes | None:
    """Hash a file; None when there is none, empty when it is no regular file."""
    seen = look_at(path, files)
    if seen is None:
        return None
    if not stat.S_ISREG(seen.st_mode):
        return b""
    with files.open_read(path) as file:
        return files.digest(file)


def _postponed(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "The folder of a file whose write was interrupted is not there now; it is looked at again next time."
    return (
        f"A file whose write was interrupted cannot be looked at now ({error.strerror}); this is tried again next time."
    )
