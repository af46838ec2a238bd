"""The left end of a lane: its name, the buttons that explain it and open its menu, and the legend of its colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.look import theme
from app.look.widgets import ElidedLabel, IconButton, label

# Pixels beyond its lane from which on a dragged header moves the lane.
_DRAG = 12
# Pixels of height that a legend takes at most: a longer bar tells no more.
_HIGHEST = 24 * theme.UNIT
# Pixels between a colour and its text, and the width of a bar of colours.
_GAP = theme.UNIT // 2
_BAR = 1.5 * theme.UNIT


class Explanation(QWidget):
    """A popup that explains a lane; it goes away at the next click or key."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("popup")
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(title, "heading"))
        body = label(text, wrap=True)
        body.setMinimumWidth(44 * self.fontMetrics().averageCharWidth())
        column.addWidget(body)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)


class Header(QWidget):
    """The header of a lane. Signal: dragged(-1 or 1) when it is to change places with the lane above or below."""

    dragged = Signal(int)

    def __init__(self, title: str, key: QWidget) -> None:
        super().__init__()
        self.setObjectName("laneHeader")
        self.name = ElidedLabel("strong")
        self.name.set_text(title)
        self.what = IconButton("question", self.tr("{}: what am I looking at?").format(title))
        self.more = IconButton("more", self.tr("{}: settings").format(title))
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.name, 1)
        row.addWidget(self.what)
        row.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.UNIT, theme.UNIT // 2, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        self.track = ElidedLabel("quiet")
        self.track.hide()
        column.addWidget(self.track)
        column.addWidget(key, 1)
        self._row = row
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        key.setCursor(Qt.CursorShape.ArrowCursor)
        for button in (self.what, self.more):
            self._make_small(button)
        self._held = False

    def tell(self, track: str) -> None:
        """Say which track this is, where there are several."""
        self.track.set_text(track)
        self.track.show()

    def add(self, button: IconButton) -> None:
        """Add a button of the lane's own."""
        self._make_small(button)
        self._row.insertWidget(self._row.indexOf(self.what), button)

    @staticmethod
    def _make_small(button: IconButton) -> None:
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setProperty("small", True)

    def needed_width(self) -> int:
        """How wide it has to be for its name and its buttons."""
        buttons = [button for button in self.findChildren(IconButton) if not button.isHidden()]
        name = self.name.fontMetrics().horizontalAdvance(self.name.accessibleName())
        return name + sum(button.sizeHint().width() for button in buttons) + 2 * theme.UNIT

    def explain(self, title: str, text: str) -> None:
        """Say what one is looking at, beside the button that was asked."""
        popup = Explanation(title, text, self)
        popup.adjustSize()
        below = self.what.mapToGlobal(QPoint(0, self.what.height()))
        if below.y() + popup.height() > self.screen().availableGeometry().bottom():
            below = self.what.mapToGlobal(QPoint(0, -popup.height()))
        popup.move(below)
        popup.show()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        y = event.position().y()
        if self._held and not -_DRAG <= y <= self.height() + _DRAG:
            self.dragged.emit(-1 if y < 0 else 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self.setCursor(Qt.CursorShape.OpenHandCursor)


class LegendView(QWidget):
    """Draws the legend that `legend` gives, if there is one and there is room for it."""

    def __init__(self, legend: Callable[[], Legend | None]) -> None:
        super().__init__()
        self._legend = legend
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What the colours mean"))

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def renew(self) -> None:
        """Draw the legend as it is now."""
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


@dataclass(frozen=True)
class Ramp:
    """A legend: colours 0xffRRGGBB [shape=(256,)] of the values from `low` to `high`, texts with their unit.

    `marks` are heights (0 at the bottom, 1 at the top) and texts of values between them, drawn where there is room.
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
    """A legend: colours and what each of them stands for."""

    entries: tuple[tuple[QColor, str], ...]

    def text(self) -> str:
        """Say it in words."""
        return ", ".join(text for _, text in self.entries)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw them one below the other, from the first on, as many as there is room for."""
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
