"""One file replaced by a proven copy of itself: made beside it, put in its place in one step, taken back on doubt."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Self

from genre_tagger.base.errors import FileStamp, RefusedError
from genre_tagger.writing.fileops import FileOps

_EXTENSION_BYTES = 16  # a longer one is no audio format's, and the copy's name must fit into 255 bytes
_GONE = (errno.ENOENT, errno.ENOTDIR)

CHANGED = "The file was changed since it was scanned; nothing was written. Please scan again."
MEANWHILE = "Another program was writing this file; its version was kept and nothing else was changed."


class Swap:
    """The replacement of one file, step by step; the file itself is never opened for writing.

    Attributes
    ----------
    path, target : str
        The file as it was named, and the file itself with symbolic links followed.
    temp : str
        The private copy beside it; once :meth:`commit` has succeeded, the file that was replaced.
    stamp : FileStamp
        The file's identity when it was first looked at.
    """

    def __init__(self, path: str, target: str, stamp: FileStamp, files: FileOps) -> None:
        self.path = path
        self.target = target
        self.stamp = stamp
        self._files = files
        folder, name = os.path.split(target)
        extension = os.path.splitext(name)[1]
        extension = extension if len(os.fsencode(extension)) <= _EXTENSION_BYTES else ""
        self.temp = os.path.join(folder, f".genre-tagger-{secrets.token_hex(8)}.tmp{extension}")
        self._disposable = True  # whether temp holds nothing that anybody could miss

    @classmethod
    def of(cls, path: str, files: FileOps) -> Self:
        """Look at a file and refuse what cannot be replaced without harm.

        Raises
        ------
        RefusedError, OSError
        """
        target = files.resolve(path)
        seen = files.stat(target)
        if not stat.S_ISREG(seen.st_mode):
            raise RefusedError(path, "This is not a regular file; nothing was written.")
        if seen.st_nlink > 1:
            reason = "This file has several names (hard links); it was left as it is, because they would come apart."
            raise RefusedError(path, reason)
        files.require_writable(target)
        return cls(path, target, FileStamp.of(seen), files)

    @contextlib.contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """Open the file for reading.

        Raises
        ------
        RefusedError
            If it is not the file any more that was looked at.
        """
        with self._files.open_read(self.target) as file:
            if FileStamp.of(os.fstat(file.fileno())) != self.stamp:
                raise RefusedError(self.path, CHANGED)
            yield file

    @contextlib.contextmanager
    def reading_copy(self) -> Iterator[BinaryIO]:
        """Open the private copy for reading."""
        with self._files.open_read(self.temp) as file:
            yield file

    def digest(self) -> bytes:
        """Hash the file (SHA-256)."""
        with self.reading() as file:
            return self._files.digest(file)

    def digest_copy(self) -> bytes:
        """Hash the private copy (SHA-256)."""
        with self.reading_copy() as file:
            return self._files.digest(file)

    def copy_size(self) -> int:
        """Measure the private copy (bytes)."""
        return self._files.stat(self.temp).st_size

    def copy(self, found: bytes) -> None:
        """Make the private copy; its digest must be `found`.

        Raises
        ------
        RefusedError, OSError
        """
        with self.reading() as source, self._files.create(self.temp) as copy:
            self._files.copy(source, copy)
        if self.digest_copy() != found:
            raise RefusedError(self.path, MEANWHILE)

    def fill(self, pieces: Iterable[bytes]) -> None:
        """Make the private copy out of pieces, in order."""
        with self._files.create(self.temp) as copy:
            for piece in pieces:
                self._files.write(copy, piece)

    def flush_copy(self) -> None:
        """Wait until the private copy is on the drive."""
        with self.reading_copy() as copy:
            self._files.fsync(copy)

    def seal(self, *, keep_mtime: bool) -> None:
        """Give the private copy the file's owner, rights and attributes, and flush it to the drive."""
        with self.reading() as source, self.reading_copy() as copy:
            self._files.copy_metadata(source, copy, keep_mtime=keep_mtime)
            self._files.fsync(copy)

    def commit(self, found: bytes) -> None:
        """Put the copy in the file's place; if anybody changed the file meanwhile, theirs goes back there.

        Parameters
        ----------
        found : bytes
            The file's digest (SHA-256) from which the copy was made.

        Raises
        ------
        RefusedError, OSError
            If the file stays (or is again) as it was.
        """
        made = identity(self._files.stat(self.temp))
        if FileStamp.of(self._files.stat(self.target)) != self.stamp:
            raise RefusedError(self.path, MEANWHILE)
        self._disposable = False  # from here on temp may be the original
        try:
            exchange(self.temp, self.target, self._files)
            self._files.sync_folder(os.path.dirname(self.target))
            if FileStamp.of(self._files.stat(self.temp)) != self.stamp or self.digest_copy() != found:
                raise RefusedError(self.path, MEANWHILE)
        except (OSError, RefusedError):
            self._take_back(made)
            raise
        self._disposable = True

    def _take_back(self, made: tuple[int, int]) -> None:
        """Exchange again if that has happened, unless the file's place is not held by our copy any more."""
        with contextlib.suppress(OSError):
            if self._is(self.target, made):
                exchange(self.temp, self.target, self._files)
            original = self.stamp.dev, self.stamp.ino
            self._disposable = self._is(self.temp, made) or self._is(self.target, original)
        if not self._disposable:
            kept = os.path.basename(self.temp)
            raise RefusedError(
                self.path, f"The drive or another program disturbed the write. The file from before is kept as {kept}."
            )

    def _is(self, path: str, wanted: tuple[int, int]) -> bool:
        seen = look_at(path, self._files)
        return seen is not None and identity(seen) == wanted

    def discard(self) -> bool:
        """Remove what lies beside the file, if nobody could miss it; tell whether nothing is left there."""
        if not self._disposable:
            return False
        try:
            finish_exchange(self.temp, self.target, self._files)
            self._files.unlink(self.temp)
        except OSError as error:
            return error.errno in _GONE
        return True


