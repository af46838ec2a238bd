"""Other genres for MP3, TTA, DSF and the files that end with an APEv2 tag, planned as edits of their bytes."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Self

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.sniff import ID3_HEADER_BYTES, frame_length, id3_size
from genre_tagger.files.splice import apetag, id3, id3v1
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.splice.rewrite import Edit
from genre_tagger.files.values import Names

LONGEST_GAP = 1 << 16
"""Bytes between a tag and the sound, which stay as they are."""

_LARGEST_TAG = 64 << 20
_DSF_HEADER = struct.Struct("<4sQQQ")
_TTA = (b"TTA1", b"TTA2")
_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]")  # a frame of MPEG audio, not AAC


def front_edits(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style) -> list[Edit]:
    """Plan other genres for an MP3 or TTA file.

    They go into the ID3v2 tag in front, which is made if there is none. Where the file's only tag is an APEv2 tag at
    the end they go there: a new tag in front would hide it. An ID3v1 tag has room for nothing but the number of a
    genre, so it gets a new tag in front beside it, which says what it says. Other tags that have a genre follow.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        Open for reading.
    genres : sequence of str
        What the file shall have; nothing removes the genre.
    style : Id3Style
        Version of a new tag, and what stands between several genres before 2.4.

    Returns
    -------
    list of Edit
        For :func:`genre_tagger.files.splice.rewrite.apply`.

    Raises
    ------
    RefusedError
        If a tag is not understood to its last byte, or no sound begins where the tag ends.
    """
    old = tag_at(path, file, 0)
    padded = require_sound(path, file, len(old))
    tail = _Tail.of(path, file, len(old))
    tag = id3.parse(old) if old else None
    empty = tag is None or not (tag.frames or tag.problems)
    if empty and tail.ape.items and tail.ape.writable and (tail.ape.names.track_is_named or not tail.v1_names):
        return tail.edits(genres)
    new = id3.splice(path, old, genres, style, tail.ape.names.filled(tail.v1_names), padded=padded)
    edits = tail.edits(genres, only_existing=True)
    return edits if new == old else [(0, len(old), new), *edits]


def end_edits(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style, *, front: int = 0) -> list[Edit]:
    """Plan other genres for a file whose tag is an APEv2 tag at its end; an ID3v1 tag that is there follows.

    A new APEv2 tag says what the ID3v1 tag says, which it would hide otherwise.

    Parameters
    ----------
    path, file, genres, style
        As for :func:`front_edits`.
    front : int
        Where the sound begins; the tags must lie behind it.

    Raises
    ------
    RefusedError
        If the APEv2 tag is not understood to its last byte.
    """
    return _Tail.of(path, file, front).edits(genres)


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside the comments of a FLAC file.

    Attributes
    ----------
    alone : bool
        Whether the file has no comments, and an ID3 tag that says something: then the genre goes there.
    names : Names
        What the tags beside the comments say.
    """

    alone: bool
    names: Names


def beside_flac(path: str, file: BinaryIO, *, empty: bool) -> Beside:
    """Look at the tags beside the comments of a FLAC file; `empty` says that there are no comments.

    Raises
    ------
    RefusedError
        If a tag is not understood to its last byte.
    """
    data, tag = _before_flac(path, file)
    tail = _Tail.of(path, file, len(data), strict=True)
    names = tail.ape.names.filled(tail.v1_names)
    return Beside(empty and tag is not None and bool(tag.frames), id3.names(tag).filled(names) if tag else names)


def flac_edits(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style, *, front: bool) -> list[Edit]:
    """Plan other genres for the tags beside the comments of a FLAC file: those that have one, and ID3 if `front`.

    Raises
    ------
    RefusedError
        If a tag is not understood to its last byte.
    """
    data, tag = _before_flac(path, file)
    tail = _Tail.of(path, file, len(data), strict=True)
    edits = tail.edits(genres, only_existing=True)
    if tag is None or not (front or id3.texts(tag)[-1] != ()):
        return edits
    new = id3.splice(path, data, genres, style, tail.ape.names.filled(tail.v1_names) if front else None)
    return edits if new == data else [(0, len(data), new), *edits]


def plan_beside_flac(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style) -> list[Edit]:
    """Plan the most that may become of the tags beside the comments of a FLAC file; raises as the others do."""
    return flac_edits(path, file, genres, style, front=True)


def _before_flac(path: str, file: BinaryIO) -> tuple[bytes, id3.Id3Tag | None]:
    data = tag_at(path, file, 0)
    tag = id3.parse(data) if data else None
    file.seek(len(data))
    if file.read(4) != b"fLaC":
        raise RefusedError(path, "The file begins with two ID3 tags, which do not belong there.")
    if tag is not None and tag.problems:
        raise RefusedError(path, tag.problems[0])
    return data, tag


