"""What a person hears in the window: a click plays, Space pauses, a write lets go, and closing ends it."""

from __future__ import annotations

import os

import numpy as np
import soundfile
from PySide6.QtCore import Qt

from app.table.columns import INDEX
from helpers.patience import LONG


def long_song(folder):
    path = os.path.join(folder, "long.flac")
    soundfile.write(path, 0.01 * np.sin(np.arange(60 * 8000) / 3), 8000)
    return path


def click(window, qtbot, track):
    view, row = window.centre.view, window.tracks.model.row_of(track)
    at = view.visualRect(window.tracks.model.index(row, INDEX["title"])).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_click_plays_and_the_window_can_be_closed_in_the_middle(open_window, settled, music, qtbot, track_id):
    long_song(music)
    window = open_window([music])
    settled(window)
    player = window.sound.player
    assert not player.playing
    click(window, qtbot, track_id(window, "long.flac"))
    qtbot.waitUntil(lambda: player.position > 0.1, timeout=LONG)
    assert player.length == 60.0
    qtbot.keyClick(window.centre.view, Qt.Key.Key_Space)
    assert not player.playing
    qtbot.keyClick(window.centre.view, Qt.Key.Key_Space)
    assert player.playing
    window.close()
    assert (player.playing, player.path) == (False, "")


def test_a_track_that_is_written_plays_on_where_it_was(open_window, settled, music, qtbot, track_id, agree):
    path = long_song(music)
    window = open_window([music])
    settled(window)
    one, player = track_id(window, "long.flac"), window.sound.player
    window.tracks.set_genres([one], ["Field Recording"])
    click(window, qtbot, one)
    qtbot.waitUntil(lambda: player.position > 0.1, timeout=LONG)
    player.seek(30.0)
    let_go = []
    window.work.touching.connect(let_go.append)
    qtbot.waitUntil(window.actions_by_id["write"].isEnabled, timeout=LONG)
    agree(window)
    assert path in let_go[0]
    qtbot.waitUntil(lambda: player.position > 30.2, timeout=LONG)
    assert player.path == path
    assert player.playing
    assert window.settings.settings.volume == 0.8
