"""RIFF/WAVE and FORM/AIFF: read the chunks, and plan another genre for the ID3 chunk and the INFO list.

References
----------
Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", chapter 2; Apple, "Audio Interchange
File Format: AIFF-C", 1991.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.sniff import ID3_HEADER_BYTES, id3_size
from genre_tagger.files.splice import id3, info
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.files.splice.rewrite import Edit
from genre_tagger.files.values import Names

LARGE_WAV = "Genres are not written into WAV files of the large kind (RF64, BW64)."

_HEADER = 12
_MOST_CHUNKS = 100_000
_LARGEST_TAG = 64 << 20
_LARGEST = 0xFFFFFFF0
_FORMS = {b"RIFF": (b"WAVE",), b"FORM": (b"AIFF", b"AIFC")}
_ORDERS: dict[bytes, Literal["little", "big"]] = {b"RIFF": "little", b"FORM": "big"}
_LARGE = (b"RF64", b"BW64")
_ID3 = (b"id3 ", b"ID3 ")
_SOUND = (b"data", b"SSND")
_TEXTS = (b"NAME", b"AUTH", b"ANNO")
_PCM = (0x0001, 0x0003, 0xFFFE)
_UNKNOWN = 0xFFFFFFFF
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


_Wanted = tuple[bytes, Chunk | None, bytes]
"""Name, old chunk and new content of a chunk that has to change."""


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
        if head[:4] in _LARGE:
            raise RefusedError(path, LARGE_WAV)
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
        if not _is_name(head[:4]):
            raise RefusedError(path, "The file is damaged: a part of it has no name.")
        chunks.append(Chunk(head[:4], at, length))
        at += 8 + length + length % 2
    return Form(kind, order, tuple(chunks), size)


def look(file: BinaryIO) -> Form | None:
    """List the chunks of a WAV or AIFF file as other readers do, whatever its lengths say; RF64 and BW64 as well.

    A length that leads out of the file ends with it, one of sound that was never filled in goes to the end, and the
    byte behind an odd length may be missing. None if it is no such file.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEADER)
    order = _ORDERS.get(b"RIFF" if head[:4] in _LARGE else head[:4])
    if order is None or head[8:] not in (b"WAVE", b"AIFF", b"AIFC"):
        return None
    at, chunks, long_sound = _HEADER, list[Chunk](), 0
    while at + 8 <= size and len(chunks) < _MOST_CHUNKS:
        file.seek(at)
        name = file.read(8)
        if not _is_name(name[:4]):
            if not chunks or chunks[-1].size % 2 == 0 or at > chunks[-1].stop + 1:
                break
            at = chunks[-1].stop
            file.seek(at)
            name = file.read(8)
            if not _is_name(name[:4]):
                break
        length = int.from_bytes(name[4:], order)
        if name[:4] == b"ds64":
            long_sound = int.from_bytes(file.read(16)[8:], "little")
        elif name[:4] == b"data" and length == _UNKNOWN and long_sound:
            length = long_sound
        chunks.append(Chunk(name[:4], at, min(length, size - at - 8)))
        at += 8 + length + length % 2
    if chunks and chunks[-1].id in _SOUND and chunks[-1].size == 0:
        chunks[-1] = Chunk(chunks[-1].id, chunks[-1].offset, size - chunks[-1].start)
    return Form(head[8:], order, tuple(chunks), size)


def content(file: BinaryIO, chunk: Chunk) -> bytes:
    """Read what is in a chunk, of a large one the beginning."""
    file.seek(chunk.start)
    return file.read(min(chunk.size, _LARGEST_TAG))


