"""The lanes together: which are shown, in which order, what they keep, and what is seen when there is no sound."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from app.look import theme
from app.sound.views.choices import Choices
from app.sound.views.drawn import Sound
from app.sound.views.plot.timeline import Timeline
from app.sound.views.stack import KINDS, Stack

SR = 8000


def tone(seconds, frequency=440.0):
    return 0.3 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * SR)) / SR)


def test_all_lanes_show_the_same_time_at_the_same_place(draw, write_wav):
    stack = draw(write_wav(tone(20), SR))
    stack.timeline.show(5.0, 9.0)
    places = {
        lane.canvas.mapTo(stack, lane.canvas.pos()).x() - lane.canvas.pos().x() + round(lane.canvas.x_of(7.0))
        for lane in stack.lanes.values()
        if lane.isVisible()
    }
    assert len(places) == 1
    assert places.pop() == pytest.approx(stack.ruler._x_of(7.0), abs=1.5)


def test_the_time_axis_is_labelled_in_round_steps_and_finer_when_zoomed(draw, write_wav):
    stack = draw(write_wav(tone(20), SR))
    assert [text for _, text in stack.ruler.labels()][:2] == ["0:00", "0:02"]
    stack.timeline.show(5.0, 5.01)
    assert all("." in text for _, text in stack.ruler.labels())


def test_lanes_are_hidden_shown_and_moved_and_the_last_one_stays(stack):
    first, second, *rest = stack.shown()
    stack.move_lane(first, 1)
    assert stack.shown()[:2] == [second, first]
    stack.move_lane(second, -1)
    assert stack.shown()[:2] == [second, first]
    for id_ in [second, *rest]:
        stack.show_lane(id_, False)
    stack.show_lane(first, False)
    assert stack.shown() == [first]
    stack.show_lane(second)
    assert second in stack.shown()


def test_which_lanes_are_shown_and_how_high_they_are_is_kept(qtbot, stack, loader, choices):
    while stack.shown()[0] != "spectrogram":
        stack.move_lane("spectrogram", -1)
    stack.splitter.setSizes([300, 100, *[50] * 10])
    stack._keep_heights()
    heights = {id_: stack.lanes[id_].height() for id_ in stack.shown()}
    other = Stack(Timeline(), Sound(loader), Choices(lanes=choices.lanes, heights=choices.heights))
    qtbot.addWidget(other)
    other.resize(stack.size())
    other.show()
    assert other.shown() == stack.shown()
    assert other.shown()[0] == "spectrogram"
    for id_, height in heights.items():
        assert other.lanes[id_].height() == pytest.approx(height, abs=12)


@pytest.mark.parametrize("lanes", ["", "nonsense", "waveform waveform nonsense"])
def test_strange_choices_mean_the_usual_lanes_or_those_that_are_known(qtbot, loader, lanes):
    stack = Stack(Timeline(), Sound(loader), Choices(lanes=lanes, heights="waveform:x 3 a:b:c"))
    qtbot.addWidget(stack)
    assert stack.shown() == (["waveform"] if "waveform" in lanes else [kind.id for kind in KINDS if kind.shown])


def test_the_menu_ticks_what_is_shown(stack):
    menu = stack.menu(stack)
    assert [action.isChecked() for action in menu.actions()][: len(KINDS)] == [k.id in stack.shown() for k in KINDS]
    menu.close()


def test_every_lane_says_what_it_is_in_two_sentences_one_click_away(qtbot, stack):
    for kind in KINDS:
        stack.show_lane(kind.id)
        lane = stack.lanes[kind.id]
        assert lane.words().count(".") >= 2
        assert lane.canvas.accessibleName()
        lane.what.click()
        shown = [child for child in lane.header.children() if child.inherits("QWidget") and child.isWindow()]
        assert any(lane.words() == popup.accessibleDescription() for popup in shown)
        for popup in shown:
            popup.close()


def test_a_file_that_cannot_be_read_draws_empty_lanes_and_the_reason_once(draw, media):
    stack = draw(media("text"))
    told = [lane.canvas.message for lane in stack.lanes.values() if lane.canvas.message]
    assert len(told) == 1
    assert "could not be read" in told[0]
    assert "text.mp3" not in told[0]
    assert stack.lanes["waveform"].wave.coarse is None
    assert stack.lanes["spectrogram"].coarse is None


def test_after_a_bad_file_a_good_one_is_drawn_without_the_message(draw, media, write_wav):
    draw(media("text"))
    stack = draw(write_wav(tone(2), SR))
    assert not any("could not be read" in lane.canvas.message for lane in stack.lanes.values())
    assert stack.lanes["waveform"].wave.coarse is not None


def test_nothing_of_a_track_stays_when_another_one_is_chosen(stack, settled, draw, write_wav):
    draw(write_wav(tone(5), SR))
    stack.timeline.show(1.0, 1.01)
    settled(stack)
    stack.sound.show("/nowhere/at/all.flac")
    assert stack.lanes["waveform"].wave.fine is stack.lanes["waveform"].wave.coarse is None
    assert stack.lanes["spectrogram"].pictures.coarse is None
    assert stack.lanes["spectrogram"].pictures.fine == []
    assert stack.timeline.length == 0
    settled(stack)


def test_of_many_tracks_in_a_row_only_the_last_is_drawn(stack, settled, write_wav):
    paths = [write_wav(tone(3 + number / 10), SR, f"{number}.wav") for number in range(12)]
    lengths = []
    stack.timeline.length_changed.connect(lengths.append)
    for path in paths:
        stack.sound.show(path)
    settled(stack)
    assert stack.sound.path == paths[-1]
    assert [length for length in lengths if length] == [pytest.approx(4.1)]
    assert stack.lanes["waveform"].wave.coarse.stop == pytest.approx(4.1)


def test_a_header_that_lies_is_drawn_to_the_real_end(draw, write_wav):
    path = write_wav(tone(10), SR)
    with open(path, "r+b") as file:
        file.truncate(44 + 4 * 3 * SR)
    stack = draw(path)
    assert stack.timeline.length == pytest.approx(3.0, abs=0.1)


def test_lanes_follow_the_colour_scheme(draw, settled, write_wav):
    stack = draw(write_wav(tone(2), SR))
    canvas = stack.lanes["waveform"].canvas
    inside = round(canvas.area().left()) + 12, round(canvas.area().top()) + 6  # beside the ticks of the axis
    try:
        for scheme, colours in (("dark", theme.DARK), ("light", theme.LIGHT)):
            theme.apply(scheme)
            settled(stack)
            assert canvas.grab().toImage().pixelColor(*inside) == QColor(colours.base)
    finally:
        theme.apply("light")


def test_words_take_the_place_of_the_lanes_when_there_is_no_track(stack, draw, write_wav):
    stack.say_nothing("No track", "Choose one.")
    assert stack.nothing.isVisible()
    draw(write_wav(tone(1), SR))
    assert not stack.nothing.isVisible()
    assert stack.lanes["waveform"].isVisible()


def test_what_is_zoomed_by_hand_is_found_in_the_kept_excerpts(draw, settled, write_wav):
    stack = draw(write_wav(tone(60), SR))
    stack.timeline.show(20.0, 21.0)
    settled(stack)
    kept = dict(stack.sound.excerpts()._kept)
    stack.timeline.zoom(1.2, 20.5)
    settled(stack)
    assert dict(stack.sound.excerpts()._kept) == kept


def test_a_lane_that_is_shown_anew_gets_its_share(qtbot, stack):
    stack.resize(1000, 1200)
    for kind in KINDS:
        stack.show_lane(kind.id)
    spectrogram, waveform = (stack.lanes[id_].height() for id_ in ("spectrogram", "waveform"))
    shares = {kind.id: kind.share for kind in KINDS}
    assert spectrogram / waveform == pytest.approx(shares["spectrogram"] / shares["waveform"], rel=0.25)


def press_move_release(qtbot, widget, *places):
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=places[0])
    for at in places[1:]:
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove, QPointF(at), widget.mapToGlobal(QPointF(at)), Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=places[-1])


def test_a_lane_is_dragged_by_its_header(qtbot, stack):
    first, second, *_ = stack.shown()
    header = stack.lanes[first].header
    press_move_release(qtbot, header, QPoint(5, 20), QPoint(5, 25), QPoint(5, header.height() + 30))
    assert stack.shown()[:2] == [second, first]


def test_a_drag_along_the_time_axis_marks_a_part_and_a_click_goes_there(qtbot, draw, write_wav):
    stack = draw(write_wav(tone(10), SR))
    line, ruler = stack.timeline, stack.ruler
    heard = []
    line.seek_asked.connect(heard.append)
    places = [QPoint(round(ruler._x_of(seconds)), 5) for seconds in (2.0, 3.0, 4.0)]
    press_move_release(qtbot, ruler, *places)
    assert line.region == (pytest.approx(2, abs=0.05), pytest.approx(4, abs=0.05))
    assert heard == []
    qtbot.mouseClick(ruler, Qt.MouseButton.LeftButton, pos=places[1])
    assert heard == [pytest.approx(3, abs=0.05)]
    assert line.region is None


def test_a_stack_that_goes_leaves_nothing_behind_that_listens(qtbot, loader, write_wav, settled):
    line, sound = Timeline(), Sound(loader)
    stack = Stack(line, sound, Choices())
    stack.resize(800, 400)
    stack.show()
    sound.show(write_wav(tone(3), SR))
    settled(stack)
    stack.hide()
    stack.deleteLater()
    qtbot.wait(50)
    line.show(1.0, 2.0)
    line.set_position(1.5)
    line.set_region((1.0, 1.5))
    line.set_pointer(1.2)
    sound.show(None)
    theme.changes().changed.emit()
