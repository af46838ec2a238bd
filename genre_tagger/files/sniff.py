"""Recognising a container by its first bytes, with the extension as a hint where they leave it open."""

from __future__ import annotations

import os
from typing import BinaryIO

HEAD_BYTES = 64
ID3_HEADER_BYTES = 10
_ID3_FOOTER = 0x10
_MOST_TAGS = 8  # one behind the other
_LONGEST_PADDING = 1 << 16
_OGG_BYTES = 4096  # a page of another stream may come first

_MAGIC = {
    b"fLaC": "flac", b"MAC ": "ape", b"wvpk": "wavpack", b"MPCK": "musepack", b"OFR ": "optimfrog",
    b"tBaK": "tak", b"TTA1": "tta", b"TTA2": "tta", b"DSD ": "dsf", b"ADIF": "aac", b"0&\xb2u": "asf",
}  # fmt: skip
_CODECS = ((b"\x01vorbis", "vorbis"), (b"OpusHead", "opus"), (b"Speex   ", "speex"), (b"\x7fFLAC", "oggflac"))
_MUSIC_BRANDS = (b"M4A ", b"M4B ", b"M4P ")
_THEORA = b"\x80theora"
# Kinds of streams in ASF files.
_ASF_SOUND = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_ASF_REST = bytes.fromhex("8e66cf11a6d900aa0062ce6c")

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

EXTENSIONS = {
    "mp3": "mp3", "mp2": "mp3", "mpga": "mp3", "aac": "aac", "adts": "aac", "m4a": "mp4", "m4b": "mp4", "m4p": "mp4",
    "m4r": "mp4", "mp4": "mp4", "flac": "flac", "ogg": "vorbis", "oga": "vorbis", "opus": "opus", "spx": "speex",
    "wav": "wav", "wave": "wav", "aif": "aiff", "aiff": "aiff", "aifc": "aiff", "wma": "asf", "asf": "asf",
    "wv": "wavpack", "ape": "ape", "mpc": "musepack", "mp+": "musepack", "mpp": "musepack", "ofr": "optimfrog",
    "ofs": "optimfrog", "tak": "tak", "tta": "tta", "dsf": "dsf",
}  # fmt: skip
"""Container key by extension (lower case, without the dot)."""

_HEADLESS = frozenset({"mp3", "aac", "musepack"})
"""Formats whose sound may begin without a magic, or behind some junk."""


_BEGIN_WITH_ID3 = frozenset({"mp3", "tta", "aac"})


def id3_size(head: bytes) -> int:
    """Length in bytes that the ID3v2 tag beginning with these (at least ten) bytes states; 0 if there is none."""
    if len(head) < ID3_HEADER_BYTES or head[:3] != b"ID3" or head[3] == 0xFF:
        return 0
    footer = ID3_HEADER_BYTES if head[3] == 4 and head[5] & _ID3_FOOTER else 0
    return ID3_HEADER_BYTES + syncsafe(head[6:10]) + footer


