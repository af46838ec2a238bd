"""Into genre folders from the window: the plan as a table before anything is done, stopping, and the way back."""

from __future__ import annotations

import contextlib
import os

import pytest
from PySide6.QtCore import Qt

from app.dialogs.history import HistoryDialog, state
from app.jobs.copying import SELECTED
from app.jobs.counts import count
from app.jobs.queries import Filter
from app.jobs.work import Work
from app.sorting.copies.choices import Stock
from app.sorting.folders.dialog import FolderDialog
from genre_tagger import line
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.folders.in_step import organise_into, plan_folders
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.writing.journal import Journal
from helpers.patience import LONG


@pytest.fixture
def work(library_path, tmp_path):
    work = Work(library_path, state_folder=str(tmp_path / "state"))
    yield work
    assert work.stop(LONG)


@pytest.fixture
def dialog(collection, library_path, library_state, work, qtbot):
    with open(os.path.join(collection, "list.m3u8"), "w", encoding="utf-8") as file:
        file.write("a.flac\nc.mp3\n")
    with Library.open(library_path) as library:
        library_state.open(may_write=True)
        library_state.take_count(count(library, library_state.now.policy))
        first = next(library.tracks())
    dialog = FolderDialog(Stock(library_state.now.counted, Filter(), 3, [first.id], first), work, library_state)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def press(qtbot):
    """A function that presses the button which goes on, and waits for what it begins."""

    def press(dialog: FolderDialog) -> None:
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.is_busy(), timeout=LONG)

    return press


def files(folder):
    return sorted(
        os.path.relpath(os.path.join(above, name), folder) for above, _, names in os.walk(folder) for name in names
    )


def test_the_plan_is_a_table_and_history_brings_everything_back(
    dialog, press, collection, library_path, work, qtbot
):
    before = files(collection)
    assert dialog.choices.wish().root == collection, "the music folder itself is offered"
    dialog.choices.pattern.setEditText("{genre}/{name}")
    assert dialog.choices.pattern.example.accessibleName() == "Jazz/a.flac"
    press(dialog)
    assert dialog.plan.title.text() == "3 tracks to move"
    assert [(row.first, row.second) for row in dialog.plan.model.rows] == [
        ("a.flac", "Jazz/a.flac"), ("b.mp3", "Jazz/b.mp3"), ("c.mp3", "No genre/c.mp3"),
        ("list.m3u8", "names 2 files by their new places"),
    ]  # fmt: skip
    assert files(collection) == before
    press(dialog)
    assert dialog.course.title.text() == "Done"
    assert "History" in dialog.course.text.text()
    assert files(collection) == ["Jazz/a.flac", "Jazz/b.mp3", "No genre/c.mp3", "list.m3u8"]

    with Journal.open(line.journal_path(library_path)) as journal:
        (batch,) = journal.batches()
    history = HistoryDialog([batch])
    qtbot.addWidget(history)
    assert state(batch) == "3 files moved into folders"
    history.undo_asked.connect(lambda asked: work.undo(asked.id, asked.files))
    with qtbot.waitSignal(work.finished, timeout=LONG):
        history.undo_asked.emit(batch)
    assert files(collection) == before


def test_the_selected_track_alone_is_copied_out_of_the_library_only(dialog, press, collection, tmp_path):
    choices = dialog.choices
    choices.what.setCurrentIndex(choices.what.findData(SELECTED))
    choices.copy_files.setChecked(True)
    press(dialog)
    assert dialog.course.title.text() == "Nothing can be put there"
    assert "twice" in dialog.course.text.text()
    press(dialog)
    choices.show_root(str(tmp_path / "out"))
    choices.pattern.setEditText("{name}")
    press(dialog)
    assert dialog.plan.title.text() == "1 track to copy"
    press(dialog)
    assert files(tmp_path / "out") == ["a.flac"]
    assert "a.flac" in files(collection)


def test_what_is_wrong_with_a_pattern_is_said_and_nothing_can_be_planned(dialog):
    dialog.choices.pattern.setEditText("{genre}")
    assert "all tracks one name" in dialog.choices.pattern.wrong.text()
    assert not dialog.go.isEnabled()
    dialog.choices.pattern.setCurrentIndex(0)
    assert dialog.go.isEnabled()
    dialog.choices.show_root("Sorted")
    assert "whole path" in dialog.choices.promise.text()
    assert not dialog.go.isEnabled()


def test_the_action_opens_one_dialog_once_there_is_a_folder(open_window, wait_for, collection):
    window = open_window()
    window.add([collection])
    action = window.actions_by_id["organise"]
    wait_for(action.isEnabled)
    action.trigger()
    action.trigger()
    assert len(window.findChildren(FolderDialog)) == 1
    assert window.sorting.folders.dialog.choices.wish().root == collection


@pytest.fixture
def half_moved(collection, places, monkeypatch):
    """One of three files has been moved when the program ends; what was there before."""
    monkeypatch.setattr("genre_tagger.sorting.folders.carrying._MOST_FILES", 1)
    before = files(collection)
    path = places.library
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with Library.open(path) as library, Journal.open(line.journal_path(path)) as journal:
        library.add_folder(collection)
        for _ in line.scan_into(library, [collection]):
            pass
        plan = plan_folders(library, line.wanted_copies(library, Policy()), collection, Pattern.parse("{genre}/{name}"))
        with contextlib.closing(organise_into(library, journal, plan)) as outcomes:
            next(outcomes)
    return before


@pytest.mark.parametrize("back", [False, True])
def test_an_interrupted_move_is_offered_at_the_next_start_and_goes_on_or_comes_back(
    half_moved, open_window, wait_for, collection, back, qtbot
):
    window = open_window()
    notices = window.centre.notices
    wait_for(lambda: any("interrupted after 1 of 3 files" in notice.text.text() for notice in notices.open()))
    (notice,) = [each for each in notices.open() if "interrupted" in each.text.text()]
    (notice.others[0] if back else notice.button).click()
    after = half_moved if back else ["Jazz/a.flac", "Jazz/b.mp3", "No genre/c.mp3"]
    wait_for(lambda: files(collection) == after and window.work.busy_with() is None)
    if not back:
        assert window.sorting.folders.dialog.course.title.text() == "Done"
