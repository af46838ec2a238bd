"""One file replaced by a proven copy of itself, in one of three ways, and taken back on doubt.

The copy is made beside the file and put in its place by an exchange (way A of docs/reliability.md), or, where the
drive knows no exchange, by a rename with the whole old file kept on the library's own disk until the new one is
proven (way C). A file that must stay the very one it is gets the copy's bytes where they differ (way B).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, Self

from genre_tagger.base.errors import FileStamp, RefusedError
from genre_tagger.writing.drives import Drive, kind_of
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.overwrite import Span, changes, overlap, put

_EXTENSION_BYTES = 16  # a longer one is no audio format's, and the copy's name must fit into 255 bytes
_HELD = 16 << 20  # bytes of a file that are held in memory
_GONE = (errno.ENOENT, errno.ENOTDIR)

CHANGED = "The file was changed since it was scanned; nothing was written. Please scan again."
MEANWHILE = "Another program was writing this file; its version was kept and nothing else was changed."


_DISTURBED = (
    "The drive disturbed the write. The file from before is kept, and put back when the drive is well again and the "
    "program is started anew (or take it from “{}”)."
)
_NO_ROOM = {
    True: "This file has several names (hard links), which would come apart if it grew; the genre does not fit into "
    "the room its tag has. It was left as it is.",
    False: "Nothing can be added to this file's folder, and the genre does not fit into the room the file's tag has. "
    "It was left as it is.",
}


class Swap:
    """The replacement of one file, step by step.

    The file itself is never opened for writing, except where it is changed in place.

    Attributes
    ----------
    path, target : str
        The file as it was named, and the file itself with symbolic links followed.
    temp : str
        The private copy beside it; once it was exchanged, the file that was replaced.
    kept : str
        Where the whole file from before is while it is replaced without an exchange.
    stamp : FileStamp
        The file's identity when it was first looked at.
    in_place : bool
        Whether it must stay the very file it is: it has several names, or nothing can be put beside it.
    """

    def __init__(self, path: str, target: str, seen: os.stat_result, spare: str | None, files: FileOps) -> None:
        self.path = path
        self.target = target
        self.stamp = FileStamp.of(seen)
        self.linked = seen.st_nlink > 1
        self.in_place = spare is not None
        self._files = files
        self._times = seen.st_atime_ns, seen.st_mtime_ns
        self._keep_mtime = False
        folder, name = os.path.split(target)
        extension = os.path.splitext(name)[1]
        extension = extension if len(os.fsencode(extension)) <= _EXTENSION_BYTES else ""
        self.temp = os.path.join(spare or folder, f".genre-tagger-{secrets.token_hex(8)}.tmp{extension}")
        self.kept = ""
        self._disposable = True  # whether temp holds nothing that anybody could miss
        self._content: bytes | None = None

    @classmethod
    def of(cls, path: str, files: FileOps, spare: str) -> Self:
        """Look at a file and refuse what cannot be replaced without harm.

        Parameters
        ----------
        path : str
            The file, or a link to it.
        files : FileOps
            The operations on files.
        spare : str
            A folder on the library's own disk; it need not be there yet.

        Raises
        ------
        RefusedError, OSError
        """
        target = files.resolve(path)
        seen = files.stat(target)
        if not stat.S_ISREG(seen.st_mode):
            raise RefusedError(path, "This is not a regular file; nothing was written.")
        files.require_writable(target)
        in_place = seen.st_nlink > 1 or not files.can_write(os.path.dirname(target))
        swap = cls(path, target, seen, spare if in_place else None, files)
        swap.kept = kept_of(swap.temp, spare)
        return swap

    @contextlib.contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """Open the file for reading.

        Raises
        ------
        RefusedError
            If it is not the file any more that was looked at.
        """
        with self._files.open_read(self.target) as file:
            if not self._is_seen(os.fstat(file.fileno())):
                raise RefusedError(self.path, CHANGED)
            yield file

    def _is_seen(self, now: os.stat_result) -> bool:
        """Whether this is the file that was looked at; where times come late or coarse, only what it holds can tell."""
        stamp = FileStamp.of(now)
        if Drive.WINDOWS in kind_of(os.path.dirname(self.target)):
            stamp = replace(stamp, mtime_ns=self.stamp.mtime_ns)
        return stamp == self.stamp

    @contextlib.contextmanager
    def reading_copy(self) -> Iterator[BinaryIO]:
        """Open the private copy for reading."""
        with self._files.open_read(self.temp) as file:
            yield file

    def digest(self) -> bytes:
        """Hash the file (SHA-256); a small one is held in memory, because to compare takes less than to hash again."""
        with self.reading() as file:
            if self.stamp.size > _HELD:
                return self._files.digest(file)
            self._content = self._files.read(file)
            return hashlib.sha256(self._content).digest()

    @contextlib.contextmanager
    def held(self) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Have the file and its copy for reading, in memory where they are small."""
        if self._content is not None and self.copy_size() <= 2 * _HELD:
            with self.reading_copy() as copy:
                yield io.BytesIO(self._content), io.BytesIO(self._files.read(copy))
        else:
            with self.reading() as file, self.reading_copy() as copy:
                yield file, copy

    def is_old(self, file: BinaryIO, found: bytes) -> bool:
        """Whether an open file holds what :meth:`digest` has read."""
        if self._content is None:
            return self._files.digest(file) == found
        return self._files.equals(file, self._content)

    def digest_copy(self) -> bytes:
        """Hash the private copy (SHA-256)."""
        with self.reading_copy() as file:
            return self._files.digest(file)

    def copy_size(self) -> int:
        """Measure the private copy (bytes)."""
        return self._files.stat(self.temp).st_size

    def copy(self) -> None:
        """Make the private copy."""
        with self.reading() as source, self._created() as copy:
            self._files.copy(source, copy)

    def fill(self, pieces: Iterable[bytes]) -> None:
        """Make the private copy out of pieces, in order."""
        with self._created() as copy:
            for piece in pieces:
                self._files.write(copy, piece)

    def _created(self) -> BinaryIO:
        if self.in_place:
            self._files.make_folder(os.path.dirname(self.temp))
        return self._files.create(self.temp)

    def seal(self, *, keep_mtime: bool) -> None:
        """Give the private copy the file's owner, rights and attributes, and flush it to the drive."""
        self._keep_mtime = keep_mtime
        with self.reading() as source, self.reading_copy() as copy:
            if not self.in_place:  # where only its bytes are used, they are all that counts
                self._files.copy_metadata(source, copy, keep_mtime=keep_mtime)
            self._files.fsync(copy)

    def commit(self, found: bytes, made: bytes, sound: Sequence[Span] = ()) -> None:
        """Put the copy in the file's place; if anybody changed the file meanwhile, theirs goes back there.

        By an exchange; where the drive knows none, by a rename, with the whole file from before on the library's
        own disk until the new one is proven; where the file must stay the one it is, by changing its bytes.

        Parameters
        ----------
        found, made : bytes
            The digests (SHA-256) of the file and of the copy.
        sound : sequence of (int, int)
            Where the sound is, which is never changed in place.

        Raises
        ------
        RefusedError, OSError
            If the file stays (or is again) as it was.
        """
        if not self._is_seen(self._files.stat(self.target)):
            raise RefusedError(self.path, MEANWHILE)
        if self.in_place:
            self._overwrite(found, made, sound)
            return
        try:
            self._exchange(found)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            self._replace(found, made)

    # --- by an exchange ------------------------------------------------------------------------------

    def _exchange(self, found: bytes) -> None:
        made = identity(self._files.stat(self.temp))
        self._disposable = False  # from here on temp may be the original
        try:
            exchange(self.temp, self.target, self._files)
            self._files.sync_folder(os.path.dirname(self.target))
            with self.reading_copy() as old:
                if not (self._is_seen(os.fstat(old.fileno())) and self.is_old(old, found)):
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

    # --- by a rename ---------------------------------------------------------------------------------

    def _keep(self, found: bytes) -> None:
        """Keep the whole file on the library's own disk until this is over."""
        folder = os.path.dirname(self.kept)
        self._files.make_folder(folder)
        with self.reading() as source, self._files.create(self.kept) as kept:
            self._files.copy(source, kept)
            self._files.fsync(kept)
            if not self.is_old(kept, found):
                raise RefusedError(self.path, MEANWHILE)
        self._files.sync_folder(folder)

    def _replace(self, found: bytes, made: bytes) -> None:
        self._keep(found)
        folder = os.path.dirname(self.target)
        ours = identity(self._files.stat(self.temp))
        self._disposable = False
        try:
            (self._rename_twice if Drive.SHARED in kind_of(folder) else self._rename_over)(found, made)
        except (OSError, RefusedError):
            self._put_back(ours)
            raise
        self._disposable = True

    def _rename_over(self, found: bytes, made: bytes) -> None:
        # While the old file is open its blocks are not given to anybody else, even when its name is gone.
        with self.reading() as old:
            self._files.replace(self.temp, self.target)
            self._prove_replaced(made)
            if not self.is_old(old, found):
                put_back(self.temp, self.target, old, self._files)
                raise RefusedError(self.path, MEANWHILE)

    def _rename_twice(self, found: bytes, made: bytes) -> None:
        # A rename over a file that anybody has open would mark that file to be deleted, and then fail.
        aside = aside_of(self.temp)
        self._files.rename(self.target, aside)
        self._files.rename(self.temp, self.target)
        self._prove_replaced(made)
        with self._files.open_read(aside) as old:
            same = self.is_old(old, found)
        if not same:
            self._files.unlink(self.target)
            self._files.rename(aside, self.target)
            raise RefusedError(self.path, MEANWHILE)
        self._files.unlink(aside)

    def _prove_replaced(self, made: bytes) -> None:
        # The copy's own name goes first: a power cut between the two must not leave two names for the same blocks.
        self._files.sync_folder(os.path.dirname(self.target))
        with self._files.open_read(self.target) as file:
            self._files.fsync(file)
            self._files.forget(file)
            if self._files.digest(file) != made:
                raise OSError(errno.EIO, os.strerror(errno.EIO), self.target)
            if self._keep_mtime:  # some drives take a rename for a change
                self._files.set_times(file, *self._times)

    def _put_back(self, ours: tuple[int, int]) -> None:
        """See to it that the file from before, or another program's, is in the file's place."""
        with contextlib.suppress(OSError):
            there, aside = look_at(self.target, self._files), aside_of(self.temp)
            if there is None or identity(there) == ours:
                if look_at(aside, self._files) is None:
                    remove(self.temp, self._files)
                    put_back(self.temp, self.target, self.kept, self._files)
                else:
                    remove(self.target, self._files)
                    self._files.rename(aside, self.target)
            self._disposable = True
        if not self._disposable:
            raise RefusedError(self.path, _DISTURBED.format(self.kept))

    # --- in place ------------------------------------------------------------------------------------

    def _overwrite(self, found: bytes, made: bytes, sound: Sequence[Span]) -> None:
        if self.copy_size() != self.stamp.size:
            raise RefusedError(self.path, _NO_ROOM[self.linked])
        self._keep(found)
        with self._files.open_read(self.kept) as old, self.reading_copy() as new:
            spans = changes(old, new)
            if overlap(spans, sound):
                raise RefusedError(self.path, _NO_ROOM[self.linked])
            with self._files.open_write(self.target) as file:
                if not (self._is_seen(os.fstat(file.fileno())) and self.is_old(file, found)):
                    raise RefusedError(self.path, MEANWHILE)
                self._disposable = False
                try:
                    put(file, new, spans, self._files)
                    self._files.forget(file)
                    if self._files.digest(file) != made:
                        raise RefusedError(self.path, MEANWHILE)
                    if self._keep_mtime:
                        self._files.set_times(file, *self._times)
                except (OSError, RefusedError):
                    self._put_bytes_back(file, old, spans)
                    raise
        self._disposable = True

    def _put_bytes_back(self, file: BinaryIO, old: BinaryIO, spans: Sequence[Span]) -> None:
        try:
            put(file, old, spans, self._files)
        except OSError as error:
            raise RefusedError(self.path, _DISTURBED.format(self.kept)) from error
        self._disposable = True

    # --- afterwards ----------------------------------------------------------------------------------

    def discard(self) -> bool:
        """Remove what was made for this, if nobody could miss it; tell whether nothing is left of it."""
        if not self._disposable:
            return False
        try:
            finish_exchange(self.temp, self.target, self._files)
            was_there = look_at(self.temp, self._files) is not None
            remove(self.temp, self._files)
            remove(self.kept, self._files)
            # Where a drive was, an empty folder may be, and the copy is on that drive.
            return was_there or self._files.stat(os.path.dirname(self.target)).st_dev == self.stamp.dev
        except OSError as error:
            return error.errno in _GONE


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


