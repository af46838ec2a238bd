"""Into genre folders: choices, the plan as a table, and what came of it; one window for all three."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.jobs.organising import Organising
from app.jobs.queue import Job, Progress
from app.jobs.state import LibraryState
from app.jobs.wishes import Tally
from app.jobs.work import Work
from app.look import theme, words
from app.look.widgets import button
from app.sorting.copies.choices import Stock
from app.sorting.copies.dialog import CoursePage
from app.sorting.folders.choices import FolderChoices
from app.sorting.folders.plan import FolderPlanPage, lacks
from genre_tagger.base.errors import FileFailure


class FolderDialog(QDialog):
    """It can be closed while files are moved, which goes on. Signal: ended(Organising, Tally) when that has ended."""

    ended = Signal(object, object)

    def __init__(self, stock: Stock, work: Work, state: LibraryState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work, self._state = work, state
        self.organising: Organising | None = None
        self._job: Job | None = None
        self.choices, self.plan, self.course = FolderChoices(stock), FolderPlanPage(), CoursePage()
        self._pages = QStackedWidget()
        self.back, self.other, self.go = button(self.tr("Back")), button(""), button("", primary=True)
        self._compose()
        self._show_choices()

    def _compose(self) -> None:
        self.setWindowTitle(self.tr("Into genre folders"))
        self.resize(110 * theme.UNIT, 70 * theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(2 * theme.UNIT)
        for page in (self.choices, self.plan, self.course):
            self._pages.addWidget(page)
        column.addWidget(self._pages, 1)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch()
        row.addWidget(self.other)
        row.addWidget(self.go)
        column.addLayout(row)
        self.back.clicked.connect(self._show_choices)
        self.other.clicked.connect(self._press_other)
        self.go.clicked.connect(self._press)
        self.go.setDefault(True)
        self.choices.changed.connect(self._update)
        self.choices.browse_asked.connect(self._browse)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Below which folder"))
        if folder:
            self.choices.show_root(folder)

    def _show_choices(self) -> None:
        self._pages.setCurrentWidget(self.choices)
        self.back.hide()
        self.other.setText(self.tr("Close"))
        self.go.setText(self.tr("Show the plan"))
        self.go.show()
        self._update()

    def _update(self) -> None:
        if self._pages.currentWidget() is self.choices:
            self.go.setEnabled(self.choices.is_enough() and self._state.now.can_write)

    def _press(self) -> None:
        page = self._pages.currentWidget()
        if page is self.choices:
            self.find_out()
        elif page is self.plan:
            self.organise()
        else:
            self._show_choices()

    def _press_other(self) -> None:
        if self._job is not None:
            self.other.setEnabled(False)
            self._job.cancel()
        else:
            self.close()

    # --- planning and moving -------------------------------------------------------------------------

    def find_out(self) -> None:
        """Make the plan of what is chosen."""
        self.organising = Organising(self.choices.wish(), self._state.now.policy)
        self._begin(self.tr("Looking what is where…"), self.tr("Nothing is changed yet."))
        self._job = self._work.plan_folders(self.organising, self._planned)

    def _begin(self, title: str, text: str) -> None:
        self._pages.setCurrentWidget(self.course)
        self.course.begin(title, text)
        self.back.hide()
        self.go.setEnabled(False)
        self.other.setText(self.tr("Stop"))

    def _planned(self, tally: Tally) -> None:
        self._job = None
        self.other.setEnabled(True)
        plan = self.organising.plan if self.organising is not None else None
        if tally.error is not None or plan is None:
            title = self.tr("Stopped") if tally.error is None else self.tr("Nothing can be put there")
            self._settle(title, words.one_line(tally.error or self.tr("Nothing was changed.")))
            return
        self._pages.setCurrentWidget(self.plan)
        self.plan.show_plan(plan)
        self.back.show()
        self.other.setText(self.tr("Close"))
        text = self.tr("Copy {}") if plan.keep else self.tr("Move {}")
        self.go.setText(text.format(words.files(len(plan.moves))))
        self.go.setEnabled(bool(plan.moves) and not lacks(plan))
        self.go.setFocus()

    def organise(self) -> None:
        """Carry out the plan that is shown."""
        if self.organising is None:
            return
        text = self.tr("You may close this and go on working; every file is whole at every moment.")
        self._begin(self.tr("Putting files into folders"), text)
        self._job = self._work.organise(self.organising, self._done)
        self._job.progressed.connect(self._advance)

    def _advance(self, at: Progress) -> None:
        self.course.advance(at)

    def _done(self, tally: Tally) -> None:
        self._job = None
        self.other.setEnabled(True)
        organising = self.organising
        if organising is None:
            return
        text = self.tr("{} copied.") if organising.wish.keep else self.tr("{} moved.")
        text = text.format(words.files(organising.files))
        if organising.lists:
            text = self.tr("{} {} playlists and cue sheets follow.").format(text, words.number(len(organising.lists)))
        back = self.tr("History (Ctrl+H) brings everything back.") if organising.files else ""
        if tally.error is not None:
            self._settle(self.tr("It was interrupted"), f"{text} {words.one_line(tally.error)}", tally.failures)
        elif tally.cancelled:
            more = self.tr("The others are where they were.")
            self._settle(self.tr("It was stopped"), f"{text} {more} {back}", tally.failures)
        else:
            self._settle(self.tr("Done"), f"{text} {back}", tally.failures)
        self.ended.emit(organising, tally)

    def _settle(self, title: str, text: str, failures: Sequence[FileFailure] = ()) -> None:
        self.course.end(title, text, failures)
        self.back.hide()
        self.other.setText(self.tr("Close"))
        self.go.setText(self.tr("Back to the choices"))
        self.go.setEnabled(True)
        self.other.setFocus()

    def is_busy(self) -> bool:
        """Whether a plan is made or files are moved."""
        return self._job is not None
