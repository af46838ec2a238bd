"""The process's side: decodes what it is asked for until nobody asks any more."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import logging
import traceback
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from genre_tagger.base.errors import DecodeError
from genre_tagger.base.stderr import only_our_words
from genre_tagger.sound.decoding.limits import GREEDY, Alive, Limits, bind
from genre_tagger.sound.decoding.ring import NEXT, STOP, Giving, StoppedError

if TYPE_CHECKING:
    from genre_tagger.sound.samples import Item

# What the C library keeps of the memory that was freed: in blocks up to this size, and altogether; their names in C.
_KEPT_BLOCK, _KEPT = 1 << 25, 1 << 26
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def serve(pipe: Connection, memory: Any, pulse: Any, decoders: str, limits: Limits) -> None:
    """Do tasks until the other side closes the pipe, or asks for nothing for long."""
    from genre_tagger.sound.samples import TASKS

    alive = Alive(pulse, limits)
    usable = [alive.watched(i, decoder) for i, decoder in enumerate(importlib.import_module(decoders).DECODERS)]
    words = _words()
    _keep_memory()
    pipe.send_bytes(b"{}")
    bind(limits)
    with contextlib.suppress(EOFError, ConnectionError):
        while pipe.poll(limits.idle):
            request = pipe.recv_bytes()
            if request in (NEXT, STOP):  # of an answer that is over
                continue
            task, path, without, how = json.loads(request)
            chosen = [decoder for i, decoder in enumerate(usable) if i != without] or usable
            with only_our_words():
                end = _done(TASKS[task](path, chosen, **how), Giving(memory, pipe, alive), alive)
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


def _done(items: Generator[Item], answer: Giving, alive: Alive) -> dict[str, Any]:
    """Do a task, and say how it ended: well, or so that this process had better go."""
    end: dict[str, Any] = {}
    alive.spent = alive.greedy = False
    try:
        with contextlib.closing(items):
            for item in items:
                answer.give(item)
    except StoppedError:
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


def _keep_memory() -> None:
    """Have freed blocks of samples used again: taking them from the system anew costs a tenth of what decoding does."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # it is glibc that is told
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
