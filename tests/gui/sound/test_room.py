"""Table and drawing share the height: twelve rows stand first, and a strip is left where that is all there is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.sound.room import ROWS
from helpers.patience import LONG


@pytest.fixture
def window(open_window, settled, music, qtbot):
    """The window of 1280 × 800 with a track drawn in it."""
    window = open_window([music])
    settled(window)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.sound.dock is not None, timeout=LONG)
    window.tracks.select([window.tracks.model.id_at(0)])
    qtbot.waitUntil(lambda: window.sound.dock.isVisible() and not window.sound.dock.is_strip, timeout=LONG)
    return window


def rows_that_stand(window):
    view = window.centre.view
    return view.viewport().height() // view.verticalHeader().defaultSectionSize()


def test_twelve_rows_stand_in_the_usual_window_and_what_is_beside_the_table_has_the_whole_height(window, qtbot):
    qtbot.waitUntil(lambda: rows_that_stand(window) == ROWS, timeout=LONG)
    dock = window.sound.dock
    assert dock.height() > 150
    for beside in (window.sidebar, window.details):
        assert beside.height() == window.room.height()
    assert dock.width() == window.centre.width() < window.width()


def test_all_views_at_once_take_no_row_away(window, qtbot):
    for kind in ("mfcc", "chroma", "curves"):
        window.sound.dock.stack.show_lane(kind)
    qtbot.waitUntil(lambda: rows_that_stand(window) == ROWS, timeout=LONG)


def test_a_low_window_leaves_a_strip_that_names_the_track_and_unfolds_when_asked(window, qtbot):
    dock = window.sound.dock
    window.resize(1280, 520)
    qtbot.waitUntil(lambda: dock.is_strip, timeout=LONG)
    assert dock.height() < 60
    assert dock.title.name.accessibleName().startswith("A Short Chord")
    qtbot.mouseClick(dock.fold_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dock.is_strip and dock.height() > 100, timeout=LONG)
    qtbot.mouseClick(dock.fold_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dock.is_strip, timeout=LONG)
    window.resize(1280, 800)
    QTest.qWait(50)
    assert dock.is_strip  # the user wants it so
    assert window.sound.choices.folded


def test_a_height_that_was_drawn_stays(window, qtbot):
    dock, room = window.sound.dock, window.room
    qtbot.waitUntil(lambda: rows_that_stand(window) == ROWS, timeout=LONG)
    before = dock.height()
    edge = QPoint(dock.width() // 2, dock.y() - 2)
    QTest.mousePress(room, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(room, edge - QPoint(0, 60))
    QTest.qWait(20)
    QTest.mouseRelease(room, Qt.MouseButton.LeftButton, pos=edge - QPoint(0, 60))
    drawn = window.sound.choices.chosen_height
    assert drawn == dock.height() > before
    window.tracks.select([window.tracks.model.id_at(1)])
    window.resize(1280, 810)
    qtbot.waitUntil(lambda: dock.height() == drawn, timeout=LONG)
