"""A small window beside the table: what each player shows of the selected track, now and after one genre for all."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QDialog, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.rows_model import Index, RowsModel, framed_table
from app.look.widgets import ElidedLabel, Glyph, button, fit, label, scrolling
from genre_tagger.files.genre_places import GenrePlace, Kind
from genre_tagger.files.splice.id3v1 import genre_name
from genre_tagger.sorting.players.known import PLAYERS, Player
from genre_tagger.sorting.players.shown import Shown, Silence, Verdict, mended, strays

_NUMBERED = (Kind.ID3V1, Kind.MP4_NUMBER)


class Seen(NamedTuple):
    """A track as the dialog shows it: its name, what is made of it (or why nothing), and what could be written.

    `refusal` says why nothing can be written; "" where it can.
    """

    track_id: int
    title: str
    verdict: Verdict | str
    choices: list[str]
    refusal: str = ""


class _Row(NamedTuple):
    player: Player
    now: Shown
    after: Shown | None


class _Players(RowsModel[_Row]):
    """One row for each player."""

    def text(self, row: _Row, column: int) -> str:
        if column == 0:
            return row.player.name
        return _told(row.now) if column == 1 else _told(row.after) if row.after is not None else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.plain_tooltip(_source(row.player))
        if role == Qt.ItemDataRole.ForegroundRole and row.now.silence is not None:
            return theme.colour(theme.colours().quiet)
        return super().data(index, role)


def _told(shown: Shown) -> str:
    if shown.silence is not None:
        return {
            Silence.FORMAT: words.tr("does not play this format"),
            Silence.TAGS: words.tr("reads no genre from this format"),
            Silence.VERSION: words.tr("cannot read this tag (ID3v2.4)"),
        }[shown.silence]
    return words.one_line(shown.genre) or words.tr("none")


def _source(player: Player) -> str:
    """Say where it is known from what a player does."""
    known = words.tr("Known from:") if player.sure else words.tr("Not certain; known from:")
    return f"{player.name}. {known} {player.source}."


def _place(place: GenrePlace) -> str:
    """Say what a place in the file holds."""
    texts = list(place.values)
    if place.kind in _NUMBERED:
        texts = [words.tr("{} (number {})").format(genre_name(int(text)) or "?", text) for text in texts]
    version = f".{place.version}" if place.kind is Kind.ID3V2 else ""
    return f"{place.kind.value}{version}: {words.one_line(' | '.join(texts)) or words.tr('none')}"


class PlayersDialog(QDialog):
    """Shows it. Signal: wanted(track id, genre) when this genre shall stand everywhere in the file."""

    wanted = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What will my player show?"))
        fit(self, 92 * theme.UNIT, 70 * theme.UNIT)
        self._seen: Seen | None = None
        self.name = ElidedLabel("title")
        self.mark = Glyph("alert", 18, colour="warning")
        self.said = label("", wrap=True)
        self.model = _Players((self.tr("Player"), self.tr("Shows now"), self.tr("Would show then")))
        self.source = label("", "quiet", wrap=True)
        self.places = label("", "quiet", wrap=True)
        self.genre = QComboBox()
        self.genre.setEditable(True)
        self.genre.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.genre.setAccessibleName(self.tr("The genre that all players shall show"))
        self.genre.editTextChanged.connect(lambda _: self._preview())
        self.limits = label("", "quiet", wrap=True)
        self.write_button = button(self.tr("&Write it everywhere"), primary=True)
        self.write_button.clicked.connect(self._ask)
        self._compose()
        self.show_nothing()

    def _compose(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        column.addWidget(self.name)
        verdict = QHBoxLayout()
        verdict.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        verdict.addWidget(self.said, 1)
        column.addLayout(verdict)
        self.table = framed_table(self.model, self.tr("What each player shows"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.selectionModel().currentChanged.connect(lambda now, before: self._say_source())
        self.model.modelReset.connect(self._say_source)
        line = self.table.verticalHeader().defaultSectionSize()
        self.table.setMinimumHeight((len(PLAYERS) + 1) * line + theme.UNIT)
        header = self.table.horizontalHeader()
        for number in range(3):
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        column.addWidget(self.table, 1)
        column.addWidget(self.source)
        column.addWidget(self.places)
        head = label(self.tr("One &genre for all of them"), "caption")
        head.setBuddy(self.genre)
        column.addWidget(head)
        row = QHBoxLayout()
        row.addWidget(self.genre, 1)
        row.addWidget(self.write_button)
        column.addLayout(row)
        column.addWidget(self.limits)
        close = button(self.tr("Close"))
        close.clicked.connect(self.reject)
        end = QHBoxLayout()
        end.addStretch()
        end.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*[3 * theme.UNIT] * 4)
        whole.setSpacing(2 * theme.UNIT)
        whole.addWidget(scrolling(page), 1)
        whole.addLayout(end)

    def _say_source(self) -> None:
        row = self.table.currentIndex().row()
        hint = self.tr("Choose a player to read where it is known from what it does.") if self.model.rows else ""
        self.source.setText(_source(self.model.rows[row].player) if 0 <= row < len(self.model.rows) else hint)

    def show_nothing(self) -> None:
        """Say that no single track is selected."""
        self._seen = None
        self.name.set_text(self.tr("No track selected"))
        self._tell(self.tr("Select one track in the table to see what players make of its genre."), warn=False)
        self.model.show([])
        self.places.clear()
        self._offer([])

    def show_track(self, seen: Seen) -> None:
        """Show what is made of a track."""
        same = self._seen is not None and self._seen.track_id == seen.track_id
        self._seen = seen
        self.name.set_text(words.one_line(seen.title))
        if isinstance(seen.verdict, str):
            self._tell(seen.verdict, warn=True)
            self.model.show([])
            self.places.clear()
            self._offer([])
            return
        self._tell(*_verdict_in_words(seen.verdict))
        there = [_place(place) for place in seen.verdict.places.places]
        self.places.setText(self.tr("In the file – {}").format(";  ".join(there)) if there else "")
        self._offer(seen.choices, self.genre.currentText() if same else "")

    def _tell(self, text: str, warn: bool) -> None:
        self.said.setText(text)
        self.mark.setVisible(warn)

    def _offer(self, genres: list[str], typed: str = "") -> None:
        with QSignalBlocker(self.genre):
            self.genre.clear()
            self.genre.addItems([words.one_line(genre) for genre in genres])
            if typed:
                self.genre.setEditText(typed)
        self._preview()

    def _preview(self) -> None:
        """Show what the players would show after the genre was written."""
        genre, seen = self._genre(), self._seen
        found = seen.verdict if seen is not None else ""
        limits = [seen.refusal] if seen is not None and seen.refusal else []
        if isinstance(found, str):
            self.limits.clear()
            self.write_button.setEnabled(False)
            return
        after = mended(found, genre) if genre and not limits else None
        then = after.shown if after is not None else [None] * len(found.shown)
        self.model.show([_Row(now.player, now, shown) for now, shown in zip(found.shown, then, strict=True)])
        if after is not None:
            limits += _left_over(after)
        self.limits.setText(" ".join(limits))
        done = after is not None and after.agree and after.shown == found.shown and not strays(found)
        self.write_button.setEnabled(after is not None and not done)

    def _genre(self) -> str:
        return " ".join(self.genre.currentText().split())

    def _ask(self) -> None:
        if self._seen is not None:
            self.wanted.emit(self._seen.track_id, self._genre())


def _verdict_in_words(found: Verdict) -> tuple[str, bool]:
    """Say whether the players agree; and whether that is a warning."""
    if not found.agree:
        texts = ", ".join(f"“{words.one_line(text)}”" if text else words.tr("none") for text in found.texts)
        return words.tr("These players do not agree. They show: {}.").format(texts), True
    if beside := strays(found):
        places = ", ".join(f"{place.kind.value} “{words.one_line(' | '.join(place.values))}”" for place in beside)
        return words.tr("These players agree, but other programs may show what else is in the file: {}.").format(
            places
        ), True
    if not found.texts:
        return words.tr("None of these players reads a genre from files of this kind."), False
    if not any(found.texts):
        return words.tr("No player shows a genre: there is none that they read in this file."), False
    return words.tr("All players that read files of this kind show the same."), False


def _left_over(after: Verdict) -> list[str]:
    """Say which players would not follow, and what helps them."""
    told = []
    if not after.agree:
        names = ", ".join(shown.player.name for shown in after.shown if shown.silence is None and not shown.genre)
        numbers = [shown.player.name for shown in after.shown if shown.silence is None and shown.genre.isdigit()]
        if names:
            told.append(words.tr("{}: would still show none.").format(names))
        if numbers:
            told.append(words.tr("{}: would show the number of ID3v1.").format(", ".join(numbers)))
    if any(shown.silence is Silence.VERSION for shown in after.shown):
        told.append(words.tr(
            "Old car radios need ID3v2.3: “Copy to phone, stick, car” gives copies such tags; this file keeps its own."
        ))  # fmt: skip
    return told
