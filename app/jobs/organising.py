"""Files of the library put into folders: what is wished, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.jobs.copying import SELECTED, SHOWN
from app.jobs.queries import Filter, ids_of
from genre_tagger.base.errors import FileFailure
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.sorting.folders.plan import FolderPlan

_NO_FILTER = Filter()


@dataclass(frozen=True)
class FolderWish:
    """What is to be put below the folder `root`, by which pattern; with `keep` the files stay and get copies there.

    `what` is one of ALL, SHOWN (what `shown` leaves in the table) and SELECTED (the tracks `ids`).
    """

    root: str
    what: str
    pattern: str
    keep: bool = False
    shown: Filter = _NO_FILTER
    ids: tuple[int, ...] = ()


@dataclass
class Organising:
    """One wish to its end. The window reads it when the jobs have ended; in between it is the worker's.

    `among` are the genres that the model chooses from; empty for all. `files` and `lists` count what was moved and
    what was made to follow; `going_on` is the batch of which the plan is the rest.
    """

    wish: FolderWish
    policy: Policy
    among: tuple[str, ...] = ()
    plan: FolderPlan | None = None
    going_on: int | None = None
    files: int = 0
    lists: list[str] = field(default_factory=list)

    def find_out(self, library_path: str) -> Iterator[object]:
        """Make the plan. For the worker thread."""
        from genre_tagger import line
        from genre_tagger.library.library import Library
        from genre_tagger.sorting.folders.in_step import plan_folders
        from genre_tagger.sorting.pattern import Pattern

        wish, pattern = self.wish, Pattern.parse(self.wish.pattern)
        with Library.open(library_path) as library:
            library.among = self.among
            wanted = line.wanted_copies(library, self.policy, ids=self._ids(library))
            self.plan = plan_folders(library, wanted, wish.root, pattern, keep=wish.keep)
        yield from ()

    def _ids(self, library: Library) -> Sequence[int] | None:
        if self.wish.what == SHOWN:
            return ids_of(library, self.wish.shown, self.policy)
        return self.wish.ids if self.wish.what == SELECTED else None

    def sources(self) -> list[str]:
        """List the files that are going to be moved."""
        return [] if self.plan is None or self.plan.keep else [move.source for move in self.plan.moves]

    def count(self) -> int:
        """Say how much there is to do, as :meth:`weigh` counts it."""
        return 0 if self.plan is None else len(self.plan.moves)

    def weigh(self, outcome: object) -> int:
        """Count files, and not the lists that follow."""
        from genre_tagger.sorting.folders.carrying import Moved
        from genre_tagger.writing.moves import Kind

        if isinstance(outcome, Moved):
            return int(outcome.kind is not Kind.TEXT)
        return int(isinstance(outcome, FileFailure))

    def carry_out(self, library_path: str) -> Iterator[object]:
        """Do what was planned. For the worker thread."""
        from genre_tagger import line
        from genre_tagger.library.library import Library
        from genre_tagger.sorting.folders.carrying import Moved
        from genre_tagger.sorting.folders.in_step import organise_into
        from genre_tagger.writing.journal import Journal

        if self.plan is None:
            return
        with Library.open(library_path) as library, Journal.open(line.journal_path(library_path)) as journal:
            for outcome in organise_into(library, journal, self.plan, going_on=self.going_on):
                if self.weigh(outcome):
                    self.files += isinstance(outcome, Moved)
                elif isinstance(outcome, Moved):
                    self.lists.append(outcome.target)
                yield outcome
