"""What goes on in the background: opening, scanning, listening, writing, undoing, one after the other."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import stages
from app.jobs.queue import Ended, Job, JobQueue
from app.jobs.unfinished import Task, Unfinished
from genre_tagger.base.errors import FileFailure, Waiting
from genre_tagger.files.values import Walked
from genre_tagger.review.policy import Proposal

if TYPE_CHECKING:
    from app.jobs.stages import Table


@dataclass
class Tally:
    """How a job went: its kind, the files done and failed, and what had been agreed to."""

    kind: str
    done: int = 0
    failures: list[FileFailure] = field(default_factory=list)
    changed_since: int = 0
    cancelled: bool = False
    error: str | None = None
    task: Task | None = None


@dataclass
class _Scan:
    """What a scan looks through; `replaced` when another one, or none, is to do that instead."""

    paths: list[str]
    remember: bool = False
    replaced: bool = False


_NO_SCAN = _Scan([])


class Work(QObject):
    """Makes the jobs and tells what came of them.

    Signals: opened(Opened), refused(str) when the library cannot be used; began(kind, title),
    advanced(title, Progress), outcomes(kind, list), waiting(Waiting) for a drive, finished(Tally);
    model_missing(str) when nothing can be classified; agreed() when files are to be changed, touching(paths, or None
    where they are not known) just before.
    """

    opened = Signal(object)
    refused = Signal(str)
    began = Signal(str, str)
    advanced = Signal(str, object)
    outcomes = Signal(str, list)
    waiting = Signal(object)
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
        self.listener = stages.Listener(model_folder)
        self.unfinished = Unfinished(state_folder or os.path.dirname(library_path), library_path)
        self._holder = stages.Holder()
        self._tasks: dict[Job, Task] = {}
        self._scans: dict[Job, _Scan] = {}
        self.queue = JobQueue(self)

    def busy_with(self) -> str:
        """Tell what kind of job is running; "" when there is none."""
        return str(self.queue.current.property("kind")) if self.queue.current else ""

    def kinds(self) -> list[str]:
        """List the kinds of all jobs that run or wait, but for those that are cancelled."""
        return [str(job.property("kind")) for job in self._jobs()]

    def left(self) -> int:
        """Count the files that jobs that run or wait have still to write or to undo."""
        return sum(self._tasks[job].left for job in self._jobs() if job in self._tasks)

    def is_changing_files(self) -> bool:
        """Tell whether a write or an undo runs or waits, be it one that was told to end."""
        return bool(self._tasks)

    def being_written(self) -> set[str]:
        """List the files of all writes that run or wait, also those that a write is done with."""
        return {proposal.path for task in self._tasks.values() for proposal in task.proposals}

    def added(self) -> list[str]:
        """List what is being added to the library; that it is to be scanned may not be stored yet."""
        scans = [self._scans[job] for job in self._jobs() if job in self._scans]
        return [path for scan in scans if scan.remember for path in scan.paths]

    def _jobs(self) -> list[Job]:
        jobs = [*([self.queue.current] if self.queue.current else []), *self.queue.waiting]
        return [job for job in jobs if not job.cancelled]

    def _add(
        self,
        kind: str,
        title: str,
        work: Callable[[], Iterator[object]],
        total: Callable[[], int] | int | None = None,
        *,
        urgent: bool = False,
        touches: Sequence[str] | None = (),
    ) -> Job:
        weigh = {"scan": _walked, "write": _touched, "undo": _touched}.get(kind)
        job = Job(title, work, total, resumable=kind in ("classify", "describe"), weigh=weigh, parent=self)
        job.setProperty("kind", kind)
        tally = Tally(kind)
        job.started.connect(lambda: self.began.emit(kind, title))
        if kind in ("write", "undo"):
            job.started.connect(lambda: self.touching.emit(touches))
        job.outcomes.connect(lambda batch: self._take(tally, batch))
        job.progressed.connect(lambda progress: self.advanced.emit(title, progress))
        job.ended.connect(lambda ended: self._end(job, tally, ended))
        self.queue.add(job, urgent=urgent)
        return job

    def _take(self, tally: Tally, batch: list[object]) -> None:
        for outcome in batch:
            if isinstance(outcome, FileFailure):
                tally.failures.append(outcome)
            elif isinstance(outcome, stages.Opened):
                self.opened.emit(outcome)
            elif isinstance(outcome, Waiting):
                self.waiting.emit(outcome)
            elif not isinstance(outcome, Walked):
                tally.done += 1
                tally.changed_since += getattr(outcome, "identical", True) is False
        self.outcomes.emit(tally.kind, [outcome for outcome in batch if not isinstance(outcome, Waiting)])

    def _end(self, job: Job, tally: Tally, ended: Ended) -> None:
        tally.cancelled, tally.error = ended.cancelled, ended.error
        if tally.kind == "open" and ended.error is not None:
            self.refused.emit(ended.error)
        if tally.kind == "classify" and self.listener.problem is not None:
            self.model_missing.emit(self.listener.problem)
        if self._scans.pop(job, _NO_SCAN).replaced:
            tally.cancelled = False  # nobody stopped it: what is left of it goes on
        tally.task = task = self._tasks.pop(job, None)
        if task is not None and not task.goes_on:
            self.unfinished.drop(task)
        self.finished.emit(tally)
        job.deleteLater()

    # --- the jobs ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the library; `opened` or `refused` tells how it went."""
        work = functools.partial(stages.opening, self._path, self._holder, self.unfinished)
        self._add("open", self.tr("Opening the library"), work)

    def scan(self, paths: Sequence[str], *, remember: bool = False) -> None:
        """Look for new, changed and vanished files."""
        work = functools.partial(stages.scanning, self._path, list(paths), remember=remember)
        job = self._add("scan", self.tr("Scanning"), work, urgent=True)
        self._scans[job] = _Scan(list(paths), remember)

    def forget(self, folder: str) -> None:
        """Forget a folder and the tracks below it; what is scanned there would bring them back, and ends first."""
        ended = [job for job in self._jobs() if folder in self._scans.get(job, _NO_SCAN).paths]
        for job in ended:
            self._scans[job].replaced = True
            job.cancel()
        work = functools.partial(stages.forgetting, self._path, folder)
        self._add("forget", self.tr("Removing a folder"), work, urgent=True)
        for scan in [self._scans[job] for job in ended]:
            if left := [path for path in scan.paths if path != folder]:
                self.scan(left, remember=scan.remember)

    def retry(self, failures: Sequence[FileFailure]) -> None:
        """Try files again that something went wrong with."""
        work = functools.partial(stages.retrying, self._path, list(failures))
        self._add("scan", self.tr("Trying again"), work, urgent=True)

    def listen(self) -> None:
        """Classify what is left to classify; nothing to do when that is going to happen anyway."""
        if "classify" in self.kinds():
            return
        work = functools.partial(stages.listening, self._path, self.listener)
        self._add("classify", self.tr("Listening"), work, lambda: self.listener.count(self._path))

    def write(self, proposals: Sequence[Proposal], *, keep_mtime: bool, id3_version: int = 4) -> Job:
        """Write genres into files; `id3_version` (4 or 3) is that of ID3 tags made anew."""
        wanted = [proposal for proposal in proposals if proposal.ticked]
        return self.go_on(Task("write", wanted, {"keep_mtime": keep_mtime, "id3_version": id3_version}))

    def undo(self, batch: int, files: int) -> Job:
        """Take a write back."""
        return self.go_on(Task("undo", batch=batch, files=files))

    def go_on(self, task: Task) -> Job:
        """Write or undo what was agreed to, in this session or an earlier one."""
        self.unfinished.add(task)
        writes = task.kind == "write"
        title = self.tr("Writing") if writes else self.tr("Undoing")
        work = functools.partial(stages.writing if writes else stages.undoing, self._path, task, self.unfinished)
        paths = [proposal.path for proposal in task.proposals] if writes else None
        job = self._add(task.kind, title, work, task.left, urgent=True, touches=paths)
        self._tasks[job] = task
        self.agreed.emit()
        return job

    def describe(self, table: Table) -> None:
        """Compute all features of tracks and save them as a table."""
        work = functools.partial(table.fill, self._path)
        self._add("describe", self.tr("Computing features"), work, lambda: len(table.left()), urgent=True)

    def leave_off(self) -> None:
        """Ask for the end of everything; writes and undos that nobody cancelled go on at the next start."""
        for job in self._jobs():
            if job in self._tasks:
                self.unfinished.keep(self._tasks[job])
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
    return 0 if isinstance(outcome, Waiting) else 1


def _walked(outcome: object) -> int:
    return outcome.files if isinstance(outcome, Walked) else 0
