"""A cell with a box to tick, as the rest of the window draws them: the style's own cannot be seen in dark colours."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.look import theme
from app.look.marks import draw_box
from app.look.rows_model import Index

_Role = Qt.ItemDataRole


class BoxDelegate(QStyledItemDelegate):
    """Draws a box and the text beside it; a click into the box, or Space, ticks it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        check = index.data(_Role.CheckStateRole)
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        text, option.text = option.text, ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        colours, box = theme.colours(), _box(option)
        draw_box(
            painter, QRectF(box), check == Qt.CheckState.Checked, theme.colour(colours.accent),
            theme.colour(colours.quiet), theme.colour(colours.on_accent),
        )  # fmt: skip
        rest = option.rect.adjusted(box.right() - option.rect.left() + theme.UNIT, 0, 0, 0)
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, rest.width())
        painter.setPen(theme.colour(colours.text))
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        clicked = event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
        if not clicked and not (isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space):
            return False
        if isinstance(event, QMouseEvent) and not _box(option).contains(event.position().toPoint()):
            return False
        if event.type() not in (QEvent.Type.MouseButtonRelease, QEvent.Type.KeyPress):
            return False
        ticked = index.data(_Role.CheckStateRole) == Qt.CheckState.Checked
        after = Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked
        return model.setData(index, after.value, _Role.CheckStateRole)


def _box(option: QStyleOptionViewItem) -> QRect:
    side = max(2 * theme.UNIT, option.fontMetrics.ascent())
    top = option.rect.center().y() - side // 2
    return QRect(option.rect.left() + theme.UNIT, top, side, side)
