"""What a decoder may take, and how each side sees to it: the process by the system, the program by looking at it.

Time counts by what it is spent on. Computing is limited by the system, so a decoder for which a busy machine has no
processor loses nothing; sleeping is limited by the program, and waiting for a drive is no sleep.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from genre_tagger.base.limits import lower

if TYPE_CHECKING:
    from genre_tagger.sound.decoders import Blocks, Decoder, Sound

if sys.platform != "win32":
    import resource

CRASHED = "The sound of this file could not be read: the decoder crashed over it."
STUCK = "The sound of this file could not be read: the decoder got stuck in it and was stopped."
GREEDY = "The sound of this file could not be read: decoding it takes too much memory."
SILENT_DRIVE = "The sound of this file could not be read: the drive it lies on gave no answer. Try again when it does."
#: After these nothing else should open the file either.
HARM = (CRASHED, STUCK, GREEDY, SILENT_DRIVE)

# How often (s) limits are renewed while a decoder gets on.
_PULSE_S = 0.25
# Bytes read for one stretch of sound: so many times the file, and so many more. Some containers are read in leaps.
_TIMES, _MORE = 8, 1 << 24
# Bytes that hold what Linux tells of a process's reading.
_IO = 512
# Where nobody can see what a process does, it may be silent for so long (s).
_UNSEEN_S = 30.0
# What the kernel calls the waiting for a drive that a program serves; others show by their state.
_SERVED = "fuse", "request_wait_answer"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a decoder may take.

    Attributes
    ----------
    memory : int
        Bytes of address space beside what the process has when it starts.
    files : int
        Open files.
    processor, asleep, drive : float
        Seconds of computing, of sleep, and of waiting for a drive, from one block of sound to the next.
    idle : float
        Seconds after which a process goes that has nothing to do.
    """

    memory: int = 1 << 30
    files: int = 64
    processor: float = 7.0
    asleep: float = 6.0
    drive: float = 120.0
    idle: float = 120.0


class Pulse(ctypes.Structure):
    """What both sides see of how a decoder gets on: blocks so far, and which decoder is at work, or -1."""

    _fields_ = [("beats", ctypes.c_int64), ("decoder", ctypes.c_int64)]


# --- in the program ----------------------------------------------------------------------------------


class Patience:
    """How long the program waits for a process.

    Parameters
    ----------
    limits : Limits
    process : int
        Its number.
    pulse : Pulse
        How it gets on.
    """

    def __init__(self, limits: Limits, process: int, pulse: Any) -> None:
        self._limits, self._process, self._pulse = limits, process, pulse
        #: How often (s) it is to be looked at.
        self.look_s = min(1.0, limits.asleep / 4)
        self._begin()

    def _begin(self) -> None:
        self._beats, self._last = self._pulse.beats, time.monotonic()
        self._rest = {"S": self._limits.asleep, "D": self._limits.drive, "?": min(_UNSEEN_S, self._limits.drive)}

    def ended(self) -> str:
        """Look at it; why it is waited for no longer, or nothing."""
        if self._pulse.beats != self._beats:
            self._begin()
        now = time.monotonic()
        state = _state(self._process)
        if state != "R":  # then it computes, which the system counts, or stands in line for a processor
            self._rest[state if state in self._rest else "?"] -= now - self._last
        self._last = now
        spent = [state for state, seconds in self._rest.items() if seconds < 0]
        return (SILENT_DRIVE if "D" in spent else STUCK) if spent else ""


def _state(process: int) -> str:
    """Tell whether a process computes or would (R), sleeps (S), waits for a drive (D), or that nobody knows (?)."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            state = file.read().rpartition(")")[2].split()[0]
        if state == "S":
            with open(f"/proc/{process}/wchan", encoding="ascii") as file:
                asleep_in = file.read()
            return "D" if any(name in asleep_in for name in _SERVED) else state
    except OSError:
        return "?"
    return state


# --- in the process ----------------------------------------------------------------------------------


class Alive:
    """Renews the limits whenever a decoder has got on, and tells the other side."""

    def __init__(self, pulse: Any, limits: Limits) -> None:
        self._pulse, self._limits = pulse, limits
        self._due = 0.0
        self._read = _Read()
        #: Whether a decoder asked for more memory than there is; and whether that was the last one, and no block after.
        self.spent = self.greedy = False

    def beat(self, decoder: int) -> None:
        """Say that a decoder, by its number, is at work and gets on."""
        self._pulse.beats += 1
        self._pulse.decoder = decoder
        self.greedy = False
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _PULSE_S
            _allow(self._limits)
            self._read.look()

    def rest(self) -> None:
        """Say that no decoder is at work."""
        self._due = 0.0
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def not_of_the_file(self, count: int) -> None:
        """Say that so many bytes were read from elsewhere."""
        self._read.elsewhere += count

    def watched(self, number: int, decoder: Decoder) -> Decoder:
        """Give a decoder that tells when it gets on, and is left when it finds more in a file than a file can hold."""

        @contextlib.contextmanager
        def opened(file: IO[bytes]) -> Iterator[Sound]:
            self.beat(number)
            size = os.fstat(file.fileno()).st_size
            try:
                with decoder(file) as sound:
                    self.beat(number)
                    yield replace(sound, blocks=lambda offset, seconds: told(sound.blocks(offset, seconds), size))
            except MemoryError:
                self.spent = self.greedy = True
                raise

        def told(blocks: Blocks, size: int) -> Blocks:
            most = float(size)  # no codec spends less than a byte on a second
            self._read.begin(_TIMES * size + _MORE)
            for block, rate in blocks:
                self.beat(number)
                most -= len(block) / max(rate, 1)
                yield block, rate
                if most < 0 or self._read.is_over(self._limits.processor):
                    return

        return opened


class _Read:
    """Whether what is decoded comes out of the file: its bytes were read not long ago, and not again and again."""

    def __init__(self) -> None:
        self._count, self._most, self._fresh = 0, 0, 0.0
        #: Bytes that came from elsewhere.
        self.elsewhere = 0

    def begin(self, most: int) -> None:
        """Expect so many bytes from now on, at most."""
        self._count = self._bytes()
        self._most = self._count + most
        self._fresh = time.process_time()

    def look(self) -> None:
        """See how many there are."""
        count = self._bytes()
        if count != self._count or not count:
            self._count, self._fresh = count, time.process_time()

    def is_over(self, seconds: float) -> bool:
        """Whether nothing more came for so many seconds of computing, or too much."""
        return time.process_time() - self._fresh > seconds or self._count > self._most

    def _bytes(self) -> int:
        """How many bytes of files this process has read so far; 0 where nobody knows."""
        try:
            with open("/proc/self/io", "rb", buffering=0) as file:
                told = file.read(_IO)
        except OSError:
            return 0
        count = int(told.split()[1]) - self.elsewhere
        self.elsewhere += len(told)
        return count


def bind(limits: Limits) -> None:
    """Bound memory and open files for good; what the C library says when it gives up goes nowhere from now on."""
    if sys.platform == "win32":
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the other side, which then closes the pipe
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lower(resource.RLIMIT_NOFILE, limits.files)
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        lower(resource.RLIMIT_AS, int(file.read().split()[0]) * resource.getpagesize() + limits.memory)


def _allow(limits: Limits) -> None:
    """Give a decoder its time from now on. The system ends it then, whatever lock it holds."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    lower(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime + limits.processor))
    # The program has ended it before, if the program still is.
    signal.setitimer(signal.ITIMER_REAL, 1.25 * limits.drive)
