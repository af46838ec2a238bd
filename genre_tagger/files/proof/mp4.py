"""MP4 and M4A: every ``mdat``, where each chunk lies in it, every atom but genre, padding and offsets.

The samples are proven by the media data that they lie in: the digest of the sound holds every ``mdat`` and,
for every chunk of every track, its place *relative* to its ``mdat``. The sizes of the samples (``stsz``,
``stsc``) belong to what is kept. So moving an ``mdat`` changes nothing as long as all chunk offsets moved
with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genre_tagger.files.proof.mp4_items import keep_items
from genre_tagger.files.proof.mp4_samples import Tables, keep_chunks
from genre_tagger.files.proof.source import MAX_PARTS, Proof, Source

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
            raise self.source.refused(
                "The MP4 file refers to places in itself that could not be moved along."
            )
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
            raise self.source.refused(
                "The MP4 file refers to places in itself that could not be moved along."
            )
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
