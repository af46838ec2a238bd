"""FLAC: every metadata block in order, every comment but the genre, every frame."""

from __future__ import annotations

from genre_tagger.files.proof.comments import keep_comments
from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source

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
        Where the marker "fLaC" stands; what is before it (an ID3v2 tag) is kept as it is.

    Raises
    ------
    RefusedError
        If block lengths do not lead to the first frame, there are several comment blocks, or
        STREAMINFO is not the first block.
    """
    proof.keep_range("front", 0, start)
    at = start + 4
    comments = 0
    for number in range(MAX_PARTS):
        head = source.read(at, 4)
        kind, length = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind == _INVALID or (kind == _STREAMINFO) != (number == 0) or (number == 0 and length != 34):
            raise source.refused("The FLAC header is damaged.")
        if kind == _COMMENT:
            comments += 1
            _keep_comment_block(source, proof, at + 4, length)
        elif kind != _PADDING:
            proof.keep_range(f"block {kind}", at + 4, _inside(source, at + 4, length))
        at = _inside(source, at + 4, length)
        if comments > 1:
            raise source.refused("The FLAC file has several comment blocks.")
        if head[0] & 0x80:
            break
    else:
        raise source.refused("The FLAC header has too many blocks.")
    first = source.peek(at, 2)
    if len(first) < 2 or first[0] != 0xFF or first[1] & 0xFE != 0xF8:
        raise source.refused("The FLAC header does not end where the audio begins.")
    proof.sound(at, source.size)


def _inside(source: Source, start: int, length: int) -> int:
    if start + length > source.size:
        raise source.refused("A FLAC block states a length beyond the end of the file.")
    return start + length


def _keep_comment_block(source: Source, proof: Proof, start: int, length: int) -> None:
    left = keep_comments(proof, source.read(start, length))
    if left.strip(b"\0"):
        raise source.refused("The FLAC comment block states a wrong length.")