def length(file: BinaryIO, form: Form) -> float:
    """How long the sound is, in seconds, and never longer than its bytes can hold; 0.0 if the file does not say.

    References
    ----------
    Microsoft, "Multiple Channel Audio Data and WAVE Files"; Apple, "AIFF-C", COMM chunk.
    """
    described = form.named(b"fmt ", b"COMM")
    sound = form.named(*_SOUND)
    if not described or not sound:
        return 0.0
    head, size = content(file, described[0])[:40], sound[0].size
    if form.kind != b"WAVE":
        return _length_of_aiff(head, max(size - 8, 0), compressed=form.kind == b"AIFC")
    if len(head) < 16:
        return 0.0
    kind, _, rate, a_second, block, _ = struct.unpack_from("<HHIIHH", head)
    if kind in _PCM and block and rate:
        return float(size // block / rate)
    seconds = size / a_second if a_second else 0.0
    facts = form.named(b"fact")
    samples = int.from_bytes(content(file, facts[0])[:4], "little") if facts else 0
    stated = samples / rate if rate else 0.0
    return stated if seconds / 2 < stated < 2 * seconds else seconds


def _length_of_aiff(head: bytes, size: int, *, compressed: bool) -> float:
    if len(head) < 18:
        return 0.0
    channels, frames, bits, exponent, mantissa = struct.unpack_from(">HIHHQ", head)
    rate = mantissa * 2.0 ** (exponent - 16383 - 63) if 0 < exponent < 0x7FFF else 0.0
    if not rate:
        return 0.0
    if compressed and head[18:22] not in (b"NONE", b"sowt", b"twos"):
        return float(frames * (64 if head[18:22] == b"ima4" else 1) / rate)
    width = channels * ((bits + 7) // 8)
    return float(min(frames, size // width) / rate) if width else 0.0


def texts(file: BinaryIO, form: Form) -> tuple[Names, str]:
    """Read what the INFO list of a WAV file says, or the text chunks of an AIFF file; the names and the genre."""
    if form.kind != b"WAVE":
        said = {chunk.id: info.decode(content(file, chunk)).strip() for chunk in reversed(form.named(*_TEXTS))}
        title, artist, comment = (said.get(name, "") for name in _TEXTS)
        return Names(title, artist, comment=comment), ""
    lists = [chunk for chunk in form.named(b"LIST") if _begins(file, chunk, info.TYPE)]
    found = info.Info(tuple(entry for chunk in lists for entry in info.read(content(file, chunk)).entries))
    return found.names(), found.texts().get(info.GENRE.decode(), "")


def edits(path: str, file: BinaryIO, genres: Sequence[str], style: Id3Style = AS_USUAL) -> list[Edit]:
    """Plan other genres for the ID3 chunk and, in a WAV file, for the INFO list.

    A WAV file whose tags are in its INFO list alone gets its genre there, and one whose tags are in its ID3 chunk alone
    there: either would hide the other from some programs. If the style wants it everywhere the other one is made, and
    says what the first does.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        Open for reading.
    genres : sequence of str
        Without any, the genre is removed from both.
    style : Id3Style
        Version of a new ID3 tag, and what stands between several genres in INFO and before 2.4.

    Returns
    -------
    list of Edit
        For :func:`genre_tagger.files.splice.rewrite.apply`.

    Raises
    ------
    RefusedError
        If the file's lengths or its tags are not understood to the last byte.
    """
    form = walk(path, file)
    return _edits(path, form, _wanted(path, file, form, genres, style))


def edits_of_id3(path: str, file: BinaryIO, become: Callable[[bytes], bytes]) -> list[Edit]:
    """Plan another ID3 tag for a file that has one: what `become` makes of it, or of nothing where there is none.

    Raises
    ------
    RefusedError
        As :func:`edits`.
    """
    form = walk(path, file)
    old, was = _id3_chunk(path, file, form)
    new = become(was[: id3_size(was[:ID3_HEADER_BYTES])]).ljust(len(was), b"\0")
    return _edits(path, form, [(old.id, old, new)] if old is not None and new != was else [])


def has_place_in_id3(path: str, file: BinaryIO) -> bool:
    """Whether a file that has a genre, or gets one, has it in an ID3 chunk, too; errors as :func:`edits`."""
    form = walk(path, file)
    if form.kind != b"WAVE" or _id3_chunk(path, file, form)[0] is not None:
        return True
    listed = _info_chunk(path, file, form)
    return not _entries(path, _content(path, file, listed) if listed else b"").tells


def _edits(path: str, form: Form, wanted: Sequence[_Wanted]) -> list[Edit]:
    changed, appended = list[Edit](), list[bytes]()
    for name, old, new in wanted:
        data = name + len(new).to_bytes(4, form.order) + new + bytes(len(new) % 2) if new else b""
        if old is not None:
            changed.append((old.offset, min(old.stop + old.size % 2, form.size), data))
        elif data:
            appended.append(data)
    if appended:
        # A last chunk of odd length may lack its padding byte.
        changed.append((form.size, form.size, bytes(form.size % 2) + b"".join(appended)))
    size = form.size + sum(len(data) - (end - start) for start, end, data in changed)
    if size > _LARGEST:
        raise RefusedError(path, "The file would become too large for its format.")
    return [*changed, (4, 8, (size - 8).to_bytes(4, form.order))] if changed else []


def _wanted(
    path: str, file: BinaryIO, form: Form, genres: Sequence[str], style: Id3Style
) -> list[_Wanted]:
    """Give the chunks that have to change."""
    wanted = list[_Wanted]()
    old, was = _id3_chunk(path, file, form)
    tag = was[: id3_size(was[:ID3_HEADER_BYTES])]
    listed = _info_chunk(path, file, form) if form.kind == b"WAVE" else None
    entries = _entries(path, _content(path, file, listed) if listed else b"")
    if old is not None or not entries.tells or (style.everywhere and genres):
        new = id3.splice(path, tag, genres, style, entries.names()).ljust(len(was), b"\0")
        if new != was:
            wanted.append((old.id if old else _ID3[form.kind != b"WAVE"], old, new))
    parsed, genre = id3.parse(tag), style.separator.join(genres)
    if form.kind != b"WAVE":
        return wanted
    if listed is None and parsed is not None and parsed.frames:  # alone
        if style.everywhere and genres:
            wanted.append((b"LIST", None, info.build(info.copied(id3.names(parsed)).with_genre(genre))))
        return wanted
    changed = entries.with_genre(genre)
    if changed != entries:
        wanted.append((b"LIST", listed, info.build(changed)))
    return wanted


def _id3_chunk(path: str, file: BinaryIO, form: Form) -> tuple[Chunk | None, bytes]:
    """The chunk of the ID3 tag, if there is one, and what is in it: the tag, and zero bytes behind it."""
    if len(chunks := form.named(*_ID3)) > 1:
        raise RefusedError(path, "The file has two ID3 tags.")
    old = chunks[0] if chunks else None
    was = _content(path, file, old) if old else b""
    length = id3_size(was[:ID3_HEADER_BYTES])
    if was[length:].strip(b"\0") or (old and not was[:length]):
        raise RefusedError(path, "The ID3 tag does not fill its part of the file.")
    return old, was


def _entries(path: str, data: bytes) -> info.Info:
    try:
        return info.parse(data) if data else info.Info()
    except ValueError as error:
        raise RefusedError(path, "The INFO list of the file is damaged.") from error


def _info_chunk(path: str, file: BinaryIO, form: Form) -> Chunk | None:
    lists = [chunk for chunk in form.named(b"LIST") if _begins(file, chunk, info.TYPE)]
    if len(lists) > 1:
        raise RefusedError(path, "The file has two INFO lists.")
    return lists[0] if lists else None


def _is_name(data: bytes) -> bool:
    return len(data) == 4 and all(0x20 <= byte < 0x7F for byte in data)


def _begins(file: BinaryIO, chunk: Chunk, magic: bytes) -> bool:
    file.seek(chunk.start)
    return file.read(min(len(magic), chunk.size)) == magic


def _content(path: str, file: BinaryIO, chunk: Chunk) -> bytes:
    if chunk.size > _LARGEST_TAG:
        raise RefusedError(path, "A tag in this file is too large to be checked.")
    file.seek(chunk.start)
    return file.read(chunk.size)
