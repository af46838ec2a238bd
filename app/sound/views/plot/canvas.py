"""A plot on the shared time axis, and what mouse and keyboard do in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.jobs import window_first
from app.look import theme
from app.sound.views.plot.timeline import Timeline

#: Pixels right of the plot.
MARGIN = theme.UNIT
# One notch of the wheel (120) shows that much less or more.
_PER_NOTCH = 1.25
_SCROLL = 0.1
# A press that moves fewer pixels is a click.
_DRAG = 5
_KEYS = {
    Qt.Key.Key_Plus: lambda line: line.zoom(2, line.position if _sees(line) else None),
    Qt.Key.Key_Equal: lambda line: line.zoom(2, line.position if _sees(line) else None),
    Qt.Key.Key_Minus: lambda line: line.zoom(0.5),
    Qt.Key.Key_0: lambda line: line.whole(),
    Qt.Key.Key_Left: lambda line: line.scroll(-_SCROLL),
    Qt.Key.Key_Right: lambda line: line.scroll(_SCROLL),
    Qt.Key.Key_PageUp: lambda line: line.scroll(-0.9),
    Qt.Key.Key_PageDown: lambda line: line.scroll(0.9),
    Qt.Key.Key_Home: lambda line: line.show(0.0, line.span),
    Qt.Key.Key_End: lambda line: line.show(line.length - line.span, line.length),
    Qt.Key.Key_Escape: lambda line: line.set_region(None),
}


def _sees(line: Timeline) -> bool:
    return line.position is not None and line.start <= line.position <= line.stop


class Canvas(pg.GraphicsView):  # type: ignore[misc]
    """A lane without its header: the y axis and the plot.

    Signals: hovered(time or None, height in the plot's coordinates), menu_asked(global position).
    """

    hovered = Signal(object, float)
    menu_asked = Signal(object)
    resized = Signal()

    def __init__(self, timeline: Timeline, axis: ValueAxis) -> None:
        super().__init__(useOpenGL=False, background=None)
        self.timeline, self.axis = timeline, axis
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.box.disableAutoRange()
        self.centralLayout.setContentsMargins(0, 0, MARGIN, 0)
        self.centralLayout.setSpacing(0)
        self.centralLayout.addItem(axis, 0, 0)
        self.centralLayout.addItem(self.box, 0, 1)
        axis.linkToView(self.box)
        self.readout = self.message = ""
        self._pressed: QPointF | None = None
        self._dragged_to: QPointF | None = None
        self._marks = False
        self._level: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        timeline.range_changed.connect(self._show_range)
        timeline.position_changed.connect(self._move_playhead)
        timeline.pointer_changed.connect(self.repaint_plot)
        timeline.region_changed.connect(self.repaint_plot)
        self._playhead_at: float | None = None
        self._show_range(timeline.start, timeline.stop)

    # --- where things are ----------------------------------------------------------------------------

    def area(self) -> QRectF:
        """The plot without its axis, in pixels of this widget."""
        return QRectF(self.box.mapRectToScene(self.box.rect()))

    def time_at(self, x: float) -> float:
        """Seconds at a place in this widget."""
        area, line = self.area(), self.timeline
        return line.start + (x - area.left()) / max(1.0, area.width()) * line.span

    def x_of(self, seconds: float) -> float:
        """Place of a time in this widget."""
        area, line = self.area(), self.timeline
        return area.left() + (seconds - line.start) / line.span * area.width()

    def value_at(self, y: float) -> float:
        """Value of the y axis at a place in this widget."""
        area = self.area()
        low, high = map(float, self.box.viewRange()[1])
        return high - (y - area.top()) / max(1.0, area.height()) * (high - low)

    def set_values(self, low: float, high: float) -> None:
        """Let the y axis go from `low` to `high`."""
        self.box.setYRange(low, high, padding=0)
        self.axis.again()

    def recolour(self) -> None:
        """Take the colours of the present theme."""
        c = theme.colours()
        self.setBackground(c.window)
        self.box.setBackgroundColor(c.base)
        self.axis.setPen(pg.mkPen(c.line))
        self.axis.setTextPen(pg.mkPen(c.quiet))
        self.axis.setTickFont(self.font())
        self.viewport().update()

    def show_readout(self, text: str) -> None:
        """Show what is under the mouse."""
        if text != self.readout:
            self.readout = text
            self.repaint_plot()

    def say(self, text: str) -> None:
        """Show a sentence in the middle of the plot."""
        if text != self.message:
            self.message = text
            self.setAccessibleDescription(text)
            self.repaint_plot()

    def repaint_plot(self, *_: object) -> None:
        """Have all of the plot painted anew; by the scene, since it and the viewport would each do so once."""
        self.box.update()

    def _show_range(self, start: float, stop: float) -> None:
        self.box.setXRange(start, stop, padding=0)
        # Now, and not while it is painted: that would have it painted a second time.
        self.box.updateMatrix()
        self._playhead_at = None if self.timeline.position is None else self.x_of(self.timeline.position)
        self.repaint_plot()

    def _move_playhead(self, seconds: float | None) -> None:
        before = self._playhead_at
        self._playhead_at = None if seconds is None else self.x_of(seconds)
        for x in (before, self._playhead_at):
            if x is not None and -2 <= x <= self.width() + 2:
                self.viewport().update(QRect(round(x) - 2, 0, 5, self.height()))

    # --- mouse and keyboard --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        inside = self.area().contains(event.position())
        if event.button() == Qt.MouseButton.RightButton:
            self.menu_asked.emit(event.globalPosition().toPoint())
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and inside:
            self._pressed, self._dragged_to = event.position(), None
            self._marks = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is not None:
            if event.buttons() & Qt.MouseButton.MiddleButton:
                self.timeline.scroll((self._pressed.x() - at.x()) / max(1.0, self.area().width()))
                self._pressed = at
            elif self._dragged_to is not None or abs(at.x() - self._pressed.x()) >= _DRAG:
                self._dragged_to = at
                if self._marks:
                    self.timeline.set_region((self.time_at(self._pressed.x()), self.time_at(at.x())))
                self.repaint_plot()
        self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, to, self._pressed, self._dragged_to = self._pressed, self._dragged_to, None, None
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if to is None:
            seconds = self.time_at(pressed.x())
            if 0 <= seconds <= self.timeline.length:
                self.timeline.seek_asked.emit(seconds)
        elif not self._marks:
            start, stop = sorted((self.time_at(pressed.x()), self.time_at(to.x())))
            self.timeline.show(max(start, self.timeline.start), min(stop, self.timeline.stop))
        self.repaint_plot()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            self.timeline.whole()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        sideways = delta.x() or (delta.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self.timeline.scroll(-_SCROLL * sideways / 120)
        elif delta.y():
            self.timeline.zoom(_PER_NOTCH ** (delta.y() / 120), self.time_at(event.position().x()))
        self._hover(event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._level = None
        self.timeline.set_pointer(None)
        self.hovered.emit(None, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if event.key() == Qt.Key.Key_Escape and self._pressed is not None:
            self._pressed = self._dragged_to = None
            self.repaint_plot()
        elif plain and (act := _KEYS.get(Qt.Key(event.key()))) is not None:
            act(self.timeline)
        elif event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and not plain):
            self.menu_asked.emit(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    def _hover(self, at: QPointF) -> None:
        inside = self.area().contains(at) and self.timeline.length > 0
        self._level = at.y() if inside else None
        self.timeline.set_pointer(self.time_at(at.x()) if inside else None)
        self.hovered.emit(self.timeline.pointer, self.value_at(at.y()))

    # --- painting ------------------------------------------------------------------------------------

    def resizeEvent(self, event: QEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_playhead_at"):  # pyqtgraph calls this while it makes the widget
            self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        with window_first.going_first():
            super().paintEvent(event)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        area, c = self.area(), theme.colours()
        painter.save()
        painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
        if self.timeline.region is not None:
            self._draw_band(painter, area, [self.x_of(edge) for edge in self.timeline.region], QColor(c.accent))
        if self._pressed is not None and self._dragged_to is not None and not self._marks:
            self._veil_rest(painter, area, *sorted((self._pressed.x(), self._dragged_to.x())))
        if self.timeline.pointer is not None:
            x = round(self.x_of(self.timeline.pointer))
            painter.setPen(QPen(QColor(c.quiet), 1, Qt.PenStyle.DotLine))
            painter.drawLine(x, round(area.top()), x, round(area.bottom()))
            if self._level is not None:
                painter.drawLine(round(area.left()), round(self._level), round(area.right()), round(self._level))
        if self.timeline.position is not None:
            self._draw_playhead(painter, area, self.x_of(self.timeline.position))
        self._draw_words(painter, area)
        painter.restore()

    @staticmethod
    def _draw_playhead(painter: QPainter, area: QRectF, x: float) -> None:
        # Two colours, so that it can be seen on any picture.
        painter.fillRect(QRectF(round(x) - 1, area.top(), 3, area.height()), theme.colour(theme.colours().base))
        painter.fillRect(QRectF(round(x), area.top(), 1, area.height()), theme.colour(theme.colours().text))

    @staticmethod
    def _draw_band(painter: QPainter, area: QRectF, edges: Sequence[float], colour: QColor) -> None:
        band = QRectF(edges[0], area.top(), edges[1] - edges[0], area.height())
        paler = QColor(colour)
        paler.setAlpha(56)
        painter.fillRect(band, paler)
        painter.setPen(QPen(colour, 1))
        painter.drawLine(band.topLeft(), band.bottomLeft())
        painter.drawLine(band.topRight(), band.bottomRight())

    @staticmethod
    def _veil_rest(painter: QPainter, area: QRectF, left: float, right: float) -> None:
        """Veil the parts that a zoom to `left`…`right` (px) will leave out."""
        veil = QColor(theme.colours().base)
        veil.setAlpha(170)
        painter.fillRect(QRectF(area.left(), area.top(), left - area.left(), area.height()), veil)
        painter.fillRect(QRectF(right, area.top(), area.right() - right, area.height()), veil)
        painter.setPen(QPen(QColor(theme.colours().accent), 1))
        painter.drawRect(QRectF(left, area.top(), right - left, area.height() - 1))

    def _draw_words(self, painter: QPainter, area: QRectF) -> None:
        c = theme.colours()
        inner = area.adjusted(2 * theme.UNIT, theme.UNIT, -2 * theme.UNIT, -theme.UNIT)
        centre = Qt.AlignmentFlag.AlignCenter
        top_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        for text, place in ((self.message, centre | Qt.TextFlag.TextWordWrap), (self.readout, top_right)):
            if text:
                box = painter.boundingRect(inner, place, text)
                painter.setPen(QPen(QColor(c.line)))
                painter.setBrush(QColor(c.raised))
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawRoundedRect(box.adjusted(-6, -3, 6, 3), 4, 4)
                painter.setPen(QColor(c.text))
                painter.drawText(box, centre | Qt.TextFlag.TextWordWrap, text)


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """The axis at the left; `ticks(low, high, height)` gives (value, text), those first that are needed most."""

    def __init__(self, ticks: Callable[[float, float, float], Sequence[tuple[float, str]]]) -> None:
        super().__init__("left", maxTickLength=-4)
        self._ticks = ticks
        self._texts: dict[float, str] = {}
        self.setStyle(autoExpandTextSpace=False, tickTextOffset=4, hideOverlappingLabels=True)
        self.enableAutoSIPrefix(False)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """Give the values to label; as many as there is room for."""
        room = 1.6 * self._line_height() * (maxVal - minVal) / max(1.0, size)
        self._texts = {}
        for value, text in self._ticks(minVal, maxVal, size):
            if all(abs(value - other) >= room for other in self._texts):
                self._texts[value] = text
        return [(1.0, list(self._texts))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Give the texts of these labels."""
        return [self._texts.get(value, "") for value in values]

    def again(self) -> None:
        """Ask for the ticks anew."""
        self.picture = None
        self.update()

    def _line_height(self) -> float:
        font = self.style["tickFont"]
        return QFontMetricsF(font or QApplication.font()).height()
