"""The frames of an ID3v2 tag, every one but the genre kept byte for byte.

The proof reads the tag by itself, apart from the code that writes it: one mistake cannot hide in both.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source
from genre_tagger.files.proof.told import CODECS, NOTHING, Told, either, frame_text, keep_told, of_id3v1, told
from genre_tagger.files.values import FIELDS, GENRE, NAMES

_HEADER = 10
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
_NAME = {
    2: re.compile(rb"[A-Z][A-Z0-9]{2}"),
    # iTunes has put names of 2.2 into tags of 2.3, filled up with a space or a zero.
    3: re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]"),
    4: re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]"),
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


def keep_frames(source: Source, proof: Proof, start: int = 0, older: Told = NOTHING) -> int:
    """Add every frame but the genre of the ID3v2 tag at `start` to what must survive.

    Parameters
    ----------
    source : Source
        The file.
    proof : Proof
        Gets the frames, in any order, and the version of the tag if it has any.
    start : int
        Where the tag begins, if there is one.
    older : Told
        What other tags of the file say, which this one may come to say as well.

    Returns
    -------
    int
        Where the tag ends; `start` if there is none.

    Raises
    ------
    RefusedError
        If the frames and the padding do not fill the tag: its size may be wrong, and sound lie in it.
    """
    end, version, frames = _read_frames(source, start)
    kept = keep_told(
        proof, older, [name.encode() for name in NAMES[f"id3v2.{version}"]],
        [frame for frame in frames if not _may_change(proof, frame)],
        name_of=lambda frame: frame[0], text_of=lambda frame: frame_text(*frame),
        has_genre=any(_is_genre(*frame) for frame in frames),
    )  # fmt: skip
    if kept:
        proof.keep("id3 version", bytes([version]))
    proof.keep_sorted("frame", kept)
    if end > start and version > 2 and source.read(start + 5, 1)[0] & _EXTENDED:
        _keep_extended(proof, version, source.read(start + _HEADER, end - start - _HEADER), frames)
    return end


def _keep_extended(proof: Proof, version: int, data: bytes, frames: Sequence[Frame]) -> None:
    """Add the flags of an extended header, and whether the checksum that it may state is right."""
    size = _extended_size(data, version, _EXTENDED)
    proof.keep("extended header", data[4:6])
    stated = data[10:size] if version == 3 else data[7:size]
    if stated:
        sized = sum(_HEADER + len(content) for _, _, content in frames) if version == 3 else len(data)
        number = int.from_bytes(stated, "big") if version == 3 else _syncsafe(stated)
        proof.keep("checksum", bytes([number == zlib.crc32(data[size : size + sized])]))


def _may_change(proof: Proof, frame: Frame) -> bool:
    """Whether a frame is what is written."""
    if proof.field == GENRE:
        return _is_genre(*frame)
    places = FIELDS[proof.field]
    return frame[0].decode("latin-1") in [places.get(kind) for kind in ("id3v2.2", "id3v2.3", "id3v2.4")]


def _is_genre(name: bytes, flags: bytes, content: bytes) -> bool:
    """Whether a frame is the genre's, or a text of the user's own that is described as "genre"."""
    if name not in (b"TXX", b"TXXX"):
        return name in _GENRE
    if flags.strip(b"\0") or not content or content[0] >= len(CODECS):
        return False
    description, end, _ = content[1:].decode(CODECS[content[0]], "replace").partition("\0")
    return bool(end) and description.strip("\ufeff").casefold() == "genre"


def told_by_frames(source: Source, start: int = 0) -> Told:
    """What the plain text frames of the ID3v2 tag at `start` say."""
    _, version, frames = _read_frames(source, start)
    texts = dict[str, str]()
    for frame in frames:
        text = frame_text(*frame)
        if text:
            texts.setdefault(frame[0].decode("latin-1").lower(), "; ".join(filter(None, text.split("\0"))))
    return told(f"id3v2.{version}", texts)


def _read_frames(source: Source, start: int) -> tuple[int, int, list[Frame]]:
    """Where the ID3v2 tag at `start` ends, its version, and its frames; no frames if there is no tag."""
    end = tag_end(source, start)
    if end == start:
        return end, 4, []
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
    return end, version, frames


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
_APE = b"APETAGEX"
_NO_TEXT = 6  # flags of an item whose value is no text
_LYRICS_OLD = 5100


def keep_tail(source: Source, proof: Proof, start: int, *, ape_may_begin: bool = False) -> tuple[int, Told]:
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
    Told
        What the tags behind it say.

    Raises
    ------
    RefusedError
        If "TAG" stands where some programs would take it for an ID3v1 tag, or an APEv2 tag is damaged.
    """
    end, old = _keep_id3v1(source, proof, start)
    ape: Told | None = None
    while True:
        foot = source.peek(max(end - _APE_FOOTER, start), min(_APE_FOOTER, end - start))
        if foot[:8] == _APE and len(foot) == _APE_FOOTER:
            if ape is not None:
                raise source.refused("The file has two APEv2 tags.")
            end, ape = _keep_ape(source, proof, start, end, foot, old)
        elif foot[-9:] in (b"LYRICS200", b"LYRICSEND"):
            end = _keep_lyrics(source, proof, start, end, foot)
        elif foot[-10:-7] == b"3DI":
            raise source.refused("The file has a second ID3 tag at its end.")
        else:
            break
    if ape is not None and not ape_may_begin:
        proof.keep("apev2")
    elif ape is None and ape_may_begin:
        _keep_items(proof, [], old)
    return end, either(ape or NOTHING, old)


