"""Calls to a file system, many of them at once where each takes long, as on a share in the network.

On a drive of this computer one call after the other is fastest: Python runs one thread at a time. Over a network each
call waits for an answer, and a million files in turn would take hours. How long calls take is measured by the way.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from operator import attrgetter
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

_Outcome = TypeVar("_Outcome")

# Calls are slow when they take this long on average (s), known from so many.
_SLOW_S = 0.001
_JUDGED = 20
_THREADS = 64
_FOLDERS = 48
# Entries that one thread looks at, one after the other.
_PIECE = 8


Entry = tuple[str, str, str, os.stat_result | OSError | None]
"""What stands in a folder: its path, its name, the name's extension, and what it is or why nobody can say.

None stands for what is only noted: nobody has asked what it is.

A plain tuple, because making millions of anything else is felt.
"""
PassOver = Callable[[bytes, Iterable[os.DirEntry[bytes]]], tuple[list[os.DirEntry[bytes]], int]]
"""Takes a folder and what stands in it, and gives what of that is to be looked at, and how many files are not."""


class Listed(NamedTuple):
    """What stands in a folder, by name, and how many more files that were passed over."""

    entries: list[Entry]
    passed: int = 0


class Ahead(Generic[_Outcome]):
    """Lists folders and reads files, ahead of who asks where calls are slow; all that comes out keeps its order.

    Parameters
    ----------
    skipped : collection of str
        Extensions of files that are left out.
    noted : collection of str
        Those of them of which it is enough that they are there.
    pass_over : callable, optional
        May pass over files where calls are quick.
    """

    FOLDERS = _FOLDERS

    def __init__(
        self, skipped: frozenset[str] = frozenset(), noted: frozenset[str] = frozenset(),
        pass_over: PassOver | None = None,
    ) -> None:  # fmt: skip
        self._skipped, self._noted, self._pass_over = skipped, noted, pass_over
        self._seconds, self._calls = 0.0, 0
        self._listing: dict[str, Future[Listed | OSError]] = {}
        self._coming: deque[Future[_Outcome | None] | _Outcome] = deque()
        self._pools: list[ThreadPoolExecutor] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)

    @property
    def is_worth_it(self) -> bool:
        """Whether calls are slow, so that it helps to :meth:`begin`."""
        return bool(self._pools) or (self._calls >= _JUDGED and self._seconds >= _SLOW_S * self._calls)

    def begin(self, folders: Sequence[str]) -> None:
        """Begin to list folders that are going to be asked for."""
        # Those that list wait for those that look at entries, so the latter are others.
        self._pools = self._pools or [ThreadPoolExecutor(_THREADS, thread_name_prefix="scan") for _ in range(2)]
        for folder in folders:
            if folder not in self._listing:
                self._listing[folder] = self._pools[0].submit(self._list, folder)

    def listed(self, folder: str) -> Listed | OSError:
        """Give what stands in a folder, or why it cannot be listed."""
        if (begun := self._listing.pop(folder, None)) is not None:
            return begun.result()
        began = time.perf_counter()
        found = self._list(folder)
        self._seconds += time.perf_counter() - began
        self._calls += 1 + (0 if isinstance(found, OSError) else len(found.entries) + found.passed)
        return found

    def _list(self, folder: str) -> Listed | OSError:
        passed = 0
        try:
            name = os.fsencode(folder)
            with os.scandir(name) as listing:
                if self._pass_over is None or self._pools:
                    entries = list(listing)
                else:
                    entries, passed = self._pass_over(name, listing)
        except OSError as error:
            return error
        entries.sort(key=attrgetter("name"))
        if not self._pools or len(entries) <= _PIECE:
            return Listed(self._look(folder, entries), passed)
        pieces = (entries[start : start + _PIECE] for start in range(0, len(entries), _PIECE))
        return Listed(list(chain.from_iterable(self._pools[1].map(partial(self._look, folder), pieces))))

    def _look(self, folder: str, entries: Sequence[os.DirEntry[bytes]]) -> list[Entry]:
        looked, within = list[Entry](), os.path.join(folder, "")
        for entry in entries:
            name = os.fsdecode(entry.name)
            path = within + name
            # As sniff.extension has it: a call for each of a million files is felt.
            _, dot, last = name.rpartition(".")
            suffix = last.lower() if dot else ""
            try:
                if suffix in self._skipped and not entry.is_dir():
                    if suffix in self._noted:
                        looked.append((path, name, suffix, None))
                    continue
                looked.append((path, name, suffix, entry.stat()))
            except OSError as error:
                looked.append((path, name, suffix, error))
        return looked

    def then(self, outcome: _Outcome) -> Iterator[_Outcome]:
        """Take an outcome; yields it, or, while others before it are still to come, those that are there."""
        if not self._coming:
            yield outcome
            return
        self._coming.append(outcome)
        yield from self._ready()

    def read(self, read: Callable[[], _Outcome | None]) -> Iterator[_Outcome]:
        """Have something read, now or, where calls are slow, by and by; yields what is there."""
        if not self._pools:
            began, computed = time.perf_counter(), time.thread_time()
            outcome = read()
            self._seconds += time.perf_counter() - began - (time.thread_time() - computed)
            self._calls += 3  # to open, read and close
            if outcome is not None:
                yield outcome
            return
        self._coming.append(self._pools[1].submit(read))
        yield from self._ready()

    def _ready(self) -> Iterator[_Outcome]:
        """Yield what is there, and wait for the first where too many are to come."""
        while self._coming:
            first = self._coming[0]
            if isinstance(first, Future):
                if len(self._coming) < 2 * _THREADS and not first.done():
                    return
                outcome = first.result()
            else:
                outcome = first
            self._coming.popleft()
            if outcome is not None:
                yield outcome

    def rest(self) -> Iterator[_Outcome]:
        """Yield all that is still to come."""
        while self._coming:
            first = self._coming.popleft()
            outcome = first.result() if isinstance(first, Future) else first
            if outcome is not None:
                yield outcome
