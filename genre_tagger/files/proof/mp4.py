"""MP4 and M4A: every ``mdat``, where each chunk lies in it, every atom but genre, padding and offsets.

The samples are proven by the media data that they lie in: the digest of the sound holds every ``mdat`` and,
for every chunk of every track, its place *relative* to its ``mdat``. The sizes of the samples (``stsz``,
``stsc``) belong to what is kept. So moving an ``mdat`` changes nothing as long as all chunk offsets moved
with it.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source
from genre_tagger.files.values import FIELDS, GENRE

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


def keep_chunks(source: Source, proof: Proof, tracks: Sequence[Tables], media: Sequence[tuple[int, int]]) -> None:
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


def _table(source: Source, track: Tables, name: bytes, code: str, header: int, width: int) -> tuple[bytes, array[int]]:
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


_GENRE = (b"\xa9gen", b"gnre")

def keep_items(source: Source, proof: Proof, start: int, end: int) -> None:
    """Add every item but the genre to what must survive.

    Raises
    ------
    RefusedError
        If an item's size is wrong, or a genre holds something that is no value.
    """
    values: dict[bytes, list[bytes]] = {}
    data = source.read(start, end - start)
    for name, content in _boxes(source, data):
        if name in (b"free", b"skip"):
            continue
        if _may_change(source, proof, name, content):
            continue
        values.setdefault(name, []).append(content)
    proof.keep_sorted("item", ((key, *found) for key, found in values.items()))


def _boxes(source: Source, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MAX_PARTS):
        if at == len(data):
            return
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or size > len(data) - at:
            break
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
    raise source.refused("An MP4 tag states a wrong size.")


def _may_change(source: Source, proof: Proof, name: bytes, content: bytes) -> bool:
    """Whether an item is what is written: one of a free name where it has no name of its own."""
    place = FIELDS[proof.field]["mp4"] if proof.field != GENRE else "----:genre"
    if name == b"----":
        return place.startswith("----") and _is_named(source, content, place.rpartition(":")[2].lower().encode())
    return name in _GENRE if proof.field == GENRE else name == place.encode("latin-1")


def _is_named(source: Source, content: bytes, wanted: bytes) -> bool:
    """Whether a free item has this name; one that holds anything but values is kept as it is."""
    boxes = list(_boxes(source, content))
    plain = all(box in (b"mean", b"name", b"data") for box, _ in boxes)
    return plain and wanted in [data[4:].lower() for box, data in boxes if box == b"name"]


_FREE = (b"free", b"skip")
_DRM = (b"drms", b"drmi", b"drmt", b"encv", b"enca", b"enct", b"encs", b"encm", b"p608")
_PLAIN_HANDLER = b"\0" * 8 + b"mdirappl" + b"\0" * 9
_TAGS = (b"moov", b"udta", b"meta")
_STBL = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_CONTAINERS = {_STBL[:depth] for depth in range(1, 6)} | {(b"moov", b"udta"), (b"moov", b"trak", b"udta")}


@dataclass(frozen=True, slots=True)
class Atom:
    """One atom: its name, and where its content begins and ends."""

    name: bytes
    start: int
    end: int


def survey_mp4(source: Source, proof: Proof) -> bool:
    """Walk an MP4 file.

    Returns
    -------
    bool
        Whether the file is fragmented, so that its size must not change.

    Raises
    ------
    RefusedError
        If atoms do not fill the file exactly, there is not exactly one ``moov``, a ``meta`` has no version
        and flags, a chunk lies outside of the media data, or the file is protected.
    """
    walk = _Walk(source, proof)
    top = list(walk.atoms(0, source.size, to_end=True))
    if [atom.name for atom in top].count(b"moov") != 1:
        raise source.refused("The MP4 file does not have exactly one movie header.")
    media = [(atom.start, atom.end) for atom in top if atom.name == b"mdat"]
    fragmented = any(atom.name in (b"moof", b"mfra", b"sidx") for atom in top)
    for atom in top:
        if fragmented:
            proof.keep("place", atom.name, atom.start.to_bytes(8, "big"))
        if atom.name == b"mdat":
            proof.sound(atom.start, atom.end)
        else:
            walk.visit(atom, (atom.name,))
    if not walk.tracks:
        raise source.refused("The MP4 file has no track.")
    keep_chunks(source, proof, walk.tracks, media)
    return fragmented or walk.extended


class _Walk:
    def __init__(self, source: Source, proof: Proof) -> None:
        self.source = source
        self.proof = proof
        self.tracks: list[Tables] = []
        self.extended = False
        self.count = 0

    def atoms(self, start: int, end: int, *, to_end: bool = False, ended: bool = False) -> Iterator[Atom]:
        """Step over the atoms from `start` to `end`, which they must fill.

        `to_end`: a size of zero means "to the end of the file"; `ended`: four zero bytes may close the list.
        """
        at = start
        while at < end:
            if ended and end - at == 4 and self.source.read(at, 4) == b"\0" * 4:
                self.proof.keep("end of list")
                return
            head = self.source.peek(at, 16)
            size, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
            if size == 1:
                size, header = int.from_bytes(head[8:16], "big"), 16
            elif size == 0 and to_end:
                size = end - at
            self.count += 1
            if size < header or size > end - at or self.count > MAX_PARTS:
                raise self.source.refused("The MP4 file is damaged: an atom states a wrong size.")
            yield Atom(name, at + header, at + size)
            at += size

    def visit(self, atom: Atom, path: tuple[bytes, ...]) -> None:
        """Add an atom, or what is in it, to what must survive."""
        if atom.name in _FREE:
            return
        if path == _TAGS:
            self._visit_tags(atom)
        elif path in _CONTAINERS:
            self._visit_container(atom, path)
        else:
            self._check(atom)
            self.extended |= path == (b"moov", b"mvex")
            self.proof.keep_range(repr(path), atom.start, atom.end)

    def _visit_container(self, atom: Atom, path: tuple[bytes, ...]) -> None:
        # An empty ``moov/udta`` counts as none: it comes with the first genre.
        named = path != _TAGS[:2]
        if named:
            self.proof.keep("open", *path)
        seen = []
        for child in self.atoms(atom.start, atom.end, ended=atom.name == b"udta"):
            seen.append(child.name)
            if path == _STBL and child.name in (b"stco", b"co64"):
                self.proof.keep(repr(path), child.name)
            else:
                self.visit(child, (*path, child.name))
            if path == _STBL:
                self._note_table(child, opening=len(seen) == 1)
        if (path == _TAGS[:1] and seen.count(b"udta") > 1) or (path == _TAGS[:2] and seen.count(b"meta") > 1):
            raise self.source.refused("The MP4 file has more than one place for tags.")
        if named:
            self.proof.keep("close")

    def _note_table(self, atom: Atom, *, opening: bool) -> None:
        if opening:
            self.tracks.append(Tables())
        if atom.name == b"saio":
            raise self.source.refused("The MP4 file refers to places in itself that could not be moved along.")
        if not self.tracks[-1].note(atom.name, atom.start, atom.end):
            raise self.source.refused("An MP4 track has a table twice, or one that is not understood.")

    def _check(self, atom: Atom) -> None:
        if atom.name == b"meta":
            self._check_meta(atom)
        elif atom.name == b"stsd":
            self._check_entries(atom)

    def _check_meta(self, atom: Atom) -> list[Atom]:
        if self.source.peek(atom.start, 4) != b"\0" * 4 or atom.end - atom.start < 4:
            raise self.source.refused(
                "The tags of this file are in the QuickTime style, which cannot be written safely."
            )
        inside = list(self.atoms(atom.start + 4, atom.end))
        if any(child.name == b"iloc" for child in inside):
            raise self.source.refused("The MP4 file refers to places in itself that could not be moved along.")
        return inside

    def _check_entries(self, atom: Atom) -> None:
        for entry in self.atoms(atom.start + 8, atom.end, ended=True):
            if entry.name in _DRM:
                raise self.source.refused("The file is protected (DRM).")

    def _visit_tags(self, atom: Atom) -> None:
        inside = self._check_meta(atom)
        names = [child.name for child in inside]
        if names.count(b"ilst") > 1:
            raise self.source.refused("The MP4 file has more than one place for tags.")
        if b"hdlr" not in names:
            self.proof.keep("no handler")
        for child in inside:
            if child.name == b"ilst":
                keep_items(self.source, self.proof, child.start, child.end)
            elif child.name == b"hdlr" and child.end - child.start == len(_PLAIN_HANDLER):
                content = self.source.read(child.start, len(_PLAIN_HANDLER))
                if content != _PLAIN_HANDLER:
                    self.proof.keep("handler", content)
            elif child.name not in _FREE:
                self.proof.keep_range(f"meta {child.name!r}", child.start, child.end)
