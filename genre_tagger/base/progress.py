"""Progress of long work: an estimate of the time left, and a line on standard error."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import Self

_EVERY_TERMINAL_S = 0.1
_EVERY_LOG_S = 5.0
# The pace is measured over so many seconds; there is an estimate after a few, and each new one moves it by this share.
_WINDOW_S = 30.0
_FIRST_AFTER_S = 3.0
_SMOOTH = 0.15


class Pace:
    """Estimates how long the rest takes from the pace of the last half minute, smoothed."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._estimate: float | None = None

    def seconds_left(self, done: int, total: int | None, now: float) -> float | None:
        """Take note of how far the work is, and estimate how long the rest takes.

        Parameters
        ----------
        done, total : int
            How many are done of how many; None while the total is unknown.
        now : float
            The time, in seconds, of a clock that never goes back.

        Returns
        -------
        float or None
            Seconds; None until an estimate is worth showing.
        """
        self._marks.append((now, done))
        # Where marks are farther apart than the window, the last two are taken.
        while len(self._marks) > 2 and now - self._marks[1][0] >= _WINDOW_S:
            self._marks.popleft()
        began_at, done_then = self._marks[0]
        if total is None or now - began_at < _FIRST_AFTER_S or done <= done_then:
            return None if total is None else self._estimate
        estimate = max(0, total - done) * (now - began_at) / (done - done_then)
        self._estimate = estimate if self._estimate is None else self._estimate + _SMOOTH * (estimate - self._estimate)
        return self._estimate


def in_words(seconds: float) -> str:
    """Say a duration as people do.

    Examples
    --------
    >>> in_words(42.3), in_words(100), in_words(7300)
    ('42 s', '1 min 40 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class Progress:
    """A line on standard error: rewritten in place on a terminal, now and then a new one in a log.

    Parameters
    ----------
    title : str
        What is going on.
    quiet : bool
        Say nothing.
    total : int, optional
        The number of files, when it is known.
    """

    def __init__(self, title: str, quiet: bool, total: int | None = None) -> None:
        self._title = title
        self._quiet = quiet
        self._total = total
        self._terminal = sys.stderr.isatty()
        start = time.monotonic()
        self._pace = Pace()
        self._pace.seconds_left(0, total, start)
        self._due = start + (0 if self._terminal else _EVERY_LOG_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal and not self._quiet:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, done: int) -> None:
        """Show that `done` files are done."""
        now = time.monotonic()
        if self._quiet or now < self._due:
            return
        self._due = now + (_EVERY_TERMINAL_S if self._terminal else _EVERY_LOG_S)
        of = f" of {self._total}" if self._total else ""
        seconds = self._pace.seconds_left(done, self._total or None, now)
        text = f"{self._title}: {done}{of} files" + (f", {in_words(seconds)} left" if seconds is not None else "")
        print(f"\r\x1b[K{text}" if self._terminal else text, end="" if self._terminal else "\n",
              file=sys.stderr, flush=True)  # fmt: skip
