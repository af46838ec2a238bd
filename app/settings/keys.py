"""The keys of the review page: what they do, what they are at first, and how other ones are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.look import theme, words
from app.look.widgets import label
from app.settings.control import Control, Tell


class ReviewKey(NamedTuple):
    """Something that a key does on the review page; `keys` are the usual ones, parted by blanks."""

    id: str
    text: str
    keys: str
    repeats: bool = False


def _(text: str) -> str:
    """Mark a text for the translator; `translated` looks it up."""
    return text


REVIEW_KEYS = (
    *(ReviewKey(f"candidate_{key}", _("Candidate {}"), str(key)) for key in range(1, 10)),
    ReviewKey("more", _("The next nine genres"), "0"),
    ReviewKey("accept", _("Accept the first"), "Return Enter"),
    ReviewKey("next", _("Next, without deciding"), "Right", repeats=True),
    ReviewKey("previous", _("The one before"), "Left", repeats=True),
    ReviewKey("leave", _("Leave this file alone"), "X"),
    ReviewKey("take_back", _("Take the last decision back"), "Backspace", repeats=True),
    ReviewKey("other", _("Another genre"), "G"),
    ReviewKey("album", _("The same for the album"), "A"),
    ReviewKey("alike", _("The same for these alike"), "S"),
    ReviewKey("handful", _("Nine at once, as a list"), "L"),
    ReviewKey("play", _("Play or pause"), "P Space"),
    ReviewKey("back", _("Back 5 seconds"), "Shift+Left", repeats=True),
    ReviewKey("forward", _("Forward 5 seconds"), "Shift+Right", repeats=True),
    ReviewKey("close", _("Back to the table"), "Esc"),
)
#: Keys to which genres of one's own can be given.
OWN_KEYS = tuple(f"Alt+{number}" for number in range(1, 10))


def text_of(row: ReviewKey) -> str:
    """Say what a key does."""
    return QCoreApplication.translate("keys", row.text).format(row.keys)


def keys_of(row: ReviewKey, chosen: Mapping[str, str]) -> list[str]:
    """List the keys of a row, as QKeySequence writes them; the user's own stand before the usual ones."""
    return [portable(keys) for keys in (chosen.get(row.id) or row.keys).split()]


def portable(keys: str) -> str:
    """Write keys as they are stored; "" for what is none, or more than one."""
    sequence = QKeySequence.fromString(keys.strip(), QKeySequence.SequenceFormat.PortableText)
    text = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    return text if sequence.count() == 1 else ""


def shown(keys: str) -> str:
    """Write keys for the eye."""
    native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return {"Left": "←", "Right": "→", "Return": "↵", "Backspace": "⌫"}.get(keys, native)


def in_words(chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """List what the keys of the review page do, for the help."""
    said = words.tr("In the review: {}")
    return [(said.format(text_of(row)), " ".join(map(shown, keys_of(row, chosen)))) for row in REVIEW_KEYS]


def clashes(chosen: Mapping[str, str]) -> dict[str, str]:
    """Find keys that would do two things: id of the later row → id of the one that has the key."""
    taken: dict[str, str] = {portable(keys): keys for keys in OWN_KEYS}
    clashing = {}
    for row in REVIEW_KEYS:
        for keys in keys_of(row, chosen):
            if keys in taken:
                clashing[row.id] = taken[keys]
            else:
                taken[keys] = row.id
    return clashing


class KeysControl(Control):
    """A field for each key; what clashes or is no key is told beside it and is not taken."""

    def __init__(self, tell: Tell) -> None:
        sheet = QWidget()
        super().__init__(sheet, tell)
        self.fields: dict[str, QLineEdit] = {}
        self.told = {row.id: label("", "warning", wrap=True) for row in REVIEW_KEYS}
        self._value: dict[str, str] = {}
        grid = QGridLayout(sheet)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(2, 1)
        for number, row in enumerate(REVIEW_KEYS):
            field = QLineEdit()
            field.setPlaceholderText(" ".join(map(shown, row.keys.split())))
            field.setMaximumWidth(20 * theme.UNIT)
            field.setAccessibleName(words.tr("Key for: {}").format(text_of(row)))
            field.editingFinished.connect(lambda row=row: self._typed(row))
            self.fields[row.id] = field
            for column, part in enumerate((label(text_of(row), wrap=True), field, self.told[row.id])):
                grid.addWidget(part, number, column)
        self.setFocusProxy(self.fields[REVIEW_KEYS[0].id])

    def _typed(self, row: ReviewKey) -> None:
        typed = self.fields[row.id].text().strip()
        keys, told = portable(typed), ""
        value = {name: kept for name, kept in self._value.items() if name != row.id}
        if keys and [keys] != keys_of(row, {}):
            value[row.id] = keys
        if typed and (not keys or ";" in keys):
            told = words.tr("This is no key that can be used.")
        elif other := self._clash(row, value):
            told = words.tr("{} is taken: {}").format(shown(keys or row.keys.split()[0]), other)
        self.told[row.id].setText(told)
        if not told and value != self._value:
            self._value = value
            self.tell(value)

    @staticmethod
    def _clash(row: ReviewKey, value: Mapping[str, str]) -> str:
        """What another row, or a genre of one's own, does with the key of this one."""
        rows = {one.id: one for one in REVIEW_KEYS}
        for later, earlier in clashes(value).items():
            if row.id in (later, earlier):
                other = earlier if later == row.id else later
                return text_of(rows[other]) if other in rows else words.tr("a genre of your own")
        return ""

    def show_value(self, value: Any) -> None:
        if value != self._value or not value:
            self._value = dict(value)
            for name, field in self.fields.items():
                field.setText(shown(value[name]) if name in value else "")
                self.told[name].setText("")
