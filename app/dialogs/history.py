"""Every write and every move there was, and a way back from each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import button, label
from genre_tagger.writing.journal import Batch


class HistoryDialog(QDialog):
    """The batches, newest first. Signal: undo_asked(Batch)."""

    undo_asked = Signal(object)

    def __init__(self, batches: Sequence[Batch], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("History"))
        self.resize(70 * theme.UNIT, 55 * theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("What was written and moved"), "title"))
        text = self.tr(
            "Undoing gives the files back as they were before, byte for byte, and where they were before. "
            "Where a file was written or moved more than once, undo the newest first."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        self._scroll = QScrollArea()
        self._scroll.setObjectName("framed")
        self._scroll.setWidgetResizable(True)
        column.addWidget(self._scroll, 1)
        row = QHBoxLayout()
        row.addStretch()
        close = button(self.tr("Close"))
        close.clicked.connect(self.accept)
        row.addWidget(close)
        column.addLayout(row)
        self.show_batches(batches)

    def show_batches(self, batches: Sequence[Batch]) -> None:
        """Show these; the newest on top."""
        sheet = QWidget()
        sheet.setObjectName("page")
        rows = QVBoxLayout(sheet)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for batch in sorted(batches, key=lambda batch: batch.started, reverse=True):
            rows.addWidget(self._batch(batch))
        if not batches:
            nothing = label(self.tr("Nothing has been written yet."), "quiet")
            nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
            rows.addWidget(nothing, 1)
        rows.addStretch()
        self._scroll.setWidget(sheet)

    def _batch(self, batch: Batch) -> QFrame:
        frame = QFrame()
        frame.setObjectName("row")
        row = QHBoxLayout(frame)
        row.setContentsMargins(2 * theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(label(when(batch.started)))
        texts.addWidget(label(state(batch), "quiet"))
        row.addLayout(texts, 1)
        if batch.undone < batch.files:
            undo = button(self.tr("Undo this"))
            undo.setAccessibleName(self.tr("Undo the write of {}").format(when(batch.started)))
            undo.clicked.connect(lambda: self._undo(batch, undo))
            row.addWidget(undo)
        return frame

    def _undo(self, batch: Batch, pressed: QWidget) -> None:
        pressed.setEnabled(False)
        self.undo_asked.emit(batch)


def when(seconds: float) -> str:
    """Write a moment the way the user's country does."""
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def state(batch: Batch) -> str:
    """Say what became of a batch."""
    said = {"move": words.tr("{} moved into folders"), "copy": words.tr("{} copied into folders")}
    count = said.get(batch.kind, "{}").format(words.files(batch.files))
    if not batch.undone:
        return count
    if batch.undone >= batch.files:
        return words.tr("{}, undone").format(count)
    return words.tr("{}, {} of them undone").format(count, words.number(batch.undone))
