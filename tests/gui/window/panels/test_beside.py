"""The panels beside the table fold in a narrow window and come back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMainWindow

from app.window.panels.beside import Beside


class Panel(QLabel):
    def sizeHint(self):
        return QSize(200, 100)


@pytest.fixture
def stage(qtbot):
    """A window with two panels of 200 pixels each and the actions that show them, wide enough for all."""
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = {name: QAction(window, checkable=True, checked=True) for name in ("details", "sidebar")}
    panels = {}
    for name in actions:
        panels[name] = Panel()
        qtbot.addWidget(panels[name])
    beside = Beside(window, actions, panels)
    window.show()
    window.resize(2000, 400)
    return window, actions, beside


def shown(actions):
    return [name for name, action in actions.items() if action.isChecked()]


def test_the_details_go_first_then_the_sidebar_and_both_come_back(stage):
    window, actions, beside = stage
    letters = 80 * window.fontMetrics().averageCharWidth()
    seen = []
    for width in (letters + 410, letters + 390, letters + 190, letters + 210, letters + 410):
        window.resize(width, 400)
        seen.append(shown(actions))
        assert beside.is_wanted("details")
        assert beside.is_wanted("sidebar")
    assert seen == [["details", "sidebar"], ["sidebar"], [], ["sidebar"], ["details", "sidebar"]]


def test_a_panel_that_was_closed_stays_closed_and_one_asked_for_in_a_narrow_window_stays_open(stage):
    window, actions, beside = stage
    actions["sidebar"].setChecked(False)
    window.resize(300, 400)
    assert shown(actions) == []
    assert not beside.is_wanted("sidebar")
    actions["details"].setChecked(True)
    window.resize(2000, 400)
    assert shown(actions) == ["details"]
