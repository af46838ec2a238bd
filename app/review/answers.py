"""What can be answered: candidates as big numbered buttons, and the other answers with their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCompleter, QGridLayout, QLineEdit, QSizePolicy, QWidget

from app.look import theme, words
from app.look.candidate import CandidateButton
from app.look.widgets import button
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.tracks import Candidate
from genre_tagger.review.asking.words import completed

_MOST = 9
_COLUMNS = 3
# A genre's name and its number want so many letters.
_LETTERS = 18


def arrange(grid: QGridLayout, parts: Sequence[QWidget], columns: int) -> None:
    """Put parts into so many columns, in their order."""
    for part in parts:
        grid.removeWidget(part)
    for number, part in enumerate(parts):
        grid.addWidget(part, number // columns, number % columns)
    for column in range(len(parts)):
        grid.setColumnStretch(column, int(column < columns))


class BigCandidate(CandidateButton):
    """One of the candidates, large enough to be hit without looking."""

    def __init__(self, key: int) -> None:
        super().__init__(key)
        font = self.font()
        font.setPointSizeF(1.2 * font.pointSizeF())
        self.setFont(font)

    def sizeHint(self) -> QSize:
        height = self.fontMetrics().height()
        return QSize(24 * theme.UNIT, min(round(2.1 * height), height + 3 * theme.UNIT))


class Candidates(QWidget):
    """The candidates of a track, likeliest first, then styles. Signal: chosen(key)."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.UNIT)
        self._grid.setVerticalSpacing(theme.UNIT // 2)
        self._columns = _COLUMNS
        self.buttons = [BigCandidate(key) for key in range(1, _MOST + 1)]
        for number, choice in enumerate(self.buttons):
            choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            choice.clicked.connect(lambda _=False, key=number + 1: self.chosen.emit(key))
        arrange(self._grid, self.buttons, self._columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        letters = event.size().width() // self.buttons[0].fontMetrics().averageCharWidth()
        columns = max(1, min(_COLUMNS, letters // _LETTERS))
        if columns != self._columns:
            self._columns = columns
            arrange(self._grid, self.buttons, columns)

    def show_genres(self, genres: Sequence[str], heard: Mapping[str, Candidate], chosen: Sequence[str]) -> None:
        """Show what the number keys stand for; what the model hears, by how it is spelt, has a probability."""
        keys = {genre_key(genre) for genre in chosen}
        for number, choice in enumerate(self.buttons):
            choice.setVisible(number < len(genres))
            if number >= len(genres):
                continue
            ticked = keys.issuperset(map(genre_key, genres[number].split("; "))) and bool(keys)
            if (candidate := heard.get(genres[number])) is not None:
                choice.show_candidate(genres[number], candidate, ticked)
            else:
                choice.show_style(number + 1, genres[number], ticked)


class OtherGenre(QLineEdit):
    """Any genre, with completion: what is likely first, then one's own. Signals: entered(text), left() if given up."""

    entered = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("Another genre; semicolons separate several"))
        self.setAccessibleName(self.tr("Another genre"))
        self._likely: list[str] = []
        self._aliases: dict[str, str] = {}
        self._offered: list[str] = []
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)
        self._before = ""
        self.textEdited.connect(self._complete)
        # The completer fills in what is chosen in its list only after it has passed Return on.
        self.returnPressed.connect(self._enter, Qt.ConnectionType.QueuedConnection)

    def offer(self, genres: Sequence[str]) -> None:
        """Offer these while a genre is typed, in this order."""
        self._offered = [words.one_line(genre) for genre in genres]
        self._put()

    def understand(self, aliases: Mapping[str, str]) -> None:
        """Take other words for what they mean: the person's own aliases."""
        self._aliases = {genre_key(alias): genre for alias, genre in aliases.items()}

    def put_first(self, genres: Sequence[str]) -> None:
        """Offer these before all others: they are likely for the track that is asked about."""
        self._likely = [words.one_line(genre) for genre in genres]
        self._put()

    def known(self) -> list[str]:
        """List what is offered, the likeliest first."""
        return self._known.stringList()

    def _put(self) -> None:
        self._known.setStringList(list(dict.fromkeys([*self._likely, *self._offered])))

    def _complete(self, text: str) -> None:
        """Write on what is begun; what was written on is selected, so that another letter or Delete takes it away."""
        longer = len(text) > len(self._before)
        self._before = text
        if longer and self.cursorPosition() == len(text) and (rest := completed(text, self._known.stringList())):
            self.setText(text + rest)
            self.setSelection(len(text + rest), -len(rest))

    def _enter(self) -> None:
        text = self.text().strip()
        if text and self.isVisible():
            self.clear()
            self._before = ""
            self.entered.emit(self._as_known(text))

    def _as_known(self, text: str) -> str:
        """Spell what is known as it is known: "hip hop" is Hip-Hop where that is there, and an alias what it means."""
        known = {genre_key(genre): genre for genre in reversed(self._known.stringList())} | self._aliases
        return "; ".join(known.get(genre_key(part), part) for part in map(str.strip, text.split(";")) if part)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self._before = ""
            self.left.emit()
        else:
            if event.text() == ";":
                self.end(False)  # what was written on is meant
            super().keyPressEvent(event)
            # Return would go on to the page, which has an answer for it.
            event.accept()


class AnswerButtons(QWidget):
    """The other answers, each with its key. Signal: pressed(id of the key)."""

    pressed = Signal(str)

    def __init__(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Make a button for each row: id, text, and what it does in full."""
        super().__init__()
        self.buttons = {}
        self._texts = {id_: text for id_, text, _ in rows}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.UNIT)
        self._grid.setVerticalSpacing(theme.UNIT // 2)
        self._columns = 0
        # The buttons' own least height, which the style sheet gives, does not grow with the text.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for id_, text, full in rows:
            made = button(text, quiet=True)
            made.setToolTip(full)
            made.setAutoDefault(False)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _=False, id_=id_: self.pressed.emit(id_))
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.buttons[id_] = made
        self._arrange(5)

    def _arrange(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            arrange(self._grid, list(self.buttons.values()), columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many beside one another as can be read."""
        super().resizeEvent(event)
        widest = max(made.sizeHint().width() for made in self.buttons.values()) + theme.UNIT
        self._arrange(max(1, min(5, (event.size().width() + theme.UNIT) // widest)))

    def show_ended(self, ended: bool) -> None:
        """Where no track is shown, offer only what needs none."""
        for id_, made in self.buttons.items():
            made.setEnabled(not ended or id_ in ("take_back", "previous"))

    def show_keys(self, keys: dict[str, str]) -> None:
        """Show the keys that are in force, by id."""
        for id_, made in self.buttons.items():
            made.setText(f"{self._texts[id_]}  {keys[id_]}" if keys.get(id_) else self._texts[id_])
