"""The axis at the left of a lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """The axis at the left; `ticks(low, high, height)` gives (value, text), the most welcome first."""

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
        """Give their texts."""
        return [self._texts.get(value, "") for value in values]

    def again(self) -> None:
        """Ask for other ticks."""
        self.picture = None
        self.update()

    def _line_height(self) -> float:
        font = self.style["tickFont"]
        return QFontMetricsF(font or QApplication.font()).height()
