"""FLAC, and Ogg with Vorbis or Opus: their comments are the same.

References
----------
RFC 9639 (FLAC), section 8; RFC 3533 (Ogg), section 6; RFC 7845 (Opus in Ogg), section 5; xiph.org: "Vorbis I
specification", section 4.2 and "Ogg Vorbis I format specification: comment field".
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from genre_tagger.files.beside import Found
from genre_tagger.files.glance.head import SEPARATORS, Head, UnsureError
from genre_tagger.files.proof.vorbis import ogg_crc
from genre_tagger.files.values import Tags, comment_fields

_MOST_COMMENTS = 10_000
_MOST_BLOCKS = 1000
_KEY = re.compile(rb"[\x20-\x3c\x3e-\x7d]+=")
_LENGTH = struct.Struct("<I")

_STREAMINFO, _PADDING, _APPLICATION, _SEEKTABLE, _COMMENT, _PICTURE = 0, 1, 2, 3, 4, 6
_KNOWN = (_STREAMINFO, _PADDING, _APPLICATION, _SEEKTABLE)
_BEGINS = (b"fLaC\0\0\0\x22", b"fLaC\x80\0\0\x22")  # STREAMINFO, 34 bytes
_WORDS_OF_A_PICTURE = 400  # bytes that its kind and its description take, at most


def flac(head: Head) -> Tags:
    """Look at a FLAC file that begins with its blocks."""
    at, last = 4, False
    seen, comments = list[int](), b""
    while not last:
        kind, length = head.read(at, 1)[0], int.from_bytes(head.read(at + 1, 3), "big")
        kind, last, at = kind & 0x7F, kind >= 0x80, at + 4
        if kind == _COMMENT:
            comments = head.read(at, length)
        elif kind == _PICTURE:
            _require_picture(head, at, length)
        elif kind not in _KNOWN or len(seen) > _MOST_BLOCKS:
            raise UnsureError
        seen.append(kind)
        at += length
    once = all(seen.count(kind) <= 1 for kind in (_STREAMINFO, _COMMENT, _SEEKTABLE))
    sync = head.read(at, 2)
    if not once or head.data[:8] not in _BEGINS or sync[0] != 0xFF or sync[1] & 0xFE != 0xF8:
        raise UnsureError
    head.require_no_end(0)
    pairs, end = _comments(comments, 0) if _COMMENT in seen else ([], 0)
    if end != len(comments):
        raise UnsureError
    rate = int.from_bytes(head.data[18:21], "big") >> 4
    samples = int.from_bytes(head.data[21:26], "big") & 0xFFFFFFFFF
    return Found(comment_fields(pairs), samples / rate).tags("FLAC", SEPARATORS)


def _require_picture(head: Head, start: int, length: int) -> None:
    """Make sure that the parts of a picture's block fill it; some programs wrote blocks that state too little."""
    words = head.read(start, min(length, _WORDS_OF_A_PICTURE))
    kind = int.from_bytes(words[4:8], "big")
    description = int.from_bytes(words[8 + kind : 12 + kind], "big")
    behind = 12 + kind + description + 16
    if behind + 4 > len(words) or behind + 4 + int.from_bytes(words[behind : behind + 4], "big") != length:
        raise UnsureError


def _comments(data: bytes, at: int) -> tuple[list[tuple[str, str]], int]:
    """Key and value of each comment, and where the last one ends."""
    (length,) = _LENGTH.unpack_from(data, at)
    at += 4 + length
    data[at - length : at].decode()
    (count,) = _LENGTH.unpack_from(data, at)
    if count > _MOST_COMMENTS:
        raise UnsureError
    at += 4
    pairs = list[tuple[str, str]]()
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(data, at)
        at += 4 + length
        comment = data[at - length : at]
        if not _KEY.match(comment):
            raise UnsureError
        key, _, value = comment.decode().partition("=")
        pairs.append((key, value))
    if at > len(data):
        raise UnsureError
    return pairs, at


_CONTINUED, _FIRST, _LAST = 1, 2, 4
_PAGE = struct.Struct("<4sBBqII4sB")
_NONE_ENDS = -1
_END, _FAR_END = 1 << 13, 1 << 16  # bytes in which the last page begins
_HEADERS = 4  # packets behind which nothing is looked at
_MOST_PAGES = 100  # that the headers may take; a picture has its place among them


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    body: bytes
    end: int