def exchange(temp: str, target: str, files: FileOps) -> None:
    """Exchange two files; where the system cannot, by a second name for one of them and two renames.

    At every moment of the second way `target` is there and whole, and the file that it was has a name:
    its own, `aside_of(temp)`, or `temp`.

    Raises
    ------
    OSError
        With both files where they were; EOPNOTSUPP where the drive knows neither way.
    """
    try:
        files.exchange(temp, target)
        return
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
    aside = aside_of(temp)
    try:
        files.link(target, aside)
        files.replace(temp, target)
        files.replace(aside, temp)
    except OSError as error:
        _restore(aside, target, files)
        if error.errno == errno.EPERM:  # what Linux says for a drive without hard links
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), target) from error
        raise


def _restore(aside: str, target: str, files: FileOps) -> None:
    """Bring a file with a second name back under its own alone, wherever :func:`exchange` was stopped."""
    second = look_at(aside, files)
    if second is None:
        return
    first = look_at(target, files)
    if first is not None and identity(first) == identity(second):
        files.unlink(aside)
    else:
        files.replace(aside, target)


def finish_exchange(temp: str, target: str, files: FileOps) -> None:
    """After a crash in the second way of :func:`exchange`: complete what it had begun, or drop it."""
    aside = aside_of(temp)
    second = look_at(aside, files)
    if second is None:
        return
    first = look_at(target, files)
    if first is not None and identity(first) == identity(second):
        files.unlink(aside)
    elif look_at(temp, files) is None:
        files.replace(aside, temp)


def aside_of(temp: str) -> str:
    """Name the second name that :func:`exchange` may need for a moment."""
    return temp + ".old"


def look_at(path: str, files: FileOps) -> os.stat_result | None:
    """Look at a file; None when there is none."""
    try:
        return files.stat(path)
    except FileNotFoundError:
        return None


def identity(seen: os.stat_result) -> tuple[int, int]:
    """What stays the same when a file is renamed."""
    return seen.st_dev, seen.st_ino
