"""Draws waveforms: as columns of extremes and loudness, or as a line through single samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.look import theme

# From so many pixels a sample on, samples are drawn as points.
POINT_PIXELS = 5
_HALF = 0.47


@dataclass(frozen=True)
class Columns:
    """Extremes and root mean square of equal columns from `start` to `stop` (s) [shape=(channels, columns)]."""

    start: float
    stop: float
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    rms: NDArray[np.float32]


@dataclass(frozen=True)
class Samples:
    """The samples themselves, the first at `start` (s) [shape=(channels, n)]."""

    start: float
    sr: int
    y: NDArray[np.float32]

    @property
    def stop(self) -> float:
        """Time of the last sample."""
        return float(self.start + (self.y.shape[1] - 1) / self.sr)


Piece = Columns | Samples
_Points = NDArray[np.float64]
_Span = tuple[_Points, _Points]


class Wave(pg.GraphicsObject):  # type: ignore[misc]
    """Draws a coarse piece, and a fine one where there is one; a band for each channel, the first one on top."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.coarse: Columns | None = None
        self.fine: Piece | None = None

    def show(self, coarse: Columns | None, fine: Piece | None) -> None:
        """Draw these from now on."""
        self.coarse, self.fine = coarse, fine
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        shown = [piece for piece in (self.coarse, self.fine) if piece is not None]
        if not shown:
            return QRectF()
        start = min(piece.start for piece in shown)
        channels = shown[0].y.shape[0] if isinstance(shown[0], Samples) else shown[0].low.shape[0]
        return QRectF(start, 0.0, max(piece.stop for piece in shown) - start, channels)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        view = self.getViewBox()
        if view is None:
            return
        exposed = option.exposedRect
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        # In pixels: where one sample is many of them wide, the coordinates of the whole track are too large for Qt.
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        drawing = _Drawing(painter, view, exposed.left(), exposed.right())
        drawing.zero_lines()
        fine, coarse = self.fine, self.coarse
        if coarse is not None:
            around = [(drawing.start, fine.start), (fine.stop, drawing.stop)] if fine is not None else None
            for low, high in around or [(drawing.start, drawing.stop)]:
                drawing.columns(coarse, low, high)
        if isinstance(fine, Columns):
            drawing.columns(fine, fine.start, fine.stop)
        elif fine is not None:
            drawing.samples(fine)
        painter.restore()


