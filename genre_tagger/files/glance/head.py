"""The first bytes of a file, read once, and what is read elsewhere only where a format needs it."""

from __future__ import annotations

import re
from typing import BinaryIO

from genre_tagger.files.splice import id3v1

SEPARATORS = (";",)
"""What may stand between several genres in one text."""

_HEAD = 1 << 14  # bytes; nearly all tags without pictures end before
_MOST = 8 << 20  # bytes read at a time
_TAIL = 400  # bytes in which tags at the end of a file show
_TAGS_AT_THE_END = re.compile(rb"APETAGEX|TAG|LYRICS|3DI")


class UnsureError(Exception):
    """This file is not as most files are; whoever reads more carefully has to say what it is."""


class Head:
    """A file whose first bytes are known.

    Parameters
    ----------
    path : str
        Its extension says what it claims to be.
    file : BinaryIO
        Open for reading, and at its start.

    Attributes
    ----------
    data : bytes
        The first bytes.
    size : int
        Length of the file in bytes.
    """

    def __init__(self, path: str, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self.data = file.read(_HEAD)
        self.size = file.seek(0, 2)

    def read(self, start: int, length: int) -> bytes:
        """Read exactly `length` bytes at `start`.

        Raises
        ------
        UnsureError
            If they do not all lie inside the file, or are very many.
        """
        end = start + length
        if end <= len(self.data):
            return self.data[start:end]
        if end > self.size or length > _MOST:
            raise UnsureError
        self._file.seek(start)
        data = self._file.read(length)
        if len(data) != length:
            raise UnsureError
        return data

    def last(self, length: int, start: int = 0) -> bytes:
        """Read the last `length` bytes, or what is behind `start` if that is less."""
        begin = max(self.size - length, start)
        return self.read(begin, self.size - begin)

    def id3v1(self, start: int) -> id3v1.Id3v1 | None:
        """Read the ID3v1 tag at the end of the file, if there is one.

        Raises
        ------
        UnsureError
            If there may be another tag at the end, behind `start`.
        """
        tail = self.last(_TAIL, start)
        places = [match.start() - len(tail) for match in _TAGS_AT_THE_END.finditer(tail)]
        if not places:
            return None
        if places != [-id3v1.SIZE]:
            raise UnsureError
        return id3v1.parse(tail)

    def require_no_end(self, start: int) -> None:
        """Make sure that there are no tags at the end.

        Raises
        ------
        UnsureError
            If there may be one, behind `start`.
        """
        if _TAGS_AT_THE_END.search(self.last(_TAIL, start)):
            raise UnsureError
