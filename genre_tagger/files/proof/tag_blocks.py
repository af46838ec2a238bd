"""The frames of an ID3v2 tag, every one but the genre kept byte for byte.

The proof reads the tag by itself, apart from the code that writes it: one mistake cannot hide in both.
"""

from __future__ import annotations

import re

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
