"""The pages of an Ogg file, each with its checksum tested."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from genre_tagger.files.proof.source import Source

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_CONTINUED, _FIRST, _LAST = 1, 2, 4


def ogg_crc(data: bytes) -> int:
    """CRC-32 of an Ogg page: polynomial 0x04C11DB7, not reflected, starting from 0.

    zlib's CRC-32 has the same polynomial, but takes the lowest bit of each byte first and inverts its value
    before and after. So each byte is turned round, zlib starts from the inverse of 0, and the 32 bits of the
    result are inverted and turned round.

    References
    ----------
    RFC 3533, section 6, field 7.
    """
    register = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(register.to_bytes(4, "big").translate(_REVERSED), "little")


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes
    ----------
    serial : int
        Number of the stream it belongs to.
    sequence : int
        Number of the page in its stream.
    granule : int
        Position in samples at the end of the last packet that ends here; -1 when none ends.
    continued, first, last : bool
        Header flags: goes on with a packet of the page before, begins or ends a stream.
    parts : list of (bytes, bool)
        Pieces of packets, and whether the packet ends with the piece.
    """

    serial: int
    sequence: int
    granule: int
    continued: bool
    first: bool
    last: bool
    parts: list[tuple[bytes, bool]]


def pages(source: Source) -> Iterator[Page]:
    """Read all pages of a file, which they must fill.

    Raises
    ------
    RefusedError
        If something else than a page is met, a page is cut off, or its checksum is wrong.
    """
    at = 0
    while at < source.size:
        head = source.peek(at, 27 + 255)
        if len(head) < 27 or head[:5] != b"OggS\0":
            raise source.refused("The Ogg file holds something that is no page.")
        lacing = head[27 : 27 + head[26]]
        length = sum(lacing)
        if len(lacing) < head[26] or at + 27 + len(lacing) + length > source.size:
            raise source.refused("The Ogg file is cut off.")
        body = source.read(at + 27 + len(lacing), length)
        if ogg_crc(head[:22] + b"\0\0\0\0" + head[26:27] + lacing + body) != int.from_bytes(
            head[22:26], "little"
        ):
            raise source.refused("A page of the Ogg file has a wrong checksum.")
        yield Page(
            serial=int.from_bytes(head[14:18], "little"),
            sequence=int.from_bytes(head[18:22], "little"),
            granule=int.from_bytes(head[6:14], "little", signed=True),
            continued=bool(head[5] & _CONTINUED),
            first=bool(head[5] & _FIRST),
            last=bool(head[5] & _LAST),
            parts=_parts(lacing, body),
        )
        at += 27 + len(lacing) + length


def _parts(lacing: bytes, body: bytes) -> list[tuple[bytes, bool]]:
    parts, start, end = [], 0, 0
    for size in lacing:
        end += size
        if size < 255:
            parts.append((body[start:end], True))
            start = end
    if lacing and lacing[-1] == 255:
        parts.append((body[start:end], False))
    return parts
