"""ID3 tags byte by byte, made here and not by the code that is tested."""

from __future__ import annotations


def syncsafe(value: int) -> bytes:
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(version: int, name: str, content: bytes, flags: bytes = b"\0\0") -> bytes:
    """A frame of ID3v2.2, 2.3 or 2.4, which differ in how they count."""
    if version == 2:
        return name.encode() + len(content).to_bytes(3, "big") + content
    size = syncsafe(len(content)) if version == 4 else len(content).to_bytes(4, "big")
    return name.encode() + size + flags + content


def text_frame(version: int, name: str, text: bytes) -> bytes:
    """A frame with a text in Latin-1."""
    return frame(version, name, b"\0" + text)


def tag(version: int, *frames: bytes, padding: int = 0, flags: int = 0) -> bytes:
    body = b"".join(frames) + bytes(padding)
    return b"ID3" + bytes((version, 0, flags)) + syncsafe(len(body)) + body


def id3v1(genre: int = 8, title: bytes = b"Title") -> bytes:
    return b"TAG" + title.ljust(30, b"\0") + bytes(94) + bytes([genre])
