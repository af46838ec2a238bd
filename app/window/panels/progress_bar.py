"""The right end of the status bar: what is going on, how long it will take, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.look import theme, words
from app.look.widgets import button, label


class ProgressPart(QWidget):
    """Hidden while nothing goes on. Signal: cancel_asked()."""

    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addStretch()
        self.text = label("", "quiet")
        row.addWidget(self.text)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(20 * theme.UNIT)
        self.bar.setAccessibleName(self.tr("Progress"))
        row.addWidget(self.bar)
        self.cancel = button(self.tr("Cancel"), quiet=True)
        self.cancel.clicked.connect(self._cancel)
        row.addWidget(self.cancel)
        self.hide()

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.text.setText(self.tr("Stopping…"))
        self.cancel_asked.emit()

    def begin(self, name: str, *, can_stop: bool = True) -> None:
        """Show that something has begun."""
        self.cancel.setVisible(can_stop)
        self.text.setText(name)
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self.show()

    def advance(self, name: str, done: int, total: int | None, seconds_left: float | None) -> None:
        """Show how far it is; without a total there is only a count."""
        if not self.cancel.isEnabled():
            return
        text = f"{name} {words.number(done)}" if done else name
        if total:
            text = self.tr("{} {} of {}").format(name, words.number(done), words.number(max(total, done)))
        if seconds_left is not None:
            text += f" · {words.time_left(seconds_left)}"
        self.text.setText(text)
        self.bar.setRange(0, total or 0)
        self.bar.setValue(min(done, total) if total else 0)

    def end(self) -> None:
        """Show that nothing goes on."""
        self.hide()
