"""MP3 and TTA: the sound between the ID3v2 tag and the tags at the end, every other frame and item."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from itertools import islice

from genre_tagger.files.proof.source import Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames, keep_tail, tag_end
from genre_tagger.files.sniff import frame_length

_TTA = (b"TTA1", b"TTA2")
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_LONGEST_GAP = 1 << 16  # bytes between a tag and the sound
_MOST_SYNCS = 2000
_HEADER = 10  # of an ID3 tag
_FRAMES = 4  # that must follow one another behind a gap that is not empty


def survey_mpeg(source: Source, proof: Proof) -> str:
    """Walk an MP3 or TTA file.

    Returns
    -------
    str
        ``"mp3"`` or ``"tta"``.

    Raises
    ------
    RefusedError
        If the sound does not begin where the ID3v2 tag ends, or a tag is double, damaged or ambiguous.
    """
    start = tag_end(source)
    end, older = keep_tail(source, proof, start)
    keep_frames(source, proof, 0, older)
    tta = source.peek(start, 4) in _TTA
    if not tta:
        _require_frames(source, start, end)
    proof.sound(start, end)
    return "tta" if tta else "mp3"


def _require_frames(source: Source, start: int, end: int) -> None:
    """Make sure that frames of sound follow a tag, at once or behind a gap; the gap is kept like the sound."""
    window = source.peek(start, min(_LONGEST_GAP, end - start))
    # Padding that something strange follows could be silent sound, in a tag whose size is too large.
    padded = start > 0 and source.read(start - 1, 1) == b"\0"
    for match in islice(_SYNC.finditer(window), _MOST_SYNCS):
        gap = window[: match.start()]
        strange = gap.strip(b"\0")
        if (strange and padded) or b"ID3" in strange:
            break
        if _begins(source, start + len(gap), end, strict=bool(strange)):
            return
    if b"ID3" in window[:_HEADER] or b"ID3" in window.lstrip(b"\0")[:_HEADER]:
        raise source.refused("The file has two ID3 tags.")
    raise source.refused("No sound was found behind the ID3 tag." if start else "No sound was found.")


def _begins(source: Source, start: int, end: int, *, strict: bool) -> bool:
    """Whether a frame begins at `start`, and another one where it ends; if `strict`, two more, and no end of file."""
    at = start
    for _ in range(_FRAMES if strict else 2):
        length = frame_length(source.peek(at, 4))
        if at > start and not strict and at + 4 > end:
            return True
        if length is None or (at + length > end and (strict or at == start)):
            return False
        if length == 0:
            return not strict
        at += length
    return True


_WAVPACK_4 = 0x400


@dataclass(frozen=True, slots=True)
class ApeFormat:
    """A format whose tag is APEv2, by its first bytes."""

    kind: str
    magic: bytes


APE_FORMATS = (
    ApeFormat("ape", b"MAC "),
    ApeFormat("wavpack", b"wvpk"),
    ApeFormat("musepack", b"MP+"),
    ApeFormat("musepack", b"MPCK"),
    ApeFormat("optimfrog", b"OFR "),
    ApeFormat("tak", b"tBaK"),
)


def survey_ape(source: Source, proof: Proof, found: ApeFormat) -> None:
    """Walk a file that ends with an APEv2 tag, or may get one.

    Raises
    ------
    RefusedError
        If it is WavPack before version 4, Musepack before stream version 7, or its tags are damaged.
    """
    head = source.peek(0, 10)
    if found.kind == "wavpack" and int.from_bytes(head[8:10], "little") < _WAVPACK_4:
        raise source.refused("WavPack files before version 4 are not written.")
    if found.magic == b"MP+" and head[3:4] and head[3] & 0x0F != 7:
        raise source.refused("Musepack files before stream version 7 are not written.")
    end, _ = keep_tail(source, proof, 0, ape_may_begin=True)
    proof.sound(0, end)


_DSF_HEADER = 28


def survey_dsf(source: Source, proof: Proof) -> None:
    """Walk a DSF file.

    Raises
    ------
    RefusedError
        If the file's own size is stated wrongly, or the pointer does not lead to a tag that ends the file.
    """
    head = source.peek(0, _DSF_HEADER)
    if len(head) < _DSF_HEADER or head[:12] != b"DSD " + struct.pack("<Q", _DSF_HEADER):
        raise source.refused("The DSF header is damaged.")
    size, pointer = struct.unpack_from("<QQ", head, 12)
    if size != source.size or (pointer and not _DSF_HEADER < pointer < size):
        raise source.refused("The DSF header states a wrong size.")
    end = pointer or size
    if keep_frames(source, proof, end) != size:
        raise source.refused("The DSF file does not end with its tag.")
    proof.sound(_DSF_HEADER, end)
