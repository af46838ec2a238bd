"""Genres into files and out of them again: write, undo, and settle after a crash.

One file goes through the steps of Recipe A (design/safety.md): looked at and refused if anything is odd, noted
in the journal, copied, tagged in the copy, proven, noted again, exchanged, checked once more. The file itself
is never opened for writing, and at every moment its name holds either all of the old or all of the new content.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter

from genre_tagger.base.errors import FileError, FileFailure, RefusedError
from genre_tagger.files.scan import scan_file
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.files.tags import refusal
from genre_tagger.files.values import ScannedTrack
from genre_tagger.writing import delta
from genre_tagger.writing.delta import DeltaError
from genre_tagger.writing.fileops import FileOps, reason_of
from genre_tagger.writing.journal import Batch, Change, Entry, Journal, State
from genre_tagger.writing.settle import Settled, settle, settle_entry
from genre_tagger.writing.swap import CHANGED, Swap
from genre_tagger.writing.tagging_process import Look, Tagger, TaggerProcess

__all__ = [
    "Batch", "Change", "Entry", "Journal", "Settled", "State", "Undone", "Written", "settle", "undo", "write",
]  # fmt: skip

_FILES = FileOps()
_FAILURES = (FileError, OSError, DeltaError)
_GENRE_CHANGED = "The genre was changed once more since it was written; it was left as it is."


@dataclass(frozen=True, slots=True)
class Written:
    """A file that holds the wanted genres; `old` equals `new` when it did so before and was not touched.

    Attributes
    ----------
    batch : int or None
        What :func:`undo` takes; None when the file was not touched.
    old, new : tuple of str
        Its genres as read from the file before, and now.
    track : ScannedTrack
        The file as it is now.
    """

    path: str
    batch: int | None
    old: tuple[str, ...]
    new: tuple[str, ...]
    track: ScannedTrack


@dataclass(frozen=True, slots=True)
class Undone:
    """A file that was set back.

    Attributes
    ----------
    genres : tuple of str
        Its genres now.
    identical : bool
        Whether every byte is as before the write; otherwise somebody had changed the file since, and only the
        genre was set back.
    track : ScannedTrack
        The file as it is now.
    """

    path: str
    batch: int
    genres: tuple[str, ...]
    track: ScannedTrack
    identical: bool


def write(
    changes: Iterable[Change],
    journal: Journal,
    *,
    keep_mtime: bool = False,
    id3: Id3Style = AS_USUAL,
    batch: int | None = None,
    files: FileOps = _FILES,
    tagger: Tagger | None = None,
) -> Generator[Written | FileFailure]:
    """Write genres into files, as one batch that can be undone.

    A file that already holds the wanted genres is not touched and not journalled; its outcome has `old` equal
    to `new`. A failed file is as it was, with nothing left beside it.

    Parameters
    ----------
    changes : iterable of Change
        One per file.
    journal : Journal
        Where old and new values are on the drive before a file is touched.
    keep_mtime : bool
        Whether the files keep their time of modification; players and backups then may not notice the change.
    id3 : Id3Style
        Version of new ID3 tags, 2.4 or 2.3, and what stands between several genres in a 2.3 tag.
    batch : int, optional
        A batch that the journal knows and that was interrupted, to go on with; a new one by default.
    files : FileOps
        The operations on files.
    tagger : Tagger, optional
        Who parses and tags; a process of its own for this call by default.

    Yields
    ------
    Written or FileFailure
        One per change, in order; stage ``"write"``.

    Raises
    ------
    LibraryError
        If the journal cannot be written. The file in hand then is as it was, or :func:`settle` sees to it.
    """
    with _Writer(journal, files, tagger or TaggerProcess(), keep_mtime, id3, batch) as writer:
        for change in changes:
            yield writer.write(change)


def undo(
    batch: int,
    journal: Journal,
    *,
    paths: Collection[str] | None = None,
    locate: Callable[[Entry], str] = attrgetter("path"),
    keep_mtime: bool = False,
    id3: Id3Style = AS_USUAL,
    files: FileOps = _FILES,
    tagger: Tagger | None = None,
) -> Generator[Undone | FileFailure]:
    """Give back the files of a batch byte for byte.

    If somebody changed a file since, only its genre is set back, and only if it still holds what was written.
    What is undone already is passed over.

    Parameters
    ----------
    batch : int
        Which batch.
    journal : Journal
        Where it is kept.
    paths : collection of str, optional
        Only these files of the batch, as they were named when they were written.
    locate : callable
        Says where the file of an entry is now; by default where it was written.
    keep_mtime, id3, files, tagger
        As for :func:`write`.

    Yields
    ------
    Undone or FileFailure
        One per file that was written and not undone yet, the last one first; stage ``"undo"``.

    Raises
    ------
    LibraryError
        If the journal cannot be read or written.
    """
    with _Writer(journal, files, tagger or TaggerProcess(), keep_mtime, id3) as writer:
        wanted = [entry.id for entry in journal.entries(batch) if paths is None or entry.path in paths]
        for number in reversed(wanted):
            yield from writer.undo(number, locate)


def foresee(change: Change, *, files: FileOps = _FILES) -> FileFailure | None:
    """Say why :func:`write` will refuse a change, as far as that is known without writing; None if nothing is."""
    try:
        swap = Swap.of(change.path, files)
        if swap.stamp != change.stamp:
            raise RefusedError(change.path, CHANGED)
        if reason := refusal(swap.target):
            raise RefusedError(change.path, reason)
    except _FAILURES as error:
        return _failure(change.path, "write", error)
    return None


@dataclass
class _Writer:
    """What the files of one run share."""

    journal: Journal
    files: FileOps
    tagger: Tagger
    keep_mtime: bool
    id3: Id3Style
    batch: int | None = None
    tidied: dict[int, str] = field(default_factory=dict)  # entries whose copy is gone, and its folder

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.tagger.close()
        settled = set()
        for folder in set(self.tidied.values()):
            try:
                self.files.sync_folder(folder)
                settled.add(folder)
            except OSError:
                continue  # the copies stay named in the journal, and settle() looks again
        self.journal.tidied(entry for entry, folder in self.tidied.items() if folder in settled)

    def write(self, change: Change) -> Written | FileFailure:
        try:
            swap = Swap.of(change.path, self.files)
            if swap.stamp != change.stamp:
                raise RefusedError(change.path, CHANGED)
            found = swap.digest()
            look = self.tagger.look(swap.target)
            if look.genres == change.new:
                return Written(change.path, None, look.genres, look.genres, scan_file(change.path))
        except _FAILURES as error:
            return _failure(change.path, "write", error)
        if self.batch is None:
            self.batch = self.journal.start()
        change = replace(change, old=look.genres)
        entry = self.journal.intend(self.batch, change, swap.target, swap.temp, found, look.audio)

        def prepare() -> None:
            retag(swap, change.new, found, look, self.tagger, self.id3)
            difference = tried_delta(swap, found)
            swap.seal(keep_mtime=self.keep_mtime)
            self.journal.ready(entry, swap.digest_copy(), difference)

        try:
            self._carry_out(entry, swap, found, prepare, State.DONE)
            return Written(change.path, self.batch, look.genres, change.new, _scanned(change.path))
        except _FAILURES as error:
            return self._failed(entry, State.FAILED, change.path, "write", error)

    def undo(self, number: int, locate: Callable[[Entry], str]) -> Iterator[Undone | FileFailure]:
        entry = self.journal.entry(number)
        if entry.temp is not None:  # an error of the drive left something open; its name must not be forgotten
            settled = settle_entry(entry, self.journal, self.files)
            if isinstance(settled, FileFailure):
                yield replace(settled, stage="undo")
            entry = self.journal.entry(number)
        if entry.temp is None and entry.state is State.DONE:
            yield self._undo(entry, locate(entry))

    def _undo(self, entry: Entry, path: str) -> Undone | FileFailure:
        try:
            swap = Swap.of(path, self.files)
            found = swap.digest()
            if found == entry.before:
                self.journal.conclude(entry.id, State.UNDONE)
                return Undone(path, entry.batch, entry.old, scan_file(path), True)
            look = None if found == entry.after else self.tagger.look(swap.target)
            if look is not None and look.genres != entry.new:
                raise RefusedError(path, _GENRE_CHANGED)
        except _FAILURES as error:
            return _failure(path, "undo", error)
        self.journal.intend_undo(entry.id, swap.target, swap.temp, found)

        def prepare() -> None:
            if look is None:
                rebuild(swap, self.journal.delta(entry.id), entry.before)
            else:
                retag(swap, entry.old, found, look, self.tagger, self.id3)
            swap.seal(keep_mtime=self.keep_mtime)
            self.journal.ready_undo(entry.id, swap.digest_copy())

        try:
            self._carry_out(entry.id, swap, found, prepare, State.UNDONE)
            return Undone(path, entry.batch, entry.old, _scanned(path), look is None)
        except _FAILURES as error:
            return self._failed(entry.id, State.DONE, path, "undo", error)

    def _carry_out(self, entry: int, swap: Swap, found: bytes, prepare: Callable[[], None], done: State) -> None:
        """Prepare the copy, put it in the file's place, and remove what is left beside it, come what may."""
        try:
            prepare()
            swap.commit(found)
            self.journal.conclude(entry, done)
        finally:
            if swap.discard():
                self.tidied[entry] = os.path.dirname(swap.target)

    def _failed(self, entry: int, state: State, path: str, stage: str, error: Exception) -> FileFailure:
        failure = _failure(path, stage, error)
        if not isinstance(error, _UnreadableError):
            self.journal.conclude(entry, state, failure.reason)
        return failure


