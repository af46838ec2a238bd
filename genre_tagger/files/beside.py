"""What the tags of a file say: those of its own kind, and where they say nothing others, in front or at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genre_tagger.base.errors import RefusedError
from genre_tagger.base.genre_words import genre_key, genre_keys
from genre_tagger.files.sniff import ID3_HEADER_BYTES, id3_size
from genre_tagger.files.splice import id3, id3v1, riff, splice
from genre_tagger.files.values import Fields, Names, Tags, genres_of, join, number

Fallback = Callable[[str, BinaryIO, Sequence[str]], tuple[Names, tuple[str, ...]]]
"""Takes the path (for messages), the open file, and what may stand between genres in one text."""

_LARGEST_TAG = 64 << 20
_MOST_TAGS = 8  # one behind the other
_LONGEST = 10.0 * 366 * 24 * 3600  # seconds; more is a lie


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader found: values, length in seconds, the version of an ID3 tag, a name of its own for people."""

    fields: Fields
    length: float
    id3: int | None = None
    name: str = ""

    def tags(self, name: str, separators: Sequence[str]) -> Tags:
        """Make them fit for people; `name` is that of the container, `separators` stand between genres in one text."""
        title, artist, album, track, genre, details = self.fields
        # Before 2.4 an ID3 frame has one text for all genres.
        genres = genres_of(genre, separators if self.id3 in (2, 3) else ())
        if self.id3 is not None:
            genres = named(genres)
        length = self.length if math.isfinite(self.length) and 0.0 <= self.length <= _LONGEST else 0.0
        texts = (join(title), join(artist), join(album))
        return Tags(*texts, number(track), genres, length, self.name or name, details=details)


def from_front(path: str, file: BinaryIO, separators: Sequence[str]) -> tuple[Names, tuple[str, ...]]:
    """Read the ID3v2 tags that a file begins with, also where they do not belong, or after another one."""
    at, names, genres = 0, Names(), tuple[str, ...]()
    for _ in range(_MOST_TAGS):
        raw = id3_at(file, at)
        tag = id3.parse(raw)
        if tag is None:
            break
        if not tag.problems:
            names = names.filled(id3.names(tag))
            texts = id3.texts(tag)[-1] or ()
            genres = genres or named(genres_of(texts, separators if tag.version < 4 else ()))
        at += len(raw)
    return names, genres


def from_tail(path: str, file: BinaryIO, separators: Sequence[str]) -> tuple[Names, tuple[str, ...]]:
    """Read the APEv2 and ID3v1 tags at the end of a file; nothing from damaged ones."""
    try:
        file.seek(0)
        strict = file.read(4) in (b"fLaC", b"OggS")
        names, genres = splice.said_at_the_end(path, file, strict=strict)
    except RefusedError:
        return Names(), ()
    return names, genres_of(genres)


def from_list(path: str, file: BinaryIO, separators: Sequence[str]) -> tuple[Names, tuple[str, ...]]:
    """Read the INFO list of a WAV file, or the text chunks of an AIFF file."""
    form = riff.look(file)
    names, genre = riff.texts(file, form) if form is not None else (Names(), "")
    return names, genres_of([genre], separators)


def with_listed(genres: Sequence[str], listed: Sequence[str]) -> list[str]:
    """Add the genres of an INFO list to those of the ID3 tag beside it: some programs show the one, some the other."""
    there = genre_keys(named(genres_of(genres)))
    return [*genres, *(genre for genre in listed if genre_key(genre) not in there)]


def id3_at(file: BinaryIO, start: int) -> bytes:
    """Read the whole ID3v2 tag that begins at `start` (bytes); nothing if there is none."""
    file.seek(start)
    head = file.read(ID3_HEADER_BYTES)
    size = id3_size(head)
    return head + file.read(min(size, _LARGEST_TAG) - len(head)) if size else b""


def named(genres: Sequence[str]) -> tuple[str, ...]:
    """Give the numbers among the genres of an ID3v2 tag their names, and leave out those that stand for none.

    What a number stands for is left out where another of the genres says it; a name that stands there twice stays.
    """
    if not any(genre[0] in "(0123456789RC" for genre in genres):
        return tuple(genres)
    referred = [id3v1.by_number(genre) for genre in genres]
    said = {genre for genre, names in zip(genres, referred, strict=True) if names is None}
    read = list[str]()
    for genre, names in zip(genres, referred, strict=True):
        fresh = [genre] if names is None else [name for name in names if name not in said]
        said.update(fresh)
        read += fresh
    return tuple(read)
