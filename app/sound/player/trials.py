"""Files are decoded by another process before Qt decodes them here: which part of one came through that well."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from functools import partial

from app.jobs.loader import Loader

# So much (s) is tried at once, so that a file of nine hours costs no more than a song. What is wanted of a longer file
# is tried from so long before it on, unless it lies within the first stretch.
_STRETCH, _BEFORE = 600.0, 2.0
# A trial that is going on when all is over may take so long to break off.
_BREAK_OFF_S = 2.0

Part = tuple[float, float]
Told = Callable[[str], None]


class Trials:
    """Knows what of the file that is played is in order; what is learned of others is kept for when they are."""

    def __init__(self) -> None:
        self._loader = Loader()  # its thread may outlive this for a while
        self._parts: dict[tuple[object, ...], Part] = {}  # for the loader's thread alone
        self._part = (0.0, 0.0)
        self._is_on = False

    def begin(self, path: str, at: float, told: Told) -> None:
        """Try a file from around a place (s) on; `told` hears "" when more is known, or what is wrong with the file."""
        self._is_on = True
        self._loader.ask(("open",), partial(_try, path, at, self._parts), partial(self._take, told))

    def go_on(self, path: str, at: float, told: Told) -> None:
        """See to it that what comes behind a place is tried in time."""
        if not self._is_on:
            self.begin(path, at, told)

    def prepare(self, path: str, at: float) -> None:
        """Try a file that is going to be played from there on, when nothing else is to be done."""
        self._loader.ask(("ahead", path), partial(_try, path, at, self._parts), lambda _: None, later=True)

    def reach(self, seconds: float) -> bool:
        """Whether the file is known to be in order there."""
        return self._part[0] <= seconds <= self._part[1]

    def busy(self) -> bool:
        """Whether anything is tried."""
        return self._loader.busy()

    def end(self) -> None:
        """Nothing is played any more."""
        self._loader.drop("open")
        self._part, self._is_on = (0.0, 0.0), False

    def stop(self) -> None:
        """Let go of the thread."""
        self._loader.stop(_BREAK_OFF_S)

    def _take(self, told: Told, answer: Part | str | None) -> None:
        if isinstance(answer, tuple):
            self._part = answer
        else:
            self._is_on = False
        told(answer if isinstance(answer, str) else "")


def _try(path: str, at: float, parts: dict[tuple[object, ...], Part], wanted: Callable[[], bool]) -> Iterator[
    Part | str | None
]:
    """Tell which part of a file can be played, more and more of it, or what it does to decoders; None at the end.

    What a decoder refuses in good order does no harm here either: Qt's word on it is to be heard.
    """
    from genre_tagger.base.errors import DecodeError
    from genre_tagger.sound.audio import trial
    from genre_tagger.sound.decoding.limits import HARM

    known, begin = _named(path), 0.0 if at < _STRETCH else at - _BEFORE
    low, high = parts.get(known, (begin, begin))
    if not low <= at <= high + _STRETCH:
        low, high = begin, begin
    try:
        for seconds in trial(path, offset=high, seconds=at + _STRETCH - high) if high < at + _STRETCH else ():
            if not wanted():
                return
            parts[known] = low, seconds
            yield parts[known]
    except DecodeError as error:
        if error.reason in HARM:
            yield error.reason
            return
        parts[known] = low, math.inf
    yield parts[known]
    yield None


def _named(path: str) -> tuple[object, ...]:
    """What a file is known by; another one of that name is another file."""
    with contextlib.suppress(OSError):
        stat = os.stat(path)
        return path, stat.st_size, stat.st_mtime_ns
    return (path,)
