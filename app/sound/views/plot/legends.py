"""What colours mean, drawn beside a plot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.look import theme

_GAP = theme.UNIT // 2
_BAR = 1.5 * theme.UNIT


@dataclass(frozen=True)
class Ramp:
    """Colours 0xffRRGGBB [shape=(256,)] of the values from `low` to `high`, which are told with their unit.

    `marks` are places (0 at the bottom, 1 on top) and values between them, told where there is room.
    """

    colours: NDArray[np.uint32]
    low: str
    high: str
    marks: tuple[tuple[float, str], ...] = ()

    def text(self) -> str:
        """Say it in words."""
        return f"{self.low} … {self.high}"

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw a bar, the highest value on top."""
        pixels = np.ascontiguousarray(self.colours[::-1, None])
        image = QImage(pixels.data, 1, len(pixels), 4, QImage.Format.Format_RGB32).copy()
        painter.drawImage(QRectF(area.left(), area.top(), _BAR, area.height()), image)
        beside = area.adjusted(_BAR + _GAP, 0, 0, 0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignTop, self.high)
        painter.drawText(beside, Qt.AlignmentFlag.AlignBottom, self.low)
        line = painter.fontMetrics().height()
        taken = [area.top() + line / 2, area.bottom() - line / 2]
        for fraction, text in self.marks:
            middle = area.bottom() - fraction * area.height()
            if all(abs(middle - other) >= 1.3 * line for other in taken):
                taken.append(middle)
                room = QRectF(beside.left(), middle - line / 2, beside.width(), line)
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


@dataclass(frozen=True)
class Swatches:
    """Colours and what each of them stands for."""

    entries: tuple[tuple[QColor, str], ...]

    def text(self) -> str:
        """Say it in words."""
        return ", ".join(text for _, text in self.entries)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw them one below the other, as many as there is room for: what matters most comes first."""
        line = 0.95 * painter.fontMetrics().height()
        side = min(line - 2, 1.25 * theme.UNIT)
        for number, (colour, text) in enumerate(self.entries):
            top = area.top() + number * line
            if top + line > area.bottom() + 2:
                break
            painter.fillRect(QRectF(area.left(), top + (line - side) / 2, side, side), colour)
            beside = QRectF(area.left() + side + _GAP, top, area.width() - side - _GAP, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


Legend = Ramp | Swatches
