"""Vorbis comments, as FLAC blocks and Ogg packets carry them."""

from __future__ import annotations

import struct

from genre_tagger.files.proof.source import MAX_PARTS, Proof

_WRITERS = (b"Mutagen ", b"Genre Tagger")
_GENRE = b"GENRE"


def keep_comments(proof: Proof, data: bytes) -> bytes:
    """Add the vendor and every comment that is no genre to what must survive.

    The vendor text of a tag writer counts as none: a file without comments gets one with its first genre.

    Parameters
    ----------
    proof : Proof
        Gets the facts.
    data : bytes
        A comment header without any container's framing.

    Returns
    -------
    bytes
        What follows the last comment (framing bit, padding).

    Raises
    ------
    RefusedError
        If a length leads out of `data`.
    """
    vendor, at = _text(proof, data, 0)
    if not vendor.startswith(_WRITERS):
        proof.keep("vendor", vendor)
    if at + 4 > len(data):
        raise proof.source.refused("The comments are cut off.")
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    if count > min((len(data) - at) // 4, MAX_PARTS):
        raise proof.source.refused("The number of comments is wrong.")
    for _ in range(count):
        comment, at = _text(proof, data, at)
        if comment.partition(b"=")[0].upper() != _GENRE or b"=" not in comment:
            proof.keep("comment", comment)
    return data[at:]


def _text(proof: Proof, data: bytes, at: int) -> tuple[bytes, int]:
    if at + 4 > len(data):
        raise proof.source.refused("The comments are cut off.")
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + length
    if end > len(data):
        raise proof.source.refused("A comment states a wrong length.")
    return data[at + 4 : end], end
