"""What colours mean, drawn beside a plot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app import theme

_GAP = theme.UNIT // 2
_BAR = 1.5 * theme.UNIT


@dataclass(frozen=True)
class Ramp:
    """Colours 0xffRRGGBB [shape=(256,)] of the values from `low` to `high`, which are told with their unit."""

    colours: NDArray[np.uint32]
    low: str
    high: str

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw a bar, the highest value on top."""
        pixels = np.ascontiguousarray(self.colours[::-1, None])
        image = QImage(pixels.data, 1, len(pixels), 4, QImage.Format.Format_RGB32).copy()
        painter.drawImage(QRectF(area.left(), area.top(), _BAR, area.height()), image)
        beside = area.adjusted(_BAR + _GAP, 0, 0, 0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignTop, self.high)
        painter.drawText(beside, Qt.AlignmentFlag.AlignBottom, self.low)


@dataclass(frozen=True)
class Swatches:
    """Colours and what each of them stands for."""

    entries: tuple[tuple[QColor, str], ...]

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw them one below the other, as many as there is room for."""
        metrics = painter.fontMetrics()
        line = min(float(metrics.height()), area.height() / max(1, len(self.entries)))
        line = max(line, 0.8 * metrics.ascent())
        for number, (colour, text) in enumerate(self.entries):
            top = area.top() + number * line
            if top + line > area.bottom() + 1:
                break
            side = min(line - 2, 1.25 * theme.UNIT)
            painter.fillRect(QRectF(area.left(), top + (line - side) / 2, side, side), colour)
            beside = QRectF(area.left() + side + _GAP, top, area.width() - side - _GAP, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


Legend = Ramp | Swatches
