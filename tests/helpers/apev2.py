"""APEv2 tags byte by byte, made here and not by the code that is tested."""

from __future__ import annotations

import struct


def apev2(items: list[tuple[bytes, bytes]], *, header: bool = True) -> bytes:
    body = b"".join(struct.pack("<II", len(value), 0) + key + b"\0" + value for key, value in items)
    fields = b"APETAGEX" + struct.pack("<III", 2000, len(body) + 32, len(items))
    flags = 1 << 31 if header else 0
    foot = fields + struct.pack("<IQ", flags, 0)
    return (fields + struct.pack("<IQ", flags | 1 << 29, 0) if header else b"") + body + foot


def ape_foot(size: int, flags: int = 0) -> bytes:
    """The footer alone, with a stated size of its own."""
    return b"APETAGEX" + struct.pack("<IIIIQ", 2000, size, 0, flags, 0)
