"""MP4 with one track, of sound in AAC or Apple Lossless, which is not in fragments.

References
----------
ISO/IEC 14496-12, 8; ISO/IEC 14496-1, 7.2.6 (the description of the decoder); Apple: "QuickTime File Format
Specification", "Metadata".
"""

from __future__ import annotations

import io
import re
from typing import Any

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.beside import Found
from genre_tagger.files.glance.head import SEPARATORS, Head, UnsureError
from genre_tagger.files.proof.mp4 import Tables, keep_chunks
from genre_tagger.files.proof.source import Proof, Source
from genre_tagger.files.values import Fields, Tags, mp4_fields

_MOST_ATOMS, _MOST_AT_THE_TOP = 2000, 100
_TOP = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
_PARENTS = (b"moov", b"udta", b"trak", b"mdia", b"meta", b"ilst", b"stbl", b"minf", b"moof", b"traf", b"mvex")
# What is understood in one place alone, or is for a closer look to weigh.
_STRANGE = frozenset((*_PARENTS, b"stsd", b"saio", b"stz2", b"chpl", b"iloc", b"\xa9gen", b"gnre"))
_ENTRY = 28  # bytes of a description of sound before its own atoms
_TABLES = (b"stsc", b"stsz", b"stco", b"co64")
_COOKIE = 28  # bytes that describe Apple Lossless
_TEXTS = (b"\xa9nam", b"\xa9ART", b"\xa9alb", b"\xa9gen", b"aART", b"\xa9day", b"\xa9wrt", b"\xa9wrk")
_NEW, _TRUTH = b"\xa9wrk", b"cpil"
_PAIRS = (b"trkn", b"disk")
_PLAIN = (b"\0\0\0\0", b"\0\0\0\1")  # kinds of data that are UTF-8
_LONGEST_TEXT = 1 << 16

Atom = tuple[bytes, int, int]
"""Name, and where the content begins and ends."""

# A descriptor of an elementary stream, up to what is special to its decoder.
_ESDS = re.compile(
    rb"\0.{3}\x03\x80{0,3}[\0-\x7f]..[\0-\x1f]\x04\x80{0,3}[\0-\x7f]\x40[\x14-\x17].{11}\x05\x80{0,3}([\0-\x7f])",
    re.DOTALL,
)
_AAC_LC = 2


def mp4(head: Head) -> Tags:
    """Look at an MP4 file."""
    places, movie, at, number = list[tuple[int, int]](), None, 0, 0
    while at < head.size:
        start = head.read(at, min(16, head.size - at))
        size, name, content = int.from_bytes(start[:4], "big"), start[4:8], 8
        if size == 1 and name == b"mdat":
            size, content = int.from_bytes(start[8:], "big"), 16
        twice = name == b"moov" and movie is not None
        if name not in _TOP or size < content or at + size > head.size or twice or number > _MOST_AT_THE_TOP:
            raise UnsureError
        if name == b"moov":
            movie = head.read(at + content, size - content)
        elif name == b"mdat":
            places.append((at + content, at + size))
        at, number = at + size, number + 1
    if movie is None:
        raise UnsureError
    return _movie(head.path, movie, places)


def _movie(path: str, data: bytes, places: list[tuple[int, int]]) -> Tags:
    """What a movie header says; `places` are those of the media data in the file."""
    inside = _children(data, (b"moov", 0, len(data)), b"trak", b"udta")
    media = _children(data, _children(data, inside[b"trak"], b"mdia")[b"mdia"], b"mdhd", b"hdlr", b"minf")
    _, start, _ = media[b"hdlr"]
    if data[start + 8 : start + 12] != b"soun":
        raise UnsureError
    tables = _children(data, _children(data, media[b"minf"], b"stbl")[b"stbl"], b"stsd", *_TABLES)
    if b"stco" in tables and b"co64" in tables:
        raise UnsureError
    source = Source(path, io.BytesIO(data), len(data))
    known = Tables({name: tables[name][1:] for name in _TABLES if name in tables})
    try:
        keep_chunks(source, Proof(source, reading=False), [known], places)
    except RefusedError as error:
        raise UnsureError from error
    name = _codec(data, tables[b"stsd"])
    return Found(_fields(data, inside.get(b"udta")), _seconds(data, media[b"mdhd"])).tags(name, SEPARATORS)


def _atoms(data: bytes, start: int, end: int) -> list[Atom]:
    atoms = list[Atom]()
    while start < end:
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or size > end - start or len(atoms) > _MOST_ATOMS:
            raise UnsureError
        atoms.append((data[start + 4 : start + 8], start + 8, start + size))
        start += size
    return atoms


