"""MP3 that begins with its sound, or with an ID3v2.3 or 2.4 tag which sound follows at once.

References
----------
ISO/IEC 11172-3, 2.4.1.3; gabriel.mp3-tech.org: "Mp3 Info Tag rev 1 specifications".
"""

from __future__ import annotations

import re

from genre_tagger.files.beside import Found
from genre_tagger.files.glance.head import SEPARATORS, Head, UnsureError
from genre_tagger.files.glance.id3v2 import plain_tag
from genre_tagger.files.sniff import ID3_HEADER_BYTES, frame_bit_rate, frame_length, frame_samples, id3_size
from genre_tagger.files.splice import id3
from genre_tagger.files.values import NOTHING, Names, Tags, filled, genres_of

_LAYER_3 = 0x02
_WINDOW = 6000  # bytes that four frames take at most, and what may begin in the last of them
_ENOUGH = 4  # frames
_MONO = 0xC0
_XING = (b"Xing", b"Info")
_FRAMES, _BYTES, _TOC, _QUALITY = 1, 2, 4, 8
_LAME = 36  # bytes of the header of LAME: its name and version, and what follows up to the delays
_LAME_NAMED = re.compile(rb"LAME3\.(?:9[1-9]|1\d\d)(?!\d)")
_REVISION = 9
_DELAYS = 21  # where the samples that were added in front and behind are named, 12 bits each


def mp3(head: Head) -> Tags:
    """Look at an MP3 file."""
    size = id3_size(head.data[:ID3_HEADER_BYTES])
    tag = plain_tag(head.read(0, size)) if size else None
    fields, version = (id3.fields(tag), tag.version) if tag else (NOTHING, None)
    tags = Found(fields, _length(head, size), version).tags("MP3", SEPARATORS)
    older = head.id3v1(size)
    if not tags.is_complete:
        tags = filled(tags, id3.names(tag) if tag else Names(), ())
        tags = filled(tags, older.names, genres_of([older.genre])) if older else tags
    return tags


def _length(head: Head, start: int) -> float:
    """Seconds of the sound that begins at `start`."""
    window = head.read(start, min(_WINDOW, head.size - start))
    size = _frame(window, 0)
    second = _frame(window, size)
    place = (21, 13) if not window[1] & 0x08 else (36, 21)
    at = place[window[3] & _MONO == _MONO]
    if window[at : at + 4] in _XING:
        return _stated(window, at)
    end = size + second
    for _ in range(_ENOUGH - 2):
        end += _frame(window, end)
    if any(name in window[: end + _LAME] for name in (*_XING, b"VBRI")):
        raise UnsureError
    return 8 * (head.size - start) / frame_bit_rate(window)


def _frame(window: bytes, at: int) -> int:
    """Length in bytes of the frame of layer III that begins there."""
    frame = window[at : at + 4]
    length = frame_length(frame)
    if not length or frame[1] & 0x06 != _LAYER_3:
        raise UnsureError
    return length


def _stated(window: bytes, at: int) -> float:
    """Seconds that the first frame states, less the silence that the encoder added."""
    flags = int.from_bytes(window[at + 4 : at + 8], "big")
    if not flags & _FRAMES:
        raise UnsureError
    frames = int.from_bytes(window[at + 8 : at + 12], "big")
    behind = at + 12 + 4 * bool(flags & _BYTES) + 100 * bool(flags & _TOC) + 4 * bool(flags & _QUALITY)
    if len(window) < behind + _LAME:
        raise UnsureError
    samples, hertz = frame_samples(window)
    return max(samples * frames - _added(window[behind : behind + _LAME]), 0) / hertz


def _added(lame: bytes) -> int:
    """Samples that the encoder added in front and behind, if it says so."""
    if not lame.startswith((b"LAME", b"L3.99")):
        return 0
    if not _LAME_NAMED.match(lame) or lame[_REVISION] >> 4:
        raise UnsureError
    delays = int.from_bytes(lame[_DELAYS : _DELAYS + 3], "big")
    return (delays >> 12) + (delays & 0xFFF)
