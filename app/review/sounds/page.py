"""The page of what sounds different: the list, the table of what is said and heard, and what can be decided there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QSplitter, QTableView, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.rows_model import RowsModel, framed_table
from app.look.widgets import ElidedLabel, button, label
from app.review.sounds.matrix import Cells, MatrixModel, matrix
from app.settings.keys import REVIEW_KEYS, keys_of, shown

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Track
    from genre_tagger.review.sounds.audit import Surprise

#: The keys of the review that do the same here.
KEYS = ("accept", "leave", "take_back", "play")


# So many rows are to be seen beside the drawing of the sound.
_ROWS = 12


class Different(NamedTuple):
    """A row: what was found out of a track, and the track."""

    found: Surprise
    track: Track

    @property
    def title(self) -> str:
        """How the track is called, on one line."""
        return words.one_line(self.track.title) or words.printable(self.track.path.rpartition("/")[2])


class DifferentModel(RowsModel[Different]):
    """The tracks: what they are, what their files say, what is heard, how sure, how surprising."""

    def __init__(self) -> None:
        super().__init__((
            words.tr("Title"), words.tr("Artist"), words.tr("In the file"), words.tr("Heard"), words.tr("Sure"),
            words.tr("Surprise"),
        ))  # fmt: skip

    def text(self, row: Different, column: int) -> str:
        return (
            row.title, words.one_line(row.track.artist), words.genres(row.track.genres),
            words.one_line(row.found.heard), words.percent(row.found.probability), times(row.found.surprise),
        )[column]  # fmt: skip


def times(bits: float) -> str:
    """Say how many times less likely listening has made the file's genre, no more exactly than one can know."""
    if bits <= 0:
        return ""
    if bits >= 10:
        return words.tr("over {} ×").format(words.number(1000))
    number = round(2**bits)
    return words.tr("{} ×").format(words.number(round(number, 1 - len(str(number)) if number > 9 else 0)))


