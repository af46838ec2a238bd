"""Pictures on a time axis: a coarse one of the whole track and fine ones of stretches that were looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

# Fine pictures that are kept above the coarse one, the newest on top.
_KEPT = 4


@dataclass(frozen=True)
class Picture:
    """An image that covers the time from `start` to `stop` (s), and all of the lane's height."""

    start: float
    stop: float
    image: QImage


def paint_levels(levels: NDArray[np.uint8], colours: NDArray[np.uint32]) -> QImage:
    """Turn levels [shape=(rows, columns)], the highest row first, into an image; for the loader's thread.

    `colours` has 256 values 0xffRRGGBB.
    """
    pixels = np.ascontiguousarray(colours[levels])
    rows, columns = pixels.shape
    # A copy, since QImage does not keep the array alive.
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


class Pictures(pg.GraphicsObject):  # type: ignore[misc]
    """Draws pictures into a view box whose y axis goes from 0 to 1.

    It is painted in pixels of the screen: where one sample is many pixels wide, the coordinates of the whole
    track would be too large for Qt's painter.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.coarse: Picture | None = None
        self.fine: list[Picture] = []

    def set_coarse(self, picture: Picture | None) -> None:
        """Replace the picture of everything; the fine ones stay."""
        self.coarse = picture
        self.prepareGeometryChange()
        self.update()

    def add_fine(self, picture: Picture) -> None:
        """Lay a fine picture over the others; those that it covers wholly go."""
        uncovered = [other for other in self.fine if not (picture.start <= other.start and other.stop <= picture.stop)]
        self.fine = [*uncovered[1 - _KEPT :], picture]
        self.prepareGeometryChange()
        self.update()

    def clear_fine(self) -> None:
        """Forget the fine pictures: they are out of date."""
        self.fine = []
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.fine = []
        self.set_coarse(None)

    def boundingRect(self) -> QRectF:
        shown = [*([self.coarse] if self.coarse else []), *self.fine]
        if not shown:
            return QRectF()
        start = min(picture.start for picture in shown)
        return QRectF(start, 0.0, max(picture.stop for picture in shown) - start, 1.0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        view = self.getViewBox()
        if view is None:
            return
        (start, stop), _ = view.viewRange()
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        covered = self.fine and self.fine[-1].start <= start and stop <= self.fine[-1].stop
        for picture in self.fine[-1:] if covered else [self.coarse, *self.fine]:
            if picture is not None:
                _draw(painter, picture, start, stop, view.rect())
        painter.restore()


def _draw(painter: QPainter, picture: Picture, start: float, stop: float, area: QRectF) -> None:
    low, high = max(start, picture.start), min(stop, picture.stop)
    if high <= low or picture.stop <= picture.start:
        return
    per_second = area.width() / (stop - start)
    columns = picture.image.width() / (picture.stop - picture.start)
    source = QRectF((low - picture.start) * columns, 0, (high - low) * columns, picture.image.height())
    target = QRectF(area.left() + (low - start) * per_second, area.top(), (high - low) * per_second, area.height())
    if painter.paintEngine().type() == QPaintEngine.Type.SVG:
        # It draws whole images only.
        whole = source.toAlignedRect()
        scale = target.width() / source.width()
        target = QRectF(target.left() + (whole.left() - source.left()) * scale, target.top(), whole.width() * scale,
                        target.height())  # fmt: skip
        painter.drawImage(target, picture.image.copy(whole))
        return
    painter.drawImage(target, picture.image, source)
