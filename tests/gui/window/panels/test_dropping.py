"""Tracks are dropped onto a genre of the sidebar, as a person drags them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from app.table.dragging import carried, drags, tracks_in
from app.window.panels.dropping import GenreDrops
from app.window.panels.sidebar import NEW_GENRE, Place, Sidebar

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
MOVE, COPY = Qt.DropAction.MoveAction, Qt.DropAction.CopyAction


@pytest.fixture
def sidebar(qtbot):
    bar = Sidebar()
    qtbot.addWidget(bar)
    bar.resize(200, 500)
    bar.show()
    bar.set_counts(10, [("Jazz", 4), ("Rock", 3), ("", 3)], {})
    return bar


@pytest.fixture
def drops(sidebar):
    return GenreDrops(sidebar, QAction(sidebar, checkable=True))


def drop(sidebar, place, ids, modifiers=PLAIN):
    """Drag over a place and drop; returns whether it could be dropped there."""
    at = QPointF(sidebar.visualRect(sidebar.places.index_of(place)).center())
    data, actions, view = carried(ids), MOVE | COPY, sidebar.viewport()
    QApplication.sendEvent(view, QDragEnterEvent(at.toPoint(), actions, data, LEFT, PLAIN))
    over = QDragMoveEvent(at.toPoint(), actions, data, LEFT, PLAIN)
    QApplication.sendEvent(view, over)
    if not over.isAccepted():
        QApplication.sendEvent(view, QDragLeaveEvent())
        return False
    QApplication.sendEvent(view, QDropEvent(at, actions, data, LEFT, modifiers))
    return True


def test_dropped_onto_a_genre_tracks_get_it_or_get_it_besides(sidebar, drops):
    given = []
    drops.given.connect(lambda *what: given.append(what))
    assert drop(sidebar, Place("genre", "Rock"), [3, 5])
    assert drop(sidebar, Place("genre", "Jazz"), [7], Qt.KeyboardModifier.ControlModifier)
    assert drop(sidebar, NEW_GENRE, [1])
    assert given == [([3, 5], "Rock", False), ([7], "Jazz", True), ([1], "", False)]


def test_nowhere_else_can_they_be_dropped_and_leaving_is_the_end_of_it(sidebar, drops):
    given = []
    drops.given.connect(lambda *what: given.append(what))
    for place in (Place(), Place("state", "unsure"), Place("genre", "")):
        assert not drop(sidebar, place, [3])
    assert given == []
    assert not drops._frame.isVisible()
    assert not drops._scrolling.isActive()


def test_the_genre_under_the_pointer_is_framed(sidebar, drops):
    index = sidebar.places.index_of(Place("genre", "Jazz"))
    at = sidebar.visualRect(index).center()
    data = carried([1])  # an event does not keep it
    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(sidebar.viewport(), kind(at, MOVE, data, LEFT, PLAIN))
    assert drops._frame.isVisible()
    assert drops._frame.geometry().center().y() == pytest.approx(at.y(), abs=2)


def test_while_tracks_are_dragged_genres_that_no_file_has_can_be_dropped_on(sidebar, drops):
    given, wanted, others = [], [], Place("genre", "Tango")
    drops.given.connect(lambda *what: given.append(what))
    drops.wanted.connect(lambda: wanted.append(True))
    drops.offer(["Tango"])  # an answer that comes too late
    assert not sidebar.places.index_of(others).isValid()
    drags().begun.emit()
    assert wanted == [True]
    before = sidebar.places.rowCount()
    drops.offer(["jazz", "Tango"])
    assert sidebar.places.rowCount() == before + 2  # with a heading, and Jazz is there
    assert drop(sidebar, others, [4])
    assert not given  # a name may be asked for, and no drag waits for an answer
    drags().ended.emit()
    assert given == [([4], "Tango", False)]
    assert sidebar.places.rowCount() == before


def test_a_click_on_new_genre_asks_for_one_and_chooses_no_place(sidebar, drops):
    asked = []
    drops.new_asked.connect(lambda: asked.append(True))
    at = sidebar.visualRect(sidebar.places.index_of(NEW_GENRE)).center()
    QTest.mouseClick(sidebar.viewport(), LEFT, PLAIN, at)
    assert asked == [True]
    assert sidebar.place() == Place()


def test_what_is_dragged_of_many_tracks_comes_back_whole():
    ids = list(range(1, 100_001))
    assert tracks_in(carried(ids)) == ids


def test_a_sidebar_that_is_folded_opens_for_what_is_dragged_over_the_window(qtbot):
    window, bar = QMainWindow(), Sidebar()
    qtbot.addWidget(window)
    dock = QDockWidget()
    dock.setWidget(bar)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.setAcceptDrops(True)
    drops = GenreDrops(bar, dock.toggleViewAction())
    drops._shows.toggled.connect(dock.setVisible)
    window.show()
    dock.hide()
    for data, opens in ((QMimeData(), False), (carried([1]), True)):
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(90, 90), MOVE | COPY, data, LEFT, PLAIN))
        assert bar.isVisible() is opens
