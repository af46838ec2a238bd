"""The genres that the files have, and what they become; the person's list, and what it makes of a genre."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.rows_model import Index, RowsModel, framed_table
from app.look.widgets import ElidedLabel, TickBox, button, label
from app.review.genres.boxes import BoxDelegate
from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.review.names.genre_list import MOST, GenreList, GenreListError, Parents, read_list
from genre_tagger.review.names.suggesting import Suggestion, suggest
from genre_tagger.review.names.trees import read_outline, write_outline
from genre_tagger.review.policy import clean

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_PAUSE_MS = 150
_Role = Qt.ItemDataRole


class Names(NamedTuple):
    """The genres of the files with their tracks, what is suggested, the person's list, and what is wrong with it."""

    counts: list[tuple[str, int]]
    suggestions: list[Suggestion]
    own: GenreList
    problem: str = ""


def names(library: Library) -> Names:
    """Read what the dialog shows."""
    counts = [(name, tracks) for name, tracks in library.genre_counts() if name]
    try:
        own, problem = read_list(library), ""
    except GenreListError as error:
        own, problem = GenreList(), str(error)
    return Names(counts, suggest(counts, [one.name for one in own.genres]), own, problem)


class NameRow(NamedTuple):
    """A genre of the files: how many tracks have it, what it would become, why that is suggested, and whether it is."""

    name: str
    tracks: int
    new: tuple[str, ...]
    why: str = ""
    ticked: bool = False


def rows(found: Names) -> list[NameRow]:
    """Make a row of each genre, those first that something is suggested for."""
    tracks = dict(found.counts)
    suggested = [
        NameRow(name, tracks[name], one.new, one.why, True) for one in found.suggestions for name in one.old
    ]
    met = {row.name for row in suggested}
    return suggested + [NameRow(name, count, (name,)) for name, count in found.counts if name not in met]


