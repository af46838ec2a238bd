"""A copy to a phone, a stick or a card: what is wished, what comes of it, and what is remembered of it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from app.jobs.queries import Filter, ids_of
from genre_tagger.base.errors import FileFailure
from genre_tagger.base.small_files import library_file, read_json, write_json
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.sorting.copies.plan import Plan, Wanted

ALL, SHOWN, SELECTED, SOME = "all", "shown", "selected", "some"
_VERSION = 1
_MOST_REMEMBERED = 12
_NO_FILTER = Filter()


@dataclass(frozen=True)
class CopyWish:
    """What is to be copied, where to and how.

    `what` is one of ALL, SHOWN (what `shown` leaves in the table), SELECTED (the tracks `ids`) and SOME (`genres`,
    `albums` and the lists of these names); `pattern`, `carry`, `smaller`, `again`, `old_tags` and `from_root` are
    those of genre_tagger.sorting.
    """

    target: str = ""
    what: str = ALL
    shown: Filter = _NO_FILTER
    ids: tuple[int, ...] = ()
    genres: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    pattern: str = ""
    carry: str = "all"
    smaller: str = ""
    again: bool = False
    old_tags: bool = False
    playlists: bool = True
    delete: bool = False
    from_root: bool = False
    albums: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: dict[str, Any]) -> CopyWish:
        """Take over what was stored; what is missing or odd is as usual."""
        usual = cls()
        values: dict[str, Any] = {
            each.name: value
            for each in fields(cls)
            if isinstance(value := stored.get(each.name), type(getattr(usual, each.name)) | list)
        }
        with contextlib.suppress(TypeError, ValueError):
            values["shown"] = Filter(*values.get("shown", ()))
            values["ids"] = tuple(map(int, values.get("ids", ())))
            return replace(usual, **values | {name: tuple(map(str, values.get(name, ()))) for name in _NAMES})
        return usual


_NAMES = ("genres", "lists", "albums")


class Remembered(NamedTuple):
    """A wish of earlier, whether it was left in the middle, and how fast it went (bytes a second; 0: not known)."""

    wish: CopyWish
    unfinished: bool = False
    pace: float = 0.0


class Memory:
    """What was copied where; the newest first. It is a small file, so not for the window's thread."""

    def __init__(self, folder: str, library_path: str) -> None:
        self._folder, self._library = folder, library_path

    @property
    def path(self) -> str:
        """Where it is kept."""
        return library_file(self._folder, "copies", self._library)

    def recall(self) -> list[Remembered]:
        """Read what is remembered."""
        stored = read_json(self.path, _VERSION).get("copies", [])
        found = []
        for each in stored if isinstance(stored, list) else []:
            if isinstance(each, dict) and isinstance(each.get("wish"), dict):
                pace = each.get("pace")
                paced = float(pace) if isinstance(pace, int | float) and pace > 0 else 0.0
                found.append(Remembered(CopyWish.read(each["wish"]), each.get("unfinished") is True, paced))
        return [each for each in found if each.wish.target]

    def keep(self, new: Remembered) -> None:
        """Remember a wish in the place of an earlier one for the same target; a full disk costs the memory alone."""
        others = [each for each in self.recall() if each.wish.target != new.wish.target]
        pace = new.pace or next((e.pace for e in self.recall() if e.wish.target == new.wish.target), 0.0)
        kept = [new._replace(pace=pace), *others][:_MOST_REMEMBERED]
        stored = [{"wish": asdict(each.wish), "unfinished": each.unfinished, "pace": each.pace} for each in kept]
        with contextlib.suppress(OSError):
            write_json(self.path, _VERSION, {"copies": stored})


