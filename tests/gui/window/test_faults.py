"""Faults a person meets, each provoked for real: a plain sentence, nothing lost, and the program goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys

import pytest
from PySide6.QtCore import Qt

from app.jobs.wishes import JobKind
from app.sound.player import media as media_engine
from app.window.commands import copy_demo
from genre_tagger.base.errors import LibraryError
from genre_tagger.base.places import asset
from genre_tagger.files.tags import read_genres
from genre_tagger.library.library import Library
from genre_tagger.model.network import default_model_folder
from helpers.patience import LONG

limited = pytest.mark.skipif(sys.platform == "win32", reason="limits of files as Unix has them")


@pytest.fixture
def no_room():
    """A context in which no file can grow: what a full drive or a used-up quota does."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextlib.contextmanager
    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return no_room


@pytest.fixture
def notice(qtbot):
    """A function: window and subject → the bar about it, once it is there."""

    def notice(window, subject):
        def find():
            return next((one for one in window.centre.notices.open() if one.property("subject") == subject), None)

        qtbot.waitUntil(lambda: find() is not None, timeout=LONG)
        return find()

    return notice


@pytest.fixture
def quiet(qtbot):
    """A function that waits until no job runs any more, also where the library cannot be asked."""
    return lambda window: qtbot.waitUntil(
        lambda: window.work.queue.current is None and not window.work.queue.waiting, timeout=LONG
    )


# --- no room for the library --------------------------------------------------------------------------


@limited
def test_without_room_for_a_library_the_window_says_so_and_closes_politely(open_window, no_room, places, qtbot):
    with no_room():
        window = open_window()
    page = window.centre.refused
    assert window.centre.page() is page
    assert page.title.text() == "The library cannot be opened"
    assert places.library in page.text.text()
    assert "drive" in page.text.text()
    assert not window.actions_by_id["add_folder"].isEnabled()
    assert not window.sidebar.isVisible()
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert not window.isVisible()


@limited
def test_once_there_is_room_another_try_opens_the_library_that_was_refused(
    open_window, settled, quiet, no_room, music, qtbot
):
    with no_room():
        window = open_window([music])
        page = window.centre.refused
        qtbot.mouseClick(page.other, Qt.MouseButton.LeftButton)
        quiet(window)
        assert window.centre.page() is page
    qtbot.mouseClick(page.other, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.state.now.opened, timeout=LONG)
    settled(window)
    assert window.centre.page() is window.centre.view
    assert len(window.tracks.model.ids()) == 5
    assert window.acceptDrops()
    assert window.actions_by_id["add_folder"].isEnabled()


@limited
def test_where_room_runs_out_in_a_scan_it_is_said_and_another_try_finds_all(
    open_window, settled, quiet, no_room, music, notice, qtbot
):
    window = open_window()
    settled(window)
    with Library.open(window.queries.library_path) as library:
        library.add_folder(music)
    settled(window)
    with no_room():
        window.commands.rescan()
        quiet(window)
        said = notice(window, "scan")
    assert "could not be written. Its drive" in said.text.text()
    qtbot.mouseClick(said.button, Qt.MouseButton.LeftButton)
    settled(window)
    assert len(window.tracks.model.ids()) == 5
    assert not window.centre.notices.open()


@limited
def test_where_room_runs_out_while_listening_nothing_else_is_lost_and_it_goes_on_later(
    open_window, settled, quiet, no_room, music, notice, qtbot
):
    window = open_window()
    settled(window)
    with contextlib.ExitStack() as stack:
        window.work.began.connect(lambda wish: wish.kind is JobKind.CLASSIFY and stack.enter_context(no_room()))
        window.commands.add([music])
        quiet(window)
        said = notice(window, "classify")
    assert "could not be written. Its drive" in said.text.text()
    settled(window)
    tracks = [window.tracks.model.track_at(row) for row in range(5)]
    assert [track.prediction for track in tracks] == [None] * 5
    window.work.began.disconnect()
    qtbot.mouseClick(said.button, Qt.MouseButton.LeftButton)
    settled(window)
    heard = [window.tracks.model.track_at(row).prediction for row in range(5)]
    assert sum(prediction is not None for prediction in heard) == 4


