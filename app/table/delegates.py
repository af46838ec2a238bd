"""How the cells of the table are painted and edited."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QLineEdit,
    QStyledItemDelegate,
    QToolTip,
    QWidget,
)

from app.look import genre_colours, theme, words
from app.look.marks import draw_bar, draw_box, draw_mark
from app.look.theme import Colours
from app.table.columns import COLUMNS, INDEX, Row
from app.table.decisions import tickable
from app.table.track_model import TrackModel
from genre_tagger.review.policy import Action

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

_ALIGNED = {
    right: int(Qt.AlignmentFlag.AlignVCenter | side | Qt.TextFlag.TextSingleLine)
    for right, side in ((False, Qt.AlignmentFlag.AlignLeft), (True, Qt.AlignmentFlag.AlignRight))
}
_DETAILS = frozenset(("number", "length", "format", "path"))
# Height of the mark before a state, as a part of the height of the text.
_MARK = 0.78

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_Seen = tuple[Row | None, Colours, QColor | None, QColor | None]


class TrackDelegate(QStyledItemDelegate):
    """Paints every cell by itself: one call from Qt per cell, and nothing taken for HTML."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._known_genres: list[str] = []
        self._seen: dict[int, _Seen] | None = None
        self._special = {
            INDEX["tick"]: self._paint_tick,
            INDEX["confidence"]: self._paint_confidence,
            INDEX["state"]: self._paint_state,
        }

    def set_known_genres(self, genres: list[str]) -> None:
        """Offer these while somebody types."""
        self._known_genres = genres

    # --- painting ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def all_at_once(self) -> Iterator[None]:
        """Paint cells without asking for each what is the same for its whole row."""
        self._seen = {}
        try:
            yield
        finally:
            self._seen = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        number, column = index.row(), index.column()
        row = self._seen.get(number) if self._seen is not None else None
        if row is None:
            row = self._look_at(number, option, index)
            if self._seen is not None:
                self._seen[number] = row
        shown, colours, ground, frame = row
        rect = option.rect
        if ground is not None:
            painter.fillRect(rect, ground)
        if frame is not None:
            painter.fillRect(rect.left(), rect.top(), rect.width(), 1, frame)
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, frame)
        if shown is None:
            return
        special = self._special.get(column)
        if special is not None:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            special(painter, option, shown, colours)
            painter.restore()
        elif text := shown.texts[column]:
            self._paint_text(painter, option, column, text, shown, colours)

    def _look_at(self, number: int, option: QStyleOptionViewItem, index: _Index) -> _Seen:
        """What a row shows, in which colours, on which ground, and what frames it."""
        colours, ground, frame = theme.colours(), None, None
        if option.state & _selected():
            ground = theme.colour(colours.selected)
        elif number % 2:
            ground = _band(colours.hover)
        if number == self._view.currentIndex().row() and self._view.hasFocus():
            frame = theme.colour(colours.accent)
        return _model(index).row(number), colours, ground, frame

    def _paint_text(
        self, painter: QPainter, option: QStyleOptionViewItem, column: int, text: str, row: Row, colours: Colours
    ) -> None:
        font, colour = _look(option.font, COLUMNS[column].key, row, colours)
        painter.setFont(font)
        painter.setPen(theme.colour(colour))
        rect = _inner(option)
        metrics = option.fontMetrics if font is option.font else QFontMetrics(font)
        painter.drawText(rect, _ALIGNED[COLUMNS[column].right], _elided(metrics, text, rect.width(), column))

    def _paint_tick(self, painter: QPainter, option: QStyleOptionViewItem, row: Row, colours: Colours) -> None:
        if tickable(row.proposal.action):
            draw_box(
                painter, _square(option.rect.x() + option.rect.width() / 2, option, 0.92), row.proposal.ticked,
                theme.colour(colours.accent), theme.colour(colours.quiet), theme.colour(colours.on_accent),
            )  # fmt: skip

    def _paint_confidence(self, painter: QPainter, option: QStyleOptionViewItem, row: Row, colours: Colours) -> None:
        text = row.texts[INDEX["confidence"]]
        if not text:
            return
        rect, metrics = _inner(option), option.fontMetrics
        painter.setFont(option.font)
        painter.setPen(theme.colour(colours.quiet if row.quiet else colours.text))
        painter.drawText(rect, _ALIGNED[True], text)
        letter = metrics.averageCharWidth()
        width = min(9 * letter, rect.width() - metrics.horizontalAdvance(words.percent(0.88)) - letter)
        if row.proposal.probability is None or text != words.percent(row.proposal.probability) or width < 2 * letter:
            return
        height = max(4.0, round(metrics.height() * 0.28))
        bar = QRectF(rect.left(), rect.center().y() + 0.5 - height / 2, width, height)
        genre = row.proposal.genre
        fill = theme.colour(colours.disabled if row.quiet or not genre else genre_colours.colour_of(genre))
        draw_bar(painter, bar, row.proposal.probability, fill, theme.colour(colours.line))

    def _paint_state(self, painter: QPainter, option: QStyleOptionViewItem, row: Row, colours: Colours) -> None:
        rect, metrics = _inner(option), option.fontMetrics
        size = metrics.height() * _MARK
        draw_mark(
            painter, row.state.mark, _square(rect.left() + size / 2, option, _MARK),
            theme.colour(getattr(colours, row.state.colour)),
        )  # fmt: skip
        rect.setLeft(rect.left() + _mark_room(metrics))
        painter.setFont(option.font)
        painter.setPen(theme.colour(colours.warning if row.state.colour == "warning" else colours.quiet))
        column = INDEX["state"]
        painter.drawText(rect, _ALIGNED[False], _elided(metrics, row.texts[column], rect.width(), column))

    # --- tooltips and editing ------------------------------------------------------------------------

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Show the whole text of a cell that had to be cut, as plain text."""
        if event.type() != QEvent.Type.ToolTip:
            return super().helpEvent(event, view, option, index)
        self.initStyleOption(option, index)
        text = index.data(_Role.DisplayRole) or ""
        room = option.rect.width() - 2 * theme.UNIT
        if index.column() == INDEX["state"]:
            room -= _mark_room(option.fontMetrics)
        font = QFont(option.font)
        font.setBold(index.column() == INDEX["proposal"])
        cut = QFontMetrics(font).horizontalAdvance(text) > room
        QToolTip.showText(event.globalPos(), words.plain_tooltip(text) if cut else "", view)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(words.tr("New genre; several are separated by semicolons"))
        completer = QCompleter(self._known_genres, editor)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        editor.setCompleter(completer)
        return editor

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(index.data(_Role.EditRole) or "")
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text(), _Role.EditRole)


def _model(index: _Index) -> TrackModel:
    model = index.model()
    assert isinstance(model, TrackModel)
    return model


@cache
def _selected() -> QStyle.StateFlag:
    from PySide6.QtWidgets import QStyle  # with a thousand names, and no row is painted before the window is seen

    return QStyle.StateFlag.State_Selected


def _inner(option: QStyleOptionViewItem) -> QRect:
    return option.rect.adjusted(theme.UNIT, 0, -theme.UNIT, 0)


def _square(centre: float, option: QStyleOptionViewItem, part: float) -> QRectF:
    """A square around a point in the middle of the row, `part` as high as the text."""
    size = round(option.fontMetrics.height() * part)
    middle = option.rect.top() + option.rect.height() / 2
    return QRectF(round(centre - size / 2) + 0.5, round(middle - size / 2) + 0.5, size - 1, size - 1)


def _elided(metrics: QFontMetrics, text: str, width: int, column: int) -> str:
    # The end of a path says more than its beginning.
    mode = Qt.TextElideMode.ElideMiddle if column == INDEX["path"] else Qt.TextElideMode.ElideRight
    return metrics.elidedText(text, mode, width)


@cache
def _band(hover: str) -> QColor:
    """The ground of every second row: only a trace, so that it is not taken for a selection."""
    colour = QColor(hover)
    colour.setAlphaF(0.45)
    return colour


def _look(font: QFont, key: str, row: Row, colours: Colours) -> tuple[QFont, str]:
    """What is going to be written stands out; what is not, and what is only detail, stays quiet."""
    if key == "proposal":
        font = QFont(font)
        if row.quiet:
            font.setStrikeOut(row.proposal.action is Action.REJECTED)
            return font, colours.quiet
        font.setWeight(QFont.Weight.DemiBold)
    elif key in _DETAILS or row.track.missing:
        return font, colours.quiet
    elif key == "title" and not row.track.title:
        font = QFont(font)
        font.setItalic(True)
    return font, colours.text


def _mark_room(metrics: QFontMetrics) -> int:
    return round(metrics.height() * _MARK * 1.6)
