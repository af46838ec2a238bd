"""The genres of MP4 and M4A files: in the items of iTunes, and in the other places where programs have put them.

References
----------
Apple, "QuickTime File Format Specification": user data, metadata; ISO/IEC 14496-12, 8.10; 3GPP TS 26.244, 8.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from genre_tagger.base.genre_words import genre_key, genre_keys
from genre_tagger.files.splice import id3v1

_MOST_ATOMS = 10_000
_LARGEST = 1 << 20
_UTF16 = 2
_KEYS = (b"genre", b"com.apple.quicktime.genre")
_ITEMS = ("\xa9gen", "gnre", "----")


@dataclass(frozen=True, slots=True)
class Mp4Genres:
    """What an MP4 file says of its genres.

    Attributes
    ----------
    genres : tuple of str
        Of all places, but none of one that another names: which of them a program shows differs.
    elsewhere : bool
        Whether there is a genre in a place that is not written.
    sound, tracks : bool
        Whether there is a track of sound, and whether there is any.
    room : int
        Bytes of padding beside the items.
    """

    genres: tuple[str, ...]
    elsewhere: bool
    sound: bool
    tracks: bool
    room: int = 0


@dataclass(frozen=True, slots=True)
class _Atom:
    name: bytes
    start: int
    end: int


def read(file: BinaryIO) -> Mp4Genres:
    """Look through the movie header of a file; what is damaged there is passed over."""
    in_items, elsewhere = list[tuple[int, tuple[str, ...]]](), list[tuple[str, ...]]()
    tracks = sounds = room = 0
    for movie in _named(file, 0, file.seek(0, 2), b"moov"):
        for track in _named(file, movie.start, movie.end, b"trak"):
            tracks += 1
            sounds += any(
                _read(file, handler, 12)[8:12] == b"soun"
                for media in _named(file, track.start, track.end, b"mdia")
                for handler in _named(file, media.start, media.end, b"hdlr")
            )
        room = max(room, _of_movie(file, movie, in_items, elsewhere))
    found = list[str]()
    # The usual place first; sorted() leaves the order of the others as it is.
    for values in (*(values for _, values in sorted(in_items, key=lambda item: item[0])), *elsewhere):
        there = genre_keys(found)
        found += [genre for genre in values if genre_key(genre) not in there]
    return Mp4Genres(tuple(found), any(elsewhere), sounds > 0, tracks > 0, room)


def by_item(file: BinaryIO) -> list[tuple[str, tuple[str, ...]]]:
    """The genres of each place by itself, in the order of the file.

    Returns
    -------
    list of (str, tuple of str)
        The item's name, "\xa9gen", "gnre" (a number from 1 on, named as ID3v1 names it) or "----"; "" for a place that
        is not written, as 3GPP and QuickTime have them.
    """
    in_items, elsewhere = list[tuple[int, tuple[str, ...]]](), list[tuple[str, ...]]()
    for movie in _named(file, 0, file.seek(0, 2), b"moov"):
        _of_movie(file, movie, in_items, elsewhere)
    return [*((_ITEMS[number], values) for number, values in in_items), *(("", values) for values in elsewhere)]


def _of_movie(
    file: BinaryIO, movie: _Atom, in_items: list[tuple[int, tuple[str, ...]]], elsewhere: list[tuple[str, ...]]
) -> int:
    """Add the genres of a movie header to the lists; returns the padding beside its items."""
    room = 0
    for atom in _atoms(file, movie.start, movie.end):
        if atom.name == b"udta":
            room = max(room, _room(file, atom))
            in_items += _of_user_data(file, atom, elsewhere)
        elif atom.name == b"meta":
            elsewhere += _of_keys(file, atom)
    return room


def _of_user_data(
    file: BinaryIO, data: _Atom, elsewhere: list[tuple[str, ...]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    for atom in _atoms(file, data.start, data.end):
        if atom.name == b"\xa9gen":
            elsewhere.append(_quicktime(_read(file, atom)))
        elif atom.name == b"gnre":
            elsewhere.append(_3gpp(_read(file, atom)))
        elif atom.name == b"meta":
            # In the QuickTime style there is no version before the atoms.
            start = atom.start + 4 * (_read(file, atom, 8)[4:8] != b"hdlr")
            for items in _named(file, start, atom.end, b"ilst"):
                yield from _of_items(file, items)


def _room(file: BinaryIO, data: _Atom) -> int:
    """The padding right before or behind the items."""
    room = 0
    for meta in _named(file, data.start, data.end, b"meta"):
        inside = list(_atoms(file, meta.start + 4 * (_read(file, meta, 8)[4:8] != b"hdlr"), meta.end))
        for number, atom in enumerate(inside):
            if atom.name == b"ilst":
                beside = inside[max(number - 1, 0) : number] + inside[number + 1 : number + 2]
                room += sum(one.end - one.start for one in beside if one.name in (b"free", b"skip"))
    return room


def _of_items(file: BinaryIO, items: _Atom) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The values of each genre item, with a number that puts the usual place first."""
    for item in _atoms(file, items.start, items.end):
        if item.name in (b"\xa9gen", b"gnre", b"----"):
            parts = {part.name: _read(file, part) for part in _atoms(file, item.start, item.end)}
            values = [_read(file, part) for part in _named(file, item.start, item.end, b"data")]
            if item.name == b"\xa9gen":
                yield 0, _texts(values)
            elif item.name == b"gnre":
                numbers = (int.from_bytes(value[8:10], "big") - 1 for value in values if len(value) >= 10)
                yield 1, tuple(filter(None, map(id3v1.genre_name, numbers)))
            elif parts.get(b"name", b"")[4:].lower() == b"genre":
                yield 2, _texts(values)


