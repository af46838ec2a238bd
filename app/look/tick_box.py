"""A box to tick, drawn as those of the table are: it grows with the text and is plain to see in both schemes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QStyleOptionButton

from app.look import theme
from app.look.marks import draw_box

_FLAGS = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextShowMnemonic)


class TickBox(QCheckBox):
    """Behaves as any check box does."""

    def _side(self) -> int:
        return max(16, self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        side = self._side() + 4  # with the ring of the focus
        if not self.text():
            return QSize(side, side)
        text = self.fontMetrics().size(_FLAGS, self.text())
        return QSize(side + theme.UNIT + text.width(), max(side, text.height()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, at: QPoint) -> bool:
        return self.rect().contains(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, side = theme.colours(), self._side()
        able = self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - side) / 2
        box = QRectF(2.5, round(top) + 0.5, side - 1, side - 1)
        draw_box(
            painter, box, self.isChecked(), QColor(colours.accent if able else colours.disabled),
            QColor(colours.quiet if able else colours.disabled), QColor(colours.on_accent),
        )  # fmt: skip
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 5, 5)
        if self.text():
            option = QStyleOptionButton()
            self.initStyleOption(option)
            room = QRect(side + 4 + theme.UNIT, 0, self.width() - side - 4 - theme.UNIT, self.height())
            role = self.foregroundRole()
            self.style().drawItemText(painter, room, _FLAGS, option.palette, able, self.text(), role)
