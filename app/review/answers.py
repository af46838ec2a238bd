"""What can be answered: candidates as big numbered buttons, and the other answers with their keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QGridLayout, QLineEdit, QWidget

from app.look import theme, words
from app.look.candidate import CandidateButton
from app.look.widgets import button
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.tracks import Candidate

_MOST = 9
_COLUMNS = 3


class BigCandidate(CandidateButton):
    """One of the candidates, large enough to be hit without looking."""

    def __init__(self, key: int) -> None:
        super().__init__(key)
        font = self.font()
        font.setPointSizeF(1.2 * font.pointSizeF())
        self.setFont(font)

    def sizeHint(self) -> QSize:
        return QSize(24 * theme.UNIT, round(2.4 * self.fontMetrics().height()))


class Candidates(QWidget):
    """The candidates of a track, likeliest first, then styles. Signal: chosen(key)."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.UNIT)
        self.buttons = [BigCandidate(key) for key in range(1, _MOST + 1)]
        for number, choice in enumerate(self.buttons):
            choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            choice.clicked.connect(lambda _=False, key=number + 1: self.chosen.emit(key))
            grid.addWidget(choice, number // _COLUMNS, number % _COLUMNS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)

    def show_genres(self, genres: Sequence[str], candidates: Sequence[Candidate], chosen: Sequence[str]) -> None:
        """Show what the number keys stand for; the first of them have a probability."""
        keys = {genre_key(genre) for genre in chosen}
        for number, choice in enumerate(self.buttons):
            choice.setVisible(number < len(genres))
            if number >= len(genres):
                continue
            ticked = keys.issuperset(map(genre_key, genres[number].split("; "))) and bool(keys)
            if number < len(candidates) and number < 5:
                choice.show_candidate(genres[number], candidates[number], ticked)
            else:
                choice.show_style(number + 1, genres[number], ticked)


class OtherGenre(QLineEdit):
    """Any genre, with completion: one's own first. Signals: entered(text), left() when it is given up."""

    entered = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("Another genre; semicolons separate several"))
        self.setAccessibleName(self.tr("Another genre"))
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)
        # The completer fills in what is chosen in its list only after it has passed Return on.
        self.returnPressed.connect(self._enter, Qt.ConnectionType.QueuedConnection)

    def offer(self, genres: Sequence[str]) -> None:
        """Offer these while a genre is typed, in this order."""
        self._known.setStringList([words.one_line(genre) for genre in genres])

    def _enter(self) -> None:
        text = self.text().strip()
        if text and self.isVisible():
            self.clear()
            self.entered.emit(self._as_known(text))

    def _as_known(self, text: str) -> str:
        """Spell what is known as it is known: "hip hop" is Hip-Hop where that is there."""
        known = {genre_key(genre): genre for genre in reversed(self._known.stringList())}
        return "; ".join(known.get(genre_key(part), part) for part in map(str.strip, text.split(";")) if part)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)
            # Return would go on to the page, which has an answer for it.
            event.accept()


class AnswerButtons(QWidget):
    """The other answers, each with its key. Signal: pressed(id of the key)."""

    pressed = Signal(str)

    def __init__(self, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.buttons = {}
        self._texts = dict(rows)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.UNIT)
        for number, (id_, text) in enumerate(rows):
            made = button(text, quiet=True)
            made.setAutoDefault(False)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _=False, id_=id_: self.pressed.emit(id_))
            self.buttons[id_] = made
            grid.addWidget(made, number // 4, number % 4)

    def show_keys(self, keys: dict[str, str]) -> None:
        """Show the keys that are in force, by id."""
        for id_, made in self.buttons.items():
            made.setText(f"{self._texts[id_]}  {keys[id_]}" if keys.get(id_) else self._texts[id_])
