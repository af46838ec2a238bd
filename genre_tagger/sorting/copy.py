"""A plan carried out: copies made under no name of theirs, compared, written down, and only then put in their places.

Copies are made in a working folder on the target. What is finished is written into the manifest as pending, and then
renamed; so a file under its final name is whole, and the manifest knows it, whenever the program is killed. While one
batch of copies is waited for and compared, the next one is being made.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.base.pool import outcomes
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.sorting.manifest import Record, digest_of
from genre_tagger.sorting.plan import Action, Plan, Step
from genre_tagger.sorting.smaller import make
from genre_tagger.sorting.target import NO_ROOM, TAKEN, Target, plain
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Tagger, TaggerProcess

_FILES = FileOps()
_PIECE = 1 << 20  # bytes read at a time
# One list of what is pending serves so many copies, bytes and seconds.
_MOST_FILES, _MOST_BYTES, _MOST_S = 500, 64 << 20, 1.0
# Fewer lists are written, for so many bytes at most, where they would take more than this share of the time.
_WRITING, _MOST_BYTES_AT_ALL = 0.05, 1 << 30
_HELD = 64 << 20  # bytes of a file that are compared in memory

_CHANGED = "The file was changed since it was scanned; it was not copied. Please scan again."
_TOUCHED = "The copy there has been changed meanwhile; it was left as it is."
_NOT_PROVEN = "More than the genre would have changed in the copy."
_NOT_GIVEN_BACK = "The drive did not give back what was written to it; this file was not copied. Check the drive."


@dataclass(frozen=True, slots=True)
class Copied:
    """A file on the target that is as the plan wanted it.

    Attributes
    ----------
    action : Action
        What was done.
    path : str
        The library's file; for what was deleted, the file that it had been made of.
    target : str
        Where the copy is, or was.
    size : int
        Bytes that were copied.
    note : str
        Why it does not carry the wanted genres though it was copied; "" where it does.
    """

    action: Action
    path: str
    target: str
    size: int = 0
    note: str = ""


def copy(
    plan: Plan, *, style: Id3Style = AS_USUAL, files: FileOps = _FILES, tagger: Tagger | None = None
) -> Generator[Copied | FileFailure]:
    """Carry out a plan. The library's files are only read.

    Closing the generator ends it; what is under its name by then stays and is known to the next run.

    Parameters
    ----------
    plan : Plan
        It holds for the target as it was when it was made.
    style : Id3Style
        How new ID3 tags of copies are made.
    files : FileOps
        The operations on files.
    tagger : Tagger, optional
        Who tags the copies; a process of its own for this call by default.

    Yields
    ------
    Copied or FileFailure
        One per step and per deleted file; stage ``"copy"``. Those that could not be planned come first.

    Raises
    ------
    TargetError
        If the target cannot be written, is full before anything begins, or is not there any more.
    """
    plan.require_room()
    yield from plan.failures
    with Target(plan.manifest) as target, tagger or TaggerProcess() as tagging:
        yield from _Copier(plan, target, style, files, tagging).run()


class _SourceError(FileError):
    """The library's file cannot be read or is not what it was."""


@dataclass
class _Ready:
    """A copy that only lacks its name."""

    step: Step
    temp: str
    record: Record


@dataclass
class _Shrunk:
    """A smaller copy on this computer, the digest of its original, and whether it has its tags by now."""

    path: str
    content: str
    dressed: bool = False


