"""APEv2 tags byte by byte: find the one near the end of a file, and splice another genre into it.

References
----------
wiki.hydrogenaudio.org: "APEv2 specification", "APE Tags Header", "APE Tag Item".
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice import id3v1
from genre_tagger.files.values import NAMES, Names, year_of

_MAGIC = b"APETAGEX"
_DAMAGED = "The APEv2 tag of the file is damaged."
_HEAD = struct.Struct("<8s4I8x")
_VERSION, _OLD_VERSION = 2000, 1000
_HAS_HEADER, _IS_HEADER = 1 << 31, 1 << 29
_LARGEST = 16 << 20
_LONG_V1 = 227
_NO_TEXT = 6  # flags of an item whose value is no text
_GENRE = b"genre"
_NAMES = tuple(name.encode() for name in NAMES["apev2"])


@dataclass(frozen=True, slots=True)
class ApeTag:
    """What an APEv2 tag says, as far as all kinds of tags can say it."""

    names: Names
    genres: tuple[str, ...] = ()
    items: int = 0
    writable: bool = True


def read(path: str, data: bytes) -> ApeTag:
    """Read a whole tag, or the nothing that stands for none.

    Raises
    ------
    RefusedError
        If the items do not fill the tag exactly.
    """
    if not data:
        return ApeTag(Names())
    _, version, _, _, flags = _HEAD.unpack(data[-_HEAD.size :])
    items = _items(path, data[_HEAD.size if flags & _HAS_HEADER else 0 : -_HEAD.size])
    texts = dict[bytes, str]()
    for name, raw in items:
        if not raw[4] & _NO_TEXT:
            texts.setdefault(name.lower(), raw[9 + len(name) :].decode("utf-8", "replace"))
    title, artist, album, track, year, comment = (texts.get(name.lower(), "").strip("\0 ") for name in _NAMES)
    texts_said = (title, artist, album, track, year_of(year), comment)
    names = Names(*(text.replace("\0", "; ").strip() for text in texts_said))
    genres = tuple(filter(None, texts.get(_GENRE, "").split("\0")))
    return ApeTag(names, genres, len(items), version == _VERSION)


def locate(path: str, file: BinaryIO) -> tuple[int, int]:
    """Find the APEv2 tag at the end of a file, or before the ID3v1 and Lyrics3 tags there.

    Returns
    -------
    tuple of int
        Where it begins and ends; twice the place for a new one if there is none.

    Raises
    ------
    RefusedError
        If its header states what cannot be.
    """
    size = file.seek(0, 2)
    end = size - (id3v1.SIZE if id3v1.find(_before(file, size, id3v1.SIZE + 3)) else 0)
    if end < size and _before(file, end, _LONG_V1)[:4] == b"TAG+":
        end -= _LONG_V1
    for stop in (end, _before_lyrics(file, end)):
        foot = _before(file, stop, _HEAD.size)
        if foot[:8] == _MAGIC and len(foot) == _HEAD.size:
            return _begin(path, file, stop, foot), stop
    return end, end


def splice(
    path: str, data: bytes, genres: Sequence[str], *, only_existing: bool = False, names: Names | None = None,
    key: bytes = b"Genre",
) -> bytes:  # fmt: skip
    """Give a tag other genres: several are separated by NUL in one item, all other items stay as they are.

    Parameters
    ----------
    path : str
        For messages.
    data : bytes
        The whole tag, or nothing for a new one.
    genres : sequence of str
        Without any, the item is removed; the tag stays even when nothing is left in it.
    only_existing : bool
        Leave a tag without a genre item as it is.
    names : Names, optional
        What the other tags of the file say; a tag that says nothing of the track gets it with its first genre.
    key : bytes
        The item that gets them, if not the genre.

    Raises
    ------
    RefusedError
        If the items do not fill the tag exactly, or it is an APEv1 tag.
    """
    value = "\0".join(genres).encode("utf-8")
    genre = _item(key, value) if genres else b""
    if not data:
        pieces = [*_told(names, {}), genre]
        return _build(pieces, _VERSION, 0, with_header=True) if genres and not only_existing else b""
    _, version, _, _, flags = _HEAD.unpack(data[-_HEAD.size :])
    start = _HEAD.size if flags & _HAS_HEADER else 0
    items = _items(path, data[start : -_HEAD.size])
    pieces, done = list[bytes](), False
    for name, raw in items:
        if name.lower() != key.lower():
            pieces.append(raw)
        elif not done:
            pieces.append(genre)
            done = True
    if not done:
        if only_existing or not genres:
            return data
        there = {name.lower() for name, _ in items}
        silent = there.isdisjoint(name.lower() for name in _NAMES[:3])
        pieces += [*(_told(names, there) if silent else ()), genre]
    if version != _VERSION:
        raise RefusedError(path, "The file has an APEv1 tag, which is not written.")
    return _build(pieces, version, flags & ~_IS_HEADER, with_header=start > 0)


def words(path: str, data: bytes, key: bytes) -> tuple[str, ...]:
    """Read the texts of an item; none where there is no tag or no such item.

    Raises
    ------
    RefusedError
        If the items do not fill the tag exactly.
    """
    if not data:
        return ()
    start = _HEAD.size if _HEAD.unpack(data[-_HEAD.size :])[4] & _HAS_HEADER else 0
    for name, raw in _items(path, data[start : -_HEAD.size]):
        if name.lower() == key.lower():
            value = raw[8 + len(name) + 1 :].decode("utf-8", "replace")
            return tuple(part for part in value.split("\0") if part)
    return ()


def _item(name: bytes, value: bytes) -> bytes:
    return len(value).to_bytes(4, "little") + bytes(4) + name + b"\0" + value


def _told(names: Names | None, there: Collection[bytes]) -> list[bytes]:
    """Make items of what other tags say, where there is none of that name yet."""
    pairs = zip(_NAMES, (names or Names()).texts(), strict=True)
    return [_item(name, text.encode("utf-8")) for name, text in pairs if text and name.lower() not in there]


def _begin(path: str, file: BinaryIO, end: int, foot: bytes) -> int:
    _, version, size, _, flags = _HEAD.unpack(foot)
    begin: int = end - size - (_HEAD.size if flags & _HAS_HEADER else 0)
    sound = version in (_VERSION, _OLD_VERSION) and not flags & _IS_HEADER and _HEAD.size <= size <= _LARGEST
    if not sound or begin < 0 or (flags & _HAS_HEADER and _before(file, begin + 8, 8) != _MAGIC):
        raise RefusedError(path, _DAMAGED)
    return begin


def _items(path: str, data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and all bytes of each item."""
    at, items = 0, []
    while at < len(data):
        stop = data.find(b"\0", at + 8, at + 8 + 256)
        end = stop + 1 + int.from_bytes(data[at : at + 4], "little")
        if stop < 0 or stop == at + 8 or end > len(data):
            raise RefusedError(path, _DAMAGED)
        items.append((data[at + 8 : stop], data[at:end]))
        at = end
    return items


