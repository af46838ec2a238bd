"""One genre of a person, to be changed: its name, what it is a kind of, other words, colour, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QColorDialog, QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from app.look import theme, words
from app.look.widgets import ElidedLabel, button, label
from app.review.genres.rows import detail, shade_of, swatch_icon, worth
from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.review.names.genre_list import OwnGenre
from genre_tagger.review.names.standing import Standing


class GenreForm(QWidget):
    """Shows a genre and takes changes; `worth`, which is put above it, says what is known of it.

    Signals: changed(name it had, OwnGenre it is to be), removed(name) from the list, forgotten(name) what was learned.
    """

    changed = Signal(str, object)
    removed = Signal(str)
    forgotten = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.row: Standing | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.UNIT)
        self.worth = label("", wrap=True)
        self.worth.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.name, self.aliases, self.parents = QLineEdit(), QLineEdit(), QComboBox()
        self.parents.setEditable(True)
        self.parents.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.parents.setMinimumContentsLength(12)
        self.aliases.setPlaceholderText(self.tr("Other words for it, with semicolons between them"))
        for place, (text, widget) in enumerate((
            (self.tr("&Name"), self.name), (self.tr("&Kind of"), self.parents), (self.tr("&Other words"), self.aliases),
        )):  # fmt: skip
            told = label(text, "quiet")
            told.setBuddy(widget)
            widget.setAccessibleName(text.replace("&", ""))
            grid.addWidget(told, 1 + place // 2, 2 * (place % 2))
            grid.addWidget(widget, 1 + place // 2, 2 * (place % 2) + 1)
        grid.addLayout(self._colour(), 2, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.addLayout(self._buttons(), 3, 0, 1, 4)
        self.name.editingFinished.connect(self._change)
        self.aliases.editingFinished.connect(self._change)
        self.parents.activated.connect(lambda _: self._change())
        parent_line = self.parents.lineEdit()
        assert parent_line is not None
        parent_line.editingFinished.connect(self._change)
        self.show_genre(None, ())

    def _colour(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.colour = button(self.tr("&Colour…"))
        self.colour.clicked.connect(self._pick)
        self.automatic = button(self.tr("Auto&matic"), quiet=True)
        self.automatic.clicked.connect(lambda: self._change(colour=""))
        row.addWidget(self.colour)
        row.addWidget(self.automatic)
        row.addStretch()
        return row

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.problem = ElidedLabel("warning")
        row.addWidget(self.problem, 1)
        self.forget = button(self.tr("For&get what was learned of it"), quiet=True)
        self.forget.clicked.connect(lambda: self.forgotten.emit(self.row.name) if self.row is not None else None)
        self.remove = button(self.tr("Take &out of my list"), quiet=True)
        self.remove.clicked.connect(lambda: self.removed.emit(self.row.name) if self.row is not None else None)
        row.addWidget(self.forget)
        row.addWidget(self.remove)
        return row

    def show_genre(self, row: Standing | None, names: Sequence[str]) -> None:
        """Show a genre; `names` are what it can be a kind of. What is being typed stays."""
        other = (row.name if row else None) != (self.row.name if self.row else None)
        self.row = row
        self.setEnabled(row is not None)
        said = " ".join((worth(row), detail(row))).strip() if row is not None else ""
        self.worth.setText(said or self.tr("Choose a genre to see what is known of it."))
        if other or not self.name.hasFocus():
            self.name.setText(row.name if row else "")
        if other or not self.aliases.hasFocus():
            self.aliases.setText(BETWEEN.join(row.aliases) if row else "")
        if other or not self.parents.hasFocus():
            self.parents.clear()
            self.parents.addItems(["", *(name for name in names if row is None or name != row.name)])
            self.parents.setCurrentText(row.parent if row else "")
        if other:
            self.problem.set_text("")
        self.colour.setIcon(swatch_icon(row.name) if row else QIcon())
        self.automatic.setEnabled(row is not None and bool(row.colour))
        self.forget.setEnabled(row is not None and (row.report is not None or row.trusted))
        self.remove.setEnabled(row is not None and row.listed)

    def say(self, sentence: str) -> None:
        """Say what is wrong with a change; the fields stay as they are."""
        self.problem.set_text(sentence)

    def _change(self, colour: str | None = None) -> None:
        row = self.row
        if row is None:
            return
        wanted = OwnGenre(
            self.name.text().strip(), self.parents.currentText().strip(),
            tuple(part.strip() for part in self.aliases.text().split(";") if part.strip()),
            row.colour if colour is None else colour,
        )  # fmt: skip
        if wanted != OwnGenre(row.name, row.parent, row.aliases, row.colour):
            self.problem.set_text("")
            self.changed.emit(row.name, wanted)

    def _pick(self) -> None:
        if self.row is None:
            return
        title = self.tr("Colour of {}").format(words.one_line(self.row.name))
        picked = QColorDialog.getColor(shade_of(self.row), self, title)
        self.take_colour(picked)

    def take_colour(self, picked: QColor) -> None:
        """Have the genre drawn in a colour; one that is not valid changes nothing."""
        if picked.isValid():
            self._change(colour=picked.name())
