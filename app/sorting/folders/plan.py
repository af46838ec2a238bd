"""The second page: every file with where it is and where it goes, what stays and why, and what follows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.rows_model import RowsModel, framed_table
from app.look.widgets import label
from genre_tagger.sorting.folders.plan import FolderPlan

_ALL, _RENAMED, _ALONG, _LISTS, _GOES, _STAYS = "all", "renamed", "along", "lists", "goes", "stays"


class Line(NamedTuple):
    """A row: where something is, where it goes or what becomes of it, why, and among which rows it is shown."""

    here: str
    there: str
    why: str
    kind: str


def lines(plan: FolderPlan) -> Iterator[Line]:
    """Say of each file where it goes, what stays, which lists follow and which folders go; what stays comes first."""
    for failure in plan.failures:
        yield Line(_short(failure.path, plan), words.tr("stays"), words.one_line(failure.reason), _STAYS)
    for move in plan.moves:
        kind = _RENAMED if move.why else _ALL if move.track is not None else _ALONG
        yield Line(_short(move.source, plan), _near(move.target, plan.root), words.one_line(move.why), kind)
    for path, count in plan.lists:
        text = words.tr("{} by their new places").format(words.files(count))
        yield Line(_short(path, plan), words.tr("names {}").format(text), "", _LISTS)
    for path in plan.emptied:
        yield Line(_short(path, plan), words.tr("goes"), words.tr("Nothing is left in this folder."), _GOES)
    for stays in plan.stays:
        yield Line(_short(stays.path, plan), words.tr("stays"), words.one_line(stays.reason), _STAYS)


def _short(path: str, plan: FolderPlan) -> str:
    """A path as one finds it: below the folder of the library that it lies in."""
    folder = next((top for top in plan.folders if path.startswith(os.path.join(top, ""))), "")
    if folder and len(plan.folders) > 1:
        folder = os.path.dirname(folder)
    return _near(path, folder)


def _near(path: str, folder: str) -> str:
    return words.printable(os.path.relpath(path, folder)) if folder else words.printable(path)


def summary(plan: FolderPlan) -> str:
    """Say what else is the case."""
    said = [
        (plan.kept, words.tr("{} in the right place already").format(words.tracks(plan.kept))),
        (len(plan.moves) - plan.tracks, words.tr("{} come along").format(words.files(len(plan.moves) - plan.tracks))),
        (len(plan.lists), words.tr("playlists and cue sheets that follow: {}").format(words.number(len(plan.lists)))),
        (len(plan.emptied), words.tr("folders that go: {}").format(words.number(len(plan.emptied)))),
        (len(plan.failures), words.tr("{} stay where they are").format(words.tracks(len(plan.failures)))),
        (plan.needed, words.tr("{} needed").format(words.size(plan.needed))),
        (plan.needed and plan.free, words.tr("{} free").format(words.size(plan.free or 0))),
    ]
    return "   ·   ".join(text for count, text in said if count)


def lacks(plan: FolderPlan) -> int:
    """Say how many bytes the drive lacks; 0 where there is room, or nobody can say."""
    return 0 if plan.free is None else max(0, plan.needed - plan.free)


class LinesModel(RowsModel[Line]):
    """From where, to where, and why."""

    def __init__(self) -> None:
        super().__init__((words.tr("From"), words.tr("To"), words.tr("Why")))

    def text(self, row: Line, column: int) -> str:
        return row[column]


class FolderPlanPage(QWidget):
    """Headline, summary and the table, of which a part can be chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self.title, self.summary = label("", "title", wrap=True), label("", wrap=True)
        self.where, self.trouble = label("", "quiet", wrap=True), label("", "warning", wrap=True)
        self.kinds, self.model = QComboBox(), LinesModel()
        self.table = framed_table(self.model, self.tr("What would be moved where"))
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
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.table.horizontalHeader()
        for number in (0, 1):
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(2, 26 * theme.UNIT)
        self.kinds.setAccessibleName(self.tr("Which of it to list"))
        self.kinds.currentIndexChanged.connect(lambda _: self._show())

    def show_plan(self, plan: FolderPlan) -> None:
        """Show what would be done."""
        self._lines = list(lines(plan))
        self.title.setText(self._headline(plan))
        self.where.setText(self.tr("Below {}").format(words.printable(plan.root)))
        self.summary.setText(summary(plan))
        self.summary.setVisible(bool(self.summary.text()))
        lacking = lacks(plan)
        text = self.tr("There is not enough room: {} more would be needed. Choose fewer tracks, or make room there.")
        self.trouble.setText(text.format(words.size(lacking)) if lacking else "")
        self.trouble.setVisible(bool(lacking))
        self._offer()

    def _headline(self, plan: FolderPlan) -> str:
        if not plan.moves:
            return self.tr("Nothing has to be moved")
        text = self.tr("{} to copy") if plan.keep else self.tr("{} to move")
        return text.format(words.tracks(plan.tracks))

    def _offer(self) -> None:
        self.kinds.clear()
        for kind, text in (
            (_ALL, self.tr("All of it ({})")), (_RENAMED, self.tr("Under another name ({})")),
            (_ALONG, self.tr("Comes along ({})")), (_LISTS, self.tr("Playlists and cue sheets ({})")),
            (_GOES, self.tr("Folders that go ({})")), (_STAYS, self.tr("Stays ({})")),
        ):  # fmt: skip
            count = sum(kind in (_ALL, line.kind) for line in self._lines)
            if count or kind == _ALL:
                self.kinds.addItem(text.format(words.number(count)), kind)

    def _show(self) -> None:
        kind = self.kinds.currentData()
        self.model.show([line for line in self._lines if kind in (_ALL, line.kind)])
