"""WMA (ASF): everything behind the header, every object in it, every attribute but the genre by value.

A tag writer may move attributes between the content description, the extended one, the metadata and the
metadata library, and add those objects where they are missing. So attributes are compared by name, language,
stream and value, wherever they stand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from uuid import UUID

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source
from genre_tagger.files.values import FIELDS, GENRE


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


HEADER = _guid("75B22630-668E-11CF-A6D9-00AA0062CE6C")
_DATA = _guid("75B22636-668E-11CF-A6D9-00AA0062CE6C")
_DAMAGED = "The WMA header is damaged."
_PADDING = _guid("1806D474-CADF-4509-A4BA-9AABCB96AAE8")
_FILE = _guid("8CABDCA1-A947-11CF-8EE4-00C00C205365")
_DESCRIPTION = _guid("75B22633-668E-11CF-A6D9-00AA0062CE6C")
_EXTENDED = _guid("D2D0A440-E307-11D2-97F0-00A0C95EA850")
_EXTENSION = _guid("5FBF03B5-A92E-11CF-8EE3-00C00C205365")
_METADATA = _guid("C5F8CBEA-5BAF-4877-8467-AA8C44FA4CCA")
_LIBRARY = _guid("44231C94-9498-49D1-A141-1D134E457054")
_EXTENSION_START = _guid("ABD3D211-A9BA-11CF-8EE6-00C00C205365") + b"\x06\0"
_PROTECTED = (
    _guid("2211B3FB-BD23-11D2-B4B7-00A0C955FC6E"),  # content encryption
    _guid("298AE614-2622-4C17-B935-DAE07EE9289C"),  # extended content encryption
    _guid("43058533-6981-49E6-9B74-AD12CB86D58C"),  # advanced content encryption
    _guid("2211B3FC-BD23-11D2-B4B7-00A0C955FC6E"),  # digital signature of the header
)
_NAMES = ("Title", "Author", "Copyright", "Description", "Rating")
_GENRE = tuple(name.encode("utf-16-le") for name in ("WM/Genre", "WM/GenreID"))
_TEXT, _BOOL = 0, 2

Attribute = tuple[bytes, int, int, int, bytes]
"""Name (UTF-16), language, stream, type, value."""


def survey_asf(source: Source, proof: Proof) -> None:
    """Walk a WMA file.

    Raises
    ------
    RefusedError
        If objects do not fill the header exactly, the data object is missing, or the file is protected.
    """
    head = source.peek(0, 30)
    if len(head) < 30 or head[:16] != HEADER:
        raise source.refused(_DAMAGED)
    size, count = struct.unpack_from("<QI", head, 16)
    objects = list(_objects(source, source.read(30, max(size - 30, 0))))
    if size < 30 or len(objects) != count or source.peek(size, 16) != _DATA:
        raise source.refused(_DAMAGED)
    walk = _Header(source, proof)
    for kind, content in objects:
        walk.add(kind, content)
    proof.keep_sorted("attribute", walk.facts())
    proof.sound(size, source.size)


def _objects(source: Source, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MAX_PARTS):
        if at == len(data):
            return
        size = int.from_bytes(data[at + 16 : at + 24], "little")
        if size < 24 or size > len(data) - at:
            break
        yield data[at : at + 16], data[at + 24 : at + size]
        at += size
    raise source.refused(_DAMAGED)


class _Header:
    def __init__(self, source: Source, proof: Proof) -> None:
        self.source = source
        self.proof = proof
        self.attributes: list[Attribute] = []

    def add(self, kind: bytes, content: bytes) -> None:
        """Add one object of the header to what must survive."""
        if kind in _PROTECTED:
            raise self.source.refused("The file is protected (DRM).")
        if kind == _FILE:  # the file's size in it may follow the file, or may be left
            self.proof.keep("file", content[:16], content[24:])
        elif kind == _EXTENSION:
            self._add_extension(content)
        elif kind in (_DESCRIPTION, _EXTENDED, _METADATA, _LIBRARY):
            try:
                self.attributes += _READERS[kind](content)
            except (struct.error, ValueError) as error:
                raise self.source.refused("The tags of the WMA file are damaged.") from error
        elif kind != _PADDING:
            self.proof.keep("object", kind, content)

    def _add_extension(self, content: bytes) -> None:
        if len(content) < 22 or int.from_bytes(content[18:22], "little") != len(content) - 22:
            raise self.source.refused(_DAMAGED)
        if content[:18] != _EXTENSION_START:
            self.proof.keep("extension", content[:18])
        for kind, inner in _objects(self.source, content[22:]):
            if kind == _EXTENSION:
                raise self.source.refused(_DAMAGED)
            self.add(kind, inner)

    def facts(self) -> Iterator[tuple[bytes, ...]]:
        """Attributes of one name, language and stream together: texts in their order, others in any."""
        groups: dict[bytes, tuple[list[bytes], list[bytes]]] = {}
        field = self.proof.field
        written = _GENRE if field == GENRE else (FIELDS[field]["asf"].encode("utf-16-le"),)
        for name, language, stream, kind, value in self.attributes:
            if name not in written:
                key = b"%d %d " % (language, stream) + name
                texts, others = groups.setdefault(key, ([], []))
                (others if kind else texts).append(b"%d " % kind + value)
        for key, (texts, others) in groups.items():
            yield (key, b"%d" % len(texts), *texts, *sorted(others))


def _description(data: bytes) -> Iterator[Attribute]:
    at = 10
    for name, length in zip(_NAMES, struct.unpack_from("<5H", data), strict=True):
        if length:
            yield name.encode("utf-16-le"), 0, 0, _TEXT, _value(_TEXT, _cut(data, at, length))
        at += length


def _extended(data: bytes) -> Iterator[Attribute]:
    at = 2
    for _ in range(*struct.unpack_from("<H", data)):
        (length,) = struct.unpack_from("<H", data, at)
        name = _cut(data, at + 2, length)
        at += 2 + length
        kind, length = struct.unpack_from("<HH", data, at)
        yield _strip(name), 0, 0, kind, _value(kind, _cut(data, at + 4, length))
        at += 4 + length


def _library(data: bytes) -> Iterator[Attribute]:
    at = 2
    for _ in range(*struct.unpack_from("<H", data)):
        language, stream, named, kind, length = struct.unpack_from("<HHHHI", data, at)
        name = _cut(data, at + 12, named)
        yield _strip(name), language, stream, kind, _value(kind, _cut(data, at + 12 + named, length))
        at += 12 + named + length


_READERS = {_DESCRIPTION: _description, _EXTENDED: _extended, _METADATA: _library, _LIBRARY: _library}


def _cut(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise ValueError("an attribute reaches beyond its object")
    return data[at : at + length]


def _strip(text: bytes) -> bytes:
    """UTF-16 text without the NULs around it."""
    start = (len(text) - len(text.lstrip(b"\0"))) // 2 * 2
    end = len(text.rstrip(b"\0")) + 1
    return text[start : max(start, end // 2 * 2)]


def _value(kind: int, value: bytes) -> bytes:
    if kind == _TEXT:
        return _strip(value)
    if kind == _BOOL:  # two bytes in the metadata objects, four in the extended description
        return b"%d" % (int.from_bytes(value, "little") != 0)
    return value
