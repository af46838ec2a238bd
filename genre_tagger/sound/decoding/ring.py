"""How samples cross: a ring of slots in memory that both sides see, and a pipe that says what lies in them.

For each item of an answer comes a line that tells its numbers and its shape; its samples lie in as many slots as they
need, of which the pipe speaks one by one.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext

    from genre_tagger.sound.decoding.limits import Alive
    from genre_tagger.sound.samples import Item

# So many slots of so many samples, 1 MB each.
_SLOTS, _SLOT = 4, 1 << 18
# Bytes before each message in a pipe.
_HEAD = 4
#: Words of one byte: the next slot is free; nothing more is wanted.
NEXT, STOP = b"n", b"s"


class StoppedError(Exception):
    """Nothing more is wanted."""


def shared(context: SpawnContext) -> Any:
    """Make the memory for a ring."""
    return context.RawArray(ctypes.c_float, _SLOTS * _SLOT)


def _slots_of(memory: Any) -> Any:
    return np.frombuffer(memory, dtype=np.float32).reshape(_SLOTS, _SLOT)


class Taking:
    """The program's side: takes the items of one answer out of the ring.

    Parameters
    ----------
    memory : object
        The ring.
    send, receive : callable
        The pipe, as it is waited for.
    """

    def __init__(self, memory: Any, send: Callable[[bytes], None], receive: Callable[[], bytes]) -> None:
        self._slots, self._send, self._receive = _slots_of(memory), send, receive
        self._at = 0
        #: How the answer ended.
        self.end: dict[str, Any] = {}

    def items(self) -> Generator[Item]:
        """Yield items as they come."""
        while (said := json.loads(self._receive())).get("item") is not None:
            numbers, shape = said["item"]
            y = np.empty(shape, dtype=np.float32)
            flat = y.reshape(-1)
            for begin in range(0, max(len(flat), 1), _SLOT):
                if begin:
                    self._receive()
                piece = flat[begin : begin + _SLOT]
                piece[:] = self._slots[self._at % _SLOTS, : len(piece)]
                self._at += 1
                self._send(NEXT)
            yield tuple(numbers), y
        self.end = said


class Giving:
    """The process's side: brings the items of one answer into the ring, as far ahead as there are slots.

    Parameters
    ----------
    memory : object
        The ring.
    pipe : Connection
    alive : Alive
        Is told when the other side is waited for, and what is read from it.
    """

    def __init__(self, memory: Any, pipe: Connection, alive: Alive) -> None:
        self._pipe, self._slots, self._alive = pipe, _slots_of(memory), alive
        self._at = self._ahead = 0

    def give(self, item: Item) -> None:
        """Bring one item; raises :class:`StoppedError` when it is not wanted."""
        numbers, y = item
        message = json.dumps({"item": [numbers, y.shape]}).encode()
        flat = np.ascontiguousarray(y).reshape(-1)
        for begin in range(0, max(len(flat), 1), _SLOT):
            if self._ahead == _SLOTS:
                self._alive.rest()
            while self._ahead == _SLOTS or self._pipe.poll():
                word = self._pipe.recv_bytes()
                self._alive.not_of_the_file(_HEAD + len(word))
                if word == STOP:
                    raise StoppedError
                self._ahead -= 1
            piece = flat[begin : begin + _SLOT]
            self._slots[self._at % _SLOTS, : len(piece)] = piece
            self._at += 1
            self._ahead += 1
            self._pipe.send_bytes(message)
            message = b""
