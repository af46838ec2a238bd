"""A library that goes with its files: the same tracks with all that was decided of them, at other paths."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterable, Iterator

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.library.library import Library
from genre_tagger.sorting.copies.plan import Wanted
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sorting.folders.organise import Group, organise, settle_moves, take_back
from genre_tagger.sorting.folders.plan import FolderPlan, folder_plan
from genre_tagger.sorting.folders.tree import is_in
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.sorting.playlists.in_folders import is_list, take
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.moves import Kind, Moves, Stage


def plan_folders(
    library: Library, wanted: Iterable[Wanted], root: str, pattern: Pattern, *, keep: bool = False
) -> FolderPlan:
    """Plan to put tracks of a library into folders; see :func:`~genre_tagger.sorting.folders.plan.folder_plan`."""
    return folder_plan(wanted, root, pattern, folders=library.folders(), keep=keep)


def organise_into(
    library: Library, journal: Journal, plan: FolderPlan, *, going_on: int | None = None
) -> Generator[Moved | FileFailure]:
    """Carry out a plan, with the library following; see :func:`~genre_tagger.sorting.folders.organise.organise`.

    `going_on` is the batch that was interrupted, of which this is the rest. A folder that music moves to becomes one of
    the library's, unless it lies in one.

    Yields
    ------
    Moved or FileFailure
        One for each file, and one for each list that names files by their new places; stage ``"move"``.
    """
    known = plan.keep or any(is_in(plan.root, folder) for folder in plan.folders)
    batch = None
    try:
        for outcome in _followed(library, organise(plan, journal, batch=going_on)):
            if batch is None and isinstance(outcome, Moved):
                batch = outcome.batch
                if not known:
                    library.add_folder(plan.root)
                    journal.moves.note(batch, Kind.LISTED, target=plan.root, state=Stage.DONE)
            yield outcome
    finally:
        if batch is not None and not plan.keep:
            _read_lists(library, journal.moves, batch)


def take_back_into(library: Library, journal: Journal, batch: int) -> Generator[Moved | FileFailure]:
    """Bring a batch back, with the library following; a folder that it came to know is forgotten once it is empty."""
    record = journal.moves
    yield from _followed(library, take_back(batch, journal, library.folders()))
    _read_lists(library, record, batch)
    for row in record.of(batch, Kind.LISTED):
        below = os.path.join(row.target, "")
        if row.state is Stage.DONE and not any(t.path.startswith(below) for t in library.tracks(best_only=True)):
            library.remove_folder(row.target)
            record.update(row.id, state=Stage.UNDONE)


def settle_moves_into(library: Library, journal: Journal) -> Iterator[Moved | FileFailure]:
    """Bring files, lists and library in order after a crash; to be run before anything else."""
    outcomes = list(settle_moves(journal, library.folders()))
    moved = [outcome for outcome in outcomes if isinstance(outcome, Moved) and outcome.kind is Kind.MOVE]
    places = [path for each in moved for path in (each.before, each.target)]
    known = {track.path: track.stamp for track in library.tracks(paths=places, best_only=True)}
    library.move([
        (each.before if each.before in known else each.path, each.target)
        for each in moved
        if not _is_there(each.target, known.get(each.target))
    ])  # fmt: skip
    for batch in {each.batch for each in moved}:
        _read_lists(library, journal.moves, batch)
    yield from outcomes


def _read_lists(library: Library, record: Moves, batch: int) -> None:
    """Read the playlists anew that a batch has moved or changed."""
    rows = record.of(batch, Kind.MOVE, Kind.TEXT)
    for path in dict.fromkeys(path for row in rows for path in (row.source, row.target) if is_list(path)):
        for _ in take(library, path):
            pass  # what is wrong with a playlist was said when it was scanned


def _is_there(path: str, stamp: FileStamp | None) -> bool:
    """Whether a track that the library has at a path is the file there, and not one that was there before."""
    with contextlib.suppress(OSError):
        return stamp is not None and stamp == FileStamp.of(os.stat(path))
    return False


def _followed(library: Library, groups: Generator[Group]) -> Generator[Moved | FileFailure]:
    """Have the library follow each group of files before the journal takes it for moved."""
    with contextlib.closing(groups):
        for group in groups:
            moved = [outcome for outcome in group if isinstance(outcome, Moved) and outcome.kind is Kind.MOVE]
            library.move([(outcome.path, outcome.target) for outcome in moved])
            yield from (outcome for outcome in group if isinstance(outcome, FileFailure) or not outcome.on_way)
