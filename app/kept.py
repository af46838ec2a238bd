"""Small JSON files that outlive the window: one of each sort for each library, in the state folder."""

from __future__ import annotations

import json
import os
from typing import Any

from genre_tagger.errors import FileError


def path_of(folder: str, what: str, library_path: str) -> str:
    """Name the file of a library."""
    import hashlib  # not before the window is seen

    name = hashlib.sha256(os.fsencode(os.path.realpath(library_path))).hexdigest()[:12]
    return os.path.join(folder, f"{what}-{name}.json")


def read(path: str, version: int) -> dict[str, Any]:
    """Read what :func:`write` wrote in this version; what is missing, strange or of another version is empty."""
    try:
        with open(path, encoding="ascii") as file:
            stored = json.load(file)
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) and stored.get("version") == version else {}


def write(path: str, version: int, stored: dict[str, Any] | None) -> None:
    """Put it on the drive in one step; None removes it. Raises FileError."""
    from app.saving import why_not, write_whole  # not before the window is seen

    try:
        if stored is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            # ASCII, so that names of files that are no text come back byte for byte.
            write_whole(path, json.dumps({"version": version} | stored).encode("ascii"))
        elif os.path.lexists(path):
            os.unlink(path)
    except OSError as error:
        raise FileError(path, why_not(error)) from error
