"""What the window does when something is not as it should be."""

from __future__ import annotations

import os
import shutil
import threading

from PySide6.QtCore import Qt

from app.jobs.wishes import JobKind, Tally, Wish
from app.settings.places import Places
from app.window.panels.sidebar import ALL, PROBLEMS
from genre_tagger.files.tags import read_genres
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from helpers.patience import LONG


def test_problems_are_listed_with_their_reason_and_can_be_tried_again(open_window, settled, music, media, qtbot):
    window = open_window([music])
    settled(window)
    window.sidebar.go(PROBLEMS)
    failures = window.centre.failures
    assert window.centre.page() is failures
    assert [os.path.basename(one.path) for one in failures.model.rows] == ["e.mp3"]
    assert failures.model.rows[0].reason

    shutil.copyfile(media("mp3"), os.path.join(music, "e.mp3"))
    qtbot.mouseClick(failures.retry_all, Qt.MouseButton.LeftButton)
    settled(window)
    assert failures.model.rows == []
    window.sidebar.go(ALL)
    settled(window)
    assert window.tracks.model.track_at(4).title == "A Short Chord"


def test_on_the_page_of_problems_all_of_them_can_be_selected_and_words_narrow_them(
    open_window, settled, music, media, qtbot
):
    shutil.copyfile(media("text"), os.path.join(music, "f.mp3"))
    window = open_window([music])
    settled(window)
    window.sidebar.go(PROBLEMS)
    failures = window.centre.failures
    window.actions_by_id["select_all"].trigger()
    assert len(failures.selected()) == 2
    assert failures.retry.isEnabled()
    assert window.tracks.selected_ids() == []

    qtbot.keyClicks(window.filter, "F.MP3")
    qtbot.waitUntil(lambda: [os.path.basename(one.path) for one in failures.model.rows] == ["f.mp3"], timeout=LONG)
    assert failures.summary.text() == "1 of 2 files match “F.MP3”. All were left as they are."
    assert not failures.retry.isEnabled()
    qtbot.keyClicks(window.filter, "xyz")
    qtbot.waitUntil(lambda: failures.model.rows == [], timeout=LONG)
    assert not failures.retry_all.isEnabled()
    assert window.centre.page() is failures
    window.filter.clear()
    qtbot.waitUntil(lambda: len(failures.model.rows) == 2, timeout=LONG)
    window.sidebar.go(ALL)
    qtbot.waitUntil(lambda: window.centre.page() is window.centre.view, timeout=LONG)
    window.actions_by_id["select_all"].trigger()
    assert len(window.tracks.selected_ids()) == 6


def test_closing_in_the_middle_of_listening_leaves_no_thread(open_window, media, tmp_path, qtbot):
    for number in range(40):
        media("mp3-nogenre", os.path.join("many", f"{number}.mp3"))
    window = open_window([os.path.join(str(tmp_path), "many")])
    qtbot.waitUntil(lambda: window.work.busy_with() is JobKind.CLASSIFY, timeout=LONG)
    window.close()
    assert not window.isVisible()
    assert {thread.name for thread in threading.enumerate()} & {"jobs", "queries"} == set()


def test_without_its_model_the_program_says_so_and_works_on(
    open_window, settled, music, tmp_path, places, qtbot, track_id, agree, notice_texts
):
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
    agree(window)
    assert read_genres(os.path.join(music, "a.mp3")) == ("Polka",)


def test_a_damaged_library_is_kept_aside_and_said(open_window, settled, places, notice_texts):
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


def test_a_file_that_cannot_be_written_is_left_alone_said_and_listed(
    window, settled, music, digests, agree, notice_texts
):
    with open(os.path.join(music, "c.mp3"), "ab") as file:
        file.write(b"somebody else was here")
    before = digests(music)
    agree(window)
    settled(window)
    after = digests(music)
    assert after["c.mp3"] == before["c.mp3"]
    assert after["a.mp3"] != before["a.mp3"]
    assert any("1 file could not be written" in text for text in notice_texts(window))
    window.sidebar.go(PROBLEMS)
    failed = {os.path.basename(one.path): one.stage for one in window.centre.failures.model.rows}
    assert failed == {"c.mp3": "write", "e.mp3": "scan"}


