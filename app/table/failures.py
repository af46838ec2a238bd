"""The page of problems: every file something went wrong with, why, and another try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.rows_model import Index, RowsModel
from app.look.widgets import button, label
from genre_tagger.base.errors import FileFailure


class FailuresModel(RowsModel[FileFailure]):
    """File, what it was being done to it, and what went wrong."""

    def __init__(self) -> None:
        super().__init__((words.tr("File"), words.tr("While"), words.tr("What happened")))
        self._stages = {
            "scan": self.tr("Scanning"),
            "classify": self.tr("Listening"),
            "write": self.tr("Writing"),
            "undo": self.tr("Undoing"),
            "describe": self.tr("Computing features"),
            "copy": self.tr("Copying"),
            "move": self.tr("Moving"),
        }

    def text(self, row: FileFailure, column: int) -> str:
        if column == 0:
            return words.printable(row.path.rstrip("/").rpartition("/")[2])
        return self._stages.get(row.stage, "") if column == 1 else words.one_line(row.reason)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return words.plain_tooltip(words.printable(self.rows[index.row()].path))
        return super().data(index, role)


class FailuresView(QWidget):
    """Signal: retry_asked(list of FileFailure)."""

    retry_asked = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = FailuresModel()
        self._failures: Sequence[FileFailure] = ()
        self._typed, self._built = "", False

    def build(self) -> None:
        """Make what is on it, once; to be called before it is shown."""
        if self._built:
            return
        self._built = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self._table(), 1)
        self.table.selectionModel().selectionChanged.connect(self._update)
        self._update()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(2 * theme.UNIT, theme.UNIT, 2 * theme.UNIT, theme.UNIT)
        row.setSpacing(theme.UNIT)
        self.summary = label("", "quiet", wrap=True)
        self.retry = button(self.tr("Retry"))
        self.retry.setToolTip(self.tr("Try the selected files again"))
        self.retry.clicked.connect(lambda: self.retry_asked.emit(self.selected()))
        self.retry_all = button(self.tr("Retry all"))
        self.retry_all.clicked.connect(lambda: self.retry_asked.emit(list(self.model.rows)))
        row.addWidget(self.summary, 1)
        row.addWidget(self.retry)
        row.addWidget(self.retry_all)
        return row

    def _table(self) -> QTableView:
        self.table = QTableView()
        self.table.setObjectName("plain")
        self.setFocusProxy(self.table)
        self.table.setAccessibleName(self.tr("Problems"))
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 2 * theme.UNIT)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.resizeSection(0, 30 * theme.UNIT)
        header.resizeSection(1, 12 * theme.UNIT)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        return self.table

    def show_failures(self, failures: Sequence[FileFailure]) -> None:
        """Show these, as far as they match what is searched for."""
        from genre_tagger.library.storing import fold  # with SQLite, which is not loaded before the window is seen

        self._failures = failures
        wanted = fold(self._typed).split()
        self.model.show([one for one in failures if all(word in fold(f"{one.path} {one.reason}") for word in wanted)])
        self._update()

    def search(self, typed: str) -> None:
        """Show only failures with all these words in their path or reason."""
        if typed != self._typed:
            self._typed = typed
            self.show_failures(self._failures)

    def selected(self) -> list[FileFailure]:
        """List the failures of the selected rows."""
        return [self.model.rows[index.row()] for index in self.table.selectionModel().selectedRows()]

    def _update(self) -> None:
        if not self._built:
            return
        count, total = len(self.model.rows), len(self._failures)
        if count != total:
            text = self.tr("{} of {} match “{}”. All were left as they are.")
            text = text.format(words.number(count), words.files(total), words.one_line(self._typed))
        elif count:
            text = self.tr("{} could not be handled. They were left as they are.").format(words.files(count))
        else:
            text = self.tr("No problems. Every file could be handled.")
        self.summary.setText(text)
        self.retry.setEnabled(bool(self.table.selectionModel().selectedRows()))
        self.retry_all.setEnabled(count > 0)
