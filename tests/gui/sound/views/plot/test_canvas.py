"""Mouse and keyboard in a plot: clicking seeks, dragging zooms, the wheel zooms at the pointer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.look import theme

SR = 8000
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def lane(draw, write_wav):
    """A waveform of a hundred seconds."""
    return draw(write_wav(0.1 * np.sin(np.arange(100 * SR) / 5), SR)).lanes["waveform"]


@pytest.fixture
def line(lane):
    return lane.timeline


def send(lane, kind, x, button=LEFT, modifiers=NONE):
    at = QPointF(x, lane.canvas.area().center().y())
    held = Qt.MouseButton.NoButton if kind == QMouseEvent.Type.MouseButtonRelease else button
    target = lane.canvas.viewport()
    QApplication.sendEvent(target, QMouseEvent(kind, at, target.mapToGlobal(at), button, held, modifiers))


def drag(lane, start, stop, button=LEFT, modifiers=NONE):
    """Drag from one time to another."""
    places = [lane.canvas.x_of(seconds) for seconds in np.linspace(start, stop, 5)]
    send(lane, QMouseEvent.Type.MouseButtonPress, places[0], button, modifiers)
    for x in places[1:]:
        send(lane, QMouseEvent.Type.MouseMove, x, button, modifiers)
    send(lane, QMouseEvent.Type.MouseButtonRelease, places[-1], button, modifiers)


def turn(lane, seconds, notches, modifiers=NONE, sideways=0):
    at = QPointF(lane.canvas.x_of(seconds), lane.canvas.area().center().y())
    target = lane.canvas.viewport()
    event = QWheelEvent(
        at, target.mapToGlobal(at), QPoint(), QPoint(120 * sideways, 120 * notches), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target, event)


def click(qtbot, lane, seconds, **more):
    canvas = lane.canvas
    at = QPoint(round(canvas.x_of(seconds)), round(canvas.area().center().y()))
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=at, **more)


def test_a_click_asks_to_play_from_there(qtbot, lane, line):
    heard = []
    line.seek_asked.connect(heard.append)
    click(qtbot, lane, 25.0)
    line.show(40.0, 50.0)
    click(qtbot, lane, 42.0)
    assert heard == [pytest.approx(25.0, abs=0.2), pytest.approx(42.0, abs=0.02)]


def test_a_drag_zooms_to_what_it_went_over_in_either_direction(lane, line):
    drag(lane, 20.0, 40.0)
    assert (line.start, line.stop) == (pytest.approx(20, abs=0.2), pytest.approx(40, abs=0.2))
    drag(lane, 30.0, 25.0)
    assert (line.start, line.stop) == (pytest.approx(25, abs=0.1), pytest.approx(30, abs=0.1))


def test_a_drag_neither_seeks_nor_marks_and_a_tremble_is_a_click(lane, line):
    heard = []
    line.seek_asked.connect(heard.append)
    line.region_changed.connect(heard.append)
    drag(lane, 20.0, 40.0)
    assert heard == []
    line.whole()
    drag(lane, 20.0, 20.0 + 2 * line.span / lane.canvas.area().width())
    assert heard == [pytest.approx(20.0, abs=0.2)]
    assert line.is_whole


def test_escape_gives_up_the_drag(qtbot, lane, line):
    send(lane, QMouseEvent.Type.MouseButtonPress, lane.canvas.x_of(20.0))
    send(lane, QMouseEvent.Type.MouseMove, lane.canvas.x_of(60.0))
    qtbot.keyClick(lane.canvas, Qt.Key.Key_Escape)
    send(lane, QMouseEvent.Type.MouseButtonRelease, lane.canvas.x_of(60.0))
    assert line.is_whole


def test_shift_and_drag_mark_a_region_and_escape_forgets_it(qtbot, lane, line):
    drag(lane, 60.0, 50.0, modifiers=SHIFT)
    assert line.region == (pytest.approx(50, abs=0.2), pytest.approx(60, abs=0.2))
    assert line.is_whole
    qtbot.keyClick(lane.canvas, Qt.Key.Key_Escape)
    assert line.region is None


def test_the_middle_button_moves_what_is_seen(lane, line):
    line.show(40.0, 60.0)
    drag(lane, 45.0, 50.0, button=Qt.MouseButton.MiddleButton)
    assert (line.start, line.stop) == (pytest.approx(35, abs=0.2), pytest.approx(55, abs=0.2))


def test_a_double_click_shows_the_whole(qtbot, lane, line):
    line.show(40.0, 41.0)
    at = QPoint(round(lane.canvas.area().center().x()), round(lane.canvas.area().center().y()))
    qtbot.mouseDClick(lane.canvas.viewport(), LEFT, pos=at)
    assert line.is_whole


def test_the_wheel_zooms_at_the_pointer(lane, line):
    before = lane.canvas.x_of(30.0)
    turn(lane, 30.0, 4)
    assert line.span < 50
    assert lane.canvas.x_of(30.0) == pytest.approx(before, abs=1)
    turn(lane, 30.0, -40)
    assert line.is_whole


@pytest.mark.parametrize("how", [{"notches": -1, "modifiers": SHIFT}, {"notches": 0, "sideways": -1}])
def test_shift_or_a_second_wheel_scrolls(lane, line, how):
    line.show(40.0, 50.0)
    turn(lane, 45.0, **how)
    assert (line.start, line.stop) == (pytest.approx(41), pytest.approx(51))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_Plus, (42.5, 47.5)), (Qt.Key.Key_Minus, (35, 55)), (Qt.Key.Key_Right, (41, 51)),
        (Qt.Key.Key_Left, (39, 49)), (Qt.Key.Key_Home, (0, 10)), (Qt.Key.Key_End, (90, 100)), (Qt.Key.Key_0, (0, 100)),
    ],
)  # fmt: skip
def test_keys_zoom_and_scroll(qtbot, lane, line, key, expected):
    line.show(40.0, 50.0)
    qtbot.keyClick(lane.canvas, key)
    assert (line.start, line.stop) == pytest.approx(expected)


def test_keys_of_the_player_are_left_to_it(qtbot, lane, line):
    line.show(40.0, 50.0)
    qtbot.keyClick(lane.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(lane.canvas, Qt.Key.Key_Space)
    assert (line.start, line.stop) == (40.0, 50.0)


def test_hovering_tells_time_and_value_and_leaving_takes_it_away(lane, line):
    send(lane, QMouseEvent.Type.MouseMove, lane.canvas.x_of(25.0), button=Qt.MouseButton.NoButton)
    assert lane.canvas.readout.startswith(("0:24.9", "0:25.0", "0:25.1"))
    assert "dBFS" in lane.canvas.readout
    assert line.pointer == pytest.approx(25.0, abs=0.2)
    lane.canvas.leaveEvent(None)
    assert lane.canvas.readout == ""
    assert line.pointer is None


def test_the_playhead_is_drawn_where_it_plays_in_all_lanes(stack, lane, line):
    line.set_position(75.0)
    wanted = QColor(theme.colours().text)
    for one in stack.lanes.values():
        if one.isVisible():
            canvas = one.canvas
            image = canvas.grab().toImage()
            y = round(canvas.area().top()) + 3
            xs = [x for x in range(round(canvas.area().left()), image.width()) if image.pixelColor(x, y) == wanted]
            assert any(abs(x - canvas.x_of(75.0)) <= 1 for x in xs)


def test_nothing_can_be_asked_of_an_empty_plot(qtbot, stack):
    lane = stack.lanes["waveform"]
    heard = []
    stack.timeline.seek_asked.connect(heard.append)
    stack.sound.show("/nowhere/at/all.flac")
    qtbot.waitUntil(lambda: bool(lane.canvas.message))
    click(qtbot, lane, 0.5)
    turn(lane, 0.5, 3)
    drag(lane, 0.2, 0.6)
    assert heard == []
    assert lane.canvas.readout == ""
