"""RIFF/WAVE and FORM/AIFF: walk the chunks, and splice a genre into the ID3 chunk and the INFO list.

References
----------
Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", chapter 2; Apple, "Audio Interchange
File Format: AIFF-C", 1991.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.sniff import id3_size
from genre_tagger.files.splice import id3, info
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.files.splice.rewrite import replace

_HEADER = 12
_MOST_CHUNKS = 100_000
_LARGEST_TAG = 64 << 20
_LARGEST = 0xFFFFFFF0
_FORMS = {b"RIFF": (b"WAVE",), b"FORM": (b"AIFF", b"AIFC")}
_ORDERS: dict[bytes, Literal["little", "big"]] = {b"RIFF": "little", b"FORM": "big"}
_ID3 = (b"id3 ", b"ID3 ")
_WRONG_SIZE = "The file states a wrong size in its header."


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its name, the offset of its eight-byte header, and the length of its content, in bytes."""

    id: bytes
    offset: int
    size: int

    @property
    def start(self) -> int:
        """Where the content begins."""
        return self.offset + 8

    @property
    def stop(self) -> int:
        """Where the content ends, without the padding byte after an odd length."""
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class Form:
    """A WAV or AIFF file whose stated lengths all agree with the file.

    Attributes
    ----------
    kind : bytes
        ``b"WAVE"``, ``b"AIFF"`` or ``b"AIFC"``.
    order : {"little", "big"}
        Byte order of the lengths.
    chunks : tuple of Chunk
        In order.
    size : int
        Length of the file in bytes.
    """

    kind: bytes
    order: Literal["little", "big"]
    chunks: tuple[Chunk, ...]
    size: int

    def named(self, *names: bytes) -> list[Chunk]:
        """All chunks with one of these names."""
        return [chunk for chunk in self.chunks if chunk.id in names]


def walk(path: str, file: BinaryIO) -> Form:
    """List the chunks of a WAV or AIFF file.

    A last chunk of odd length may lack its padding byte, and the file's stated length may leave it out.

    Raises
    ------
    RefusedError
        If it is none (RF64, Wave64, …), a length is 0, 0xFFFFFFFF or leads out of the file, or there is
        more in the file than its header says.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEADER)
    if head[8:] not in _FORMS.get(head[:4], ()):
        raise RefusedError(path, "This is no plain WAV or AIFF file.")
    kind, order = head[8:], _ORDERS[head[:4]]
    stated = int.from_bytes(head[4:8], order) + 8
    if stated <= _HEADER or stated > size or size - stated > stated % 2:
        raise RefusedError(path, _WRONG_SIZE)
    at, chunks = _HEADER, list[Chunk]()
    while at < stated:
        file.seek(at)
        head = file.read(8)
        length = int.from_bytes(head[4:], order)
        if len(head) < 8 or length > stated - at - 8 or len(chunks) >= _MOST_CHUNKS:
            raise RefusedError(path, "A part of the file states a length beyond its end.")
        if not all(0x20 <= byte < 0x7F for byte in head[:4]):
            raise RefusedError(path, "The file is damaged: a part of it has no name.")
        chunks.append(Chunk(head[:4], at, length))
        at += 8 + length + length % 2
    return Form(kind, order, tuple(chunks), size)


def info_texts(path: str, file: BinaryIO) -> dict[str, str]:
    """Read the INFO list of a WAV file: texts by name, such as ``INAM`` or ``IGNR``; empty if there is none."""
    try:
        found = _info_chunk(path, file, walk(path, file))
        return info.parse(_content(path, file, found)).texts() if found else {}
    except (RefusedError, ValueError):
        return {}


def write_genres(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style = AS_USUAL) -> None:
    """Write genres into the ID3 chunk and, in a WAV file, into the INFO list.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        A private copy, open for reading and writing.
    genres : sequence of str
        Without any, the genre is removed from both.
    style : Id3Style
        Version of a new ID3 tag, and what stands between several genres in INFO and before 2.4.

    Raises
    ------
    RefusedError
        If the file's lengths or its tags are not understood to the last byte; nothing is written then.
    """
    form = walk(path, file)
    exchanged, appended = list[_Edit](), list[bytes]()
    for name, old, content in _wanted(path, file, form, genres, style):
        length = len(content).to_bytes(4, form.order)
        data = name + length + content + bytes(len(content) % 2) if content else b""
        if old is not None:
            exchanged.append((old.offset, min(old.stop + old.size % 2, form.size), data))
        else:
            appended.append(data)
    if form.size + sum(map(len, appended)) + sum(len(data) for _, _, data in exchanged) > _LARGEST:
        raise RefusedError(path, "The file would become too large for its format.")
    if any(appended):
        # A last chunk of odd length may lack its padding byte.
        replace(file, form.size, form.size, bytes(form.size % 2) + b"".join(appended))
    # From the end to the front, so that offsets stay true.
    for start, end, data in sorted(exchanged, reverse=True):
        replace(file, start, end, data)
    if exchanged or appended:
        size = file.seek(0, 2)
        file.seek(4)
        file.write((size - 8).to_bytes(4, form.order))
        file.flush()


_Edit = tuple[int, int, bytes]
"""Start and end of what is exchanged, and what comes there."""


def _wanted(
    path: str, file: BinaryIO, form: Form, genres: Sequence[str], style: Id3Style
) -> list[tuple[bytes, Chunk | None, bytes]]:
    """Name, old chunk and new content of the chunks that have to change."""
    wanted = list[tuple[bytes, Chunk | None, bytes]]()
    if len(chunks := form.named(*_ID3)) > 1:
        raise RefusedError(path, "The file has two ID3 tags.")
    old = chunks[0] if chunks else None
    was = _content(path, file, old) if old else b""
    tag, slack = was[: id3_size(was[: id3.HEADER_BYTES])], was[id3_size(was[: id3.HEADER_BYTES]) :]
    if slack.strip(b"\0") or (old and not tag):
        raise RefusedError(path, "The ID3 tag does not fill its part of the file.")
    content = id3.splice(path, tag, genres, style).ljust(len(was), b"\0")
    if content != was:
        name = old.id if old else _ID3[form.kind != b"WAVE"]
        wanted.append((name, old, content))
    if form.kind == b"WAVE":
        old = _info_chunk(path, file, form)
        was = _content(path, file, old) if old else b""
        content = _with_genre(path, was, style.separator.join(genres))
        if content != was:
            wanted.append((b"LIST", old, content))
    return wanted


def _with_genre(path: str, content: bytes, genre: str) -> bytes:
    try:
        found = info.parse(content) if content else info.Info()
    except ValueError as error:
        raise RefusedError(path, "The INFO list of the file is damaged.") from error
    new = found.with_genre(genre)
    return content if new == found else info.build(new)


def _info_chunk(path: str, file: BinaryIO, form: Form) -> Chunk | None:
    lists = [chunk for chunk in form.named(b"LIST") if _begins(file, chunk, info.TYPE)]
    if len(lists) > 1:
        raise RefusedError(path, "The file has two INFO lists.")
    return lists[0] if lists else None


def _begins(file: BinaryIO, chunk: Chunk, magic: bytes) -> bool:
    file.seek(chunk.start)
    return file.read(min(len(magic), chunk.size)) == magic


def _content(path: str, file: BinaryIO, chunk: Chunk) -> bytes:
    if chunk.size > _LARGEST_TAG:
        raise RefusedError(path, "A tag in this file is too large to be checked.")
    file.seek(chunk.start)
    return file.read(chunk.size)
