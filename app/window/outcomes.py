"""What goes on in a window: its library is opened, jobs begin and end, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStatusBar

from app.jobs.stages import Opened
from app.jobs.unfinished import Task
from app.jobs.work import Tally, Work
from app.look import words
from app.look.notices import Notices
from app.window.commands import Commands
from genre_tagger.base.errors import FileFailure, Waiting

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
        work.waiting.connect(reports.waiting)
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
        if batch:
            window.reports.going_on_again()
        if kind in ("scan", "open"):
            window.tracks.reload_soon()
        else:
            window.tracks.refresh(paths=[outcome.path for outcome in batch])  # type: ignore[attr-defined]
        window.counts.count_soon()

    def _finished(self, tally: Tally) -> None:
        window = self._window
        window.reports.going_on_again()
        window.reports.finished(tally)
        if not self.opened:
            return
        window.tracks.reload()
        window.counts.count_soon()
        if tally.kind in ("write", "undo"):
            window.commands.read_batches()
        if tally.kind == "scan" and not tally.cancelled and tally.error is None:
            window.work.listen()


_SHOWN_MS = 10_000
_NAMES = 3


class Reports(QObject):
    """Signal: problems_asked() when the user wants to see the list of problems."""

    problems_asked = Signal()

    def __init__(self, notices: Notices, bar: QStatusBar, commands: Commands, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self.can_write = True
        self._notices, self._bar, self._commands, self._work = notices, bar, commands, work

    def opened(self, opened: Opened) -> None:
        """Say what is odd about the library."""
        if opened.set_aside is not None:
            text = self.tr(
                "The library was damaged. It was kept as {}, and a new one was begun. Your music is untouched, "
                "and what was written can still be undone."
            ).format(words.printable(opened.set_aside))
            self._notices.say("library", text, self.tr("Scan again"), lambda: self._work.scan(opened.folders))
        if opened.journal_error is not None:
            self.can_write = False
            text = self.tr("Writing and undoing are switched off. {}").format(opened.journal_error)
            self._notices.say("journal", text)

    def going_on(self, task: Task, cancel: Callable[[], object]) -> None:
        """Say that something from the last session goes on by itself."""
        count = words.files(task.left)
        if task.kind == "write":
            text = self.tr("Going on with writing {}, as you agreed before Genre Tagger was closed.").format(count)
        else:
            text = self.tr("Going on with giving back {}, as you asked before Genre Tagger was closed.").format(count)
        self._notices.say(_left(task), text, self.tr("Cancel"), cancel)

    def left_over(self, task: Task) -> None:
        """Offer what the last session was interrupted in."""
        count = words.files(task.left)
        if task.kind == "write":
            text = self.tr("The last session was interrupted. {} you had agreed to write stayed as before.")
            action = self.tr("Go on writing")
        else:
            text = self.tr("The last session was interrupted. {} still to be given back stayed as written.")
            action = self.tr("Go on giving back")
        notice = self._notices.say(_left(task), text.format(count), action, lambda: self._work.go_on(task))
        notice.close_button.clicked.connect(lambda: self._work.unfinished.drop(task))

    def model_missing(self, reason: str) -> None:
        """Say that nothing can be classified."""
        text = self.tr("Listening is switched off. {} Everything else works; you can choose genres yourself.")
        self._notices.say("model", text.format(reason), self.tr("Try again"), self._listen_again)

    def _listen_again(self) -> None:
        self._work.listener.again()
        self._work.listen()

    def waiting(self, waiting: Waiting) -> None:
        """Say that a job waits for a drive, until it goes on."""
        text = self.tr("{} It goes on by itself once the drive is back; Cancel ends it here.").format(waiting.reason)
        self._notices.say("drive", text)

    def going_on_again(self) -> None:
        """Take it away that a job waits for a drive."""
        self._notices.unsay("drive")

    def query_failed(self, reason: str) -> None:
        """Say that the library could not be read."""
        self._notices.say("query", reason)

    def finished(self, tally: Tally) -> None:
        """Say how a job went; of a table of features, FeaturesTable does."""
        if tally.kind == "describe":
            return
        if tally.task is not None:
            self._notices.unsay(_left(tally.task))
        if tally.error is not None:
            again = {"scan": self._commands.rescan, "classify": self._work.listen}
            if tally.kind in again:
                self._notices.say(tally.kind, tally.error, self.tr("Try again"), again[tally.kind])
            elif tally.kind != "open":
                self._notices.say(tally.kind, tally.error)
            return
        getattr(self, f"_{tally.kind}_ended")(tally)

    def _open_ended(self, tally: Tally) -> None:
        if tally.done or tally.failures:
            text = self.tr("The last session ended in the middle of writing. {} put in order again.")
            self._notices.say("settled", text.format(_were(tally.done)))

    def _scan_ended(self, tally: Tally) -> None:
        self._refused([failure for failure in tally.failures if failure.stage == "add"])
        if tally.cancelled:
            text = self.tr("Scanning was stopped. What was found so far is kept.")
            self._notices.say("scan", text, self.tr("Scan again"), self._commands.rescan)
            return
        self._notices.unsay("scan")
        if tally.done:
            self._bar.showMessage(self.tr("{} new or changed").format(words.tracks(tally.done)), _SHOWN_MS)

    def _refused(self, failures: Sequence[FileFailure]) -> None:
        """Say what was not added, and why; it is kept nowhere else."""
        said = []
        for reason in dict.fromkeys(failure.reason for failure in failures):
            names = [words.printable(failure.path) for failure in failures if failure.reason == reason]
            listed = ", ".join(names[:_NAMES])
            if len(names) > _NAMES:
                listed = self.tr("{} and {} more").format(listed, words.number(len(names) - _NAMES))
            said.append(self.tr("{} could not be added. {}").format(listed, reason))
        if said:
            self._notices.say("add", " ".join(said))

    def _forget_ended(self, _: Tally) -> None:
        self._notices.unsay("forget")

    def _classify_ended(self, tally: Tally) -> None:
        if tally.cancelled:
            text = self.tr("Listening was stopped. What was found so far is kept.")
            self._notices.say("classify", text, self.tr("Go on"), self._work.listen)
        else:
            self._notices.unsay("classify")

    def _write_ended(self, tally: Tally) -> None:
        self._bar.showMessage(self.tr("{} written").format(_were(tally.done)), _SHOWN_MS)
        if tally.failures:
            text = words.failed_writes(len(tally.failures))
            self._notices.say("write", text, self.tr("Show why"), self.problems_asked.emit)
        elif tally.cancelled:
            self._notices.say("write", self.tr("Writing was stopped. The files not reached are as they were."))
        else:
            self._notices.unsay("write")

    def _undo_ended(self, tally: Tally) -> None:
        self._bar.showMessage(self.tr("{} given back as before").format(_were(tally.done)), _SHOWN_MS)
        if tally.failures:
            text = words.failed_undos(len(tally.failures))
            self._notices.say("undo", text, self.tr("Show why"), self.problems_asked.emit)
        elif tally.changed_since:
            text = self.tr("{} changed by another program since; only the genre was set back there.")
            self._notices.say("undo", text.format(_were(tally.changed_since)))
        else:
            self._notices.unsay("undo")


def _left(task: Task) -> str:
    """The subject of what is said of one task from the last session: no other's end is the end of it."""
    return f"left {id(task)}"


def _were(count: int) -> str:
    return words.tr("1 file was") if count == 1 else words.tr("{} files were").format(words.number(count))