def syncsafe(data: bytes) -> int:
    """Number that is written in seven bits of each byte, the most significant first."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def sniff(head: bytes, path: str) -> str | None:
    """Name the container of a file.

    Parameters
    ----------
    head : bytes
        The first 64 bytes of the file, or more.
    path : str
        Its extension decides where an ID3v2 tag comes first, and what may be taken for MPEG sound.

    Returns
    -------
    str or None
        A container key such as ``"mp3"``; None if the content is not audio that is known here.
    """
    if (found := _MAGIC.get(head[:4])) is not None:
        return found if found != "asf" or head[4:16] == _ASF_REST else None
    claimed = EXTENSIONS.get(extension(path))
    if head[:3] == b"ID3":
        return claimed or "mp3"
    if head[:1] == b"\xff" and len(head) > 2:
        return _mpeg(head, claimed)
    if head[:4] == b"OggS":
        return next((key for magic, key in _CODECS if magic in head), None)
    if head[4:8] == b"ftyp":
        return "mp4" if claimed == "mp4" or head[8:12] in _MUSIC_BRANDS else None
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav" if claimed != "wavpack" else None  # WavPack 3 hides behind a WAV header
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    return "musepack" if head[:3] == b"MP+" else None


def recognise(path: str, file: BinaryIO) -> tuple[str | None, int]:
    """Name the container of an open file, and tell where it begins: behind ID3v2 tags, if it has any in front.

    Content goes before extension; a file that only claims to be MP3, AAC or Musepack is believed, because
    their sound may begin late; whoever reads it finds out. Formats that begin with their ID3v2 tag begin at 0.
    """
    head = file.read(HEAD_BYTES)
    first, at = sniff(head, path), 0
    for _ in range(_MOST_TAGS):
        size = id3_size(head)
        if not size:
            break
        at += size
        file.seek(at)
        head = file.read(HEAD_BYTES)
        if head[:1] == b"\0" and sniff(head, path) is None and (zeros := _zeros(file, at)):
            at += zeros
            file.seek(at)
            head = file.read(HEAD_BYTES)
    key = sniff(head, path) if head[:3] != b"ID3" else None
    if key is None and head[:4] == b"OggS":
        key = sniff(head + file.read(_OGG_BYTES), path)
    if at:
        key = key or first
        return key, 0 if key in _BEGIN_WITH_ID3 else at
    if key is None and (claimed := EXTENSIONS.get(extension(path))) in _HEADLESS:
        return claimed, 0
    return key, 0


def _zeros(file: BinaryIO, at: int) -> int:
    """Count the zero bytes that follow a tag, as its padding that it does not count itself; 0 if nothing else comes."""
    file.seek(at)
    data = file.read(_LONGEST_PADDING)
    rest = data.lstrip(b"\0")
    if not rest or rest == data:
        return 0
    # An MP4 file begins with a length, which has zeros in front.
    return len(data) - len(rest) - (3 if rest[1:5] == b"ftyp" else 0)


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
    samples, hertz = frame_samples(head)
    return samples / hertz


def frame_samples(head: bytes) -> tuple[int, int]:
    """Samples of each channel in the MPEG audio frame that begins with these four bytes, and samples a second."""
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    hertz = _SAMPLE_RATES[head[2] >> 2 & 3] // {3: 1, 2: 2, 0: 4}[version]
    return 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152, hertz


def frame_bit_rate(head: bytes) -> int:
    """Bits a second that the MPEG audio frame that begins with these four bytes states; 0 in free format."""
    return _RATES[head[1] & 0x18 == 0x18, 4 - (head[1] >> 1 & 3)][head[2] >> 4] * 1000


def is_silent(head: bytes) -> bool:
    """Whether the header of an Ogg or ASF file, the first bytes of it, names pictures and no sound."""
    if head[:4] == b"OggS":
        return _THEORA in head[:_OGG_BYTES] and not any(magic in head[:_OGG_BYTES] for magic, _ in _CODECS)
    return head[:4] == b"0&\xb2u" and _ASF_VIDEO in head and _ASF_SOUND not in head


class Behind:
    """A file as it is behind its first `start` bytes, for reading."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        return self._file.read(size)

    def tell(self) -> int:
        """Say where the next byte is read."""
        return self._file.tell() - self._start

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go elsewhere, as in a file, but not before the beginning."""
        if whence == 0:
            return self._file.seek(max(offset, 0) + self._start) - self._start
        at = self._file.seek(offset, whence)
        return (at if at >= self._start else self._file.seek(self._start)) - self._start


def extension(path: str) -> str:
    """The extension of a path in lower case, without the dot (a scan asks for millions; splitext is slow)."""
    _, dot, last = path.rpartition(".")
    return last.lower() if dot and os.sep not in last else ""


def _mpeg(head: bytes, claimed: str | None) -> str | None:
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    if head[1] & 0xE0 != 0xE0 or head[1] & 0x06 == 0:
        return None
    # Text in UTF-16 begins with 0xFF 0xFE; without an extension that says so, only layer III is believed.
    layer_3 = head[1] & 0x06 == 0x02 and head[2] & 0xF0 not in (0, 0xF0) and head[2] & 0x0C != 0x0C
    return "mp3" if layer_3 or claimed == "mp3" else None


_MOST_PACKETS = 100_000
_LONGEST_SIZE = 9  # bytes that a size may take


def check_packets(file: BinaryIO) -> None:
    """Make sure that every packet up to the sound leads forward; other walkers would go round for ever.

    Parameters
    ----------
    file : BinaryIO
        At the start of any Musepack file; is there again afterwards.

    Raises
    ------
    ValueError
        If a packet states a size that is smaller than its own header.

    References
    ----------
    trac.musepack.net: "SV8 specification", packet structure.
    """
    at = 4
    if file.read(4) == b"MPCK":
        for _ in range(_MOST_PACKETS):
            file.seek(at)
            head = file.read(2 + _LONGEST_SIZE)
            if len(head) < 3 or head[:2] in (b"AP", b"SE"):
                break
            size, length = _size(head[2:])
            if size < 2 + length:
                raise ValueError("a packet has a wrong size")
            at += size
        else:
            raise ValueError("too many packets")
    file.seek(0)


def _size(data: bytes) -> tuple[int, int]:
    """A number of seven bits a byte, and how many bytes it takes."""
    size = 0
    for at, byte in enumerate(data):
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            return size, at + 1
    raise ValueError("a packet has no size")
