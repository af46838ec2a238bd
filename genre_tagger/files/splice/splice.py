"""Writing genres into private copies by splicing: MP3, TTA, DSF, and the files that end with an APEv2 tag."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.sniff import id3_size
from genre_tagger.files.splice import apetag, id3, id3v1
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.splice.rewrite import replace

_LARGEST_TAG = 64 << 20
_DSF_HEADER = struct.Struct("<4sQQQ")
_TTA = (b"TTA1", b"TTA2")


def write_front(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style) -> None:
    """Write genres into the ID3v2 tag that an MP3 or TTA file begins with, or put a new one there.

    An ID3v1 tag and the genre item of an APEv2 tag at the end follow, where they are there.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        A private copy, open for reading and writing.
    genres : sequence of str
        What the file shall have; nothing removes the genre.
    style : Id3Style
        Version of a new tag, and what stands between several genres before 2.4.

    Raises
    ------
    RefusedError
        If a tag is not understood to its last byte, or the sound does not begin where the tag ends.
    """
    old = _tag_at(path, file, 0)
    file.seek(len(old))
    following = file.read(4)
    if following[:3] == b"ID3":
        raise RefusedError(path, "The file has two ID3 tags.")
    if following not in _TTA and not begins_sound(following):
        raise RefusedError(path, "The sound does not begin where the ID3 tag ends.")
    new = id3.splice(path, old, genres, style)
    write_end(path, file, genres, only_existing=True, front=len(old))
    if new != old:
        replace(file, 0, len(old), new)


def write_end(path: str, file: BinaryIO, genres: Sequence[str], *, only_existing: bool = False, front: int = 0) -> None:
    """Write genres into the APEv2 tag at the end of a file, and into an ID3v1 tag that is there.

    Parameters
    ----------
    path, file, genres
        As in :func:`write_front`.
    only_existing : bool
        Only change a genre item that is there.
    front : int
        Where the sound begins; the tags must lie behind it.

    Raises
    ------
    RefusedError
        If the APEv2 tag is not understood to its last byte.
    """
    begin, end = apetag.locate(path, file)
    if begin < front:
        raise RefusedError(path, "The tags of the file overlap.")
    file.seek(begin)
    old = file.read(end - begin)
    new = apetag.splice(path, old, genres, only_existing=only_existing)
    if new != old:
        replace(file, begin, end, new)
    size = file.seek(0, 2)
    file.seek(max(size - id3v1.SIZE - 3, front))
    if id3v1.find(file.read()):
        replace(file, size - 1, size, bytes([id3v1.genre_number(tuple(genres))]))


def write_dsf(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style) -> None:
    """Write genres into the ID3v2 tag that a DSF file ends with, or append one.

    Raises
    ------
    RefusedError
        If the header's sizes disagree with the file, or the tag is not understood to its last byte.
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
    old = _tag_at(path, file, start)
    if start + len(old) != size:
        raise RefusedError(path, "The DSF file does not end with its tag.")
    new = id3.splice(path, old, genres, style)
    if new == old:
        return
    replace(file, start, size, new)
    replace(file, 0, len(head), _DSF_HEADER.pack(magic, length, start + len(new), start))


def begins_sound(head: bytes) -> bool:
    """Whether a frame of MPEG audio (not AAC) may begin with these bytes."""
    return len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0


def _tag_at(path: str, file: BinaryIO, start: int) -> bytes:
    """The whole ID3v2 tag at `start`, or nothing."""
    file.seek(start)
    head = file.read(id3.HEADER_BYTES)
    if head[:3] != b"ID3":
        return b""
    size = id3_size(head)
    if not id3.HEADER_BYTES <= size <= _LARGEST_TAG:
        raise RefusedError(path, "The ID3 tag is too large to be checked, or its header is damaged.")
    data = head + file.read(size - id3.HEADER_BYTES)
    if len(data) < size:
        raise RefusedError(path, "The ID3 tag states a size beyond the end of the file.")
    return data
