"""The program's side: as many processes as are asked at a time, and what becomes of a file over which one goes.

A decoder that crashes, gets stuck or takes memory without end costs its process and one file. The processes are started
when something is first decoded, stay for what comes next, go when nothing has come for two minutes, and know nothing of
the window (`serving.py`). Both sides speak JSON over a pipe: a request, and what lies in the ring (`ring.py`).
"""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Generator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.decoding.limits import CRASHED, SILENT_DRIVE, STUCK, Limits, Patience, Pulse
from genre_tagger.sound.decoding.ring import STOP, Taking, shared
from genre_tagger.sound.decoding.serving import serve

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from genre_tagger.sound.samples import Item

NAME = "genre-tagger-decoder"
DECODERS = "genre_tagger.sound.decoders"

_NO_PROCESS = "This file could not be read now: there is no room for another process. Close something and try again."

# A process may take so long (s) to start.
_START_S = 60.0
# A file is given to so many processes at most, those included that went before they began.
_TRIES = 3
# An answer that is not wanted any more may take so long (s) to break off.
_BREAK_OFF_S = 1.0
_STARTING = threading.Lock()


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
                    told = tried or death.reason == SILENT_DRIVE
                    raise DecodeError(path, death.reason if told else _NO_PROCESS) from None
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
        self._memory, self._pulse = shared(context), context.RawValue(Pulse)
        self._pipe, theirs = context.Pipe()
        given = theirs, self._memory, self._pulse, decoders, limits
        self._process: SpawnProcess = context.Process(target=serve, args=given, name=NAME, daemon=True)
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
        taking = Taking(self._memory, self._send, self._receive)
        try:
            yield from taking.items()
        except GeneratorExit:
            self.ready = self._broke_off()
            raise
        self.ready = taking.end["end"] == "well"
        for logger, words in taking.end["words"]:
            logging.getLogger(logger).info("%s", words)
        _conclude(path, taking.end)

    def _send(self, message: bytes) -> None:
        try:
            self._pipe.send_bytes(message)
        except ConnectionError:
            raise self._died() from None

    def _receive(self) -> bytes:
        """Wait for the next message, as long as there is life."""
        patience = Patience(self._limits, self._process.pid or 0, self._pulse)
        try:
            if not self._started and not self._pipe.poll(_START_S):
                raise self._died(STUCK)
            while not self._pipe.poll(patience.look_s):
                if reason := patience.ended():
                    raise self._died(reason)
            return self._pipe.recv_bytes()
        except (EOFError, ConnectionError):
            raise self._died() from None

    def _broke_off(self) -> bool:
        """Have it break off what it does; whether it did so in time."""
        with contextlib.suppress(EOFError, ConnectionError):
            self._pipe.send_bytes(STOP)
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
        # It is not closed: multiprocessing may be joining it in the main thread, at the end of the program.


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


def _conclude(path: str, said: dict[str, Any]) -> None:
    if "bug" in said:
        raise RuntimeError(said["bug"])
    if "reason" in said:
        raise DecodeError(path, said["reason"])
