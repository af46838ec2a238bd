"""Musepack stream version 8: a look at its packets before anything else walks them."""

from __future__ import annotations

from typing import BinaryIO

_MOST_PACKETS = 100_000
_LONGEST_SIZE = 9  # bytes that a size may take


def check_packets(file: BinaryIO) -> None:
    """Make sure that every packet up to the sound leads forward; other walkers would go round for ever.

    Parameters
    ----------
    file : BinaryIO
        At the start of any Musepack file; is there again afterwards.

    Raises
    ------
    ValueError
        If a packet states a size that is smaller than its own header.

    References
    ----------
    trac.musepack.net: "SV8 specification", packet structure.
    """
    at = 4
    if file.read(4) == b"MPCK":
        for _ in range(_MOST_PACKETS):
            file.seek(at)
            head = file.read(2 + _LONGEST_SIZE)
            if len(head) < 3 or head[:2] in (b"AP", b"SE"):
                break
            size, length = _size(head[2:])
            if size < 2 + length:
                raise ValueError("a packet has a wrong size")
            at += size
        else:
            raise ValueError("too many packets")
    file.seek(0)


def _size(data: bytes) -> tuple[int, int]:
    """A number of seven bits a byte, and how many bytes it takes."""
    size = 0
    for at, byte in enumerate(data):
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            return size, at + 1
    raise ValueError("a packet has no size")
