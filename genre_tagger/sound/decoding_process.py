"""Foreign bytes are decoded in processes of their own, with limits; samples come back through shared memory.

A decoder that crashes, gets stuck or takes memory without end costs its process and one file. The processes are started
when something is first decoded, stay for what comes next, go when nothing has come for two minutes, and know nothing of
the window. The two sides speak JSON over a pipe: a request, and for each item of the answer a line that says what
comes; its samples lie in a ring of slots in memory that both see.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import logging
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from genre_tagger.base.errors import DecodeError
from genre_tagger.base.limits import lower
from genre_tagger.base.stderr import only_our_words

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from genre_tagger.sound.decoders import Blocks, Decoder, Sound
    from genre_tagger.sound.samples import Item

if sys.platform != "win32":
    import resource

NAME = "genre-tagger-decoder"
DECODERS = "genre_tagger.sound.decoders"

CRASHED = "The sound of this file could not be read: the decoder crashed over it."
STUCK = "The sound of this file could not be read: the decoder got stuck in it and was stopped."
GREEDY = "The sound of this file could not be read: decoding it takes too much memory."
#: What a file has done to its decoder when these are said of it.
HARM = (CRASHED, STUCK, GREEDY)
_NO_PROCESS = "This file could not be read now: there is no room for another process. Close something and try again."

# The ring: so many slots of so many samples, 1 MB each.
_SLOTS, _SLOT = 4, 1 << 18
_START_S = 60.0
# How often (s) limits are renewed while a decoder gets on.
_PULSE_S = 0.25
# A file is given to so many processes at most, those included that went before they began.
_TRIES = 3
# An answer that is not wanted any more may take so long (s) to break off.
_BREAK_OFF_S = 1.0
# What the C library keeps of the memory that was freed: in blocks up to this size, and altogether; their names in C.
_KEPT_BLOCK, _KEPT = 1 << 25, 1 << 26
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_STARTING = threading.Lock()
# Words of one byte: the next slot is free; nothing more is wanted.
_NEXT, _STOP = b"n", b"s"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a decoder may take.

    Attributes
    ----------
    memory : int
        Bytes of address space beside what the process has when it starts.
    files : int
        Open files.
    processor, wall : float
        Seconds of computing, and of the clock, from one block of sound to the next.
    idle : float
        Seconds after which a process goes that has nothing to do.
    """

    memory: int = 1 << 30
    files: int = 64
    processor: float = 8.0
    wall: float = 30.0
    idle: float = 120.0


class _Pulse(ctypes.Structure):
    """What both sides see of how a decoder gets on: blocks so far, and which decoder is at work, or -1."""

    _fields_ = [("beats", ctypes.c_int64), ("decoder", ctypes.c_int64)]


class _DiedError(Exception):
    """A process has gone in the middle of its work."""

    def __init__(self, reason: str, decoder: int) -> None:
        super().__init__(reason)
        self.reason, self.decoder = reason, decoder