@limited
def test_a_decision_that_cannot_be_kept_is_said_and_shown_as_it_was(
    open_window, settled, no_room, music, notice, track_id, qtbot
):
    window = open_window([music])
    settled(window)
    one = track_id(window, "a.mp3")
    before = window.tracks.model.proposal_of(one)
    with no_room():
        window.tracks.set_genres([one], ["Polka"])
        said = notice(window, "query")
        assert "could not be written. Its drive" in said.text.text()
    settled(window)
    assert window.tracks.model.proposal_of(one) == before
    window.tracks.set_genres([one], ["Polka"])
    settled(window)
    qtbot.waitUntil(lambda: window.tracks.model.proposal_of(one).new == ("Polka",), timeout=LONG)


@limited
def test_where_the_undo_journal_cannot_be_kept_no_file_is_touched(
    open_window, settled, quiet, no_room, agree, music, track_id, digests, qtbot
):
    window = open_window([music])
    settled(window)
    window.tracks.set_genres([track_id(window, "a.mp3")], ["Polka"])
    settled(window)
    before = digests(music)
    with no_room():
        agree(window)
        # Said of the write, or of the history that is read anew after it, but not twice.
        sentence = "Nothing is written to music files without it"
        open_ = window.centre.notices.open
        qtbot.waitUntil(lambda: any(sentence in one.text.text() for one in open_()), timeout=LONG)
        quiet(window)
        assert sum(sentence in one.text.text() for one in open_()) == 1
    assert digests(music) == before
    settled(window)


@limited
def test_a_demo_library_that_there_is_no_room_for_is_not_there_by_halves(no_room, tmp_path):
    target = os.path.join(str(tmp_path), "Demo")
    with no_room(), pytest.raises(LibraryError, match=r"could not be copied to .*Demo \(File too large\)\.$"):
        copy_demo(target)
    assert os.listdir(str(tmp_path)) == []
    copy_demo(target)
    assert sorted(os.listdir(target)) == sorted(os.listdir(asset("resources", "demo")))


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="no folder here that nobody may write to")
def test_a_library_in_a_folder_that_cannot_be_written_to_is_refused_with_its_path(open_window, places):
    window = open_window(places=places._replace(library="/sys/kernel/library.sqlite3"))
    assert window.centre.page() is window.centre.refused
    assert "/sys/kernel/library.sqlite3 cannot be opened" in window.centre.refused.text.text()


# --- no model ------------------------------------------------------------------------------------------


def spoil(folder, fault):
    """Make a model that has this fault."""
    if fault != "no folder":
        shutil.copytree(default_model_folder(), folder)
    if fault == "a changed network":
        with open(os.path.join(folder, "model.tflite"), "ab") as file:
            file.write(b"one byte too many")
    elif fault == "no card":
        os.remove(os.path.join(folder, "card.json"))
    elif fault == "a damaged card":
        with open(os.path.join(folder, "card.json"), "w", encoding="utf-8") as file:
            file.write("{")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no card", "The model's card (card.json) cannot be read: No such file or directory."),
        ("a damaged card", "The model's card is damaged: it is not valid JSON."),
        ("no folder", "The model's card (card.json) cannot be read: No such file or directory."),
    ],
)
def test_a_model_that_cannot_be_used_is_named_with_its_folder(
    open_window, places, media, tmp_path, notice, fault, reason
):
    folder = os.path.join(str(tmp_path), "model")
    spoil(folder, fault)
    window = open_window([media("flac")], places._replace(model=folder))
    assert notice(window, "model").text.text() == (
        f"Listening is switched off. {reason} Its folder is {folder}. "
        "Everything else works; you can choose genres yourself."
    )


def test_without_its_model_the_rest_works_and_once_it_is_mended_it_listens(
    open_window, settled, places, music, tmp_path, notice, track_id, agree, qtbot
):
    folder = os.path.join(str(tmp_path), "model")
    spoil(folder, "a changed network")
    window = open_window([music], places._replace(model=folder))
    settled(window)
    assert "The model was changed or damaged: it does not match its card." in notice(window, "model").text.text()
    window.tracks.set_genres([track_id(window, "a.mp3")], ["Polka"])
    settled(window)
    agree(window)
    assert read_genres(os.path.join(music, "a.mp3")) == ("Polka",)

    shutil.copytree(default_model_folder(), folder, dirs_exist_ok=True)
    settled(window)
    qtbot.mouseClick(notice(window, "model").button, Qt.MouseButton.LeftButton)
    settled(window)
    assert window.tracks.model.track_at(1).prediction is not None
    assert not window.centre.notices.open()


# --- no sound, no cache --------------------------------------------------------------------------------


