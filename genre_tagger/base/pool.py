"""Work on many items with several threads, one outcome for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

_Item = TypeVar("_Item")
_Outcome = TypeVar("_Outcome")


def outcomes(
    work: Callable[[_Item], _Outcome], items: Iterable[_Item], *, workers: int | None = None, name: str = "pool"
) -> Generator[_Outcome]:
    """Do `work` on every item, on several threads.

    `items` is consumed as it goes, in the calling thread, and only a few items ahead of the outcomes. Closing the
    generator drops what has not begun and waits for what has; no thread goes on.

    Parameters
    ----------
    work : callable
        What to do with an item; must be safe to be called from several threads.
    items : iterable
        What to do it with.
    workers : int or None
        How many items to work on at once; None means one for each core that this program may use.
    name : str
        Of the threads.

    Yields
    ------
    object
        What `work` returned, in the order in which it is done.
    """
    upcoming = iter(items)
    count = workers or _cores()
    pool = ThreadPoolExecutor(count, thread_name_prefix=name)
    running: set[Future[_Outcome]] = set()
    try:
        while True:
            # Twice as many as there are workers: none of them waits while outcomes are being stored.
            for item in islice(upcoming, 2 * count - len(running)):
                running.add(pool.submit(work, item))
            if not running:
                return
            finished = wait(running, return_when=FIRST_COMPLETED).done.pop()
            running.remove(finished)
            yield finished.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    """Cores that this program may use, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