class DecodingProcesses:
    """As many processes as there are callers at a time; for all threads.

    Parameters
    ----------
    decoders : str
        The module whose ``DECODERS`` they use.
    limits : Limits
    """

    def __init__(self, decoders: str = DECODERS, limits: Limits | None = None) -> None:
        self._decoders, self._limits = decoders, limits or Limits()
        self._idle: list[_Process] = []
        # A generator that is forgotten in a circle breaks off when all of that goes; its process must not go first.
        self._busy: set[_Process] = set()
        self._lock = threading.Lock()

    def items(self, task: str, path: str, *, tries: int = 2, **how: Any) -> Generator[Item]:
        """Have one of the tasks of `samples.py` done.

        A file over which a decoder crashes is tried again, up to so many times in all, in a fresh process and without
        that decoder where there is another one.

        Raises
        ------
        DecodeError
            If the file cannot be read or contains no sound; if its decoder crashed, got stuck or took too much memory,
            also after some items.
        """
        without, tried, begun = -1, 0, 0
        while True:
            given, begun = 0, begun + 1
            try:
                with self._lent(path) as process, contextlib.closing(process.ask(task, path, without, how)) as items:
                    for item in items:
                        given += 1
                        yield item
                    return
            except _DiedError as death:
                tried += death.decoder >= 0  # one that went before it began had nothing to do with the file
                if given or tried >= tries or begun == _TRIES or death.reason != CRASHED:
                    raise DecodeError(path, death.reason if tried else _NO_PROCESS) from None
                without = death.decoder

    def close(self) -> None:
        """End the processes that have nothing to do."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    @contextlib.contextmanager
    def _lent(self, path: str) -> Iterator[_Process]:
        with self._lock:
            gone = [process for process in self._idle if not process.is_alive()]
            self._idle = [process for process in self._idle if process not in gone]
            process = self._idle.pop() if self._idle else None
        for ended in gone:
            ended.end()
        if process is None:
            try:
                process = _Process(self._decoders, self._limits)
            except OSError as error:
                raise DecodeError(path, _NO_PROCESS) from error
        self._busy.add(process)
        try:
            yield process
        finally:
            self._busy.discard(process)
            if process.ready:
                with self._lock:
                    self._idle.append(process)
            else:
                process.end()


class _Process:
    """The program's side of one process; it begins to start when this is made."""

    def __init__(self, decoders: str, limits: Limits) -> None:
        context = multiprocessing.get_context("spawn")
        self._limits = limits
        memory, pulse = context.RawArray(ctypes.c_float, _SLOTS * _SLOT), context.RawValue(_Pulse)
        self._slots, self._pulse = _slots_of(memory), pulse
        self._pipe, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_serve, args=(theirs, memory, pulse, decoders, limits), name=NAME, daemon=True
        )
        self.ready = self._started = False
        with theirs, _another_main():
            try:
                self._process.start()
            except OSError:
                self._pipe.close()
                raise

    def is_alive(self) -> bool:
        """Whether it has not gone by itself."""
        return self._process.is_alive()

    def ask(self, task: str, path: str, without: int, how: dict[str, Any]) -> Generator[Item]:
        """Have a task done; it is :attr:`ready` for another one when this was closed in good order."""
        self.ready = False
        self._pulse.decoder = -1
        if not self._started:
            self._receive()
            self._started = True
        # Its working folder is the one in which it was started.
        self._send(json.dumps([task, os.path.abspath(path), without, how]).encode())
        at = 0
        try:
            while (said := json.loads(self._receive())).get("item") is not None:
                numbers, shape = said["item"]
                y = np.empty(shape, dtype=np.float32)
                flat = y.reshape(-1)
                for begin in range(0, max(len(flat), 1), _SLOT):
                    if begin:
                        self._receive()
                    piece = flat[begin : begin + _SLOT]
                    piece[:] = self._slots[at % _SLOTS, : len(piece)]
                    at += 1
                    self._send(_NEXT)
                yield tuple(numbers), y
        except GeneratorExit:
            self.ready = self._broke_off()
            raise
        self.ready = said["end"] == "well"
        for logger, words in said["words"]:
            logging.getLogger(logger).info("%s", words)
        _conclude(path, said)

    def _send(self, message: bytes) -> None:
        try:
            self._pipe.send_bytes(message)
        except ConnectionError:
            raise self._died() from None

    def _receive(self) -> bytes:
        """Wait for the next message, as long as there is life."""
        patience = self._limits.wall * 1.25 if self._started else _START_S
        beats, since = self._pulse.beats, time.monotonic()
        try:
            while not self._pipe.poll(min(patience, 1.0)):
                if self._pulse.beats != beats:
                    beats, since = self._pulse.beats, time.monotonic()
                elif time.monotonic() - since > patience:
                    raise self._died(STUCK)
            return self._pipe.recv_bytes()
        except (EOFError, ConnectionError):
            raise self._died() from None

    def _broke_off(self) -> bool:
        """Have it break off what it does; whether it did so in time."""
        with contextlib.suppress(EOFError, ConnectionError):
            self._pipe.send_bytes(_STOP)
            until = time.monotonic() + _BREAK_OFF_S
            while self._pipe.poll(max(until - time.monotonic(), 0.0)):
                message = self._pipe.recv_bytes()
                if message and "end" in json.loads(message):
                    return True
        return False

    def _died(self, reason: str = "") -> _DiedError:
        if not reason:
            self._process.join(_BREAK_OFF_S)
            slow = {-getattr(signal, name) for name in ("SIGXCPU", "SIGALRM") if hasattr(signal, name)}
            reason = STUCK if self._process.exitcode in slow else CRASHED
        self._process.kill()
        return _DiedError(reason, self._pulse.decoder)

    def end(self) -> None:
        """Let it go; one that does not go by itself is killed."""
        self._pipe.close()
        self._process.join(0.0 if not self.ready else _BREAK_OFF_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_BREAK_OFF_S)
        with contextlib.suppress(ValueError):  # one that waits for a drive cannot even be killed
            self._process.close()


@contextlib.contextmanager
def _another_main() -> Iterator[None]:
    """Hide the main module while a process starts, which would otherwise run that script once more to begin with."""
    with _STARTING:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _slots_of(memory: Any) -> Any:
    return np.frombuffer(memory, dtype=np.float32).reshape(_SLOTS, _SLOT)


def _conclude(path: str, said: dict[str, Any]) -> None:
    if "bug" in said:
        raise RuntimeError(said["bug"])
    if "reason" in said:
        raise DecodeError(path, said["reason"])


# --- in the process ----------------------------------------------------------------------------------


class _StoppedError(Exception):
    """Nothing more is wanted."""