def vorbis(head: Head) -> Tags:
    """Look at Vorbis in an Ogg file that holds nothing else."""
    first, comment, position = _ogg(head, b"\x01vorbis", b"\x03vorbis")
    pairs, end = _comments(comment, 0)
    if comment[end : end + 1] != b"\x01" or comment[end + 1 :].strip(b"\0"):
        raise UnsureError
    (rate,) = _LENGTH.unpack_from(first, 12)
    if len(first) < 28:
        raise UnsureError
    return Found(comment_fields(pairs), position / rate).tags("Vorbis", SEPARATORS)


def opus(head: Head) -> Tags:
    """Look at Opus in an Ogg file that holds nothing else."""
    first, comment, position = _ogg(head, b"OpusHead", b"OpusTags")
    pairs, _ = _comments(comment, 0)
    if len(first) < 19 or first[8] >> 4:
        raise UnsureError
    played = position - int.from_bytes(first[10:12], "little")
    return Found(comment_fields(pairs), played / 48000).tags("Opus", SEPARATORS)


def _ogg(head: Head, magic: bytes, comment_magic: bytes) -> tuple[bytes, bytes, int]:
    """The first packet, what is behind the magic of the second, and the position of the last page."""
    page = _page(head, 0)
    serial, begun, sequence, ended, first = page.serial, page.sequence, page.sequence, 0, page.body
    if page.flags != _FIRST or page.lacing != bytes([len(first)]) or not first.startswith(magic):
        raise UnsureError
    comment, whole, unfinished = bytearray(), False, False
    while ended < _HEADERS - 1:
        page = _page(head, page.end)
        sequence += 1
        expected = unfinished * _CONTINUED | (page.end == head.size) * _LAST
        if (page.serial, page.sequence, page.flags) != (serial, sequence, expected) or not page.lacing:
            raise UnsureError
        if sequence - begun > _MOST_PAGES:
            raise UnsureError
        if not whole:
            size, whole = _to_the_end_of_a_packet(page.lacing)
            comment += page.body[:size]
        ended += len(page.lacing) - page.lacing.count(255)
        unfinished = page.lacing[-1] == 255
    if page.end < head.size:
        _page(head, page.end)
    elif unfinished:
        raise UnsureError
    if not comment.startswith(comment_magic):
        raise UnsureError
    head.require_no_end(0)
    return first, bytes(comment[len(comment_magic) :]), _last_position(head, serial)


def _page(head: Head, at: int) -> _Page:
    start = head.read(at, min(27 + 255, head.size - at))
    magic, version, flags, granule, serial, sequence, crc, segments = _PAGE.unpack_from(start)
    lacing = start[27 : 27 + segments]
    if magic != b"OggS" or version or len(lacing) != segments:
        raise UnsureError
    body = head.read(at + 27 + segments, sum(lacing))
    checked = start[:22] + b"\0\0\0\0" + start[26 : 27 + segments] + body
    if ogg_crc(checked) != int.from_bytes(crc, "little"):
        raise UnsureError
    return _Page(flags, granule, serial, sequence, lacing, body, at + len(checked))


def _to_the_end_of_a_packet(lacing: bytes) -> tuple[int, bool]:
    """How many bytes of a page belong to the packet that it begins with, and whether that ends here."""
    size = 0
    for part in lacing:
        size += part
        if part < 255:
            return size, True
    return size, False


def _last_position(head: Head, serial: int) -> int:
    """The position in samples that the last page states."""
    for length in (_END, _FAR_END):
        tail = head.last(length)
        at = tail.rfind(b"OggS")
        if at >= 0:
            break
    _, version, flags, granule, owner, _, _, segments = _PAGE.unpack_from(tail, at)
    lacing = tail[at + 27 : at + 27 + segments]
    whole = len(lacing) == segments and at + 27 + segments + sum(lacing) <= len(tail)
    if not whole or version or owner != serial or not flags & _LAST or granule == _NONE_ENDS:
        raise UnsureError
    return int(granule)
