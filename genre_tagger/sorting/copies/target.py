"""The folder that copies go to, while it is written: alone in it, known to be there, and what its troubles mean."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from genre_tagger.base.errors import FileError, FileFailure, TargetError
from genre_tagger.base.small_files import PARTIAL
from genre_tagger.sorting.copies.manifest import NAME, SECOND, WORKING, Manifest, at
from genre_tagger.sorting.names import folded
from genre_tagger.sorting.playlists.files import EXTENSION

TAKEN = "A file of this name has appeared there meanwhile; it was left as it is, and this track was not copied."
NO_ROOM = "There is no room left on the target; this file was not copied."

# What base/small_files leaves of a file that it was writing when it was killed.
_UNFINISHED = re.compile(rf"({re.escape(NAME)}|.*{re.escape(EXTENSION)})\.[0-9a-f]{{8}}{re.escape(PARTIAL)}", re.DOTALL)
_LEADS_OUT = "A link on the target leads out of it; this file was not copied."
_REASONS = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: "Your share of the target's space is used up; this file was not copied.",
    errno.EFBIG: "The file is larger than the target's drive can hold; it was not copied.",
    errno.ENAMETOOLONG: "The path on the target would be too long; this file was not copied.",
    errno.EACCES: "You have no permission to write to this folder of the target; this file was not copied.",
    errno.EPERM: "You have no permission to write to this folder of the target; this file was not copied.",
    errno.EIO: "The target's drive reported an error; this file was not copied. Please check the drive.",
}


@dataclass
class Target:
    """A target that is open for one run, as a context.

    Attributes
    ----------
    manifest : Manifest
        What is there, as it was when the run was planned.
    working : str
        The folder in which copies are made. That it is there says that the target is.
    """

    manifest: Manifest
    working: str = ""
    _device: int = 0
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def root(self) -> str:
        """The folder itself, with links followed."""
        return self.manifest.root

    def __enter__(self) -> Self:
        self.working = os.path.join(self.root, WORKING)
        with contextlib.ExitStack() as stack:
            try:
                os.makedirs(self.root, exist_ok=True)
                os.makedirs(self.working, exist_ok=True)
                stack.enter_context(_alone(self.working))
                stack.callback(self._tidy)
                self._device = os.stat(self.working).st_dev
                self._clear()
                knew, self.manifest.renames = self.manifest.renames, self._can_rename()
                if not self.manifest.is_as_read():
                    raise TargetError(
                        f"{self.root} was changed since this was planned. Nothing was done; plan it again."
                    )
                self._remove_halves()
                self.manifest.write()
                if knew and not self.manifest.renames and self.manifest.files:
                    raise TargetError(
                        f"{self.root} cannot rename files, as many phones cannot. Nothing was copied; plan it again: "
                        "what would have been renamed there is copied anew."
                    )
            except OSError as error:
                raise TargetError(f"Nothing can be put into {self.root}: {plain(error)} Nothing was copied.") from error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        with self._stack, contextlib.suppress(OSError):
            if self._is_there():
                self.manifest.write()

    def at(self, name: str) -> str:
        """Say where a path relative to the target is."""
        return at(self.root, name)

    def place(self, name: str) -> str:
        """Make the folder for a file, and say where the file goes.

        Raises
        ------
        FileError
            If a link leads out of the target there.
        OSError
        """
        path = self.at(name)
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        if os.path.realpath(folder) != folder:
            raise FileError(path, _LEADS_OUT)
        return path

    def rename(self, old: str, new: str) -> None:
        """Rename a file there; where only the case of letters changes, by a name between: some drives find both names.

        Raises
        ------
        FileError
            If another file has the name.
        OSError
        """
        same = folded(old) == folded(new)
        source, wanted = self.at(old), self.place(new)
        now = os.path.join(self.working, "moved") if same else source
        if same:
            os.rename(source, now)
        if os.path.lexists(wanted):
            if same:
                os.rename(now, source)
            raise FileError(wanted, TAKEN)
        os.rename(now, wanted)

    def prune(self, name: str) -> None:
        """Remove the folders of a file that is not there any more, as far as they have become empty."""
        folder = os.path.dirname(self.at(name))
        with contextlib.suppress(OSError):
            while folder != self.root:
                os.rmdir(folder)
                folder = os.path.dirname(folder)

    def write_down(self) -> None:
        """Write the manifest.

        Raises
        ------
        TargetError
            If that cannot be; an OSError is its cause unless the target is gone.
        """
        if not self._is_there():
            raise self._gone()
        try:
            self.manifest.write()
        except OSError as error:
            raise TargetError(
                f"The list of what was put into {self.root} cannot be written: {plain(error)} What was copied before "
                "is whole; make room or plug the drive in again, and run it again."
            ) from error

    def has_room_to_write_down(self) -> bool:
        """Write the manifest, and tell whether there was room for it; see :meth:`write_down`."""
        try:
            self.write_down()
        except TargetError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in (errno.ENOSPC, errno.EDQUOT):
                return False
            raise
        return True

    def trouble(self, path: str, error: OSError | FileError) -> FileFailure:
        """Say what went wrong with one file.

        Raises
        ------
        TargetError
            If it is not the file but the whole target.
        """
        if not self._is_there():
            raise self._gone() from error
        if isinstance(error, FileError):
            return FileFailure(path, "copy", error.reason)
        if error.errno == errno.EROFS:
            raise TargetError(
                f"The drive of {self.root} has become read-only. What was copied is whole; run it again to go on."
            ) from error
        return FileFailure(path, "copy", _REASONS.get(error.errno or 0, f"{plain(error)} This file was not copied."))

    def _can_rename(self) -> bool:
        """Try it: phones and cameras cannot."""
        old, new = (os.path.join(self.working, name) for name in ("old", "new"))
        with open(old, "xb"):
            pass
        try:
            os.rename(old, new)
        except OSError:
            os.unlink(old)
            return False
        os.unlink(new)
        return True

    def _remove_halves(self) -> None:
        for name in self.manifest.halves:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.at(name))
        self.manifest.halves = ()
        if self.manifest.renames:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.at(SECOND))

    def _is_there(self) -> bool:
        try:
            return os.stat(self.working).st_dev == self._device
        except OSError:
            return False

    def _gone(self) -> TargetError:
        return TargetError(
            f"{self.root} is not there any more. Was the drive taken out? What was copied is whole; run it again to "
            "go on."
        )

    def _clear(self) -> None:
        """Remove what a killed run left: unfinished copies, and beside them unfinished lists and playlists."""
        for entry in os.listdir(self.working):
            os.unlink(os.path.join(self.working, entry))
        for entry in os.listdir(self.root):
            if _UNFINISHED.fullmatch(entry):
                os.unlink(os.path.join(self.root, entry))

    def _tidy(self) -> None:
        with contextlib.suppress(OSError):
            self._clear()
            os.rmdir(self.working)


def plain(error: OSError) -> str:
    """Say in a sentence what the system said."""
    return f"The system reported “{error.strerror or error}”."


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Keep another run out of a working folder."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # some drives that are mounted from elsewhere know no locks
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                target = os.path.dirname(folder)
                raise TargetError(f"Another Genre Tagger is copying into {target}. Wait until it is done.") from error
        yield
    finally:
        os.close(descriptor)
