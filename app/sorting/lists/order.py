"""Tracks in an order that a person makes by hand: dragged, moved with the keyboard, taken out, and saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.widgets import TickBox, button, fit, label

_TRACK, _LENGTH = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class Entry(NamedTuple):
    """A track: its id, what is shown of it, and its length in seconds."""

    track: int
    text: str
    length: float


class OrderDialog(QDialog):
    """Signals: save_asked(track ids in their order, whether they are named from the root of the drive);
    minutes_asked(int), of a radio, which gets other tracks then.
    """

    save_asked = Signal(list, bool)
    minutes_asked = Signal(int)

    def __init__(self, title: str, promise: str, minutes: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        fit(self, 76 * theme.UNIT, 70 * theme.UNIT)
        self.rows, self.total = QListWidget(), label("", "quiet")
        self.minutes = QSpinBox(self)
        self.minutes.setVisible(bool(minutes))
        self.up, self.down, self.out = button(self.tr("&Up")), button(self.tr("&Down")), button(self.tr("&Take out"))
        self.from_root = TickBox(self.tr("Name files from the &root of the drive"))
        self.from_root.setToolTip(self.tr("For players that find the playlist but not the music: /Music/Jazz/…"))
        self.save = button(self.tr("Save…"), primary=True)
        self._compose(promise, minutes)
        self._connect()
        self._update()

    def _compose(self, promise: str, minutes: int) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(promise, "quiet", wrap=True))
        self.minutes.setRange(5, 24 * 60)
        self.minutes.setSuffix(self.tr(" minutes"))
        self.minutes.setValue(minutes)
        self.minutes.lineEdit().setTextMargins(theme.UNIT, 0, 0, 0)
        self.minutes.setAccessibleName(self.tr("How long it is to be"))
        column.addWidget(self.minutes, 0, Qt.AlignmentFlag.AlignLeft)
        self.rows.setObjectName("framed")
        self.rows.setAccessibleName(self.tr("Tracks in their order"))
        self.rows.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        column.addWidget(self.rows, 1)
        column.addWidget(self.total)
        column.addWidget(self.from_root)
        row = QHBoxLayout()
        for part in (self.up, self.down, self.out):
            part.setAutoDefault(False)
            row.addWidget(part)
        row.addStretch()
        close = button(self.tr("Close"))
        close.clicked.connect(self.close)
        row.addWidget(close)
        row.addWidget(self.save)
        column.addLayout(row)

    def _connect(self) -> None:
        for part, keys, act in (
            (self.up, "Alt+Up", lambda: self._move(-1)), (self.down, "Alt+Down", lambda: self._move(1)),
            (self.out, "Delete", self._take_out),
        ):  # fmt: skip
            part.clicked.connect(act)
            QShortcut(QKeySequence(keys), self, act)
            part.setToolTip(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText))
        self.rows.itemSelectionChanged.connect(self._update)
        self.minutes.editingFinished.connect(lambda: self.minutes_asked.emit(self.minutes.value()))
        self.save.clicked.connect(lambda: self.save_asked.emit(self.order(), self.from_root.isChecked()))

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these, in place of what is shown."""
        self.rows.clear()
        for entry in entries:
            item = QListWidgetItem(f"{entry.text}   {words.length(entry.length)}", self.rows)
            item.setData(_TRACK, entry.track)
            item.setData(_LENGTH, entry.length)
        if entries:
            self.rows.setCurrentRow(0)
        self._update()

    def order(self) -> list[int]:
        """Give the tracks in their order."""
        return [self.rows.item(row).data(_TRACK) for row in range(self.rows.count())]

    def _chosen(self) -> list[int]:
        return sorted(self.rows.row(item) for item in self.rows.selectedItems())

    def _move(self, step: int) -> None:
        """Move what is selected by one place, as far as there is room."""
        chosen = self._chosen()
        if not chosen or not 0 <= (chosen[0] if step < 0 else chosen[-1]) + step < self.rows.count():
            return
        for row in chosen if step < 0 else reversed(chosen):
            self.rows.insertItem(row + step, self.rows.takeItem(row))
        self.rows.clearSelection()
        for row in chosen:
            self.rows.item(row + step).setSelected(True)
        self.rows.setCurrentRow(chosen[0] + step, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _take_out(self) -> None:
        chosen = self._chosen()
        for row in reversed(chosen):
            self.rows.takeItem(row)
        if chosen and self.rows.count():
            self.rows.setCurrentRow(min(chosen[0], self.rows.count() - 1))
        self._update()

    def _update(self) -> None:
        count = self.rows.count()
        seconds = sum(self.rows.item(row).data(_LENGTH) for row in range(count))
        self.total.setText(f"{words.tracks(count)}   ·   {words.length(seconds)}")
        self.save.setEnabled(count > 0)
        for part in (self.up, self.down, self.out):
            part.setEnabled(bool(self.rows.selectedItems()))