@dataclass
class Copying:
    """One copy from its wish to its end. The window reads it when the jobs have ended; in between it is the worker's.

    `among` are the genres that the model chooses from; empty for all. `failures` are the files that were not copied;
    `size` counts the bytes that were.
    """

    wish: CopyWish
    policy: Policy
    memory: Memory
    among: tuple[str, ...] = ()
    plan: Plan | None = None
    pace: float = 0.0
    listed: dict[str, Sequence[int]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    notes: list[FileFailure] = field(default_factory=list)
    lists: int = 0
    size: int = 0

    def find_out(self, library_path: str) -> Iterator[object]:
        """Make the plan. For the worker thread."""
        from genre_tagger import line
        from genre_tagger.library.library import Library
        from genre_tagger.sorting.pattern import Pattern

        wish, pattern = self.wish, Pattern.parse(self.wish.pattern)
        with Library.open(library_path) as library:
            library.among = self.among
            wanted = self._wanted(library)
            self.plan = line.copy_plan(library, wanted, wish.target, pattern, delete=wish.delete)
        self.pace = next((each.pace for each in self.memory.recall() if each.wish.target == wish.target), 0.0)
        yield from ()

    def _wanted(self, library: Library) -> Iterator[Wanted]:
        from genre_tagger import line
        from genre_tagger.library.shelves.browsing import Chosen
        from genre_tagger.sorting.copies.encoders import Form
        from genre_tagger.sorting.copies.plan import Carry
        from genre_tagger.sorting.copies.smaller import Smaller

        wish = self.wish
        smaller = Smaller(Form(wish.smaller) if wish.smaller else None, wish.again, wish.old_tags)
        copies = functools.partial(line.wanted_copies, library, self.policy, carry=Carry(wish.carry), smaller=smaller)
        names = None if wish.what == ALL else wish.lists if wish.what == SOME else ()
        self.listed = line.saved_lists(library, self.policy, names)
        if wish.what == ALL:
            return copies()
        if wish.what != SOME:
            ids: Sequence[int] = wish.ids
            if wish.what == SHOWN:
                ids = ids_of(library, wish.shown, self.policy)
            return copies(ids=ids)
        albums = [library.find(chosen=Chosen(album=album), **self.policy.terms()) for album in wish.albums]
        listed = [copies(ids=ids) for ids in (*self.listed.values(), *albums)]
        return itertools.chain(copies(genres=wish.genres) if wish.genres else (), *listed)

    def weigh(self, outcome: object) -> int:
        """Count what is done, and not what was there already."""
        from genre_tagger.sorting.copies.copy import Copied
        from genre_tagger.sorting.copies.plan import Action

        if isinstance(outcome, Copied):
            return int(outcome.action is not Action.KEEP)
        return int(isinstance(outcome, FileFailure))

    def count(self) -> int:
        """Say how much there is to do, as :meth:`weigh` counts it."""
        from genre_tagger.sorting.copies.plan import Action

        plan = self.plan
        if plan is None:
            return 0
        return len(plan.steps) - plan.count(Action.KEEP) + len(plan.deletes) + len(plan.failures)

    def carry_out(self, library_path: str) -> Iterator[object]:
        """Do what was planned. For the worker thread."""
        from genre_tagger.sorting.copies.copy import Copied

        if self.plan is None:
            return
        self.memory.keep(Remembered(self.wish, unfinished=True))
        began, whole = time.monotonic(), False
        try:
            with contextlib.closing(self._outcomes()) as outcomes:
                for outcome in outcomes:
                    if isinstance(outcome, Copied):
                        self._take(outcome)
                    elif not isinstance(outcome, FileFailure):
                        self.lists += 1
                    yield outcome
            whole = True
        finally:
            seconds = time.monotonic() - began
            pace = self.size / seconds if self.size and seconds > 1 else 0.0
            self.memory.keep(Remembered(self.wish, unfinished=not whole, pace=pace))

    def _outcomes(self) -> Generator[object]:
        from genre_tagger import line

        assert self.plan is not None
        lists = {name: set(ids) for name, ids in self.listed.items()}
        return line.copy_into(self.plan, playlists=self.wish.playlists, lists=lists, from_root=self.wish.from_root)

    def _take(self, copied: Any) -> None:
        self.done[copied.action.value] = self.done.get(copied.action.value, 0) + 1
        self.size += copied.size
        if copied.note and copied.size:
            self.notes.append(FileFailure(copied.path, "copy", copied.note))