@dataclass
class _Copier:
    """What the files of one run share."""

    plan: Plan
    target: Target
    style: Id3Style
    files: FileOps
    tagger: Tagger
    batch: list[_Ready] = field(default_factory=list)
    size: int = 0  # bytes in the batch
    begun: float = 0.0
    least: float = 0.0  # seconds that a batch takes, so that the list is not written too often
    made: int = 0
    proving: Future[list[tuple[_Ready, OSError | FileError | None]]] | None = None
    leaving: bool = False

    def __post_init__(self) -> None:
        self.manifest = self.plan.manifest
        self.helpers = ThreadPoolExecutor(2, thread_name_prefix="copier")

    def run(self) -> Iterator[Copied | FileFailure]:
        with self.helpers:
            try:
                yield from self._run()
            finally:
                self.leaving = True

    def _run(self) -> Iterator[Copied | FileFailure]:
        for name in self.plan.deletes:
            yield self._delete(name)
        yield from self._move()
        for step in self.plan.steps:
            if step.action in (Action.KEEP, Action.ADOPT) and step.record is not None:
                self.manifest.files[step.path] = step.record
                yield self._done(step, step.record)
        copies = [step for step in self.plan.steps if step.action in (Action.COPY, Action.REPLACE)]
        for step in copies:
            if step.wanted.making.form is None:
                yield from self._fetch(step)
        yield from self._fetch_smaller([step for step in copies if step.wanted.making.form is not None])
        yield from self._settle()

    # --- what is there already ---------------------------------------------------------------------------

    def _delete(self, name: str) -> Copied | FileFailure:
        record, path = self.manifest.files[name], self.target.at(name)
        if digest_of(path) != record.digest:
            return FileFailure(path, "copy", _TOUCHED)
        try:
            self.files.unlink(path)
        except OSError as error:
            return self.target.trouble(path, error)
        del self.manifest.files[name]
        self.target.prune(name)
        return Copied(Action.DELETE, record.source, path)

    def _move(self) -> Iterator[Copied | FileFailure]:
        """Rename what is there under another name. What is to be replaced goes to its new name first."""
        moves = [step for step in self.plan.steps if step.old]
        if not moves:
            return
        self.manifest.pending = {step.path: step.record or self.manifest.files[step.old] for step in moves}
        self.target.write_down()
        for step in moves:
            try:
                self.target.rename(step.old, step.path)
            except (OSError, FileError) as error:
                yield self.target.trouble(step.wanted.track.path, error)
                continue
            del self.manifest.files[step.old]
            record = self.manifest.files[step.path] = self.manifest.pending[step.path]
            self.target.prune(step.old)
            if step.action is Action.MOVE:
                yield self._done(step, record)
        self.manifest.pending = {}
        self.target.write_down()

    # --- copies ------------------------------------------------------------------------------------------

    def _fetch_smaller(self, steps: Sequence[Step]) -> Iterator[Copied | FileFailure]:
        """Make copies smaller on this computer, on all its cores, and fetch them from there."""
        if not steps:
            return
        with tempfile.TemporaryDirectory(prefix="genre-tagger-") as folder:
            shrink = partial(self._shrunk, folder)
            with contextlib.closing(outcomes(shrink, enumerate(steps), name="encoder")) as shrunk:
                for step, made in shrunk:
                    if isinstance(made, FileError):
                        yield FileFailure(step.wanted.track.path, "copy", made.reason)
                        continue
                    yield from self._fetch(step, made)
                    os.unlink(made.path)

    def _shrunk(self, folder: str, numbered: tuple[int, Step]) -> tuple[Step, _Shrunk | FileError]:
        """Make one copy smaller, without tags; on a thread of its own."""
        number, step = numbered
        making, track = step.wanted.making, step.wanted.track
        path = os.path.join(folder, f"{number}{making.extension}")
        try:
            digest = hashlib.sha256()
            with self._source(step) as source:
                while piece := _read(track.path, source):
                    digest.update(piece)
            make(track, making, path)
            with self._source(step):  # it is still what it was
                return step, _Shrunk(path, digest.hexdigest())
        except FileError as error:
            return step, error
        except OSError as error:
            return step, FileError(track.path, f"No smaller copy could be made: {plain(error)}")

    def _fetch(self, step: Step, shrunk: _Shrunk | None = None) -> Iterator[Copied | FileFailure]:
        """Make a copy, and put a batch of copies in their places when it is large or old enough."""
        source = step.wanted.track.path
        if step.action is Action.REPLACE and step.path not in self.manifest.files:
            return  # its move has failed, and that was told
        if not self.batch:
            self.begun = time.monotonic()
        try:
            try:
                ready = self._made(step, shrunk)
            except OSError as error:
                if error.errno != errno.ENOSPC or not self.batch:
                    raise
                yield from self._settle()  # what is replaced by the batch makes room
                ready = self._made(step, shrunk)
        except (OSError, FileError) as error:
            yield self.target.trouble(source, error)
            return
        self.batch.append(ready)
        self.size += ready.record.there
        if self._is_full():
            yield from self._hand_over()

    def _is_full(self) -> bool:
        if len(self.batch) >= _MOST_FILES or self.size >= _MOST_BYTES_AT_ALL:
            return True
        since = time.monotonic() - self.begun
        return (self.size >= _MOST_BYTES or since >= _MOST_S) and since >= self.least

    def _made(self, step: Step, shrunk: _Shrunk | None) -> _Ready:
        """Copy a track into the working folder, with the genres that its copy shall carry."""
        track, carried, making = step.wanted.track, step.wanted.carried, step.wanted.making
        self.made += 1
        temp = os.path.join(self.target.working, f"{self.made}{os.path.splitext(step.path)[1]}")
        try:
            if shrunk is not None:
                content, note = shrunk.content, self._dressed(shrunk, step)
                digest = self._carry_over(shrunk.path, temp)
            else:
                content, digest, note = self._copied(step, temp)
            there = os.stat(temp).st_size
        except (OSError, FileError):
            with contextlib.suppress(OSError):
                os.unlink(temp)
            raise
        stamp = track.stamp
        record = Record(
            track.path, stamp.size, stamp.mtime_ns, content, carried, there, digest, note=note, making=making.name
        )
        return _Ready(step, temp, record)

    def _copied(self, step: Step, temp: str) -> tuple[str, str, str]:
        """Copy a file and tag the copy; returns the digests of the file and the copy, and why it is not tagged."""
        content = self._pour(step, temp)
        if step.wanted.carried == step.wanted.track.genres and not step.wanted.making.old_tags:
            return content, content, ""
        note = self._tagged(temp, step)
        if note:
            os.unlink(temp)
            self._pour(step, temp)
            return content, content, note
        return content, digest_of(temp), ""

    def _dressed(self, shrunk: _Shrunk, step: Step) -> str:
        """Give a smaller copy its tags; say why its genres are not the wanted ones, or "" if they are."""
        carried = step.wanted.carried
        if shrunk.dressed:
            return ""
        self.tagger.carry(shrunk.path, step.wanted.track.path, 3 if step.wanted.making.old_tags else 4)
        if carried:
            self.tagger.tag(shrunk.path, carried, self.style)
        shrunk.dressed = True
        return "" if self.tagger.look(shrunk.path, copy=True).genres == carried else _NOT_PROVEN

    def _carry_over(self, made: str, temp: str) -> str:
        """Copy what was made on this computer, and hash it on the way (SHA-256, hexadecimal)."""
        digest = hashlib.sha256()
        with open(made, "rb") as source, self.files.create(temp) as written:
            while piece := source.read(_PIECE):
                digest.update(piece)
                self.files.write(written, piece)
        return digest.hexdigest()

    def _pour(self, step: Step, temp: str) -> str:
        """Copy the sound, and hash it on the way (SHA-256, hexadecimal)."""
        track = step.wanted.track
        digest = hashlib.sha256()
        with self._source(step) as source:
            with self.files.create(temp) as made:
                hashed: Future[None] | None = None
                while piece := _read(track.path, source):
                    if hashed is not None:
                        hashed.result()
                    hashed = self.helpers.submit(digest.update, piece)
                    self.files.write(made, piece)
                if hashed is not None:
                    hashed.result()
            seen = os.fstat(source.fileno())
        if (seen.st_size, seen.st_mtime_ns) != (track.stamp.size, track.stamp.mtime_ns):
            raise _SourceError(track.path, _CHANGED)
        with contextlib.suppress(OSError):  # a phone or FAT knows no rights, and some no times
            os.chmod(temp, stat.S_IMODE(seen.st_mode) & 0o666 | stat.S_IRUSR | stat.S_IWUSR)
        with contextlib.suppress(OSError):
            os.utime(temp, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        return digest.hexdigest()

    @contextlib.contextmanager
    def _source(self, step: Step) -> Iterator[BinaryIO]:
        path, stamp = step.wanted.track.path, step.wanted.track.stamp
        try:
            source = self.files.open_read(self.files.resolve(path))
        except OSError as error:
            raise _SourceError(path, f"The file cannot be read: {plain(error)} It was not copied.") from error
        with source:
            seen = os.fstat(source.fileno())
            if not stat.S_ISREG(seen.st_mode) or (seen.st_size, seen.st_mtime_ns) != (stamp.size, stamp.mtime_ns):
                raise _SourceError(path, _CHANGED)
            yield source

    def _tagged(self, temp: str, step: Step) -> str:
        """Write genres into a copy that has no name yet; say why it is not to be used, or "" if all is proven."""
        genres = step.wanted.carried
        size = os.path.getsize(temp)
        try:
            if step.wanted.making.old_tags:
                self.tagger.to_id3v23(temp)
                size = os.path.getsize(temp)
            before = self.tagger.look(temp)
            if before.genres != genres:
                self.tagger.tag(temp, genres, self.style)
            after = self.tagger.look(temp, copy=True)
            same = self.tagger.is_same_sound(temp, step.wanted.track.path)
        except FileError as error:
            return error.reason
        proven = same and after.genres == genres and replace(after, genres=before.genres) == before
        return "" if proven and not (before.fixed_size and os.path.getsize(temp) != size) else _NOT_PROVEN

    def _settle(self) -> Iterator[Copied | FileFailure]:
        """Bring all copies that were made to their places."""
        yield from self._hand_over()
        yield from self._conclude()

    def _hand_over(self) -> Iterator[Copied | FileFailure]:
        """Bring the batch before to its places, and have this one compared while the next is made."""
        yield from self._conclude()
        batch, self.batch, self.size = self.batch, [], 0
        if batch:
            self.proving = self.helpers.submit(self._prove, batch)

    def _prove(self, batch: Sequence[_Ready]) -> list[tuple[_Ready, OSError | FileError | None]]:
        """Compare copies with what was read; on a thread of its own."""
        synced = self._synced()
        proven: list[tuple[_Ready, OSError | FileError | None]] = []
        for ready in batch:
            if self.leaving:
                break
            try:
                self._compare(ready, synced)
                proven.append((ready, None))
            except (OSError, FileError) as error:
                proven.append((ready, error))
        return proven

    def _conclude(self) -> Iterator[Copied | FileFailure]:
        """Write the copies down that were compared, and give them their names."""
        if self.proving is None:
            return
        results, self.proving = self.proving.result(), None
        for ready, error in results:
            if error is not None:
                yield self.target.trouble(ready.step.wanted.track.path, error)
        proven = [ready for ready, error in results if error is None]
        if not proven:
            return
        self.manifest.pending = {ready.step.path: ready.record for ready in proven}
        began = time.monotonic()
        has_room = self.target.has_room_to_write_down()
        self.least = (time.monotonic() - began) / _WRITING
        if not has_room:
            self.manifest.pending = {}
            for ready in proven:
                os.unlink(ready.temp)
                yield FileFailure(ready.step.wanted.track.path, "copy", NO_ROOM)
            return
        for ready in proven:
            try:
                self._name(ready)
            except (OSError, FileError) as error:
                yield self.target.trouble(ready.step.wanted.track.path, error)
                continue
            self.manifest.files[ready.step.path] = ready.record
            yield self._done(ready.step, ready.record)
        self.manifest.pending = {}

    def _synced(self) -> bool:
        """Wait once for all copies of a batch; tell whether that was possible."""
        try:
            self.files.sync_drive(self.target.working)
        except OSError:
            return False  # each file will say for itself
        return True

    def _compare(self, ready: _Ready, synced: bool) -> None:
        with self.files.open_read(ready.temp) as made:
            if not synced:
                self.files.fsync(made)
            if hasattr(os, "posix_fadvise"):  # have it read from the drive, not from memory
                os.posix_fadvise(made.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if not self._is_original(ready, made) and self.files.digest(made).hex() != ready.record.digest:
                raise FileError(ready.temp, _NOT_GIVEN_BACK)

    def _is_original(self, ready: _Ready, made: BinaryIO) -> bool:
        """Whether a copy is its original, byte for byte: to compare takes less than to hash again."""
        record = ready.record
        if record.content != record.digest or not 0 < record.size <= _HELD:
            return False
        content = None
        with contextlib.suppress(OSError), self.files.open_read(self.files.resolve(record.source)) as source:
            content = self.files.read(source)
        return content is not None and self.files.equals(made, content)

    def _name(self, ready: _Ready) -> None:
        """Put a copy in its place, where nothing is, or the copy that it replaces."""
        path = self.target.place(ready.step.path)
        before = self.manifest.files.get(ready.step.path) if ready.step.action is Action.REPLACE else None
        if os.path.lexists(path):
            if before is None:
                raise FileError(path, TAKEN)
            if digest_of(path) != before.digest:  # somebody may have tagged it there, and kept its size
                raise FileError(path, _TOUCHED)
        self.files.replace(ready.temp, path)

    def _done(self, step: Step, record: Record) -> Copied:
        return Copied(step.action, record.source, self.target.at(step.path), step.size and record.there, record.note)


def _read(path: str, source: BinaryIO) -> bytes:
    try:
        return source.read(_PIECE)
    except OSError as error:
        raise _SourceError(path, f"The file cannot be read: {plain(error)} It was not copied.") from error
