"""Bounded reading of a file, and the two running digests that a survey gives back.

Everything here is proof against lying length fields: nothing is allocated or read by a length that a header
states before the length was compared with the file's own, and what disagrees is refused.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.values import GENRE

_BEYOND = "A part of the file lies beyond its end; the file may be cut off."

BLOCK = 1 << 20
"""Bytes hashed at a time."""

MAX_TAG = 64 << 20
"""Bytes of one tag, comment packet or header that are held in memory; more is refused."""

MAX_PARTS = 100_000
"""Blocks, atoms, chunks, frames, comments or items that one file may have in one place."""


class Source:
    """A file that is read at given places, never outside of it.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        Open for reading.
    size : int
        Length of the file in bytes.
    """

    def __init__(self, path: str, file: BinaryIO, size: int) -> None:
        self.path = path
        self.file = file
        self.size = size

    def refused(self, reason: str) -> RefusedError:
        """Make the error that refuses this file."""
        return RefusedError(self.path, reason)

    def read(self, start: int, length: int) -> bytes:
        """Read exactly `length` bytes at `start`.

        Raises
        ------
        RefusedError
            If they do not all lie inside the file, or are more than a tag may have.
        """
        if start < 0 or length < 0 or start + length > self.size:
            raise self.refused(_BEYOND)
        if length > MAX_TAG:
            raise self.refused("A tag in this file is too large to be checked.")
        self.file.seek(start)
        data = self.file.read(length)
        if len(data) != length:
            raise self.refused("The file became shorter while it was read.")
        return data

    def peek(self, start: int, length: int) -> bytes:
        """Read up to `length` bytes at `start`, fewer at the end of the file."""
        start = min(max(start, 0), self.size)
        return self.read(start, min(length, self.size - start))

    def require(self, start: int, end: int) -> None:
        """Refuse the file unless all from `start` to `end` lies in it."""
        if start < 0 or end > self.size:
            raise self.refused(_BEYOND)

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """Read from `start` to `end` in blocks of at most 1 MiB."""
        self.require(start, end)
        for at in range(start, end, BLOCK):
            yield self.read(at, min(BLOCK, end - at))


class Proof:
    """The two digests of a survey, taken while its file is walked.

    Every value goes in with its length before it, so that no two different lists of values look the same.

    Parameters
    ----------
    source : Source
        The file that ranges are read from.
    hashed : bool
        Whether the bytes of the sound are read; if not, the digest of the sound is one of its layout, and `places`
        says where the bytes are.
    reading : bool
        Whether ranges are read at all. Without it there is no proof, but all that would refuse the file is found,
        except for damage within the sound.
    quick : bool
        Whether what takes long may be left out then: most of the pages of Ogg.
    field : str
        What alone may change: the genre, or one of :data:`genre_tagger.files.values.FIELDS`.
    """

    def __init__(
        self, source: Source, *, hashed: bool = True, reading: bool = True, quick: bool = False, field: str = GENRE
    ) -> None:
        self.source = source
        self.field = field
        self.hashed = hashed
        self.reading = reading
        self.quick = quick
        self.audio = hashlib.sha256()
        self.rest = hashlib.sha256()
        self.places: list[tuple[int, int]] = []  # where the sound is
        self.pages: list[tuple[int, int]] = []  # the same for sound that is put together from pages, and always hashed

    def keep(self, label: str, *values: bytes) -> None:
        """Add named values to what must survive beside the sound."""
        for value in (label.encode(), *values):
            self.rest.update(len(value).to_bytes(8, "big"))
            self.rest.update(value)
        self.rest.update(b"\xff" * 8)

    def keep_sorted(self, label: str, facts: Iterable[tuple[bytes, ...]]) -> None:
        """Add facts whose order means nothing."""
        for fact in sorted(facts):
            self.keep(label, *fact)

    def keep_range(self, label: str, start: int, end: int) -> None:
        """Add a part of the file to what must survive beside the sound."""
        self.keep(label, (end - start).to_bytes(8, "big"))
        for block in self._blocks(start, end):
            self.rest.update(block)

    def sound(self, start: int, end: int) -> None:
        """Add a part of the file to the sound."""
        self.places.append((start, end))
        self.audio.update((end - start).to_bytes(8, "big"))
        if not self.hashed:
            self.source.require(start, end)
            return
        for block in self._blocks(start, end):
            self.audio.update(block)

    def _blocks(self, start: int, end: int) -> Iterable[bytes]:
        if self.reading:
            return self.source.blocks(start, end)
        self.source.require(start, end)
        return ()

    def sound_value(self, value: bytes) -> None:
        """Add a value that the sound depends on, such as where a chunk lies."""
        self.audio.update(len(value).to_bytes(8, "big"))
        self.audio.update(value)


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a regular file for reading.

    Raises
    ------
    RefusedError
        If it is no regular file or cannot be read.
    """
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_BINARY", "O_CLOEXEC"))
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError(path, "This is not a regular file.")
        with open(descriptor, "rb", buffering=1 << 16, closefd=False) as file:
            yield Source(path, file, found.st_size)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def _unreadable(path: str, error: OSError | ValueError) -> RefusedError:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return RefusedError(path, f"The file cannot be read ({reason}).")
