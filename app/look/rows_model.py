"""Short tables that are only read: the model of their rows, and the table as dialogs show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView

Index = QModelIndex | QPersistentModelIndex
_T = TypeVar("_T")
_Table = TypeVar("_Table", bound=QTableView)


class RowsModel(QAbstractTableModel, Generic[_T]):
    """Derived classes say the text of a cell in `text`."""

    def __init__(self, heads: Sequence[str], rows: Sequence[_T] = ()) -> None:
        super().__init__()
        self.rows = list(rows)
        self._heads = tuple(heads)

    def show(self, rows: Sequence[_T]) -> None:
        """Show these rows."""
        if list(rows) == self.rows:
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def text(self, row: _T, column: int) -> str:
        """Say what a cell shows."""
        return str(row)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self.text(self.rows[index.row()], index.column()) if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        # What comes of it, if anything, is the view's to say.
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled


def framed_table(model: QAbstractItemModel, name: str = "") -> QTableView:
    """Make the table that shows such rows in a dialog, to which the model belongs from now on; `name` is read out."""
    return framed(QTableView(), model, name)


def framed(table: _Table, model: QAbstractItemModel, name: str = "") -> _Table:
    """Have a table show such rows, to which the model belongs from now on; `name` is read out."""
    table.setObjectName("framed")
    table.setAccessibleName(name)
    table.setModel(model)
    model.setParent(table)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 12)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.horizontalHeader().setHighlightSections(False)
    return table