class NamesModel(RowsModel[NameRow]):
    """Genres of the files, with what they become, which can be changed. Signal: changed()."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__((words.tr("In the files"), words.tr("Tracks"), words.tr("Becomes"), words.tr("Why")))

    def text(self, row: NameRow, column: int) -> str:
        new = words.genres(row.new) if row.new else words.tr("nothing")
        return (words.one_line(row.name), words.number(row.tracks), new, words.tr(row.why) if row.why else "")[column]

    def flags(self, index: Index) -> Qt.ItemFlag:
        can = super().flags(index)
        if index.column() == 0:
            return can | Qt.ItemFlag.ItemIsUserCheckable
        return can | Qt.ItemFlag.ItemIsEditable if index.column() == 2 else can

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == _Role.CheckStateRole and index.column() == 0:
            return Qt.CheckState.Checked if row.ticked else Qt.CheckState.Unchecked
        if role == _Role.EditRole and index.column() == 2:
            return BETWEEN.join(row.new)
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        row = self.rows[index.row()]
        if role == _Role.CheckStateRole and index.column() == 0:
            self.rows[index.row()] = row._replace(ticked=Qt.CheckState(value) == Qt.CheckState.Checked)
        elif role == _Role.EditRole and index.column() == 2:
            new = clean(str(value).split(";"))
            self.rows[index.row()] = row._replace(new=new, ticked=new != (row.name,))
        else:
            return False
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), 3))
        self.changed.emit()
        return True

    def changes(self) -> dict[str, tuple[str, ...]]:
        """Give what is ticked and becomes something else."""
        return {row.name: row.new for row in self.rows if row.ticked and row.new != (row.name,)}


class TidyDialog(QDialog):
    """Tidies genres.

    Signals: renames_asked(changes), and tidying_asked(GenreList), are to be written after they were shown; kept
    (GenreList) when the list is another.
    """

    renames_asked = Signal(object)
    tidying_asked = Signal(object)
    kept = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tidy genres"))
        self.resize(138 * theme.UNIT, 82 * theme.UNIT)
        self._own = GenreList()
        self._reading = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._reading.timeout.connect(self._read)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(2 * theme.UNIT)
        column.addWidget(label(self.tr("Tidy genres"), "title"))
        text = self.tr(
            "What is ticked here is shown file by file before it is written, and can be undone like every write."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        halves = QHBoxLayout()
        halves.setSpacing(3 * theme.UNIT)
        column.addLayout(halves, 1)
        halves.addLayout(self._files(), 3)
        halves.addLayout(self._list(), 2)
        self._look()

    # --- the files -----------------------------------------------------------------------------------

    def _files(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("In your files"), "heading"))
        text = self.tr(
            "Change what a genre becomes: another name, several with semicolons between them, or nothing."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        self.model = NamesModel()
        self.table = framed_table(self.model, self.tr("Genres of your files and what they become"))
        self.table.setItemDelegateForColumn(0, BoxDelegate(self.table))
        self.model.changed.connect(self._look)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        header = self.table.horizontalHeader()
        for section, width in enumerate((24, 9, 24, 12)):
            header.resizeSection(section, width * theme.UNIT)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.told = ElidedLabel("quiet")
        row.addWidget(self.told, 1)
        self.rename = button(self.tr("&Show what would be written…"), primary=True)
        self.rename.clicked.connect(lambda: self.renames_asked.emit(self.model.changes()))
        row.addWidget(self.rename)
        column.addLayout(row)
        return column

    def show_names(self, found: Names) -> None:
        """Show the genres of the files; the list, too, unless it has been changed here."""
        self.model.show(rows(found))
        if not self.outline.document().isModified():
            self._show_list(found.own)
            self.problem.set_text(found.problem)
        self._look()

    def _look(self) -> None:
        changes = self.model.changes()
        tracks = sum(row.tracks for row in self.model.rows if row.name in changes)
        self.rename.setEnabled(bool(changes))
        self.told.set_text(
            self.tr("{} genres become something else, in {}").format(words.number(len(changes)), words.tracks(tracks))
            if changes
            else self.tr("Nothing is ticked.")
        )

    # --- the list ------------------------------------------------------------------------------------

    def _list(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("Your list"), "heading"))
        text = self.tr("A genre a line; kinds of it indented below it; other words for it behind “=”.")
        column.addWidget(label(text, "quiet", wrap=True))
        self.outline = QPlainTextEdit()
        self.outline.setObjectName("framed")
        self.outline.setAccessibleName(self.tr("Your list of genres"))
        self.outline.setPlaceholderText("Electronic\n    House\nHip-Hop = Rap, Rap/Hip Hop")
        self.outline.setTabChangesFocus(True)
        column.addWidget(self.outline, 1)
        self.parents = QComboBox()
        self.parents.setAccessibleName(self.tr("What becomes of kinds of a genre"))
        for value, said in (
            (Parents.ALONE, self.tr("A kind of a genre is written alone")),
            (Parents.BESIDE, self.tr("What it is a kind of stands beside it")),
            (Parents.INSTEAD, self.tr("The broad genre stands in its place")),
        ):
            self.parents.addItem(said, value.value)
        column.addWidget(self.parents)
        self.only_listed = TickBox(self.tr("&Only genres of this list"))
        self.most = QComboBox()
        self.most.setAccessibleName(self.tr("Genres a file keeps at most"))
        for most in range(MOST + 1):
            self.most.addItem(self.tr("at most {}").format(most) if most else self.tr("as many as there are"), most)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.only_listed, 1)
        row.addWidget(self.most)
        column.addLayout(row)
        self.ignored = QLineEdit()
        self.ignored.setAccessibleName(self.tr("Genres to take out everywhere"))
        self.ignored.setPlaceholderText(self.tr("Take out everywhere, such as Seen Live; Favourites"))
        column.addWidget(self.ignored)
        column.addWidget(self._trying())
        self.problem = ElidedLabel("warning")
        column.addWidget(self.problem)
        column.addLayout(self._buttons())
        for changed in (
            self.outline.textChanged, self.parents.currentIndexChanged, self.only_listed.toggled,
            self.most.currentIndexChanged, self.ignored.textChanged, self.field.textChanged,
        ):  # fmt: skip
            changed.connect(lambda *_: self._reading.start())
        return column

    def _trying(self) -> QWidget:
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        self.field = QLineEdit()
        self.field.setAccessibleName(self.tr("Try it"))
        self.field.setPlaceholderText(self.tr("Try it: rap; deep house"))
        self.became = ElidedLabel()
        row.addWidget(self.field, 1)
        row.addWidget(label("→", "quiet"))
        row.addWidget(self.became, 1)
        return part

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        self.load_button, self.save_button = button(self.tr("&Import…")), button(self.tr("&Export…"))
        self.tidy = button(self.tr("&Tidy all files by it…"))
        self.tidy.clicked.connect(self._ask_to_tidy)
        row.addWidget(self.load_button)
        row.addWidget(self.save_button)
        row.addStretch()
        row.addWidget(self.tidy)
        return row

    @property
    def own(self) -> GenreList:
        """The list as it was last read without a problem."""
        return self._own

    def take(self, own: GenreList) -> None:
        """Show another list, which is kept from now on."""
        self._show_list(own)
        self.problem.set_text("")
        self.tidy.setEnabled(True)
        self.kept.emit(own)

    def _show_list(self, own: GenreList) -> None:
        self._own = own
        self.outline.setPlainText(write_outline(own.genres))
        self.parents.setCurrentIndex(self.parents.findData(own.parents.value))
        self.only_listed.setChecked(own.only_listed)
        self.most.setCurrentIndex(own.most)
        self.ignored.setText(BETWEEN.join(own.ignored))
        self.outline.document().setModified(False)
        self._reading.stop()
        self._try()

    def _read(self) -> None:
        """Take what is typed, if it makes sense, and say what does not."""
        try:
            rules = GenreList(
                (), tuple(self.ignored.text().split(";")), self.only_listed.isChecked(), self.most.currentIndex(),
                Parents(self.parents.currentData()),
            )  # fmt: skip
            own = replace(rules, genres=self._own.with_genres(read_outline(self.outline.toPlainText())).genres)
        except GenreListError as error:
            self.problem.set_text(str(error))
            self.tidy.setEnabled(False)
            return
        self.problem.set_text("")
        self.tidy.setEnabled(True)
        if own != self._own:
            self._own = own
            self.kept.emit(own)
        self._try()

    def _try(self) -> None:
        said = clean(self.field.text().split(";"))
        tidy = self._own.tidied(said)
        self.became.set_text(words.genres(tidy) if tidy else self.tr("nothing") if said else "")

    def _ask_to_tidy(self) -> None:
        self._reading.stop()
        self._read()
        if self.tidy.isEnabled():
            self.tidying_asked.emit(self._own)
