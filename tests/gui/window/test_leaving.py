"""Closing the window in the middle of something: what it asks, what it ends, and what goes on later."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path

import numpy
import pytest
import soundfile
from PySide6.QtCore import QMetaMethod, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app.desktop.signals import on_session_end
from app.dialogs import saving
from app.jobs.wishes import JobKind
from genre_tagger.files.tags import read_genres
from genre_tagger.writing.fileops import FileOps
from helpers.patience import LONG

COUNT = 6
_LARGE = 100 * 44100


@pytest.fixture
def album(media, tmp_path, known):
    """A known folder with files to be written; the second is large, so that there is time to do something meanwhile."""
    for number in range(COUNT):
        path = media("wav", os.path.join("album", f"{number}.wav"))
        if number == 1:
            soundfile.write(path, numpy.zeros((_LARGE, 2), numpy.int16), 44100)
    return known(os.path.join(str(tmp_path), "album"))


@pytest.fixture
def writing(open_window, settled, agree, album, qtbot):
    """A window in the middle of writing."""
    window = open_window([album])
    settled(window)
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.tracks.set_genres(list(window.tracks.model.ids()), ["Polka"])
    settled(window)
    agree(window, until=lambda: window.work.busy_with() is JobKind.WRITE and window.work.files_remaining() < COUNT)
    return window


@pytest.fixture
def answering(qtbot):
    """A function: answers the next question with one of its buttons; gives a list that its words go into."""
    timers = []

    def answering(words):
        asked = []

        def answer():
            box = QApplication.activeModalWidget()
            if isinstance(box, QMessageBox):
                timer.stop()
                asked.append((box.text(), box.informativeText()))
                next(one for one in box.buttons() if one.text().replace("&", "") == words).click()

        timer = QTimer(interval=10)
        timer.timeout.connect(answer)
        timer.start()
        timers.append(timer)
        return asked

    yield answering
    for timer in timers:
        timer.stop()


def written(album):
    return [name for name in sorted(os.listdir(album)) if read_genres(os.path.join(album, name)) == ("Polka",)]


def left_over(places):
    return list(Path(places.state).glob("unfinished-*.json"))


def test_closing_in_the_middle_of_a_write_asks_and_going_on_is_what_return_does(writing, album, answering, settled):
    asked = answering("Keep writing")
    assert not writing.close()
    ((title, text),) = asked
    assert title == "Genres are being written. Close now?"
    assert text.startswith("The file in hand is finished first.")
    assert "when Genre Tagger is started again" in text
    assert writing.isVisible()
    settled(writing)
    assert len(written(album)) == COUNT


def test_what_was_not_reached_is_written_at_the_next_start_and_that_is_said(
    writing, album, answering, open_window, settled, places, notice_texts, qtbot
):
    answering("Close")
    assert writing.close()
    done = written(album)
    assert 0 < len(done) < COUNT
    assert not [name for name in os.listdir(album) if name.startswith(".")]
    assert left_over(places)

    window = open_window()
    said = notice_texts(window)
    settled(window)
    assert written(album) == [f"{number}.wav" for number in range(COUNT)]
    left = COUNT - len(done)
    files = "1 file" if left == 1 else f"{left} files"
    assert f"Going on with writing {files}, as you agreed before Genre Tagger was closed." in said
    assert not left_over(places)
    assert [notice for notice in window.centre.notices.open() if "Going on" in notice.text.text()] == []


def test_what_goes_on_by_itself_can_be_cancelled_and_then_is_over(
    writing, album, answering, open_window, settled, places, qtbot
):
    answering("Close")
    writing.close()
    window = open_window()
    notice = next(one for one in window.centre.notices.open() if "Going on" in one.text.text())
    assert notice.button.text() == "Cancel"
    notice.button.click()
    settled(window)
    reached = written(album)
    assert len(reached) < COUNT
    window.close()
    assert not left_over(places)
    window = open_window()
    settled(window)
    assert written(album) == reached


def test_leaving_does_not_ask_also_not_while_a_question_is_open(writing, album, places, qtbot):
    def leave():
        if isinstance(QApplication.activeModalWidget(), QMessageBox):
            timer.stop()
            writing.leave()

    timer = QTimer(interval=10)
    timer.timeout.connect(leave)
    timer.start()
    writing.close()
    assert not writing.isVisible()
    assert 0 < len(written(album)) < COUNT
    assert left_over(places)
    assert QApplication.activeModalWidget() is None


def test_leaving_closes_what_is_open_above_the_window(open_window, settled, album, qtbot):
    window = open_window([album])
    settled(window)
    QTimer.singleShot(100, window.leave)
    window.actions_by_id["keys"].trigger()
    assert not window.isVisible()


def test_the_end_of_the_session_is_heard(open_window, qapp):
    # What it carries cannot be made in Python; that leaving needs no event loop is what the session asks for.
    window = open_window()
    signal = QMetaMethod.fromSignal(qapp.commitDataRequest)
    assert not qapp.isSignalConnected(signal)
    on_session_end(window.leave)
    assert qapp.isSignalConnected(signal)


def test_a_folder_that_was_added_and_had_to_wait_is_scanned_at_the_next_start(
    writing, answering, media, tmp_path, open_window, settled
):
    media("flac", os.path.join("more", "one.flac"))
    writing.add([os.path.join(str(tmp_path), "more")])
    answering("Close")
    assert writing.close()
    window = open_window()
    settled(window)
    assert len(window.tracks.model.ids()) == COUNT + 1


def test_an_undo_that_was_left_goes_on(writing, album, answering, open_window, settled, qtbot, places, monkeypatch):
    settled(writing)
    assert len(written(album)) == COUNT
    work, left = writing.work, threading.Event()
    exchange, leave_off = FileOps.exchange, work.leave_off

    turns = itertools.count(1)

    def wait_until_left(self, path, other):
        # The last but one is in hand when the window is closed at the latest, so that one file has no turn any more.
        if next(turns) == COUNT - 1:
            left.wait(LONG / 1000)
        exchange(self, path, other)

    monkeypatch.setattr(FileOps, "exchange", wait_until_left)
    monkeypatch.setattr(work, "leave_off", lambda: (leave_off(), left.set()))
    writing.actions_by_id["undo_write"].trigger()
    qtbot.waitUntil(lambda: work.busy_with() is JobKind.UNDO and work.files_remaining() < COUNT, timeout=LONG)
    asked = answering("Close")
    assert writing.close()
    assert asked[0][0] == "Genres are being taken back. Close now?"
    assert written(album)
    window = open_window()
    settled(window)
    assert written(album) == []


def test_what_a_crash_left_is_offered_and_written_when_wanted(
    writing, album, answering, open_window, settled, places, qtbot
):
    (kept,) = left_over(places)
    as_it_was = kept.read_bytes()
    answering("Close")
    writing.close()
    done = written(album)
    kept.write_bytes(as_it_was)

    window = open_window()
    settled(window)
    assert written(album) == done
    notice = next(one for one in window.centre.notices.open() if "interrupted" in one.text.text())
    left = COUNT - len(done)
    assert ("1 file" if left == 1 else f"{left} files") in notice.text.text()
    window.work.write([], keep_mtime=False)
    settled(window)
    assert notice in window.centre.notices.open(), "the end of another write is not the end of this one"
    notice.button.click()
    settled(window)
    assert len(written(album)) == COUNT
    assert not left_over(places)


@pytest.mark.parametrize("closed", [True, False])
def test_an_offer_that_is_closed_is_not_made_again_but_one_that_is_left_is(
    writing, album, answering, open_window, settled, places, closed
):
    (kept,) = left_over(places)
    as_it_was = kept.read_bytes()
    answering("Close")
    writing.close()
    kept.write_bytes(as_it_was)
    window = open_window()
    settled(window)
    if closed:
        next(one for one in window.centre.notices.open() if "interrupted" in one.text.text()).close_button.click()
    window.close()
    window = open_window()
    settled(window)
    offered = [one for one in window.centre.notices.open() if "interrupted" in one.text.text()]
    assert len(offered) == (0 if closed else 1)


def test_closing_while_features_are_computed_says_that_they_would_be_lost(
    open_window, settled, music, tmp_path, answering, qtbot, monkeypatch
):
    window = open_window([music])
    settled(window)
    window.tracks.select(window.tracks.model.ids())
    monkeypatch.setattr(saving.Place, "ask", lambda *_: str(tmp_path / "features.csv"))
    qtbot.waitUntil(window.actions_by_id["save_features"].isEnabled, timeout=LONG)
    window.actions_by_id["save_features"].trigger()
    qtbot.waitUntil(lambda: window.work.busy_with() is JobKind.DESCRIBE, timeout=LONG)
    asked = answering("Close")
    assert window.close()
    assert asked == [
        (
            "A table of features is being computed. Close now?",
            "What was computed so far would be lost. No file is touched.",
        )
    ]
    assert not (tmp_path / "features.csv").exists()
    # The file in hand may take longer than a window waits for.
    assert window.work.stop(120)


def test_closing_while_it_listens_asks_nothing(open_window, media, tmp_path, qtbot):
    for number in range(30):
        media("mp3-nogenre", os.path.join("many", f"{number}.mp3"))
    window = open_window([os.path.join(str(tmp_path), "many")])
    qtbot.waitUntil(lambda: window.work.busy_with() is JobKind.CLASSIFY, timeout=LONG)
    assert window.close()
