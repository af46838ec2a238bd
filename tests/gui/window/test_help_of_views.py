"""Help, What the views show: from the window, and not before it is asked for."""

from __future__ import annotations

import subprocess
import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from helpers.patience import LONG


def test_the_help_of_the_views_opens_without_any_track(open_window, qtbot):
    window = open_window()
    opened = []

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(20, look)
        else:
            opened.append(type(dialog).__name__)
            dialog.reject()

    look()
    window.actions_by_id["views_help"].trigger()
    qtbot.waitUntil(lambda: bool(opened), timeout=LONG)
    assert opened == ["ViewsDialog"]
    help_menu = window.menuBar().actions()[-1].menu()
    assert "views_help" in [action.objectName() for action in help_menu.actions()]


def test_neither_the_help_nor_its_views_are_imported_with_the_window():
    program = "import sys, app.window.main_window, app.sound.part; print([m for m in sys.modules if '.views' in m])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
