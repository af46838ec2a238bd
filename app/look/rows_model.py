"""The model of a short table that is only read: columns with headings, without sorting and editing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
_T = TypeVar("_T")


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