def _of_keys(file: BinaryIO, meta: _Atom) -> Iterator[tuple[str, ...]]:
    """Genres among metadata that is named by a list of keys, as FFmpeg and QuickTime write it."""
    start = meta.start + 4 * (_read(file, meta, 8)[4:8] != b"hdlr")
    keys = list[bytes]()
    for atom in _named(file, start, meta.end, b"keys"):
        keys += [_read(file, key) for key in _atoms(file, atom.start + 8, atom.end)]
    for items in _named(file, start, meta.end, b"ilst"):
        for item in _atoms(file, items.start, items.end):
            number = int.from_bytes(item.name, "big") - 1
            if 0 <= number < len(keys) and keys[number].lower() in _KEYS:
                yield _texts([_read(file, part) for part in _named(file, item.start, item.end, b"data")])


def _texts(values: list[bytes]) -> tuple[str, ...]:
    """The texts of ``data`` atoms: kind, locale, value."""
    return tuple(
        value[8:].decode("utf-16-be" if value[3:4] == bytes([_UTF16]) else "utf-8", "replace")
        for value in values
        if len(value) > 8
    )


def _quicktime(content: bytes) -> tuple[str, ...]:
    """A text of QuickTime's user data: length, language, value."""
    text = content[4 : 4 + int.from_bytes(content[:2], "big")].decode("utf-8", "replace").strip("\0")
    return (text,) if text else ()


def _3gpp(content: bytes) -> tuple[str, ...]:
    """A text of 3GPP's user data: version, language, value."""
    value = content[6:]
    text = value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8", "replace").strip("\0")
    return (text,) if text else ()


def _named(file: BinaryIO, start: int, end: int, name: bytes) -> Iterator[_Atom]:
    return (atom for atom in _atoms(file, start, end) if atom.name == name)


def _atoms(file: BinaryIO, start: int, end: int) -> Iterator[_Atom]:
    at = start
    for _ in range(_MOST_ATOMS):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
        if size < header or at + size > end:
            return
        yield _Atom(head[4:8], at + header, at + size)
        at += size


def _read(file: BinaryIO, atom: _Atom, most: int = _LARGEST) -> bytes:
    file.seek(atom.start)
    return file.read(min(atom.end - atom.start, most))