def test_without_qt_multimedia_a_notice_says_why_there_is_no_sound_and_time_goes_on(
    open_window, settled, music, notice, track_id, monkeypatch, qtbot
):
    monkeypatch.delitem(sys.modules, "app.sound.player.media", raising=False)
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    window = open_window([music])
    settled(window)
    window.tracks.select([track_id(window, "b.wav")])
    settled(window)
    window.actions_by_id["play"].trigger()
    said = notice(window, "sound")
    assert said.text.text().startswith("There is no sound: the part of Qt that plays music cannot be loaded (")
    qtbot.waitUntil(lambda: window.sound.player.position > 0.2, timeout=LONG)


def test_loudspeakers_that_come_and_go_are_noticed(open_window, settled, music, notice, track_id, qtbot, monkeypatch):
    class Speaker:
        there = False

        def isNull(self):
            return not self.there

    monkeypatch.setattr(media_engine.QMediaDevices, "defaultAudioOutput", lambda _: Speaker())
    monkeypatch.setattr("app.sound.player.deck.QAudioOutput.setDevice", lambda *_: None)
    window = open_window([music])
    settled(window)
    window.tracks.select([track_id(window, "b.wav")])
    settled(window)
    window.sound.player.set_volume(0.0)
    window.actions_by_id["play"].trigger()
    assert "no loudspeakers or headphones were found" in notice(window, "sound").text.text()
    Speaker.there = True
    window.sound.player._engine._devices.audioOutputsChanged.emit()
    qtbot.waitUntil(lambda: not window.centre.notices.open(), timeout=LONG)
    window.actions_by_id["play_stop"].trigger()
    qtbot.wait(50)


def test_where_the_cache_cannot_be_kept_tracks_are_drawn_all_the_same(
    open_window, settled, places, music, track_id, qtbot
):
    blocked = os.path.join(os.path.dirname(places.settings), "no folder")
    os.makedirs(os.path.dirname(blocked), exist_ok=True)
    with open(blocked, "wb"):
        pass
    window = open_window([music], places._replace(caches=os.path.join(blocked, "cache")))
    settled(window)
    window.tracks.select([track_id(window, "b.wav")])
    qtbot.waitUntil(lambda: window.sound.dock is not None, timeout=LONG)
    sound = window.sound.dock.sound
    qtbot.waitUntil(lambda: sound.overview is not None and sound.overview.complete, timeout=LONG)
    assert not sound.error
    assert not window.centre.notices.open()


# --- and it can be read --------------------------------------------------------------------------------


def test_a_long_notice_can_be_read_whole_in_a_small_window_with_text_of_twice_the_size(
    larger_text, open_window, settled, music, qtbot
):
    window = open_window([music])
    window.resize(900, 600)
    settled(window)
    window.tracks.select([window.tracks.model.id_at(0)])
    qtbot.waitUntil(lambda: window.sound.dock is not None and window.sound.dock.isVisible(), timeout=LONG)
    said = window.centre.notices.say("model", "Something is not as it should be. " * 8, "Try again", lambda: None)
    text, bar = said.text, window.centre.policy_bar
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()), timeout=LONG)
    assert said.button.isVisible()
    qtbot.waitUntil(lambda: bar.mode.height() >= bar.mode.sizeHint().height(), timeout=LONG)


def test_many_notices_leave_room_for_tracks_and_can_be_scrolled(larger_text, open_window, settled, music, qtbot):
    window = open_window([music])
    window.resize(1000, 700)
    settled(window)
    notices, rows = window.centre.notices, window.centre.view
    for number in range(4):
        notices.say(f"{number}", f"{number} things are not as they should be. " * 6)
    last = notices.open()[-1]
    qtbot.waitUntil(lambda: last.text.height() >= last.text.heightForWidth(last.text.width()), timeout=LONG)
    qtbot.waitUntil(lambda: rows.viewport().height() >= 2 * rows.rowHeight(0), timeout=LONG)
    scroller, seen = notices.verticalScrollBar(), notices.viewport()

    def is_seen(part):
        return seen.rect().contains(part.mapTo(seen, part.rect().center()))

    # The newest comes into view by itself, the others by scrolling and by the keyboard, which stops nowhere between.
    qtbot.waitUntil(lambda: scroller.maximum() > 0 and is_seen(last.close_button), timeout=LONG)
    first = notices.open()[0].close_button
    assert not is_seen(first)
    scroller.setValue(0)
    assert is_seen(first)
    assert notices.focusPolicy() == Qt.FocusPolicy.NoFocus
    for notice in notices.open():
        notice.close_button.click()
    qtbot.waitUntil(lambda: notices.height() == 0, timeout=LONG)
