"""The second page of a copy: all that it would do, before it does anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.rows_model import RowsModel, framed_table
from app.look.widgets import label
from genre_tagger.sorting.plan import Action, Plan

_EVERYTHING, _RENAMED, _DELETED, _FAILED = "everything", "renamed", "deleted", "failed"


class Line(NamedTuple):
    """A row of the plan: what becomes of a file, where it is or will be, why, and in which lists it is shown."""

    what: str
    path: str
    why: str
    kind: str


def lines(plan: Plan) -> Iterator[Line]:
    """Say of each file what will be done; of those that stay as they are, nothing."""
    said = {
        Action.COPY: words.tr("Copy"), Action.REPLACE: words.tr("Replace"), Action.MOVE: words.tr("Rename there"),
        Action.ADOPT: words.tr("Is there"),
    }  # fmt: skip
    for failure in plan.failures:
        yield Line(words.tr("Leave out"), words.printable(failure.path), words.one_line(failure.reason), _FAILED)
    for name in plan.deletes:
        yield Line(words.tr("Delete there"), words.printable(name), "", _DELETED)
    for step in plan.steps:
        if step.action is not Action.KEEP:
            before = words.tr("It is called {} there now.").format(words.printable(step.old)) if step.old else ""
            kind = _RENAMED if step.why else _EVERYTHING
            yield Line(said[step.action], words.printable(step.path), words.one_line(step.why) or before, kind)


def headline(plan: Plan) -> str:
    """Say how much is copied."""
    copies = plan.count(Action.COPY, Action.REPLACE)
    if not copies:
        return words.tr("Nothing has to be copied")
    return words.tr("{} to copy, {}").format(words.files(copies), words.size(plan.size))


def summary(plan: Plan, pace: float) -> str:
    """Say what else is done, what is free, and how long it takes if it goes as fast as the last time (bytes a s)."""
    parts = [
        words.tr("{} there already").format(words.files(plan.count(Action.KEEP, Action.ADOPT))),
        *_some(words.tr("{} renamed there"), plan.count(Action.MOVE)),
        *_some(words.tr("{} under another name than the pattern's"), sum(bool(step.why) for step in plan.steps)),
        *_some(words.tr("{} deleted there"), len(plan.deletes)),
        *_some(words.tr("{} there that are not wanted any more and stay"), len(plan.unwanted)),
        *_some(words.tr("{} left out"), len(plan.failures)),
    ]
    if plan.free is not None:
        parts.append(words.tr("{} free").format(words.size(plan.free)))
    if pace and plan.size:
        minutes = max(1, round(plan.size / pace / 60))
        parts.append(words.tr("about {} at the pace of the last time").format(_minutes(minutes)))
    return "   ·   ".join(parts)


def _some(text: str, count: int) -> list[str]:
    return [text.format(words.files(count))] if count else []


def _minutes(count: int) -> str:
    return words.tr("a minute") if count == 1 else words.tr("{} minutes").format(words.number(count))


def lacks(plan: Plan) -> int:
    """Say how many bytes the target lacks; 0 where there is room, or nobody can say."""
    return 0 if plan.free is None else max(0, plan.needed - plan.free)


class LinesModel(RowsModel[Line]):
    """What becomes of which file, and why."""

    def __init__(self) -> None:
        super().__init__((words.tr("What"), words.tr("File there"), words.tr("Why")))

    def text(self, row: Line, column: int) -> str:
        return row[column]


class PlanPage(QWidget):
    """Headline, summary and the list, of which a part can be chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self.title, self.summary = label("", "title", wrap=True), label("", wrap=True)
        self.trouble = label("", "warning", wrap=True)
        self.kinds, self.model = QComboBox(), LinesModel()
        self.table = framed_table(self.model, self.tr("What would be done"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        for part in (self.title, self.summary, self.trouble):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self.kinds)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self._set_up()
        self.kinds.currentIndexChanged.connect(lambda _: self._show())

    def _set_up(self) -> None:
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(0, 14 * theme.UNIT)
        header.resizeSection(2, 30 * theme.UNIT)
        self.kinds.setAccessibleName(self.tr("Which of it to list"))

    def show_plan(self, plan: Plan, pace: float) -> None:
        """Show what would be done."""
        self._lines = list(lines(plan))
        self.title.setText(headline(plan))
        self.summary.setText(summary(plan, pace))
        lacking = lacks(plan)
        text = self.tr("There is not enough room: {} more would be needed. Choose less music, or make room there.")
        self.trouble.setText(text.format(words.size(lacking)) if lacking else "")
        self.trouble.setVisible(bool(lacking))
        self._offer()

    def _offer(self) -> None:
        self.kinds.clear()
        for kind, text in (
            (_EVERYTHING, self.tr("All that changes ({})")), (_RENAMED, self.tr("Under another name ({})")),
            (_DELETED, self.tr("Deleted there ({})")), (_FAILED, self.tr("Left out ({})")),
        ):  # fmt: skip
            count = sum(kind in (_EVERYTHING, line.kind) for line in self._lines)
            if count or kind == _EVERYTHING:
                self.kinds.addItem(text.format(words.number(count)), kind)

    def _show(self) -> None:
        kind = self.kinds.currentData()
        self.model.show([line for line in self._lines if kind in (_EVERYTHING, line.kind)])
