"""The risky middle of a write, parsing and tagging foreign bytes, in a process of its own with limits.

It only ever sees paths of files to read and of private copies to tag. The two sides speak JSON over a pipe;
a child that crashes, hangs or asks for too much memory costs one file, not the program.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from dataclasses import field as default
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Self

from genre_tagger.base.errors import FileError, RefusedError, TagError
from genre_tagger.base.limits import lower
from genre_tagger.files.carry import carry, to_id3v23
from genre_tagger.files.proof.survey import is_same_sound, survey
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.tags import read_genres, read_words, refusal, write_genres, write_words
from genre_tagger.files.values import GENRE

if sys.platform != "win32":
    import resource

_MEMORY = 2 << 30  # bytes of address space
_START_S = 60.0
_PATIENCE_S = 30.0
_SLOWEST = 4 << 20  # bytes a second that even a slow drive and computer manage
_RETAINED = 32 << 20  # bytes
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of the GNU C library
_LONG_S = 1.0  # to wait for a tagger before another one is started
_GROWTH = 64 << 20  # bytes by which a copy may grow


@dataclass(frozen=True, slots=True)
class Look:
    """What a file holds: digests of its sound's layout and of all else that must survive, and its genres.

    Where another field is written, `genres` are the words in that, and the genre is among what must survive.
    `places` is where the sound is (offsets in bytes); two files that are equal but for the genre may differ in it. The
    bytes of the first of them, `unread` in number, are not in the digest and have to be compared.
    """

    kind: str
    audio: bytes
    rest: bytes
    fixed_size: bool
    genres: tuple[str, ...]
    places: tuple[tuple[int, int], ...] = default(default=(), compare=False)
    unread: int = default(default=0, compare=False)


class Tagger:
    """Looks into files and tags private copies, in this process."""

    def look(self, path: str, *, copy: bool = False, field: str = GENRE) -> Look:
        """Survey a file, or the tagged copy of one that was surveyed, and read its genres, or another field.

        Raises
        ------
        RefusedError, TagError, OSError
        """
        if not copy and (reason := refusal(path, quick=True)):  # what a scan says of the file, in the same words
            raise RefusedError(path, reason)
        seen = survey(path, hashed=False, field=field)
        said = read_genres(path) if field == GENRE else read_words(path, field)
        return Look(seen.kind, seen.audio, seen.rest, seen.fixed_size, said, seen.places, seen.unread)

    def tag(self, path: str, genres: tuple[str, ...], style: Id3Style, *, field: str = GENRE) -> None:
        """Write genres, or the words of another field, into a private copy.

        Raises
        ------
        TagError, OSError
        """
        if field == GENRE:
            write_genres(path, genres, style)
        else:
            write_words(path, field, genres, style)

    def carry(self, path: str, source: str, id3_version: int) -> None:
        """Give a file that was just made the tags of its original (see :func:`genre_tagger.files.carry.carry`).

        Raises
        ------
        TagError, OSError
        """
        carry(source, path, id3_version=id3_version)

    def to_id3v23(self, path: str) -> None:
        """Turn the ID3 tag of a private copy into version 2.3.

        Raises
        ------
        TagError, OSError
        """
        to_id3v23(path)

    def is_same_sound(self, path: str, other: str) -> bool:
        """Whether two files have the same sound, byte for byte.

        Raises
        ------
        RefusedError, OSError
        """
        return is_same_sound(path, other)

    def close(self) -> None:
        """End what was started."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class TaggerProcess(Tagger):
    """A :class:`Tagger` whose work is done by one long-lived child process, started when first needed.

    Parameters
    ----------
    patience : float
        Seconds that any file is given, beside those for its size.
    """

    def __init__(self, patience: float = _PATIENCE_S) -> None:
        self._patience = patience
        self._child: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def look(self, path: str, *, copy: bool = False, field: str = GENRE) -> Look:
        """Survey a file and read its genres (see :meth:`Tagger.look`)."""
        answer = self._ask(path, "look", copy, field)
        digests = bytes.fromhex(answer["audio"]), bytes.fromhex(answer["rest"])
        places = tuple((start, end) for start, end in answer["places"])
        genres = tuple(answer["genres"])
        return Look(answer["kind"], *digests, answer["fixed_size"], genres, places, answer["unread"])

    def tag(self, path: str, genres: tuple[str, ...], style: Id3Style, *, field: str = GENRE) -> None:
        """Write genres into a private copy (see :meth:`Tagger.tag`)."""
        self._ask(path, "tag", genres, field, style.version, style.separator, style.everywhere)

    def carry(self, path: str, source: str, id3_version: int) -> None:
        """Give a file the tags of its original (see :meth:`Tagger.carry`)."""
        self._ask(path, "carry", source, id3_version)

    def to_id3v23(self, path: str) -> None:
        """Turn an ID3 tag into version 2.3 (see :meth:`Tagger.to_id3v23`)."""
        self._ask(path, "v23")

    def is_same_sound(self, path: str, other: str) -> bool:
        """Whether two files have the same sound (see :meth:`Tagger.is_same_sound`)."""
        return bool(self._ask(path, "compare", other)["same"])

    def close(self) -> None:
        """End the child; one that does not go by itself is killed."""
        if self._pipe is not None:
            self._pipe.close()
        if self._child is not None:
            self._child.join(2.0)
            if self._child.is_alive():
                self._child.kill()
                self._child.join()
            self._child.close()
        self._pipe = self._child = None

    def _ask(self, path: str, *request: object) -> Any:
        pipe = self._pipe or self._start()
        seconds = self._patience + os.path.getsize(path) / _SLOWEST
        try:
            pipe.send_bytes(json.dumps([path, seconds, *request]).encode())
            if not pipe.poll(seconds):
                self._kill()
                raise RefusedError(path, "This file took too long to look through; it was left as it is.")
            answer = json.loads(pipe.recv_bytes())
        except (EOFError, ConnectionError):
            self._kill()
            raise RefusedError(path, "This file could not be handled safely; it was left as it is.") from None
        return _answered(path, answer)

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        child = context.Process(target=_serve, args=(theirs,), name="genre-tagger-writer", daemon=True)
        with theirs:
            try:
                child.start()
            except OSError:  # no memory or too many processes; the next file may have more luck
                ours.close()
                raise
        self._pipe, self._child = ours, child
        with contextlib.suppress(EOFError, ConnectionError):
            if ours.poll(_START_S):
                ours.recv_bytes()
                return ours
        self._kill()
        raise OSError(errno.ECHILD, "the writing process did not start")

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
        self.close()


