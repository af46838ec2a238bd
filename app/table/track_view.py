"""The table: rows of one height, no widget in any cell, columns that can be chosen, moved and remembered."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QPointF,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from app.jobs.queries import AS_GIVEN
from app.jobs.window_first import going_first
from app.look import words
from app.table.columns import COLUMNS, INDEX
from app.table.delegates import TrackDelegate
from app.table.dragging import drag
from app.table.track_model import TrackModel, pieces

_FIXED = (INDEX["tick"], INDEX["title"])
# A selection in more pieces than this makes Qt search through them for every cell that it paints.
_PIECES = 1000
_Move = QAbstractItemView.CursorAction


class TrackView(QTableView):
    """Shows a :class:`TrackModel`; sorting is asked for, not done."""

    sort_requested = Signal(str, bool)
    tick_clicked = Signal(int)
    editing_ended = Signal()
    # The user went to one row: with a key (true) or the mouse.
    picked = Signal(bool)
    alike_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sorted = (INDEX["path"], Qt.SortOrder.AscendingOrder)
        self._as_given = False
        self._delegate = TrackDelegate(self)
        self._pressed: QPointF | None = None  # where somebody pressed on a row that was not selected
        self.setItemDelegate(self._delegate)
        self._delegate.closeEditor.connect(self.editing_ended, Qt.ConnectionType.QueuedConnection)
        self.setAccessibleName(words.tr("Tracks"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._fit_rows()

    def set_model(self, model: TrackModel) -> None:
        """Show a model, with the columns as wide as they are meant to be at first."""
        self.setModel(model)
        header = self.horizontalHeader()
        # The header asks for each column whether all of it is selected, which takes seconds in a large table.
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_column_menu)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(*self._sorted)
        header.sortIndicatorChanged.connect(self._on_sort_indicator)
        self.reset_columns()

    def reset_columns(self) -> None:
        """Give the columns the order, width and visibility that they have at first."""
        header = self.horizontalHeader()
        letter = self.fontMetrics().averageCharWidth()
        for number, column in enumerate(COLUMNS):
            header.moveSection(header.visualIndex(number), number)
            header.resizeSection(number, column.width * letter)
            header.setSectionHidden(number, not column.visible)
        header.setMinimumSectionSize(4 * letter)

    def set_known_genres(self, genres: Iterable[str]) -> None:
        """Offer these genres while somebody types one."""
        self._delegate.set_known_genres(list(genres))

    # --- sorting -------------------------------------------------------------------------------------

    def sort(self) -> tuple[str, bool]:
        """Give the order of Library.find that the header shows, and whether it is turned around."""
        column, order = self._sorted
        if self._as_given:
            return AS_GIVEN, False
        return COLUMNS[column].sort or "path", order == Qt.SortOrder.DescendingOrder

    def set_sort(self, key: str, descending: bool) -> None:
        """Show a sort order in the header; asks for nothing."""
        column = next(number for number, column in enumerate(COLUMNS) if column.sort == key)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._sorted, self._as_given = (column, order), False
        self._show_sort()

    def keep_as_given(self, wanted: bool) -> None:
        """Leave rows in the order that they come in until somebody sorts them, or show the order from before."""
        self._as_given = wanted
        self._show_sort()

    def _show_sort(self) -> None:
        header = self.horizontalHeader()
        blocked = header.blockSignals(True)
        column, order = self._sorted
        header.setSortIndicator(-1 if self._as_given else column, order)
        header.blockSignals(blocked)

    def _on_sort_indicator(self, column: int, order: Qt.SortOrder) -> None:
        if not 0 <= column < len(COLUMNS) or COLUMNS[column].sort is None:
            self._show_sort()
            return
        # How sure the model is interests from the top.
        if COLUMNS[column].key == "confidence" and self._sorted[0] != column:
            order = Qt.SortOrder.DescendingOrder
        if (column, order) != self._sorted or self._as_given:
            self._sorted, self._as_given = (column, order), False
            self._show_sort()
            self.sort_requested.emit(*self.sort())

    # --- columns -------------------------------------------------------------------------------------

    def save_state(self) -> bytes:
        """Take down width, order and visibility of the columns, and the sort order."""
        return bytes([len(COLUMNS)]) + self.horizontalHeader().saveState().data()

    def restore_state(self, state: bytes) -> bool:
        """Bring back what :meth:`save_state` took down; false if it does not fit these columns."""
        header = self.horizontalHeader()
        blocked = header.blockSignals(True)
        fits = state[:1] == bytes([len(COLUMNS)]) and header.restoreState(QByteArray(state[1:]))
        column, order = header.sortIndicatorSection(), header.sortIndicatorOrder()
        header.blockSignals(blocked)
        if not fits or header.count() != len(COLUMNS):
            self.reset_columns()
            return False
        for number in _FIXED:
            header.setSectionHidden(number, False)
        if 0 <= column < len(COLUMNS) and COLUMNS[column].sort is not None:
            self._sorted = (column, order)
        self._show_sort()
        return True

    def column_menu(self) -> QMenu:
        """Make the menu that shows and hides columns."""
        menu = QMenu(self)
        for number, column in enumerate(COLUMNS):
            if number in _FIXED:
                continue
            action = menu.addAction(column.name)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.toggled.connect(lambda shown, number=number: self.setColumnHidden(number, not shown))
        menu.addSeparator()
        menu.addAction(words.tr("Reset columns"), self.reset_columns)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _show_column_menu(self, position: QPoint) -> None:
        self.column_menu().popup(self.horizontalHeader().mapToGlobal(position))

    # --- rows ----------------------------------------------------------------------------------------

    def visible_rows(self) -> tuple[int, int]:
        """Give the first and the last row that can be seen, at least in part; (0, -1) for none."""
        model = self.model()
        count = model.rowCount() if model is not None else 0
        first = self.rowAt(0)
        last = self.rowAt(self.viewport().height() - 1)
        return (max(0, first), last if last >= 0 else count - 1) if count else (0, -1)

    def selected_rows(self) -> list[range]:
        """Give the selected rows, as ranges without overlap, from the top."""
        pieces = sorted((part.top(), part.bottom()) for part in self.selectionModel().selection().toList())
        rows: list[range] = []
        for top, bottom in pieces:
            start = max(top, rows[-1].stop) if rows else top
            if bottom >= start:
                rows.append(range(start, bottom + 1))
        return rows

    def one_selected(self) -> int | None:
        """Give the selected row, if it is one."""
        rows = self.selected_rows()
        return rows[0].start if sum(map(len, rows)) == 1 else None

    def select_rows(self, rows: Iterable[int]) -> None:
        """Select rows and no others; a selection in too many pieces is given up."""
        self.select_pieces(pieces(sorted(rows)))

    def select_pieces(self, parts: Iterable[range]) -> None:
        """Select these parts of the rows, as :meth:`select_rows` does."""
        model, selection = self.model(), QItemSelection()
        last = len(COLUMNS) - 1
        for piece in parts:
            selection.select(model.index(piece.start, 0), model.index(piece.stop - 1, last))
            if selection.size() > _PIECES:
                selection = QItemSelection()
                break
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def is_editing(self) -> bool:
        """Whether somebody is typing in a cell."""
        return self.state() == QAbstractItemView.State.EditingState

    def edit_current(self) -> None:
        """Let the user type the current row's new genre."""
        current = self.currentIndex()
        if current.isValid():
            self.setColumnHidden(INDEX["proposal"], False)
            self.set_current_row(current.row())
            self.edit(self.currentIndex())

    def set_current_row(self, row: int) -> None:
        """Make a row the current one, on the column that can be edited, and leave the selection alone."""
        index = self.model().index(row, INDEX["proposal"])
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _fit_rows(self) -> None:
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.75))

    # --- events --------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with going_first(), self._delegate.all_at_once():
            super().paintEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        with going_first():
            super().scrollContentsBy(dx, dy)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_delegate"):
            self._fit_rows()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        # Who draws from a selected row takes the selection along; from another one, sideways, that row alone, and up or
        # down more is selected.
        selected = index.isValid() and self.selectionModel().isSelected(index)
        self.setDragEnabled(selected)
        self._pressed = event.position() if plain and index.isValid() and not selected else None
        if plain and index.isValid() and index.column() == INDEX["tick"]:
            # A tick in a selection ticks all of it, so the press must not change the selection.
            self.tick_clicked.emit(index.row())
        else:
            super().mousePressEvent(event)
            if plain and index.isValid():
                self.picked.emit(False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            way = event.position() - self._pressed
            if way.manhattanLength() < QApplication.startDragDistance():
                return
            self._pressed = None
            if abs(way.x()) > abs(way.y()):
                self.startDrag(Qt.DropAction.CopyAction)
                return
        super().mouseMoveEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the selected tracks; they go nowhere from here, but can be given a genre."""
        model = self.model()
        if isinstance(model, TrackModel) and (rows := self.selected_rows()):
            drag([model.id_at(row) for part in rows for row in part], self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == INDEX["tick"]:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def event(self, event: QEvent) -> bool:
        """Have M for the tracks, which means something else in the rest of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_alike(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_alike(event):
            if not event.isAutoRepeat():
                self.alike_pressed.emit()
            return
        if event.key() == Qt.Key.Key_Space:
            # Space belongs to the player; the rest of the window may have it. Ctrl+Space selects, in every column.
            if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
                self._toggle_row()
            else:
                event.ignore()
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        several = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        if self.currentIndex().row() != before and not several:
            self.picked.emit(True)

    def _toggle_row(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(self.currentIndex(), flags.Toggle | flags.Rows)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here; the filter finds."""

    def moveCursor(self, action: _Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Rows are what one moves among: Home and End mean the first and the last, left and right scroll."""
        current = self.currentIndex()
        if action in (_Move.MoveLeft, _Move.MoveRight):
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + (1 if action == _Move.MoveRight else -1) * 4 * bar.singleStep())
            return current
        if action in (_Move.MoveHome, _Move.MoveEnd) and self.model().rowCount():
            row = 0 if action == _Move.MoveHome else self.model().rowCount() - 1
            return self.model().index(row, max(0, current.column()))
        return super().moveCursor(action, modifiers)


def _is_alike(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_M and not event.modifiers()
