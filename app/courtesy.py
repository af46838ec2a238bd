"""The window goes first: other threads wait while it paints.

Python runs one thread at a time. While a table is painted, Qt enters and leaves Python for every cell, and
each time another busy thread may take the turn; a repaint of 10 ms then takes 200 ms. There is one
interpreter lock, so there is one of these.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")
# The longest that anybody waits, so that a window that never stops painting does not stop the work.
_PATIENCE_S = 0.05

_free = threading.Event()
_free.set()


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
    if not _free.is_set():
        _free.wait(_PATIENCE_S)


def politely(values: Iterable[_T]) -> Iterator[_T]:
    """Give way before each value."""
    for value in values:
        give_way()
        yield value
