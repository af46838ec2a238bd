"""Ogg with Vorbis, Opus, FLAC or Speex: every packet but the comments, every position, every page's checksum.

A tag writer may lay out the header pages anew and number all later pages of the stream; so packets are
compared, not pages, and granule positions belong to the last packet that ends on their page.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass

from genre_tagger.files.proof.source import MAX_PARTS, MAX_TAG, Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames, keep_tail, told_by_frames
from genre_tagger.files.proof.told import NOTHING, Told, either, keep_told
from genre_tagger.files.values import FIELDS, GENRE, NAMES


@dataclass(frozen=True, slots=True)
class _Codec:
    """How a codec marks its first packet and its comment packet; `headers` 0: until the first frame."""

    name: str
    magic: bytes
    comment: bytes
    headers: int


_CHAIN = "The Ogg file is a chain of several recordings."
_LONGEST_PAGE = 27 + 255 + 255 * 255
_CODECS = (
    _Codec("ogg vorbis", b"\x01vorbis", b"\x03vorbis", 3),
    _Codec("ogg opus", b"OpusHead", b"OpusTags", 2),
    _Codec("ogg flac", b"\x7fFLAC", b"", 0),
    _Codec("ogg speex", b"Speex   ", b"", 2),
)


def survey_ogg(source: Source, proof: Proof) -> str:
    """Walk an Ogg file with one audio stream; streams beside it are kept as they are.

    Returns
    -------
    str
        The kind: ``"ogg vorbis"``, ``"ogg opus"``, ``"ogg flac"`` or ``"ogg speex"``.

    Raises
    ------
    RefusedError
        If there is no audio stream, a page has a wrong checksum, pages are missing, or streams are chained.
    """
    stream: _Stream | None = None
    others: set[int] = set()
    begun = False
    for page in pages(source):
        if proof.quick and stream is not None and stream.packet > 3:
            _require_one_chain(source, others | {stream.serial})
            return stream.codec.name
        if page.first and begun:
            raise source.refused(_CHAIN)
        begun = begun or not page.first
        if stream is None and page.first and (codec := _codec(page)):
            stream = _Stream(source, proof, page.serial, codec)
        elif page.first:
            others.add(page.serial)
        if stream and page.serial == stream.serial:
            stream.add(page)
        elif page.serial in others:
            _keep_other(proof, page)
        else:
            raise source.refused("The Ogg file holds pages of a stream that never began.")
    if stream is None:
        raise source.refused("The Ogg file has no stream that is understood.")
    stream.close()
    return stream.codec.name


def _require_one_chain(source: Source, serials: Container[int]) -> None:
    """Look at the last page alone: in a chain it belongs to a stream that did not begin at the beginning."""
    tail = source.peek(source.size - _LONGEST_PAGE, _LONGEST_PAGE)
    at = tail.rfind(b"OggS\0")
    if at >= 0 and int.from_bytes(tail[at + 14 : at + 18], "little") not in serials:
        raise source.refused(_CHAIN)


def _codec(page: Page) -> _Codec | None:
    first = page.parts[0][0] if page.parts else b""
    return next((codec for codec in _CODECS if first.startswith(codec.magic)), None)


def _keep_other(proof: Proof, page: Page) -> None:
    place = f"{page.serial} {page.sequence} {page.granule} {page.continued} {page.first} {page.last}"
    proof.keep("page", place.encode(), *(part for part, _ in page.parts), bytes(end for _, end in page.parts))


class _Stream:
    """The packets of the audio stream, put together from its pages."""

    def __init__(self, source: Source, proof: Proof, serial: int, codec: _Codec) -> None:
        self.source = source
        self.proof = proof
        self.serial = serial
        self.codec = codec
        self.headers = codec.headers
        self.packet = 0
        self.sequence: int | None = None
        self.open = False
        self.ended = False
        self.comment = bytearray()
        self.length = 0

    def add(self, page: Page) -> None:
        """Take the next page."""
        if self.ended or (self.sequence is not None and page.sequence != self.sequence + 1 & 0xFFFFFFFF):
            raise self.source.refused("Pages of the Ogg file are missing.")
        if page.continued != self.open or (page.first and self.sequence is not None):
            raise self.source.refused("Packets of the Ogg file are missing.")
        self.sequence, self.ended = page.sequence, page.last
        finished = [self._take(part, end) for part, end in page.parts].count(True)
        if page.parts:
            self.open = not page.parts[-1][1]
        if self.packet > self.headers > 0 or (page.granule not in (0, -1)):
            # The header pages may be laid out anew; from the first page of sound on, each one counts.
            place = f"{self.packet} {page.granule} {bool(finished)}"
            self.proof.sound_value(place.encode())
            self.proof.pages.append((page.start, page.end))
        if page.last:
            self.proof.sound_value(f"end {self.packet}".encode())

    def close(self) -> None:
        """Make sure that the stream was whole."""
        if self.open or self.packet < 2 or self.packet < self.headers:
            raise self.source.refused("The Ogg file is cut off.")

    def _take(self, part: bytes, end: bool) -> bool:
        if self.packet == 1:
            self.comment += part
            if len(self.comment) > MAX_TAG:
                raise self.source.refused("A tag in this file is too large to be checked.")
        else:
            self._note_headers(part)
            self.proof.audio.update(part)
            self.length += len(part)
        if end:
            if self.packet == 1:
                self._keep_comment(bytes(self.comment))
            else:
                self.proof.audio.update(self.length.to_bytes(8, "big"))
            self.packet, self.length = self.packet + 1, 0
        return end

    def _note_headers(self, part: bytes) -> None:
        """Learn how many header packets there are, where the codec's first packet tells."""
        if self.length:
            return
        if self.packet == 0 and self.codec.name == "ogg speex" and len(part) >= 72:
            self.headers = 2 + min(int.from_bytes(part[68:72], "little"), 255)
        elif self.codec.name == "ogg flac" and not self.headers and self.packet > 1 and part[:1] == b"\xff":
            self.headers = self.packet

    def _keep_comment(self, packet: bytes) -> None:
        codec, start = self.codec, len(self.codec.comment)
        if packet[:start] != codec.comment:
            raise self.source.refused("The comments of the Ogg file are not where they should be.")
        if codec.name == "ogg flac":
            start = 4
            if packet[:1] not in (b"\x04", b"\x84") or int.from_bytes(packet[1:4], "big") != len(packet) - 4:
                raise self.source.refused("The comments of the Ogg file are not where they should be.")
            self.proof.keep("last block", packet[:1])
        left = keep_comments(self.proof, packet[start:])
        if codec.name == "ogg opus" and left[:1] and left[0] & 1:
            self.proof.keep("after comments", left)
            return
        if codec.name == "ogg vorbis":
            if left[:1] != b"\x01":
                raise self.source.refused("The comments of the Ogg file state a wrong length.")
            left = left[1:]
        if codec.name != "ogg opus" and left.strip(b"\0"):
            raise self.source.refused("The comments of the Ogg file state a wrong length.")


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_CONTINUED, _FIRST, _LAST = 1, 2, 4


