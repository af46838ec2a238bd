"""Nine tracks at once: accepted with one key, changed with one each, taken out, taken back in one step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, Prediction
from genre_tagger.review.policy import Policy
from helpers.tracks import scanned

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def listed(library_path, desk):
    """The page at a list of eleven likely tracks and two unlikely ones, the number keys at nine rows."""
    with Library.open(library_path) as library:
        for number in range(13):
            album = ("Blue", "Red", "Green")[number % 3]
            path, first = f"/music/{album}/{number:02}.flac", 0.2 if number > 10 else 0.48
            heard = tuple(Candidate(genre, first if n == 0 else (1 - first) / 3 - n / 100) for n, genre in enumerate(
                ("Jazz", "Blues", "Rock", "Pop")))  # fmt: skip
            vector = np.random.default_rng(number).normal(size=4).astype("<f2").tobytes()
            library.store(
                scanned(path, title=f"T{number:02}", artist="Anna", album=album, number=number),
                Prediction(path, "m", heard, embedding=vector),
            )
    one = desk()
    one.open()
    return one


def rows(one):
    return [one.handful.list.item(row).text() for row in range(one.handful.list.count())]


def press(one, *keys, modifier=Qt.KeyboardModifier.NoModifier):
    for key in keys:
        QTest.keyClick(one.handful.list, key, modifier)
        one.settle()


def test_one_key_takes_nine_others_change_or_take_out_one_and_backspace_takes_all_back(listed, said):
    one, played = listed, []
    one.reviewing.shown.connect(lambda track: played.append(track.title))
    one.press("l")
    assert len(rows(one)) == 9
    assert all(row.startswith(f"{number}   Jazz   –   T") for number, row in enumerate(rows(one), 1))
    titles = [row.split()[3] for row in rows(one)]
    assert not {"T11", "T12"} & set(titles)  # those are asked about one by one
    assert not one.page.candidates.isVisible()
    press(one, Key.Key_2)
    press(one, Key.Key_5, Key.Key_5)
    press(one, Key.Key_3, modifier=CTRL)
    press(one, Key.Key_Down, Key.Key_Right, Key.Key_Left, Key.Key_Left, Key.Key_X)
    assert played[-1] == titles[1]
    assert rows(one)[1].startswith("2   Jazz")
    press(one, Key.Key_2)
    assert said() == {}
    press(one, Key.Key_Return)
    expected = dict.fromkeys(titles, "Jazz") | {titles[1]: "Blues", titles[4]: "Rock"}
    del expected[titles[2]]
    assert said() == expected
    assert {row.split()[3] for row in rows(one)} == {f"T{number:02}" for number in range(11)} - set(titles)
    press(one, Key.Key_Backspace)
    assert said() == {}
    assert len(rows(one)) == 9
    assert titles[2] not in [row.split()[3] for row in rows(one)]
    press(one, Key.Key_Escape)
    assert one.page.candidates.isVisible()
    assert one.page.hasFocus()
    while one.title() != titles[2]:  # what was taken out is asked about by itself
        one.press(Key.Key_Right)


def test_when_no_track_is_likely_any_more_the_others_come_one_by_one_and_that_is_said(listed, said):
    one = listed
    one.press("l")
    press(one, Key.Key_Return, Key.Key_Return)
    assert len(said()) == 11
    assert one.page.candidates.isVisible()
    assert "No other track is sure enough" in one.page.wide_title.text()
    assert one.title() in ("T11", "T12")
    one.press("1")
    assert not one.page.wide.isVisible()
    one.press("l")
    assert one.page.candidates.isVisible()


def test_by_mouse_a_click_gives_the_next_genre_and_one_on_the_tick_takes_out(listed, qtbot, said):
    one = listed
    qtbot.mouseClick(one.page.answers.buttons["handful"], Qt.MouseButton.LeftButton)
    one.settle()
    place = one.handful.list.visualItemRect(one.handful.list.item(1))
    qtbot.mouseClick(one.handful.list.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert rows(one)[1].startswith("2   Blues")
    tick = place.topLeft()
    tick.setX(tick.x() + 10)
    tick.setY(place.center().y())
    qtbot.mouseClick(one.handful.list.viewport(), Qt.MouseButton.LeftButton, pos=tick)
    assert rows(one)[1].startswith("2   Blues")
    out = rows(one)[1].split()[3]
    qtbot.mouseClick(one.handful.agree, Qt.MouseButton.LeftButton)
    one.settle()
    assert len(said()) == 8
    assert out not in said()
    qtbot.mouseClick(one.handful.refuse, Qt.MouseButton.LeftButton)
    one.settle()
    assert one.page.candidates.isVisible()
    assert len(said()) == 8
    assert one.page.left.accessibleName().startswith("5 tracks to decide")


def test_where_answers_are_for_albums_a_row_is_an_album(listed, said, settings, library_path):
    settings.set("review_albums", True)
    one = listed
    one.reviewing.refresh()
    one.settle()
    with Library.open(library_path) as library:
        library.decide([1], Decision(True, ("Polka",)))
    one.press("l")
    assert len(rows(one)) == 3
    assert sum(1 + int(row.rpartition("+")[2]) for row in rows(one)) == 12
    press(one, Key.Key_Return)
    assert len(said()) == 13
    assert one.steps()[0].endswith("+11\neach its own genre")


def test_a_key_that_is_held_changes_and_accepts_once(listed, said):
    one = listed
    one.press("l")
    for key in (Key.Key_2, Key.Key_Return):
        for held in (False, True, True):
            event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "", held)
            QApplication.sendEvent(one.handful.list, event)
    one.settle()
    assert sorted(said().values()) == ["Blues", *["Jazz"] * 8]


def test_after_a_list_what_became_sure_is_accepted_by_keys_too(listed, said, qtbot, library_state):
    one = listed
    one.press("l")
    press(one, Key.Key_Escape)
    library_state.take_policy(Policy(threshold=0.35))
    one.reviewing.refresh()
    one.settle()
    qtbot.mouseClick(one.page.sure, Qt.MouseButton.LeftButton)
    one.settle()
    assert one.page.focusWidget() is one.sure.list
    QTest.keyClick(one.page.focusWidget(), Key.Key_Return)
    one.settle()
    assert len(said()) == 10
    assert one.page.hasFocus()
