"""What the files say against what is heard, as a table of numbers of which each can be chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.look import theme, words
from app.look.rows_model import framed_table

Index = QModelIndex | QPersistentModelIndex
Cells = Mapping[tuple[str, str], tuple[int, float]]
_SHARE = Qt.ItemDataRole.UserRole
_SAME = Qt.ItemDataRole.UserRole + 1
# The fullest cell of a row is tinted so strongly; text can be read on it in both schemes.
_TINT = 0.35


def hours(number: float) -> str:
    """Write a number of hours, shortly."""
    return words.tr("{} h").format(QLocale().toString(number, "f", 1 if number < 99.95 else 0))


class MatrixModel(QAbstractTableModel):
    """A row for each genre that files say, a column for each that is heard, the commonest first."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: Cells = {}
        self.said: list[str] = []
        self.heard: list[str] = []
        self._in_row: Counter[str] = Counter()

    def show(self, cells: Cells) -> None:
        """Show other numbers: (genre in the file, genre heard) → tracks, hours."""
        self.beginResetModel()
        self._cells, self._in_row = cells, Counter()
        in_column: Counter[str] = Counter()
        for (said, heard), (tracks, _) in cells.items():
            self._in_row[said] += tracks
            in_column[heard] += tracks
        self.said = sorted(self._in_row, key=lambda genre: (-self._in_row[genre], genre))
        # What files say comes in the same order above, so that the diagonal is where both say the same.
        rest = sorted(in_column.keys() - self._in_row.keys(), key=lambda genre: (-in_column[genre], genre))
        self.heard = [genre for genre in self.said if genre in in_column] + rest
        self.endResetModel()

    def key(self, index: Index) -> tuple[str, str]:
        """The genres that a cell is about: in the file, heard."""
        return self.said[index.row()], self.heard[index.column()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.said)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.heard)

    def flags(self, index: Index) -> Qt.ItemFlag:
        there = index.isValid() and self.key(index) in self._cells
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if there else Qt.ItemFlag.NoItemFlags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.DisplayRole:
            return words.one_line((self.heard if across else self.said)[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            said = words.tr("{} is heard") if across else words.tr("The files say {}")
            return words.plain_tooltip(said.format(words.one_line((self.heard if across else self.said)[section])))
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        said, heard = self.key(index)
        tracks, length = self._cells.get((said, heard), (0, 0.0))
        if role == _SHARE:
            return tracks / max(self._in_row[said], 1)
        if role == _SAME:
            return said == heard
        if not tracks:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{words.number(tracks)}\n{hours(length)}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            text = words.tr("The files say {said}, {heard} is heard: {tracks}, {hours}").format(
                said=words.one_line(said), heard=words.one_line(heard), tracks=words.tracks(tracks), hours=hours(length)
            )
            return words.plain_tooltip(text)
        return None


class _CellDelegate(QStyledItemDelegate):
    """Two short lines on a ground that is the stronger, the more of the row's tracks are in the cell."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, share = theme.colours(), float(index.data(_SHARE))
        ground = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        tint = QColor(c.accent if index.data(_SAME) else c.warning)
        tint.setAlphaF(_TINT * share**0.5)
        painter.fillRect(ground, tint)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(c.accent))
            painter.drawRect(ground.adjusted(0, 0, -1, -1))
            painter.drawRect(ground.adjusted(1, 1, -2, -2))
        painter.setPen(QColor(c.text))
        painter.drawText(ground, int(Qt.AlignmentFlag.AlignCenter), index.data() or "")
        painter.restore()


def matrix(model: MatrixModel) -> QTableView:
    """Make the table of these numbers."""
    table = framed_table(model, words.tr("What the files say, down; what is heard, across"))
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    table.setItemDelegate(_CellDelegate(table))
    letter, height = table.fontMetrics().averageCharWidth(), table.fontMetrics().height()
    down, across = table.verticalHeader(), table.horizontalHeader()
    down.show()
    down.setDefaultSectionSize(2 * height + theme.UNIT)
    down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    down.setHighlightSections(False)
    across.setDefaultSectionSize(14 * letter)
    across.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
    across.setTextElideMode(Qt.TextElideMode.ElideRight)
    return table
