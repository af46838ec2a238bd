"""What is played when: the real table, the real player and the real writing, joined as in the window."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow, QPushButton, QVBoxLayout, QWidget

from app.jobs.work import Work
from app.look.qt_log import quieten
from app.settings.settings import Settings
from app.settings.store import SettingsStore, StoredSettings
from app.sound.player.bar import PlayerBar
from app.sound.player.player import Player
from app.sound.player.playing import Playing
from app.table.columns import INDEX
from app.window.actions import Actions
from genre_tagger import line
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction
from genre_tagger.review.policy import Policy, propose
from helpers.files import open_files

pytestmark = pytest.mark.qt_log_ignore("^keyToAscii ")


class Stage:
    """A window with the table, the bar and what joins them, as the program's own has them."""

    def __init__(self, tracks, queries, library_path):
        self.tracks, self.view, self.window = tracks, tracks.view, QMainWindow()
        self.settings = SettingsStore("", StoredSettings(Settings(volume=0.05), may_save=False))
        self.actions = Actions(self.window, {}, {}).by_id
        self.work = Work(library_path)
        self.player = Player()
        self.bar = PlayerBar(self.player, self.actions)
        self.field, self.button = QLineEdit(), QPushButton("Press")
        self.pressed = []
        self.button.clicked.connect(lambda: self.pressed.append(1))
        middle = QWidget()
        column = QVBoxLayout(middle)
        for part in (self.field, self.button, self.view, self.bar):
            column.addWidget(part)
        self.window.setCentralWidget(middle)
        self.window.resize(1200, 600)
        self.window.show()
        self.window.activateWindow()
        self.view.setFocus()
        self.playing = Playing(
            self.player, self.bar, tracks, queries, self.work, self.settings, self.actions, self.window
        )
        self.failed = []
        self.player.failed.connect(self.failed.append)

    def close(self):
        self.playing.stop()
        assert self.work.stop(10)
        self.window.close()

    @property
    def heard(self):
        """The name of the file that plays; "" for none."""
        return os.path.basename(self.player.path) if self.player.playing else ""


@pytest.fixture
def songs(tmp_path, library_path):
    """Files of a library, by the letter that is their name; "c" cannot be played, "d" is missing."""
    found = {}
    for letter in "abcdef":
        found[letter] = os.path.join(str(tmp_path), f"{letter}.flac")
        seconds = 0.4 if letter in "be" else 20.0
        soundfile.write(found[letter], 0.01 * np.sin(np.arange(int(8000 * seconds)) / 3), 8000)
    with Library.open(library_path) as library:
        for _ in line.scan_into(library, [str(tmp_path)]):
            pass
        for path in (found["a"], found["f"]):
            library.store(Prediction(path, "model", (Candidate("Jazz", 0.9), Candidate("Rock", 0.1))))
        os.remove(found["d"])
        for _ in line.scan_into(library, [str(tmp_path)]):
            pass
    with open(found["c"], "wb") as file:
        file.write(b"no sound at all")
    return found


@pytest.fixture
def stage(songs, track_list, queries, library_path, showing, qtbot):
    stage = Stage(track_list, queries, library_path)
    qtbot.addWidget(stage.window)
    assert showing(track_list.reload) == 6
    yield stage
    stage.close()
    qtbot.wait(20)


@pytest.fixture
def click(stage, qtbot):
    """A function that clicks on a row."""

    def click(row, column="title", modifier=Qt.KeyboardModifier.NoModifier):
        index = stage.tracks.model.index(row, INDEX[column])
        at = stage.view.visualRect(index).center()
        qtbot.mouseClick(stage.view.viewport(), Qt.MouseButton.LeftButton, modifier, at)

    return click


def row(letter):
    return "abcdef".index(letter)


# --- selecting ---------------------------------------------------------------------------------------


def test_a_click_on_a_track_plays_it_and_says_its_name(stage, click, wait_for):
    assert stage.bar.isVisible()
    click(row("a"))
    wait_for(lambda: stage.player.position > 0.1)
    assert stage.heard == "a.flac"
    assert stage.bar.title.accessibleName() == "a.flac"
    click(row("f"))
    wait_for(lambda: stage.heard == "f.flac")


def test_a_selection_by_the_program_plays_nothing_but_stands_ready(stage, qtbot, wait_for):
    stage.tracks.select([stage.tracks.model.id_at(row("f"))])
    qtbot.wait(500)
    assert stage.heard == ""
    assert stage.bar.title.accessibleName() == "f.flac"
    stage.actions["play"].trigger()
    wait_for(lambda: stage.heard == "f.flac")


