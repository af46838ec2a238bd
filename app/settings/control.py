"""What a value is chosen with: what all controls of the settings have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.look import theme

Tell = Callable[[Any], object]


class _Calm(QObject):
    """Keeps the wheel from changing what the pointer happens to be over while a page is scrolled."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def calm(control: QWidget) -> None:
    """Keep the wheel from changing a control that has not the keyboard."""
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_Calm(control))


class Control(QWidget):
    """What a value is chosen with. `show_value` shows one without telling of it; `tell` takes what the user chose."""

    def __init__(self, part: QWidget, tell: Tell) -> None:
        super().__init__()
        self.part, self.tell = part, tell
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(part)
        self.row = row
        self.setFocusProxy(part)

    def show_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError
