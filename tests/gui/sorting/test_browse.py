"""Browsing: columns that narrow the table, with counts, covers from the files, and what happens when tracks change."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt

from app.jobs.loader import Loader
from app.sorting.browse import Browse
from app.sorting.covers import Covers
from genre_tagger.files.values import Details
from genre_tagger.library.library import Library
from genre_tagger.library.shelves.browsing import FILES, HEARD, Chosen
from genre_tagger.review.names.genre_list import GenreList, OwnGenre
from helpers.mouse import draw
from helpers.patience import LONG
from helpers.tracks import predicted, scanned


@pytest.fixture
def covers(loader, tmp_path, qtbot):
    parent = Loader()  # any QObject that goes with the test
    yield Covers(loader, str(tmp_path / "cache"), parent)
    parent.stop()


@pytest.fixture
def browse(queries, library_path, track_list, library_state, covers, showing, qtbot):
    with Library.open(library_path) as library:
        for number, (artist, album, genres, heard) in enumerate(
            (("Anna", "First", ("Jazz",), "Jazz"), ("Anna", "Zwei", ("Jazz", "Blues"), "Blues"), ("Bo", "", (), "Jazz"))
        ):
            path = f"/m/{number}.mp3"
            details = Details("", None, 1960 + number)
            library.store(scanned(path, artist=artist, album=album, genres=genres, length=60.0, details=details))
            library.store(predicted(path, heard))
    browse = Browse(queries, track_list, library_state, covers)
    qtbot.addWidget(browse)
    browse.resize(900, 200)
    browse.show()
    browse.chosen.connect(lambda chosen: track_list.set_filter(chosen=chosen))
    showing(track_list.reload)
    qtbot.waitUntil(lambda: bool(browse.models[2].rows), timeout=LONG)
    return browse


def rows(browse, number):
    model = browse.models[number]
    return [model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]


def choose(browse, number, name):
    model = browse.models[number]
    row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == name)
    browse.lists[number].setCurrentIndex(model.index(row, 0))


def test_choosing_narrows_the_columns_to_the_right_and_the_table(browse, track_list, showing, qtbot):
    assert rows(browse, 0) == [
        "All genres, 3 tracks, 3:00", "Blues, 1 track, 1:00", "Jazz, 2 tracks, 2:00", "Without genre, 1 track, 1:00"
    ]  # fmt: skip
    assert showing(lambda: choose(browse, 0, "Jazz")) == 2
    qtbot.waitUntil(lambda: rows(browse, 1) == ["All artists, 2 tracks, 2:00", "Anna, 2 tracks, 2:00"], timeout=LONG)
    choose(browse, 1, "Anna")
    assert showing(lambda: choose(browse, 2, "Zwei")) == 1
    assert browse.now() == Chosen(FILES, "Jazz", "Anna", "Zwei")
    assert showing(lambda: choose(browse, 0, "Without genre")) == 1
    assert browse.now() == Chosen(FILES, "")
    assert showing(browse.reset) == 3


def test_kinds_stand_below_their_genre_with_a_sign_of_it_and_are_found_with_it(
    browse, library_path, track_list, showing, qtbot
):
    with Library.open(library_path) as library:
        library.store(scanned("/m/9.mp3", artist="Cy", album="", genres=("Acid Jazz",), length=60.0))
        library.set_document("genres", GenreList((OwnGenre("Blues", "Roots"),)).to_json())
    showing(track_list.reload)
    wanted = [
        "All genres, 4 tracks, 4:00", "Jazz, 3 tracks, 3:00, with Acid Jazz", "Acid Jazz, 1 track, 1:00",
        "Roots, 1 track, 1:00, with Blues", "Blues, 1 track, 1:00", "Without genre, 1 track, 1:00",
    ]  # fmt: skip
    qtbot.waitUntil(lambda: rows(browse, 0) == wanted, timeout=LONG)
    assert showing(lambda: choose(browse, 0, "Jazz")) == 3
    assert browse.now() == Chosen(FILES, "Jazz", below=("Acid Jazz",))
    assert showing(lambda: choose(browse, 0, "Roots")) == 1


def test_what_acts_on_rows_acts_on_those_that_were_browsed_to(browse, track_list, undo_stack, showing, qtbot):
    showing(lambda: browse.by.setCurrentIndex(browse.by.findData(HEARD)))
    assert showing(lambda: choose(browse, 0, "Jazz")) == 2
    track_list.view.selectAll()
    ids = track_list.selected_ids()
    assert len(ids) == 2
    track_list.set_genres(ids, ["Bop"])
    qtbot.waitUntil(lambda: "Bop, 2 tracks, 2:00" in rows(browse, 0), timeout=LONG)
    undo_stack.undo()
    qtbot.waitUntil(lambda: "Jazz, 2 tracks, 2:00" in rows(browse, 0), timeout=LONG)
    track_list.set_filter(words="anna", chosen=browse.now())
    qtbot.waitUntil(lambda: "Jazz, 1 track, 1:00" in rows(browse, 0), timeout=LONG)


def test_genres_that_are_heard_can_be_browsed_too_and_letters_jump(browse, showing, qtbot):
    showing(lambda: browse.by.setCurrentIndex(browse.by.findData(HEARD)))
    qtbot.waitUntil(lambda: "Jazz, 2 tracks, 2:00" in rows(browse, 0), timeout=LONG)
    qtbot.keyClicks(browse.lists[0], "j")
    assert browse.now() == Chosen(HEARD, "Jazz")


def test_what_is_gone_is_not_chosen_any_more(browse, library_path, track_list, showing, qtbot):
    showing(lambda: choose(browse, 0, "Blues"))
    with Library.open(library_path) as library:
        library.restamp(scanned("/m/1.mp3", artist="Anna", album="Zwei", genres=("Jazz",)))
    track_list.reload()
    qtbot.waitUntil(lambda: browse.now() == Chosen(FILES), timeout=LONG)


def test_covers_come_from_the_file_and_are_kept_in_the_cache(covers, media, tmp_path, qtbot):
    path = media("flac")
    before = os.stat(path)
    assert covers.of(path) is None
    qtbot.waitUntil(lambda: covers.of(path) is not None, timeout=LONG)
    assert covers.of(path).width() == 64
    assert os.stat(path).st_mtime_ns == before.st_mtime_ns
    again = Covers(covers._loader, str(tmp_path / "cache"), covers)
    again.of(path)
    qtbot.waitUntil(lambda: again.of(path) is not None, timeout=LONG)
    assert again.of(path).toImage() == covers.of(path).toImage()


@pytest.mark.parametrize("held", [True, False])
def test_an_album_can_be_dragged_with_all_its_tracks_by_who_does_not_let_go(
    browse, queries, wait_for, monkeypatch, held
):
    def answered():
        done: list[object] = []
        queries.run(lambda _: None, done.append)
        wait_for(lambda: bool(done))

    dragged = []
    monkeypatch.setattr("app.sorting.browse.drag", lambda ids, source: dragged.append(list(ids)))
    buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    monkeypatch.setattr("app.sorting.browse.QApplication.mouseButtons", lambda: buttons)
    choose(browse, 1, "Anna")
    answered()
    draw(browse.lists[2], browse.lists[2].visualRect(browse.models[2].index(1, 0)).center())
    answered()
    assert browse.now().album == "First"
    assert dragged == ([[1]] if held else [])
