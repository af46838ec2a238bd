"""Folders with all that lies below, of which Linux tells what happens in them (inotify).

References
----------
inotify(7): one watch for each folder, as many as the system allows a person; events may get lost (Q_OVERFLOW).
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from typing import NamedTuple

LIMITS = (errno.ENOSPC, errno.EMFILE)
"""Numbers of the errors that say that the system allows no more watches."""


_SHARED = frozenset(
    "nfs nfs4 cifs smb3 smbfs 9p afs ceph ncpfs davfs virtiofs vboxsf vmhgfs prl_fs lustre glusterfs".split()
)


def is_shared(folder: str, mounts: str = "/proc/self/mountinfo") -> bool:
    """Whether a folder lies on a drive that others write to as well, such as a network's or a phone's: of what these do
    the system tells nothing.

    Parameters
    ----------
    folder : str
    mounts : str
        Where the system lists what is mounted (proc(5)).
    """
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.split() for line in file]
    except OSError:
        return False
    path, found = os.path.realpath(folder), ("", "")
    for fields in lines:
        if "-" not in fields[6:]:
            continue
        place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
        holds = path == place or path.startswith(os.path.join(place, ""))
        if holds and len(place) >= len(found[0]):
            found = place, fields[fields.index("-", 6) + 1]
    return found[1] in _SHARED or found[1].startswith("fuse.")


class What(Enum):
    """What happened."""

    CAME = "a file came, or was written and closed"
    FOLDER_CAME = "a folder came; what is in it may have come before it was watched"
    WENT = "a file went"
    FOLDER_WENT = "a folder went with all below"
    LOST = "some of what happened was not told"
    LIMIT = "a folder came that cannot be watched any more"


class Happened(NamedTuple):
    """Something that happened, and the path of what it happened to; "" where that is not known."""

    what: What
    path: str


class Tree:
    """Watches any number of folders.

    Parameters
    ----------
    passed_over : callable
        Says of the name of a folder whether it is left alone with all below.

    Raises
    ------
    OSError
        If this system tells nothing, or allows no more of it (one of :data:`LIMITS`).
    """

    def __init__(self, passed_over: Callable[[str], bool]) -> None:
        if sys.platform != "linux":
            raise OSError(errno.ENOSYS, "this system is not asked what happens in folders")
        from inotify_simple import INotify, flags

        self._passed_over = passed_over
        self._flags = flags
        self._inotify = INotify()
        self._paths: dict[int, str] = {}
        self._mask = (
            flags.CREATE | flags.CLOSE_WRITE | flags.MOVED_FROM | flags.MOVED_TO | flags.DELETE
            | flags.ONLYDIR | flags.EXCL_UNLINK
        )  # fmt: skip

    def close(self) -> None:
        """End all watches."""
        self._inotify.close()

    def __len__(self) -> int:
        """How many folders are watched."""
        return len(self._paths)

    def add(self, folder: str) -> None:
        """Watch a folder and all below it; links to folders are followed.

        Raises
        ------
        OSError
            One of :data:`LIMITS`; nothing of this folder is watched then.
        """
        for path in self._below(folder):
            try:
                self._paths[self._inotify.add_watch(path, self._mask)] = path
            except OSError as error:
                if error.errno in LIMITS:
                    self.remove(folder)
                    raise
                # It went in between, or may not be looked into: then a scan says so.

    def _below(self, folder: str) -> Iterator[str]:
        stack, visited = [folder], set[tuple[int, int]]()
        while stack:
            path = stack.pop()
            with suppress(OSError):
                stat = os.stat(path)
                if (stat.st_dev, stat.st_ino) in visited:
                    continue
                visited.add((stat.st_dev, stat.st_ino))
                yield path  # watched before it is read, so that nothing comes unseen in between
                with os.scandir(path) as listing:
                    stack += [entry.path for entry in listing if entry.is_dir() and not self._passed_over(entry.name)]

    def remove(self, folder: str) -> None:
        """Watch a folder and all below it no more."""
        below = os.path.join(folder, "")
        for watch in [watch for watch, path in self._paths.items() if path == folder or path.startswith(below)]:
            del self._paths[watch]
            with suppress(OSError):  # it is gone already
                self._inotify.rm_watch(watch)

    def read(self, seconds: float) -> list[Happened]:
        """Wait at most so many seconds for something to happen, and tell it."""
        return [happened for event in self._inotify.read(round(1000 * seconds)) for happened in self._told(*event)]

    def _told(self, watch: int, mask: int, cookie: int, name: str) -> Iterator[Happened]:
        flags = self._flags
        if mask & flags.Q_OVERFLOW:
            yield Happened(What.LOST, "")
            return
        if mask & flags.IGNORED:
            self._paths.pop(watch, None)
            return
        folder = self._paths.get(watch)
        if folder is None or not name:
            return
        path, is_folder = os.path.join(folder, name), bool(mask & flags.ISDIR)
        if mask & (flags.MOVED_FROM | flags.DELETE):
            if is_folder:
                self.remove(path)
            yield Happened(What.FOLDER_WENT if is_folder else What.WENT, path)
        elif not is_folder:
            yield Happened(What.CAME, path)
        elif not self._passed_over(name):
            yield self._watched(path)

    def _watched(self, folder: str) -> Happened:
        try:
            self.add(folder)
        except OSError:
            return Happened(What.LIMIT, folder)
        return Happened(What.FOLDER_CAME, folder)
