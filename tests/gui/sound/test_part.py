"""The window draws and plays the track that is selected, and nothing of another one."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from helpers.patience import LONG


@pytest.fixture
def window(open_window, settled, music, qtbot):
    """The window with music in it, ready to draw."""
    window = open_window([music])
    settled(window)
    qtbot.waitUntil(lambda: window.sound.dock is not None, timeout=LONG)
    return window


@pytest.fixture
def select(qtbot, track_id):
    """A function: window, names of files → they are selected, and drawn when it is one."""

    def select(window, *names):
        window.tracks.select([track_id(window, name) for name in names])
        sound = window.sound.dock.sound
        if len(names) == 1:
            qtbot.waitUntil(lambda: os.path.basename(sound.path or "") == names[0], timeout=LONG)
            qtbot.waitUntil(lambda: sound.overview is not None or bool(sound.error), timeout=LONG)

    return select


def test_the_views_are_made_when_there_are_tracks_and_not_before(open_window, settled, music, qtbot):
    window = open_window()
    settled(window)
    assert window.sound.dock is None
    window.commands.add([music])
    qtbot.waitUntil(lambda: window.sound.dock is not None, timeout=LONG)


def test_the_table_has_the_room_until_something_is_selected(window, select, qtbot):
    view, dock = window.centre.view, window.sound.dock
    assert dock.isHidden()
    tall = view.height()
    select(window, "b.wav")
    assert dock.isVisible()
    qtbot.waitUntil(lambda: view.height() < tall, timeout=LONG)
    row = view.visualRect(view.currentIndex())
    assert view.viewport().rect().contains(row)
    view.clearSelection()
    qtbot.waitUntil(lambda: dock.is_strip, timeout=LONG)
    assert dock.isVisible()
    assert dock.title.name.accessibleName() == "Select a track to see its sound"


def test_asked_for_the_views_come_without_a_selection_too(window, qtbot):
    action = window.actions_by_id["show_sound"]
    action.setChecked(False)
    action.setChecked(True)
    assert window.sound.dock.isVisible()
    qtbot.waitUntil(lambda: window.sound.dock.is_strip, timeout=LONG)


def test_the_selected_track_is_drawn_under_its_title(window, select):
    select(window, "b.wav")
    dock = window.sound.dock
    assert dock.title.name.accessibleName().startswith("b.wav")
    assert dock.timeline.length == pytest.approx(dock.sound.overview.length)
    assert dock.stack.lanes["waveform"].isVisible()


def test_several_tracks_and_none_get_a_sentence(window, select, qtbot):
    select(window, "b.wav")
    select(window, "a.mp3", "b.wav")
    dock = window.sound.dock
    qtbot.waitUntil(lambda: dock.stack.nothing.isVisible(), timeout=LONG)
    assert "2 tracks" in dock.stack.nothing.title.text()
    assert dock.sound.path is None
    window.centre.view.clearSelection()
    qtbot.waitUntil(lambda: "2 tracks" not in dock.stack.nothing.title.text(), timeout=LONG)


def test_f8_hides_it_and_shows_it_again_and_so_does_closing_it(window, qtbot):
    dock, action = window.sound.dock, window.actions_by_id["show_sound"]
    action.trigger()
    assert dock.isHidden()
    action.trigger()
    assert dock.isVisible()
    dock.close()
    assert not action.isChecked()


def test_whether_it_is_shown_and_what_is_chosen_there_outlives_the_window(window, open_window, settled, qtbot):
    window.sound.dock.stack.lanes["spectrogram"].choose("spectrogram_scale", "linear")
    window.actions_by_id["show_sound"].setChecked(False)
    window.close()
    other = open_window()
    settled(other)
    assert other.sound.dock is None
    assert not other.actions_by_id["show_sound"].isChecked()
    assert other.sound.choices.spectrogram_scale == "linear"


def test_a_click_in_the_drawing_plays_from_there(window, select, qtbot):
    select(window, "b.wav")
    dock, player = window.sound.dock, window.sound.player
    player.set_volume(0.0)
    canvas = dock.stack.lanes["waveform"].canvas
    wanted = dock.timeline.length / 2
    at = QPoint(round(canvas.x_of(wanted)), round(canvas.area().center().y()))
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: player.path == dock.sound.path, timeout=LONG)
    qtbot.waitUntil(lambda: player.position >= 0.9 * wanted, timeout=LONG)
    assert dock.timeline.position == pytest.approx(player.position, abs=0.5)


def test_the_playhead_is_only_in_the_picture_of_what_plays(window, select, qtbot, track_id):
    select(window, "b.wav")
    sound = window.sound
    sound.player.set_volume(0.0)
    sound.playing.play_track(window.tracks.current_track())
    qtbot.waitUntil(lambda: sound.dock.timeline.position is not None, timeout=LONG)
    window.settings.set("keep_playing", True)
    window.tracks.select([track_id(window, "d.flac")])
    qtbot.waitUntil(lambda: (sound.dock.sound.path or "").endswith("d.flac"), timeout=LONG)
    if sound.player.path.endswith("b.wav"):
        assert sound.dock.timeline.position is None


def test_a_marked_region_is_what_the_player_repeats(window, select, qtbot):
    select(window, "b.wav")
    sound = window.sound
    sound.playing.play_track(window.tracks.current_track())
    qtbot.waitUntil(lambda: sound.player.path == sound.dock.sound.path, timeout=LONG)
    sound.dock.timeline.set_region((0.2, 0.8))
    assert sound.player.region == (0.2, 0.8)
    sound.dock.timeline.set_region(None)
    assert sound.player.region is None


def test_running_through_the_table_draws_only_where_one_stops(window, select, qtbot, track_id):
    for _ in range(5):
        for name in ("a.mp3", "b.wav", "c.mp3", "d.flac"):
            window.tracks.select([track_id(window, name)])
            QApplication.processEvents()
    select(window, "c.mp3")
    dock = window.sound.dock
    qtbot.waitUntil(lambda: not window.sound.loader.busy(), timeout=LONG)
    assert dock.title.name.accessibleName().startswith("c.mp3")
    assert dock.stack.lanes["waveform"].wave.coarse.stop == pytest.approx(dock.sound.length)


def test_the_window_can_be_made_as_small_as_before(window, select):
    select(window, "b.wav")
    assert window.minimumSizeHint().height() < 600
