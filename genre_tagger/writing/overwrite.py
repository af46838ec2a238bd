"""Bytes of a file changed where they are, for files that must stay the very ones they are (hard links).

Nothing is moved, and no byte of the sound is touched. The whole file from before and the whole file as it shall be
lie on the library's own disk meanwhile; from these two :func:`take_back` undoes what a crash left half written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import BinaryIO

from genre_tagger.writing.fileops import FileOps

_BLOCK = 1 << 20
_PIECE = 4096

Span = tuple[int, int]
"""Where bytes begin and where they end in a file."""


def changes(old: BinaryIO, new: BinaryIO) -> list[Span]:
    """Find the bytes in which two files of one size differ, in order."""
    spans: list[Span] = []
    old.seek(0)
    new.seek(0)
    at = 0
    while a := old.read(_BLOCK):
        b = new.read(len(a))
        if a != b:
            for start in range(0, len(a), _PIECE):
                spans += _differing(a[start : start + _PIECE], b[start : start + _PIECE], at + start)
        at += len(a)
    return spans


def _differing(a: bytes, b: bytes, at: int) -> Iterator[Span]:
    if a == b:
        return
    for differs, run in groupby(range(len(a)), lambda i: a[i] != b[i]):
        if differs:
            places = list(run)
            yield at + places[0], at + places[-1] + 1


def overlap(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    """Whether any byte is in both."""
    return any(start < end and begin < stop for start, stop in spans for begin, end in others)


def put(target: BinaryIO, source: BinaryIO, spans: Sequence[Span], files: FileOps) -> None:
    """Write the bytes that `source` has in some places into the same places of `target`, and wait for the drive."""
    for start, stop in spans:
        source.seek(start)
        files.overwrite(target, start, source.read(stop - start))
    files.fsync(target)


def take_back(target: str, old: str, new: str, files: FileOps) -> bool:
    """Undo a change that was begun: every byte in which the file is `new` becomes that of `old` again.

    Returns
    -------
    bool
        False, and nothing is written, if the file is not a mixture of the two: somebody changed it since.
    """
    with files.open_read(old) as before, files.open_read(new) as after:
        spans = changes(before, after)
        with files.open_write(target) as file:
            if not _is_mixed(file, before, after, spans):
                return False
            put(file, before, spans, files)
    return True


def _is_mixed(file: BinaryIO, old: BinaryIO, new: BinaryIO, spans: Sequence[Span]) -> bool:
    if os.fstat(file.fileno()).st_size != os.fstat(old.fileno()).st_size:
        return False
    inside = iter([*spans, (1 << 62, 1 << 62)])
    begin, end = next(inside)
    for start, stop in changes(file, old):
        while end <= start:
            begin, end = next(inside)
        if start < begin or stop > end:
            return False
        file.seek(start)
        new.seek(start)
        if file.read(stop - start) != new.read(stop - start):
            return False
    return True
