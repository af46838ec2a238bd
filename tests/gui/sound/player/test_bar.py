"""The bar of the player: what it shows, and what its buttons and sliders do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QMainWindow, QSlider

from app.look import theme
from app.sound.player.bar import PlayerBar, speed_text
from app.sound.player.player import Player
from app.window.actions import Actions

HOSTILE = "<b>x</b> & y of a very long name " * 8


@pytest.fixture
def player(qapp):
    player = Player()
    yield player
    player.shut()


@pytest.fixture
def actions(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window, {}, {})
    actions.draw()
    yield actions.by_id
    window.close()


@pytest.fixture
def bar(qtbot, player, actions):
    theme.apply("light")
    bar = PlayerBar(player, actions)
    qtbot.addWidget(bar)
    bar.resize(1000, 48)
    bar.show()
    return bar


def at(slider, share):
    """The point on a slider that is so far along it."""
    return QPoint(round(share * slider.width()), slider.height() // 2)


def pressed(bar, action):
    """The button of an action."""
    return next(button for button in bar.findChildren(QAbstractButton) if button.defaultAction() is action)


def test_the_bar_is_hidden_until_there_is_something_to_play(qtbot, player, actions):
    bar = PlayerBar(player, actions)
    qtbot.addWidget(bar)
    assert bar.isHidden()


def test_only_who_sees_the_bar_has_the_position_told(bar, player):
    assert player._watched
    bar.hide()
    assert not player._watched
    bar.show()
    assert player._watched


def test_title_and_artist_are_shown_as_text_and_cut_where_there_is_no_room(bar):
    bar.show_track(HOSTILE, HOSTILE)
    assert bar.title.accessibleName() == HOSTILE
    assert bar.title.text().endswith("…")
    assert bar.minimumSizeHint().width() < 800
    plain = {part.textFormat() for part in bar.findChildren(QLabel)}
    assert plain == {Qt.TextFormat.PlainText}


def test_a_problem_stands_where_the_artist_was_until_another_track_comes(bar, player):
    bar.show_track("Title", "Artist")
    player.failed.emit("Cannot be opened.")
    assert bar.below.accessibleName() == "Cannot be opened."
    assert bar.below.property("role") == "warning"
    bar.say("")
    assert bar.below.accessibleName() == "Artist"
    assert bar.below.property("role") == "quiet"
    bar.show_track("Other", "")
    assert bar.below.isHidden()


def test_the_slider_follows_the_player(bar, player):
    player.load("/x.flac", length=245.0)
    assert (bar.time.text(), bar.length.text()) == ("0:00", "4:05")
    player.seek(61.9)
    assert bar.seek_slider.value() == 619
    assert bar.time.text() == "1:01"
    player.load("/y.flac")
    assert not bar.seek_slider.isEnabled()
    assert bar.length.text() == ""


def test_a_click_on_the_slider_goes_there(bar, player, qtbot):
    player.load("/x.flac", length=200.0)
    for share in (0.5, 0.9, 0.1):
        qtbot.mouseClick(bar.seek_slider, Qt.MouseButton.LeftButton, pos=at(bar.seek_slider, share))
        assert player.position == pytest.approx(200 * share, abs=6)


def test_while_the_slider_is_held_it_shows_the_time_but_the_music_goes_on(bar, player, qtbot):
    player.load("/x.flac", length=200.0)
    slider = bar.seek_slider
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=at(slider, 0.2))
    qtbot.mouseMove(slider, at(slider, 0.5))
    player.position_changed.emit(3.0)
    assert bar.time.text() in ("1:39", "1:40", "1:41")
    assert player.position == 0.0
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at(slider, 0.5))
    assert player.position == pytest.approx(100, abs=2)


def test_the_keys_of_the_slider_go_five_seconds(bar, player, qtbot):
    player.load("/x.flac", length=200.0)
    qtbot.keyClick(bar.seek_slider, Qt.Key.Key_Right)
    assert player.position == 5.0
    qtbot.keyClick(bar.seek_slider, Qt.Key.Key_PageUp)
    assert player.position == 15.0
    qtbot.keyClick(bar.seek_slider, Qt.Key.Key_Home)
    assert player.position == 0.0


def test_the_volume_goes_both_ways(bar, player, qtbot):
    qtbot.mouseClick(bar.volume, Qt.MouseButton.LeftButton, pos=at(bar.volume, 0.5))
    assert player.volume == pytest.approx(0.5, abs=0.06)
    player.set_volume(0.25)
    assert bar.volume.value() == 25


def test_the_speed_is_chosen_from_a_menu_and_said(bar, player, actions):
    chosen = next(action for action in bar.speed.menu().actions() if action.text() == "1.5×")
    chosen.trigger()
    assert player.speed == 1.5
    assert bar.speed.text() == "1.5×"
    assert bar.speed.accessibleName() == "Speed: 1.5×"
    player.set_speed(2.0)
    assert not actions["faster"].isEnabled()
    assert actions["slower"].isEnabled()
    assert [speed_text(speed) for speed in (0.75, 1.0, 2.0)] == ["0.75×", "1×", "2×"]


def test_the_first_button_says_what_it_would_do(bar, player, actions):
    player.load("/x.flac", length=9.0)
    button = pressed(bar, actions["play"])
    assert button.toolTip() == "Play (Space)"
    before = button.icon().pixmap(20).toImage()
    player.playing = True
    player.playing_changed.emit(True)
    assert button.toolTip() == "Pause (Space)"
    assert button.icon().pixmap(20).toImage() != before
    player.playing = False


def test_a_silent_player_is_seen_to_be_silent(bar, player, actions):
    loud = pressed(bar, actions["mute"]).icon().pixmap(20).toImage()
    player.set_volume(0.0)
    assert pressed(bar, actions["mute"]).icon().pixmap(20).toImage() != loud


def test_everything_in_the_bar_has_a_name_and_lets_a_click_leave_the_keyboard_where_it_is(bar):
    parts = bar.findChildren(QAbstractButton) + bar.findChildren(QSlider)
    assert len(parts) >= 10
    assert [part for part in parts if not part.accessibleName()] == []
    assert {part.focusPolicy() for part in parts} == {Qt.FocusPolicy.TabFocus}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_icons_follow_the_colours_and_playing_stays_to_be_seen(bar, player, actions, scheme):
    theme.apply("dark" if scheme == "light" else "light")
    player.playing = True
    theme.apply(scheme)
    image = pressed(bar, actions["play"]).icon().pixmap(20).toImage()
    assert image == theme.icon("pause").pixmap(20).toImage()
    player.playing = False


def test_large_letters_have_room(qapp, player, actions, qtbot):
    usual = qapp.font()
    large = qapp.font()
    large.setPointSizeF(usual.pointSizeF() * 2)
    qapp.setFont(large)
    try:
        bar = PlayerBar(player, actions)
        qtbot.addWidget(bar)
        bar.show_track("Ägypten", "Jórgen")
        player.load("/x.flac", length=3700.0)
        bar.resize(1280, bar.sizeHint().height())
        bar.show()
        for part in (bar.title, bar.below, bar.time, bar.length):
            assert part.height() >= part.fontMetrics().height()
        assert bar.time.width() >= bar.time.fontMetrics().horizontalAdvance("1:01:39")
        assert bar.speed.width() >= bar.speed.fontMetrics().horizontalAdvance("1.25×")
        assert bar.minimumSizeHint().width() < 1280
    finally:
        qapp.setFont(usual)
