"""MP3 and TTA: the sound between the ID3v2 tag and the tags at the end, every other frame and item."""

from __future__ import annotations

from genre_tagger.files.proof.source import Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames
from genre_tagger.files.proof.tail import keep_tail

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
