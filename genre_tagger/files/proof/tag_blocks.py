"""The frames of an ID3v2 tag, every one but the genre kept byte for byte.

The proof reads the tag by itself, apart from the code that writes it: one mistake cannot hide in both.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source

_HEADER = 10
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
_NAME = {
    2: re.compile(rb"[A-Z][A-Z0-9]{2}"),
    3: re.compile(rb"[A-Z][A-Z0-9]{3}"),
    4: re.compile(rb"[A-Z][A-Z0-9]{3}"),
}
_GENRE = (b"TCO", b"TCON")

Frame = tuple[bytes, bytes, bytes]
"""Name, flags, content."""


def tag_end(source: Source, start: int = 0) -> int:
    """Where the ID3v2 tag at `start` says that it ends; `start` itself if there is none.

    Raises
    ------
    RefusedError
        If the tag's header is damaged or the tag reaches beyond the end of the file.
    """
    head = source.peek(start, _HEADER)
    if head[:3] != b"ID3":
        return start
    if len(head) < _HEADER or head[3] not in _NAME or any(byte & 0x80 for byte in head[6:]):
        raise source.refused("The header of the ID3 tag is damaged.")
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    footer = _HEADER if head[3] == 4 and head[5] & _FOOTER else 0
    if start + _HEADER + size + footer > source.size:
        raise source.refused("The ID3 tag states a size beyond the end of the file.")
    return start + _HEADER + size + footer


def keep_frames(source: Source, proof: Proof, start: int = 0) -> int:
    """Add every frame but the genre of the ID3v2 tag at `start` to what must survive.

    Parameters
    ----------
    source : Source
        The file.
    proof : Proof
        Gets the frames, in any order, and the version of the tag if it has any.
    start : int
        Where the tag begins, if there is one.

    Returns
    -------
    int
        Where the tag ends; `start` if there is none.

    Raises
    ------
    RefusedError
        If the frames and the padding do not fill the tag: its size may be wrong, and sound lie in it.
    """
    end = tag_end(source, start)
    if end == start:
        return start
    head = source.read(start, _HEADER)
    version, flags = head[3], head[5]
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    data = source.read(start + _HEADER, size)
    if version < 4 and flags & _UNSYNCHRONISED:
        data = data.replace(b"\xff\x00", b"\xff")
    if version == 2 and flags & _EXTENDED:
        raise source.refused("The ID3 tag is compressed.")
    frames = _frames(data[_extended_size(data, version, flags) :], version)
    if frames is None:
        raise source.refused("The ID3 tag is damaged or states a wrong size.")
    kept = [frame for frame in frames if frame[0] not in _GENRE]
    if kept:
        proof.keep("id3 version", bytes([version]))
    proof.keep_sorted("frame", kept)
    return end


def _extended_size(data: bytes, version: int, flags: int) -> int:
    if version < 3 or not flags & _EXTENDED:
        return 0
    return _syncsafe(data[:4]) if version == 4 else 4 + int.from_bytes(data[:4], "big")


def _syncsafe(data: bytes) -> int:
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def _frames(data: bytes, version: int) -> list[Frame] | None:
    frames = _walk(data, version, syncsafe=version == 4)
    if frames is None and version == 4:
        # Some versions of iTunes wrote plain sizes into 2.4 tags.
        frames = _walk(data, version, syncsafe=False)
    return frames


def _walk(data: bytes, version: int, *, syncsafe: bool) -> list[Frame] | None:
    """All frames, or None where something is neither a frame nor padding."""
    named, header = (3, 6) if version == 2 else (4, 10)
    frames: list[Frame] = []
    at = 0
    while at < len(data) and data[at]:
        name, sized = data[at : at + named], data[at + named : at + 2 * named]
        if at + header > len(data) or not _NAME[version].fullmatch(name):
            return None
        size = _syncsafe(sized) if syncsafe else int.from_bytes(sized, "big")
        if (syncsafe and any(byte & 0x80 for byte in sized)) or size > len(data) - at - header:
            return None
        if len(frames) == MAX_PARTS:
            return None
        frames.append((name, data[at + 2 * named : at + header], data[at + header : at + header + size]))
        at += header + size
    return None if data[at:].strip(b"\0") else frames


_APE_GENRE = b"genre"
_DAMAGED_APE = "The APEv2 tag of the file is damaged."
_DAMAGED_LYRICS = "The lyrics tag of the file is damaged."
_ID3V1, _ID3V1_LONG, _APE_FOOTER = 128, 227, 32
_HAS_HEADER, _IS_HEADER = 1 << 31, 1 << 29
_LYRICS_OLD = 5100


def keep_tail(source: Source, proof: Proof, start: int, *, ape_may_begin: bool = False) -> int:
    """Find the tags at the end of a file and add all of them but the genre to what must survive.

    Parameters
    ----------
    source : Source
        The file.
    proof : Proof
        Gets the facts.
    start : int
        Where the sound begins; no tag reaches before it.
    ape_may_begin : bool
        Whether a first APEv2 tag may come with the genre.

    Returns
    -------
    int
        Where the sound ends.

    Raises
    ------
    RefusedError
        If "TAG" stands where some programs would take it for an ID3v1 tag, or an APEv2 tag is damaged.
    """
    end = _keep_id3v1(source, proof, start)
    ape = False
    while True:
        foot = source.peek(max(end - _APE_FOOTER, start), min(_APE_FOOTER, end - start))
        if foot[:8] == b"APETAGEX" and len(foot) == _APE_FOOTER:
            if ape:
                raise source.refused("The file has two APEv2 tags.")
            ape, end = True, _keep_ape(source, proof, start, end, foot)
        elif foot[-9:] in (b"LYRICS200", b"LYRICSEND"):
            end = _keep_lyrics(source, proof, start, end, foot)
        elif foot[-10:-7] == b"3DI":
            raise source.refused("The file has a second ID3 tag at its end.")
        else:
            break
    if ape and not ape_may_begin:
        proof.keep("apev2")
    return end


def _keep_id3v1(source: Source, proof: Proof, start: int) -> int:
    end = source.size
    last = source.peek(max(end - _ID3V1, start), min(_ID3V1, end - start))
    if len(last) == _ID3V1 and last[:3] == b"TAG":
        proof.keep("id3v1", last[:-1])
        end -= _ID3V1
        if source.peek(max(end - _ID3V1_LONG, start), 4) == b"TAG+" and end - _ID3V1_LONG >= start:
            proof.keep_range("id3v1 long", end - _ID3V1_LONG, end)
            end -= _ID3V1_LONG
    elif b"TAG" in last[:7] and b"APETAGEX" not in last[:12]:
        raise source.refused("Something near the end of the file looks like an ID3v1 tag and is none.")
    return end


def _keep_lyrics(source: Source, proof: Proof, start: int, end: int, foot: bytes) -> int:
    if foot.endswith(b"LYRICS200") and foot[-15:-9].isdigit():
        begin = end - 15 - int(foot[-15:-9])
        if begin < start or source.read(begin, 11) != b"LYRICSBEGIN":
            raise source.refused(_DAMAGED_LYRICS)
    else:
        window = max(end - _LYRICS_OLD, start)
        found = source.read(window, end - window).rfind(b"LYRICSBEGIN")
        if found < 0:
            raise source.refused(_DAMAGED_LYRICS)
        begin = window + found
    proof.keep_range("lyrics", begin, end)
    return begin


def _keep_ape(source: Source, proof: Proof, start: int, end: int, foot: bytes) -> int:
    version, size, _, flags = struct.unpack_from("<4I", foot, 8)
    begin: int = end - size
    if version not in (1000, 2000) or flags & _IS_HEADER or size < _APE_FOOTER or begin < start:
        raise source.refused(_DAMAGED_APE)
    facts = []
    for key, flag, value in _items(source, source.read(begin, size - _APE_FOOTER)):
        if key.lower() != _APE_GENRE:
            # An APEv1 tag becomes an APEv2 tag, whose text is UTF-8; plain ASCII means the same in both.
            facts.append((key, flag, value, b"" if value.isascii() else str(version).encode()))
    proof.keep_sorted("apev2 item", facts)
    if flags & _HAS_HEADER:
        begin -= _APE_FOOTER
        if begin < start or source.read(begin, 8) != b"APETAGEX":
            raise source.refused(_DAMAGED_APE)
    return begin


def _items(source: Source, data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at = 0
    for _ in range(MAX_PARTS):
        if at == len(data):
            return
        stop = data.find(b"\0", at + 8, at + 8 + 256)
        size = int.from_bytes(data[at : at + 4], "little")
        if stop <= at + 8 or size > len(data) - stop - 1:
            break
        yield data[at + 8 : stop], data[at + 4 : at + 8], data[stop + 1 : stop + 1 + size]
        at = stop + 1 + size
    raise source.refused(_DAMAGED_APE)
