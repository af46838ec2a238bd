"""MP3 and TTA: the sound between the ID3v2 tag and the tags at the end, every other frame and item."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from genre_tagger.files.proof.source import Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames, keep_tail

_RATES = {
    # (MPEG-1, layer): kbit/s by index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = (44100, 48000, 32000)
_TTA = (b"TTA1", b"TTA2")


def frame_length(head: bytes) -> int | None:
    """Length in bytes of the MPEG audio frame that begins with these four bytes.

    Returns
    -------
    int or None
        0 when the frame does not tell (free format), None when this is no frame.

    References
    ----------
    ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-3 for the lower sampling frequencies.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, sampling, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate == 15 or sampling == 3:
        return None
    kbit = _RATES[version == 3, layer][rate]
    hertz = _SAMPLE_RATES[sampling] // {3: 1, 2: 2, 0: 4}[version]
    if layer == 1:
        return (12 * kbit * 1000 // hertz + padding) * 4 if kbit else 0
    samples = 72 if layer == 3 and version != 3 else 144
    return samples * kbit * 1000 // hertz + padding if kbit else 0


def frame_seconds(head: bytes) -> float:
    """Seconds of sound in the MPEG audio frame that begins with these four bytes; 0 when this is no frame."""
    if frame_length(head) is None:
        return 0.0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    hertz = _SAMPLE_RATES[head[2] >> 2 & 3] // {3: 1, 2: 2, 0: 4}[version]
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152
    return samples / hertz


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
    start = keep_frames(source, proof)
    if source.peek(start, 3) == b"ID3":
        raise source.refused("The file has two ID3 tags.")
    end = keep_tail(source, proof, start)
    tta = source.peek(start, 4) in _TTA
    if not tta and not _begins(source, start, end):
        raise source.refused("The sound does not begin where the ID3 tag ends.")
    proof.sound(start, end)
    return "tta" if tta else "mp3"


def _begins(source: Source, start: int, end: int) -> bool:
    """Whether a frame begins at `start`, and another one where it ends."""
    length = frame_length(source.peek(start, 4))
    if length is None or start + length > end:
        return False
    following = start + length
    return length == 0 or following + 4 > end or frame_length(source.peek(following, 4)) is not None


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
    proof.sound(0, keep_tail(source, proof, 0, ape_may_begin=True))


_HEADER = 28


def survey_dsf(source: Source, proof: Proof) -> None:
    """Walk a DSF file.

    Raises
    ------
    RefusedError
        If the file's own size is stated wrongly, or the pointer does not lead to a tag that ends the file.
    """
    head = source.peek(0, _HEADER)
    if len(head) < _HEADER or head[:12] != b"DSD " + struct.pack("<Q", _HEADER):
        raise source.refused("The DSF header is damaged.")
    size, pointer = struct.unpack_from("<QQ", head, 12)
    if size != source.size or (pointer and not _HEADER < pointer < size):
        raise source.refused("The DSF header states a wrong size.")
    end = pointer or size
    if pointer and keep_frames(source, proof, pointer) != size:
        raise source.refused("The DSF file does not end with its tag.")
    proof.sound(_HEADER, end)
