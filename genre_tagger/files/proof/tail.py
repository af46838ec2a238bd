"""Tags behind the sound: ID3v1, APEv2, Lyrics3."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source

_GENRE = b"genre"
_DAMAGED_APE = "The APEv2 tag of the file is damaged."
_DAMAGED_LYRICS = "The lyrics tag of the file is damaged."
_ID3V1, _ID3V1_LONG, _FOOTER = 128, 227, 32
_HAS_HEADER, _IS_HEADER = 1 << 31, 1 << 29
_LYRICS_OLD = 5100


def keep_tail(source: Source, proof: Proof, start: int, *, ape_may_begin: bool = False) -> int:
    """Find the tags at the end of a file and add all of them but the genre to what must survive.

    Parameters
    ----------
    source : Source
        The file.
    proof : Proof
        Gets the facts.
    start : int
        Where the sound begins; no tag reaches before it.
    ape_may_begin : bool
        Whether a first APEv2 tag may come with the genre.

    Returns
    -------
    int
        Where the sound ends.

    Raises
    ------
    RefusedError
        If "TAG" stands where some programs would take it for an ID3v1 tag, or an APEv2 tag is damaged.
    """
    end = _keep_id3v1(source, proof, start)
    ape = False
    while True:
        foot = source.peek(max(end - _FOOTER, start), min(_FOOTER, end - start))
        if foot[:8] == b"APETAGEX" and len(foot) == _FOOTER:
            if ape:
                raise source.refused("The file has two APEv2 tags.")
            ape, end = True, _keep_ape(source, proof, start, end, foot)
        elif foot[-9:] in (b"LYRICS200", b"LYRICSEND"):
            end = _keep_lyrics(source, proof, start, end, foot)
        elif foot[-10:-7] == b"3DI":
            raise source.refused("The file has a second ID3 tag at its end.")
        else:
            break
    if ape and not ape_may_begin:
        proof.keep("apev2")
    return end


def _keep_id3v1(source: Source, proof: Proof, start: int) -> int:
    end = source.size
    last = source.peek(max(end - _ID3V1, start), min(_ID3V1, end - start))
    if len(last) == _ID3V1 and last[:3] == b"TAG":
        proof.keep("id3v1", last[:-1])
        end -= _ID3V1
        if source.peek(max(end - _ID3V1_LONG, start), 4) == b"TAG+" and end - _ID3V1_LONG >= start:
            proof.keep_range("id3v1 long", end - _ID3V1_LONG, end)
            end -= _ID3V1_LONG
    elif b"TAG" in last[:7] and b"APETAGEX" not in last[:12]:
        raise source.refused("Something near the end of the file looks like an ID3v1 tag and is none.")
    return end


def _keep_lyrics(source: Source, proof: Proof, start: int, end: int, foot: bytes) -> int:
    if foot.endswith(b"LYRICS200") and foot[-15:-9].isdigit():
        begin = end - 15 - int(foot[-15:-9])
        if begin < start or source.read(begin, 11) != b"LYRICSBEGIN":
            raise source.refused(_DAMAGED_LYRICS)
    else:
        window = max(end - _LYRICS_OLD, start)
        found = source.read(window, end - window).rfind(b"LYRICSBEGIN")
        if found < 0:
            raise source.refused(_DAMAGED_LYRICS)
        begin = window + found
    proof.keep_range("lyrics", begin, end)
    return begin


def _keep_ape(source: Source, proof: Proof, start: int, end: int, foot: bytes) -> int:
    version, size, _, flags = struct.unpack_from("<4I", foot, 8)
    begin: int = end - size
    if version not in (1000, 2000) or flags & _IS_HEADER or size < _FOOTER or begin < start:
        raise source.refused(_DAMAGED_APE)
    facts = []
    for key, flag, value in _items(source, source.read(begin, size - _FOOTER)):
        if key.lower() != _GENRE:
            # An APEv1 tag becomes an APEv2 tag, whose text is UTF-8; plain ASCII means the same in both.
            facts.append((key, flag, value, b"" if value.isascii() else str(version).encode()))
    proof.keep_sorted("apev2 item", facts)
    if flags & _HAS_HEADER:
        begin -= _FOOTER
        if begin < start or source.read(begin, 8) != b"APETAGEX":
            raise source.refused(_DAMAGED_APE)
    return begin


def _items(source: Source, data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at = 0
    for _ in range(MAX_PARTS):
        if at == len(data):
            return
        stop = data.find(b"\0", at + 8, at + 8 + 256)
        size = int.from_bytes(data[at : at + 4], "little")
        if stop <= at + 8 or size > len(data) - stop - 1:
            break
        yield data[at + 8 : stop], data[at + 4 : at + 8], data[stop + 1 : stop + 1 + size]
        at = stop + 1 + size
    raise source.refused(_DAMAGED_APE)
