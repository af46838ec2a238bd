"""What helps with the filter line: it offers fields and their values, and says what it does not understand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QObject, QStringListModel, QTimer
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from app.look import theme, words
from app.look.notices import Notices
from app.look.widgets import FilterField
from genre_tagger.library.rules import FIELDS, STATES, Kind, parse
from genre_tagger.library.storing import fold

_PAUSE_MS = 700  # a person who types on is not told what is wrong with half a word
_MOST = 12  # offers at a time
_SUBJECT = "filter"
# What is being typed at the end of a text: a minus, a field, and the beginning of its value, in quotes or not.
_TYPED = re.compile(r"""(?:^|[\s(])-?(?P<term>(?P<name>[^\W\d_]+:)?(?P<value>=?(?:"[^"]*|[^\s()"]*)))$""")
_BY_GENRE = ("genre", "heard", "chosen")


def offers(text: str, known: Mapping[str, Sequence[str]]) -> tuple[int, list[str]]:
    """Say what may stand where a person is typing.

    Returns the place in the text from which on an offer would stand, and the offers; `known` are values by field.
    """
    typed = _TYPED.search(text)
    if typed is None:
        return len(text), []
    value = fold(typed["value"].lstrip('="'))
    if not typed["name"]:
        begun = len(value) > 1 and '"' not in typed["value"]
        return typed.start("term"), [f"{name}:" for name in FIELDS if begun and name.startswith(value)]
    name = typed["name"][:-1].casefold()
    values = STATES if name == "is" else known.get(name, ())
    found = [each for each in values if value in fold(each)]
    found.sort(key=lambda each: not fold(each).startswith(value))
    if not found and not value and name in FIELDS and FIELDS[name].kind not in (Kind.TEXT, Kind.TAG):
        found = [FIELDS[name].example]
    written = [f'{name}:"{each}"' if re.search(r'[\s()"]', each) else f"{name}:{each}" for each in found[:_MOST]]
    return typed.start("term"), [each for each in written if each != typed["term"]]


class Offers(QObject):
    """Offers below a field what may stand where one is typing. Tell `learn` the values that there are."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._field, self._start = field, 0
        self._known: dict[str, Sequence[str]] = {}
        self._texts = QStringListModel(self)
        self.popup = QListView()
        self.popup.setObjectName("popup")
        self.completer = QCompleter(self._texts, self)
        self.completer.setPopup(self.popup)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setWidget(field)
        self.completer.activated.connect(self._take)
        field.textEdited.connect(lambda _: self.offer())

    def know_genres(self, genres: Sequence[str]) -> None:
        """Take the genres of the library."""
        for field in _BY_GENRE:
            self.learn(field, [genre for genre in genres if genre])

    def learn(self, field: str, values: Sequence[str]) -> None:
        """Take the values that a field can have."""
        self._known[field] = [words.one_line(value) for value in values if '"' not in value]

    def offer(self) -> None:
        """Show what may stand here, if anything."""
        self._start, texts = offers(self._field.text()[: self._field.cursorPosition()], self._known)
        if not texts:
            self.popup.hide()
            return
        self._texts.setStringList(texts)
        self.completer.complete(self._field.rect().adjusted(0, 0, 0, theme.UNIT // 2))
        self.popup.setCurrentIndex(QModelIndex())

    def _take(self, offer: str) -> None:
        text, cursor = self._field.text(), self._field.cursorPosition()
        space = "" if offer.endswith(":") else " "
        self._field.setText(text[: self._start] + offer + space + text[cursor:].lstrip())
        self._field.setCursorPosition(self._start + len(offer + space))
        self._field.textEdited.emit(self._field.text())


class FilterHelp(QObject):
    """Helps with the filter of the window. It is made when the window can be seen."""

    def __init__(self, field: FilterField, notices: Notices) -> None:
        super().__init__(field)
        self._field, self._notices = field, notices
        self.offers = Offers(field)
        self._pause = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._tell)
        field.textChanged.connect(self._changed)
        field.setToolTip(
            self.tr("Words, and fields: genre:jazz length:>10:00 sure:>0.8 mood:calm added:<30d -live “so what” OR NOT")
        )
        self._changed()

    def _changed(self) -> None:
        if not parse(self._field.text()).told:
            self._pause.stop()
            self._notices.unsay(_SUBJECT)
        else:
            self._pause.start()

    def _tell(self) -> None:
        told = parse(self._field.text()).told
        if told:
            self._notices.say(_SUBJECT, words.one_line(" ".join(told)))
