"""What a person does with the window, from the first start to the next."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from app import theme
from app.main_window import MainWindow
from app.notices import Notice
from app.places import Places
from app.sidebar import ALL, PROBLEMS, WITHOUT_GENRE, Place
from app.write_dialog import WriteDialog
from genre_tagger.library import Library, hold
from genre_tagger.tags import read_genres

LONG = 20_000
# The offscreen platform says so of every window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def places(home):
    return Places.usual()


@pytest.fixture
def open_window(qtbot, places):
    """A function that opens the window as the program does; whatever it opened is closed at the end."""
    opened = []

    def open_(paths=(), places=places):
        theme.apply("light")
        window = MainWindow(places, list(paths))
        opened.append(window)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window._opened or window._refused, timeout=LONG)
        return window

    yield open_
    for window in opened:
        window.close()
        window.deleteLater()


@pytest.fixture
def settled(qtbot):
    """A function that waits until nothing goes on any more and the numbers are right."""

    def wait(window):
        def quiet():
            return window.work.queue.current is None and not window.work.queue.waiting

        qtbot.waitUntil(quiet, timeout=LONG)
        with qtbot.waitSignal(window.counts.counted, timeout=LONG):
            window.counts.count_soon()
        with qtbot.waitSignal(window.tracks.shown, timeout=LONG):
            window.tracks.reload()

    return wait


@pytest.fixture
def music(media, tmp_path):
    """A folder with three files without a genre, one with, and one that is no audio."""
    folder = os.path.join(str(tmp_path), "music")
    for name, as_name in (
        ("mp3-nogenre", "a.mp3"), ("wav", "b.wav"), ("mp3-bare", "c.mp3"), ("flac", "d.flac"), ("text", "e.mp3"),
    ):  # fmt: skip
        media(name, os.path.join("music", as_name))
    return folder


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    at, copy, left = QPointF(50, 50), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at.toPoint(), copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(at, copy, data, left, Qt.KeyboardModifier.NoModifier))


def digests(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def shown_names(window):
    model = window.tracks.model
    return [os.path.basename(model.track_at(row).path) for row in range(len(model.ids()))]


def track_id(window, name):
    model = window.tracks.model
    return next(model.id_at(row) for row, shown in enumerate(shown_names(window)) if shown == name)


def agree(qtbot, window):
    """Press Write, and Write again in the dialog that asks."""

    def answer():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, WriteDialog):
            dialog.write_button.click()
            timer.stop()

    timer = QTimer(interval=20)
    timer.timeout.connect(answer)
    timer.start()
    with qtbot.waitSignal(window.work.finished, timeout=LONG):
        window.actions_by_id["write"].trigger()


def test_the_first_page_says_what_to_do_and_promises_what_matters(open_window, settled):
    window = open_window()
    settled(window)
    assert window.centre.page() is window.centre.empty
    assert not window.actions_by_id["write"].isEnabled()


def test_a_dropped_folder_is_listened_to_written_and_given_back_byte_for_byte(open_window, settled, music, qtbot):
    window = open_window()
    before = digests(music)
    drop(window, music)
    qtbot.waitUntil(lambda: len(window.tracks.model.ids()) == 5, timeout=LONG)
    settled(window)
    window.centre.policy_bar.threshold.setValue(0)
    settled(window)
    assert window.centre.page() is window.centre.view
    assert window.actions_by_id["write"].text() == "&Write 3 files"

    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.tracks.tick([track_id(window, "b.wav")], False)
    settled(window)
    assert window.actions_by_id["write"].text() == "&Write 2 files"
    assert digests(music) == before

    agree(qtbot, window)
    settled(window)
    assert read_genres(os.path.join(music, "a.mp3")) != ()
    assert read_genres(os.path.join(music, "c.mp3")) != ()
    assert {name for name, digest in digests(music).items() if digest != before[name]} == {"a.mp3", "c.mp3"}
    assert not window.actions_by_id["write"].isEnabled()

    with qtbot.waitSignal(window.work.finished, timeout=LONG):
        window.actions_by_id["undo_write"].trigger()
    settled(window)
    assert digests(music) == before
    qtbot.waitUntil(lambda: not window.actions_by_id["undo_write"].isEnabled(), timeout=LONG)


def test_a_new_start_finds_the_library_the_filter_and_the_choices_again(open_window, settled, music, qtbot):
    window = open_window([music])
    settled(window)
    window.resize(860, 640)
    window.sidebar.go(WITHOUT_GENRE)
    window.filter.setText("music")
    window.centre.policy_bar.mode.setCurrentIndex(2)
    window.actions_by_id["show_details"].setChecked(False)
    names = {"a.mp3", "b.wav", "c.mp3", "e.mp3"}
    qtbot.waitUntil(lambda: set(shown_names(window)) == names, timeout=LONG)
    window.close()

    again = open_window()
    settled(again)
    assert set(shown_names(again)) == names
    assert again.filter.text() == "music"
    assert again.sidebar.place() == WITHOUT_GENRE
    assert again.settings.mode == "replace"
    assert not again.details.isVisible()
    assert again.height() == 640


def test_the_filter_narrows_while_typing_and_offers_the_way_back(open_window, settled, music, qtbot):
    window = open_window([music])
    settled(window)
    qtbot.keyClicks(window.filter, "chord")
    qtbot.waitUntil(lambda: set(shown_names(window)) == {"a.mp3", "d.flac"}, timeout=LONG)
    qtbot.keyClicks(window.filter, "xyz")
    qtbot.waitUntil(lambda: window.centre.page() is window.centre.no_match, timeout=LONG)
    assert "chordxyz" in window.centre.no_match.title.text()
    qtbot.mouseClick(window.centre.no_match.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.tracks.model.ids()) == 5, timeout=LONG)
    assert window.centre.page() is window.centre.view


def test_problems_are_listed_with_their_reason_and_can_be_tried_again(open_window, settled, music, media, qtbot):
    window = open_window([music])
    settled(window)
    window.sidebar.go(PROBLEMS)
    failures = window.centre.failures
    assert window.centre.page() is failures
    assert [os.path.basename(one.path) for one in failures.model.failures] == ["e.mp3"]
    assert failures.model.failures[0].reason

    shutil.copyfile(media("mp3"), os.path.join(music, "e.mp3"))
    qtbot.mouseClick(failures.retry_all, Qt.MouseButton.LeftButton)
    settled(window)
    assert failures.model.failures == []
    window.sidebar.go(ALL)
    settled(window)
    assert window.tracks.model.track_at(4).title == "A Short Chord"


def test_the_number_keys_choose_a_candidate_and_undo_takes_it_back(open_window, settled, music, qtbot):
    window = open_window([music])
    settled(window)
    one = track_id(window, "b.wav")
    window.tracks.select([one])
    qtbot.waitUntil(lambda: window.actions_by_id["candidate_2"].isVisible(), timeout=LONG)
    second = window.tracks.model.track_of(one).prediction.candidates[1].genre
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.actions_by_id["candidate_2"].trigger()
    qtbot.waitUntil(lambda: window.tracks.model.proposal_of(one).new == (second,), timeout=LONG)
    qtbot.waitUntil(lambda: window.details.after.accessibleName() == second, timeout=LONG)
    assert window.details.candidates.buttons[1].isChecked()

    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: window.tracks.model.proposal_of(one).new != (second,), timeout=LONG)
    assert window.actions_by_id["redo"].isEnabled()


def test_a_genre_of_ones_own_goes_to_all_selected_tracks(open_window, settled, music, qtbot):
    window = open_window([music])
    settled(window)
    chosen = [track_id(window, name) for name in ("a.mp3", "b.wav")]
    window.tracks.select(chosen)
    qtbot.waitUntil(lambda: len(window.tracks.selected_ids()) == 2, timeout=LONG)
    qtbot.keyClicks(window.details.own, "Field Recording")
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        qtbot.keyClick(window.details.own, Qt.Key.Key_Return)
    settled(window)
    assert {window.tracks.model.proposal_of(one).new for one in chosen} == {("Field Recording",)}


def test_closing_in_the_middle_of_listening_leaves_no_thread(open_window, media, tmp_path, qtbot):
    for number in range(40):
        media("mp3-nogenre", os.path.join("many", f"{number}.mp3"))
    window = open_window([os.path.join(str(tmp_path), "many")])
    qtbot.waitUntil(lambda: window.work.busy_with() == "classify", timeout=LONG)
    window.close()
    assert not window.isVisible()
    assert {thread.name for thread in threading.enumerate()} & {"jobs", "queries"} == set()


def test_closing_while_writing_asks_first(open_window, settled, music, qtbot, monkeypatch):
    window = open_window([music])
    settled(window)
    monkeypatch.setattr(window.work, "busy_with", lambda: "write")
    asked = []

    def keep_writing():
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            asked.append(box.text())
            box.defaultButton().click()
            timer.stop()

    timer = QTimer(interval=20)
    timer.timeout.connect(keep_writing)
    timer.start()
    window.close()
    assert len(asked) == 1
    assert window.isVisible()
    monkeypatch.undo()


def notice_texts(window):
    return [notice.text.text() for notice in window.centre.notices.findChildren(Notice)]


def test_without_its_model_the_program_says_so_and_works_on(open_window, settled, music, tmp_path, places, qtbot):
    broken = os.path.join(str(tmp_path), "model")
    os.mkdir(broken)
    window = open_window([music], Places(places.library, places.settings, places.window, broken))
    settled(window)
    assert len(window.tracks.model.ids()) == 5
    assert any("Everything else works" in text for text in notice_texts(window))
    one = track_id(window, "a.mp3")
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.tracks.set_genres([one], ["Polka"])
    settled(window)
    agree(qtbot, window)
    assert read_genres(os.path.join(music, "a.mp3")) == ("Polka",)


def test_a_damaged_library_is_kept_aside_and_said(open_window, settled, places):
    os.makedirs(os.path.dirname(places.library))
    with open(places.library, "wb") as file:
        file.write(b"this is no database, whatever it was before" * 100)
    window = open_window()
    settled(window)
    assert any("damaged" in text for text in notice_texts(window))
    assert any(".damaged-" in name for name in os.listdir(os.path.dirname(places.library)))


def test_a_library_in_use_is_not_opened_twice(open_window, places):
    with hold(places.library):
        window = open_window()
        assert window.centre.page() is window.centre.refused
        assert "in use" in window.centre.refused.text.text()
    window.centre.refused.button.click()
    assert not window.isVisible()


def test_a_library_from_a_newer_program_is_left_alone(open_window, places):
    import sqlite3

    Library.open(places.library).close()
    with sqlite3.connect(places.library) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    window = open_window()
    assert "newer" in window.centre.refused.text.text()
    assert not window.actions_by_id["add_folder"].isEnabled()


def test_the_colours_change_at_once(open_window):
    window = open_window()
    window.actions_by_id["scheme_dark"].trigger()
    assert window.palette().window().color().name() == theme.DARK.window
    window.actions_by_id["scheme_light"].trigger()
    assert window.palette().window().color().name() == theme.LIGHT.window
    assert window.settings.scheme == "light"


def test_a_genre_in_the_sidebar_shows_its_tracks(open_window, settled, music, qtbot):
    window = open_window([music])
    settled(window)
    window.sidebar.go(Place("genre", "Jazz"))
    qtbot.waitUntil(lambda: shown_names(window) == ["d.flac"], timeout=LONG)
    assert window.status.text().startswith("1 of 5 tracks")
