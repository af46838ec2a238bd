"""The window goes first: what keeps it moving while other threads of this process work.

Python runs one thread at a time. While a table is painted, Qt enters and leaves Python for every cell, and
each time another busy thread may take the turn; so the others wait until it is painted. A full garbage
collection stops all threads; so it is kept from looking through what lives as long as the program anyway.
Scrolling in 100,000 rows during a job: longest standstill 31 ms, without this module 131 ms.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")
# The longest that anybody waits, so that a window that is stuck does not stop the work.
_PATIENCE_S = 0.05

# A thread that wants its turn waits so long (s) for one that computes; Python's own 5 ms are many frames' worth.
_TURN_S = 0.001
# The young are looked through in a few ms; all there is, only after some fifty million new objects.
_COLLECT_AFTER = (5_000, 10, 1_000)

_free = threading.Event()
_free.set()


def settle() -> None:
    """Take what is there for what stays; to be called once, when the window is shown."""
    gc.collect()
    gc.freeze()
    gc.enable()  # main put it off
    gc.set_threshold(*_COLLECT_AFTER)
    sys.setswitchinterval(_TURN_S)


@contextlib.contextmanager
def going_first() -> Iterator[None]:
    """Let the other threads wait; for the window's thread."""
    _free.clear()
    try:
        yield
    finally:
        _free.set()


def give_way() -> None:
    """Wait while the window paints; for the other threads, to be called often."""
    if not _free.is_set() and not _free.wait(_PATIENCE_S):
        _free.set()


def politely(values: Iterable[_T]) -> Iterator[_T]:
    """Give way before each value."""
    for value in values:
        give_way()
        yield value
