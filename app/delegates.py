"""How the cells of the table are painted and edited."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app import theme, words
from app.columns import COLUMNS, INDEX, state_of
from app.decisions import tickable
from app.marks import draw_bar, draw_box, draw_mark
from app.track_model import TrackModel
from genre_tagger.library import Track
from genre_tagger.review import Proposal

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class TrackDelegate(QStyledItemDelegate):
    """Paints every cell by itself: one call from Qt per cell, and nothing taken for HTML."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._known_genres: list[str] = []
        self._special = {
            INDEX["tick"]: self._paint_tick,
            INDEX["confidence"]: self._paint_confidence,
            INDEX["state"]: self._paint_state,
        }

    def set_known_genres(self, genres: list[str]) -> None:
        """Offer these while somebody types."""
        self._known_genres = genres

    # --- painting ------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        painter.setClipRect(option.rect)
        self._paint_ground(painter, option, index)
        shown = _model(index).row(index.row())
        if shown is not None:
            column = index.column()
            special = self._special.get(column)
            if special is not None:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                special(painter, option, *shown)
            else:
                self._paint_text(painter, option, column, *shown)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        colours = theme.colours()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour(colours.selected))
        current = self._view.currentIndex()
        if current.row() == index.row() and self._view.hasFocus():
            line = theme.colour(colours.accent)
            painter.fillRect(QRect(option.rect.left(), option.rect.top(), option.rect.width(), 1), line)
            painter.fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), line)

    def _paint_text(
        self, painter: QPainter, option: QStyleOptionViewItem, number: int, track: Track, proposal: Proposal
    ) -> None:
        column = COLUMNS[number]
        text = column.text(track, proposal)
        if not text:
            return
        font, colour = self._look(option, column.key, track, proposal)
        painter.setFont(font)
        painter.setPen(theme.colour(colour))
        rect = _inner(option)
        align = Qt.AlignmentFlag.AlignVCenter
        align |= Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            rect, align | Qt.TextFlag.TextSingleLine, _elided(QFontMetrics(font), text, rect.width(), number)
        )

    def _look(self, option: QStyleOptionViewItem, key: str, track: Track, proposal: Proposal) -> tuple[QFont, str]:
        """What is going to be written stands out; what is not, and what is only detail, stays quiet."""
        colours = theme.colours()
        font = QFont(option.font)
        if key == "proposal":
            if state_of(track, proposal).quiet and not proposal.ticked:
                font.setStrikeOut(track.decision is not None and track.decision.accepted is False)
                return font, colours.quiet
            font.setWeight(QFont.Weight.DemiBold)
        elif key == "title" and not track.title:
            font.setItalic(True)
        elif key in ("number", "length", "format", "path"):
            return font, colours.quiet
        return font, colours.disabled if track.missing else colours.text

    def _paint_tick(self, painter: QPainter, option: QStyleOptionViewItem, track: Track, proposal: Proposal) -> None:
        if not tickable(proposal.action):
            return
        colours = theme.colours()
        draw_box(
            painter, _square(option.rect.toRectF().center().x(), option, 0.92), proposal.ticked,
            theme.colour(colours.accent), theme.colour(colours.quiet), theme.colour(colours.on_accent),
        )  # fmt: skip

    def _paint_confidence(
        self, painter: QPainter, option: QStyleOptionViewItem, track: Track, proposal: Proposal
    ) -> None:
        text = COLUMNS[INDEX["confidence"]].text(track, proposal)
        if not text:
            return
        colours = theme.colours()
        rect = _inner(option)
        painter.setFont(option.font)
        quiet = state_of(track, proposal).quiet and not proposal.ticked
        painter.setPen(theme.colour(colours.quiet if quiet else colours.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        metrics = QFontMetrics(option.font)
        width = rect.width() - metrics.horizontalAdvance(words.percent(0.88)) - metrics.averageCharWidth()
        own = track.decision is not None and bool(track.decision.genres)
        if own or proposal.probability is None or width < 2 * metrics.averageCharWidth():
            return
        height = max(4.0, round(metrics.height() * 0.28))
        bar = QRectF(
            rect.left(), rect.center().y() + 0.5 - height / 2, min(width, 9 * metrics.averageCharWidth()), height
        )
        draw_bar(painter, bar, proposal.probability, _bar_colour(quiet), theme.colour(colours.line))

    def _paint_state(self, painter: QPainter, option: QStyleOptionViewItem, track: Track, proposal: Proposal) -> None:
        state = state_of(track, proposal)
        colour = theme.colour(getattr(theme.colours(), state.colour))
        rect = _inner(option)
        size = QFontMetrics(option.font).height() * 0.78
        draw_mark(painter, state.mark, _square(rect.left() + size / 2, option, 0.78), colour)
        rect.setLeft(round(rect.left() + size * 1.6))
        painter.setFont(option.font)
        painter.setPen(theme.colour(theme.colours().warning if state.colour == "warning" else theme.colours().quiet))
        number = INDEX["state"]
        text = _elided(QFontMetrics(option.font), COLUMNS[number].text(track, proposal), rect.width(), number)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    # --- tooltips and editing ------------------------------------------------------------------------

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Show the whole text of a cell that had to be cut, as plain text."""
        if event.type() != QEvent.Type.ToolTip:
            return super().helpEvent(event, view, option, index)
        self.initStyleOption(option, index)
        text = index.data(_Role.DisplayRole) or ""
        room = option.rect.width() - 2 * _margin(option)
        if index.column() == INDEX["state"]:
            room -= round(option.fontMetrics.height() * 0.78 * 1.6)
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


def _margin(option: QStyleOptionViewItem) -> int:
    return max(6, option.fontMetrics.averageCharWidth())


def _inner(option: QStyleOptionViewItem) -> QRect:
    margin = _margin(option)
    return option.rect.adjusted(margin, 0, -margin, 0)


def _square(centre: float, option: QStyleOptionViewItem, part: float) -> QRectF:
    """A square around a point in the middle of the row, `part` as high as the text."""
    size = round(option.fontMetrics.height() * part)
    middle = option.rect.top() + option.rect.height() / 2
    return QRectF(round(centre - size / 2) + 0.5, round(middle - size / 2) + 0.5, size - 1, size - 1)


def _elided(metrics: QFontMetrics, text: str, width: int, column: int) -> str:
    # The end of a path says more than its beginning.
    mode = Qt.TextElideMode.ElideMiddle if column == INDEX["path"] else Qt.TextElideMode.ElideRight
    return metrics.elidedText(text, mode, width)


def _bar_colour(quiet: bool) -> QColor:
    return theme.colour(theme.colours().disabled if quiet else theme.colours().accent)
