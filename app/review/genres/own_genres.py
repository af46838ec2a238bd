"""The person's genres in a dialog: what each is learned from and worth, and what is to become of it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.look import genre_colours, theme, words
from app.look.rows_model import framed_table
from app.look.widgets import ElidedLabel, TickBox, button, label
from app.review.genres.boxes import BoxDelegate
from app.review.genres.form import GenreForm
from app.review.genres.rows import EXAMPLES, NAME, PARENT, PROPOSED, TRUST, WORTH, GenresModel
from genre_tagger.review.names.genre_list import OwnGenre
from genre_tagger.review.names.standing import Standings


class OwnGenresDialog(QDialog):
    """Shows how all genres stand.

    Signals: learn_asked(), stop_asked(), switched(bool) learning as a whole, forget_asked(genre, "" for all).
    """

    learn_asked = Signal()
    stop_asked = Signal()
    switched = Signal(bool)
    forget_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Your genres"))
        letter = self.fontMetrics().averageCharWidth()
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("Your genres"), "title"))
        text = self.tr(
            "The program learns your genres from what you decide and from tags that you trust, on this computer. A "
            "genre is proposed only where it is heard rightly more often than by the model alone, by artists it had "
            "not met."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        column.addLayout(self._learning())
        column.addLayout(self._finding())
        self._make_table(letter)
        column.addWidget(self.table, 1)
        self.form = GenreForm()
        column.addWidget(self.form.worth)
        column.addWidget(self.form)
        column.addLayout(self._buttons())
        self._wanted = ""
        self._fit(column)
        genre_colours.changes().changed.connect(self._redraw)

    def _fit(self, column: QVBoxLayout) -> None:
        """Take as much room as the text wants, if the screen has it."""
        room = self.screen().availableSize()
        width = min(max(135 * theme.UNIT, 110 * self.fontMetrics().averageCharWidth()), room.width())
        least = column.totalMinimumHeightForWidth(width)
        self.resize(width, min(max(90 * theme.UNIT, least), room.height()))

    def _learning(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.on = TickBox(self.tr("&Learn my genres"))
        self.on.clicked.connect(self.switched)
        self.told = ElidedLabel("quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(16 * theme.UNIT)
        self.progress.setAccessibleName(self.tr("Learning"))
        self.stop = button(self.tr("Cancel"), quiet=True)
        self.stop.clicked.connect(self.stop_asked)
        self.learn = button(self.tr("Learn n&ow"), primary=True)
        self.learn.clicked.connect(self.learn_asked)
        row.addWidget(self.on)
        row.addWidget(self.told, 1)
        for part in (self.progress, self.stop, self.learn):
            row.addWidget(part)
        self.show_learning(None)
        return row

    def _finding(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a genre"))
        self.filter.setAccessibleName(self.tr("Find a genre"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._narrow)
        self.new = button(self.tr("Ne&w genre…"))
        self.new.clicked.connect(self._ask_new)
        row.addWidget(self.filter, 1)
        row.addWidget(self.new)
        return row

    def _make_table(self, letter: int) -> None:
        self.model = GenresModel()
        self.table = framed_table(self.model, self.tr("Your genres"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        for section in (TRUST, PROPOSED):
            self.table.setItemDelegateForColumn(section, BoxDelegate(self.table))
        header = self.table.horizontalHeader()
        for section, letters in ((NAME, 20), (PARENT, 13), (TRUST, 8), (EXAMPLES, 20), (PROPOSED, 6)):
            header.resizeSection(section, max(letters * letter, header.sectionSizeHint(section) + 2 * letter))
        header.setSectionResizeMode(WORTH, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(6 * letter)
        self.table.setMinimumHeight(4 * self.table.verticalHeader().defaultSectionSize())
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._look(now))

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.load_button, self.save_button = button(self.tr("&Import…")), button(self.tr("&Export…"))
        self.tidy = button(self.tr("&Tidy genres…"))
        self.forget = button(self.tr("&Forget all that was learned…"))
        self.forget.clicked.connect(self._ask_to_forget)
        self.form.forgotten.connect(self.forget_asked)
        self.problem = ElidedLabel("warning")
        close = button(self.tr("Close"))
        close.clicked.connect(self.reject)
        for part in (self.load_button, self.save_button, self.tidy, self.forget):
            row.addWidget(part)
        row.addWidget(self.problem, 1)
        row.addWidget(close)
        return row

    # --- what is shown -------------------------------------------------------------------------------

    def show_standings(self, found: Standings) -> None:
        """Show how the genres stand now; the one that was chosen stays so."""
        self.on.setChecked(found.on)
        self.problem.set_text(found.problem)
        self.told.set_text(_told(found))
        self.model.take(list(found.genres))
        if self._wanted and self.model.index_of(self._wanted).isValid():
            self.choose(self._wanted)
        else:
            self._choose(self.form.row.name if self.form.row is not None else "")
        learned = any(row.report is not None for row in found.genres)
        self.forget.setEnabled(learned or any(row.trusted or not row.proposed for row in found.genres))

    def choose(self, name: str) -> None:
        """Choose a genre, now or as soon as it is known; "" leaves it as it is."""
        self._wanted = "" if self.model.index_of(name).isValid() else name
        if name and not self._wanted:
            self._choose(name)

    def show_learning(self, step: tuple[int, int] | None) -> None:
        """Show how far learning is: steps done and of how many; None when nothing is learned at the moment."""
        for part in (self.progress, self.stop):
            part.setVisible(step is not None)
        self.learn.setVisible(step is None)
        if step is not None:
            self.progress.setRange(0, step[1])
            self.progress.setValue(step[0])

    def say(self, sentence: str) -> None:
        """Say what went wrong."""
        self.problem.set_text(sentence)

    def refuse(self, sentence: str) -> None:
        """Say why a genre stays as it is."""
        self._wanted = ""
        self.form.say(sentence)

    def _choose(self, name: str) -> None:
        index = self.model.index_of(name)
        if not index.isValid() and self.model.rows:
            index = self.model.index(0, 0)
        if index.isValid():
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)
        self._look(index)

    def _look(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()] if index.isValid() and index.row() < len(self.model.rows) else None
        self.form.show_genre(row, [one.name for one in self.model.all_rows()])

    def _narrow(self, text: str) -> None:
        self.model.narrow(text)
        self._choose(self.form.row.name if self.form.row is not None else "")

    def _redraw(self) -> None:
        self.table.viewport().update()
        self._look(self.table.currentIndex())

    # --- what is asked -------------------------------------------------------------------------------

    def _ask_new(self) -> None:
        name, agreed = QInputDialog.getText(self, self.tr("New genre"), self.tr("The name of the genre:"))
        if agreed and name.strip():
            self.add(name.strip())

    def add(self, name: str) -> None:
        """Put a genre into the list, and choose it."""
        self.filter.clear()
        self._wanted = name
        self.form.changed.emit(name, OwnGenre(name))

    def _ask_to_forget(self) -> None:
        text = self.tr(
            "All that was learned is forgotten, and which tags you trust. The model decides again, and nothing is "
            "learned until you switch it on. Your decisions are kept. Forget it?"
        )
        answer = QMessageBox.question(self, self.tr("Forget all that was learned"), text)
        if answer == QMessageBox.StandardButton.Yes:
            self.forget_asked.emit("")


def _told(found: Standings) -> str:
    """Say what learning is worth on the whole."""
    if not found.on:
        return words.tr("Learning is switched off; the model decides.")
    score = found.score
    if not score.judged:
        return words.tr("Nothing is learned yet.")
    text = words.tr("Of {} examples, judged by other artists, {} are right; by the model alone {}.")
    return text.format(*map(words.number, (score.judged, score.learned, score.bundled)))

