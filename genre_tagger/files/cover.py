"""The picture of an album, as a file or its folder has it: only read, and only to be looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

# Larger pictures are no covers, and not worth the wait.
_LARGEST = 16 << 20
_NAMES = ("cover", "folder", "front", "album")
_ENDS = (".jpg", ".jpeg", ".png")


def cover(path: str) -> bytes:
    """Find the picture of a music file's album.

    Parameters
    ----------
    path : str
        The music file.

    Returns
    -------
    bytes
        A picture as a file holds it, in whatever format; empty if there is none. Whether it can be shown is for the
        caller to find out.
    """
    import mutagen

    # mutagen raises nearly anything on damaged files; without a picture nothing is lost.
    with suppress(mutagen.MutagenError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        found = mutagen.File(path)
        if found is not None:
            for picture in _inside(found):
                if 0 < len(picture) <= _LARGEST:
                    return picture
    return _beside(os.path.dirname(path))


def _inside(found: Any) -> Iterator[bytes]:
    for picture in getattr(found, "pictures", ()):
        yield picture.data
    tags = found.tags
    if tags is None:
        return
    for frame in tags.getall("APIC") if hasattr(tags, "getall") else ():
        yield frame.data
    with suppress(KeyError, ValueError):
        yield from (bytes(picture) for picture in tags["covr"])
    with suppress(KeyError, ValueError):
        # An APEv2 item begins with a file name.
        yield bytes(tags["Cover Art (Front)"].value).partition(b"\0")[2]
    with suppress(KeyError, ValueError):
        yield from _in_comments(tags["metadata_block_picture"])


def _in_comments(values: list[str]) -> Iterator[bytes]:
    from base64 import b64decode

    from mutagen.flac import Picture

    yield from (Picture(b64decode(value)).data for value in values)


def _beside(folder: str) -> bytes:
    with suppress(OSError):
        for name in sorted(os.listdir(folder)):
            stem, end = os.path.splitext(name.lower())
            path = os.path.join(folder, name)
            if stem in _NAMES and end in _ENDS and os.path.getsize(path) <= _LARGEST:
                with open(path, "rb") as file:
                    return file.read(_LARGEST)
    return b""