def _children(data: bytes, atom: Atom, *wanted: bytes) -> dict[bytes, Atom]:
    """The atoms in another one, by name: those wanted are there once at most, and nothing strange beside them."""
    named = dict[bytes, Atom]()
    for child in _atoms(data, *atom[1:]):
        name = child[0]
        if (name in named) if name in wanted else (name in _STRANGE):
            raise UnsureError
        named[name] = child
    return named


def _seconds(data: bytes, atom: Atom) -> float:
    """Length by the media header."""
    _, start, end = atom
    version = data[start]
    at, width = (20, 8) if version else (12, 4)
    if version > 1 or end - start < at + 4 + width:
        raise UnsureError
    unit, length = data[start + at : start + at + 4], data[start + at + 4 : start + at + 4 + width]
    return int.from_bytes(length, "big") / int.from_bytes(unit, "big")


def _codec(data: bytes, atom: Atom) -> str:
    """The name of the only kind of sound."""
    _, start, end = atom
    (entry,) = _atoms(data, start + 8, end)
    begin = entry[1] + _ENTRY
    name, first, stop = _atoms(data, begin, begin + int.from_bytes(data[begin : begin + 4], "big"))[0]
    if data[start : start + 8] != b"\0\0\0\0\0\0\0\1" or stop > entry[2]:
        raise UnsureError
    if entry[0] == name == b"alac" and data[first] == 0 and stop - first >= _COOKIE:
        return "ALAC"
    if entry[0] == b"mp4a" and name == b"esds" and _is_plain_aac(data[first:stop]):
        return "AAC"
    raise UnsureError


def _is_plain_aac(content: bytes) -> bool:
    match = _ESDS.match(content)
    if match is None:
        return False
    length, config = match[1][0], content[match.end() :]
    kind, rate, channels = config[0] >> 3, config[0] << 1 & 0xE | config[1] >> 7, config[1] >> 3 & 0xF
    plain = kind == _AAC_LC and rate != 0xF and channels > 0 and not config[1] & 3
    return plain and (length in (2, 3) or (length > 3 and len(config) >= 8))


def _fields(data: bytes, user_data: Atom | None) -> Fields:
    """The values of the items of iTunes."""
    said = dict[str, Any]()
    for name, start, end in _items(data, user_data):
        parts = _atoms(data, start, end)
        if name == b"----":
            parts = _free(data, parts)
        for part, begin, stop in parts:
            if part != b"data" or stop - begin < 8 + 6 * (name in _PAIRS):
                raise UnsureError
            kind, key = data[begin : begin + 4], name.decode("latin-1")
            if name in _TEXTS:
                if kind not in _PLAIN or stop - begin > _LONGEST_TEXT or (name == _NEW and kind != _PLAIN[1]):
                    raise UnsureError
                said.setdefault(key, []).append(data[begin + 8 : stop].decode())
            elif name in _PAIRS:
                pair = data[begin + 10 : begin + 14]
                said.setdefault(key, []).append((int.from_bytes(pair[:2], "big"), int.from_bytes(pair[2:], "big")))
            elif name == _TRUTH:
                if stop - begin != 9 or key in said:
                    raise UnsureError
                said[key] = data[begin + 8] != 0
    return mp4_fields(said)


def _items(data: bytes, user_data: Atom | None) -> list[Atom]:
    meta = _children(data, user_data, b"meta").get(b"meta") if user_data else None
    if meta is None:
        return []
    _, start, end = meta
    if data[start : start + 4] != b"\0\0\0\0" or data[start + 4 : start + 8] == b"hdlr" or end - start < 8:
        raise UnsureError
    ilst = _children(data, (b"meta", start + 4, end), b"ilst").get(b"ilst")
    items = _atoms(data, *ilst[1:]) if ilst else []
    names = [name for name, _, _ in items]
    if names.count(b"\xa9gen") > 1 or any(name in _PARENTS or name == b"gnre" for name in names):
        raise UnsureError
    return items


def _free(data: bytes, parts: list[Atom]) -> list[Atom]:
    """The data of an item that programs may name as they like."""
    (mean, begin, stop), (name, start, end), *values = parts
    if mean != b"mean" or name != b"name" or min(stop - begin, end - start) < 4:
        raise UnsureError
    if data[start + 4 : end].lower() == b"genre":
        raise UnsureError
    return values
