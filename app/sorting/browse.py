"""Three columns above the table: genres, the artists of a genre, their albums; choosing there narrows the table.

What is chosen can be dragged onto a genre of the sidebar.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from app.jobs.queries import Filter, Queries, find
from app.jobs.state import LibraryState
from app.look import theme, words
from app.look.rows_model import RowsModel
from app.look.widgets import label
from app.sorting.covers import Covers
from app.table.dragging import DragColumn, drag
from app.table.track_list import TrackList
from genre_tagger.base.genre_words import TEN
from genre_tagger.library.shelves.browsing import FILES, HEARD, Chosen, Shelf, Shelves

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

    from genre_tagger.library.library import Library

Index = QModelIndex | QPersistentModelIndex
_SHELF = Qt.ItemDataRole.UserRole
_LINES = 9  # rows that can be seen at once
_SOON_MS = 250  # many decisions in a row are counted together


class _Rows(RowsModel[Shelf]):
    """The rows of one column; the first is all of it."""

    def __init__(self, everything: str, nameless: str) -> None:
        super().__init__(("",))
        self._everything, self._nameless = everything, nameless

    def text(self, row: Shelf, column: int) -> str:
        if row is self.rows[0]:
            return self._everything
        return words.one_line(row.name) or self._nameless

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shelf = self.rows[index.row()]
        if role == _SHELF:
            return shelf
        text = self.text(shelf, 0)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            kinds = f", {words.tr('with')} {', '.join(map(words.one_line, shelf.below))}" if shelf.below else ""
            return f"{text}, {words.tracks(shelf.tracks)}, {words.length(shelf.seconds)}{kinds}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.plain_tooltip(f"{text}: {words.tracks(shelf.tracks)}, {words.length(shelf.seconds)}")
        return super().data(index, role)


class _Delegate(QStyledItemDelegate):
    """A cover where there are covers, the name, and how much there is."""

    def __init__(self, covers: Covers | None, parent: QObject) -> None:
        super().__init__(parent)
        self._covers = covers

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = option.fontMetrics.height()
        return QSize(0, 2 * line + theme.UNIT if self._covers is not None else line + theme.UNIT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, shelf = theme.colours(), index.data(_SHELF)
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, theme.colour(c.selected if chosen else c.hover))
        inside = option.rect.adjusted(theme.UNIT + 2 * theme.UNIT * shelf.depth, 0, -theme.UNIT, 0)
        if self._covers is not None:
            inside.setLeft(self._paint_cover(painter, inside, shelf))
        self._paint_texts(painter, inside, index.data(), shelf, c)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.colour(c.accent))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        painter.restore()

    def _paint_cover(self, painter: QPainter, inside: QRect, shelf: Shelf) -> int:
        side = inside.height() - theme.UNIT // 2
        place = QRect(inside.left(), inside.top() + theme.UNIT // 4, side, side)
        picture = self._covers.of(os.fsdecode(shelf.path)) if self._covers is not None and shelf.path else None
        if picture is not None and not picture.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, picture)
        elif shelf.path:
            theme.icon("note", theme.colours().quiet).paint(painter, place.adjusted(6, 6, -6, -6))
        return place.right() + theme.UNIT

    def _paint_texts(self, painter: QPainter, inside: QRect, name: str, shelf: Shelf, c: theme.Colours) -> None:
        count = f"{words.number(shelf.tracks)}   ·   {words.length(shelf.seconds)}"
        if painter.fontMetrics().horizontalAdvance(f"{name}{count}") + 3 * theme.UNIT > inside.width():
            count = words.number(shelf.tracks)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour(c.quiet))
        if self._covers is None:
            painter.drawText(inside, middle | Qt.AlignmentFlag.AlignRight, count)
            inside = inside.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(count) - theme.UNIT, 0)
            upper = inside
        else:
            half = inside.height() // 2
            year = [str(shelf.year)] if shelf.year else []
            said = "   ·   ".join([*year, words.tracks(shelf.tracks), words.length(shelf.seconds)])
            said = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, inside.width())
            painter.drawText(inside.adjusted(0, half - 2, 0, 0), middle, said)
            upper = inside.adjusted(0, 2, 0, -half)
        painter.setPen(theme.colour(c.text))
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, upper.width())
        painter.drawText(upper, middle | Qt.AlignmentFlag.AlignLeft, shown)


class Browse(QWidget):
    """The columns; letters jump. Signal: chosen(Chosen) when something else is chosen."""

    chosen = Signal(object)

    def __init__(self, queries: Queries, tracks: TrackList, state: LibraryState, covers: Covers) -> None:
        super().__init__()
        self._queries, self._tracks, self._state = queries, tracks, state
        self._showing = False
        self._labels: tuple[str, ...] = TEN
        self.by = QComboBox()
        self.by.addItem(self.tr("Genres in the files"), FILES)
        self.by.addItem(self.tr("Genres heard or chosen"), HEARD)
        self.by.setAccessibleName(self.tr("Which genres to browse by"))
        self.models = (
            _Rows(self.tr("All genres"), self.tr("Without genre")),
            _Rows(self.tr("All artists"), self.tr("Unknown artist")),
            _Rows(self.tr("All albums"), self.tr("Unknown album")),
        )
        self.lists = tuple(self._list(number, covers) for number in range(3))
        self._compose()
        covers.came.connect(self.lists[2].viewport().update)
        tracks.shown.connect(lambda _: self.ask())
        self._soon = QTimer(self, interval=_SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.ask)
        tracks.decided.connect(lambda: self._soon.start() if self.by.currentData() == HEARD else None)
        self.by.currentIndexChanged.connect(lambda _: self._choose(0))

    def _list(self, number: int, covers: Covers) -> QListView:
        column = DragColumn()
        column.dragged.connect(self._drag)
        column.setAccessibleName((self.tr("Genres"), self.tr("Artists"), self.tr("Albums"))[number])
        column.setModel(self.models[number])
        column.setItemDelegate(_Delegate(covers if number == 2 else None, column))
        column.setUniformItemSizes(True)
        column.setMouseTracking(True)
        column.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.selectionModel().currentChanged.connect(lambda new, old: self._choose(number))
        return column

    def _compose(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        heads: Sequence[QWidget] = (
            self.by, label(self.tr("Artists"), "caption"), label(self.tr("Albums"), "caption")
        )  # fmt: skip
        height = max(head.sizeHint().height() for head in heads)
        for number, head in enumerate(heads):
            column = QVBoxLayout()
            column.setSpacing(theme.UNIT // 2)
            head.setFixedHeight(height)
            column.addWidget(head)
            column.addWidget(self.lists[number], 1)
            row.addLayout(column, 3 if number == 2 else 2)
            head.setContentsMargins(theme.UNIT, 0, 0, 0)
        self.setFixedHeight(height + _LINES * (self.fontMetrics().height() + theme.UNIT))

    # --- what is there, and what is chosen -----------------------------------------------------------

    def now(self) -> Chosen:
        """Tell what is chosen."""
        genre, artist, album = (
            column.currentIndex().data(_SHELF) if column.currentIndex().row() > 0 else None for column in self.lists
        )
        return Chosen(
            self.by.currentData(), genre and genre.name, artist and artist.name, album and album.name,
            genre.below if genre is not None else (),
        )  # fmt: skip

    def learn(self, labels: Sequence[str]) -> None:
        """Take the model's genres: what is called a kind of one stands below it."""
        self._labels = tuple(labels)
        self.ask()

    def _drag(self) -> None:
        """Drag the tracks of what is chosen, once the library has said which these are."""
        wanted = find(self._tracks.filter._replace(chosen=self.now()), self._state.now.policy, ("path", False))

        def start(ids: Sequence[int]) -> None:
            # Who has let go by then does not drag any more.
            if ids and QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
                drag(ids, self)

        self._queries.run(lambda library: wanted(library).ids, start, key="dragged")

    def reset(self) -> None:
        """Choose everything."""
        self.lists[0].setCurrentIndex(self.models[0].index(0, 0))
        self._choose(0)

    def ask(self) -> None:
        """Count again what there is of everything that the filter leaves."""
        if not self.isVisible():
            return
        asked = self._tracks.filter._replace(chosen=None)
        chosen, policy = self.now(), self._state.now.policy
        terms = {**_but_chosen(asked), **policy.terms()}
        labels = self._labels
        self._queries.run(lambda library: counted(library, chosen, labels, terms), self._show, key="shelves")

    def _show(self, found: Shelves) -> None:
        before = self.now()
        self._showing = True
        for model, column, shelves, name in zip(self.models, self.lists, found, before[1:4], strict=True):
            if model.rows != shelves:
                model.show(shelves)
                row = next((n for n, shelf in enumerate(shelves) if n and shelf.name == name), 0)
                column.setCurrentIndex(model.index(row if name is not None else 0, 0))
        self._showing = False
        if self.now() != before:
            self.chosen.emit(self.now())

    def _choose(self, number: int) -> None:
        """Take note that something else is chosen; what stands to its right is everything again."""
        if self._showing:
            return
        self._showing = True
        for column in self.lists[number + 1 :] if number < 2 else ():
            column.setCurrentIndex(column.model().index(0, 0))
        self._showing = False
        self.chosen.emit(self.now())
        self.ask()


def counted(library: Library, chosen: Chosen, labels: Sequence[str], terms: dict[str, Any]) -> Shelves:
    """Count what is on the shelves, kinds of genres below them."""
    from genre_tagger.review.names.parents import family_of

    return library.shelves(chosen, above=family_of(library, labels), **terms)


def _but_chosen(asked: Filter) -> dict[str, Any]:
    # Of certain tracks that are shown alone, shelves say nothing: they count what the rest of the filter leaves.
    return {name: value for name, value in asked._asdict().items() if name not in ("chosen", "these")}