def ogg_crc(data: bytes) -> int:
    """CRC-32 of an Ogg page: polynomial 0x04C11DB7, not reflected, starting from 0.

    zlib's CRC-32 has the same polynomial, but takes the lowest bit of each byte first and inverts its value
    before and after. So each byte is turned round, zlib starts from the inverse of 0, and the 32 bits of the
    result are inverted and turned round.

    References
    ----------
    RFC 3533, section 6, field 7.
    """
    register = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(register.to_bytes(4, "big").translate(_REVERSED), "little")


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes
    ----------
    serial : int
        Number of the stream it belongs to.
    sequence : int
        Number of the page in its stream.
    granule : int
        Position in samples at the end of the last packet that ends here; -1 when none ends.
    continued, first, last : bool
        Header flags: goes on with a packet of the page before, begins or ends a stream.
    parts : list of (bytes, bool)
        Pieces of packets, and whether the packet ends with the piece.
    start, end : int
        Where the page is in the file (bytes).
    """

    serial: int
    sequence: int
    granule: int
    continued: bool
    first: bool
    last: bool
    parts: list[tuple[bytes, bool]]
    start: int
    end: int


def pages(source: Source) -> Iterator[Page]:
    """Read all pages of a file, which they must fill.

    Raises
    ------
    RefusedError
        If something else than a page is met, a page is cut off, or its checksum is wrong.
    """
    at = 0
    while at < source.size:
        head = source.peek(at, 27 + 255)
        if len(head) < 27 or head[:5] != b"OggS\0":
            raise source.refused("The Ogg file holds something that is no page.")
        lacing = head[27 : 27 + head[26]]
        length = sum(lacing)
        if len(lacing) < head[26] or at + 27 + len(lacing) + length > source.size:
            raise source.refused("The Ogg file is cut off.")
        body = source.read(at + 27 + len(lacing), length)
        if ogg_crc(head[:22] + b"\0\0\0\0" + head[26:27] + lacing + body) != int.from_bytes(head[22:26], "little"):
            raise source.refused("A page of the Ogg file has a wrong checksum.")
        yield Page(
            serial=int.from_bytes(head[14:18], "little"),
            sequence=int.from_bytes(head[18:22], "little"),
            granule=int.from_bytes(head[6:14], "little", signed=True),
            continued=bool(head[5] & _CONTINUED),
            first=bool(head[5] & _FIRST),
            last=bool(head[5] & _LAST),
            parts=_parts(lacing, body),
            start=at,
            end=(end := at + 27 + len(lacing) + length),
        )
        at = end


def _parts(lacing: bytes, body: bytes) -> list[tuple[bytes, bool]]:
    parts, start, end = [], 0, 0
    for size in lacing:
        end += size
        if size < 255:
            parts.append((body[start:end], True))
            start = end
    if lacing and lacing[-1] == 255:
        parts.append((body[start:end], False))
    return parts


_WRITERS = (b"Mutagen ", b"Genre Tagger")
_GENRE = b"GENRE"


def keep_comments(proof: Proof, data: bytes, older: Told = NOTHING) -> bytes:
    """Add the vendor and every comment that is no genre to what must survive.

    The vendor text of a tag writer counts as none: a file without comments gets one with its first genre.

    Parameters
    ----------
    proof : Proof
        Gets the facts.
    data : bytes
        A comment header without any container's framing; nothing where there is none yet.
    older : Told
        What other tags of the file say, which the comments may come to say as well.

    Returns
    -------
    bytes
        What follows the last comment (framing bit, padding).

    Raises
    ------
    RefusedError
        If a length leads out of `data`.
    """
    comments, rest = list[bytes](), b""
    if data:
        vendor, at = _text(proof, data, 0)
        if not vendor.startswith(_WRITERS):
            proof.keep("vendor", vendor)
        comments, rest = _comments(proof, data, at)
    is_genre = [_key(comment) == _GENRE and b"=" in comment for comment in comments]
    written = _GENRE if proof.field == GENRE else FIELDS[proof.field]["comments"].encode()
    kept = keep_told(
        proof, older, [name.encode() for name in NAMES["comments"]],
        [comment for comment in comments if _key(comment) != written or b"=" not in comment],
        name_of=_key, text_of=lambda comment: comment.partition(b"=")[2].decode("utf-8", "replace"),
        has_genre=any(is_genre),
    )  # fmt: skip
    for comment in kept:
        proof.keep("comment", comment)
    return rest


def _comments(proof: Proof, data: bytes, at: int) -> tuple[list[bytes], bytes]:
    """All comments from `at` on, and what follows the last one."""
    if at + 4 > len(data):
        raise proof.source.refused("The comments are cut off.")
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    if count > min((len(data) - at) // 4, MAX_PARTS):
        raise proof.source.refused("The number of comments is wrong.")
    comments = list[bytes]()
    for _ in range(count):
        comment, at = _text(proof, data, at)
        comments.append(comment)
    return comments, data[at:]


def _key(comment: bytes) -> bytes:
    return comment.partition(b"=")[0].upper()


def _text(proof: Proof, data: bytes, at: int) -> tuple[bytes, int]:
    if at + 4 > len(data):
        raise proof.source.refused("The comments are cut off.")
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + length
    if end > len(data):
        raise proof.source.refused("A comment states a wrong length.")
    return data[at + 4 : end], end


_STREAMINFO, _PADDING, _COMMENT, _INVALID = 0, 1, 4, 127


def survey_flac(source: Source, proof: Proof, start: int = 0) -> None:
    """Walk a FLAC file.

    Parameters
    ----------
    source : Source
        The file.
    proof : Proof
        Gets the facts.
    start : int
        Where the marker "fLaC" stands; before it there may be an ID3v2 tag.

    Raises
    ------
    RefusedError
        If block lengths do not lead to the first frame, there are several comment blocks, or
        STREAMINFO is not the first block.
    """
    end, older = keep_tail(source, proof, start)
    if keep_frames(source, proof, 0, older) != start:
        raise source.refused("The file begins with two ID3 tags, which do not belong there.")
    older = either(told_by_frames(source), older)
    at, comments = start + 4, list[bytes]()
    for number in range(MAX_PARTS):
        head = source.read(at, 4)
        kind, length = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind == _INVALID or (kind == _STREAMINFO) != (number == 0) or (number == 0 and length != 34):
            raise source.refused("The FLAC header is damaged.")
        if kind == _COMMENT:
            comments.append(source.read(at + 4, length))
        elif kind != _PADDING:
            proof.keep_range(f"block {kind}", at + 4, _inside(source, at + 4, length))
        at = _inside(source, at + 4, length)
        if len(comments) > 1:
            raise source.refused("The FLAC file has several comment blocks.")
        if head[0] & 0x80:
            break
    else:
        raise source.refused("The FLAC header has too many blocks.")
    first = source.peek(at, 2)
    if len(first) < 2 or first[0] != 0xFF or first[1] & 0xFE != 0xF8:
        raise source.refused("The FLAC header does not end where the audio begins.")
    if keep_comments(proof, comments[0] if comments else b"", older).strip(b"\0"):
        raise source.refused("The FLAC comment block states a wrong length.")
    proof.sound(at, end)


def _inside(source: Source, start: int, length: int) -> int:
    if start + length > source.size:
        raise source.refused("A FLAC block states a length beyond the end of the file.")
    return start + length
