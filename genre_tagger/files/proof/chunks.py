"""WAV and AIFF: every chunk in order, with the genre left out of ID3 tags and of INFO lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames

_TOP, _HEADER = 12, 8
_UNKNOWN = 0xFFFFFFFF
_GENRE = b"IGNR"


@dataclass(frozen=True, slots=True)
class _Form:
    kind: str
    order: Literal["little", "big"]
    sound: bytes


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    start: int
    end: int


_FORMS = {
    (b"RIFF", b"WAVE"): _Form("wav", "little", b"data"),
    (b"FORM", b"AIFF"): _Form("aiff", "big", b"SSND"),
    (b"FORM", b"AIFC"): _Form("aiff", "big", b"SSND"),
}


def survey_chunks(source: Source, proof: Proof) -> str:
    """Walk a WAV or AIFF file.

    Returns
    -------
    str
        ``"wav"`` or ``"aiff"``.

    Raises
    ------
    RefusedError
        If a size is unknown (0 or 0xFFFFFFFF), wrong, or leaves something behind the last chunk, or there is
        not exactly one chunk of sound.
    """
    head = source.peek(0, _TOP)
    form = _FORMS.get((head[:4], head[8:12]))
    if form is None:
        raise source.refused("This kind of RIFF or IFF file is not written.")
    size = int.from_bytes(head[4:8], form.order)
    # Some programs do not count the byte that pads an odd last chunk.
    if size in (0, _UNKNOWN) or size + size % 2 + _HEADER != source.size + source.size % 2:
        raise source.refused("The file states a wrong size in its header.")
    proof.keep("form", head[8:12])
    seen = []
    for chunk in _chunks(source, form, _TOP, source.size):
        seen.append(b"id3 " if chunk.name == b"ID3 " else chunk.name)
        _keep(source, proof, form, chunk)
    if seen.count(form.sound) != 1 or seen.count(b"id3 ") > 1:
        raise source.refused("The file does not hold exactly one piece of sound, or two ID3 tags.")
    return form.kind


def _chunks(source: Source, form: _Form, start: int, end: int) -> Iterator[_Chunk]:
    at = start
    for _ in range(MAX_PARTS):
        if at >= end:
            return
        head = source.peek(at, _HEADER)
        size = int.from_bytes(head[4:], form.order)
        if end - at < _HEADER or size > end - at - _HEADER or not head[:4].isascii() or min(head[:4]) < 0x20:
            break
        yield _Chunk(head[:4], at + _HEADER, at + _HEADER + size)
        at += _HEADER + size + size % 2
    raise source.refused("A chunk of the file states a wrong size.")


def _keep(source: Source, proof: Proof, form: _Form, chunk: _Chunk) -> None:
    if chunk.name in (b"id3 ", b"ID3 "):
        end = keep_frames(source, proof, chunk.start)
        if end == chunk.start or end > chunk.end or source.read(end, chunk.end - end).strip(b"\0"):
            raise source.refused("The ID3 tag in the file does not fit its chunk.")
    elif chunk.name == form.sound:
        if chunk.start == chunk.end:
            raise source.refused("The file does not say how long its sound is.")
        proof.keep("sound")
        proof.sound(chunk.start, chunk.end)
    elif chunk.name == b"LIST" and form.kind == "wav" and source.peek(chunk.start, 4) == b"INFO":
        for item in _chunks(source, form, chunk.start + 4, chunk.end):
            if item.name != _GENRE:
                proof.keep_range(f"info {item.name!r}", item.start, item.end)
    else:
        proof.keep_range(f"chunk {chunk.name!r}", chunk.start, chunk.end)
