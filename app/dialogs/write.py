"""The question before files are written: every change, old → new, and how it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.rows_model import RowsModel, framed_table
from app.look.widgets import TickBox, button, label
from genre_tagger.files.values import GENRE
from genre_tagger.review.policy import Proposal

_COUNTED = 8


class ChangesModel(RowsModel[Proposal]):
    """The changes that are about to be made: file, what it has, what it will have, and what comes into other fields."""

    def __init__(self, proposals: Sequence[Proposal]) -> None:
        heads = (words.tr("File"), words.tr("In the file"), words.tr("After Write"))
        into = {proposal.into for proposal in proposals if _goes_along(proposal)}
        super().__init__((*heads, *map(field_name, sorted(into))), proposals)

    def text(self, row: Proposal, column: int) -> str:
        if column == 0:
            return words.printable(row.path.rpartition("/")[2])
        if column > 2:
            return words.tr("+ {}").format(words.genres(row.besides)) if _goes_along(row) else ""
        return words.genres(row.old if column == 1 else row.new)


def field_name(field: str) -> str:
    """Name a field beside the genre."""
    return words.tr("Mood") if field == "mood" else words.tr("Grouping")


def _goes_along(proposal: Proposal) -> bool:
    return bool(proposal.besides) and proposal.into != GENRE


class WriteDialog(QDialog):
    """Asks once, calmly; `keep_mtime` tells what the box says."""

    def __init__(self, proposals: Sequence[Proposal], keep_mtime: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Write genres"))
        more = any(map(_goes_along, proposals))
        self.resize((100 if more else 85) * theme.UNIT, 62 * theme.UNIT)
        count = words.files(len(proposals))
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self._title(proposals).format(count), "title"))
        promise = self.tr(
            "Each file is copied, changed, checked and only then put in place. The sound stays as it is, byte for "
            "byte. You can undo this whenever you like, also after a restart."
        )
        column.addWidget(label(promise, "quiet", wrap=True))
        column.addSpacing(theme.UNIT)
        column.addWidget(label(summary(proposals), wrap=True))
        column.addWidget(self._table(proposals), 1)
        self._box = TickBox(self.tr("&Keep the date of the files (players and backups may then miss the change)"))
        self._box.setChecked(keep_mtime)
        column.addWidget(self._box)
        column.addSpacing(theme.UNIT)
        column.addLayout(self._buttons(count))

    def _title(self, proposals: Sequence[Proposal]) -> str:
        fields = {proposal.field for proposal in proposals}
        if "mood" in fields:
            return self.tr("Write moods into {}")
        return self.tr("Write groupings into {}") if "grouping" in fields else self.tr("Write genres into {}")

    @property
    def keep_mtime(self) -> bool:
        """Whether the files keep their modification time."""
        return self._box.isChecked()

    def _table(self, proposals: Sequence[Proposal]) -> QTableView:
        table = framed_table(ChangesModel(proposals), self.tr("The changes"))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, 18 * theme.UNIT)
        for section in range(2, header.count()):
            header.resizeSection(section, 22 * theme.UNIT)
        return table

    def _buttons(self, count: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.write_button = button(self.tr("Write {}").format(count), primary=True)
        self.write_button.setDefault(True)
        self.write_button.clicked.connect(self.accept)
        self.write_button.setFocus()
        row.addWidget(cancel)
        row.addWidget(self.write_button)
        return row


def summary(proposals: Sequence[Proposal]) -> str:
    """Say how many files get which genres, most first."""
    counted = Counter(genre for proposal in proposals for genre in proposal.new if genre not in proposal.old)
    counted.update(word for proposal in proposals if _goes_along(proposal) for word in proposal.besides)
    parts = [f"{words.one_line(genre)} {words.number(n)}" for genre, n in counted.most_common(_COUNTED)]
    rest = len(counted) - _COUNTED
    return "   ·   ".join([*parts, *([words.tr("{} more").format(rest)] if rest > 0 else [])])
