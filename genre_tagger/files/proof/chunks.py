"""WAV and AIFF: every chunk in order, with the genre left out of ID3 tags and of INFO lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames, told_by_frames
from genre_tagger.files.proof.told import NOTHING, Told, either, told
from genre_tagger.files.values import GENRE, NAMES

_TOP, _HEADER = 12, 8
_UNKNOWN = 0xFFFFFFFF
_GENRE = b"IGNR"
_ID3 = (b"id3 ", b"ID3 ")
_LARGE = (b"RF64", b"BW64")
_OURS = b"Genre Tagger\0"  # the program's name in an INFO list


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
        large = head[:4] in _LARGE
        raise source.refused(
            "Genres are not written into WAV files of the large kind (RF64, BW64)."
            if large
            else "This kind of RIFF or IFF file is not written."
        )
    size = int.from_bytes(head[4:8], form.order)
    # Some programs do not count the byte that pads an odd last chunk.
    if size in (0, _UNKNOWN) or size + size % 2 + _HEADER != source.size + source.size % 2:
        raise source.refused("The file states a wrong size in its header.")
    proof.keep("form", head[8:12])
    chunks, said = list(_chunks(source, form, _TOP, source.size)), NOTHING
    seen, tags = [chunk.name for chunk in chunks], [chunk for chunk in chunks if chunk.name in _ID3]
    for chunk in chunks:
        if chunk.name in _ID3 or (proof.field == GENRE and _is_our_copy(source, form, chunk, tags)):
            continue
        if chunk.name == b"LIST" and form.kind == "wav" and source.peek(chunk.start, 4) == b"INFO":
            said = either(said, _keep_list(source, proof, form, chunk))
        else:
            _keep(source, proof, form, chunk)
    if seen.count(form.sound) != 1 or len(tags) > 1:
        raise source.refused("The file does not hold exactly one piece of sound, or two ID3 tags.")
    _keep_tag(source, proof, tags, said)
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
    if chunk.name != form.sound:
        proof.keep_range(f"chunk {chunk.name!r}", chunk.start, chunk.end)
        return
    if chunk.start == chunk.end:
        raise source.refused("The file does not say how long its sound is.")
    proof.keep("sound")
    proof.sound(chunk.start, chunk.end)


def _keep_tag(source: Source, proof: Proof, tags: Sequence[_Chunk], older: Told) -> None:
    """Keep the ID3 tag, wherever its chunk lies; the first one may come with the genre."""
    if not tags:
        keep_frames(source, proof, source.size, older)
        return
    start, end = tags[0].start, tags[0].end
    stop = keep_frames(source, proof, start, older)
    if stop == start or stop > end or source.read(stop, end - stop).strip(b"\0"):
        raise source.refused("The ID3 tag in the file does not fit its chunk.")


def _is_our_copy(source: Source, form: _Form, chunk: _Chunk, tags: Sequence[_Chunk]) -> bool:
    """Whether this is an INFO list of ours that says just what the ID3 tag says: it may come with a genre.

    What another program made, or says anything else, must survive as it is.
    """
    if chunk.name != b"LIST" or form.kind != "wav" or not tags or source.peek(chunk.start, 4) != b"INFO":
        return False
    items = [item for item in _chunks(source, form, chunk.start + 4, chunk.end) if item.name != _GENRE]
    said = [(item.name, source.read(item.start, item.end - item.start)) for item in items]
    told_there = told_by_frames(source, tags[0].start)
    pairs = zip(NAMES["info"], told_there, strict=True)
    return said == [*((name.encode(), text.encode() + b"\0") for name, text in pairs if text), (b"ISFT", _OURS)]


def _keep_list(source: Source, proof: Proof, form: _Form, chunk: _Chunk) -> Told:
    texts = dict[str, str]()
    for item in _chunks(source, form, chunk.start + 4, chunk.end):
        if item.name != _GENRE or proof.field != GENRE:
            proof.keep_range(f"info {item.name!r}", item.start, item.end)
            texts.setdefault(item.name.decode("latin-1").lower(), _text(source.read(item.start, item.end - item.start)))
    return told("info", texts)


def _text(data: bytes) -> str:
    text = data.split(b"\0")[0]
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")
