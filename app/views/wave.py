"""What a waveform is drawn from, and the drawing of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme

# From so many pixels a sample on, samples are seen as points.
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


class Wave(pg.GraphicsObject):  # type: ignore[misc]
    """Draws a coarse piece, and a fine one where there is one; each channel in a band of height 1, the first on top."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.coarse: Columns | None = None
        self.fine: Piece | None = None

    def show(self, coarse: Columns | None, fine: Piece | None) -> None:
        """Show these."""
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
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        # In pixels: where one sample is many of them wide, the coordinates of the whole track are too large for Qt.
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        drawing = _Drawing(painter, view)
        fine, coarse = self.fine, self.coarse
        if coarse is not None:
            start, stop = view.viewRange()[0]
            for low, high in [(start, fine.start), (fine.stop, stop)] if fine is not None else [(start, stop)]:
                if high > low:
                    drawing.columns(coarse, max(low, start), min(high, stop))
        if isinstance(fine, Columns):
            drawing.columns(fine, fine.start, fine.stop)
        elif fine is not None:
            drawing.samples(fine)
        painter.restore()


class _Drawing:
    """One painting, in the pixels of the view box."""

    def __init__(self, painter: QPainter, view: pg.ViewBox) -> None:
        (self.start, self.stop), (_, self.channels) = view.viewRange()
        self.painter, self.area = painter, view.rect()
        self.per_second = self.area.width() / (self.stop - self.start)
        c = theme.colours()
        self.peak, self.loud, self.line = _mixed(c.accent, c.base, 0.45), QColor(c.accent), QColor(c.line)

    def _ys(self, channel: int, values: NDArray[np.float32]) -> _Points:
        top, band = float(self.area.top()), float(self.area.height() / self.channels)
        return np.asarray(top + band * (channel + 0.5 - _HALF * np.clip(values, -1.05, 1.05)), dtype=np.float64)

    def _zero(self, channel: int) -> None:
        y = round(self.area.top() + self.area.height() / self.channels * (channel + 0.5))
        self.painter.setPen(QPen(self.line, 1))
        self.painter.drawLine(round(self.area.left()), y, round(self.area.right()), y)

    def columns(self, piece: Columns, start: float, stop: float) -> None:
        """Draw what lies between two times."""
        count = piece.low.shape[1]
        wide = (piece.stop - piece.start) / count
        if wide <= 0:
            return
        first = max(0, int((max(start, self.start) - piece.start) / wide) - 1)
        last = min(count, int((min(stop, self.stop) - piece.start) / wide) + 2)
        if last <= first:
            return
        edges = piece.start + wide * np.arange(first, last + 1)
        xs = self.area.left() + (np.clip(edges, start, stop) - self.start) * self.per_second
        xs = np.stack([xs[:-1], xs[1:]], axis=1).ravel()
        for channel in range(piece.low.shape[0]):
            low, high, rms = (values[channel, first:last] for values in (piece.low, piece.high, piece.rms))
            # Columns of few samples can lie above one another: what is between them belongs to the line.
            low, high = np.minimum(low, np.append(high[1:], low[-1])), np.maximum(high, np.append(low[1:], high[-1]))
            low, high, rms = (np.repeat(values, 2) for values in (low, high, rms))
            self._zero(channel)
            # At least a pixel high, so that silence is a line and not nothing.
            top, bottom = self._ys(channel, high) - 0.5, self._ys(channel, low) + 0.5
            self._fill(xs, top, bottom, self.peak)
            loud = np.maximum(self._ys(channel, rms), top), np.minimum(self._ys(channel, -rms), bottom)
            self._fill(xs, *loud, self.loud)

    def _fill(self, xs: _Points, top: _Points, bottom: _Points, colour: QColor) -> None:
        points = np.concatenate([np.stack([xs, top], axis=1), np.stack([xs, bottom], axis=1)[::-1]])
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        self.painter.drawPolygon(polygon(points))

    def samples(self, piece: Samples) -> None:
        """Draw a line through the samples, and the samples where there is room."""
        first = max(0, int((self.start - piece.start) * piece.sr) - 1)
        last = min(piece.y.shape[1], int((self.stop - piece.start) * piece.sr) + 3)
        if last <= first:
            return
        xs = self.area.left() + (piece.start + np.arange(first, last) / piece.sr - self.start) * self.per_second
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for channel in range(piece.y.shape[0]):
            self._zero(channel)
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


def _mixed(one: str, other: str, share: float) -> QColor:
    a, b, rest = QColor(one), QColor(other), 1 - share
    return QColor.fromRgbF(
        share * a.redF() + rest * b.redF(), share * a.greenF() + rest * b.greenF(), share * a.blueF() + rest * b.blueF()
    )
