"""The small difference that turns a written file back into the one it was, whatever its format.

A genre write moves bytes about and patches others (Ogg page numbers, MP4 chunk offsets), so the difference
is made of four steps: copy from the new file, patch bytes of it, insert bytes of the old one, move elsewhere.
Files are read through windows; memory stays bounded for any size.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from genre_tagger.base.errors import GenreTaggerError

LIMIT = 32 << 20  # bytes of steps before compression; more than this is no small difference
WINDOW = 1 << 20  # bytes; how far a moved piece is looked for, and the largest piece held at once

_FORMAT = b"\x01"
_DAMAGED = "The undo record is damaged."
_FOREIGN = "The undo record does not belong to this file."
_COPY, _PATCH, _INSERT, _MOVE = range(4)
_Piece = TypeVar("_Piece", bytes, memoryview)
_SAME_RUN = 16  # equal bytes that count as "the files agree again"
_NEAR = 64  # bytes; a disagreement shorter than this is patched without looking further
_ANCHOR = 24  # bytes of the old file that are searched for in the new one
_FAR = 256  # how many times as far as its length a disagreement is looked for; what it may cost is its length
_PLAIN = 6  # an anchor with fewer different bytes than this (padding) is found anywhere and proves nothing


class DeltaError(GenreTaggerError):
    """A difference is too large to keep, or a kept one is damaged."""


def make(old: BinaryIO, new: BinaryIO, *, limit: int = LIMIT) -> bytes:
    """Make the difference from which :func:`restore` rebuilds `old` out of `new`.

    Parameters
    ----------
    old, new : BinaryIO
        Seekable files; with two :class:`io.BytesIO` it is quickest.
    limit : int
        Largest difference, in bytes before compression.

    Returns
    -------
    bytes
        Compressed; typically 0.1–15 KB after a genre write.

    Raises
    ------
    DeltaError
        If the files have too little in common.
    """
    before, after = _Window(old), _Window(new)
    steps = bytearray()
    i = j = 0
    while i < before.size:
        run = _run(before, i, after, j)
        if run:
            steps += bytes([_COPY]) + _varint(run)
            i, j = i + run, j + run
        if i == before.size:
            break
        length, there = _resume(before, i, after, j)
        steps += _bridge(before.at(i, length), after.at(j, length), there - j)
        i, j = i + length, there
        if len(steps) > limit:
            raise DeltaError("The change is too large to be undone from a small record.")
    return _FORMAT + zlib.compress(bytes(steps), 9)


def restore(new: BinaryIO, delta: bytes) -> Iterator[bytes]:
    """Rebuild the old file out of the new one, piece by piece.

    Parameters
    ----------
    new : BinaryIO
        The seekable file that :func:`make` saw as `new`.
    delta : bytes
        What :func:`make` returned.

    Yields
    ------
    bytes
        The old file from its beginning, at most about ``WINDOW`` bytes at a time.

    Raises
    ------
    DeltaError
        If the difference is damaged or does not belong to this file.
    """
    return _pieces(_unpack(delta), lambda position, length: _read(new, position, length))


def gives(old: BinaryIO, new: BinaryIO, delta: bytes) -> bool:
    """Whether :func:`restore` gives exactly `old` out of `new`; in memory no byte is copied for that.

    Raises
    ------
    DeltaError
        As :func:`restore` does.
    """
    if not (isinstance(old, io.BytesIO) and isinstance(new, io.BytesIO)):
        old.seek(0)
        return all(piece == old.read(len(piece)) for piece in restore(new, delta)) and not old.read(1)
    before, after, at = old.getvalue(), memoryview(new.getvalue()), 0
    for piece in _pieces(_unpack(delta), lambda position, length: _slice(after, position, length)):
        if not before.startswith(piece, at):
            return False
        at += len(piece)
    return at == len(before)


def _pieces(steps: bytes, read: Callable[[int, int], _Piece]) -> Iterator[_Piece | bytes]:
    """Carry out steps; `read` gives as many bytes of the new file as asked for, from a position on."""
    at = 0  # in steps
    j = 0  # in new
    while at < len(steps):
        step = steps[at]
        n, at = _read_varint(steps, at + 1)
        if step == _COPY:
            for start in range(j, j + n, WINDOW):
                yield read(start, min(WINDOW, j + n - start))
            j += n
        elif step == _MOVE:
            j += -((n + 1) >> 1) if n & 1 else n >> 1
        elif step in (_PATCH, _INSERT) and at + n <= len(steps):
            piece = steps[at : at + n]
            at += n
            if step == _PATCH:
                piece = _xor(piece, read(j, n))
                j += n
            yield piece
        else:
            raise DeltaError(_DAMAGED)


class _Window:
    """A file read by position through one piece of it that is kept, or all of it when it is in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.whole = file.getvalue() if isinstance(file, io.BytesIO) else None
        self.size = file.seek(0, 2)
        self._start = 0
        self._kept = b""

    def at(self, position: int, length: int) -> bytes:
        """Read up to `length` bytes (fewer at the end of the file)."""
        length = min(length, self.size - position)
        if length <= 0:
            return b""
        if self.whole is not None:
            return self.whole[position : position + length]
        offset = position - self._start
        if offset < 0 or offset + length > len(self._kept):
            self._file.seek(position)
            self._kept = self._file.read(max(length, WINDOW))
            self._start, offset = position, 0
        return self._kept[offset : offset + length]


