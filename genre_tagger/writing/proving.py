"""The private copy made in one of two ways, and proven: tagged anew, or rebuilt as the file was before."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.writing import delta
from genre_tagger.writing.swap import Swap
from genre_tagger.writing.tagging_process import Look, Tagger

_NOT_STORED = "The genre could not be stored as wanted; the file was left as it is."
_NOT_ALONE = "Writing would have changed more than the genre; the file was left as it is."
_NO_ROOM = "The genre does not fit into this file without moving the sound; it was left as it is."
_NO_WAY_BACK = "This change could not be undone exactly; the file was left as it is."
_FOREIGN_RECORD = "The undo record does not fit this file; it was left as it is."


def retag(swap: Swap, genres: tuple[str, ...], found: bytes, look: Look, tagger: Tagger, style: Id3Style) -> None:
    """Make the private copy with other genres, and prove that nothing else in it is different.

    Parameters
    ----------
    swap : Swap
        The file's replacement.
    genres : tuple of str
        What the copy shall hold.
    found, look : bytes, Look
        The file's digest (SHA-256) and what it holds.
    tagger, style : Tagger, Id3Style
        Who tags, and how ID3 tags are made.

    Raises
    ------
    FileError, OSError
        If the copy cannot be made or proven.
    """
    swap.copy(found)
    tagger.tag(swap.temp, genres, style)
    swap.flush_copy()
    now = tagger.look(swap.temp)
    if now.genres != genres:
        raise RefusedError(swap.path, _NOT_STORED)
    if replace(now, genres=look.genres) != look:
        raise RefusedError(swap.path, _NOT_ALONE)
    if look.fixed_size and swap.copy_size() != swap.stamp.size:
        raise RefusedError(swap.path, _NO_ROOM)


def rebuild(swap: Swap, difference: bytes, before: bytes) -> None:
    """Make the private copy out of the file and a difference, and prove by its digest `before` that it is right.

    Raises
    ------
    FileError, DeltaError, OSError
        If the copy cannot be made or proven.
    """
    with swap.reading() as file:
        swap.fill(delta.restore(file, difference))
    if swap.digest_copy() != before:
        raise RefusedError(swap.path, _FOREIGN_RECORD)


def tried_delta(swap: Swap, found: bytes) -> bytes:
    """Make the difference that leads from the private copy back to the file, and try it.

    Raises
    ------
    FileError, DeltaError, OSError
        If it does not give the file's digest `found`.
    """
    with swap.reading() as old, swap.reading_copy() as new:
        difference = delta.make(old, new)
        digest = hashlib.sha256()
        for piece in delta.restore(new, difference):
            digest.update(piece)
    if digest.digest() != found:
        raise RefusedError(swap.path, _NO_WAY_BACK)
    return difference
