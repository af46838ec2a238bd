"""Copy to phone, stick, car: choices, the plan of what would be done, and what came of it; one window for all three."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.jobs.copying import Copying, Memory, Remembered
from app.jobs.queries import Queries
from app.jobs.queue import Job, Progress
from app.jobs.state import LibraryState
from app.jobs.wishes import Tally
from app.jobs.work import Work
from app.look import theme, words
from app.look.widgets import button, label
from app.sorting.copies.choices import CopyChoices, Stock
from app.sorting.copies.drives import Drive, drives, free
from app.sorting.copies.plan import PlanPage, lacks
from app.table.failures import FailuresModel
from genre_tagger.base.errors import FileFailure
from genre_tagger.sorting.plan import Action


class CoursePage(QWidget):
    """How far it is, and what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = label("", "title", wrap=True), label("", wrap=True)
        self.bar, self.model, self.table = QProgressBar(), FailuresModel(), QTableView()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.table.setObjectName("framed")
        self.table.setAccessibleName(self.tr("What was not done"))
        self.table.setModel(self.model)
        self.table.setColumnHidden(1, True)
        self.table.setColumnWidth(0, 30 * theme.UNIT)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setStretchLastSection(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        for part in (self.title, self.text, self.bar, self.table):
            column.addWidget(part, int(part is self.table))
        column.addStretch()

    def begin(self, title: str, text: str) -> None:
        """Show that something goes on."""
        self.title.setText(title)
        self.text.setText(text)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.table.hide()

    def advance(self, at: Progress, size: int | None = None) -> None:
        """Show how far it is, in files, and in bytes where `size` says how many."""
        if not at.total:
            return
        self.bar.setRange(0, at.total)
        self.bar.setValue(min(at.done, at.total))
        text = self.tr("{} of {}").format(words.number(at.done), words.files(at.total))
        if size is not None:
            text = f"{text}, {words.size(size)}"
        if at.seconds_left is not None:
            text = f"{text}   ·   {words.time_left(at.seconds_left)}"
        self.text.setText(text)

    def end(self, title: str, text: str, failures: Sequence[FileFailure] = ()) -> None:
        """Show what came of it."""
        self.title.setText(title)
        self.text.setText(text)
        self.bar.hide()
        self.model.show(failures)
        self.table.setVisible(bool(failures))


class CopyDialog(QDialog):
    """It can be closed while it copies, which goes on. Signal: ended(Copying, Tally) when a copy has ended."""

    ended = Signal(object, object)

    def __init__(
        self,
        stock: Stock,
        queries: Queries,
        work: Work,
        state: LibraryState,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._queries, self._work, self._state, self._memory = queries, work, state, memory
        self.copying: Copying | None = None
        self._job: Job | None = None
        self.choices, self.plan, self.course = CopyChoices(stock), PlanPage(), CoursePage()
        self._pages = QStackedWidget()
        self.back, self.other, self.go = button(self.tr("Back")), button(""), button("", primary=True)
        self._compose()
        self._show_choices()
        queries.run(lambda _: (memory.recall(), drives()), lambda found: self._offer(*found), key="targets")

    def _compose(self) -> None:
        self.setWindowTitle(self.tr("Copy to phone, stick, car"))
        self.resize(96 * theme.UNIT, 78 * theme.UNIT)
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
        self.choices.target_changed.connect(self._ask_for_room)

    # --- choosing ------------------------------------------------------------------------------------

    def _offer(self, remembered: list[Remembered], plugged: list[Drive]) -> None:
        self.choices.offer_targets(remembered, plugged)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where the copies go"))
        if folder:
            self.choices.show_target(folder)

    def _ask_for_room(self, target: str) -> None:
        self.choices.show_room(None)
        if os.path.isabs(target):
            self._queries.run(lambda _: free(target), self.choices.show_room, key="room")

    def _show_choices(self) -> None:
        self._pages.setCurrentWidget(self.choices)
        self.back.hide()
        self.other.setText(self.tr("Close"))
        self.go.setText(self.tr("Show the plan"))
        self._update()

    def _update(self) -> None:
        if self._pages.currentWidget() is self.choices:
            self.go.setEnabled(self.choices.is_enough())

    def _press(self) -> None:
        page = self._pages.currentWidget()
        if page is self.choices:
            self.find_out()
        elif page is self.plan:
            self.copy()
        else:
            self._show_choices()

    def _press_other(self) -> None:
        if self._job is not None:
            self.other.setEnabled(False)
            self._job.cancel()
        else:
            self.close()

    # --- planning and copying ------------------------------------------------------------------------

    def find_out(self) -> None:
        """Make the plan of what is chosen."""
        self.copying = Copying(self.choices.wish(), self._state.now.policy, self._memory)
        self._begin(self.tr("Looking what is there…"), self.tr("Nothing is changed yet, neither here nor there."))
        self._job = self._work.plan_copy(self.copying, self._planned)

    def _begin(self, title: str, text: str) -> None:
        self._pages.setCurrentWidget(self.course)
        self.course.begin(title, text)
        self.back.hide()
        self.go.setEnabled(False)
        self.other.setText(self.tr("Stop"))

    def _planned(self, tally: Tally) -> None:
        self._job = None
        self.other.setEnabled(True)
        plan = self.copying.plan if self.copying is not None else None
        if tally.error is not None or plan is None or self.copying is None:
            title = self.tr("Stopped") if tally.error is None else self.tr("Nothing can be copied there")
            self._settle(title, words.one_line(tally.error or self.tr("Nothing was changed.")))
            return
        self._pages.setCurrentWidget(self.plan)
        self.plan.show_plan(plan, self.copying.pace)
        self.back.show()
        self.other.setText(self.tr("Close"))
        copies = plan.count(Action.COPY, Action.REPLACE)
        self.go.setText(self.tr("Copy {}").format(words.files(copies)) if copies else self.tr("Go on"))
        self.go.setEnabled(not lacks(plan))
        self.go.setFocus()

    def copy(self) -> None:
        """Carry out the plan that is shown."""
        if self.copying is None:
            return
        text = self.tr("You may close this and go on working; what is copied is whole at every moment.")
        self._begin(self.tr("Copying to {}").format(words.printable(self.copying.wish.target)), text)
        self._job = self._work.copy(self.copying, self._copied)
        self._job.progressed.connect(self._advance)

    def _advance(self, at: Progress) -> None:
        if self.copying is not None:
            self.course.advance(at, self.copying.size)

    def _copied(self, tally: Tally) -> None:
        self._job = None
        self.other.setEnabled(True)
        copying = self.copying
        if copying is None:
            return
        copied = sum(copying.done.get(action.value, 0) for action in (Action.COPY, Action.REPLACE))
        text = self.tr("{} copied, {}.").format(words.files(copied), words.size(copying.size))
        if tally.error is not None:
            self._settle(self.tr("Copying was interrupted"), f"{text} {words.one_line(tally.error)}", tally.failures)
        elif tally.cancelled:
            more = self.tr("What is there is whole. Plan it again to go on.")
            self._settle(self.tr("Copying was stopped"), f"{text} {more}", tally.failures)
        else:
            more = self.tr("All of it was compared with what was read. The drive can be taken out once it is ejected.")
            notes = [*tally.failures, *copying.notes]
            self._settle(self.tr("Done"), f"{text} {more}", notes)
        self.ended.emit(copying, tally)

    def _settle(self, title: str, text: str, failures: Sequence[FileFailure] = ()) -> None:
        self.course.end(title, text, failures)
        self.back.hide()
        self.other.setText(self.tr("Close"))
        self.go.setText(self.tr("Back to the choices"))
        self.go.setEnabled(True)
        self.other.setFocus()

    def is_busy(self) -> bool:
        """Whether a plan is made or a copy goes on."""
        return self._job is not None

    def closeEvent(self, event: QCloseEvent) -> None:
        self._queries.drop("targets")
        self._queries.drop("room")
        super().closeEvent(event)
