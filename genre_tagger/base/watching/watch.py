"""Watching folders: the system tells what happens in them, where it can; else they are looked through again and again.

The loop is a generator that yields several times a second, so that whoever runs it can stop.
"""

from __future__ import annotations

import contextlib
import os
import stat as stat_module
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from genre_tagger.base.watching.settling import Settling
from genre_tagger.base.watching.tree import LIMITS, Happened, Tree, What, is_shared

STILL_S = 3.0
"""Seconds for which a file has to stay the same before it counts as whole."""

_TICK_S = 0.25
_LOOK_S = 60.0  # between two looks where the system tells nothing
_SHARE = 30  # a look may take a thirtieth of the time


class Music(Protocol):
    """What is looked for in folders."""

    def folder_passed_over(self, name: str) -> bool:
        """Say whether a folder of this name is left alone with all below."""

    def file_wanted(self, path: str) -> bool:
        """Say of a file's path whether it may be looked for."""

    def stamps(self, folder: str) -> Iterator[tuple[str, tuple[int, int]] | None]:
        """Give path, size and time of change (ns) of all files below; None at times, to be stopped at."""


class How(Enum):
    """How a folder is watched."""

    TOLD = "told"
    LOOKED = "looked"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Came:
    """Files that came or changed and are whole, and folders that have to be looked through: something went there."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder is watched in another way from now on; `limit` says that it is because of the system's limit."""

    folder: str
    how: How
    limit: bool = False


@dataclass
class _Root:
    folder: str
    how: How | None = None
    identity: tuple[int, int] | None = None
    was_there: bool = False
    known: dict[str, tuple[int, int]] | None = None
    look_at: float = 0.0


def watch(
    folders: Sequence[str],
    music: Music,
    *,
    still: float = STILL_S,
    tick: float = _TICK_S,
    look_every: float = _LOOK_S,
    tree: Callable[[Callable[[str], bool]], Tree] = Tree,
) -> Generator[Came | Watched | None]:
    """Watch folders until the generator is closed.

    What is there at the beginning is not told, but for a folder that is not there and comes.

    Parameters
    ----------
    folders : sequence of str
        With all that lies below.
    music : Music
        What is looked for.
    still : float
        Seconds for which a file has to stay the same before it is told.
    tick : float
        Seconds between two yields at most, but for a look through a folder.
    look_every : float
        Seconds between two looks through a folder of which the system tells nothing.
    tree : callable
        Makes what asks the system.

    Yields
    ------
    Came or Watched or None
        None when nothing happened.
    """
    watching = _Watching([os.path.abspath(folder) for folder in folders], music, still, look_every)
    with contextlib.closing(watching):
        try:
            watching.tree = tree(music.folder_passed_over)
        except OSError as error:
            watching.limited = error.errno in LIMITS
        while True:
            yield from watching.step(tick)


class _Watching:
    def __init__(self, folders: Sequence[str], music: Music, still: float, look_every: float) -> None:
        self.tree: Tree | None = None
        self.limited = False
        self._music, self._look_every = music, look_every
        # The library may hold single files; one of them tells nothing of others.
        self._roots = [_Root(folder) for folder in dict.fromkeys(folders) if not os.path.isfile(folder)]
        self._settling = Settling(still)

    def close(self) -> None:
        if self.tree is not None:
            self.tree.close()

    def step(self, tick: float) -> Iterator[Came | Watched | None]:
        for root in self._roots:
            yield from self._check(root)
        for happened in self._wait(tick):
            yield from self._take(happened)
        for root in self._roots:
            if root.how is How.LOOKED and time.monotonic() >= root.look_at:
                yield from self._look(root)
        settled = self._settling.settled(time.monotonic())
        yield Came(tuple(settled)) if settled else None

    def _wait(self, tick: float) -> list[Happened]:
        if self.tree is not None and len(self.tree):
            return self.tree.read(tick)
        time.sleep(tick)
        return []

    # --- whether folders are there -------------------------------------------------------------------

    def _check(self, root: _Root) -> Iterator[Watched]:
        """Follow a folder that vanishes and comes back, as one on a drive does that is unplugged."""
        identity = _identity(root.folder)
        if identity == root.identity and root.how is not None:
            return
        if root.was_there and _is_empty(root.folder):
            identity = None  # the place where a drive was plugged in
        if identity is None and root.how is How.GONE:
            return
        came_back = root.how is not None
        if self.tree is not None:
            self.tree.remove(root.folder)
        self._settling.forget(root.folder)
        root.identity, root.known = identity, None
        if identity is None:
            root.how = How.GONE
            yield Watched(root.folder, How.GONE)
            return
        root.was_there = True
        yield self._begin(root)
        if came_back:
            self._settling.look_through(root.folder, time.monotonic())

    def _begin(self, root: _Root) -> Watched:
        limit, shared = self.limited, is_shared(root.folder)
        try:
            if self.tree is not None and not shared:
                self.tree.add(root.folder)
        except OSError:
            limit = True
        root.how = How.LOOKED if self.tree is None or limit or shared else How.TOLD
        root.look_at = time.monotonic()
        return Watched(root.folder, root.how, limit=limit)

    def _root_of(self, path: str) -> _Root | None:
        holding = [root for root in self._roots if path.startswith(os.path.join(root.folder, ""))]
        return max(holding, key=lambda root: len(root.folder), default=None)

    # --- what the system tells -----------------------------------------------------------------------

    def _take(self, happened: Happened) -> Iterator[Watched]:
        now = time.monotonic()
        what, path = happened
        if what is What.CAME:
            if self._music.file_wanted(path):
                self._settling.came(path, now)
        elif what is What.WENT:
            if self._music.file_wanted(path):
                self._settling.went(path, now)
        elif what is What.FOLDER_WENT:
            self._settling.forget(path)
            self._settling.went(path, now)
        elif what is What.FOLDER_CAME:
            for seen in self._music.stamps(path):
                if seen is not None:
                    self._settling.came(seen[0], now)
        elif what is What.LOST:
            for each in self._roots:
                self._settling.look_through(each.folder, now)
        elif (root := self._root_of(path)) is not None and self.tree is not None:
            self.tree.remove(root.folder)
            root.how, root.look_at = How.LOOKED, now
            self._settling.look_through(root.folder, now)
            yield Watched(root.folder, How.LOOKED, limit=True)

    # --- looking -------------------------------------------------------------------------------------

    def _look(self, root: _Root) -> Iterator[None]:
        """Compare a folder with how it was at the last look; the first look tells nothing."""
        began, found = time.monotonic(), dict[str, tuple[int, int]]()
        for seen in self._music.stamps(root.folder):
            if seen is None:
                yield None
            else:
                found[seen[0]] = seen[1]
        now, before = time.monotonic(), root.known
        if _identity(root.folder) != root.identity:
            return  # it went while it was looked through
        root.known = found
        root.look_at = now + max(self._look_every, _SHARE * (now - began))
        if before is None:
            return
        for path, stamp in found.items():
            if before.get(path) != stamp:
                self._settling.came(path, now)
        for path in before.keys() - found.keys():
            self._settling.went(path, now)


def _identity(folder: str) -> tuple[int, int] | None:
    """Device and inode of a folder; None if it is not there."""
    try:
        stat = os.stat(folder)
        return (stat.st_dev, stat.st_ino) if stat_module.S_ISDIR(stat.st_mode) else None
    except OSError:
        return None


def _is_empty(folder: str) -> bool:
    try:
        with os.scandir(folder) as listing:
            return next(listing, None) is None
    except OSError:
        return True
