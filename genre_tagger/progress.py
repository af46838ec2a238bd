"""How far a long command is and how long it will take, on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

_EVERY_TERMINAL_S = 0.1
_EVERY_LOG_S = 5.0


def seconds_left(done: int, total: int, elapsed: float) -> float | None:
    """Estimate the time left, in seconds, from the pace so far; None while there is no pace yet."""
    return elapsed / done * (total - done) if done > 0 and elapsed > 0.5 else None


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
        self._start = time.monotonic()
        self._due = self._start + (0 if self._terminal else _EVERY_LOG_S)

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
        left = seconds_left(done, self._total, now - self._start) if self._total else None
        text = f"{self._title}: {done}{of} files" + (f", {in_words(left)} left" if left is not None else "")
        print(f"\r\x1b[K{text}" if self._terminal else text, end="" if self._terminal else "\n",
              file=sys.stderr, flush=True)  # fmt: skip