def test_a_journal_from_a_newer_program_switches_writing_off(open_window, settled, places, music, notice_texts):
    import sqlite3

    from genre_tagger.line import journal_path
    from genre_tagger.writing.journal import Journal

    os.makedirs(os.path.dirname(places.library))
    Journal.open(journal_path(places.library)).close()
    db = sqlite3.connect(journal_path(places.library))
    db.execute("PRAGMA user_version = 999")
    db.close()
    window = open_window([music])
    settled(window)
    assert any("Writing and undoing are switched off" in text for text in notice_texts(window))
    window.centre.policy_bar.threshold.setValue(0)
    settled(window)
    assert window.state.now.counted.states["proposed"] > 0
    off = ("write", "write_selected", "undo_write", "history")
    assert [name for name in off if window.actions_by_id[name].isEnabled()] == []
    assert len(window.tracks.model.ids()) == 5


def test_listening_can_be_stopped_and_goes_on_later(open_window, settled, media, tmp_path, qtbot, notice_texts):
    for number in range(40):
        media("mp3-nogenre", os.path.join("many", f"{number}.mp3"))
    window = open_window([os.path.join(str(tmp_path), "many")])
    qtbot.waitUntil(lambda: window.work.busy_with() is JobKind.CLASSIFY, timeout=LONG)
    qtbot.mouseClick(window.progress.cancel, Qt.MouseButton.LeftButton)
    settled(window)
    assert "Listening was stopped. What was found so far is kept." in notice_texts(window)
    assert not window.progress.isVisible()

    window.centre.notices.open()[0].button.click()
    settled(window)
    tracks = [window.tracks.model.track_at(row) for row in range(40)]
    assert all(track.prediction is not None for track in tracks)


def test_a_start_after_a_crash_says_what_was_put_in_order(open_window, notice_texts):
    window = open_window()
    window.reports.finished(Tally(Wish(kind=JobKind.OPEN, title="Opening", work=list), done=2))
    assert any("2 files were put in order again" in text for text in notice_texts(window))


def test_files_that_somebody_changed_after_the_write_are_named_when_it_is_undone(open_window, notice_texts):
    window = open_window()
    window.reports.finished(Tally(Wish(kind=JobKind.UNDO, title="Undoing", work=list), done=3, changed_since=1))
    assert any(text.startswith("1 file was changed by another program since") for text in notice_texts(window))


def test_files_whose_tags_have_no_field_for_moods_are_counted_with_the_reason(open_window, notice_texts):
    window = open_window()
    why = ["Files of this format have no field for this."] * 2
    window.reports.finished(Tally(Wish(kind=JobKind.WRITE, title="Writing", work=list), done=5, lacking=why))
    assert f"2 files were written with the genre alone, without the other words. {why[0]}" in notice_texts(window)


def test_a_missing_file_is_shown_as_missing_and_comes_back(open_window, settled, music, qtbot):
    window = open_window([music])
    settled(window)
    away = os.path.join(os.path.dirname(music), "away.mp3")
    os.rename(os.path.join(music, "a.mp3"), away)
    window.actions_by_id["rescan"].trigger()
    settled(window)
    assert window.state.now.counted.states["missing"] == 1
    os.rename(away, os.path.join(music, "a.mp3"))
    window.actions_by_id["rescan"].trigger()
    settled(window)
    assert window.state.now.counted.states["missing"] == 0


def test_what_cannot_hold_music_is_not_kept_and_the_window_says_why(
    open_window, settled, media, tmp_path, notice_texts
):
    nowhere, text, picture = (os.path.join(str(tmp_path), name) for name in ("nowhere", "notes.txt", "cover.jpg"))
    for path in (text, picture):
        with open(path, "wb") as file:
            file.write(b"no music in here")
    window = open_window()
    window.add([nowhere, text, picture])
    settled(window)
    assert notice_texts(window) == [
        f"{nowhere} could not be added. Nothing is there by that name. "
        f"{text}, {picture} could not be added. Only folders and music files can be added."
    ]
    assert window.centre.page() is window.centre.first
    assert window.state.now.folders == []
    assert window.state.now.counted.states["errors"] == 0

    song = media("mp3", "song without an ending")
    window.add([text, song])
    settled(window)
    assert window.state.now.folders == [song]
    assert len(window.tracks.model.ids()) == 1


def test_a_folder_that_was_added_and_is_gone_is_a_problem_in_plain_words(open_window, settled, music, tmp_path):
    window = open_window([music])
    settled(window)
    os.rename(music, os.path.join(str(tmp_path), "elsewhere"))
    window.commands.rescan()
    settled(window)
    window.sidebar.go(PROBLEMS)
    assert window.state.now.folders == [music]
    (failure,) = [one for one in window.centre.failures.model.rows if one.path == music]
    assert failure.reason.endswith(".")
