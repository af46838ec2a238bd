"""The small marks of the table, drawn with lines, so that they are sharp at any size and need no font."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

_Line = tuple[tuple[float, float], ...]

# Lines in a unit square; a line of one point is a dot.
_LINES: dict[str, tuple[_Line, ...]] = {
    "check": (((0.14, 0.55), (0.4, 0.8), (0.88, 0.24)),),
    "equal": (((0.18, 0.37), (0.82, 0.37)), ((0.18, 0.65), (0.82, 0.65))),
    "pause": (((0.36, 0.22), (0.36, 0.8)), ((0.66, 0.22), (0.66, 0.8))),
    "cross": (((0.24, 0.26), (0.76, 0.78)), ((0.76, 0.26), (0.24, 0.78))),
    "dots": (((0.18, 0.52),), ((0.5, 0.52),), ((0.82, 0.52),)),
    "alert": (((0.5, 0.1), (0.95, 0.88), (0.05, 0.88), (0.5, 0.1)), ((0.5, 0.4), (0.5, 0.6)), ((0.5, 0.73),)),
    "rest": (((0.24, 0.52), (0.76, 0.52)),),
    "short": (((0.36, 0.36), (0.36, 0.68)), ((0.64, 0.36), (0.64, 0.68)), ((0.36, 0.52), (0.64, 0.52))),
    "bubble": (
        ((0.14, 0.2), (0.86, 0.2), (0.86, 0.62), (0.52, 0.62), (0.3, 0.86), (0.3, 0.62), (0.14, 0.62), (0.14, 0.2)),
    ),
    "ring": (),
    "slash": (((0.22, 0.82), (0.78, 0.22)),),
    "lock": (
        ((0.22, 0.46), (0.78, 0.46), (0.78, 0.86), (0.22, 0.86), (0.22, 0.46)),
        ((0.34, 0.46), (0.34, 0.3), (0.42, 0.18), (0.58, 0.18), (0.66, 0.3), (0.66, 0.46)),
    ),
    "question": (((0.5, 0.87),),),
}


def draw_mark(painter: QPainter, name: str, square: QRectF, colour: QColor) -> None:
    """Draw a mark into a square."""
    pen = QPen(colour, max(1.2, square.width() * 0.115))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in _LINES[name]:
        points = [QPointF(square.x() + x * square.width(), square.y() + y * square.height()) for x, y in line]
        if len(points) == 1:
            painter.drawPoint(points[0])
        else:
            painter.drawPolyline(points)
    if name in ("slash", "ring"):
        painter.drawEllipse(square.adjusted(*_inset(square, 0.08 if name == "slash" else 0.24)))
    elif name == "question":
        painter.drawPath(_hook(square))


def _inset(square: QRectF, part: float) -> tuple[float, float, float, float]:
    by = square.width() * part
    return by, by, -by, -by


def _hook(square: QRectF) -> QPainterPath:
    """The upper part of a question mark."""
    x, y, size = square.x(), square.y(), square.width()
    path = QPainterPath()
    ring = QRectF(x + 0.27 * size, y + 0.1 * size, 0.46 * size, 0.4 * size)
    path.arcMoveTo(ring, 170)
    path.arcTo(ring, 170, -215)
    path.quadTo(QPointF(x + 0.5 * size, y + 0.52 * size), QPointF(x + 0.5 * size, y + 0.65 * size))
    return path


def draw_box(painter: QPainter, square: QRectF, checked: bool, fill: QColor, line: QColor, tick: QColor) -> None:
    """Draw a check box: filled with a tick, or only its outline."""
    painter.setPen(QPen(fill if checked else line, 1.2))
    painter.setBrush(fill if checked else Qt.BrushStyle.NoBrush)
    radius = square.width() * 0.22
    painter.drawRoundedRect(square, radius, radius)
    if checked:
        draw_mark(painter, "check", square.adjusted(*_inset(square, 0.16)), tick)


def draw_bar(painter: QPainter, bar: QRectF, value: float, fill: QColor, ground: QColor) -> None:
    """Draw a rounded bar of which `value` (0…1) is filled."""
    painter.setPen(Qt.PenStyle.NoPen)
    radius = bar.height() / 2
    painter.setBrush(ground)
    painter.drawRoundedRect(bar, radius, radius)
    painter.setBrush(fill)
    painter.drawRoundedRect(
        QRectF(bar.x(), bar.y(), max(bar.height(), bar.width() * value), bar.height()), radius, radius
    )