class Taggers:
    """Who parses and tags: a few, each started when it is needed.

    To start one takes as much computing as a dozen files do, so another one is started only where those at work are
    busy for long: where large files have to be written anew.

    Parameters
    ----------
    make : callable
        Makes one.
    number : int
        How many there may be; who wants one more waits.
    """

    def __init__(self, make: Callable[[], Tagger], number: int) -> None:
        self._make = make
        self._number = number
        self._idle: queue.LifoQueue[Tagger] = queue.LifoQueue()
        self._all: list[Tagger] = []
        self._making = threading.Lock()

    @contextlib.contextmanager
    def lent(self) -> Iterator[Tagger]:
        """Have one for a while."""
        tagger = self._another(0) or self._soon_idle() or self._another(self._number - 1) or self._idle.get()
        try:
            yield tagger
        finally:
            self._idle.put(tagger)

    def _another(self, most: int) -> Tagger | None:
        """Make one if there are not more than `most`."""
        with self._making:
            if len(self._all) > most:
                return None
            self._all.append(self._make())
            return self._all[-1]

    def _soon_idle(self) -> Tagger | None:
        with contextlib.suppress(queue.Empty):
            return self._idle.get(timeout=_LONG_S)
        return None

    def close(self) -> None:
        """End all of them."""
        for tagger in self._all:
            tagger.close()


def _answered(path: str, answer: Any) -> Any:
    if "error" not in answer:
        return answer
    kind, detail = answer["error"], answer["detail"]
    if kind == "system":
        raise OSError(detail, os.strerror(detail), path)
    if kind == "memory":
        raise RefusedError(path, "This file asks for too much memory; it was left as it is.")
    raise (TagError if kind == "tag" else RefusedError)(path, detail)


def _serve(pipe: Connection) -> None:
    """Answer requests until the other side closes the pipe. A bug ends this process, and costs one file."""
    if sys.platform != "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then closes the pipe
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        lower(resource.RLIMIT_AS, _MEMORY)
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        # What one file needed the next one needs, too: memory that goes back to the system comes back page by page.
        libc.mallopt(_M_MMAP_THRESHOLD, _RETAINED)
        libc.mallopt(_M_TRIM_THRESHOLD, 4 * _RETAINED)
    pipe.send_bytes(b"ready")
    tagger = Tagger()
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            path, seconds, *request = json.loads(pipe.recv_bytes())
            _limit(path, seconds)
            pipe.send_bytes(json.dumps(_answer(tagger, path, request)).encode())


def _answer(tagger: Tagger, path: str, request: list[Any]) -> dict[str, Any]:
    try:
        if request[0] == "look":
            seen = asdict(tagger.look(path, copy=request[1], field=request[2]))
            return seen | {"audio": seen["audio"].hex(), "rest": seen["rest"].hex()}
        if request[0] == "compare":
            return {"same": tagger.is_same_sound(path, request[1])}
        if request[0] == "carry":
            tagger.carry(path, request[1], request[2])
        elif request[0] == "v23":
            tagger.to_id3v23(path)
        else:
            tagger.tag(path, tuple(request[1]), Id3Style(*request[3:]), field=request[2])
        return {}
    except FileError as error:
        return {"error": "tag" if isinstance(error, TagError) else "refused", "detail": error.reason}
    except OSError as error:
        return {"error": "system", "detail": error.errno or 0}
    except MemoryError:
        return {"error": "memory", "detail": ""}


def _limit(path: str, seconds: float) -> None:
    """Bound processor time and the size of what is written for the next file."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    lower(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + seconds) + 2)
    with contextlib.suppress(OSError):  # a file that has gone is reported by the request itself
        lower(resource.RLIMIT_FSIZE, os.path.getsize(path) + _GROWTH)
