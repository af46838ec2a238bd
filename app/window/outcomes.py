"""What follows when the library is opened and when jobs begin and end, and what is said about it.

The status bar says what went well, a bar above the table what did not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStatusBar

from app.jobs.counts import Counts
from app.jobs.stages import Helped, Opened
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally, Task, Wish
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices
from app.table.track_list import TrackList
from app.table.track_model import MANY
from app.window.commands import Commands
from genre_tagger.base.errors import FileFailure, Waiting

_SHOWN_MS = 10_000
_NAMES = 3


class Outcomes(QObject):
    """Keeps what is known of the library, its numbers and its table in step with the jobs.

    Signal: opened(selection) when the library can be used; `selection` is false when something else is about to be
    selected than what was at the end of the last session.
    """

    opened = Signal(bool)

    def __init__(
        self,
        state: LibraryState,
        work: Work,
        commands: Commands,
        tracks: TrackList,
        counts: Counts,
        reports: Reports,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._work, self._commands = state, work, commands
        self._tracks, self._counts, self._reports = tracks, counts, reports
        work.opened.connect(self._library_opened)
        work.refused.connect(lambda _: state.refuse())
        work.outcomes.connect(self._take)
        work.waiting.connect(reports.waits)
        work.helped.connect(reports.helped)
        work.finished.connect(self._finished)
        state.changed.connect(self._follow)

    def _follow(self, before: Known) -> None:
        """Have all that was heard read by other genres, where there is so much of it that each question would wait."""
        now = self._state.now
        if now.among and now.among != before.among and now.counted is not None and now.counted.total >= MANY:
            self._work.prepare()

    def _library_opened(self, opened: Opened) -> None:
        self._state.open(may_write=opened.journal_error is None)
        self._reports.opened(opened)
        self._commands.read_card()
        self._counts.count_soon()
        if self._state.now.may_write:
            self._commands.read_batches()
        for task in opened.tasks:
            self._go_on(task)
        self.opened.emit(not self._commands.add_waiting())
        if opened.unprepared:
            self._work.prepare()
        if opened.folders:
            self._work.scan(opened.folders)

    def _go_on(self, task: Task) -> None:
        """Go on with what was left when the program was closed; after a crash, ask whether to."""
        if task.goes_on:
            job = self._work.go_on(task)
            self._reports.going_on(task, job.cancel)
        else:
            self._reports.left_over(task)

    def _take(self, wish: Wish, batch: list[object]) -> None:
        if wish.reads_only:
            return
        if batch:
            self._reports.goes_on()
        if wish.brings_tracks:
            self._tracks.reload_soon()
        else:
            self._tracks.refresh(paths=[outcome.path for outcome in batch])  # type: ignore[attr-defined]
        self._counts.count_soon()

    def _finished(self, tally: Tally) -> None:
        self._reports.goes_on()
        self._reports.finished(tally)
        if not self._state.now.opened or tally.wish.reads_only:
            return
        self._tracks.reload()
        self._counts.count_soon()
        if tally.wish.changes_files:
            self._commands.read_batches()
        if tally.wish.then is not None and tally.came_to_its_end:
            tally.wish.then()


class Reports(QObject):
    """What came of the work, in words. Signal: problems_asked() when the user wants to see the list of problems."""

    problems_asked = Signal()

    def __init__(self, notices: Notices, bar: QStatusBar, commands: Commands, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self._notices, self._bar, self._work = notices, bar, work
        self._rescan = commands.rescan
        # Of a table of features, the part of the window that asks for it says how it went.
        self._endings: dict[JobKind, Callable[[Tally], None]] = {
            JobKind.OPEN: self._open_ended,
            JobKind.SCAN: self._scan_ended,
            JobKind.FORGET: self._forget_ended,
            JobKind.CLASSIFY: self._classify_ended,
            JobKind.WRITE: self._write_ended,
            JobKind.UNDO: self._undo_ended,
            JobKind.LEARN: lambda _: notices.unsay(JobKind.LEARN.value),  # the review says what became sure
        }
        self._again: dict[JobKind, Callable[[], None]] = {JobKind.SCAN: self._rescan, JobKind.CLASSIFY: work.classify}
        work.model_missing.connect(self._model_missing)

    def opened(self, opened: Opened) -> None:
        """Say what is odd about the library."""
        if opened.set_aside is not None:
            text = self.tr(
                "The library was damaged. It was kept as {}, and a new one was begun. Your music is untouched, "
                "and what was written can still be undone."
            ).format(words.printable(opened.set_aside))
            self._notices.say("library", text, self.tr("Scan again"), lambda: self._work.scan(opened.folders))
        if opened.journal_error is not None:
            text = self.tr("Writing and undoing are switched off. {}").format(opened.journal_error)
            self._notices.say("journal", text)

    def going_on(self, task: Task, cancel: Callable[[], object]) -> None:
        """Say that something from the last session goes on by itself."""
        count = words.files(task.remaining)
        if task.kind is JobKind.WRITE:
            text = self.tr("Going on with writing {}, as you agreed before Genre Tagger was closed.").format(count)
        else:
            text = self.tr("Going on with giving back {}, as you asked before Genre Tagger was closed.").format(count)
        self._notices.say(_left(task), text, self.tr("Cancel"), cancel)

    def left_over(self, task: Task) -> None:
        """Offer what the last session was interrupted in."""
        count = words.files(task.remaining)
        if task.kind is JobKind.WRITE:
            text = self.tr("The last session was interrupted. {} you had agreed to write stayed as before.")
            action = self.tr("Go on writing")
        else:
            text = self.tr("The last session was interrupted. {} still to be given back stayed as written.")
            action = self.tr("Go on giving back")
        notice = self._notices.say(_left(task), text.format(count), action, lambda: self._work.go_on(task))
        notice.close_button.clicked.connect(lambda: self._work.unfinished.drop(task))

    def _model_missing(self, reason: str) -> None:
        """Say that nothing can be classified."""
        text = self.tr("Listening is switched off. {} Everything else works; you can choose genres yourself.")
        self._notices.say("model", text.format(reason), self.tr("Try again"), self._classify_again)

    def _classify_again(self) -> None:
        self._work.classifier.retry()
        self._work.classify()

    def waits(self, waiting: Waiting) -> None:
        """Say that a job waits for a drive."""
        text = self.tr("{} It goes on by itself once the drive is back; Cancel ends it here.").format(waiting.reason)
        self._notices.say("drive", text)

    def helped(self, helped: Helped) -> None:
        """Say who listens in the place of this program."""
        names = ", ".join(map(words.printable, helped.workers[:_NAMES]))
        if len(helped.workers) > _NAMES:
            names = self.tr("{} and {} more").format(names, words.number(len(helped.workers) - _NAMES))
        text = self.tr("Other machines listen: {}. {}") if helped.workers else self.tr("No other machine listens. {1}")
        self._notices.say("cluster", text.format(names, helped.sentence).strip())

    def goes_on(self) -> None:
        """Take it away that a job waits for a drive."""
        self._notices.unsay("drive")

    def query_failed(self, reason: str) -> None:
        """Say that the library could not be read."""
        self._notices.say("query", reason)

    def finished(self, tally: Tally) -> None:
        """Say how a job went."""
        if tally.kind not in self._endings:
            return
        if tally.wish.task is not None:
            self._notices.unsay(_left(tally.wish.task))
        if tally.error is None:
            self._endings[tally.kind](tally)
        elif tally.kind in self._again:
            self._notices.say(tally.kind.value, tally.error, self.tr("Try again"), self._again[tally.kind])
        elif tally.kind is not JobKind.OPEN:  # of a library that is refused, its own page says why
            self._notices.say(tally.kind.value, tally.error)

    def _open_ended(self, tally: Tally) -> None:
        if tally.done or tally.failures:
            text = self.tr("The last session ended in the middle of writing. {} put in order again.")
            self._notices.say("settled", text.format(_were(tally.done)))

    def _scan_ended(self, tally: Tally) -> None:
        self._refused([failure for failure in tally.failures if failure.stage == "add"])
        if tally.cancelled:
            text = self.tr("Scanning was stopped. What was found so far is kept.")
            self._notices.say(JobKind.SCAN.value, text, self.tr("Scan again"), self._rescan)
            return
        self._notices.unsay(JobKind.SCAN.value)
        if tally.done:
            text = self.tr("{} new or changed").format(words.tracks(tally.done))
            hidden = sum(failure.stage == "hidden" for failure in tally.failures)
            if hidden:
                text = self.tr("{}; hidden files and folders passed over: {}").format(text, words.number(hidden))
            self._bar.showMessage(text, _SHOWN_MS)

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
        self._notices.unsay(JobKind.FORGET.value)

    def _classify_ended(self, tally: Tally) -> None:
        self._notices.unsay("cluster")
        if tally.cancelled:
            text = self.tr("Listening was stopped. What was found so far is kept.")
            self._notices.say(JobKind.CLASSIFY.value, text, self.tr("Go on"), self._work.classify)
        else:
            self._notices.unsay(JobKind.CLASSIFY.value)

    def _write_ended(self, tally: Tally) -> None:
        self._bar.showMessage(self.tr("{} written").format(_were(tally.done)), _SHOWN_MS)
        if tally.failures:
            text = words.failed_writes(len(tally.failures))
            self._notices.say(JobKind.WRITE.value, text, self.tr("Show why"), self.problems_asked.emit)
        elif tally.cancelled:
            text = self.tr("Writing was stopped. The files not reached are as they were.")
            self._notices.say(JobKind.WRITE.value, text)
        elif tally.lacking:
            text = self.tr("{} written with the genre alone, without the other words. {}")
            why = Counter(tally.lacking).most_common(1)[0][0]
            self._notices.say(JobKind.WRITE.value, text.format(_were(len(tally.lacking)), why))
        else:
            self._notices.unsay(JobKind.WRITE.value)

    def _undo_ended(self, tally: Tally) -> None:
        self._bar.showMessage(self.tr("{} given back as before").format(_were(tally.done)), _SHOWN_MS)
        if tally.failures:
            text = words.failed_undos(len(tally.failures))
            self._notices.say(JobKind.UNDO.value, text, self.tr("Show why"), self.problems_asked.emit)
        elif tally.changed_since:
            text = self.tr("{} changed by another program since; only the genre was set back there.")
            self._notices.say(JobKind.UNDO.value, text.format(_were(tally.changed_since)))
        else:
            self._notices.unsay(JobKind.UNDO.value)


def _left(task: Task) -> str:
    """The subject of what is said of one task from the last session: no other's end is the end of it."""
    return f"left {id(task)}"


def _were(count: int) -> str:
    return words.tr("1 file was") if count == 1 else words.tr("{} files were").format(words.number(count))
