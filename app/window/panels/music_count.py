"""About how much music lies in a folder: counted away from the window, for no longer than one cares to wait."""

from __future__ import annotations

import os
import threading
import time

from app.jobs.queue import attempt
from app.jobs.window_first import give_way
from app.look import words

# Whoever looks at the number wants an idea of it, not the last file on a slow drive.
_PATIENCE_S = 5.0


class MusicCount:
    """Counts on a thread of its own; `files`, `over` and `there` may be looked at meanwhile.

    Attributes
    ----------
    files : int
        Music files found so far, told by their endings.
    over : bool
        Whether it has ended; `whole` then says whether it has seen everything.
    there : bool
        False when there is no such folder.
    """

    def __init__(self, folder: str) -> None:
        self.files = 0
        self.over = self.whole = False
        self.there = True
        self._folder = folder
        self._stopped = threading.Event()
        self._begun = False

    def start(self) -> None:
        """Begin, unless it has begun. The thread is let go of: a drive that does not answer holds nothing else."""
        if not self._begun:
            self._begun = True
            threading.Thread(target=lambda: attempt(self._count), name="count", daemon=True).start()

    def stop(self) -> None:
        """End it soon."""
        self._stopped.set()

    def sentence(self) -> str:
        """Say in a few words what is known by now."""
        if not self.there:
            return words.tr("This folder is not there")
        if not self.over:
            return words.tr("Counting…") if not self.files else words.tr("{} so far…").format(_music(self.files))
        if not self.files:
            return words.tr("No music in it yet") if self.whole else ""
        if not self.whole:
            return words.tr("More than {}").format(_music(_rounded(self.files, down=True)))
        return _music(self.files) if self.files < 100 else words.tr("About {}").format(_music(_rounded(self.files)))

    def _count(self) -> None:
        try:
            self.there = os.path.isdir(self._folder)
            self.whole = self.there and self._walk()
        finally:
            self.over = True

    def _walk(self) -> bool:
        """Count below the folder as a scan would walk; return whether it came to the end."""
        from genre_tagger.files.sniff import EXTENSIONS, extension  # not before the window is seen

        end = time.monotonic() + _PATIENCE_S
        stack, seen = [self._folder], set()
        while stack:
            give_way()
            if self._stopped.is_set() or time.monotonic() > end:
                return False
            try:
                stat = os.stat(folder := stack.pop())
                if (stat.st_dev, stat.st_ino) in seen:
                    continue
                seen.add((stat.st_dev, stat.st_ino))
                with os.scandir(folder) as listing:
                    entries = [entry for entry in listing if not entry.name.startswith(".")]
            except OSError:
                continue
            stack.extend(entry.path for entry in entries if _is_folder(entry))
            self.files += sum(extension(entry.name) in EXTENSIONS for entry in entries)
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _rounded(count: int, *, down: bool = False) -> int:
    """Leave two digits that mean something."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return (count // step if down else round(count / step)) * step


def _music(count: int) -> str:
    return words.tr("1 music file") if count == 1 else words.tr("{} music files").format(words.number(count))