class _Alive:
    """Renews the limits whenever a decoder has got on, and tells the other side."""

    def __init__(self, pulse: Any, limits: Limits) -> None:
        self._pulse, self._limits = pulse, limits
        self._due = 0.0
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

    def rest(self) -> None:
        """Say that no decoder is at work."""
        self._due = 0.0
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0.0)


class _Answer:
    """Brings items into the ring, as far ahead as there are slots."""

    def __init__(self, pipe: Connection, slots: Any, alive: _Alive) -> None:
        self._pipe, self._slots, self._alive = pipe, slots, alive
        self._at = self._ahead = 0

    def give(self, item: Item) -> None:
        """Bring one item."""
        numbers, y = item
        message = json.dumps({"item": [numbers, y.shape]}).encode()
        flat = np.ascontiguousarray(y).reshape(-1)
        for begin in range(0, max(len(flat), 1), _SLOT):
            if self._ahead == _SLOTS:
                self._alive.rest()
            while self._ahead == _SLOTS or self._pipe.poll():
                if self._pipe.recv_bytes() == _STOP:
                    raise _StoppedError
                self._ahead -= 1
            piece = flat[begin : begin + _SLOT]
            self._slots[self._at % _SLOTS, : len(piece)] = piece
            self._at += 1
            self._ahead += 1
            self._pipe.send_bytes(message)
            message = b""


def _serve(pipe: Connection, memory: Any, pulse: Any, decoders: str, limits: Limits) -> None:
    """Do tasks until the other side closes the pipe, or asks for nothing for long."""
    from genre_tagger.sound.samples import TASKS

    alive = _Alive(pulse, limits)
    usable = [_watched(i, decoder, alive) for i, decoder in enumerate(importlib.import_module(decoders).DECODERS)]
    slots, words = _slots_of(memory), _words()
    _keep_memory()
    pipe.send_bytes(b"{}")
    _limit(limits)
    with contextlib.suppress(EOFError, ConnectionError):
        while pipe.poll(limits.idle):
            request = pipe.recv_bytes()
            if request in (_NEXT, _STOP):  # of an answer that is over
                continue
            task, path, without, how = json.loads(request)
            chosen = [decoder for i, decoder in enumerate(usable) if i != without] or usable
            with only_our_words():
                end = _done(TASKS[task](path, chosen, **how), _Answer(pipe, slots, alive), alive)
            alive.rest()
            pipe.send_bytes(json.dumps(end | {"words": words}).encode())
            words.clear()


def _words() -> list[tuple[str, str]]:
    """List what is logged in this process from now on, with the names of the loggers, for the other side."""
    words: list[tuple[str, str]] = []
    handler = logging.Handler()
    handler.emit = lambda record: words.append((record.name, record.getMessage()))  # type: ignore[method-assign]
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    return words


def _done(items: Generator[Item], answer: _Answer, alive: _Alive) -> dict[str, Any]:
    """Do a task, and say how it ended: well, or so that this process had better go."""
    end: dict[str, Any] = {}
    alive.spent = alive.greedy = False
    try:
        with contextlib.closing(items):
            for item in items:
                answer.give(item)
    except _StoppedError:
        return {"end": "well"}
    except DecodeError as error:
        end = {"reason": error.reason}
    except MemoryError:
        alive.spent = alive.greedy = True
    except (EOFError, ConnectionError):
        raise
    except Exception:  # noqa: BLE001 — the boundary of a job: it is raised again on the other side
        end = {"bug": traceback.format_exc()}
    if alive.greedy:
        end = {"reason": GREEDY}
    return end | {"end": "spent" if alive.spent or "bug" in end else "well"}


def _watched(number: int, decoder: Decoder, alive: _Alive) -> Decoder:
    """A decoder that tells when it gets on, and is left when it finds more in a file than a file can hold."""

    @contextlib.contextmanager
    def opened(file: IO[bytes]) -> Iterator[Sound]:
        alive.beat(number)
        most = os.fstat(file.fileno()).st_size
        try:
            with decoder(file) as sound:
                alive.beat(number)
                yield replace(sound, blocks=lambda offset, seconds: told(sound.blocks(offset, seconds), most))
        except MemoryError:
            alive.spent = alive.greedy = True
            raise

    def told(blocks: Blocks, most: float) -> Blocks:
        for block, rate in blocks:
            alive.beat(number)
            most -= len(block) / max(rate, 1)  # no codec spends less than a byte on a second
            yield block, rate
            if most < 0:
                return

    return opened


def _limit(limits: Limits) -> None:
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


def _keep_memory() -> None:
    """Have freed blocks of samples used again: taking them from the system anew costs a tenth of what decoding does."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # it is glibc that is told
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def _allow(limits: Limits) -> None:
    """Give a decoder its time from now on. The system ends it then, whatever lock it holds."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    lower(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime + limits.processor))
    signal.setitimer(signal.ITIMER_REAL, limits.wall)
