"""Replacing a stretch of a file in place, for private copies only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

Edit = tuple[int, int, bytes]
"""Start and end of a stretch in bytes, and what comes in its place."""

_PIECE = 1 << 20


def apply(file: BinaryIO, edits: Iterable[Edit]) -> None:
    """Replace several stretches that do not overlap, the last one first, so that all places stay true."""
    for start, end, data in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        replace(file, start, end, data)


def replace(file: BinaryIO, start: int, end: int, data: bytes) -> None:
    """Put `data` in the place of the bytes from `start` to `end`; what follows moves.

    Parameters
    ----------
    file : BinaryIO
        Open for reading and writing.
    start, end : int
        Offsets in bytes; equal to insert, and both at the end of the file to append.
    data : bytes
        Of any length. With the length of what it replaces, nothing else in the file is touched.
    """
    moved = len(data) - (end - start)
    size = file.seek(0, 2)
    if not 0 <= start <= end <= size:
        raise ValueError(f"{start}–{end} is not inside a file of {size} bytes")
    if moved > 0:
        for stop in range(size, end, -_PIECE):
            begin = max(end, stop - _PIECE)
            _copy(file, begin, stop, begin + moved)
    elif moved < 0:
        for begin in range(end, size, _PIECE):
            _copy(file, begin, min(size, begin + _PIECE), begin + moved)
        file.truncate(size + moved)
    file.seek(start)
    file.write(data)
    file.flush()


def _copy(file: BinaryIO, begin: int, end: int, target: int) -> None:
    file.seek(begin)
    piece = file.read(end - begin)
    file.seek(target)
    file.write(piece)
