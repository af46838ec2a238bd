"""Writing into files from the window, and taking it back."""

from __future__ import annotations

import math
import os
import shutil
import threading

import PySide6
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.jobs import stages
from app.jobs.wishes import JobKind
from genre_tagger import line
from genre_tagger.base.errors import Waiting
from genre_tagger.files.tags import read_genres
from helpers.drives import plugged_in
from helpers.patience import LONG


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    at, copy, left = QPointF(50, 50), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    # Qt for Python takes another kind of point here since 6.12.
    point = at if PySide6.__version_info__ >= (6, 12) else at.toPoint()
    enter = QDragEnterEvent(point, copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(at, copy, data, left, Qt.KeyboardModifier.NoModifier))


def test_a_dropped_folder_is_listened_to_written_and_given_back_byte_for_byte(
    open_window, settled, music, qtbot, digests, track_id, agree
):
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

    agree(window)
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


def test_an_exfat_stick_dropped_on_the_window_is_listened_to_written_and_given_back_byte_for_byte(
    open_window, settled, music, tmp_path, qtbot, digests, agree
):
    window = open_window()
    with plugged_in("exFAT", tmp_path) as stick:
        folder = shutil.copytree(music, os.path.join(stick.root, "Music"))
        before = digests(folder)
        drop(window, stick.root)
        qtbot.waitUntil(lambda: len(window.tracks.model.ids()) == 5, timeout=LONG)
        settled(window)
        window.centre.policy_bar.threshold.setValue(0)
        settled(window)

        agree(window)
        settled(window)
        stick.pull()
        assert stick.plug()
        assert [read_genres(os.path.join(folder, name)) != () for name in ("a.mp3", "b.wav", "c.mp3")] == [True] * 3
        assert [name for name, digest in digests(folder).items() if digest == before[name]] == ["d.flac", "e.mp3"]

        with qtbot.waitSignal(window.work.finished, timeout=LONG):
            window.actions_by_id["undo_write"].trigger()
        settled(window)
        stick.pull()
        assert stick.plug()
        assert digests(folder) == before


def test_only_the_selected_tracks_are_written_when_asked_so(window, music, digests, track_id, agree):
    before = digests(music)
    window.tracks.select([track_id(window, "c.mp3"), track_id(window, "d.flac")])
    agree(window, "write_selected")
    assert {name for name, digest in digests(music).items() if digest != before[name]} == {"c.mp3"}


def test_writing_again_what_is_there_writes_nothing(window, settled, music, digests, agree):
    agree(window)
    settled(window)
    after = digests(music)
    window.commands.rescan()
    settled(window)
    assert window.state.now.counted.states["proposed"] == 0
    assert digests(music) == after


def test_the_history_undoes_an_older_write(window, settled, music, qtbot, digests, track_id, agree):
    from app.dialogs.history import HistoryDialog

    before = digests(music)
    window.tracks.select([track_id(window, "a.mp3")])
    agree(window, "write_selected")
    settled(window)
    window.tracks.select([track_id(window, "c.mp3")])
    agree(window, "write_selected")
    settled(window)
    seen = []

    def undo_the_older():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, HistoryDialog):
            buttons = [one for one in dialog.findChildren(QPushButton) if one.text() == "Undo this"]
            seen.append(len(buttons))
            if len(buttons) == 2 and buttons[1].isEnabled():
                buttons[1].click()
            elif len(buttons) == 1:
                dialog.accept()
                timer.stop()

    timer = QTimer(interval=50)
    timer.timeout.connect(undo_the_older)
    timer.start()
    with qtbot.waitSignal(window.work.finished, timeout=LONG):
        window.actions_by_id["history"].trigger()
    qtbot.waitUntil(lambda: not timer.isActive(), timeout=LONG)
    assert {name for name, digest in digests(music).items() if digest != before[name]} == {"c.mp3"}


def test_hostile_tags_are_shown_as_text_everywhere(open_window, settled, media, tmp_path, qtbot, track_id, agree):
    name = "<img src=x> & \u202e'\" name.mp3"
    path = media("mp3-nogenre", os.path.join("hostile", name))
    window = open_window([os.path.dirname(path)])
    settled(window)
    one = track_id(window, name)
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.tracks.set_genres([one], ["<b>R&B</b>"])
    settled(window)
    window.tracks.select([one])
    qtbot.waitUntil(window.details.parts.isVisible, timeout=LONG)
    qtbot.waitUntil(lambda: window.details.after.accessibleName() == "<b>R&B</b>", timeout=LONG)
    rich = [
        label for label in window.findChildren(QLabel) if label.text() and label.textFormat() != Qt.TextFormat.PlainText
    ]
    assert rich == []
    agree(window)
    assert read_genres(path) == ("<b>R&B</b>",)