def _build(pieces: list[bytes], version: int, flags: int, *, with_header: bool) -> bytes:
    items = [piece for piece in pieces if piece]
    content = b"".join(items)
    # A tag of this length would begin with a "TAG" where other programs look for an ID3v1 tag; it may lack its header.
    with_header &= len(content) + 2 * _HEAD.size != id3v1.SIZE + 3
    flags = flags | _HAS_HEADER if with_header else flags & ~_HAS_HEADER
    size = len(content) + _HEAD.size
    head = _HEAD.pack(_MAGIC, version, size, len(items), flags | _IS_HEADER) if with_header else b""
    return head + content + _HEAD.pack(_MAGIC, version, size, len(items), flags)


def _before_lyrics(file: BinaryIO, end: int) -> int:
    """Where the Lyrics3v2 tag that ends at `end` begins; `end` if there is none."""
    foot = _before(file, end, 15)
    if foot[6:] != b"LYRICS200" or not foot[:6].isdigit():
        return end
    begin = end - 15 - int(foot[:6])
    return begin if begin >= 0 and _before(file, begin + 11, 11) == b"LYRICSBEGIN" else end


def _before(file: BinaryIO, end: int, count: int) -> bytes:
    start = max(end - count, 0)
    file.seek(start)
    return file.read(end - start)
