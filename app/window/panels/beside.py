"""What stands beside the table folds where the window is narrow, and comes back when it is wide again."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QWidget

# What a table needs to be read, in letters.
_TABLE = 80


class Beside(QObject):
    """Unchecks the actions that show the panels, the first of them first, when there is too little width.

    A panel that the user asks for where it was folded stays.
    """

    def __init__(self, window: QMainWindow, actions: Mapping[str, QAction], panels: Mapping[str, QWidget]) -> None:
        super().__init__(window)
        self._window, self._panels = window, panels
        self._actions = {name: actions[name] for name in panels}
        self._folded: set[str] = set()
        self._fitted = 0
        self._folding = False
        for name, action in self._actions.items():
            action.toggled.connect(lambda _, name=name: self._by_hand(name))
        window.installEventFilter(self)

    def is_wanted(self, name: str) -> bool:
        """Tell whether the user wants a panel, be it folded at the moment or not."""
        return self._actions[name].isChecked() or name in self._folded

    def _by_hand(self, name: str) -> None:
        if not self._folding:
            self._folded.discard(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent) and event.size().width() != self._fitted:
            self._fitted = event.size().width()
            self._fit(self._fitted)
        return False

    def _fit(self, width: int) -> None:
        self._folding = True
        needed = _TABLE * self._window.fontMetrics().averageCharWidth()
        # The last panel to be folded is the first to come back.
        for name, panel in reversed([*self._panels.items()]):
            needed += panel.sizeHint().width()
            if needed > width and self._actions[name].isChecked():
                self._folded.add(name)
                self._actions[name].setChecked(False)
            elif needed <= width and name in self._folded:
                self._folded.discard(name)
                self._actions[name].setChecked(True)
        self._folding = False
