"""The library out and in by the window: a file is written and taken over on another library, and what came is said."""

from __future__ import annotations

import csv
import os

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.dialogs import saving
from app.jobs.work import Work
from app.look.notices import Notices
from app.sorting.tables import Tables, in_words
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision, SavedList
from genre_tagger.sorting.tables.exchange import TakenIn
from helpers.patience import LONG
from helpers.tracks import scanned


@pytest.fixture
def make(library_state, tmp_path, qtbot):
    """A function: path of a library → the part of a window for it, with its status bar and notices."""
    works = []

    def make(path):
        window, notices, work = QMainWindow(), Notices(), Work(path, state_folder=str(tmp_path))
        for part in (window, notices):
            qtbot.addWidget(part)
        notices.show()
        works.append(work)
        part = Tables(window, QAction(window), QAction(window), work, library_state, notices)
        part.window, part.notices = window, notices
        return part

    library_state.open(may_write=True)
    yield make
    assert all(work.stop(10) for work in works)


@pytest.fixture
def here(library_path):
    with Library.open(library_path) as library:
        for number in range(3):
            library.store(scanned(f"/here/{number}.mp3", title=f"Title {number}", size=100 + number))
        library.decide([1, 2], Decision(None, ("Waltz",)))
        library.save_list(SavedList("Slow", "length:>5:00", "moon"))
    return library_path


def test_a_file_goes_out_and_is_taken_over_by_another_library(make, here, tmp_path, qtbot, monkeypatch):
    part, path = make(here), str(tmp_path / "out.json")
    monkeypatch.setattr(saving.Place, "ask", lambda *_: path)
    part.ask_where()
    qtbot.waitUntil(lambda: bool(part.window.statusBar().currentMessage()), timeout=LONG)
    assert part.window.statusBar().currentMessage() == f"3 tracks saved as {path}"
    other = str(tmp_path / "there.sqlite3")
    with Library.open(other) as library:
        for number in range(2):
            library.store(scanned(f"/there/{number}.mp3", title=f"Title {number}", size=100 + number))
    there = make(other)
    there.take_in(path, replace=False)
    qtbot.waitUntil(lambda: bool(there.notices.open()), timeout=LONG)
    assert there.notices.open()[0].text.text() == "Taken over: 2 decisions, 1 list."
    with Library.open(other) as library:
        assert [track.decision for track in library.tracks()] == [Decision(None, ("Waltz",))] * 2


def test_a_table_is_written_where_the_name_says_so(make, here, tmp_path, qtbot):
    part, path = make(here), str(tmp_path / "out.CSV")
    part.export(path)
    qtbot.waitUntil(lambda: os.path.exists(path), timeout=LONG)
    with open(path, newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 3


def test_what_goes_wrong_is_said_in_a_sentence(make, here, tmp_path, qtbot):
    part = make(here)
    part.export(str(tmp_path / "no" / "where.json"))
    qtbot.waitUntil(lambda: bool(part.notices.open()), timeout=LONG)
    assert "Nothing could be written there" in part.notices.open()[0].text.text()
    (tmp_path / "odd.json").write_text("{}")
    part.take_in(str(tmp_path / "odd.json"), replace=True)
    qtbot.waitUntil(lambda: "Nothing was taken over" in part.notices.open()[0].text.text(), timeout=LONG)


def test_everything_that_came_of_it_is_said():
    said = in_words(TakenIn(2, 3, 4, 5, 1, ["A", "B"], genres=True, learning=True, kept_genres=True))
    assert said.count(".") == 8
    assert "Lists kept as they are here: A, B." in said
