"""What the details say of several tracks: the genres of all of them, and what becomes of one that is typed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.look import genre_colours, theme, words
from app.look.widgets import ElidedLabel, IconButton, label
from genre_tagger.base.genre_words import genre_key
from genre_tagger.review.asking.several import Shared

# More genres than anybody gives to all of many tracks.
_MOST = 8


class SharedGenres(QWidget):
    """Signal: removed(genre)."""

    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(label(self.tr("Genres of all of them"), "caption"))
        self.none = label("", "quiet", wrap=True)
        column.addWidget(self.none)
        self.rows = [_SharedGenre() for _ in range(_MOST)]
        for row in self.rows:
            row.button.clicked.connect(lambda _=False, row=row: self.removed.emit(row.genre))
            column.addWidget(row)
        column.addWidget(label(self.tr("Each keeps its other genres."), "quiet", wrap=True))
        column.addSpacing(theme.UNIT)
        self.what = QComboBox()
        self.what.addItem(self.tr("Add what I type"), "add")
        self.what.addItem(self.tr("Replace their genres"), "replace")
        self.what.setAccessibleName(self.tr("What becomes of a genre that you type"))
        column.addWidget(self.what)

    @property
    def adds(self) -> bool:
        """Whether a genre that is typed is added to those that are there."""
        return bool(self.what.currentData() == "add")

    def show_genres(self, shared: Shared | None) -> None:
        """Show what all have in common; None while that is not known."""
        genres = shared.genres if shared is not None else ()
        for number, row in enumerate(self.rows):
            row.setVisible(number < len(genres))
            if shared is not None and number < len(genres):
                row.show_genre(genres[number], fixed=genre_key(genres[number]) in shared.fixed)
        self.none.setVisible(not genres)
        self.none.setText(self.tr("They have none in common.") if shared is not None else "…")


class _SharedGenre(QWidget):
    """One genre and the button that takes it away."""

    def __init__(self) -> None:
        super().__init__()
        self.genre = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.colour = label()
        row.addWidget(self.colour)
        self.name = ElidedLabel("strong")
        row.addWidget(self.name, 1)
        genre_colours.changes().changed.connect(self._draw)
        self.button = IconButton("close", "")
        row.addWidget(self.button)

    def show_genre(self, genre: str, *, fixed: bool) -> None:
        self.genre = genre
        shown = words.one_line(genre)
        self.name.set_text(shown)
        self._draw()
        self.button.setEnabled(not fixed)
        if fixed:
            name = self.tr("{} is in the files, and genres are only added")
        else:
            name = self.tr("Take {} from all; one that has no other genre stays as it is")
        self.button.turn("close", words.plain_tooltip(name.format(shown)))

    def _draw(self) -> None:
        if self.genre:
            self.colour.setPixmap(genre_colours.swatch(self.genre))
