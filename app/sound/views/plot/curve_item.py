"""Draws curves into a plot, with their names, in pixels of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.sound.views.plot.wave import polygon

_Numbers = NDArray[np.float64]

# Widths of a line, and of what it is drawn on so that it can be seen on any picture, in pixels.
_HALO = 4.0
_LINE = 2.0


@dataclass(frozen=True)
class Line:
    """A piece of a curve: heights (0…1, nan where it has no number), `step` s apart, the first at `start` (s)."""

    start: float
    step: float
    heights: _Numbers

    @property
    def stop(self) -> float:
        """Time of the last height."""
        return self.start + self.step * max(0, len(self.heights) - 1)

    def between(self, start: float, stop: float) -> tuple[_Numbers, _Numbers]:
        """Give times and heights in a stretch, and one beyond each end."""
        first = max(0, int((start - self.start) / self.step) - 1)
        last = min(len(self.heights), int((stop - self.start) / self.step) + 3)
        times = self.start + self.step * np.arange(first, max(first, last), dtype=np.float64)
        return times, self.heights[first : max(first, last)]


@dataclass(frozen=True)
class Drawing:
    """A curve to draw: coarse all over, and fine where it is computed; `marks` are (height, text) of its own scale."""

    name: str
    dark: str
    light: str
    coarse: Line | None
    fine: Line | None
    marks: tuple[tuple[float, str], ...] = ()


def _line_places(fine: int) -> list[tuple[int, int]]:
    """Where lines one pixel wide make one of twice that, where a pixel is `fine` pixels of the screen.

    Qt draws those twelve times as fast as wider ones.
    """
    return [(0, down) for down in range(2 * fine)] + [(right, 0) for right in range(1, fine)]


def _halo_places(fine: int) -> list[tuple[int, int]]:
    """Where lines one pixel wide surround such a line."""
    above_and_below = [(0, place) for by in range(1, fine + 1) for place in (-by, 2 * fine - 1 + by)]
    return [*above_and_below, (-fine, 0), (fine, fine)]


class CurveItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws curves, each with its name; on `pictures` with a halo."""

    def __init__(self, pictures: bool) -> None:
        super().__init__()
        self.pictures = pictures
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.drawings: tuple[Drawing, ...] = ()
        self.on_dark = True
        self.setZValue(10)

    def show(self, drawings: Sequence[Drawing], on_dark: bool) -> None:
        """Draw these, on a dark ground or a light one."""
        self.drawings, self.on_dark = tuple(drawings), on_dark
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        lines = [line for drawing in self.drawings for line in (drawing.coarse, drawing.fine) if line is not None]
        if not lines:
            return QRectF()
        start = min(line.start - line.step for line in lines)
        return QRectF(start, 0.0, max(line.stop + line.step for line in lines) - start, 1.0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        view = self.getViewBox()
        if view is None or view.rect().isEmpty():
            return
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        (start, stop), _ = view.viewRange()
        pen = _Pen(painter, view.rect(), start, stop, self.on_dark, on_screen=widget is not None)
        for drawing in self.drawings:
            pen.curve(drawing, self.pictures)
        for drawing in self.drawings:
            pen.scale(drawing)
        pen.names(self.drawings)
        painter.restore()


class _Pen:
    """Paints what lies between two times (s) once."""

    def __init__(
        self, painter: QPainter, area: QRectF, start: float, stop: float, on_dark: bool, *, on_screen: bool
    ) -> None:
        self.painter, self.area, self.start, self.stop, self.on_dark = painter, area, start, stop, on_dark
        self.halo = QColor("#000000" if on_dark else "#ffffff")
        self.on_screen = on_screen
        self.ratio = painter.device().devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not on_screen)
        self.painter.setFont(QApplication.font())
        self.metrics = painter.fontMetrics()

    def colour(self, drawing: Drawing) -> QColor:
        return QColor(drawing.light if self.on_dark else drawing.dark)

    def curve(self, drawing: Drawing, halo: bool) -> None:
        """Draw a curve, perhaps with a halo."""
        shapes = []
        for points in self._pieces(drawing):
            shapes.append(polygon(points if len(points) > 1 else points + np.array([[-2.0, 0.0], [2.0, 0.0]])))
        fine = max(1, round(self.ratio))
        layers = [(self.halo, _HALO, _halo_places(fine))] if halo else []
        for colour, width, places in [*layers, (self.colour(drawing), _LINE, _line_places(fine))]:
            pen = QPen(colour, 1 if self.on_screen else width)
            pen.setCosmetic(self.on_screen)
            pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
            self.painter.setPen(pen)
            for x, y in places if self.on_screen else [(0, 0)]:
                self.painter.translate(x / self.ratio, y / self.ratio)
                for shape in shapes:
                    self.painter.drawPolyline(shape)
                self.painter.translate(-x / self.ratio, -y / self.ratio)

    def _pieces(self, drawing: Drawing) -> list[_Numbers]:
        """Points [shape=(n, 2)] in pixels of each piece that has numbers, the fine curve in place of the coarse one."""
        fine, coarse = drawing.fine, drawing.coarse
        start, stop = self.start, self.stop
        stretches = [(coarse, start, stop)]
        if fine is not None:
            stretches = [(coarse, start, fine.start), (fine, start, stop), (coarse, fine.stop, stop)]
        pieces = []
        for line, start, stop in stretches:
            if line is None or stop <= start or line.step <= 0:
                continue
            times, heights = line.between(start, stop)
            if line is coarse:
                inside = (times >= start) & (times <= stop)
                times, heights = (times[inside], heights[inside]) if fine is not None else (times, heights)
            pieces += _runs(self._thinned(times, heights))
        return pieces

    def _thinned(self, times: _Numbers, heights: _Numbers) -> _Numbers:
        """Turn times and heights into pixels; where many points share one, only the lowest and the highest stay."""
        x = self.area.left() + (times - self.start) / (self.stop - self.start) * self.area.width()
        y = self.area.bottom() - heights * self.area.height()
        each = int(len(x) / max(1.0, float(np.ptp(x)) if len(x) else 1.0) / 2)
        if each > 1:
            count = len(x) // each
            x = np.repeat(x[: count * each : each], 2)
            blocks = y[: count * each].reshape(count, each)
            # A block that is partly nan is drawn from its numbers.
            low = np.where(np.isnan(blocks), np.inf, blocks).min(axis=1)
            high = np.where(np.isnan(blocks), -np.inf, blocks).max(axis=1)
            y = np.stack([low, high], axis=1).ravel()
            y[~np.isfinite(y)] = np.nan
        return np.stack([x, y], axis=1)

    def scale(self, drawing: Drawing) -> None:
        """Draw the scale of a curve at the right."""
        line = self.metrics.height()
        free = self.area.bottom()
        for height, text in sorted(drawing.marks):
            y = self.area.bottom() - height * self.area.height()
            top = min(max(y - line / 2, self.area.top()), self.area.bottom() - line)
            if top + line > free + 1:
                continue
            free = top - line / 4
            width = self.metrics.horizontalAdvance(text)
            box = QRectF(self.area.right() - width - 14, top, width + 6, line)
            self._tag(box, text, self.colour(drawing))
            self.painter.setPen(QPen(self.colour(drawing), _LINE))
            self.painter.drawLine(QPointF(self.area.right() - 6, y), QPointF(self.area.right(), y))

    def names(self, drawings: Sequence[Drawing]) -> None:
        """Write the name of each curve where it begins at the left, below one another."""
        line = self.metrics.height()
        names = [(self._begin(drawing), drawing.name, self.colour(drawing)) for drawing in drawings]
        names.sort(key=lambda entry: entry[0])
        top = self.area.top() + 2
        room = self.area.bottom() - 2 - line * len(names)
        for number, (y, name, colour) in enumerate(names):
            top = max(top, min(y - line / 2, room + line * number))
            box = QRectF(self.area.left() + 4, top, self.metrics.horizontalAdvance(name) + 6, line)
            self._tag(box, name, colour)
            top += line

    def _begin(self, drawing: Drawing) -> float:
        """The y (px) at which a curve begins at the left."""
        pieces = self._pieces(drawing)
        if not pieces:
            return self.area.bottom()
        edge = self.area.left() + self.area.width() / 20
        first = pieces[0]
        return float(np.median(first[first[:, 0] <= edge, 1])) if (first[:, 0] <= edge).any() else float(first[0, 1])

    def _tag(self, box: QRectF, text: str, colour: QColor) -> None:
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(0, 0, 0, 225) if self.on_dark else QColor(255, 255, 255, 235))
        self.painter.drawRoundedRect(box, 3, 3)
        self.painter.setPen(colour)
        self.painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _runs(points: _Numbers) -> list[_Numbers]:
    """Split points [shape=(n, 2)] where they are nan."""
    is_number = np.isfinite(points[:, 1])
    if is_number.all():
        return [points] if len(points) else []
    edges = np.flatnonzero(np.diff(is_number, prepend=False, append=False)).reshape(-1, 2)
    return [points[start:stop] for start, stop in edges]
