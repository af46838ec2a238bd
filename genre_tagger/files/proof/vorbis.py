"""Ogg with Vorbis, Opus, FLAC or Speex: every packet but the comments, every position, every page's checksum.

A tag writer may lay out the header pages anew and number all later pages of the stream; so packets are
compared, not pages, and granule positions belong to the last packet that ends on their page.
"""

from __future__ import annotations

from dataclasses import dataclass

from genre_tagger.files.proof.comments import keep_comments
from genre_tagger.files.proof.ogg_pages import Page, pages
from genre_tagger.files.proof.source import MAX_TAG, Proof, Source


@dataclass(frozen=True, slots=True)
class _Codec:
    """How a codec marks its first packet and its comment packet; `headers` 0: until the first frame."""

    name: str
    magic: bytes
    comment: bytes
    headers: int


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
        if page.first and begun:
            raise source.refused("The Ogg file is a chain of several recordings.")
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