class _UnreadableError(FileError):
    """A file was written or set back, but cannot be read again."""


def _scanned(path: str) -> ScannedTrack:
    try:
        return scan_file(path)
    except FileError as error:
        raise _UnreadableError(
            path, f"The genre was stored, but the file cannot be read now: {error.reason}"
        ) from error


def _failure(path: str, stage: str, error: Exception) -> FileFailure:
    if isinstance(error, OSError):
        return FileFailure(path, stage, reason_of(error))
    return FileFailure(path, stage, error.reason if isinstance(error, FileError) else str(error))


_NOT_STORED = "The genre could not be stored as wanted; the file was left as it is."
_NOT_ALONE = "Writing would have changed more than the genre; the file was left as it is."
_NO_ROOM = "The genre does not fit into this file without moving the sound; it was left as it is."
_NO_WAY_BACK = "This change could not be undone exactly; the file was left as it is."
_FOREIGN_RECORD = "The undo record does not fit this file; it was left as it is."


def retag(swap: Swap, genres: tuple[str, ...], found: bytes, look: Look, tagger: Tagger, style: Id3Style) -> None:
    """Make the private copy with other genres, and prove that nothing else in it is different.

    Parameters
    ----------
    swap : Swap
        The file's replacement.
    genres : tuple of str
        What the copy shall hold.
    found, look : bytes, Look
        The file's digest (SHA-256) and what it holds.
    tagger, style : Tagger, Id3Style
        Who tags, and how ID3 tags are made.

    Raises
    ------
    FileError, OSError
        If the copy cannot be made or proven.
    """
    swap.copy(found)
    tagger.tag(swap.temp, genres, style)
    swap.flush_copy()
    now = tagger.look(swap.temp)
    if now.genres != genres:
        raise RefusedError(swap.path, _NOT_STORED)
    if replace(now, genres=look.genres) != look:
        raise RefusedError(swap.path, _NOT_ALONE)
    if look.fixed_size and swap.copy_size() != swap.stamp.size:
        raise RefusedError(swap.path, _NO_ROOM)


def rebuild(swap: Swap, difference: bytes, before: bytes) -> None:
    """Make the private copy out of the file and a difference, and prove by its digest `before` that it is right.

    Raises
    ------
    FileError, DeltaError, OSError
        If the copy cannot be made or proven.
    """
    with swap.reading() as file:
        swap.fill(delta.restore(file, difference))
    if swap.digest_copy() != before:
        raise RefusedError(swap.path, _FOREIGN_RECORD)


def tried_delta(swap: Swap, found: bytes) -> bytes:
    """Make the difference that leads from the private copy back to the file, and try it.

    Raises
    ------
    FileError, DeltaError, OSError
        If it does not give the file's digest `found`.
    """
    with swap.reading() as old, swap.reading_copy() as new:
        difference = delta.make(old, new)
        digest = hashlib.sha256()
        for piece in delta.restore(new, difference):
            digest.update(piece)
    if digest.digest() != found:
        raise RefusedError(swap.path, _NO_WAY_BACK)
    return difference
