"""What the colours of a lane mean, below its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme

if TYPE_CHECKING:
    from app.sound.views.plot.legends import Legend

# A bar that is longer tells no more.
_HIGHEST = 24 * theme.UNIT


class LegendView(QWidget):
    """Draws what `legend` gives, where there is something and room for it."""

    def __init__(self, legend: Callable[[], Legend | None]) -> None:
        super().__init__()
        self._legend = legend
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What the colours mean"))

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def renew(self) -> None:
        """Draw it anew: what it says may be another."""
        legend = self._legend()
        self.setAccessibleDescription(legend.text() if legend is not None else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        legend = self._legend()
        area = self.rect().adjusted(0, theme.UNIT // 2, 0, -theme.UNIT)
        if legend is None or area.height() < 2 * self.fontMetrics().height():
            return
        area.setHeight(min(area.height(), _HIGHEST))
        painter = QPainter(self)
        painter.setPen(QColor(theme.colours().quiet))
        legend.draw(painter, area.toRectF())