class DifferentPage(QWidget):
    """Shows the list beside the table of genres.

    Signals: pressed(id of a key) with :data:`KEYS`, looked_at(Track or None) when another row is gone to,
    cell_chosen(genre in the file, genre heard) or with two None for the list of what is different, look_asked() for
    looking anew, table_asked() and review_asked() for what is listed.
    """

    pressed = Signal(str)
    looked_at = Signal(object)
    cell_chosen = Signal(object, object)
    look_asked = Signal()
    table_asked = Signal()
    review_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self._keys: dict[str, str] = {}
        self._rows: list[Different] = []
        self._words = ""
        self.model, self.cells = DifferentModel(), MatrixModel()
        self.list, self.matrix = _listed(self.model), matrix(self.cells)
        self.told, self.count = label("", "quiet", wrap=True), ElidedLabel("quiet")
        self._compose()
        self.list.selectionModel().currentRowChanged.connect(lambda *_: self.looked_at.emit(self.current_track()))
        self.matrix.clicked.connect(self._choose)
        self.matrix.activated.connect(self._choose)
        for table in (self.list, self.matrix):
            table.installEventFilter(self)
        self.setFocusProxy(self.list)

    def _compose(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Sounds different"), "title"), 1)
        self.look = button(self.tr("&Look again"), quiet=True)
        self.look.clicked.connect(self.look_asked)
        head.addWidget(self.look)
        column.addLayout(head)
        column.addWidget(self.told)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(theme.UNIT)
        both.addWidget(self._left())
        both.addWidget(self._right())
        both.setSizes([62 * theme.UNIT, 50 * theme.UNIT])
        column.addWidget(both, 1)
        column.addLayout(self._buttons())

    def _left(self) -> QWidget:
        part, column = _part()
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        self.all = button(self.tr("Show all that sounds &different"), quiet=True)
        self.all.clicked.connect(lambda: self.cell_chosen.emit(None, None))
        self.all.hide()
        row.addWidget(self.all)
        column.addLayout(row)
        column.addWidget(self.list, 1)
        return part

    def _right(self) -> QWidget:
        part, column = _part()
        column.addWidget(label(self.tr("What the files say ↓ and what is heard →"), "caption"))
        column.addWidget(self.matrix, 1)
        return part

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons = {key: button("", primary=key == "accept", quiet=key in ("take_back", "play")) for key in KEYS}
        self.table = button(self.tr("Show in the &table"), quiet=True)
        self.table.clicked.connect(self.table_asked)
        self.review = button(self.tr("&Review these"), quiet=True)
        self.review.clicked.connect(self.review_asked)
        for key, made in self.buttons.items():
            made.clicked.connect(lambda _=False, key=key: self.pressed.emit(key))
        for made in (self.buttons["play"], self.buttons["take_back"], self.review, self.table):
            row.addWidget(made)
        row.addStretch()
        row.addWidget(self.buttons["leave"])
        row.addWidget(self.buttons["accept"])
        return row

    def wanted_height(self) -> int:
        """The height in which a dozen tracks are seen at once."""
        rows = _ROWS * self.list.verticalHeader().defaultSectionSize()
        return self.sizeHint().height() - self.list.sizeHint().height() + rows

    # --- what it shows -------------------------------------------------------------------------------

    def set_keys(self, chosen: Mapping[str, str]) -> None:
        """Take the keys that the review has for the same."""
        rows = {row.id: keys_of(row, chosen) for row in REVIEW_KEYS if row.id in KEYS}
        self._keys = {keys: name for name in reversed(KEYS) for keys in rows[name]}
        said = {
            "accept": self.tr("Take what is heard"), "leave": self.tr("Keep what the file says"),
            "take_back": self.tr("Take back"), "play": self.tr("Play"),
        }  # fmt: skip
        for name, made in self.buttons.items():
            made.setText(f"{said[name]}  {shown(rows[name][0])}")

    def tell(self, text: str) -> None:
        """Say what goes on, or what the list is."""
        self.told.setText(text)

    def show_matrix(self, cells: Cells) -> None:
        """Show other numbers."""
        self.cells.show(cells)

    def show_rows(self, rows: Sequence[Different], total: int, cell: tuple[str, str] | None) -> None:
        """Show these tracks, the first of `total`; of one `cell` of the table, or of all that sounds different."""
        self._rows = list(rows)
        self.all.setVisible(cell is not None)
        if cell is None:
            self.matrix.clearSelection()
            text = self.tr("{} sound different").format(words.tracks(total))
        else:
            said, heard = map(words.one_line, cell)
            text = self.tr("{}: the files say {}, {} is heard").format(words.tracks(total), said, heard)
        if len(rows) < total:
            text = self.tr("{} (the first {})").format(text, words.number(len(rows)))
        self.count.set_text(text)
        self._show()

    def search(self, typed: str) -> None:
        """Show only rows with this in their title, artist or genres."""
        self._words = typed.strip().casefold()
        self._show()

    def _show(self) -> None:
        row = self.list.currentIndex().row()
        found = [one for one in self._rows if not self._words or self._words in self._text(one)]
        self.model.show(found)
        if found:
            self._go(min(max(row, 0), len(found) - 1))
        else:
            self.looked_at.emit(None)
        for part in (*self.buttons.values(), self.table, self.review):
            part.setEnabled(bool(found) or part is self.buttons["take_back"])

    def _text(self, row: Different) -> str:
        return "\n".join(self.model.text(row, column) for column in range(4)).casefold()

    def _go(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index = self.model.index(row, 0)
        self.list.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    # --- what is chosen ------------------------------------------------------------------------------

    def selected(self) -> list[Different]:
        """List the selected rows, from the top."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        return [self.model.rows[row] for row in rows if row < len(self.model.rows)]

    def current_track(self) -> Track | None:
        """Give the track that one is at."""
        row = self.list.currentIndex().row()
        return self.model.rows[row].track if 0 <= row < len(self.model.rows) else None

    def go_to(self, track: int) -> None:
        """Go to the row of a track, if it is there."""
        for number, row in enumerate(self.model.rows):
            if row.track.id == track:
                self._go(number)

    def take_out(self, ids: Collection[int]) -> None:
        """Take tracks out of the list, as they are decided; the one that follows is gone to."""
        first = next((row for row, one in enumerate(self.model.rows) if one.track.id in ids), 0)
        before = sum(one.track.id in ids for one in self.model.rows[:first])
        self._rows = [one for one in self._rows if one.track.id not in ids]
        self._go(first - before) if self.model.rows else None
        self._show()

    def _choose(self, index: QModelIndex) -> None:
        if self.cells.flags(index) & Qt.ItemFlag.ItemIsEnabled:
            self.cell_chosen.emit(*self.cells.key(index))

    # --- keys ----------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Have the keys of the page before the shortcuts of the window; in the table of genres Return chooses."""
        if not isinstance(event, QKeyEvent) or event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return super().eventFilter(watched, event)
        name = self._keys.get(_keys_of(event), "")
        if not name or (watched is self.matrix and name == "accept"):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif not event.isAutoRepeat():  # a key that is held decides nothing: it would decide on the next track
            self.pressed.emit(name)
        return True


def _keys_of(event: QKeyEvent) -> str:
    """The keys of an event as settings have them."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    sequence = QKeySequence(modifiers.value | event.keyCombination().key().value)
    return sequence.toString(QKeySequence.SequenceFormat.PortableText)


def _part() -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.UNIT // 2)
    return part, column


def _listed(model: DifferentModel) -> QTableView:
    table = framed_table(model, words.tr("Tracks that sound different from what their files say"))
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    header, letter = table.horizontalHeader(), table.fontMetrics().averageCharWidth()
    for section, letters in enumerate((24, 17, 15, 15, 9, 16)):
        header.resizeSection(section, letters * letter)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table
