"""Choices, the plan of what would be done, and what came of it: the one window that copying and organising share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.jobs.queue import Job, Progress
from app.look import theme, words
from app.look.rows_model import Index, RowsModel, framed_table
from app.look.widgets import button, label, scrolling
from app.table.failures import FailuresModel
from genre_tagger.base.errors import FileFailure

EVERYTHING = "everything"


class Line(NamedTuple):
    """A row of a plan: the first two columns, why, and among which rows it is shown beside all."""

    first: str
    second: str
    why: str
    kind: str


class HasRoom(Protocol):
    """A plan that needs so many bytes where so many are free."""

    @property
    def needed(self) -> int: ...

    @property
    def free(self) -> int | None: ...


def lacks(plan: HasRoom) -> int:
    """Say how many bytes the target lacks; 0 where there is room, or nobody can say."""
    return 0 if plan.free is None else max(0, plan.needed - plan.free)


class LinesModel(RowsModel[Line]):
    """What becomes of which file, and why."""

    def text(self, row: Line, column: int) -> str:
        return row[column]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole:  # what the table has no room for
            return words.plain_tooltip(self.text(self.rows[index.row()], index.column()))
        return super().data(index, role)


class _Sentences(QStyledItemDelegate):
    """Cuts a sentence at its end, where the view cuts paths in the middle."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class PlanPage(QWidget):
    """Headline, summary and the lines, of which a part can be chosen; `stretched` columns take the room."""

    def __init__(self, columns: Sequence[str], name: str, stretched: Sequence[int]) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self.title, self.where = label("", "title", wrap=True), label("", "quiet", wrap=True)
        self.summary, self.trouble = label("", wrap=True), label("", "warning", wrap=True)
        self.kinds, self.model = QComboBox(), LinesModel(tuple(columns))
        self.kinds.setAccessibleName(self.tr("Which of it to list"))
        self.table = framed_table(self.model, name)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setItemDelegateForColumn(2, _Sentences(self.table))
        header = self.table.horizontalHeader()
        for section in stretched:
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        for part in (self.title, self.where, self.summary, self.trouble):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self.kinds)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self.kinds.currentIndexChanged.connect(lambda _: self._show())

    def say(self, title: str, summary: str, trouble: str, where: str = "") -> None:
        """Show these sentences; an empty one takes no room."""
        for part, text in (
            (self.title, title), (self.where, where), (self.summary, summary), (self.trouble, trouble)
        ):  # fmt: skip
            part.setText(text)
            part.setVisible(bool(text))

    def show_lines(self, lines: Sequence[Line], kinds: Sequence[tuple[str, str]]) -> None:
        """Show the lines; of the kinds, each with its words, those that there are can be chosen."""
        self._lines = [*lines]
        self.kinds.clear()
        for kind, text in kinds:
            count = sum(kind in (EVERYTHING, line.kind) for line in self._lines)
            if count or kind == EVERYTHING:
                self.kinds.addItem(text.format(words.number(count)), kind)

    def _show(self) -> None:
        kind = self.kinds.currentData()
        lines = [line for line in self._lines if kind in (EVERYTHING, line.kind)]
        self.table.setColumnHidden(2, not any(line.why for line in lines))
        self.model.show(lines)


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
        self.bar.setRange(0, at.total if at.done else 0)  # busy until the first is there
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


class PlannedDialog(QDialog):
    """The window. It can be closed while the plan is carried out, which goes on.

    Signals: plan_wished() and go_wished() when these buttons are pressed.
    """

    plan_wished = Signal()
    go_wished = Signal()

    def __init__(
        self, title: str, choices: QWidget, plan: PlanPage, is_enough: Callable[[], bool], parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._choices, self._plan, self._is_enough = scrolling(choices), plan, is_enough
        self.course = CoursePage()
        self._job: Job | None = None
        self._pages = QStackedWidget()
        self.back, self.other, self.go = button(self.tr("Back")), button(""), button("", primary=True)
        self.setWindowTitle(title)
        self._compose()
        self.back.clicked.connect(self.choose)
        self.other.clicked.connect(self._press_other)
        self.go.clicked.connect(self._press)
        self.go.setDefault(True)
        self.choose()

    def _compose(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(2 * theme.UNIT)
        for page in (self._choices, self._plan, self.course):
            self._pages.addWidget(page)
        column.addWidget(self._pages, 1)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch()
        row.addWidget(self.other)
        row.addWidget(self.go)
        column.addLayout(row)

    def choose(self) -> None:
        """Go to the choices."""
        self._pages.setCurrentWidget(self._choices)
        self.back.hide()
        self.other.setText(self.tr("Close"))
        self.go.setText(self.tr("Show the plan"))
        self.update_choice()

    def update_choice(self) -> None:
        """Follow what was chosen: a plan can be made as soon as it is enough."""
        if self._pages.currentWidget() is self._choices:
            self.go.setEnabled(self._is_enough())

    def _press(self) -> None:
        page = self._pages.currentWidget()
        if page is self._choices:
            self.plan_wished.emit()
        elif page is self._plan:
            self.go_wished.emit()
        else:
            self.choose()

    def _press_other(self) -> None:
        if self._job is not None:
            self.other.setEnabled(False)
            self._job.cancel()
        else:
            self.close()

    def begin(self, title: str, text: str) -> None:
        """Show that something goes on."""
        self._pages.setCurrentWidget(self.course)
        self.course.begin(title, text)
        self.back.hide()
        self.go.setEnabled(False)
        self.other.setText(self.tr("Stop"))

    def rest(self) -> None:
        """Know that nothing goes on any more."""
        self._job = None
        self.other.setEnabled(True)

    def present(self, text: str, *, possible: bool) -> None:
        """Show the plan, with what the button does that carries it out."""
        self._pages.setCurrentWidget(self._plan)
        self.back.show()
        self.other.setText(self.tr("Close"))
        self.go.setText(text)
        self.go.setEnabled(possible)
        self.go.setFocus()

    def settle(self, title: str, text: str, failures: Sequence[FileFailure] = ()) -> None:
        """Show what came of it."""
        self.course.end(title, text, failures)
        self.back.hide()
        self.other.setText(self.tr("Close"))
        self.go.setText(self.tr("Back to the choices"))
        self.go.setEnabled(True)
        self.other.setFocus()

    def is_busy(self) -> bool:
        """Whether a plan is made or carried out."""
        return self._job is not None
