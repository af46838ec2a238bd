"""What draws is imported ahead, while nobody touches the window."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.jobs.loader import Loader
from app.sound import ahead
from app.sound.ahead import Ahead
from helpers.patience import LONG


@pytest.fixture
def window(qtbot):
    """A window that is seen."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def loader(qtbot):
    """A loader whose thread is ended afterwards."""
    loader = Loader()
    yield loader
    loader.stop(5)


@pytest.fixture
def imported():
    """When each piece was imported."""
    return []


@pytest.fixture
def importing(window, loader, imported):
    """Three pieces."""

    def pieces():
        for _ in range(3):
            imported.append(time.monotonic())
            yield

    importing = Ahead(window, loader, pieces)
    yield importing
    importing.stop()


def test_left_alone_all_pieces_are_imported_and_that_is_said_once(importing, imported, qtbot):
    with qtbot.waitSignal(importing.done, timeout=LONG):
        importing.begin()
        importing.begin()
    assert len(imported) == 3


def test_while_the_window_is_touched_nothing_is_imported(importing, imported, window, qtbot, monkeypatch):
    monkeypatch.setattr(ahead, "_QUIET_S", 1e6)
    importing.begin()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton)
    qtbot.wait(50)
    assert not imported
    with qtbot.waitSignal(importing.done, timeout=LONG):
        importing.hurry()
    assert len(imported) == 3


def test_hurried_from_the_start_it_waits_for_nothing(importing, imported, qtbot, monkeypatch):
    monkeypatch.setattr(ahead, "_QUIET_S", 1e6)
    importing._touched = time.monotonic()
    with qtbot.waitSignal(importing.done, timeout=LONG):
        importing.hurry()
    assert len(imported) == 3


def test_stopped_nothing_more_is_imported(importing, imported, qtbot):
    importing.begin()
    importing.stop()
    qtbot.wait(50)
    importing.begin()
    importing.hurry()
    qtbot.wait(50)
    assert not imported


def test_what_draws_is_there_after_the_last_piece():
    for _ in ahead.drawing():
        pass
    from app.sound.views.dock import SoundDock

    assert SoundDock