def said_at_the_end(path: str, file: BinaryIO, *, strict: bool = False) -> tuple[Names, tuple[str, ...]]:
    """What the APEv2 and ID3v1 tags at the end of a file say: the names, and the genres of the first that has any.

    With `strict` an ID3v1 tag must look like one, see :func:`genre_tagger.files.splice.id3v1.find`.

    Raises
    ------
    RefusedError
        If the APEv2 tag is damaged.
    """
    tail = _Tail.of(path, file, 0, strict=strict)
    v1 = (tail.v1.genre,) if tail.v1 is not None and tail.v1.genre else ()
    return tail.ape.names.filled(tail.v1_names), tail.ape.genres or v1


@dataclass(frozen=True, slots=True)
class _Tail:
    """The tags at the end of a file: the bytes of an APEv2 tag, what it says, and what an ID3v1 tag says.

    `start` and `end` are those of the APEv2 tag, or of the place for one; `size` is the length of the file.
    """

    path: str
    start: int
    end: int
    size: int
    data: bytes
    ape: apetag.ApeTag
    v1: id3v1.Id3v1 | None

    @classmethod
    def of(cls, path: str, file: BinaryIO, front: int, *, strict: bool = False) -> Self:
        start, end = apetag.locate(path, file)
        if start < front:
            raise RefusedError(path, "The tags of the file overlap.")
        file.seek(start)
        data = file.read(end - start)
        size = file.seek(0, 2)
        file.seek(max(size - id3v1.SIZE - 3, front))
        return cls(path, start, end, size, data, apetag.read(path, data), id3v1.parse(file.read(), strict=strict))

    @property
    def v1_names(self) -> Names:
        return self.v1.names if self.v1 is not None else Names()

    def edits(self, genres: Sequence[str], *, only_existing: bool = False) -> list[Edit]:
        new = apetag.splice(self.path, self.data, genres, only_existing=only_existing, names=self.v1_names)
        edits = [(self.start, self.end, new)] if new != self.data else []
        if self.v1 is not None:
            edits.append((self.size - 1, self.size, bytes([id3v1.genre_number(tuple(genres))])))
        return edits


def dsf_edits(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style) -> list[Edit]:
    """Plan other genres for the ID3v2 tag that a DSF file ends with, or append one.

    Raises
    ------
    RefusedError
        If the header's sizes disagree with the file, or the tag is not understood to its last byte.
    """
    return dsf_with(path, file, lambda old: id3.splice(path, old, genres, style))


def dsf_with(path: str, file: BinaryIO, become: Callable[[bytes], bytes]) -> list[Edit]:
    """Plan another tag for a DSF file: what `become` makes of the one that it ends with, or of nothing.

    Raises
    ------
    RefusedError
        As :func:`dsf_edits`.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_DSF_HEADER.size)
    if len(head) < _DSF_HEADER.size or head[:12] != b"DSD " + _DSF_HEADER.size.to_bytes(8, "little"):
        raise RefusedError(path, "The DSF header is damaged.")
    magic, length, stated, pointer = _DSF_HEADER.unpack(head)
    if stated != size or (pointer and not _DSF_HEADER.size < pointer < size):
        raise RefusedError(path, "The DSF header states a wrong size.")
    start = pointer or size
    old = tag_at(path, file, start)
    if start + len(old) != size:
        raise RefusedError(path, "The DSF file does not end with its tag.")
    new = become(old)
    if new == old:
        return []
    return [(start, size, new), (0, len(head), _DSF_HEADER.pack(magic, length, start + len(new), start))]


def require_sound(path: str, file: BinaryIO, start: int) -> bool:
    """Make sure that sound begins behind a tag, at once or after a gap; the proof looks at its frames.

    Returns whether the tag may have padding: not before a gap that is no padding itself.

    Raises
    ------
    RefusedError
        If no sound begins there.
    """
    file.seek(start)
    head = file.read(LONGEST_GAP + 4)
    sync = _SYNC.search(head)
    gap = b"" if head[:4] in _TTA else head[: sync.start() if sync else None]
    if b"ID3" in gap:
        raise RefusedError(path, "The file has two ID3 tags.")
    if sync is None and head[:4] not in _TTA:
        raise RefusedError(path, "No sound was found behind the ID3 tag." if start else "No sound was found.")
    at = sync.start() if sync else 0
    length = frame_length(head[at : at + 4])
    chained = length == 0 or (length is not None and frame_length(head[at + length :][:4]) is not None)
    return not gap.strip(b"\0") and (chained or head[:4] in _TTA)


def tag_at(path: str, file: BinaryIO, start: int) -> bytes:
    """Read the whole ID3v2 tag at `start`, or nothing.

    Raises
    ------
    RefusedError
        If it is too large, or cut off.
    """
    file.seek(start)
    head = file.read(ID3_HEADER_BYTES)
    if head[:3] != b"ID3":
        return b""
    size = id3_size(head)
    if not ID3_HEADER_BYTES <= size <= _LARGEST_TAG:
        raise RefusedError(path, "The ID3 tag is too large to be checked, or its header is damaged.")
    data = head + file.read(size - ID3_HEADER_BYTES)
    if len(data) < size:
        raise RefusedError(path, "The ID3 tag states a size beyond the end of the file.")
    return data
