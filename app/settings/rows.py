"""One setting as a person meets it: its title, what it can be, a sentence of help, and a way back to the default."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.widgets import IconButton, TickBox, label, style
from app.settings.control import Control, Tell, calm
from app.settings.keys import OWN_KEYS, KeysControl
from app.settings.settings import CLUSTER, LONGEST, About, about, default, translated, word
from app.settings.store import SettingsStore

# Every letter of a word would have the whole library looked through again.
_TYPING_MS = 600
# A whole number with more values than this is about the computer's cores.
_FEW = 16


class _Title(QLabel):
    """The words beside a box: they break where they have to, which those of the box itself do not."""

    def __init__(self, text: str, box: QCheckBox) -> None:
        super().__init__(text)
        self._box = box
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setBuddy(box)
        style(self, "strong")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._box.setFocus(Qt.FocusReason.MouseFocusReason)
            self._box.click()


class Switch(Control):
    """On or off, with the title beside the box."""

    def __init__(self, row: About, tell: Tell) -> None:
        self.box = TickBox()
        super().__init__(self.box, tell)
        self.title = _Title(translated(row.title), self.box)
        self.title.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.row.addWidget(self.title, 1)
        # The box is level with the first line.
        self.row.setAlignment(self.box, Qt.AlignmentFlag.AlignTop)
        higher = self.box.sizeHint().height() - self.title.fontMetrics().height()
        self.title.setContentsMargins(0, max(0, higher // 2), 0, 0)
        self.box.toggled.connect(tell)

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(value)


class Choice(Control):
    """One of several values; whole numbers are such as well."""

    def __init__(self, row: About, tell: Tell) -> None:
        self.box = QComboBox()
        super().__init__(self.box, tell)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.box.setMinimumContentsLength(8)
        calm(self.box)
        self.row.addStretch()
        for value, text in _choices(row):
            self.box.addItem(text, value)
        self.box.currentIndexChanged.connect(lambda _: self.tell(self.box.currentData()))

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            if self.box.findData(value) < 0:  # from a machine with more cores
                self.box.addItem(words.number(value), value)
            self.box.setCurrentIndex(self.box.findData(value))


class Share(Control):
    """A part of the whole, in percent."""

    def __init__(self, row: About, tell: Tell) -> None:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        super().__init__(self.slider, tell)
        self.slider.setRange(round(100 * row.least), round(100 * row.most))
        self.slider.setPageStep(5)
        self.slider.setProperty("plays", not row.above)  # which side has the strong colour
        self.slider.setMinimumWidth(12 * theme.UNIT)
        self.slider.setMaximumWidth(40 * theme.UNIT)
        calm(self.slider)
        self.number = label("", "quiet")
        self.number.setMinimumWidth(self.number.fontMetrics().horizontalAdvance(words.share(1.0)))
        self.row.addWidget(self.number)
        self.row.addStretch()
        self.slider.valueChanged.connect(self._moved)

    def _moved(self, percent: int) -> None:
        self.number.setText(words.share(percent / 100))
        self.tell(percent / 100)

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(100 * value))
        self.number.setText(words.share(value))


class Words(Control):
    """A word for each label. What is typed counts after a moment of rest, or when the field is left."""

    def __init__(self, row: About, tell: Tell, labels: Sequence[str]) -> None:
        sheet = QWidget()
        super().__init__(sheet, tell)
        self.fields: dict[str, QLineEdit] = {}
        self._value: dict[str, str] = {}
        self._timer = QTimer(self, interval=_TYPING_MS, singleShot=True)
        self._timer.timeout.connect(self.flush)
        grid = QGridLayout(sheet)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(1, 1)
        for number, name in enumerate(labels):
            grid.addWidget(label(words.one_line(name)), number, 0)
            grid.addWidget(self._field(name), number, 1)
        if self.fields:
            self.setFocusProxy(next(iter(self.fields.values())))

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setMaxLength(LONGEST)
        field.setPlaceholderText(words.one_line(name))
        field.setClearButtonEnabled(True)
        field.setMaximumWidth(44 * theme.UNIT)
        field.setAccessibleName(words.tr("Word to write for {}").format(words.one_line(name)))
        field.textEdited.connect(lambda _: self._timer.start())
        field.editingFinished.connect(self._left)
        self.fields[name] = field
        return field

    def flush(self) -> None:
        """Tell at once what was typed."""
        self._timer.stop()
        typed = {name: word(field.text()) for name, field in self.fields.items()}
        value = {name: kept for name, kept in self._value.items() if name not in typed}
        value |= {name: text for name, text in typed.items() if text and text != name}
        if value != self._value:
            self._value = value
            self.tell(value)

    def _left(self) -> None:
        self.flush()
        self._show()

    def show_value(self, value: Any) -> None:
        # What was typed here is told of as well. The field then stays as it is: its word may be half a word yet.
        if value != self._value:
            self._value = dict(value)
            self._timer.stop()
            self._show()

    def _show(self) -> None:
        for name, field in self.fields.items():
            if word(field.text()) != self._value.get(name, ""):
                field.setText(self._value.get(name, ""))


class SettingRow(QWidget):
    """A setting in the dialog; follows the store and changes it."""

    def __init__(self, name: str, store: SettingsStore, labels: Sequence[str]) -> None:
        super().__init__()
        self.name, self._store, self._row = name, store, about(name)
        title, told = translated(self._row.title), translated(self._row.help)
        self.control = self._make(labels)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        head = QHBoxLayout()
        head.setSpacing(theme.UNIT)
        switch = isinstance(self.control, Switch)
        head.addWidget(self.control if switch else label(title, "strong", wrap=True), 1)
        self.reset = IconButton("undo", words.tr("Reset: {}").format(title))
        self.reset.setToolTip(words.tr("Reset to: {}").format(self._usual()))
        self.reset.setProperty("small", True)
        keeps_place = self.reset.sizePolicy()
        keeps_place.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keeps_place)
        self.reset.clicked.connect(self._put_back)
        head.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        help_ = label(told, "quiet", wrap=True)
        column.addWidget(help_)
        if switch:
            above = max(0, self.reset.sizeHint().height() - self.control.part.sizeHint().height()) // 2
            self.control.row.setContentsMargins(0, above, 0, 0)
            help_.setIndent(self.control.part.sizeHint().width() + theme.UNIT)
        else:
            column.addSpacing(theme.UNIT // 2)
            column.addWidget(self.control)
        self.control.part.setAccessibleName(title)
        self.control.part.setAccessibleDescription(told)
        self.follow()

    def _make(self, labels: Sequence[str]) -> Control:
        row, usual = self._row, default(self.name)
        if isinstance(usual, bool):
            return Switch(row, self._tell)
        if self.name == "review_keys":
            return KeysControl(self._tell)
        if isinstance(usual, dict):
            return Words(row, self._tell, {"own_keys": OWN_KEYS, "cluster": CLUSTER}.get(self.name, labels))
        if row.percent:
            return Share(row, self._tell)
        return Choice(row, self._tell)

    def _usual(self) -> str:
        usual = default(self.name)
        if isinstance(usual, bool):
            return words.tr("On") if usual else words.tr("Off")
        if isinstance(usual, dict):
            return words.tr("The names as they are") if self.name == "spelling" else words.tr("As at first")
        if self._row.percent:
            return words.share(usual)
        return next(text for value, text in _choices(self._row) if value == usual)

    def _tell(self, value: Any) -> None:
        self._store.set(self.name, value)

    def _put_back(self) -> None:
        self.control.setFocus(Qt.FocusReason.OtherFocusReason)
        self._store.reset(self.name)

    def follow(self) -> None:
        """Show what the store has."""
        self.control.show_value(getattr(self._store.settings, self.name))
        self.reset.setVisible(self._store.is_changed(self.name))


def _choices(row: About) -> list[tuple[Any, str]]:
    """List what can be chosen; of whole numbers no more than this computer has cores, where these are counted."""
    if row.choices:
        return [(value, translated(text)) for value, text in row.choices]
    most = min(int(row.most), os.cpu_count() or 1) if row.most > _FEW else int(row.most)
    numbers = range(int(row.least), most + 1)
    return [(n, translated(row.zero) if n == 0 and row.zero else words.number(n)) for n in numbers]
