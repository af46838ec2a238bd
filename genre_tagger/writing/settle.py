"""After a crash: find out from the files themselves how far each write came, and leave nothing lying about."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator
from dataclasses import dataclass

from genre_tagger.base.errors import FileFailure
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Entry, Journal, State
from genre_tagger.writing.swap import exchange, finish_exchange, look_at

_FILES = FileOps()
_INTERRUPTED = "The program was interrupted before this file was written; it is as it was."
_CONFLICT = "Another program was writing this file when Genre Tagger was interrupted; its version was kept."


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
    another program had come between.

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
    folder = os.path.dirname(entry.target)
    try:
        files.stat(folder)
        happened, reason = _resolve(entry, files)
        files.sync_folder(folder)
    except OSError as error:
        return FileFailure(entry.path, stage, _postponed(error))
    done, not_done = (State.DONE, State.FAILED) if stage == "write" else (State.UNDONE, State.DONE)
    state = done if happened else not_done
    if state is not entry.state:
        journal.conclude(entry.id, state, reason or (None if happened else _INTERRUPTED))
    journal.tidied([entry.id])
    return FileFailure(entry.path, stage, reason) if reason else Settled(entry.path, entry.batch, state)


def _resolve(entry: Entry, files: FileOps) -> tuple[bool, str | None]:
    """Find out whether the copy took the file's place, remove what is left, and say what a user must know."""
    temp, target, found, made = entry.temp or "", entry.target, entry.found, entry.made
    if made is None:  # the copy was not finished, so nothing can have been exchanged
        _remove(temp, files)
        return False, None
    finish_exchange(temp, target, files)
    here, there = _digest(target, files), _digest(temp, files)
    if there == found and here is None:
        return True, f"The file is missing; what it was before the interruption is kept as {os.path.basename(temp)}."
    if there == found and here not in (None, found, made) and entry.reason:
        # Another program came between, and the user has been told where the file as it was is kept.
        return False, entry.reason
    if there in (found, made):
        _remove(temp, files)
        return here != found and there == found, None
    if there is None:
        return here != found, None
    if here != made:
        return False, f"A copy that another program changed is kept as {os.path.basename(temp)}."
    exchange(temp, target, files)
    if _digest(temp, files) == made:
        _remove(temp, files)
    return False, _CONFLICT


def _digest(path: str, files: FileOps) -> bytes | None:
    """Hash a file; None when there is none, empty when it is no regular file."""
    seen = look_at(path, files)
    if seen is None:
        return None
    if not stat.S_ISREG(seen.st_mode):
        return b""
    with files.open_read(path) as file:
        return files.digest(file)


def _remove(path: str, files: FileOps) -> None:
    with contextlib.suppress(FileNotFoundError):
        files.unlink(path)


def _postponed(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "The folder of a file whose write was interrupted is not there now; it is looked at again next time."
    return (
        f"A file whose write was interrupted cannot be looked at now ({error.strerror}); this is tried again next time."
    )
