"""The review page in the window: over the list that the table shows, with what is drawn and played."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.window.panels.sidebar import DIFFERENT, PROBLEMS, Place
from genre_tagger.library.library import Library
from helpers.patience import LONG
from helpers.tracks import predicted


@pytest.fixture
def window(open_window, settled, music):
    """A window with music that the model is unsure of, whatever it heard."""
    window = open_window([music])
    settled(window)
    with Library.open(window.queries.library_path) as library:
        for number, track in enumerate([*library.tracks()][:3]):
            library.store(predicted(track.path, ("Jazz", "Blues", "Rock")[number], 0.3))
    settled(window)
    return window


def opened(window, qtbot):
    window.activateWindow()
    window.actions_by_id["review"].trigger()
    qtbot.waitUntil(lambda: window.review.page is not None and bool(window.review.reviewing.current()), timeout=LONG)
    return window.review.page


def test_ctrl_r_goes_through_the_list_keys_decide_and_the_table_knows(window, qtbot):
    page = opened(window, qtbot)
    assert window.centre.page() is page
    assert not window.details.isVisible()
    assert not window.centre.policy_bar.isVisible()
    track = window.review.reviewing.current()
    qtbot.waitUntil(lambda: window.sound.dock is not None and window.sound.dock.sound.path == track.path, timeout=LONG)
    assert window.sound.player.path == track.path
    assert window.sound.player.playing
    before = window.state.now.counted.states["proposed"]
    QTest.keyClick(page, "2")  # a key that chooses in the table as well
    qtbot.waitUntil(lambda: window.state.now.counted.states["proposed"] == before + 1, timeout=LONG)
    qtbot.waitUntil(lambda: window.review.reviewing.current() not in (None, track), timeout=LONG)
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert window.centre.page() is window.centre.view
    assert not window.actions_by_id["review"].isChecked()
    with Library.open(window.queries.library_path) as library:
        [again] = library.tracks(ids=[track.id])
    assert again.decision.genres == ("Disco",)
    qtbot.waitUntil(
        lambda: (row := window.tracks.model.track_of(track.id)) is not None and row.decision == again.decision,
        timeout=LONG,
    )


def test_what_is_counted_after_an_answer_leaves_the_keyboard_where_a_genre_is_typed(window, qtbot):
    page = opened(window, qtbot)
    counted = []
    QTest.keyClick(page, "2")
    QTest.keyClick(page, "g")
    QTest.keyClicks(page.other, "Pol")
    window.state.changed.connect(lambda before: counted.append(before.counted != window.state.now.counted))
    qtbot.waitUntil(lambda: any(counted), timeout=LONG)
    assert window.focusWidget() is page.other  # otherwise the next letters would be answers
    assert page.other.text() == "Pol"


def test_all_answers_stand_in_the_usual_window_also_below_notices(window, qtbot):
    page = opened(window, qtbot)
    scroller, dock = page.verticalScrollBar(), window.sound.dock
    qtbot.waitUntil(lambda: scroller.maximum() == 0 and not dock.is_strip, timeout=LONG)
    for number in range(2):
        window.centre.notices.say(f"{number}", f"{number} things are not as they should be.")
    qtbot.waitUntil(lambda: len(window.centre.notices.open()) >= 2 and scroller.maximum() == 0, timeout=LONG)
    assert not dock.is_strip  # waveform and genres are still seen
    last = page.answers.buttons["next"]
    assert page.viewport().rect().contains(last.mapTo(page.viewport(), last.rect().bottomRight()))


def test_a_list_beside_the_track_leaves_what_is_drawn_its_room(window, qtbot):
    page = opened(window, qtbot)
    qtbot.waitUntil(lambda: window.sound.dock is not None and not window.sound.dock.is_strip, timeout=LONG)
    before = page.wanted_height()
    page.show_wide("The answer is for these as well:", [window.review.reviewing.current()] * 20)
    page.show_steps([])
    assert page.wide_list.isVisible()
    assert page.wanted_height() == before


def test_another_place_in_the_sidebar_ends_it_and_its_own_list_can_be_gone_through(window, qtbot):
    opened(window, qtbot)
    window.sidebar.go(Place("state", "proposed"))
    assert window.centre.page() is not window.review.page
    assert not window.review.is_open
    qtbot.waitUntil(lambda: window.tracks.filter.state == "proposed", timeout=LONG)
    # By its menu each list can be gone through, also one that is not chosen, and one with a page of its own.
    menus = []
    window.sidebar.menu_asked.connect(lambda *_: menus.append(QApplication.activePopupWidget()))
    window.sidebar.go(Place("state", "unsure"))
    keyboard = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, window.sidebar.pos(), window.sidebar.pos())
    QApplication.sendEvent(window.sidebar, keyboard)
    menus[0].actions()[0].trigger()
    menus[0].close()
    assert window.review.is_open
    qtbot.waitUntil(lambda: len(window.review.reviewing.upcoming()) == 2, timeout=LONG)
    for place, asked in ((PROBLEMS, 0), (Place(), 3)):
        menu = window.place_menu.show(place, window.sidebar.pos())
        menu.actions()[0].trigger()
        menu.close()
        assert window.review.is_open
        assert window.sidebar.place() == place
        qtbot.waitUntil(lambda asked=asked: len(window.review.reviewing._ids) >= asked, timeout=LONG)
    window.place_menu.show(DIFFERENT, window.sidebar.pos()).actions()[0].trigger()
    assert window.sidebar.place() == DIFFERENT
    QApplication.activePopupWidget().close()
    window.sidebar.go(Place())


def test_number_keys_and_x_act_on_all_that_is_selected_in_the_table(window, qtbot):
    ids = list(window.tracks.model.ids())[:2]
    qtbot.waitUntil(lambda: all(window.tracks.model.track_of(id_) for id_ in ids), timeout=LONG)
    window.tracks.select(ids)
    qtbot.waitUntil(lambda: window.actions_by_id["candidate_2"].isVisible(), timeout=LONG)
    first = window.tracks.judged_track()
    window.actions_by_id["candidate_2"].trigger()
    rows = window.tracks.model
    qtbot.waitUntil(lambda: all((row := rows.track_of(id_)) and row.decision for id_ in ids), timeout=LONG)
    with Library.open(window.queries.library_path) as library:
        assert {track.decision.genres for track in library.tracks(ids=ids)} == {(first.prediction.candidates[1].genre,)}
    window.tracks.leave_action.trigger()
    qtbot.waitUntil(lambda: all(rows.track_of(id_).decision.accepted is False for id_ in ids), timeout=LONG)
