"""What is drawn over the spectrogram to say why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem, QWidget

from app.look import theme
from app.sound.views.plot.pictures import Pictures


class WhyItem(Pictures):
    """The coloured picture, signs in its strongest places, its ends, and a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = ""
        self.signs: Sequence[tuple[float, float, bool]] = ()
        self.ends: tuple[float, float] | None = None

    def say(self, sentence: str) -> None:
        """Write another sentence at the top."""
        if sentence != self.sentence:
            self.sentence = sentence
            self.prepareGeometryChange()
            self.update()

    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF(view.viewRect()) if view is not None else QRectF()

    def viewRangeChanged(self) -> None:
        """Where it is drawn is what can be seen."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, option, widget)
        view = self.getViewBox()
        if view is None:
            return
        (start, stop), _ = view.viewRange()
        area, c = view.rect(), theme.colours()
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        painter.setFont(QApplication.font())
        per_second = area.width() / (stop - start)
        for edge in self.ends or ():
            x = round(area.left() + (edge - start) * per_second)
            if area.left() <= x <= area.right():
                painter.setPen(QPen(QColor(c.text), 1, Qt.PenStyle.DashLine))
                painter.drawLine(x, round(area.top()), x, round(area.bottom()))
        for seconds, height, speaks_for in self.signs:
            x = area.left() + (seconds - start) * per_second
            if area.left() <= x <= area.right():
                _sign(painter, x, area.bottom() - height * area.height(), speaks_for)
        if self.sentence:
            _caption(painter, area, self.sentence)
        painter.restore()


def _sign(painter: QPainter, x: float, y: float, speaks_for: bool) -> None:
    """Draw + or −, white with a dark rim, so that it is seen on anything."""
    arm = theme.UNIT / 2
    for colour, width in (("#000000", 4), ("#ffffff", 2)):
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(round(x - arm), round(y), round(x + arm), round(y))
        if speaks_for:
            painter.drawLine(round(x), round(y - arm), round(x), round(y + arm))


def _caption(painter: QPainter, area: QRectF, text: str) -> None:
    c = theme.colours()
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    inner = area.adjusted(theme.UNIT, theme.UNIT / 2, -theme.UNIT, 0)
    box = painter.boundingRect(inner, int(flags), text)
    painter.setPen(QPen(QColor(c.line)))
    painter.setBrush(QColor(c.raised))
    painter.drawRoundedRect(box.adjusted(-4, -2, 4, 2), 4, 4)
    painter.setPen(QColor(c.text))
    painter.drawText(box, int(flags), text)
