"""A library is reviewed by keyboard alone and by mouse alone, and every answer can be taken back."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.review.reviewing import Asked
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Policy
from helpers.tracks import predicted, scanned

Key = Qt.Key
PLAIN = Qt.KeyboardModifier.NoModifier


def test_by_keyboard_alone_each_key_answers_and_the_next_track_comes(fill, desk, said):
    fill(6)
    one = desk()
    one.open()
    titles = []
    for key in ("2", Key.Key_Return, "x", Key.Key_Right, "g"):
        titles.append(one.title())
        one.press(key)
    assert one.page.other.hasFocus()
    QTest.keyClicks(one.page.other, "Polka; jazz")
    one.page.other.offer(["Jazz", "Polka"])
    QTest.keyClick(one.page.other, Key.Key_Return)
    one.wait_for(lambda: not one.page.other.isVisible())
    one.settle()
    assert len(set(titles)) == 5
    assert said() == {titles[0]: "Blues", titles[1]: "Jazz", titles[2]: "left alone", titles[4]: "Polka; Jazz"}
    assert one.page.left.accessibleName().startswith("2 tracks to decide")
    assert one.steps()[0] == f"{titles[4]}\nPolka; Jazz"
    assert one.page.hasFocus()
    one.press(Key.Key_Left, Key.Key_Left)
    assert one.title() == titles[3]


def test_more_genres_have_the_number_keys_when_asked_for_and_the_next_track_begins_anew(fill, desk, said):
    fill(3)
    one = desk()
    one.open()
    first = one.title()
    one.page.other.offer([f"Genre {number}" for number in range(12)])
    one.press("0")
    assert [button.text() for button in one.page.candidates.buttons if button.isVisible()][:2] == ["Genre 0", "Genre 1"]
    one.press("0")
    assert sum(button.isVisible() for button in one.page.candidates.buttons) == 3
    one.press("0", "0", "2")
    assert said() == {first: "Genre 1"}
    # The usual ones again; what was just said has a key.
    assert one.page.candidates.buttons[0].text() == "Jazz"
    one.press("5")
    assert sorted(said().values()) == ["Genre 1", "Genre 1"]


def test_at_the_end_it_is_said_how_many_were_passed_over(fill, desk):
    fill(3)
    one = desk()
    one.open()
    one.press("1", Key.Key_Right, Key.Key_Right)
    assert one.title() == "All looked through"
    assert one.page.says.accessibleName().startswith("You passed over 2 tracks.")
    assert not one.page.answers.buttons["accept"].isEnabled()
    one.press(Key.Key_Left)
    assert one.page.answers.buttons["accept"].isEnabled()


def test_by_mouse_alone_too(fill, desk, said, qtbot):
    fill(3)
    one = desk()
    one.open()
    first = one.title()
    qtbot.mouseClick(one.page.candidates.buttons[2], Qt.MouseButton.LeftButton)
    one.settle()
    second = one.title()
    qtbot.mouseClick(one.page.answers.buttons["leave"], Qt.MouseButton.LeftButton)
    one.settle()
    assert said() == {first: "Rock", second: "left alone"}
    # One of the last decisions is gone back to, and decided anew.
    place = one.page.steps.visualItemRect(one.page.steps.item(1)).center()
    qtbot.mouseClick(one.page.steps.viewport(), Qt.MouseButton.LeftButton, PLAIN, place)
    one.settle()
    assert one.title() == first
    qtbot.mouseClick(one.page.candidates.buttons[3], Qt.MouseButton.LeftButton)
    one.settle()
    qtbot.mouseClick(one.page.answers.buttons["take_back"], Qt.MouseButton.LeftButton)
    one.settle()
    assert said() == {first: "Rock", second: "left alone"}


def test_with_text_of_twice_the_size_nothing_is_cut_and_everything_can_be_scrolled_to(larger_text, fill, desk, qtbot):
    fill(8)
    one = desk()
    one.page.resize(760, 420)
    one.open()
    one.press("s")
    parts = [*one.page.candidates.buttons[:4], *one.page.answers.buttons.values(), one.page.albums]
    sheet, seen = one.page.widget(), one.page.viewport()
    qtbot.waitUntil(lambda: one.page.verticalScrollBar().maximum() > 0 and one.page.wide_list.isVisible())
    places = [QRect(part.mapTo(sheet, QPoint()), part.size()) for part in parts]
    for number, (part, place) in enumerate(zip(parts, places, strict=True)):
        assert part.height() >= part.fontMetrics().height() + 4
        assert not any(place.intersects(other) for other in places[:number])
        part.setFocus()  # as Tab does
        one.page.ensureWidgetVisible(part)
        assert seen.rect().contains(part.mapTo(seen, part.rect().center()))
    assert sheet.width() <= seen.width()
    one.page.verticalScrollBar().setValue(0)
    one.press("g")
    assert seen.rect().contains(one.page.other.mapTo(seen, one.page.other.rect().center()))


def test_twenty_decisions_are_taken_back_after_a_restart(fill, desk, said):
    fill(22)
    one = desk()
    one.open()
    first, tens = one.title(), []
    one.reviewing.ten_decided.connect(lambda: tens.append(True))
    one.press(*"12" * 10)
    assert len(said()) == 20
    assert len(tens) == 2
    one.reviewing.close()
    other = desk()
    other.open()
    assert len(other.steps()) == 10
    other.press(*[Key.Key_Backspace] * 20)
    assert said() == {}
    assert other.title() == first
    other.press(Key.Key_Backspace)  # there is none any more
    assert other.title() == first


def test_a_key_that_is_held_and_keys_that_are_held_together_decide_once(fill, desk, said):
    fill(6)
    one = desk()
    one.open()
    for key in (Key.Key_1, Key.Key_1, Key.Key_2, Key.Key_X, Key.Key_Return):
        again = key == Key.Key_1 and one.page._held
        event = QKeyEvent(QEvent.Type.KeyPress, key, PLAIN, "", bool(again))
        QApplication.sendEvent(one.page, event)
    for _ in range(3):  # what may repeat by itself does not while others are held
        QApplication.sendEvent(one.page, QKeyEvent(QEvent.Type.KeyPress, Key.Key_Backspace, PLAIN, "", True))
    one.settle()
    assert list(said().values()) == ["Jazz"]
    for key in (Key.Key_1, Key.Key_2, Key.Key_X, Key.Key_Return):
        QApplication.sendEvent(one.page, QKeyEvent(QEvent.Type.KeyRelease, key, PLAIN))
    one.press("2")
    assert sorted(said().values()) == ["Blues", "Jazz"]


def test_what_sounds_alike_is_shown_before_it_gets_the_same(fill, desk, said):
    fill(8)
    one = desk()
    one.open()
    first = one.title()
    one.press("s")
    shown = [one.page.wide_list.item(row) for row in range(one.page.wide_list.count())]
    assert len(shown) == 3
    assert said() == {}
    shown[0].setCheckState(Qt.CheckState.Unchecked)
    spared = shown[0].text().partition(" ")[0]
    one.press("3")
    assert len(said()) == 3
    assert set(said().values()) == {"Rock"}
    assert first in said()
    assert spared not in said()
    assert not one.page.wide.isVisible()
    assert one.steps()[0] == f"{first} +2\nRock"
    one.press(Key.Key_Backspace)
    assert said() == {}


def test_the_album_gets_the_same_and_escape_gives_that_up(fill, desk, said, library_path):
    fill(6)
    with Library.open(library_path) as library:
        library.decide([5], Decision(True, ("Polka",)))
    one = desk()
    one.open()
    while int(one.title()[1:]) % 2:  # to a track of the album that 5 is on
        one.press(Key.Key_Right)
    first = one.title()
    one.press("a")
    assert one.page.wide_list.count() == 1  # the third was decided on already
    one.press(Key.Key_Escape)
    assert not one.page.wide.isVisible()
    one.press("a", Key.Key_Return)
    assert len(said()) == 3
    assert said()["T004"] == "Polka"
    assert said()[first] == "Jazz"
    # Where the album has no other, that is said, and Escape puts the words away, not the page.
    closed = []
    one.reviewing.closed.connect(lambda: closed.append(True))
    one.press(Key.Key_Left, "a")
    assert one.page.wide_title.text() == "No other track of this album waits for a decision."
    one.press(Key.Key_Escape)
    assert (one.page.wide.isVisible(), closed) == (False, [])
    one.press(Key.Key_Escape)
    assert closed


def test_one_can_stay_and_caps_lock_turns_that_round(fill, desk, settings, said):
    fill(4)
    settings.set("review_stay", True)
    one = desk()
    one.open()
    first = one.title()
    one.press("1", "2")
    assert one.title() == first
    assert said() == {first: "Blues"}
    assert "Your choice: Blues" in one.page.says.accessibleName()
    one.press(Key.Key_CapsLock, "1")
    assert one.title() != first
    assert said() == {first: "Jazz"}


def test_keys_can_be_others_and_some_give_genres_of_ones_own(fill, desk, settings, said):
    fill(4)
    settings.set("review_keys", {"accept": "K", "leave": "Ctrl+L"})
    settings.set("own_keys", {"Alt+1": "Polka"})
    one = desk()
    one.open()
    one.press("k", Key.Key_Return)
    QTest.keyClick(one.page, Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    one.settle()
    QTest.keyClick(one.page, Key.Key_1, Qt.KeyboardModifier.AltModifier)
    one.settle()
    assert sorted(said().values()) == ["Jazz", "Polka", "left alone"]
    assert one.page.answers.buttons["accept"].text().endswith("K")


def test_a_library_without_anything_unsure_says_so(fill, desk):
    fill(0, sure=3)
    one = desk()
    one.open()
    assert one.title() == "Nothing to decide here"
    offered = {id_ for id_, made in one.page.answers.buttons.items() if made.isEnabled()}
    assert offered == {"take_back", "previous"}
    assert "sure of 3 tracks" in one.page.says.accessibleName()
    one.press("1", "s", Key.Key_Backspace)
    assert one.title() == "Nothing to decide here"


def test_sure_tracks_are_mixed_in_and_tell_how_often_the_model_is_right(fill, desk, said):
    fill(11, sure=5)
    one = desk()
    one.open()
    assert len(one.reviewing._queue.spots) == 1
    one.press(*[Key.Key_Return] * 12)
    assert len(said()) == 12
    assert one.page.spots.text() == "Spot check: 1 of 1 sure ones right (21 %–100 %)"
    assert one.title() == "All looked through"
    one.press(*[Key.Key_Backspace] * 12)
    assert not one.page.spots.isVisible()


def test_what_another_program_decides_meanwhile_is_not_asked_about_and_what_it_removes_is_passed_over(
    fill, desk, library_path, said
):
    ids = fill(12)
    one = desk()
    one.open()
    later = one.reviewing._ids[6:]
    with Library.open(library_path) as library:
        library.decide([later[0]], Decision(True, ("Polka",)))
        library.remove_folder(os.path.dirname(next(library.tracks(ids=[later[1]])).path))
        gone = set(ids) - {track.id for track in library.tracks()}
    seen = []
    while one.reviewing.current_id() is not None:
        seen.append(one.reviewing.current_id())
        one.press(Key.Key_Right)
    assert later[0] not in seen
    assert not (gone - set(seen[:6])) & set(seen)


def test_a_file_that_is_gone_says_so_and_can_be_answered(fill, desk, library_path, said):
    fill(1)
    one = desk()
    with Library.open(library_path) as library:
        library.mark_vanished(["/music/Blue/000.flac"])
    one.reviewing.open(_only(1))
    one.settle()
    assert "not where it was" in one.page.why.text()
    one.press("1")
    assert said() == {"T000": "Jazz"}


def _only(track):
    return Asked(lambda _: [track], everything=True)


@pytest.fixture
def surer(fill, desk, library_state):
    """A page whose other five tracks became sure."""
    fill(6)
    one = desk()
    one.open()
    library_state.take_policy(Policy(threshold=0.25))
    one.reviewing.refresh()
    one.settle()
    return one


def test_what_became_sure_is_looked_through_as_one_list_accepted_and_taken_back_in_one_step(surer, qtbot, said):
    one, here = surer, surer.title()
    assert one.page.sure.text() == "5 became sure"
    assert one.page.left.accessibleName().startswith("1 track to decide")
    qtbot.mouseClick(one.page.sure, Qt.MouseButton.LeftButton)
    one.settle()
    assert not one.page.candidates.isVisible()
    assert one.sure.list.count() == 5
    one.reviewing.refresh()  # what is found meanwhile does not take the list away
    one.settle()
    assert not one.page.candidates.isVisible()
    QTest.keyClick(one.sure.list, Key.Key_Space)
    spared = one.sure.list.item(0).text().split()[2]
    QTest.keyClick(one.sure.list, Key.Key_Return)
    one.settle()
    assert len(said()) == 4
    assert set(said().values()) == {"Jazz"}
    assert not {here, spared} & set(said())
    assert not one.page.sure.isVisible()
    assert one.page.hasFocus()
    one.press("2")
    assert one.title() == spared  # is asked about after all
    one.press("2", Key.Key_Backspace, Key.Key_Backspace, Key.Key_Backspace)
    assert said() == {}
    assert one.page.left.accessibleName().startswith("6 tracks to decide")


def test_all_that_became_sure_can_be_asked_about_after_all_or_left_for_later(surer, qtbot, said):
    one = surer
    qtbot.mouseClick(one.page.sure, Qt.MouseButton.LeftButton)
    one.settle()
    QTest.keyClick(one.sure.list, Key.Key_Escape)
    assert one.page.candidates.isVisible()
    qtbot.mouseClick(one.page.sure, Qt.MouseButton.LeftButton)
    one.settle()
    qtbot.mouseClick(one.sure.refuse, Qt.MouseButton.LeftButton)
    assert one.page.left.accessibleName().startswith("6 tracks to decide")
    one.reviewing.refresh()
    one.settle()
    assert one.page.left.accessibleName().startswith("6 tracks to decide")
    assert said() == {}


def test_answers_for_whole_albums_show_what_they_are_for_and_take_one_key(fill, desk, qtbot, said, settings):
    fill(6)
    one = desk()
    one.open()
    qtbot.mouseClick(one.page.albums, Qt.MouseButton.LeftButton)
    one.settle()
    assert settings.settings.review_albums
    assert one.page.wide_list.count() == 2
    one.press("1")
    assert len(said()) == 3
    one.press(Key.Key_Escape)  # leaves the other two of the second album out
    assert one.page.wide_list.count() == 0
    one.press("2")
    assert sorted(said().values()) == ["Blues", "Jazz", "Jazz", "Jazz"]
    one.press(Key.Key_Backspace, Key.Key_Backspace)
    assert said() == {}


def test_what_is_begun_is_completed_with_what_is_likely_first(fill, desk, said):
    fill(2)
    one = desk()
    one.open()
    one.page.other.offer(["Japanese", "Polka", "Pop"])
    one.press("g")
    QTest.keyClicks(one.page.other, "ja")
    assert one.page.other.text() == "jazz"
    QTest.keyClicks(one.page.other, "; po")
    assert one.page.other.text() == "jazz; pop"  # heard in the track, unlike Polka
    QTest.keyClicks(one.page.other, "l")
    assert one.page.other.text() == "jazz; polka"
    QTest.keyClick(one.page.other, Key.Key_Delete)  # what was not meant goes
    QTest.keyClicks(one.page.other, "ish")
    QTest.keyClick(one.page.other, Key.Key_Return)
    one.wait_for(lambda: not one.page.other.isVisible())
    one.settle()
    assert list(said().values()) == ["Jazz; polish"]


def test_another_word_for_a_genre_of_ones_own_gives_that_genre(fill, desk, said):
    fill(2)
    one = desk()
    one.open()
    one.page.other.understand({"Rap": "Hip-Hop", "DnB": "Drum & Bass"})
    one.press("g")
    QTest.keyClicks(one.page.other, "rap; dnb;Polka")
    QTest.keyClick(one.page.other, Key.Key_Return)
    one.wait_for(lambda: not one.page.other.isVisible())
    one.settle()
    assert list(said().values()) == ["Hip-Hop; Drum & Bass; Polka"]


def test_one_of_the_last_decisions_is_gone_back_to_or_taken_back_by_keys(fill, desk, said):
    fill(4)
    one = desk()
    one.open()
    first = one.title()
    one.press("1", "2", "3")
    one.page.steps.setFocus()
    one.page.steps.setCurrentRow(2)
    QTest.keyClick(one.page.steps, Key.Key_Delete)
    one.settle()
    assert sorted(said().values()) == ["Blues", "Rock"]
    assert one.title() == first
    one.page.steps.setCurrentRow(1)
    QTest.keyClick(one.page.steps, Key.Key_Return)
    one.settle()
    one.press("4")
    assert sorted(said().values()) == ["Pop", "Rock"]


def test_a_title_that_is_no_text_and_one_that_is_html_are_shown_as_text(desk, library_path, fill):
    fill(1)
    with Library.open(library_path) as library:
        path = "/music/<b>\udcff.flac"
        library.store(scanned(path, title="<b>x</b>\n"), predicted(path, "Jazz", 0.1))
    one = desk()
    one.open()
    assert one.title() == "<b>x</b>"
    one.press("1")
    assert one.steps() == ["<b>x</b>\nJazz"]


def test_a_genre_that_was_typed_has_a_number_key_from_then_on_also_after_a_restart(fill, desk, said):
    fill(4)
    one = desk()
    one.open()
    one.press("g")
    QTest.keyClicks(one.page.other, "Polka")
    QTest.keyClick(one.page.other, Key.Key_Return)
    one.wait_for(lambda: not one.page.other.isVisible())
    one.settle()
    assert [choice.text() for choice in one.page.candidates.buttons if choice.isVisible()][-1] == "Polka"
    other = desk()
    other.open()
    other.press("5")
    assert list(said().values()) == ["Polka", "Polka"]
