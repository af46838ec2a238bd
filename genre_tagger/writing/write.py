"""Genres into files and out of them again: write, undo, and foresee what a write would refuse.

One file goes through these steps: looked at and refused if anything is odd, noted in the journal,
copied, tagged in the copy, proven, noted again, put in the file's place, checked once more. At every moment its name
holds either all of the old or all of the new content, or a crash leaves what
:func:`~genre_tagger.writing.settle.settle` makes that of.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import replace
from operator import attrgetter

from genre_tagger.base.errors import FileFailure, RefusedError, Waiting
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.files.tags import refusal
from genre_tagger.writing.drives import is_same
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.flight import Flight
from genre_tagger.writing.journal import Change, Entry, Journal, State
from genre_tagger.writing.settle import settle_entry
from genre_tagger.writing.swap import CHANGED, Swap
from genre_tagger.writing.tagging_process import Tagger, TaggerProcess, Taggers
from genre_tagger.writing.turn import (
    FAILURES,
    Run,
    Turn,
    Undoing,
    Undone,
    Writing,
    Written,
    reason_for,
)

_FILES = FileOps()
_TAGGERS = 2
_WORKERS = 3  # threads; most of the time they wait for a tagger or a drive
_ROOM = 10  # files on their way at once


def write(
    changes: Iterable[Change],
    journal: Journal,
    *,
    keep_mtime: bool = False,
    id3: Id3Style = AS_USUAL,
    batch: int | None = None,
    patience: float = 0.0,
    files: FileOps = _FILES,
    tagger: Tagger | None = None,
) -> Generator[Written | FileFailure | Waiting]:
    """Write genres into files, as one batch that can be undone.

    A file that already holds the wanted genres is not touched and not journalled; its outcome has `old` equal
    to `new`. A failed file is as it was, with nothing left beside it.

    Parameters
    ----------
    changes : iterable of Change
        One per file.
    journal : Journal
        Where old and new values are on the drive before a file is touched.
    keep_mtime : bool
        Whether the files keep their time of modification; players and backups then may not notice the change.
    id3 : Id3Style
        Version of new ID3 tags, 2.4 or 2.3, what stands between several genres in a 2.3 tag, and whether every tag is
        to say them.
    batch : int, optional
        A batch that the journal knows and that was interrupted, to go on with; a new one by default.
    patience : float
        Seconds to wait for a drive that vanishes; by default its files fail at once.
    files : FileOps
        The operations on files.
    tagger : Tagger, optional
        Who parses and tags, one file at a time; by default processes of their own for this call, several at a time.

    Yields
    ------
    Written or FileFailure
        One per change, in order; stage ``"write"``. All but the last few are on their drives when they are yielded,
        those few when this ends.
    Waiting
        About once a second while a drive is away.

    Raises
    ------
    LibraryError
        If the journal cannot be written. The file in hand then is as it was, or
        :func:`~genre_tagger.writing.settle.settle` sees to it.
    """
    run = Run(journal, files, _taggers(tagger), keep_mtime, id3, batch)
    turns = (Writing(change, run) for change in changes)
    with contextlib.closing(_flight(turns, run, tagger, patience).outcomes()) as outcomes:
        for outcome in outcomes:
            assert not isinstance(outcome, Undone)
            yield outcome


def undo(
    batch: int,
    journal: Journal,
    *,
    paths: Collection[str] | None = None,
    locate: Callable[[Entry], str] = attrgetter("path"),
    keep_mtime: bool = False,
    id3: Id3Style = AS_USUAL,
    patience: float = 0.0,
    files: FileOps = _FILES,
    tagger: Tagger | None = None,
) -> Generator[Undone | FileFailure | Waiting]:
    """Give back the files of a batch byte for byte.

    If somebody changed a file since, only its genre is set back, and only if it still holds what was written.
    What is undone already is passed over.

    Parameters
    ----------
    batch : int
        Which batch.
    journal : Journal
        Where it is kept.
    paths : collection of str, optional
        Only these files of the batch, as they were named when they were written.
    locate : callable
        Says where the file of an entry is now; by default where it was written.
    keep_mtime, id3, patience, files, tagger
        As for :func:`write`.

    Yields
    ------
    Undone or FileFailure
        One per file that was written and not undone yet, the last one first; stage ``"undo"``.
    Waiting
        About once a second while a drive is away.

    Raises
    ------
    LibraryError
        If the journal cannot be read or written.
    """
    run = Run(journal, files, _taggers(tagger), keep_mtime, id3)
    wanted = [entry.id for entry in journal.entries(batch) if paths is None or entry.path in paths]
    turns = (turn for number in reversed(wanted) for turn in _undoing(number, locate, run))
    with contextlib.closing(_flight(turns, run, tagger, patience).outcomes()) as outcomes:
        for outcome in outcomes:
            assert not isinstance(outcome, Written)
            yield outcome


def foresee(change: Change, *, files: FileOps = _FILES) -> FileFailure | None:
    """Say why :func:`write` will refuse a change, as far as that is known without writing; None if nothing is."""
    try:
        swap = Swap.of(change.path, files, "")
        if not is_same(change.stamp, swap.stamp):
            raise RefusedError(change.path, CHANGED)
        if reason := refusal(swap.target):
            raise RefusedError(change.path, reason)
    except FAILURES as error:
        return FileFailure(change.path, "write", reason_for(change.path, error))
    return None


def _undoing(number: int, locate: Callable[[Entry], str], run: Run) -> Iterator[Undoing | FileFailure]:
    """The turn of one file that is to be set back, if it can be; what was left open of it is settled first."""
    entry = run.journal.entry(number)
    if entry.temp is not None:  # an error of the drive left something open; its name must not be forgotten
        settled = settle_entry(entry, run.journal, run.files)
        if isinstance(settled, FileFailure):
            yield replace(settled, stage="undo")
        entry = run.journal.entry(number)
    if entry.temp is None and entry.state is State.DONE:
        yield Undoing(entry, locate(entry), run)


def _taggers(tagger: Tagger | None) -> Taggers:
    return Taggers(TaggerProcess, _TAGGERS) if tagger is None else Taggers(lambda: tagger, 1)


def _flight(turns: Iterator[Turn | FileFailure], run: Run, tagger: Tagger | None, patience: float) -> Flight:
    several = tagger is None
    return Flight(turns, run, workers=_WORKERS if several else 1, room=_ROOM if several else 1, patience=patience)
