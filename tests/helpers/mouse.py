"""What a person does with a mouse and Qt has no word for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication

_LEFT = Qt.MouseButton.LeftButton


def draw(view: QAbstractItemView, at: QPoint) -> None:
    """Press in a view and move far enough that what is there is dragged."""
    far = QPoint(0, 3 * QApplication.startDragDistance())
    QTest.mousePress(view.viewport(), _LEFT, Qt.KeyboardModifier.NoModifier, at)
    for part in (1, 2, 3):
        QTest.mouseMove(view.viewport(), at + far / 3 * part)
    QTest.mouseRelease(view.viewport(), _LEFT, Qt.KeyboardModifier.NoModifier, at + far)
