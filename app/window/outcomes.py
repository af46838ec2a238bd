"""What goes on in a window: its library is opened, jobs begin and end, and what follows from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs.stages import Opened
from app.jobs.unfinished import Task
from app.jobs.work import Tally

if TYPE_CHECKING:
    from app.window.main_window import MainWindow


class Course(QObject):
    """Joins the jobs of a window with its table, its numbers and its notices.

    `opened` and `refused` tell what became of the library; both are false until it is known.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.opened = self.refused = False
        self._added: list[str] = []
        work, progress, reports = window.work, window.progress, window.reports
        work.opened.connect(self._library_opened)
        work.refused.connect(self._library_refused)
        window.centre.refused.other_asked.connect(work.open)
        work.began.connect(lambda kind, title: progress.begin(title, can_stop=kind != "open"))
        work.advanced.connect(lambda title, at: progress.advance(title, at.done, at.total, at.seconds_left))
        work.outcomes.connect(self._outcomes)
        work.finished.connect(self._finished)
        work.model_missing.connect(reports.model_missing)
        work.queue.idle.connect(progress.end)
        progress.cancel_asked.connect(work.queue.cancel_current)
        window.queries.failed.connect(reports.query_failed)

    def add(self, paths: list[str]) -> None:
        """Add folders and files to the library, as soon as it is open."""
        if self.opened:
            self._window.commands.add(paths)
        else:
            self._added += paths

    def _library_opened(self, opened: Opened) -> None:
        window = self._window
        self.opened, self.refused = True, False
        window.setAcceptDrops(True)
        window.reports.opened(opened)
        window.commands.read_card()
        window.showing.filter()
        window.counts.count_soon()
        if window.reports.can_write:
            window.commands.read_batches()
        for task in opened.tasks:
            self._go_on(task)
        added, self._added = self._added, []
        window.session.come_back(selection=not added)
        window.commands.add(added)
        if opened.folders:
            window.work.scan(opened.folders)

    def _go_on(self, task: Task) -> None:
        """Go on with what was left when the program was closed; after a crash, ask whether to."""
        if task.goes_on:
            job = self._window.work.go_on(task)
            self._window.reports.going_on(task, job.cancel)
        else:
            self._window.reports.left_over(task)

    def _library_refused(self, sentence: str) -> None:
        window = self._window
        self.refused = True
        window.setAcceptDrops(False)
        title = self.tr("The library cannot be opened")
        window.centre.refused.say(title, sentence, self.tr("Quit"), self.tr("Try again"))
        window.showing.page()
        window.showing.actions()

    def _outcomes(self, kind: str, batch: list[object]) -> None:
        window = self._window
        if kind in ("scan", "open"):
            window.tracks.reload_soon()
        else:
            window.tracks.refresh(paths=[outcome.path for outcome in batch])  # type: ignore[attr-defined]
        window.counts.count_soon()

    def _finished(self, tally: Tally) -> None:
        window = self._window
        window.reports.finished(tally)
        if not self.opened:
            return
        window.tracks.reload()
        window.counts.count_soon()
        if tally.kind in ("write", "undo"):
            window.commands.read_batches()
        if tally.kind == "scan" and not tally.cancelled and tally.error is None:
            window.work.listen()
