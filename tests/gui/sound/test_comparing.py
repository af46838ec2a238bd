"""Two tracks above one another: on the same scales, one time axis, and over when others are selected."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile

from helpers.patience import LONG


@pytest.fixture
def two(open_window, settled, tmp_path, track_id, qtbot):
    """The window with a short track at 8 kHz and a longer one at 22 kHz, both selected, and their names."""
    folder = tmp_path / "music"
    folder.mkdir()
    for name, seconds, sr, hertz in (("a.wav", 3.0, 8000, 1000), ("b.wav", 6.0, 22_050, 1000), ("c.wav", 1.0, 8000, 9)):
        t = np.arange(int(seconds * sr)) / sr
        soundfile.write(str(folder / name), 0.5 * np.sin(2 * np.pi * hertz * t), sr)
    window = open_window([str(folder)])
    settled(window)
    qtbot.waitUntil(lambda: window.sound.dock is not None, timeout=LONG)
    assert not window.actions_by_id["compare"].isEnabled()
    window.tracks.select([track_id(window, name) for name in ("a.wav", "b.wav")])
    qtbot.waitUntil(window.actions_by_id["compare"].isEnabled, timeout=LONG)
    return window


@pytest.fixture
def compared(two, qtbot):
    two.actions_by_id["compare"].trigger()
    dock = two.sound.dock
    qtbot.waitUntil(lambda: dock.comparing, timeout=LONG)
    wait_drawn(two, qtbot)
    return two


def wait_drawn(window, qtbot):
    def drawn():
        sounds = window.sound.dock.comparison.sounds
        waiting = any(lane._again.isActive() for lane in window.sound.dock.lanes())
        return all(sound.length > 0 for sound in sounds) and not waiting and not window.sound.loader.busy()

    qtbot.waitUntil(drawn, timeout=LONG)


def test_the_lanes_of_both_lie_above_one_another_on_one_time_axis(compared, qtbot):
    dock = compared.sound.dock
    lanes = dock.lanes()
    kinds = dock.stack.shown()
    assert [lane.id for lane in lanes] == [kind for kind in kinds for _ in range(2)]
    assert [os.path.basename(lane.sound.path) for lane in lanes] == ["a.wav", "b.wav"] * len(kinds)
    assert all(lane.isVisible() for lane in lanes)
    assert {round(line.length, 2) for line in dock.comparison.timelines} == {6.0}
    upper, lower = dock.comparison.timelines
    lower.show(1.0, 2.0)
    assert (upper.start, upper.stop) == (1.0, 2.0)
    upper.set_pointer(1.5)
    assert lower.pointer == 1.5
    assert len({round(lane.canvas.x_of(1.5)) for lane in lanes}) == 1


def test_a_tone_is_at_the_same_height_and_level_in_both_spectrograms(compared, qtbot):
    upper, lower = (lane for lane in compared.sound.dock.lanes() if lane.id == "spectrogram")
    assert upper.scale().highest == lower.scale().highest == 22_050 / 2
    places = []
    for lane in (upper, lower):
        column = lane.coarse.decibels[:, lane.coarse.decibels.shape[1] // 2]
        places.append((int(column.argmax()) / len(column), float(column.max())))
    assert places[0][0] == pytest.approx(places[1][0], abs=0.02)
    assert places[0][0] == pytest.approx(float(upper.scale().fraction(1000.0)), abs=0.02)
    assert places[0][1] == pytest.approx(places[1][1], abs=6)
    above = upper.coarse.decibels[int(float(upper.scale().fraction(4200.0)) * len(upper.coarse.decibels)) :]
    assert above.max() < -200  # an 8 kHz file has nothing there


def test_nothing_is_drawn_behind_the_end_of_the_shorter_one(compared, qtbot):
    upper, lower = (lane for lane in compared.sound.dock.lanes() if lane.id == "waveform")
    compared.sound.dock.comparison.timelines[0].show(2.5, 5.0)
    qtbot.wait(60)
    wait_drawn(compared, qtbot)
    _, rows = upper.table(2.5, 3.0)
    assert 2.9 < max(row[0] for row in rows) <= 3.0
    _, rows = lower.table(2.5, 5.0)
    assert max(row[0] for row in rows) > 4.9


def test_another_selection_ends_it_and_so_does_the_action(compared, qtbot, track_id):
    dock, action = compared.sound.dock, compared.actions_by_id["compare"]
    compared.tracks.select([track_id(compared, "c.wav")])
    qtbot.waitUntil(lambda: not dock.comparing, timeout=LONG)
    assert not action.isChecked()
    qtbot.waitUntil(lambda: dock.sound.path is not None and dock.sound.path.endswith("c.wav"), timeout=LONG)
    assert all(sound.path is None for sound in dock.comparison.sounds)
    assert not action.isEnabled()
    compared.tracks.select([track_id(compared, name) for name in ("a.wav", "c.wav")])
    qtbot.waitUntil(action.isEnabled, timeout=LONG)
    qtbot.waitUntil(lambda: dock.stack.nothing.button.isVisible(), timeout=LONG)
    dock.stack.nothing.button.click()
    qtbot.waitUntil(lambda: dock.comparing, timeout=LONG)
    action.trigger()
    assert not dock.comparing
    qtbot.waitUntil(lambda: dock.stack.nothing.button.isVisible(), timeout=LONG)


def test_lanes_that_are_shown_or_hidden_are_so_in_both(compared, qtbot):
    dock = compared.sound.dock
    first = dock.lanes()[0]
    first.hide_asked.emit()
    assert first.id not in [lane.id for lane in dock.lanes()]
    assert not first.isVisible()
    dock.stack.show_lane(first.id)
    assert sum(lane.id == first.id for lane in dock.lanes()) == 2
    wait_drawn(compared, qtbot)


def test_a_click_plays_the_track_that_was_clicked(compared, qtbot):
    upper, lower = compared.sound.dock.comparison.timelines
    player = compared.sound.player
    lower.seek_asked.emit(1.0)
    qtbot.waitUntil(lambda: (player.path or "").endswith("b.wav"), timeout=LONG)
    qtbot.waitUntil(lambda: lower.position is not None, timeout=LONG)
    assert upper.position is None
    player.stop()


def test_both_are_saved_in_one_picture_with_their_names(compared, qtbot):
    compared.actions_by_id["save_view"].menu().aboutToShow.emit()
    texts = [action.text() for action in compared.actions_by_id["save_view"].menu().actions()]
    assert sum("a.wav" in text for text in texts) == sum("b.wav" in text for text in texts) == 3


def test_why_is_switched_by_the_action_and_by_the_button_of_each_lane(compared, qtbot):
    action = compared.actions_by_id["why"]
    assert action.isEnabled()
    action.trigger()
    lanes = [lane for lane in compared.sound.dock.lanes() if lane.id == "spectrogram"]
    qtbot.waitUntil(lambda: all(lane.why.button.isChecked() for lane in lanes), timeout=LONG)
    qtbot.waitUntil(lambda: all(lane.why.item.sentence for lane in lanes), timeout=LONG)
    lanes[1].why.button.click()
    qtbot.waitUntil(lambda: not any(lane.why.button.isChecked() for lane in lanes), timeout=LONG)
    assert not action.isChecked()
    qtbot.waitUntil(lambda: not any(lane.why.item.sentence for lane in lanes), timeout=LONG)