def _keep_id3v1(source: Source, proof: Proof, start: int) -> tuple[int, Told]:
    end, said = source.size, NOTHING
    last = source.peek(max(end - _ID3V1, start), min(_ID3V1, end - start))
    # An APEv2 tag of this length begins with a name whose "TAG" stands there.
    first = source.peek(max(end - _ID3V1 - 3, start), 16)
    if len(last) == _ID3V1 and last[:3] == b"TAG" and not first.startswith(_APE):
        proof.keep("id3v1", last[:-1] if proof.field == GENRE else last)
        said = of_id3v1(last)
        end -= _ID3V1
        if source.peek(max(end - _ID3V1_LONG, start), 4) == b"TAG+" and end - _ID3V1_LONG >= start:
            proof.keep_range("id3v1 long", end - _ID3V1_LONG, end)
            end -= _ID3V1_LONG
    elif b"TAG" in last[:7] and _APE not in first:
        raise source.refused("Something near the end of the file looks like an ID3v1 tag and is none.")
    return end, said


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


def _keep_ape(source: Source, proof: Proof, start: int, end: int, foot: bytes, older: Told) -> tuple[int, Told]:
    version, size, _, flags = struct.unpack_from("<4I", foot, 8)
    begin: int = end - size
    if version not in (1000, 2000) or flags & _IS_HEADER or size < _APE_FOOTER or begin < start:
        raise source.refused(_DAMAGED_APE)
    items = list(_items(source, source.read(begin, size - _APE_FOOTER)))
    # An APEv1 tag becomes an APEv2 tag, whose text is UTF-8; plain ASCII means the same in both.
    _keep_items(proof, [(*item, b"" if item[2].isascii() else str(version).encode()) for item in items], older)
    if flags & _HAS_HEADER:
        begin -= _APE_FOOTER
        if begin < start or source.read(begin, 8) != _APE:
            raise source.refused(_DAMAGED_APE)
    texts = dict[str, str]()
    for key, flag, value in items:
        if not flag[0] & _NO_TEXT:
            text = value.decode("utf-8", "replace").strip("\0 ").replace("\0", "; ")
            texts.setdefault(key.decode("latin-1").lower(), text)
    return begin, told("apev2", texts)


def _keep_items(proof: Proof, items: Sequence[tuple[bytes, bytes, bytes, bytes]], older: Told) -> None:
    written = _APE_GENRE if proof.field == GENRE else FIELDS[proof.field]["apev2"].lower().encode()
    kept = keep_told(
        proof, older, [name.lower().encode() for name in NAMES["apev2"]],
        [item for item in items if item[0].lower() != written],
        name_of=lambda item: item[0].lower(), text_of=lambda item: item[2].decode("utf-8", "replace"),
        has_genre=any(item[0].lower() == _APE_GENRE for item in items),
    )  # fmt: skip
    proof.keep_sorted("apev2 item", kept)


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