def test_running_through_the_rows_with_the_arrow_key_plays_only_the_last(stage, qtbot, wait_for):
    heard = []
    stage.player.playing_changed.connect(lambda on: heard.append(stage.heard) if on else None)
    stage.tracks.select([stage.tracks.model.id_at(0)])
    for _ in range(5):
        qtbot.keyClick(stage.view, Qt.Key.Key_Down)
    wait_for(lambda: stage.heard)
    assert heard == ["f.flac"]


def test_ticking_choosing_several_and_the_right_button_play_nothing(stage, click, qtbot):
    click(row("a"), "tick")
    click(row("a"), modifier=Qt.KeyboardModifier.ControlModifier)
    click(row("f"), modifier=Qt.KeyboardModifier.ControlModifier)
    at = stage.view.visualRect(stage.tracks.model.index(row("e"), INDEX["title"])).center()
    qtbot.mouseClick(stage.view.viewport(), Qt.MouseButton.RightButton, pos=at)
    qtbot.wait(400)
    assert stage.heard == ""


def test_who_does_not_want_it_selects_in_silence_and_space_plays(stage, click, qtbot, wait_for):
    stage.actions["play_selected"].trigger()
    assert not stage.settings.settings.play_selected
    click(row("a"))
    qtbot.wait(300)
    assert stage.heard == ""
    qtbot.keyClick(stage.view, Qt.Key.Key_Space)
    assert stage.heard == "a.flac"
    click(row("f"))
    wait_for(lambda: stage.bar.title.accessibleName() == "f.flac")
    assert stage.heard == ""


def test_a_track_goes_on_while_another_one_is_looked_at_if_one_wants_that(stage, click, qtbot, wait_for):
    stage.actions["keep_playing"].trigger()
    click(row("a"))
    wait_for(lambda: stage.heard == "a.flac")
    click(row("f"))
    qtbot.wait(300)
    assert stage.heard == "a.flac"
    assert stage.bar.title.accessibleName() == "a.flac"
    qtbot.keyClick(stage.view, Qt.Key.Key_Return)
    assert stage.heard == "f.flac"


def test_return_and_a_double_click_play_from_the_beginning(stage, click, qtbot, wait_for):
    click(row("a"))
    wait_for(lambda: stage.player.position > 0.2)
    stage.player.seek(9.0)
    qtbot.keyClick(stage.view, Qt.Key.Key_Return)
    assert stage.player.position < 1.0
    assert stage.heard == "a.flac"


# --- the keys ----------------------------------------------------------------------------------------


def test_space_plays_and_pauses_but_presses_a_button_and_is_typed_into_a_field(stage, click, qtbot, wait_for):
    click(row("a"))
    wait_for(lambda: stage.player.position > 0.1)
    qtbot.keyClick(stage.view, Qt.Key.Key_Space)
    assert not stage.player.playing
    for part in (stage.button, stage.field):
        part.setFocus()
        qtbot.keyClick(part, Qt.Key.Key_Space)
    assert not stage.player.playing
    assert (stage.pressed, stage.field.text()) == ([1], " ")
    stage.view.setFocus()
    qtbot.keyClick(stage.view, Qt.Key.Key_Space)
    assert stage.player.playing


