"""WAV with plain samples, whose chunks fill the file exactly.

References
----------
Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", chapter 2, and "Multiple Channel Audio Data
and WAVE Files".
"""

from __future__ import annotations

import struct

from genre_tagger.files.beside import Found, with_listed
from genre_tagger.files.glance.head import SEPARATORS, Head, UnsureError
from genre_tagger.files.glance.id3v2 import plain_tag
from genre_tagger.files.sniff import ID3_HEADER_BYTES, id3_size
from genre_tagger.files.splice import id3, info
from genre_tagger.files.values import NOTHING, Fields, Tags, filled, genres_of

_HEADER, _CHUNK = 12, 8
_LARGEST = 1 << 31  # bytes of a file that may certainly grow
_MOST_CHUNKS = 1000
_ID3 = (b"id3 ", b"ID3 ")
_ELSEWHERE = (b"COMM", b"SSND")  # chunks of AIFF
_PCM = (0x0001, 0x0003, 0xFFFE)
_FORMAT = struct.Struct("<HHIIHH")


def wav(head: Head) -> Tags:
    """Look at a WAV file."""
    if head.data[:4] != b"RIFF" or int.from_bytes(head.data[4:8], "little") + 8 != head.size or head.size > _LARGEST:
        raise UnsureError
    seen = dict[bytes, tuple[int, int]]()
    at, number = _HEADER, 0
    while at < head.size:
        start = head.read(at, _CHUNK)
        name, size = start[:4], int.from_bytes(start[4:], "little")
        if not name.isascii() or not name.decode().isprintable() or number > _MOST_CHUNKS:
            raise UnsureError
        kind = _kind(head, name, at + _CHUNK, size)
        if kind in seen:
            raise UnsureError
        if kind:
            seen[kind] = (at + _CHUNK, size)
        at, number = at + _CHUNK + size + size % 2, number + 1
    if at != head.size:
        raise UnsureError
    return _tags(head, seen)


def _kind(head: Head, name: bytes, start: int, size: int) -> bytes:
    """What there may be one of; nothing for what means nothing here."""
    if name in _ELSEWHERE:
        raise UnsureError
    if name == b"LIST" and size >= 4 and head.read(start, 4) == info.TYPE:
        return info.TYPE
    return b"id3 " if name in _ID3 else name if name in (b"fmt ", b"data") else b""


def _tags(head: Head, seen: dict[bytes, tuple[int, int]]) -> Tags:
    listed = _listed(head.read(*seen[info.TYPE])) if info.TYPE in seen else info.Info()
    genres = genres_of([listed.texts().get(info.GENRE.decode(), "")], SEPARATORS)
    fields: Fields = NOTHING
    version: int | None = None
    if b"id3 " in seen:
        raw = head.read(*seen[b"id3 "])
        size = id3_size(raw[:ID3_HEADER_BYTES])
        tag = plain_tag(raw[:size])
        if raw[size:].strip(b"\0"):
            raise UnsureError
        title, artist, album, track, genre, details = id3.fields(tag)
        version = tag.version
        fields = (title, artist, album, track, with_listed(genre, genres if genre else ()), details)
    tags = Found(fields, _seconds(head, seen), version).tags("WAV", SEPARATORS)
    return tags if tags.is_complete else filled(tags, listed.names(), genres)


def _seconds(head: Head, seen: dict[bytes, tuple[int, int]]) -> float:
    kind, _, rate, _, block, _ = _FORMAT.unpack(head.read(seen[b"fmt "][0], _FORMAT.size))
    size = seen[b"data"][1]
    if kind not in _PCM or seen[b"fmt "][1] < _FORMAT.size or not size:
        raise UnsureError
    return float(size // block / rate)


def _listed(content: bytes) -> info.Info:
    """The entries of an INFO list; both readers of it have to understand the same."""
    listed = info.parse(content)
    if listed != info.read(content) or not all(name.isalnum() for name, _ in listed.entries):
        raise UnsureError
    return listed
