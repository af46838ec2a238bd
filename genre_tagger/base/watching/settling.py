"""What has come and is not known to be whole yet: files are handed on once they stay as they are for a while."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass
class _Waiting:
    """A file: its size and time of change when it was looked at last, and since when they are the same (s)."""

    stamp: tuple[int, int] | None
    since: float


class Settling:
    """Files that may still be written, what went and may come back at once, and folders to be looked through.

    Parameters
    ----------
    still : float
        Seconds for which a file has to stay the same, and what went has to stay away.
    """

    def __init__(self, still: float) -> None:
        self._still = still
        self._files: dict[str, _Waiting] = {}
        self._gone: dict[str, float] = {}
        self._folders: dict[str, float] = {}

    def __len__(self) -> int:
        """How much is waited for."""
        return len(self._files) + len(self._gone) + len(self._folders)

    def came(self, path: str, now: float) -> None:
        """Take a file that came or changed; `now` in seconds of any clock."""
        self._files[path] = _Waiting(None, now)

    def went(self, path: str, now: float) -> None:
        """Take a file or folder that went."""
        self._gone[path] = now

    def look_through(self, folder: str, now: float) -> None:
        """Take a folder that has to be looked through."""
        self._folders[folder] = now

    def forget(self, folder: str) -> None:
        """Wait no more for what is at or below a folder."""
        below = os.path.join(folder, "")
        for waiting in (self._files, self._gone, self._folders):
            for path in [path for path in waiting if path == folder or path.startswith(below)]:
                del waiting[path]

    def settled(self, now: float) -> list[str]:
        """Hand on what is whole: files, and folders that are to be looked through; no folder below another."""
        files = [path for path, waiting in list(self._files.items()) if self._is_whole(path, waiting, now)]
        for path in files:
            del self._files[path]
        folders = [*self._due(self._folders, now)]
        folders += [os.path.dirname(path) for path in self._due(self._gone, now) if not os.path.lexists(path)]
        tops = {_there(folder) for folder in folders} - {""}
        tops = {folder for folder in tops if not any(_is_below(folder, other) for other in tops)}
        return [*(path for path in files if not any(_is_below(path, folder) for folder in tops)), *sorted(tops)]

    def _due(self, waiting: dict[str, float], now: float) -> list[str]:
        due = [path for path, since in waiting.items() if now - since >= self._still]
        for path in due:
            del waiting[path]
        return due

    def _is_whole(self, path: str, waiting: _Waiting, now: float) -> bool:
        if waiting.stamp is not None and now - waiting.since < self._still:
            return False
        try:
            stat = os.stat(path)
        except OSError:
            del self._files[path]  # it went again, as copies under a temporary name do
            return False
        stamp = (stat.st_size, stat.st_mtime_ns)
        if stamp == waiting.stamp:
            return True
        waiting.stamp, waiting.since = stamp, now
        return False


def _is_below(path: str, folder: str) -> bool:
    return path != folder and path.startswith(os.path.join(folder, ""))


def _there(folder: str) -> str:
    """The folder, or the nearest above it that is there; "" for none."""
    while folder and not os.path.isdir(folder):
        above = os.path.dirname(folder)
        folder = above if above != folder else ""
    return folder
