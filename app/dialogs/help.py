"""Help: the keys, and what this program and its model are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import Glyph, button, label

if TYPE_CHECKING:
    from genre_tagger.model.card import ModelCard
    from genre_tagger.model.measured import Figures, Rate


class Sheet(QDialog):
    """A title, some content, and Close."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*[3 * theme.UNIT] * 4)
        self.column.setSpacing(theme.UNIT)
        self.column.addWidget(label(title, "title"))

    def add_scrolling(self, sheet: QWidget) -> None:
        """Add what may be higher than the dialog."""
        scroll = QScrollArea()
        scroll.setObjectName("framed")
        scroll.setWidgetResizable(True)
        scroll.setWidget(sheet)
        self.column.addWidget(scroll, 1)

    def add_close(self) -> None:
        """End the sheet with its one button."""
        row = QHBoxLayout()
        row.addStretch()
        close = button(self.tr("Close"))
        close.clicked.connect(self.accept)
        row.addWidget(close)
        self.column.addLayout(row)


class KeysDialog(Sheet):
    """All keyboard shortcuts."""

    def __init__(self, keys: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(words.tr("Keyboard shortcuts"), parent)
        sheet = QWidget()
        sheet.setObjectName("page")
        grid = QGridLayout(sheet)
        grid.setContentsMargins(*[2 * theme.UNIT] * 4)
        grid.setHorizontalSpacing(4 * theme.UNIT)
        grid.setColumnStretch(0, 1)
        for row, (text, shortcut) in enumerate(keys):
            grid.addWidget(label(text), row, 0)
            grid.addWidget(label(shortcut, "quiet"), row, 1)
        self.add_scrolling(sheet)
        self.add_close()
        self.resize(56 * theme.UNIT, 60 * theme.UNIT)


class AboutDialog(Sheet):
    """Name, version, licence, and the facts of the model's card (or why there is none)."""

    def __init__(self, card: ModelCard | str, parent: QWidget) -> None:
        super().__init__("Genre Tagger", parent)
        version = QApplication.applicationVersion()
        self.column.insertWidget(0, Glyph("sparkle", 40, accent=True))
        self.column.addWidget(label(self.tr("Version {}").format(version), "quiet"))
        text = self.tr(
            "Sorts a music library by genre from its sound. Nothing leaves this computer, and every write can be "
            "undone. Free software under the GNU General Public License, version 3 or later; it comes without warranty."
        )
        self.column.addWidget(label(text, wrap=True))
        self.column.addWidget(label(self.tr("The model"), "caption"))
        facts_of_model = label(card if isinstance(card, str) else facts(card), wrap=True)
        facts_of_model.setObjectName("page")
        facts_of_model.setContentsMargins(*[2 * theme.UNIT] * 4)
        facts_of_model.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.add_scrolling(facts_of_model)
        self.add_close()
        self.resize(62 * theme.UNIT, 62 * theme.UNIT)


class ModelDialog(Sheet):
    """The model's card: how often it is right and in which genre, what it cannot do, and whom it thanks."""

    def __init__(self, card: ModelCard | str, parent: QWidget) -> None:
        super().__init__(words.tr("The model"), parent)
        sheet = QWidget()
        sheet.setObjectName("page")
        self._parts = QVBoxLayout(sheet)
        self._parts.setContentsMargins(*[2 * theme.UNIT] * 4)
        self._parts.setSpacing(theme.UNIT)
        if isinstance(card, str):
            self._parts.addWidget(label(card, wrap=True))
        else:
            self._fill(card)
        self._parts.addStretch()
        self.add_scrolling(sheet)
        self.add_close()
        self.resize(72 * theme.UNIT, 80 * theme.UNIT)

    def _fill(self, card: ModelCard) -> None:
        from genre_tagger.model.measured import figures

        found = figures(card.raw.get("measured"))
        self._parts.addWidget(label(card.title, "heading"))
        self._say(*how_good(found))
        if found is not None and found.genres:
            head = (self.tr("Genre"), self.tr("Tracks"), self.tr("Right"))
            rows = [(name, words.number(tracks), words.number(right)) for name, tracks, right in found.genres]
            self._table(self.tr("Genre by genre"), head, rows)
        if found is not None and found.elsewhere:
            head = (self.tr("Tracks"), self.tr("Right"), self.tr("95 % interval"))
            known = [(_elsewhere()[name], *_rate(rate)) for name, rate in found.elsewhere.items()]
            self._table(self.tr("Measured on other music"), (self.tr("What"), *head), known)
        if card.coverage:
            head = (self.tr("How sure at least"), self.tr("Tracks with a genre"), self.tr("Of these right"))
            shown = [one for one in card.coverage if one.share > 0 and round(100 * one.threshold) % 10 == 0]
            percents = [tuple(map(words.share, (one.threshold, one.share, one.right))) for one in shown]
            self._table(self.tr("What it is surest of is right more often"), head, percents)
        for caption, text in self._texts(card):
            if text:
                self._parts.addWidget(label(caption, "caption"))
                self._say(text)

    def _texts(self, card: ModelCard) -> list[tuple[str, str]]:
        thanks, measured = card.raw.get("credits"), card.raw.get("measured")
        return [
            (self.tr("What it cannot do"), _text(card.raw.get("limits"))),
            (self.tr("Genres"), ", ".join(card.proposed)),
            (self.tr("Offered to be chosen, never proposed, as it is too often wrong"), ", ".join(
                label for label in card.labels if label in card.only_offered)),
            (self.tr("Moods, of which a track has one"), ", ".join(fact.label for fact in card.moods)),
            (self.tr("Styles it may offer besides"), ", ".join(
                fact.label for fact in card.tags if fact.kind == "style" and fact.threshold is not None)),
            (self.tr("Measured on"), _text(measured.get("on") if isinstance(measured, dict) else "")),
            (self.tr("How it was trained"), card.training_data),
            (self.tr("Credits"), "\n".join(map(_text, thanks)) if isinstance(thanks, list) else ""),
            (self.tr("Licence"), card.licence),
            (self.tr("Made by"), _text(card.raw.get("command"))),
        ]  # fmt: skip

    def _say(self, *sentences: str) -> None:
        for sentence in sentences:
            text = label(words.one_line(sentence) if "\n" not in sentence else sentence, wrap=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._parts.addWidget(text)

    def _table(self, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._parts.addWidget(label(caption, "caption"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * theme.UNIT)
        grid.setColumnStretch(len(head), 1)
        for line, texts in enumerate([head, *rows]):
            for column, text in enumerate(texts):
                cell = label(words.one_line(text), "quiet" if line == 0 else "")
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                grid.addWidget(cell, line, column, side)
        self._parts.addLayout(grid)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _elsewhere() -> dict[str, str]:
    """Words for what the card measured besides."""
    return {
        "magnatune": words.tr("Clips of Magnatune's artists"),
        "gtzan_valid_of_ten": words.tr("GTZAN's clips, the likeliest of its ten genres"),
        "gtzan_valid": words.tr("GTZAN's clips, any genre"),
        "moods": words.tr("The mood, one of four"),
    }


def _rate(rate: Rate) -> tuple[str, str, str]:
    known = rate.low is not None and rate.high is not None
    between = words.tr("{low} to {high}").format(low=words.share(rate.low or 0), high=words.share(rate.high or 0))
    return words.number(rate.tracks), words.share(rate.accuracy or 0), between if known else ""


def how_good(found: Figures | None) -> list[str]:
    """Say how often a model is right, and how far that is known."""
    if found is None or found.accuracy is None:
        return [words.tr("How often this model is right is not known.")]
    said = [
        words.tr("Right on {share} of {tracks} by artists it had never heard.").format(
            share=words.share(found.accuracy), tracks=words.tracks(found.tracks)
        )
    ]
    if found.low is not None and found.high is not None:
        said[0] += " " + words.tr("So many tracks say: somewhere between {low} and {high} (95 % interval).").format(
            low=words.share(found.low), high=words.share(found.high)
        )
    if found.top3 is not None:
        said.append(words.tr("The right genre is among its three likeliest for {}.").format(words.share(found.top3)))
    if found.error is not None:
        said.append(words.tr("Its percentages are off by {} on average.").format(words.share(found.error)))
    if found.turned_away is not None and found.music_kept is not None:
        sentence = words.tr("It names no genre for {away} of speech, noise, tones and animals, and for {lost} of music")
        gone, lost = words.share(found.turned_away), words.share(1 - found.music_kept)
        said.append(sentence.format(away=gone, lost=lost) + ".")
    return said


def facts(card: ModelCard) -> str:
    """Say in short what a model is and how often it was right; the rest is in :class:`ModelDialog`."""
    from genre_tagger.model.measured import figures

    found = figures(card.raw.get("measured"))
    limits = _text(card.raw.get("limits"))
    parts = [card.title, how_good(found)[0], limits, words.tr("Genres: {}.").format(", ".join(card.proposed))]
    parts += [words.tr("Licence: {}.").format(card.licence)] if card.licence else []
    return "\n\n".join(part for part in parts if part)
