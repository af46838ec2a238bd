"""The items of an iTunes-style list (``ilst``), compared by value.

A tag writer that keeps every value may still order items anew, merge two of one name, write a number with
fewer bytes, or say "UTF-8" where "implicit" stood. None of that is a loss, so none of it is in the facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source

_GENRE = (b"\xa9gen", b"gnre")
_PAIRS = (b"trkn", b"disk")
_NUMBERS = (
    *(
        b"plID",
        b"cnID",
        b"geID",
        b"atID",
        b"sfID",
        b"cmID",
        b"akID",
        b"tvsn",
        b"tves",
        b"tmpo",
        b"\xa9mvi",
        b"\xa9mvc",
    ),
    *(b"cpil", b"pgap", b"pcst", b"shwm", b"stik", b"hdvd", b"rtng"),
)
_TEXTS = (
    *(
        b"\xa9nam",
        b"\xa9alb",
        b"\xa9ART",
        b"aART",
        b"\xa9wrt",
        b"\xa9day",
        b"\xa9cmt",
        b"desc",
        b"purd",
        b"\xa9grp",
    ),
    *(
        b"\xa9lyr",
        b"catg",
        b"keyw",
        b"\xa9too",
        b"cprt",
        b"soal",
        b"soaa",
        b"soar",
        b"sonm",
        b"soco",
        b"sosn",
        b"tvsh",
    ),
    *(b"purl", b"egid"),
)
_IMPLICIT, _UTF8, _JPEG, _PNG, _INTEGER = 0, 1, 13, 14, 21


def keep_items(source: Source, proof: Proof, start: int, end: int) -> None:
    """Add every item but the genre to what must survive.

    Raises
    ------
    RefusedError
        If an item's size is wrong, or a genre holds something that is no value.
    """
    values: dict[bytes, list[bytes]] = {}
    data = source.read(start, end - start)
    for name, content in _boxes(source, data):
        if name in (b"free", b"skip"):
            continue
        key, found = _item(source, name, content)
        if name in _GENRE:
            continue
        values.setdefault(key, []).extend(found)
    proof.keep_sorted("item", ((key, *found) for key, found in values.items()))


def _boxes(source: Source, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MAX_PARTS):
        if at == len(data):
            return
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or size > len(data) - at:
            break
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
    raise source.refused("An MP4 tag states a wrong size.")


def _item(source: Source, name: bytes, content: bytes) -> tuple[bytes, list[bytes]]:
    """Key and values of one item; what is not understood is one value, byte for byte."""
    key, values = name, []
    for box, data in _boxes(source, content):
        if name == b"----" and box in (b"mean", b"name"):
            key += b"\0" + box + data[4:]
        elif box == b"data" and len(data) >= 8:
            values.append(_value(name, data))
        else:
            return name + b"\0raw", [content]
    return key, values


def _value(name: bytes, data: bytes) -> bytes:
    kind, locale, value = int.from_bytes(data[:4], "big"), data[4:8], data[8:]
    if name in _TEXTS and kind == _IMPLICIT:
        kind = _UTF8
    elif name == b"covr" and kind != _PNG:
        kind = _JPEG
    elif name in _PAIRS and len(value) >= 6 and not any(value[6:]) and not any(value[:2]):
        kind, value = _IMPLICIT, value[2:6]
    elif name in _NUMBERS and kind in (_IMPLICIT, _INTEGER) and 0 < len(value) <= 8:
        number = int.from_bytes(value, "big", signed=True)
        kind, value = _INTEGER, number.to_bytes(8, "big", signed=True)
    return kind.to_bytes(4, "big") + locale + value
