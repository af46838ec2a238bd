"""Drafts: copies under a name that is nobody's, with the genres that they shall carry. Nothing of them is compared yet.

The sound goes from file to file inside the kernel where that can be, so a draft costs little more than `cp` does.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from genre_tagger.base.errors import FileError
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.sorting.copies.plan import Step
from genre_tagger.sorting.copies.smaller import make
from genre_tagger.sorting.copies.target import plain
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Look, Tagger

_PIECE = 1 << 20  # bytes read at a time
_LARGE = 1 << 20  # bytes of a file that is sent on its way at once; smaller ones go together
_OF_THE_TARGET = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})

NOT_PROVEN = "More than the genre would have changed in the copy."
_CHANGED = "The file was changed since it was scanned; it was not copied. Please scan again."


class SourceError(FileError):
    """The library's file cannot be read or is not what it was."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A copy that only lacks its comparison and its name.

    Attributes
    ----------
    step : Step
    path : str
        Where it is.
    size : int
        Its bytes.
    note : str
        Why it does not carry the wanted genres; "" where it does.
    before : Look or None
        What it held before it was tagged; None where it was not.
    size_before : int
        Its bytes then.
    content, digest : str
        SHA-256 of the library's file and of the draft, where both were taken while it was made; "" where it is to be
        compared with that file itself.
    """

    step: Step
    path: str
    size: int
    note: str = ""
    before: Look | None = None
    size_before: int = 0
    content: str = ""
    digest: str = ""


@dataclass
class Shrunk:
    """A smaller copy on this computer, the digest of its original, and whether it has its tags by now."""

    path: str
    content: str
    dressed: bool = False


@dataclass
class Drafter:
    """Makes drafts in one folder; `tagging` is held by whoever asks the tagger, which serves one at a time."""

    folder: str
    style: Id3Style
    files: FileOps
    tagger: Tagger
    tagging: threading.Lock = field(default_factory=threading.Lock)
    _made: int = 0

    def draft(self, step: Step, shrunk: Shrunk | None = None, *, note: str = "") -> Draft:
        """Copy a track, with the genres that its copy shall carry unless a note says why it cannot.

        Raises
        ------
        FileError
            If the library's file cannot be read, or is not what it was.
        OSError
            If nothing can be written. Nothing stays then.
        """
        self._made += 1
        path = os.path.join(self.folder, f"{self._made}{os.path.splitext(step.path)[1]}")
        try:
            draft = self._smaller(step, path, shrunk) if shrunk is not None else self._original(step, path, note)
            if draft.size >= _LARGE:
                self._send_off(path)
        except (OSError, FileError):
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        return draft

    def retag(self, step: Step, path: str) -> Draft:
        """Take a copy from its place on the target, and give it its genres here; its sound is not copied.

        Raises
        ------
        FileError, OSError
            If that cannot be. The copy may be gone then.
        """
        self._made += 1
        place = os.path.join(self.folder, f"{self._made}{os.path.splitext(step.path)[1]}")
        with opened(self.files, step) as original, self.tagging:
            before, seen = self.tagger.look(step.wanted.track.path), os.fstat(original.fileno())
            self.files.rename(path, place)
            size = os.path.getsize(place)
            try:
                self.tagger.tag(place, step.wanted.carried, self.style)
                # What is to be as the file is has to become the very same; the rest is proven as any tagged copy is.
                as_it_is = step.wanted.carried == step.wanted.track.genres
                if as_it_is and os.path.getsize(place) != seen.st_size:
                    raise FileError(place, NOT_PROVEN)
            except (OSError, FileError):
                os.unlink(place)
                raise
        with contextlib.suppress(OSError):
            os.utime(place, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        return Draft(step, place, os.path.getsize(place), "", None if as_it_is else before, size)

    def shrink(self, step: Step, path: str) -> Shrunk:
        """Make a smaller copy on this computer, without tags; safe to be called on several threads.

        Raises
        ------
        FileError
        """
        track = step.wanted.track
        try:
            with opened(self.files, step) as source:
                content = digest_of_source(self.files, step, source)
            make(track, step.wanted.making, path)
            with opened(self.files, step):  # it is still what it was
                return Shrunk(path, content)
        except OSError as error:
            raise FileError(track.path, f"No smaller copy could be made: {plain(error)}") from error

    def _original(self, step: Step, path: str, note: str) -> Draft:
        self._pour(step, path)
        size, wanted = os.path.getsize(path), step.wanted
        if note or (wanted.carried == wanted.track.genres and not wanted.making.old_tags):
            return Draft(step, path, size, note)
        try:
            with self.tagging:
                return self._tagged(step, path, size)
        except FileError as error:
            os.unlink(path)
            self._pour(step, path)
            return Draft(step, path, os.path.getsize(path), error.reason)

    def _tagged(self, step: Step, path: str, size: int) -> Draft:
        """Write genres into a draft. Whether that was done well is seen when it is compared."""
        if step.wanted.making.old_tags:
            self.tagger.to_id3v23(path)
            size = os.path.getsize(path)
        before = self.tagger.look(path)
        if before.genres != step.wanted.carried:
            self.tagger.tag(path, step.wanted.carried, self.style)
        return Draft(step, path, os.path.getsize(path), "", before, size)

    def _smaller(self, step: Step, path: str, shrunk: Shrunk) -> Draft:
        note = self._dressed(step, shrunk)
        digest = hashlib.sha256()
        with open(shrunk.path, "rb") as source, self.files.create(path) as made:
            while piece := source.read(_PIECE):
                digest.update(piece)
                self.files.write(made, piece)
        return Draft(step, path, os.path.getsize(path), note, content=shrunk.content, digest=digest.hexdigest())

    def _dressed(self, step: Step, shrunk: Shrunk) -> str:
        """Give a smaller copy its tags; say why its genres are not the wanted ones, or "" if they are."""
        carried = step.wanted.carried
        if shrunk.dressed:
            return ""
        with self.tagging:
            self.tagger.carry(shrunk.path, step.wanted.track.path, 3 if step.wanted.making.old_tags else 4)
            if carried:
                self.tagger.tag(shrunk.path, carried, self.style)
            shrunk.dressed = True
            return "" if self.tagger.look(shrunk.path, copy=True).genres == carried else NOT_PROVEN

    def _pour(self, step: Step, path: str) -> None:
        """Copy a file as it is."""
        track = step.wanted.track
        with opened(self.files, step) as source:
            with self.files.create(path) as made:
                try:
                    self.files.copy(source, made, spare=0)
                except OSError as error:
                    blame(step, error)
                    raise
            seen = os.fstat(source.fileno())
        if (seen.st_size, seen.st_mtime_ns) != (track.stamp.size, track.stamp.mtime_ns):
            raise SourceError(track.path, _CHANGED)
        with contextlib.suppress(OSError):  # a phone or FAT knows no rights, and some no times
            os.chmod(path, stat.S_IMODE(seen.st_mode) & 0o666 | stat.S_IRUSR | stat.S_IWUSR)
        with contextlib.suppress(OSError):
            os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    def _send_off(self, path: str) -> None:
        """Have the drive begin to write, rather than when it is waited for: to forget what is not written does that."""
        with contextlib.suppress(OSError), self.files.open_read(path) as made:
            self.files.forget(made)


@contextlib.contextmanager
def opened(files: FileOps, step: Step) -> Iterator[BinaryIO]:
    """Open the library's file of a step for reading.

    Raises
    ------
    SourceError
        If it cannot be, or is not what it was when it was scanned.
    """
    path, stamp = step.wanted.track.path, step.wanted.track.stamp
    try:
        source = files.open_read(files.resolve(path))
    except OSError as error:
        raise _unread(step, error) from error
    with source:
        seen = os.fstat(source.fileno())
        if not stat.S_ISREG(seen.st_mode) or (seen.st_size, seen.st_mtime_ns) != (stamp.size, stamp.mtime_ns):
            raise SourceError(path, _CHANGED)
        yield source


def digest_of_source(files: FileOps, step: Step, source: BinaryIO) -> str:
    """Hash the library's file (SHA-256, hexadecimal).

    Raises
    ------
    SourceError
    """
    try:
        return files.digest(source).hex()
    except OSError as error:
        raise _unread(step, error) from error


def blame(step: Step, error: OSError) -> None:
    """Raise SourceError where it was the library's file that failed, when two files were worked on at once."""
    if error.errno in _OF_THE_TARGET:
        return
    try:
        with open(step.wanted.track.path, "rb") as source:
            while source.read(_PIECE):
                pass
    except OSError as failed:
        raise _unread(step, failed) from failed


def _unread(step: Step, error: OSError) -> SourceError:
    return SourceError(step.wanted.track.path, f"The file cannot be read: {plain(error)} It was not copied.")
