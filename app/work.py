"""What goes on in the background: opening, scanning, listening, writing, undoing, one after the other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app import stages
from app.jobs import Ended, Job, JobQueue
from genre_tagger.errors import FileFailure
from genre_tagger.outcomes import Walked
from genre_tagger.review import Proposal

if TYPE_CHECKING:
    from app.features_table import Table


@dataclass
class Tally:
    """How a job went: its kind, the files done and failed, and the paths it was about."""

    kind: str
    done: int = 0
    failures: list[FileFailure] = field(default_factory=list)
    changed_since: int = 0
    cancelled: bool = False
    error: str | None = None


class Work(QObject):
    """Makes the jobs and tells what came of them.

    Signals: opened(Opened), refused(str) when the library cannot be used; began(kind, title),
    advanced(title, Progress), outcomes(kind, list), finished(Tally); model_missing(str) when nothing can be
    classified; touching(paths, or None where they are not known) just before a job changes files.
    """

    opened = Signal(object)
    refused = Signal(str)
    began = Signal(str, str)
    advanced = Signal(str, object)
    outcomes = Signal(str, list)
    finished = Signal(object)
    model_missing = Signal(str)
    touching = Signal(object)

    def __init__(self, library_path: str, model_folder: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = library_path
        self.model_folder = model_folder
        self.listener = stages.Listener(model_folder)
        self._holder = stages.Holder()
        self.queue = JobQueue(self)

    def busy_with(self) -> str:
        """Tell what kind of job is running; "" when there is none."""
        return str(self.queue.current.property("kind")) if self.queue.current else ""

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
        weigh = _walked if kind == "scan" else None
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
            elif not isinstance(outcome, Walked):
                tally.done += 1
                tally.changed_since += getattr(outcome, "identical", True) is False
        self.outcomes.emit(tally.kind, batch)

    def _end(self, job: Job, tally: Tally, ended: Ended) -> None:
        tally.cancelled, tally.error = ended.cancelled, ended.error
        if tally.kind == "open" and ended.error is not None:
            self.refused.emit(ended.error)
        if tally.kind == "classify" and self.listener.problem is not None:
            self.model_missing.emit(self.listener.problem)
        self.finished.emit(tally)
        job.deleteLater()

    # --- the jobs ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the library; `opened` or `refused` tells how it went."""
        self._add("open", self.tr("Opening the library"), lambda: stages.opening(self._path, self._holder))

    def scan(self, paths: Sequence[str], *, remember: bool = False) -> None:
        """Look for new, changed and vanished files."""
        work = functools.partial(stages.scanning, self._path, list(paths), remember=remember)
        self._add("scan", self.tr("Scanning"), work, urgent=True)

    def retry(self, failures: Sequence[FileFailure]) -> None:
        """Try files again that something went wrong with."""
        work = functools.partial(stages.retrying, self._path, list(failures))
        self._add("scan", self.tr("Trying again"), work, urgent=True)

    def listen(self) -> None:
        """Classify what is left to classify; nothing to do when that is going to happen anyway."""
        jobs = [*self.queue.waiting, *([self.queue.current] if self.queue.current else [])]
        if any(job.property("kind") == "classify" and not job.cancelled for job in jobs):
            return
        work = functools.partial(stages.listening, self._path, self.listener)
        self._add("classify", self.tr("Listening"), work, lambda: self.listener.count(self._path))

    def write(self, proposals: Sequence[Proposal], *, keep_mtime: bool, id3_version: int = 4) -> None:
        """Write genres into files; `id3_version` (4 or 3) is that of ID3 tags made anew."""
        work = functools.partial(
            stages.writing, self._path, proposals, keep_mtime=keep_mtime, id3_version=id3_version
        )
        paths = [proposal.path for proposal in proposals]
        self._add("write", self.tr("Writing"), work, len(proposals), urgent=True, touches=paths)

    def undo(self, batch: int, files: int) -> None:
        """Take a write back."""
        work = functools.partial(stages.undoing, self._path, batch)
        self._add("undo", self.tr("Undoing"), work, files, urgent=True, touches=None)

    def describe(self, table: Table) -> None:
        """Compute all features of tracks and save them as a table."""
        work = functools.partial(table.fill, self._path)
        self._add("describe", self.tr("Computing features"), work, lambda: len(table.left()), urgent=True)

    def stop(self, timeout: float) -> bool:
        """End everything and let the library go; return whether the worker ended in time."""
        ended = self.queue.stop(timeout)
        self._holder.let_go()
        return ended


def _walked(outcome: object) -> int:
    return outcome.files if isinstance(outcome, Walked) else 0
