"""The sample tables of MP4 tracks: which bytes of the media data each chunk is."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from genre_tagger.files.proof.source import Proof, Source

_OFFSETS = {b"stco": "I", b"co64": "Q"}
_KNOWN = (b"stco", b"co64", b"stsz", b"stsc")
_MAX_TABLE = 32 << 20


@dataclass(slots=True)
class Tables:
    """Where the tables of one track lie: name → start and end of the content."""

    places: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def note(self, name: bytes, start: int, end: int) -> bool:
        """Remember a table; False if it cannot be used (a second one, or compact sizes)."""
        if name not in _KNOWN:
            return name != b"stz2"
        twice = name in self.places or (name in _OFFSETS and not self.places.keys().isdisjoint(_OFFSETS))
        self.places[name] = (start, end)
        return not twice


def keep_chunks(
    source: Source, proof: Proof, tracks: Sequence[Tables], media: Sequence[tuple[int, int]]
) -> None:
    """Add the place of every chunk of every track, relative to its media data, to the sound.

    Parameters
    ----------
    source : Source
        The file.
    proof : Proof
        Gets the places.
    tracks : sequence of Tables
        In the order of the file.
    media : sequence of (int, int)
        Start and end of the content of each ``mdat``, ascending.

    Raises
    ------
    RefusedError
        If tables are cut off or disagree, or a chunk does not lie in one ``mdat``.
    """
    starts = [start for start, _ in media]
    for track in tracks:
        offsets = _chunk_offsets(source, track)
        places = array("Q")
        for offset, length in zip(offsets, _chunk_lengths(source, track, len(offsets)), strict=True):
            where = bisect_right(starts, offset) - 1
            if where < 0 or offset + length > media[where][1]:
                raise source.refused("A piece of the sound lies outside of the media data.")
            places.extend((where, offset - starts[where], length))
        proof.sound_value(places.tobytes())


def _table(
    source: Source, track: Tables, name: bytes, code: str, header: int, width: int
) -> tuple[bytes, array[int]]:
    """Header after version and flags, and the entries of a table, each `width` numbers."""
    start, end = track.places[name]
    if end - start > _MAX_TABLE or end - start < 4 + header:
        raise source.refused("An MP4 table has a size that cannot be right.")
    head = source.read(start + 4, header)
    numbers = array(code)
    size = int.from_bytes(head[-4:], "big") * width * numbers.itemsize
    if size > end - start - 4 - header:
        raise source.refused("An MP4 table has fewer entries than it states.")
    numbers.frombytes(source.read(start + 4 + header, size))
    if sys.byteorder == "little":
        numbers.byteswap()
    return head, numbers


def _chunk_offsets(source: Source, track: Tables) -> array[int]:
    for name, code in _OFFSETS.items():
        if name in track.places:
            return _table(source, track, name, code, 4, 1)[1]
    return array("I")


def _chunk_lengths(source: Source, track: Tables, chunks: int) -> list[int]:
    """Bytes of each chunk, by the tables of samples per chunk and of sample sizes."""
    if not chunks:
        return []
    if b"stsc" not in track.places or b"stsz" not in track.places:
        raise source.refused("An MP4 track lacks a table.")
    runs = _table(source, track, b"stsc", "I", 4, 3)[1]
    ends = _sample_ends(source, track)
    firsts = [*runs[0::3], chunks + 1]
    if firsts[0] != 1 or any(one >= other for one, other in pairwise(firsts)):
        raise source.refused("The tables of an MP4 track disagree.")
    lengths, sample, last = [], 0, len(ends) - 1
    for (first, following), samples in zip(pairwise(firsts), runs[1::3], strict=True):
        for _ in range(first, following):
            until = min(sample + samples, last)
            lengths.append(ends[until] - ends[sample])
            sample = until
    if sample != last:
        raise source.refused("The tables of an MP4 track disagree.")
    return lengths


def _sample_ends(source: Source, track: Tables) -> Sequence[int]:
    """Where each sample ends when all of them are laid one after the other; begins with 0."""
    start, end = track.places[b"stsz"]
    if end - start < 12:
        raise source.refused("An MP4 table has a size that cannot be right.")
    fixed, count = (int.from_bytes(source.read(start + at, 4), "big") for at in (4, 8))
    if fixed:
        return range(0, fixed * count + 1, fixed)
    return array("Q", accumulate(_table(source, track, b"stsz", "I", 8, 1)[1], initial=0))
