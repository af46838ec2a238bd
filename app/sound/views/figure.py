"""Lanes as a picture to be saved: with titles, axes and units, as wide as they are on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from app.look import theme, words
from app.sound.views.lanes.lane import Lane
from app.sound.views.plot import scales
from app.sound.views.plot.header import Swatches

_MARGIN = 2.0 * theme.UNIT
_GAP = theme.UNIT / 2
_BEFORE_AXIS = 8.0 * theme.UNIT
_LEGEND = 15.0 * theme.UNIT
# Pixels of a saved picture to one of the screen, so that it can be printed.
_FINER = 2


class Figure:
    """One or more lanes of the same time, one above the other. For the window's thread.

    Parameters
    ----------
    title : str
        What is drawn: the track.
    lanes : sequence of Lane
        From top to bottom; they share the time axis of the first.
    """

    def __init__(self, title: str, lanes: Sequence[Lane]) -> None:
        self._title, self._lanes = title, lanes
        self._line = QFontMetrics(QApplication.font()).height()
        self._legend = _LEGEND if any(lane.legend() is not None for lane in lanes) else 0.0

    def size(self) -> QSize:
        """Width and height in pixels of the screen."""
        plot = max(lane.canvas.area().width() for lane in self._lanes)
        heights = sum(lane.canvas.area().height() + self._line + 2 * _GAP for lane in self._lanes)
        width = 2 * _MARGIN + self._line + _BEFORE_AXIS + plot + _GAP + self._legend
        height = heights + 2 * self._line + _GAP
        if len(self._lanes) == 1 and isinstance(legend := self._lanes[0].legend(), Swatches):
            height = max(height, (len(legend.entries) + 1) * self._line)
        return QSize(round(width), round(2 * _MARGIN + 1.5 * self._line + height))

    def image(self) -> QImage:
        """Paint it, finer than on the screen."""
        ratio = max(_FINER, self._lanes[0].devicePixelRatioF())
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def svg(self) -> bytes:
        """Draw it as SVG, in which pictures of sound stay pictures, and everything else is lines and text."""
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(self.size())
        generator.setViewBox(QRectF(0, 0, self.size().width(), self.size().height()))
        generator.setTitle(self._title)
        # In pixels of the screen, as in which the fonts are measured.
        generator.setResolution(round(QApplication.primaryScreen().logicalDotsPerInch()))
        painter = QPainter(generator)
        self._paint(painter)
        painter.end()
        return bytes(content.data())

    # --- painting ------------------------------------------------------------------------------------

    def _paint(self, painter: QPainter) -> None:
        c, size = theme.colours(), self.size()
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(0, 0, size.width(), size.height(), QColor(c.base))
        self._write(painter, QRectF(_MARGIN, _MARGIN, size.width() - 2 * _MARGIN, self._line), self._title, bold=True)
        left = _MARGIN + self._line + _BEFORE_AXIS
        top = _MARGIN + 1.5 * self._line
        areas = []
        for lane in self._lanes:
            area = lane.canvas.area()
            areas.append(QRectF(left, top + self._line + _GAP, area.width(), area.height()))
            top = areas[-1].bottom() + _GAP
        for lane, area in zip(self._lanes, areas, strict=True):
            scene = lane.canvas.scene()
            if scene is not None:
                scene.render(painter, area, lane.canvas.area(), Qt.AspectRatioMode.IgnoreAspectRatio)
        # What has no edges of its own in an SVG is cut off here.
        for x, width in ((0.0, left), (areas[0].right(), size.width() - areas[0].right())):
            painter.fillRect(QRectF(x, areas[0].top(), width, areas[-1].bottom() - areas[0].top()), QColor(c.base))
        for lane, area in zip(self._lanes, areas, strict=True):
            self._paint_around(painter, lane, area)
        self._paint_times(painter, areas[-1])

    def _write(self, painter: QPainter, area: QRectF, text: str, *, bold: bool = False, flags: int = 0) -> None:
        font = QFont(QApplication.font())
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(theme.colours().text if bold else theme.colours().quiet))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(area.width()))
        painter.drawText(area, flags or int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_around(self, painter: QPainter, lane: Lane, area: QRectF) -> None:
        """Paint name, frame, values and legend of one plot."""
        c = theme.colours()
        several = any(other.sound is not lane.sound for other in self._lanes)
        name = f"{lane.title}  ·  {lane.sound.title}" if several else lane.title
        self._write(painter, QRectF(area.left(), area.top() - self._line - _GAP, area.width(), self._line), name)
        painter.setPen(QColor(c.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        low, high = map(float, lane.canvas.box.viewRange()[1])
        placed: list[float] = []
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for value, text in lane.ticks(low, high, area.height()):
            y = area.bottom() - (value - low) / (high - low) * area.height()
            if area.top() <= y <= area.bottom() and all(abs(y - other) >= 1.2 * self._line for other in placed):
                placed.append(y)
                label = QRectF(area.left() - _BEFORE_AXIS, y - self._line / 2, _BEFORE_AXIS - 2 * _GAP, self._line)
                self._write(painter, label, text, flags=right)
                painter.setPen(QColor(c.disabled))
                painter.drawLine(round(area.left() - _GAP), round(y), round(area.left()), round(y))
        painter.save()
        painter.translate(_MARGIN, area.bottom())
        painter.rotate(-90)
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        room, unit = area.height() + self._line, lane.unit()
        if painter.fontMetrics().horizontalAdvance(unit) > room:
            unit = unit.partition(" (")[0]
        self._write(painter, QRectF(-self._line / 2, 0, room, self._line), unit, flags=middle)
        painter.restore()
        legend = lane.legend()
        if legend is not None:
            painter.setPen(QColor(c.text))
            height = area.height() if len(self._lanes) > 1 else self.size().height() - _MARGIN - area.top()
            height = height if isinstance(legend, Swatches) else area.height()
            legend.draw(painter, QRectF(area.right() + 2 * _GAP, area.top(), self._legend, height))

    def _paint_times(self, painter: QPainter, area: QRectF) -> None:
        """Paint the time axis below the last plot."""
        line = self._lanes[0].timeline
        widest = painter.fontMetrics().horizontalAdvance(scales.time_text(line.stop, max(line.span / 100, 1e-6)) + "00")
        step = scales.time_step(line.span, max(1, int(area.width() / (widest + 2 * theme.UNIT))))
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        for value in scales.ticks_between(line.start, line.stop, step):
            x = area.left() + (value - line.start) / line.span * area.width()
            painter.setPen(QColor(theme.colours().disabled))
            painter.drawLine(round(x), round(area.bottom()), round(x), round(area.bottom() + _GAP))
            self._write(
                painter, QRectF(x - widest, area.bottom() + _GAP, 2 * widest, self._line),
                scales.time_text(value, step), flags=middle,
            )  # fmt: skip
        below = QRectF(area.left(), area.bottom() + _GAP + self._line, area.width(), self._line)
        self._write(painter, below, words.tr("Time (minutes:seconds)"), flags=middle)