def test_the_keys_of_the_keyboard_and_of_the_headphones_do_what_they_say(stage, click, qtbot, wait_for):
    click(row("a"))
    wait_for(lambda: stage.player.position > 0.05)
    keys, player = Qt.Key, stage.player
    qtbot.keyClick(stage.view, keys.Key_MediaTogglePlayPause)
    assert not player.playing
    qtbot.keyClick(stage.view, keys.Key_MediaPlay)
    assert player.playing
    qtbot.keyClick(stage.view, keys.Key_MediaStop)
    assert (player.playing, player.position) == (False, 0.0)
    qtbot.keyClick(stage.view, keys.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert player.position == 10.0
    qtbot.keyClick(stage.view, keys.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert player.position == 0.0
    qtbot.keyClick(stage.view, keys.Key_BracketRight)
    assert player.speed == 1.25
    qtbot.keyClick(stage.view, keys.Key_BracketLeft)
    assert player.speed == 1.0
    qtbot.keyClick(stage.view, keys.Key_L)
    assert player.looping
    qtbot.keyClick(stage.view, keys.Key_MediaNext)
    wait_for(lambda: stage.heard == "b.flac")


def test_volume_is_kept_but_silence_is_not(stage, qtbot):
    qtbot.keyClick(stage.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert stage.settings.settings.volume == pytest.approx(0.1)
    qtbot.keyClick(stage.view, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    assert stage.player.volume == 0.0
    assert stage.actions["mute"].isChecked()
    assert stage.settings.settings.volume == pytest.approx(0.1)
    qtbot.keyClick(stage.view, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    assert stage.player.volume == pytest.approx(0.1)
    assert not stage.actions["mute"].isChecked()


# --- one after the other -----------------------------------------------------------------------------


def test_at_its_end_a_track_is_followed_by_the_next_row_that_can_be_played(stage, click, wait_for, monkeypatch):
    quieten("qt.multimedia.*")  # as the player does before it loads what is changed here
    monkeypatch.setattr("app.sound.player.media._PATIENCE_MS", 200)
    click(row("b"))
    wait_for(lambda: stage.failed)
    assert stage.bar.below.accessibleName() == "The sound in this file cannot be read."
    assert stage.bar.title.accessibleName() == "c.flac"
    wait_for(lambda: stage.heard == "e.flac")
    assert stage.tracks.selected_ids() == [stage.tracks.model.id_at(row("e"))]
    wait_for(lambda: stage.heard == "f.flac")
    stage.player.seek(19.9)
    wait_for(lambda: not stage.player.playing)
    assert stage.tracks.current_track().path.endswith("f.flac")


def test_who_wants_one_track_hears_one_track(stage, click, wait_for, qtbot):
    stage.actions["play_on"].trigger()
    ended = []
    stage.player.ended.connect(lambda: ended.append(1))
    click(row("b"))
    wait_for(lambda: ended)
    qtbot.wait(100)
    assert stage.heard == ""
    assert stage.bar.title.accessibleName() == "b.flac"


def test_the_selection_does_not_go_along_when_the_user_is_elsewhere(stage, click, wait_for):
    stage.actions["keep_playing"].trigger()
    click(row("e"))
    wait_for(lambda: stage.heard == "e.flac")
    click(row("a"))
    wait_for(lambda: stage.heard == "f.flac")
    assert stage.tracks.selected_ids() == [stage.tracks.model.id_at(row("a"))]


def test_previous_goes_to_the_beginning_first_and_then_to_the_row_before(stage, click, wait_for):
    click(row("f"))
    wait_for(lambda: stage.player.position > 0.05)
    stage.player.seek(7.0)
    stage.actions["play_previous"].trigger()
    assert stage.player.position < 1.0
    assert stage.heard == "f.flac"
    stage.actions["play_previous"].trigger()
    wait_for(lambda: stage.heard == "e.flac")


def test_next_goes_on_from_the_first_row_when_the_track_is_not_in_the_table(stage, click, wait_for, showing):
    click(row("f"))
    wait_for(lambda: stage.heard == "f.flac")
    showing(lambda: stage.tracks.set_filter(state="missing"))
    assert stage.heard == "f.flac"
    showing(lambda: stage.tracks.set_filter())
    stage.actions["play_next"].trigger()
    assert stage.heard == "f.flac"


# --- writing -----------------------------------------------------------------------------------------


def test_a_file_is_let_go_while_it_is_written_and_undone_and_plays_on_where_it_was(
    stage, click, songs, library_path, wait_for
):
    click(row("a"))
    wait_for(lambda: stage.player.position > 0.05)
    stage.player.seek(12.0)
    told, finished = [], []
    stage.player.playing_changed.connect(told.append)
    stage.work.finished.connect(finished.append)
    stage.work.touching.connect(lambda _: told.append(stage.player._open))
    with Library.open(library_path) as library:
        proposals = [propose(track, Policy()) for track in library.tracks() if track.path == songs["a"]]
    stage.work.write(proposals, keep_mtime=False)
    wait_for(lambda: finished)
    assert (finished[0].done, finished[0].failures) == (1, [])
    wait_for(lambda: stage.player.position > 12.2)
    stage.work.undo(1, 1)
    wait_for(lambda: len(finished) == 2)
    assert finished[1].done == 1
    at = stage.player.position
    wait_for(lambda: stage.player.position > at + 0.1)
    assert stage.player.position < 19
    assert stage.heard == "a.flac"
    assert told == [False, False]


def test_a_file_that_is_not_among_those_written_plays_on_without_a_pause(
    stage, click, songs, library_path, wait_for
):
    click(row("f"))
    wait_for(lambda: stage.player.position > 0.1)
    opened, finished = [], []
    stage.work.touching.connect(lambda _: opened.append(stage.player._open))
    stage.work.finished.connect(finished.append)
    with Library.open(library_path) as library:
        proposals = [propose(track, Policy()) for track in library.tracks() if track.path == songs["a"]]
    stage.work.write(proposals, keep_mtime=False)
    wait_for(lambda: finished)
    assert opened == [True]
    assert stage.heard == "f.flac"


def test_when_the_window_goes_nothing_plays_and_no_file_is_open(stage, click, songs, wait_for, qtbot):
    click(row("a"))
    wait_for(lambda: stage.player.position > 0.1)
    stage.playing.stop()
    assert not stage.player.playing
    assert stage.player.path == ""
    if os.path.isdir("/proc/self/fd"):
        wait_for(lambda: songs["a"] not in open_files())
    stage.playing.stop()
    stage.tracks.current_changed.emit(stage.tracks.current_track())
    assert stage.player.path == ""
