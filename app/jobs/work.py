"""What goes on in the background: opening, scanning, classifying, writing, undoing, one after the other.

Each method names what follows from its job: see :class:`app.jobs.wishes.Wish`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import stages
from app.jobs.queue import Ended, Job, JobQueue
from app.jobs.unfinished import Unfinished
from app.jobs.wishes import JobKind, Tally, Task, Wish
from genre_tagger.base.errors import FileFailure, Waiting
from genre_tagger.review.policy import Policy, Proposal

if TYPE_CHECKING:
    from app.jobs.copying import Copying
    from app.jobs.organising import Organising


@dataclass
class _Scan:
    """What a scan looks through; `replaced` when another one, or none, is to do that instead."""

    paths: list[str]
    remember: bool = False
    replaced: bool = False


_NO_SCAN = _Scan([])
# Outcomes that tell how a job gets on, and of no track.
_NO_TRACKS = (Waiting, stages.Helped, stages.Still)


class Work(QObject):
    """Makes the jobs and tells what came of them.

    Signals: opened(Opened), refused(str) when the library cannot be used; began(Wish), advanced(title, Progress),
    outcomes(Wish, list), waiting(Waiting) for a drive, helped(Helped) by other machines, finished(Tally);
    model_missing(str) when nothing can be classified; agreed() when files are to be changed, touching(paths, or None
    where they are not known) just before.
    """

    opened = Signal(object)
    refused = Signal(str)
    began = Signal(object)
    advanced = Signal(str, object)
    outcomes = Signal(object, list)
    waiting = Signal(object)
    helped = Signal(object)
    finished = Signal(object)
    model_missing = Signal(str)
    agreed = Signal()
    touching = Signal(object)

    def __init__(
        self,
        library_path: str,
        model_folder: str | None = None,
        parent: QObject | None = None,
        state_folder: str | None = None,
    ) -> None:
        super().__init__(parent)
        self._path = library_path
        self.model_folder = model_folder
        self.classifier = stages.Classifier(model_folder)
        self.unfinished = Unfinished(state_folder or os.path.dirname(library_path), library_path)
        self._holder = stages.Holder()
        self._wishes: dict[Job, Wish] = {}
        self._scans: dict[Job, _Scan] = {}
        self.queue = JobQueue(self)

    def busy_with(self) -> JobKind | None:
        """Tell what kind of job is running."""
        wish = self._wishes.get(self.queue.current) if self.queue.current else None
        return wish.kind if wish is not None else None

    def kinds(self) -> list[JobKind]:
        """List the kinds of all jobs that run or wait, but for those that are cancelled."""
        return [self._wishes[job].kind for job in self._jobs()]

    def files_remaining(self) -> int:
        """Count the files that jobs that run or wait have still to write or to undo."""
        return sum(task.remaining for job in self._jobs() if (task := self._wishes[job].task) is not None)

    def is_changing_files(self) -> bool:
        """Tell whether a write or an undo runs or waits, be it one that was told to end."""
        return any(wish.changes_files for wish in self._wishes.values())

    def will_change_files(self) -> bool:
        """Tell whether a write or an undo runs or waits that was not told to end."""
        return any(self._wishes[job].changes_files for job in self._jobs())

    def being_written(self) -> set[str]:
        """List the files of all writes that run or wait, also those that a write is done with."""
        tasks = [wish.task for wish in self._wishes.values() if wish.task is not None]
        return {proposal.path for task in tasks for proposal in task.proposals}

    def added(self) -> list[str]:
        """List what is being added to the library; that it is to be scanned may not be stored yet."""
        scans = [self._scans[job] for job in self._jobs() if job in self._scans]
        return [path for scan in scans if scan.remember for path in scan.paths]

    def _jobs(self) -> list[Job]:
        jobs = [*([self.queue.current] if self.queue.current else []), *self.queue.waiting]
        return [job for job in jobs if job in self._wishes and not job.cancelled]

    def _add(self, wish: Wish) -> Job:
        job = Job(wish.title, wish.work, wish.total, resumable=wish.resumable, weigh=wish.weigh, parent=self)
        tally = Tally(wish)
        job.started.connect(lambda: self.began.emit(wish))
        if wish.changes_files:
            job.started.connect(lambda: self.touching.emit(wish.touches))
        job.outcomes.connect(lambda batch: self._take(tally, batch))
        job.progressed.connect(lambda progress: self.advanced.emit(wish.title, progress))
        job.ended.connect(lambda ended: self._end(job, tally, ended))
        self._wishes[job] = wish
        self.queue.add(job, urgent=wish.urgent)
        return job

    def _take(self, tally: Tally, batch: list[object]) -> None:
        from genre_tagger.files.values import Walked  # not before the window is seen

        for outcome in batch:
            if isinstance(outcome, FileFailure):
                tally.failures.append(outcome)
            elif isinstance(outcome, stages.Opened):
                self.opened.emit(outcome)
            elif isinstance(outcome, Waiting):
                self.waiting.emit(outcome)
            elif isinstance(outcome, stages.Helped):
                self.helped.emit(outcome)
            elif not isinstance(outcome, Walked | stages.Still):
                tally.done += 1
                tally.changed_since += getattr(outcome, "identical", True) is False
                tally.lacking += filter(None, [getattr(outcome, "lacking", "")])
        self.outcomes.emit(tally.wish, [outcome for outcome in batch if not isinstance(outcome, _NO_TRACKS)])

    def _end(self, job: Job, tally: Tally, ended: Ended) -> None:
        tally.cancelled, tally.error = ended.cancelled, ended.error
        wish = self._wishes.pop(job)
        if self._scans.pop(job, _NO_SCAN).replaced:
            tally.cancelled = False  # nobody stopped it: what is left of it goes on
        if wish.task is not None and not wish.task.goes_on:
            self.unfinished.drop(wish.task)
        if wish.ended is not None:
            wish.ended(tally)
        self.finished.emit(tally)
        job.deleteLater()

    # --- the jobs ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the library; `opened` or `refused` tells how it went."""
        self._add(Wish(
            kind=JobKind.OPEN, title=self.tr("Opening the library"),
            work=lambda: stages.opening(self._path, self._holder, self.unfinished, self.classifier.among),
            can_stop=False, brings_tracks=True, ended=self._opening_ended,
        ))  # fmt: skip

    def _opening_ended(self, tally: Tally) -> None:
        if tally.error is not None:
            self.refused.emit(tally.error)

    def prepare(self) -> None:
        """Put tracks in order, of an older library or for other genres; all works meanwhile, though not as fast."""
        self._add(Wish(
            kind=JobKind.PREPARE, title=self.tr("Bringing the library up to date"),
            work=functools.partial(stages.preparing, self._path, self.classifier), weigh=_prepared,
            total=functools.partial(stages.unprepared, self._path, self.classifier),
            resumable=True, can_stop=False, reads_only=True,
        ))  # fmt: skip

    def scan(self, paths: Sequence[str], *, remember: bool = False) -> None:
        """Look for new, changed and vanished files."""
        work = functools.partial(stages.scanning, self._path, list(paths), remember=remember)
        self._scans[self._scan(self.tr("Scanning"), work)] = _Scan(list(paths), remember)

    def arrive(self, paths: Sequence[str], ended: Callable[[Tally], object]) -> None:
        """Scan what came into watched folders; it is new."""
        self._scan(self.tr("New music"), functools.partial(stages.arriving, self._path, list(paths)), ended)

    def retry(self, failures: Sequence[FileFailure]) -> None:
        """Try files again that something went wrong with."""
        self._scan(self.tr("Trying again"), functools.partial(stages.retrying, self._path, list(failures)))

    def _scan(
        self, title: str, work: Callable[[], Iterator[object]], ended: Callable[[Tally], object] | None = None
    ) -> Job:
        return self._add(Wish(
            kind=JobKind.SCAN, title=title, work=work, weigh=_walked, urgent=True, brings_tracks=True, ended=ended,
            then=self.classify,
        ))  # fmt: skip

    def forget(self, folder: str) -> None:
        """Forget a folder and the tracks below it; what is scanned there would bring them back, and ends first."""
        ended = [job for job in self._jobs() if folder in self._scans.get(job, _NO_SCAN).paths]
        for job in ended:
            self._scans[job].replaced = True
            job.cancel()
        work = functools.partial(stages.forgetting, self._path, folder)
        self._add(Wish(kind=JobKind.FORGET, title=self.tr("Removing a folder"), work=work, urgent=True))
        for scan in [self._scans[job] for job in ended]:
            if others := [path for path in scan.paths if path != folder]:
                self.scan(others, remember=scan.remember)

    def classify(self) -> None:
        """Classify what is left to classify; nothing to do when that is going to happen anyway."""
        if JobKind.CLASSIFY in self.kinds():
            return
        self._add(Wish(
            kind=JobKind.CLASSIFY, title=self.tr("Listening"),
            work=functools.partial(stages.classifying, self._path, self.classifier),
            total=lambda: self.classifier.count(self._path), weigh=_touched, resumable=True,
            ended=self._classifying_ended,
        ))  # fmt: skip

    def _classifying_ended(self, _: Tally) -> None:
        if self.classifier.problem is not None:
            self.model_missing.emit(self.classifier.problem)

    def write(
        self, proposals: Sequence[Proposal], *, keep_mtime: bool, id3_version: int = 4, everywhere: bool = False
    ) -> Job:
        """Write genres into files; `id3_version` (4 or 3) is that of ID3 tags made anew, `everywhere` in every tag."""
        wanted = [proposal for proposal in proposals if proposal.ticked]
        options = {"keep_mtime": keep_mtime, "id3_version": id3_version, **({"everywhere": True} if everywhere else {})}
        return self.go_on(Task(JobKind.WRITE, wanted, options))

    def undo(self, batch: int, files: int) -> Job:
        """Take a write back."""
        return self.go_on(Task(JobKind.UNDO, batch=batch, files=files))

    def go_on(self, task: Task) -> Job:
        """Write or undo what was agreed to, in this session or an earlier one."""
        self.unfinished.add(task)
        writes = task.kind is JobKind.WRITE
        stage = stages.writing if writes else stages.undoing
        job = self._add(Wish(
            kind=task.kind, title=self.tr("Writing") if writes else self.tr("Undoing"),
            work=functools.partial(stage, self._path, task, self.unfinished), total=task.remaining, weigh=_touched,
            urgent=True, task=task, touches=[proposal.path for proposal in task.proposals] if writes else None,
        ))  # fmt: skip
        self.agreed.emit()
        return job

    def describe(self, table: stages.Table, ended: Callable[[Tally], object]) -> None:
        """Compute all features of tracks and save them as a table."""
        self._add(Wish(
            kind=JobKind.DESCRIBE, title=self.tr("Computing features"),
            work=functools.partial(table.fill, self._path), total=lambda: len(table.remaining()),
            urgent=True, resumable=True, ended=ended,
        ))  # fmt: skip

    def learn(self, policy: Policy) -> None:
        """Learn anew from what the person has said; nothing to do when that is going to happen anyway."""
        if JobKind.LEARN not in [self._wishes[job].kind for job in self.queue.waiting if not job.cancelled]:
            self._learn(self.tr("Learning your genres"), policy)

    def forget_learned(self, genres: Sequence[str], policy: Policy) -> None:
        """Forget what was learned of genres, or, where there are none, of all."""
        self._learn(self.tr("Forgetting what was learned"), policy, genres)

    def _learn(self, title: str, policy: Policy, forget: Sequence[str] | None = None) -> None:
        from genre_tagger.review.lessons import STEPS  # with numpy, which the start does without

        work = functools.partial(stages.learning, self._path, policy, self.classifier.among, forget)
        self._add(Wish(kind=JobKind.LEARN, title=title, work=work, total=STEPS, urgent=True, brings_tracks=True))

    def stop_learning(self) -> None:
        """Ask for the end of learning; what was learned before stays."""
        for job in self._jobs():
            if self._wishes[job].kind is JobKind.LEARN:
                job.cancel()

    def compare(self, comparison: stages.Comparison, ended: Callable[[Tally], object]) -> Job:
        """Compare what files say with what is heard."""
        return self._add(Wish(
            kind=JobKind.COMPARE, title=self.tr("Comparing genres with sound"),
            work=functools.partial(comparison.find, self._path), total=stages.comparison_steps, urgent=True,
            reads_only=True, ended=ended,
        ))  # fmt: skip

    def export(self, work: Callable[[str], Iterator[object]], ended: Callable[[Tally], object]) -> Job:
        """Write what the library knows into a file; `work` is given the library's path."""
        return self._add(Wish(
            kind=JobKind.EXPORT, title=self.tr("Saving the library"), work=functools.partial(work, self._path),
            urgent=True, reads_only=True, ended=ended,
        ))  # fmt: skip

    def take_in(self, work: Callable[[str], Iterator[object]], policy: Policy, ended: Callable[[Tally], object]) -> Job:
        """Take over what a file says, then learn from it; `work` is given the library's path."""
        return self._add(Wish(
            kind=JobKind.IMPORT, title=self.tr("Taking over decisions"), work=functools.partial(work, self._path),
            urgent=True, ended=ended, then=functools.partial(self.learn, policy),
        ))  # fmt: skip

    def plan_copy(self, copying: Copying, ended: Callable[[Tally], object]) -> Job:
        """Find out what a copy will do."""
        return self._add(Wish(
            kind=JobKind.PLAN, title=self.tr("Planning the copy"),
            work=functools.partial(copying.find_out, self._path), urgent=True, reads_only=True, ended=ended,
        ))  # fmt: skip

    def copy(self, copying: Copying, ended: Callable[[Tally], object]) -> Job:
        """Carry out what was planned."""
        return self._add(Wish(
            kind=JobKind.COPY, title=self.tr("Copying"), work=functools.partial(copying.carry_out, self._path),
            total=copying.count, weigh=copying.weigh, urgent=True, reads_only=True, ended=ended,
        ))  # fmt: skip

    def plan_folders(self, organising: Organising, ended: Callable[[Tally], object]) -> Job:
        """Find out what putting files into folders will do."""
        return self._add(Wish(
            kind=JobKind.PLAN, title=self.tr("Planning the folders"),
            work=functools.partial(organising.find_out, self._path), urgent=True, reads_only=True, ended=ended,
        ))  # fmt: skip

    def organise(self, organising: Organising, ended: Callable[[Tally], object]) -> Job:
        """Put files into folders, as planned."""
        job = self._add(Wish(
            kind=JobKind.MOVE, title=self.tr("Putting files into folders"),
            work=functools.partial(organising.carry_out, self._path), total=organising.count, weigh=organising.weigh,
            urgent=True, moves=True, brings_tracks=True, touches=organising.sources(), ended=ended,
        ))  # fmt: skip
        self.agreed.emit()
        return job

    def leave_off(self) -> None:
        """Ask for the end of everything; writes and undos that nobody cancelled go on at the next start."""
        for job in self._jobs():
            if (task := self._wishes[job].task) is not None:
                self.unfinished.keep(task)
        self.queue.stop(0.0)

    def stop(self, timeout: float) -> bool:
        """End everything and let the library go; return whether the worker ended in time."""
        self.leave_off()
        ended = self.queue.stop(timeout)
        self.unfinished.save()
        if ended:
            self._holder.let_go()
        return ended


def _touched(outcome: object) -> int:
    return 0 if isinstance(outcome, _NO_TRACKS) else 1


def _prepared(outcome: object) -> int:
    return outcome if isinstance(outcome, int) else 0


def _walked(outcome: object) -> int:
    from genre_tagger.files.values import Walked

    return outcome.files if isinstance(outcome, Walked) else 0