def kept_of(temp: str, spare: str) -> str:
    """Name the place on the library's own disk for the file from before, by the name of the private copy."""
    return os.path.join(spare, os.path.basename(temp) + ".before")


def put_back(temp: str, target: str, source: BinaryIO | str, files: FileOps) -> None:
    """Put a whole content in a file's place through a private copy, with the rights of what is there.

    Raises
    ------
    OSError
    """
    with contextlib.ExitStack() as open_files:
        whole = open_files.enter_context(files.open_read(source)) if isinstance(source, str) else source
        copy = open_files.enter_context(files.create(temp))
        whole.seek(0)
        files.copy(whole, copy)
        if look_at(target, files) is not None:
            there = open_files.enter_context(files.open_read(target))
            files.copy_metadata(there, copy, keep_mtime=False)
        files.fsync(copy)
    files.replace(temp, target)
    files.sync_folder(os.path.dirname(target))


def remove(path: str, files: FileOps) -> None:
    """Remove a file that may be gone already."""
    with contextlib.suppress(FileNotFoundError):
        files.unlink(path)


def look_at(path: str, files: FileOps) -> os.stat_result | None:
    """Look at a file; None when there is none."""
    try:
        return files.stat(path)
    except FileNotFoundError:
        return None


def identity(seen: os.stat_result) -> tuple[int, int]:
    """What stays the same when a file is renamed."""
    return seen.st_dev, seen.st_ino
