"""Whole files: read, written and told apart."""

from __future__ import annotations

import hashlib


def contents(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def store(path: str, data: bytes) -> str:
    """Write the whole file; returns its path, for `survey(store(path, data))`."""
    with open(path, "wb") as file:
        file.write(data)
    return path


def digest(path: str) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
