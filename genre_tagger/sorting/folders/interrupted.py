"""Files on their way into folders when the program was ended: how far it came, and the rest, as it was agreed to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from genre_tagger.sorting.folders.plan import FolderPlan, Relocation
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.moves import Kind, Moves, Row, Stage


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A batch that did not come to its end.

    Attributes
    ----------
    batch : int
        Its number in the journal.
    done : int
        How many files it has moved, or copied; undo brings these back.
    rest : FolderPlan
        What is still to be done.
    """

    batch: int
    done: int
    rest: FolderPlan


def keep(record: Moves, batch: int, plan: FolderPlan) -> None:
    """Note what is agreed to before anything of it is done; what was interrupted before is given up by that."""
    stored = json.dumps([plan.keep, list(map(astuple, plan.moves)), plan.emptied]).encode("ascii")
    older = [row.id for row in record.plans()]
    record.note(batch, Kind.PLAN, target=plan.root, before=stored)
    record.conclude(older, Stage.FAILED)


def close(record: Moves, batch: int, state: Stage) -> None:
    """Note that nothing is left to do of a batch, or that nobody wants it any more."""
    record.conclude([row.id for row in record.plans() if row.batch == batch], state)


def interrupted(journal: Journal, folders: Sequence[str]) -> Interrupted | None:
    """Find what was interrupted, once files and journal are in order; `folders` are those of the library.

    Raises
    ------
    LibraryError
    """
    record = journal.moves
    plans = record.plans()
    if not plans:
        return None
    row = plans[-1]
    done = {each.source for each in record.of(row.batch, Kind.MOVE, Kind.COPY) if each.state is Stage.DONE}
    rest = _plan(row, folders, done)
    if not rest.moves:
        close(record, row.batch, Stage.DONE)
        return None
    return Interrupted(row.batch, len(done), rest)


def _plan(row: Row, folders: Sequence[str], done: set[str]) -> FolderPlan:
    stays, moves, emptied = json.loads(row.before)
    rest = tuple(move for move in (Relocation(*values) for values in moves) if move.source not in done)
    return FolderPlan(row.target, stays, rest, 0, (), (), (), tuple(emptied), tuple(folders), None, 0)