def _run(old: _Window, i: int, new: _Window, j: int) -> int:
    """Count the bytes that are equal from here on."""
    total, step = 0, 4096
    if old.whole is not None and new.whole is not None:
        return _run_in_memory(old.whole, i, new.whole, j)
    while True:
        a, b = old.at(i + total, step), new.at(j + total, step)
        equal = _common(a, b)
        total += equal
        if equal < step:
            return total
        step = min(2 * step, WINDOW)


def _run_in_memory(old: bytes, i: int, new: bytes, j: int) -> int:
    """The same without copying a byte."""
    rest, low, step = memoryview(new)[j:], 0, 4096
    high = min(len(old) - i, len(rest))
    while low < high and old.startswith(rest[low : min(low + step, high)], i + low):
        low, step = min(low + step, high), min(2 * step, WINDOW)
    high = min(low + step, high)
    while low < high:  # all below `low` is equal, and something below `high` is not
        middle = (low + high) // 2
        if old.startswith(rest[low : middle + 1], i + low):
            low = middle + 1
        else:
            high = middle
    return low


def _common(a: bytes, b: bytes) -> int:
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while high - low > 1:  # a[:low] == b[:low] and a[:high] != b[:high]
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _resume(old: _Window, i: int, new: _Window, j: int) -> tuple[int, int]:
    """Find where the files agree again: (bytes of old up to there, the position in new)."""
    at_end = new.size - (old.size - i)  # as if all that follows had only been shifted
    distances = [(_agree(old, i, new, start), start) for start in (j, at_end)]
    length, start = min(distances, key=lambda found: found[0])
    if length > _NEAR:
        moved = _search(old, i, new, j, length)
        if moved is not None:
            return moved
    length = min(length, old.size - i)
    there = start + length
    return length, there if start >= 0 and there <= new.size else j


def _agree(old: _Window, i: int, new: _Window, j: int) -> int:
    """Count the bytes up to a run of equal ones under this alignment; WINDOW when there is none."""
    if not 0 <= j < new.size:
        return WINDOW
    for length in (4 * _NEAR, 64 * _NEAR, 1024 * _NEAR, WINDOW):  # most disagreements are short
        a, b = old.at(i, length), new.at(j, length)
        shorter = min(len(a), len(b))
        found = _xor(a[:shorter], b[:shorter]).find(bytes(_SAME_RUN))
        if found >= 0:
            return found
    return WINDOW


def _search(old: _Window, i: int, new: _Window, j: int, length: int) -> tuple[int, int] | None:
    """Look for one of the next `length` bytes' anchors around `j` in the new file."""
    piece = old.at(i, length)
    far = min(_FAR * length, WINDOW)
    first = max(0, j - far)
    around, base = (new.at(first, 2 * far), first) if new.whole is None else (new.whole, 0)
    low, high = first - base, first - base + 2 * far
    for start in [*range(0, 1024, 32), *range(1024, 65536, 256), *range(65536, WINDOW, 4096)]:
        anchor = piece[start : start + _ANCHOR]
        if len(anchor) < _ANCHOR:
            return None
        if len(set(anchor)) < _PLAIN:
            continue
        found = around.find(anchor, j - base, high)
        if found < 0:
            found = around.find(anchor, low, high)
        if found >= 0:
            while start and found > low and piece[start - 1] == around[found - 1]:
                start, found = start - 1, found - 1
            return start, base + found
    return None


def _bridge(piece: bytes, opposite: bytes, move: int) -> bytes:
    """Write a piece of the old file down, as patches of what stands there in the new one if that is shorter."""
    patch = _xor(piece, opposite) if len(piece) == len(opposite) else b""
    if patch and (move == len(piece) <= _NEAR or len(zlib.compress(patch, 1)) < len(zlib.compress(piece, 1))):
        step = bytes([_PATCH]) + _varint(len(piece)) + patch
        move -= len(piece)
    else:
        step = bytes([_INSERT]) + _varint(len(piece)) + piece
    if move:
        step += bytes([_MOVE]) + _varint(move << 1 if move > 0 else (-move << 1) - 1)
    return step


def _xor(a: bytes, b: bytes | memoryview) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise DeltaError(_DAMAGED)


def _unpack(delta: bytes) -> bytes:
    if delta[:1] != _FORMAT:
        raise DeltaError("The undo record was made by another version of the program.")
    unpacker = zlib.decompressobj()
    try:
        steps = unpacker.decompress(delta[1:], LIMIT + 2 * WINDOW)
    except zlib.error as error:
        raise DeltaError(_DAMAGED) from error
    if not unpacker.eof:
        raise DeltaError(_DAMAGED)
    return steps


def _slice(data: memoryview, position: int, length: int) -> memoryview:
    piece = data[max(position, 0) : position + length]
    if position < 0 or len(piece) != length:
        raise DeltaError(_FOREIGN)
    return piece


def _read(file: BinaryIO, position: int, length: int) -> bytes:
    if position < 0:
        raise DeltaError(_FOREIGN)
    file.seek(position)
    data = file.read(length)
    if len(data) != length:
        raise DeltaError(_FOREIGN)
    return data
