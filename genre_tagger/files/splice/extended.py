"""Extended headers of ID3v2.3 and 2.4 tags: kept as they are, but for the checksum and the padding they state.

References
----------
id3.org: "ID3 tag version 2.3.0", section 3.2; "ID3 tag version 2.4.0 - Main Structure", section 3.2.
"""

from __future__ import annotations

import zlib

from genre_tagger.files.sniff import syncsafe

_PLAIN = {3: b"\0\0\0\6\0\0", 4: b"\0\0\0\6\1\0"}
_CHECKED = {3: b"\0\0\0\x0a\x80\0", 4: b"\0\0\0\x0c\1\x20\5"}
_LENGTHS = {3: (10, 14), 4: (6, 12)}
_SEVEN_BITS = (28, 21, 14, 7, 0)


def size(version: int, body: bytes) -> int:
    """Length in bytes of the extended header that a tag's body begins with; 0 if it is not one that can be kept.

    Parameters
    ----------
    version : {3, 4}
        Of the tag.
    body : bytes
        The tag behind its header.
    """
    for beginning, length in zip((_PLAIN[version], _CHECKED[version]), _LENGTHS[version], strict=True):
        if body.startswith(beginning) and len(body) >= length:
            return length
    return 0  # all else has meanings that a changed tag might belie


def is_right(version: int, header: bytes, frames: bytes, padding: int) -> bool:
    """Whether the checksum that an extended header may state is that of the frames (and, in 2.4, of the padding)."""
    stated = header[10:14] if version == 3 else header[7:12]
    if not stated:
        return True
    number = int.from_bytes(stated, "big") if version == 3 else syncsafe(stated)
    return number == _checksum(version, frames, padding)


def renewed(version: int, header: bytes, frames: bytes, padding: int) -> bytes:
    """The same extended header for other frames and another padding (bytes)."""
    checked, checksum = header.startswith(_CHECKED[version]), _checksum(version, frames, padding)
    if version == 3:
        return header[:6] + padding.to_bytes(4, "big") + (checksum.to_bytes(4, "big") if checked else b"")
    return header[:7] + bytes(checksum >> shift & 0x7F for shift in _SEVEN_BITS) if checked else header


def _checksum(version: int, frames: bytes, padding: int) -> int:
    return zlib.crc32(frames + bytes(padding if version == 4 else 0))
