"""Sounds different: found in the background, decided with one key, chosen by what is said and heard, and kept."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.jobs.work import Work
from app.window.panels.sidebar import DIFFERENT
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from helpers.patience import LONG
from helpers.sounds import store

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12
WRONG = {2: "Dub", 7: "Jazz"}  # they sound like Jazz, and like Rock


@pytest.fixture
def mistagged(places):
    with Library.open(places.library) as library:
        store(library, KINDS, tagged=range(48), wrong=WRONG)


@pytest.fixture
def page(open_window, mistagged, qtbot):
    """The page, in its window, with what was found."""
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 48, timeout=LONG)
    window.actions_by_id["different"].trigger()
    page = window.sounds.different.page
    qtbot.waitUntil(lambda: page.model.rowCount() >= 2, timeout=LONG)
    return page


def listed(page):
    return [[page.model.index(row, column).data() for column in range(6)] for row in range(page.model.rowCount())]


def decisions(places):
    with Library.open(places.library) as library:
        return {track.id: track.decision for track in library.tracks() if track.decision}


def test_the_most_surprising_come_first_with_both_names(page):
    first, second = sorted(row[2:4] for row in listed(page)[:2])
    assert (first, second) == (["Dub", "Jazz"], ["Jazz", "Rock"])
    assert all("×" in row[5] for row in listed(page)[:2])
    assert page.isVisible()
    assert "48 tracks judged" in page.told.text()


def test_one_key_takes_what_is_heard_another_keeps_what_the_file_says_and_both_are_steps(page, places, qtbot):
    ids = {row.found.said: row.track.id for row in page.model.rows[:2]}
    (row,) = [number for number, one in enumerate(page.model.rows) if one.track.id == ids["Dub"]]
    page.list.selectRow(row)
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: decisions(places) == {ids["Dub"]: Decision(True, ("Jazz",))}, timeout=LONG)
    page.go_to(ids["Jazz"])
    qtbot.keyClick(page.list, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: decisions(places).get(ids["Jazz"]) == Decision(False), timeout=LONG)
    qtbot.waitUntil(lambda: not {one.track.id for one in page.model.rows} & set(ids.values()), timeout=LONG)
    with Library.open(places.library) as library:
        assert library.steps.by_kind() == {"different": 2}
    qtbot.keyClick(page.matrix, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: ids["Jazz"] not in decisions(places), timeout=LONG)
    qtbot.waitUntil(lambda: page.current_track() and page.current_track().id == ids["Jazz"], timeout=LONG)


def test_what_was_kept_does_not_come_back_when_it_is_looked_for_anew(page, places, qtbot):
    kept = page.current_track().id
    page.buttons["leave"].click()
    qtbot.waitUntil(lambda: kept in decisions(places), timeout=LONG)
    page.look.click()
    qtbot.waitUntil(lambda: "judged, each" in page.told.text() and page.model.rowCount() > 0, timeout=LONG)
    assert kept not in {one.track.id for one in page.model.rows}


def test_a_cell_of_said_and_heard_filters_the_list_and_the_table_can_show_it(page, qtbot):
    window = page.window()
    (index,) = [
        page.cells.index(row, column)
        for row in range(page.cells.rowCount())
        for column in range(page.cells.columnCount())
        if page.cells.key(page.cells.index(row, column)) == ("Rock", "Rock")
    ]
    count, hours = index.data().split("\n")
    assert float(hours.removesuffix(" h")) == pytest.approx(int(count) * 180 / 3600, abs=0.06)
    page.matrix.clicked.emit(index)
    qtbot.waitUntil(lambda: page.model.rowCount() == int(count), timeout=LONG)
    assert {tuple(row[2:4]) for row in listed(page)} == {("Rock", "Rock")}
    page.table.click()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == int(count), timeout=LONG)
    assert window.centre.page() is window.centre.view
    window.sidebar.go(DIFFERENT)
    assert page.isVisible()
    page.all.click()
    qtbot.waitUntil(lambda: {one.found.said for one in page.model.rows} >= {"Dub", "Jazz"}, timeout=LONG)


def test_it_is_kept_until_the_library_changes(page, qtbot):
    window = page.window()
    begun = []
    window.work.began.connect(lambda wish: begun.append(wish.kind.value))
    window.actions_by_id["browse"].trigger()
    window.sidebar.go(window.sidebar.places.place_at(window.sidebar.places.index(0)))
    window.sidebar.go(DIFFERENT)
    assert begun == []
    window.work.forget("/nowhere")
    qtbot.waitUntil(lambda: "has changed since" in page.told.text(), timeout=LONG)
    page.look.click()
    qtbot.waitUntil(lambda: "judged, each" in page.told.text(), timeout=LONG)
    assert begun == ["forget", "compare"]


def test_looking_can_be_stopped_and_says_so(open_window, mistagged, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 48, timeout=LONG)
    window.work.began.connect(lambda wish: window.work.queue.cancel_current())
    window.actions_by_id["different"].trigger()
    page = window.sounds.different.page
    qtbot.waitUntil(lambda: "was stopped" in page.told.text(), timeout=LONG)
    assert page.model.rowCount() == 0


def test_they_can_be_gone_through_in_the_review(page, qtbot):
    window, listed_ids = page.window(), {one.track.id for one in page.model.rows}
    page.review.click()
    qtbot.waitUntil(lambda: window.review.is_open and window.review.reviewing.current_id() in listed_ids, timeout=LONG)


def test_words_of_the_filter_narrow_the_list(page, qtbot):
    window = page.window()
    window.filter.setText("rock")
    assert all("Rock" in row[2:4] for row in listed(page))
    window.filter.setText("nothing like that")
    assert page.model.rowCount() == 0
    assert not page.buttons["accept"].isEnabled()


def test_the_list_is_there_again_at_the_next_start_before_anything_is_looked_for(
    page, open_window, qtbot, monkeypatch
):
    before = listed(page)
    page.window().close()
    monkeypatch.setattr(Work, "compare", lambda *_: None)
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 48, timeout=LONG)
    window.actions_by_id["different"].trigger()
    shown = window.sounds.different.page
    qtbot.waitUntil(lambda: listed(shown) == before, timeout=LONG)
