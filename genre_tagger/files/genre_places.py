"""Every place in a file that holds a genre, each by itself: programs look at one or another of them."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO, cast

from mutagen import MutagenError
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from genre_tagger.base.errors import RefusedError, TagError
from genre_tagger.files.beside import id3_at, named
from genre_tagger.files.sniff import Behind, recognise
from genre_tagger.files.splice import apetag, id3, id3v1, ilst, info, riff
from genre_tagger.files.values import genres_of

# What mutagen lets through on broken files.
_BROKEN = (MutagenError, struct.error, EOFError, ValueError, TypeError, LookupError, AttributeError)
_DSF = struct.Struct("<20xQ")  # where the tag is
_COMMENTS: dict[str, Callable[[BinaryIO], Any]] = {
    "flac": FLAC, "oggflac": OggFLAC, "vorbis": OggVorbis, "opus": OggOpus, "speex": OggSpeex,
}  # fmt: skip
_CHUNKS = ("wav", "aiff")


class Kind(Enum):
    """A kind of place; the values are what people call it."""

    ID3V2 = "ID3v2"
    ID3V2_FREE = "ID3v2, field of one's own"
    ID3V1 = "ID3v1"
    APEV2 = "APEv2"
    COMMENTS = "Vorbis comments"
    MP4 = "MP4, ©gen"
    MP4_NUMBER = "MP4, gnre"
    MP4_FREE = "MP4, field of one's own"
    MP4_OTHER = "MP4, outside of the tags of iTunes"
    ASF = "WM/Genre"
    ASF_ID = "WM/GenreID"
    INFO = "RIFF INFO"


@dataclass(frozen=True, slots=True)
class GenrePlace:
    """A tag, or a place in it, that could hold a genre.

    Attributes
    ----------
    kind : Kind
    values : tuple of str
        As they stand: several texts where the place has several, numbers where it has numbers. The number of ID3v1
        and of ``gnre`` (counted from 0 here) is a text of digits. Empty if the tag is there and has no genre.
    version : int
        Of ID3v2: 2, 3 or 4; else 0.
    """

    kind: Kind
    values: tuple[str, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class GenrePlaces:
    """All places of a file.

    Attributes
    ----------
    path : str
    container : str
        ``"mp3"``, ``"flac"``, … as :func:`genre_tagger.files.sniff.recognise` names them.
    places : tuple of GenrePlace
        Those of MP4 in the order of the file.
    """

    path: str
    container: str
    places: tuple[GenrePlace, ...]

    def of(self, *kinds: Kind) -> list[GenrePlace]:
        """Give the places of some kinds, in their order here."""
        return [place for place in self.places if place.kind in kinds]


def genre_places(path: str) -> GenrePlaces:
    """Read every place of a file that holds a genre, or could.

    Parameters
    ----------
    path : str
        The file; nothing in it is changed.

    Raises
    ------
    TagError
        If it is no audio file that is known here, or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            container, begin = recognise(path, file)
            if container is None:
                raise TagError(path, "This is not an audio file of a known format, or it is damaged.")
            return GenrePlaces(path, container, tuple(_places(path, file, container, begin)))
    except OSError as error:
        raise TagError(path, f"The system reported “{error.strerror or error}” for this file.") from error
    except _BROKEN as error:
        raise TagError(path, "The tags of this file are damaged.") from error


def _places(path: str, file: BinaryIO, container: str, begin: int) -> Iterator[GenrePlace]:
    if container == "mp4":
        yield from map(_mp4, ilst.by_item(file))
        return
    if container in _CHUNKS:
        yield from _in_chunks(file)
        return
    yield from _id3v2(id3_at(file, _tag_of_dsf(file) if container == "dsf" else 0))
    if container in _COMMENTS or container == "asf":
        view = cast(BinaryIO, Behind(file, begin)) if begin else file
        view.seek(0)
        if container == "asf":
            tags = ASF(view).tags or {}
            yield GenrePlace(Kind.ASF, tuple(map(str, tags.get("WM/Genre", ()))))
            if ids := tags.get("WM/GenreID"):
                yield GenrePlace(Kind.ASF_ID, named(genres_of([str(value) for value in ids])))
        else:
            yield GenrePlace(Kind.COMMENTS, _of_comments(_COMMENTS[container](view).tags))
    if container != "dsf":
        yield from _at_the_end(path, file, strict=container in _COMMENTS)


def _of_comments(tags: Any) -> tuple[str, ...]:
    return tuple(value for key, value in tags or () if key.upper() == "GENRE")


def _mp4(item: tuple[str, tuple[str, ...]]) -> GenrePlace:
    name, values = item
    if name == "gnre":
        return GenrePlace(Kind.MP4_NUMBER, tuple(str(id3v1.genre_number((value,))) for value in values))
    return GenrePlace({"\xa9gen": Kind.MP4, "----": Kind.MP4_FREE}.get(name, Kind.MP4_OTHER), values)


def _in_chunks(file: BinaryIO) -> Iterator[GenrePlace]:
    form = riff.look(file)
    for chunk in form.chunks if form is not None else ():
        if chunk.id in (b"id3 ", b"ID3 "):
            yield from _id3v2(riff.content(file, chunk))
        elif chunk.id == b"LIST" and riff.content(file, chunk)[:4] == info.TYPE:
            genre = info.read(riff.content(file, chunk)).texts().get(info.GENRE.decode(), "").strip()
            yield GenrePlace(Kind.INFO, (genre,) if genre else ())


def _id3v2(raw: bytes) -> Iterator[GenrePlace]:
    tag = id3.parse(raw) if raw else None
    if tag is None:
        return
    if tag.problems:  # ours does not understand it to its last byte; a player may
        with suppress(*_BROKEN):
            loaded = ID3(io.BytesIO(raw), load_v1=False, translate=False)
            genre = loaded.get("TCON") or loaded.get("TCO")
            yield GenrePlace(Kind.ID3V2, tuple(genre.text) if genre is not None else (), tag.version)
        return
    yield GenrePlace(Kind.ID3V2, id3.genre_texts(tag) or (), tag.version)
    if free := id3.free_genres(tag):
        yield GenrePlace(Kind.ID3V2_FREE, free, tag.version)


def _tag_of_dsf(file: BinaryIO) -> int:
    file.seek(0)
    head = file.read(_DSF.size)
    pointer = int(_DSF.unpack(head)[0]) if len(head) == _DSF.size else 0
    return pointer or file.seek(0, os.SEEK_END)


def _at_the_end(path: str, file: BinaryIO, *, strict: bool) -> Iterator[GenrePlace]:
    """The APEv2 and the ID3v1 tag; nothing of a damaged one."""
    try:
        start, end = apetag.locate(path, file)
        file.seek(start)
        data = file.read(end - start)
        if data:
            yield GenrePlace(Kind.APEV2, apetag.read(path, data).genres)
    except RefusedError:
        pass
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - id3v1.SIZE - 3, 0))
    tail = file.read()
    if id3v1.find(tail, strict=strict):
        number = tail[-1]
        yield GenrePlace(Kind.ID3V1, () if number == id3v1.NO_GENRE else (str(number),))
