"""Standard error is for our own words: what native libraries print there goes into the log.

libmpg123 inside libsndfile and LiteRT write remarks to C's stream ``stderr`` and cannot be told otherwise from Python.
That stream is a variable of the C library, so it alone is pointed elsewhere: to a pipe which a thread reads line by
line into :mod:`logging`. Descriptor 2 is never touched. Python's own words, tracebacks, faulthandler and programs that
we start have it as before, and nothing is turned aside for a moment while another thread writes to it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

_log = logging.getLogger(__name__)

# A line that nobody else writes: whoever waits for what was said before has put it behind that.
_MARK = b"\0genre-tagger\0\n"
# How often, and how many seconds each time, to wait until all that was said is in the log.
_TRIES, _TRY_S = 20, 0.05
# C's constant for a stream that is written line by line, in glibc, and how much it gathers: what a pipe takes whole.
_LINES, _GATHERED = 1, 4096


@contextlib.contextmanager
def only_our_words() -> Iterator[None]:
    """Have what native libraries print logged, at level INFO, instead of shown on standard error.

    For as long as the program runs. May be entered again inside, and by several threads. Where the C library is not
    glibc, it does nothing.
    """
    diversion = _diversion()
    if diversion is None:
        yield
        return
    if sys.__stderr__ is not None and not faulthandler.is_enabled():
        # The last words of an interpreter that crashes go the way of the native ones; this tells of it as ever.
        faulthandler.enable(2)
    diversion.begin()
    try:
        yield
    finally:
        diversion.end()


class _Diversion:
    """C's ``stderr``, the pipe it can be pointed to, and the thread that reads it; they stay until the process ends.

    Nothing of it is ever closed: a thread of a library may have taken hold of the stream just before it is pointed
    back, and its words must not get into a file that has been given the number of a closed one.
    """

    def __init__(self, libc: Any) -> None:
        import ctypes

        self._lock = threading.Lock()
        self._users = 0
        self._caught_up = threading.Event()
        reading, self._writing = os.pipe()
        # What does not fit is lost. Who waited would wait for ever if he had Python's lock, which the reader needs.
        os.set_blocking(self._writing, False)
        libc.fdopen.restype = ctypes.c_void_p
        libc.setvbuf.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t]
        libc.fflush.argtypes = [ctypes.c_void_p]
        self._flush = libc.fflush
        self._variable = ctypes.c_void_p.in_dll(libc, "stderr")
        self._usual, self._ours = self._variable.value, libc.fdopen(self._writing, b"w")
        libc.setvbuf(self._ours, None, _LINES, _GATHERED)
        threading.Thread(target=self._read, args=[reading], name="native words", daemon=True).start()

    def begin(self) -> None:
        """Point the stream to the pipe."""
        with self._lock:
            self._users += 1
            self._variable.value = self._ours

    def end(self) -> None:
        """Point the stream back when the last user goes, and wait until what was said is in the log."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            self._variable.value = self._usual
            self._flush(self._ours)
            self._caught_up.clear()
            for _ in range(_TRIES):
                with contextlib.suppress(BlockingIOError):  # the pipe is full
                    os.write(self._writing, b"\n" + _MARK)  # behind a line that has no end
                if self._caught_up.wait(_TRY_S):
                    return

    def _read(self, reading: int) -> None:
        with open(reading, "rb") as said:
            for line in said:
                if line == _MARK:
                    self._caught_up.set()
                elif text := line.decode(errors="replace").strip():
                    _log.info("%s", text)


@cache
def _diversion() -> _Diversion | None:
    """Make it when it is first wanted; None where C's ``stderr`` is no variable that may be set."""
    import ctypes

    try:
        libc = ctypes.CDLL(None)
        libc.gnu_get_libc_version  # noqa: B018 — others keep it where nobody may write
    except (OSError, TypeError, AttributeError):
        return None
    return _Diversion(libc)
