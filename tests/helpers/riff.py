"""WAV and AIFF files chunk by chunk, made here and not by the code that is tested."""

from __future__ import annotations

from typing import Literal

Order = Literal["little", "big"]


def chunk(name: bytes, content: bytes, order: Order = "little") -> bytes:
    return name + len(content).to_bytes(4, order) + content + bytes(len(content) % 2)


def wav(*chunks: bytes, form: bytes = b"RIFF", kind: bytes = b"WAVE") -> bytes:
    body = kind + b"".join(chunks)
    return form + len(body).to_bytes(4, "little") + body


def aiff(*chunks: bytes) -> bytes:
    body = b"AIFF" + b"".join(chunks)
    return b"FORM" + len(body).to_bytes(4, "big") + body


def info_list(**items: bytes) -> bytes:
    """The list of texts that a WAV file may have: `info_list(IGNR=b"Jazz")`."""
    return chunk(b"LIST", b"INFO" + b"".join(chunk(name.encode(), text) for name, text in items.items()))
