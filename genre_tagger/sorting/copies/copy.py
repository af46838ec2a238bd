"""A plan carried out: copies made under no name of theirs, compared, written down, and only then put in their places.

Copies are made in a working folder on the target. What is finished is written into the manifest as pending, and then
renamed; so a file under its final name is whole, and the manifest knows it, whenever the program is killed. While one
batch of copies is compared, the drive writes the next one, and the one after that is being made.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.base.pool import outcomes
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.sorting.copies.comparing import NOT_GIVEN_BACK, Compared, Comparer, NotProvenError
from genre_tagger.sorting.copies.drafts import Draft, Drafter, Shrunk
from genre_tagger.sorting.copies.manifest import Record, digest_of
from genre_tagger.sorting.copies.plan import Action, Plan, Step
from genre_tagger.sorting.copies.target import NO_ROOM, TAKEN, Target
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Tagger, TaggerProcess

_FILES = FileOps()
# One list of what is pending serves so many copies, bytes and seconds.
_MOST_FILES, _MOST_BYTES, _MOST_S = 500, 64 << 20, 1.0
# Fewer lists are written, for so many bytes at most, where they would take more than this share of the time.
_WRITING, _MOST_BYTES_AT_ALL = 0.05, 1 << 30
_MOST_BATCHES = 2  # of which the drive writes one and gives the other back

_TOUCHED = "The copy there has been changed meanwhile; it was left as it is."


@dataclass(frozen=True, slots=True)
class Copied:
    """A file on the target that is as the plan wanted it.

    Attributes
    ----------
    action : Action
        What was done.
    path : str
        The library's file; for what was deleted, the file that it had been made of.
    target : str
        Where the copy is, or was.
    size : int
        Bytes that were copied.
    note : str
        Why it does not carry the wanted genres though it was copied; "" where it does.
    """

    action: Action
    path: str
    target: str
    size: int = 0
    note: str = ""


def copy(
    plan: Plan, *, style: Id3Style = AS_USUAL, files: FileOps = _FILES, tagger: Tagger | None = None
) -> Generator[Copied | FileFailure]:
    """Carry out a plan. The library's files are only read.

    Closing the generator ends it; what is under its name by then stays and is known to the next run.

    Parameters
    ----------
    plan : Plan
        It holds for the target as it was when it was made.
    style : Id3Style
        How new ID3 tags of copies are made.
    files : FileOps
        The operations on files.
    tagger : Tagger, optional
        Who tags the copies; a process of its own for this call by default.

    Yields
    ------
    Copied or FileFailure
        One per step and per deleted file; stage ``"copy"``. Those that could not be planned come first.

    Raises
    ------
    TargetError
        If the target cannot be written, is full before anything begins, or is not there any more.
    """
    plan.require_room()
    yield from plan.failures
    with (
        Target(plan.manifest) as target,
        tagger or TaggerProcess() as tagging,
        # Where nothing can be renamed, copies are made and compared on this computer, and written whole at once.
        contextlib.nullcontext(target.working) if plan.manifest.renames
        else tempfile.TemporaryDirectory(prefix="genre-tagger-") as folder,
    ):  # fmt: skip
        yield from _Copier(plan, target, Drafter(folder, style, files, tagging)).run()


@dataclass
class _Copier:
    """What the files of one run share."""

    plan: Plan
    target: Target
    drafter: Drafter
    batch: list[Draft] = field(default_factory=list)
    size: int = 0  # bytes in the batch
    begun: float = 0.0
    least: float = 0.0  # seconds that a batch takes, so that the list is not written too often
    comparing: deque[Future[Compared]] = field(default_factory=deque)
    again: list[tuple[Step, str]] = field(default_factory=list)  # to be copied as they are, and why

    def __post_init__(self) -> None:
        self.manifest = self.plan.manifest
        self.files = self.drafter.files
        self.comparer = Comparer(self.drafter)
        self.waiting = ThreadPoolExecutor(1, thread_name_prefix="copier")

    def run(self) -> Iterator[Copied | FileFailure]:
        try:
            yield from self._run()
        finally:
            self.comparer.leaving = True
            self.waiting.shutdown(cancel_futures=True)
            self.comparer.close()

    def _run(self) -> Iterator[Copied | FileFailure]:
        for name in self.plan.deletes:
            yield self._delete(name)
        yield from self._move()
        for step in self.plan.steps:
            if step.action in (Action.KEEP, Action.ADOPT) and step.record is not None:
                self.manifest.files[step.path] = step.record
                yield self._done(step, step.record)
        copies = [step for step in self.plan.steps if step.action in (Action.COPY, Action.REPLACE)]
        for step in self.plan.steps:
            if step.action is Action.RETAG:
                yield from self._retag(step)
        for step in copies:
            if step.wanted.making.form is None:
                yield from self._fetch(step)
        yield from self._fetch_smaller([step for step in copies if step.wanted.making.form is not None])
        yield from self._settle()
        while self.again:
            again, self.again = self.again, []
            for step, note in again:
                yield from self._fetch(step, note=note)
            yield from self._settle()

    # --- what is there already ---------------------------------------------------------------------------

    def _delete(self, name: str) -> Copied | FileFailure:
        record, path = self.manifest.files[name], self.target.at(name)
        if digest_of(path) != record.digest:
            return FileFailure(path, "copy", _TOUCHED)
        try:
            self.files.unlink(path)
        except OSError as error:
            return self.target.trouble(path, error)
        del self.manifest.files[name]
        self.target.prune(name)
        return Copied(Action.DELETE, record.source, path)

    def _move(self) -> Iterator[Copied | FileFailure]:
        """Rename what is there under another name. What is to be replaced goes to its new name first."""
        moves = [step for step in self.plan.steps if step.old]
        if not moves:
            return
        self.manifest.pending = {step.path: step.record or self.manifest.files[step.old] for step in moves}
        self.target.write_down()
        for step in moves:
            try:
                self.target.rename(step.old, step.path)
            except (OSError, FileError) as error:
                yield self.target.trouble(step.wanted.track.path, error)
                continue
            del self.manifest.files[step.old]
            record = self.manifest.files[step.path] = self.manifest.pending[step.path]
            self.target.prune(step.old)
            if step.action is Action.MOVE:
                yield self._done(step, record)
        self.manifest.pending = {}
        self.target.write_down()

    # --- copies ------------------------------------------------------------------------------------------

    def _fetch_smaller(self, steps: Sequence[Step]) -> Iterator[Copied | FileFailure]:
        """Make copies smaller on this computer, on all its cores, and fetch them from there."""
        if not steps:
            return
        with tempfile.TemporaryDirectory(prefix="genre-tagger-") as folder:

            def shrunk(numbered: tuple[int, Step]) -> tuple[Step, Shrunk | FileError]:
                number, step = numbered
                path = os.path.join(folder, f"{number}{step.wanted.making.extension}")
                try:
                    return step, self.drafter.shrink(step, path)
                except FileError as error:
                    return step, error

            with contextlib.closing(outcomes(shrunk, enumerate(steps), name="encoder")) as made:
                for step, copy_here in made:
                    if isinstance(copy_here, FileError):
                        yield FileFailure(step.wanted.track.path, "copy", copy_here.reason)
                        continue
                    yield from self._fetch(step, copy_here)
                    os.unlink(copy_here.path)

    def _retag(self, step: Step) -> Iterator[Copied | FileFailure]:
        """Give a copy other genres, where nothing but those is different; else it is made anew."""
        source, record = step.wanted.track.path, self.manifest.files.get(step.path)
        if record is None:
            return  # its move has failed, and that was told
        path = self.target.at(step.path)
        if digest_of(path) != record.digest:
            yield FileFailure(source, "copy", _TOUCHED)
            return
        try:
            draft = self.drafter.retag(step, path)
        except (OSError, FileError):
            is_there = os.path.lexists(path)
            yield from self._fetch(replace(step, action=Action.REPLACE if is_there else Action.COPY))
            return
        yield from self._add(draft)

    def _fetch(self, step: Step, shrunk: Shrunk | None = None, *, note: str = "") -> Iterator[Copied | FileFailure]:
        """Make a copy, and put a batch of copies in their places when it is large or old enough."""
        source = step.wanted.track.path
        if step.action is Action.REPLACE and step.path not in self.manifest.files:
            return  # its move has failed, and that was told
        try:
            try:
                draft = self.drafter.draft(step, shrunk, note=note)
            except OSError as error:
                if error.errno != errno.ENOSPC or not (self.batch or self.comparing):
                    raise
                yield from self._settle()  # what is replaced by the batch makes room
                draft = self.drafter.draft(step, shrunk, note=note)
        except (OSError, FileError) as error:
            yield self.target.trouble(source, error)
            return
        yield from self._add(draft)

    def _add(self, draft: Draft) -> Iterator[Copied | FileFailure]:
        if not self.batch:
            self.begun = time.monotonic()
        self.batch.append(draft)
        self.size += draft.size
        if self._is_full():
            yield from self._hand_over()

    def _is_full(self) -> bool:
        if len(self.batch) >= _MOST_FILES or self.size >= _MOST_BYTES_AT_ALL:
            return True
        since = time.monotonic() - self.begun
        return (self.size >= _MOST_BYTES or since >= _MOST_S) and since >= self.least

    def _settle(self) -> Iterator[Copied | FileFailure]:
        """Bring all copies that were made to their places."""
        yield from self._hand_over()
        while self.comparing:
            yield from self._conclude()

    def _hand_over(self) -> Iterator[Copied | FileFailure]:
        """Have a batch compared while the next is made; what was handed over long before comes to its places."""
        while len(self.comparing) >= _MOST_BATCHES:
            yield from self._conclude()
        batch, self.batch, self.size = self.batch, [], 0
        if batch:
            self.comparing.append(self.waiting.submit(self.comparer.compare, batch))

    def _conclude(self) -> Iterator[Copied | FileFailure]:
        """Write down the oldest copies that are compared, and give them their names."""
        compared = [(draft, outcome.result()) for draft, outcome in self.comparing.popleft().result()]
        proven = []
        for draft, outcome in compared:
            if outcome is None:
                continue
            if isinstance(outcome, Record):
                proven.append((draft, outcome))
                continue
            with contextlib.suppress(OSError):
                os.unlink(draft.path)
            if isinstance(outcome, NotProvenError):
                is_new = draft.step.action is not Action.RETAG
                step = draft.step if is_new else replace(draft.step, action=Action.COPY)
                self.again.append((step, outcome.reason if is_new else ""))
            else:
                yield self.target.trouble(draft.step.wanted.track.path, outcome)
        if not proven:
            return
        self.manifest.pending = {draft.step.path: record for draft, record in proven}
        began = time.monotonic()
        has_room = self.target.has_room_to_write_down()
        self.least = (time.monotonic() - began) / _WRITING
        yield from self._placed(proven) if has_room else self._given_up(proven)
        self.manifest.pending = {}

    def _placed(self, proven: Sequence[tuple[Draft, Record]]) -> Iterator[Copied | FileFailure]:
        for draft, record in proven:
            try:
                self._name(draft, record)
            except (OSError, FileError) as error:
                yield self.target.trouble(record.source, error)
                continue
            self.manifest.files[draft.step.path] = record
            yield self._done(draft.step, record)

    def _given_up(self, proven: Sequence[tuple[Draft, Record]]) -> Iterator[FileFailure]:
        self.manifest.pending = {}
        for draft, record in proven:
            os.unlink(draft.path)
            yield FileFailure(record.source, "copy", NO_ROOM)

    def _name(self, draft: Draft, record: Record) -> None:
        """Put a copy in its place, where nothing is, or the copy that it replaces."""
        path = self.target.place(draft.step.path)
        before = self.manifest.files.get(draft.step.path) if draft.step.action is Action.REPLACE else None
        if os.path.lexists(path):
            if before is None:
                raise FileError(path, TAKEN)
            if digest_of(path) != before.digest:  # somebody may have tagged it there, and kept its size
                raise FileError(path, _TOUCHED)
        if self.manifest.renames:
            self.files.replace(draft.path, path)
        else:
            self._deliver(draft, record, path)

    def _deliver(self, draft: Draft, record: Record, path: str) -> None:
        """Write a finished copy whole at once under its name, and read it back."""
        with contextlib.suppress(FileNotFoundError):
            self.files.unlink(path)  # what it replaces
        try:
            with self.files.open_read(draft.path) as source, self.files.create(path) as made:
                self.files.copy(source, made, spare=0)
                made.flush()
                self.files.fsync(made)
            with self.files.open_read(path) as made:
                self.files.forget(made)
                if self.files.digest(made).hex() != record.digest:
                    raise FileError(path, NOT_GIVEN_BACK)
        except (OSError, FileError):
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        os.unlink(draft.path)

    def _done(self, step: Step, record: Record) -> Copied:
        return Copied(step.action, record.source, self.target.at(step.path), step.size and record.there, record.note)