class _Drawing:
    """Paints what lies between two times (s) once, in the pixels of the view box."""

    def __init__(self, painter: QPainter, view: pg.ViewBox, start: float, stop: float) -> None:
        (self.view_start, view_stop), (_, channels) = view.viewRange()
        self.channels = round(channels)
        self.painter, self.area = painter, view.rect()
        self.per_second = self.area.width() / (view_stop - self.view_start)
        margin = 4 / self.per_second
        self.start, self.stop = max(self.view_start, start - margin), min(view_stop, stop + margin)
        c = theme.colours()
        self.peak, self.loud, self.line = _mixed(c.accent, c.base, 0.45), QColor(c.accent), QColor(c.line)
        engine = painter.paintEngine()
        self.is_raster = engine is None or engine.type() == QPaintEngine.Type.Raster
        self.ratio = painter.device().devicePixelRatioF() if self.is_raster else 1.0

    def zero_lines(self) -> None:
        """Draw the line of silence of each channel."""
        self.painter.setPen(QPen(self.line, 1))
        for channel in range(self.channels):
            y = round(self.area.top() + self.area.height() / self.channels * (channel + 0.5))
            self.painter.drawLine(round(self.area.left()), y, round(self.area.right()), y)

    def columns(self, piece: Columns, start: float, stop: float) -> None:
        """Draw a piece between two times, one column per pixel of the screen."""
        count = piece.low.shape[1]
        start, stop = max(start, self.start, piece.start), min(stop, self.stop, piece.stop)
        # Whole pixels; a column belongs to the pixel that its left edge is in.
        per_pixel = 1 / (self.per_second * self.ratio)
        first = math.floor((start - self.view_start) / per_pixel + 1e-6)
        last = math.ceil((stop - self.view_start) / per_pixel - 1e-6)
        if last <= first or stop <= start or not count:
            return
        edges = self.view_start + per_pixel * np.arange(first, last + 1)
        wide = (piece.stop - piece.start) / count
        starts = ((edges[:-1] - piece.start) / wide + 1e-6).astype(np.intp).clip(0, count - 1)
        end = min(count, max(int(starts[-1]) + 1, math.ceil((edges[-1] - piece.start) / wide)))
        low = np.minimum.reduceat(piece.low[:, :end], starts, axis=1)
        high = np.maximum.reduceat(piece.high[:, :end], starts, axis=1)
        rms = np.maximum.reduceat(piece.rms[:, :end], starts, axis=1)
        # Columns of few samples can lie above one another: what is between them belongs to the line.
        low, high = (
            np.minimum(low, np.concatenate([high[:, 1:], low[:, -1:]], axis=1)),
            np.maximum(high, np.concatenate([low[:, 1:], high[:, -1:]], axis=1)),
        )
        for channel in range(min(len(low), self.channels)):
            # At least a pixel high, so that silence is a line and not nothing.
            top, bottom = self._ys(channel, high[channel]) - 0.5, self._ys(channel, low[channel]) + 0.5
            loud = self._ys(channel, rms[channel]), self._ys(channel, -rms[channel])
            inner = np.maximum(loud[0], top), np.minimum(loud[1], bottom)
            x = self.area.left() + first / self.ratio
            if self.is_raster:
                self._draw_pixels(channel, x, (top, bottom), inner)
            else:
                self._draw_shape(x, top, bottom, self.peak)
                self._draw_shape(x, *inner, self.loud)

    def _draw_pixels(self, channel: int, x: float, outer: _Span, inner: _Span) -> None:
        """Draw the columns as an image: a polygon of thousands of corners takes Qt twenty times longer."""
        y = self.area.top() + self.area.height() / self.channels * channel
        height = math.ceil(self.area.height() / self.channels * self.ratio)
        if height < 1:
            return
        lines = np.arange(height, dtype=np.int16)[:, None]
        levels = np.zeros((height, len(outer[0])), dtype=np.uint8)
        for top, bottom in (outer, inner):
            low, high = (np.round((edge - y) * self.ratio).astype(np.int16) for edge in (top, bottom))
            levels += (lines >= low) & (lines < high)
        image = QImage(levels.data, len(outer[0]), height, len(outer[0]), QImage.Format.Format_Indexed8)
        image.setColorTable([0, self.peak.rgba(), self.loud.rgba()])
        image.setDevicePixelRatio(self.ratio)
        self.painter.drawImage(QPointF(x, y), image)

    def _draw_shape(self, x: float, top: _Points, bottom: _Points, colour: QColor) -> None:
        """Draw the columns as a shape, for pictures that can be enlarged."""
        xs = x + np.repeat(np.arange(len(top) + 1), 2)[1:-1] / self.ratio
        upper, lower = np.repeat(top, 2), np.repeat(bottom, 2)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        points = np.concatenate([np.stack([xs, upper], axis=1), np.stack([xs, lower], axis=1)[::-1]])
        self.painter.drawPolygon(polygon(points))

    def _ys(self, channel: int, values: NDArray[np.float32]) -> _Points:
        top, band = float(self.area.top()), float(self.area.height() / self.channels)
        return np.asarray(top + band * (channel + 0.5 - _HALF * np.clip(values, -1.05, 1.05)), dtype=np.float64)

    def samples(self, piece: Samples) -> None:
        """Draw a line through the samples, and the samples where there is room."""
        first = max(0, int((self.start - piece.start) * piece.sr) - 1)
        last = min(piece.y.shape[1], int((self.stop - piece.start) * piece.sr) + 3)
        if last <= first:
            return
        xs = self.area.left() + (piece.start + np.arange(first, last) / piece.sr - self.view_start) * self.per_second
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for channel in range(min(len(piece.y), self.channels)):
            points = polygon(np.stack([xs, self._ys(channel, piece.y[channel, first:last])], axis=1))
            self.painter.setPen(QPen(self.loud, 1.25))
            self.painter.drawPolyline(points)
            if self.per_second / piece.sr >= POINT_PIXELS:
                self.painter.setPen(QPen(self.loud, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                self.painter.drawPoints(points)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def polygon(points: _Points) -> QPolygonF:
    """Turn points [shape=(n, 2)] into Qt's own, without a loop."""
    result = QPolygonF()
    result.resize(len(points))
    if len(points):
        pg.functions.ndarray_from_qpolygonf(result)[:] = points
    return result


def _mixed(first: str, second: str, share: float) -> QColor:
    """Mix two colours, `share` of the first."""
    a, b, rest = QColor(first), QColor(second), 1 - share
    return QColor.fromRgbF(
        share * a.redF() + rest * b.redF(), share * a.greenF() + rest * b.greenF(), share * a.blueF() + rest * b.blueF()
    )
