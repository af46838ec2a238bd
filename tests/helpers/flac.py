"""FLAC files that say what is not so."""

from __future__ import annotations

import struct

from helpers.files import contents, store


def flac_with_length(path: str, frames: int) -> None:
    """Set the 36-bit number of samples in STREAMINFO."""
    data = bytearray(contents(path))
    data[21] = data[21] & 0xF0 | frames >> 32
    data[22:26] = struct.pack(">I", frames & 0xFFFFFFFF)
    store(path, bytes(data))
