"""Calls to a file system, many of them at once where each takes long, as on a share in the network.

On a drive of this computer one call after the other is fastest: Python runs one thread at a time. Over a network each
call waits for an answer, and a million files in turn would take hours. How long calls take is measured by the way.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from operator import attrgetter
from types import TracebackType
from typing import Generic, Self, TypeVar

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


class Ahead(Generic[_Outcome]):
    """Lists folders and reads files, ahead of who asks where calls are slow; all that comes out keeps its order.

    Parameters
    ----------
    skipped : collection of str
        Extensions of files that are left out.
    noted : collection of str
        Those of them of which it is enough that they are there.
    """

    FOLDERS = _FOLDERS

    def __init__(self, skipped: frozenset[str] = frozenset(), noted: frozenset[str] = frozenset()) -> None:
        self._skipped, self._noted = skipped, noted
        self._seconds, self._calls = 0.0, 0
        self._listing: dict[str, Future[list[Entry] | OSError]] = {}
        self._coming: deque[Future[_Outcome | None] | _Outcome] = deque()
        self._pools: list[ThreadPoolExecutor] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, folders: Sequence[str]) -> None:
        """Begin to list folders that are going to be asked for, where calls are slow."""
        if not self._pools:
            if self._calls < _JUDGED or self._seconds < _SLOW_S * self._calls:
                return
            # Those that list wait for those that look at entries, so the latter are others.
            self._pools = [ThreadPoolExecutor(_THREADS, thread_name_prefix="scan") for _ in range(2)]
        for folder in folders:
            if folder not in self._listing:
                self._listing[folder] = self._pools[0].submit(self._list, folder)

    def listed(self, folder: str) -> list[Entry] | OSError:
        """Give what stands in a folder, by name, or why it cannot be listed."""
        if (begun := self._listing.pop(folder, None)) is not None:
            return begun.result()
        began = time.perf_counter()
        found = self._list(folder)
        self._seconds += time.perf_counter() - began
        self._calls += 1 + (0 if isinstance(found, OSError) else len(found))
        return found

    def _list(self, folder: str) -> list[Entry] | OSError:
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=attrgetter("name"))
        except OSError as error:
            return error
        if not self._pools or len(entries) <= _PIECE:
            return self._look(entries)
        pieces = (entries[start : start + _PIECE] for start in range(0, len(entries), _PIECE))
        return list(chain.from_iterable(self._pools[1].map(self._look, pieces)))

    def _look(self, entries: Sequence[os.DirEntry[str]]) -> list[Entry]:
        looked = list[Entry]()
        for entry in entries:
            name = entry.name
            # As sniff.extension has it: a call for each of a million files is felt.
            _, dot, last = name.rpartition(".")
            suffix = last.lower() if dot else ""
            try:
                if suffix in self._skipped and not entry.is_dir():
                    if suffix in self._noted:
                        looked.append((entry.path, name, suffix, None))
                    continue
                looked.append((entry.path, name, suffix, entry.stat()))
            except OSError as error:
                looked.append((entry.path, name, suffix, error))
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