@pytest.fixture
def held(monkeypatch):
    """An event; until it is set no write touches its first file."""
    let_go, real = threading.Event(), stages.writing

    def writing(*arguments):
        let_go.wait(LONG / 1000)
        yield from real(*arguments)

    monkeypatch.setattr(stages, "writing", writing)
    yield let_go
    let_go.set()


def test_the_last_write_is_undone_once_and_never_an_older_one_instead(
    window, settled, music, digests, track_id, agree, held
):
    before = digests(music)
    undo = window.actions_by_id["undo_write"]
    window.tracks.select([track_id(window, "a.mp3")])
    held.set()
    agree(window, "write_selected")
    settled(window)
    older = digests(music)
    held.clear()
    agree(window, until=lambda: window.work.busy_with() is JobKind.WRITE)
    assert not undo.isEnabled()
    window.commands.undo_last_write()
    assert window.work.kinds() == [JobKind.WRITE]
    held.set()
    settled(window)
    assert digests(music)["a.mp3"] == older["a.mp3"]
    assert undo.isEnabled()

    undo.trigger()
    undo.trigger()
    assert window.work.kinds() == [JobKind.UNDO]
    settled(window)
    assert digests(music) == older != before


def test_what_is_being_written_is_not_asked_about_again(window, settled, qtbot, track_id, agree, held, notice_texts):
    window.tracks.select([track_id(window, "a.mp3")])
    agree(window, "write_selected", until=lambda: window.work.busy_with() is JobKind.WRITE)
    agree(window, until=lambda: len(window.work.kinds()) == 2)
    assert window.work.files_remaining() == 3
    asked = []
    timer = QTimer(interval=20)
    timer.timeout.connect(lambda: (one := QApplication.activeModalWidget()) and (asked.append(one), one.reject()))
    timer.start()
    window.actions_by_id["write"].trigger()
    qtbot.waitUntil(lambda: bool(asked) or "being written already" in window.statusBar().currentMessage(), timeout=LONG)
    timer.stop()
    assert not asked
    held.set()
    settled(window)
    assert notice_texts(window) == []
    assert window.state.now.counted.states["errors"] == 1
    assert not window.work.being_written()


def test_a_write_that_began_after_the_history_was_opened_can_be_undone_there(
    window, settled, music, qtbot, digests, agree, held
):
    from app.dialogs.history import HistoryDialog

    before = digests(music)
    agree(window, until=lambda: window.work.busy_with() is JobKind.WRITE)
    said = []

    def undo_when_it_is_there():
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, HistoryDialog):
            return
        held.set()
        for one in dialog.findChildren(QPushButton):
            if one.text() == "Undo this" and one.isEnabled() and not window.work.kinds():
                said.append(digests(music) != before)
                timer.stop()
                one.click()
                dialog.accept()

    timer = QTimer(interval=50)
    timer.timeout.connect(undo_when_it_is_there)
    timer.start()
    window.actions_by_id["history"].trigger()
    qtbot.waitUntil(lambda: bool(said), timeout=LONG)
    settled(window)
    assert said == [True]
    assert digests(music) == before


def test_while_a_write_waits_for_a_drive_the_window_says_so_and_counts_no_file(
    open_window, settled, music, agree, track_id, monkeypatch, qtbot
):
    back = threading.Event()

    def away(library, journal, proposals, *, patience, **options):
        assert patience == math.inf
        while not back.is_set():
            yield Waiting(proposals[0].path, "The drive with this file is not there any more.")
            back.wait(0.05)
        yield from real(library, journal, proposals, **options)

    real = line.write_into
    monkeypatch.setattr(line, "write_into", away)
    window = open_window([music])
    settled(window)
    window.tracks.set_genres([track_id(window, "a.mp3")], ["Polka"])
    settled(window)

    def sentences():
        return [notice.text.text() for notice in window.centre.notices.open()]

    tallies = []
    window.work.finished.connect(tallies.append)
    agree(window, until=lambda: any("It goes on by itself once the drive is back" in text for text in sentences()))
    assert window.work.queue.current.done == 0
    back.set()
    settled(window)
    assert sentences() == []
    written = next(tally for tally in tallies if tally.kind is JobKind.WRITE)
    assert written.done == len(written.wish.task.proposals)
    assert read_genres(os.path.join(music, "a.mp3")) == ("Polka",)
