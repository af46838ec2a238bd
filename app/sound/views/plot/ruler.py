"""The time axis below all lanes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme
from app.sound.views.plot import scales
from app.sound.views.plot.timeline import Timeline


class Ruler(QWidget):
    """Labels the time. A click goes there, a drag marks the region that can be played over and over."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self.timeline = timeline
        self._left = self._right = 0
        self._pressed: QPointF | None = None
        self._dragged = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Time"))
        self.setToolTip(self.tr("Click to play from here, drag to mark a region"))
        for signal in (timeline.range_changed, timeline.region_changed, timeline.position_changed):
            signal.connect(self._again)
        theme.changes().changed.connect(self._again)

    def set_margins(self, left: int, right: int) -> None:
        """Say where the plots above begin and end."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.update()

    def labels(self) -> list[tuple[float, str]]:
        """Give the places (s) that are labelled, and the labels."""
        line = self.timeline
        if line.length <= 0:
            return []
        widest = self.fontMetrics().horizontalAdvance(scales.time_text(line.stop, max(line.span / 100, 1e-6)) + "00")
        step = scales.time_step(line.span, max(1, self._plot().width() // max(1, widest + 2 * theme.UNIT)))
        return [(value, scales.time_text(value, step)) for value in scales.ticks_between(line.start, line.stop, step)]

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.UNIT, self.fontMetrics().height() + theme.UNIT)

    def _again(self, *_: object) -> None:
        self.update()

    def _plot(self) -> QRect:
        return self.rect().adjusted(self._left, 0, -self._right, 0)

    def _x_of(self, seconds: float) -> float:
        plot, line = self._plot(), self.timeline
        return plot.left() + (seconds - line.start) / line.span * plot.width()

    def _time_at(self, x: float) -> float:
        plot, line = self._plot(), self.timeline
        return line.start + (x - plot.left()) / max(1, plot.width()) * line.span

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and (self._dragged or abs(event.position().x() - self._pressed.x()) > 4):
            self._dragged = True
            self.timeline.set_region((self._time_at(self._pressed.x()), self._time_at(event.position().x())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and not self._dragged:
            seconds = self._time_at(self._pressed.x())
            if self.timeline.region is not None:
                self.timeline.set_region(None)
            if 0 <= seconds <= self.timeline.length:
                self.timeline.seek_asked.emit(seconds)
        self._pressed = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.timeline.scroll(-0.1 * (event.angleDelta().x() or event.angleDelta().y()) / 120)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c, plot = QPainter(self), theme.colours(), self._plot()
        painter.fillRect(self.rect(), QColor(c.window))
        painter.setPen(QColor(c.line))
        painter.drawLine(0, 0, self.width(), 0)
        painter.setClipRect(plot.adjusted(-theme.UNIT, 0, theme.UNIT, 0))
        if self.timeline.region is not None:
            start, stop = (self._x_of(edge) for edge in self.timeline.region)
            painter.fillRect(round(start), 1, round(stop - start), self.height(), QColor(c.selected))
        for seconds, text in self.labels():
            x = round(self._x_of(seconds))
            painter.setPen(QColor(c.disabled))
            painter.drawLine(x, 0, x, theme.UNIT // 2)
            painter.setPen(QColor(c.quiet))
            if x + 4 + self.fontMetrics().horizontalAdvance(text) <= plot.right() + theme.UNIT:
                painter.drawText(x + 4, 0, self.width(), self.height(), Qt.AlignmentFlag.AlignVCenter, text)
        if self.timeline.position is not None:
            x = round(self._x_of(self.timeline.position))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.text))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawPolygon([QPointF(x - 4.5, 0), QPointF(x + 5.5, 0), QPointF(x + 0.5, theme.UNIT)])
