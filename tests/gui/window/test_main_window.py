"""What a person does with the window, from the first start to the next."""

from __future__ import annotations

import os
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from app.look import theme
from app.table.columns import INDEX
from app.table.dragging import drags
from app.window.panels.sidebar import WITHOUT_GENRE, Place
from genre_tagger import line
from helpers.patience import LONG


def test_the_first_page_says_what_to_do_and_promises_what_matters(open_window, settled):
    window = open_window()
    settled(window)
    assert window.centre.page() is window.centre.first
    assert not window.actions_by_id["write"].isEnabled()


def test_a_new_start_finds_the_library_the_filter_and_the_choices_again(
    open_window, settled, music, qtbot, shown_names
):
    window = open_window([music])
    settled(window)
    window.resize(860, 640)
    window.sidebar.go(WITHOUT_GENRE)
    window.filter.setText("music")
    window.centre.policy_bar.mode.setCurrentIndex(2)
    window.actions_by_id["show_details"].setChecked(False)
    names = {"a.mp3", "b.wav", "c.mp3", "e.mp3"}
    qtbot.waitUntil(lambda: set(shown_names(window)) == names, timeout=LONG)
    window.close()

    again = open_window()
    settled(again)
    assert set(shown_names(again)) == names
    assert again.filter.text() == "music"
    assert again.sidebar.place() == WITHOUT_GENRE
    assert again.settings.settings.mode == "replace"
    assert not again.details.isVisible()
    assert again.height() == 640


def test_what_a_scan_passes_over_is_counted_beside_what_it_found(open_window, media, tmp_path, qtbot):
    folder = tmp_path / "stick"
    (folder / ".Trashes").mkdir(parents=True)
    os.rename(media("mp3"), folder / "song.mp3")
    (folder / "._song.mp3").write_bytes(b"\0\5\x16\7")
    window = open_window()
    said = []
    window.statusBar().messageChanged.connect(said.append)
    window.commands.add([str(folder)])
    qtbot.waitUntil(lambda: any("new or changed" in text for text in said), timeout=LONG)
    assert any("1 track new or changed; hidden files and folders passed over: 2" in text for text in said)


def test_the_filter_narrows_while_typing_and_offers_the_way_back(open_window, settled, music, qtbot, shown_names):
    window = open_window([music])
    settled(window)
    qtbot.keyClicks(window.filter, "chord")
    qtbot.waitUntil(lambda: set(shown_names(window)) == {"a.mp3", "d.flac"}, timeout=LONG)
    qtbot.keyClicks(window.filter, "xyz")
    qtbot.waitUntil(lambda: window.centre.page() is window.centre.no_match, timeout=LONG)
    assert "chordxyz" in window.centre.no_match.title.text()
    qtbot.mouseClick(window.centre.no_match.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.tracks.model.ids()) == 5, timeout=LONG)
    assert window.centre.page() is window.centre.view


def test_the_number_keys_choose_a_candidate_and_undo_takes_it_back(open_window, settled, music, qtbot, track_id):
    window = open_window([music])
    settled(window)
    one = track_id(window, "b.wav")
    window.tracks.select([one])
    qtbot.waitUntil(lambda: window.actions_by_id["candidate_2"].isVisible(), timeout=LONG)
    second = window.tracks.model.track_of(one).prediction.candidates[1].genre
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.actions_by_id["candidate_2"].trigger()
    qtbot.waitUntil(lambda: window.tracks.model.proposal_of(one).new == (second,), timeout=LONG)
    qtbot.waitUntil(window.details.parts.isVisible, timeout=LONG)
    qtbot.waitUntil(lambda: window.details.after.accessibleName() == second, timeout=LONG)
    assert window.details.candidates.buttons[1].isChecked()

    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: window.tracks.model.proposal_of(one).new != (second,), timeout=LONG)
    assert window.actions_by_id["redo"].isEnabled()


@pytest.mark.parametrize("way", ["the mouse", "Ctrl+Down"])
def test_a_candidate_goes_to_the_selected_track_and_not_to_where_the_keyboard_is(
    open_window, settled, music, qtbot, track_id, way
):
    window = open_window([music])
    settled(window)
    view, model = window.centre.view, window.tracks.model
    one = track_id(window, "b.wav")
    window.tracks.select([one])
    if way == "the mouse":
        other = view.visualRect(model.index(model.row_of(track_id(window, "c.mp3")), INDEX["title"])).center()
        for _ in range(2):
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, other)
    else:
        qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert window.tracks.selected_ids() == [one]
    assert model.id_at(view.currentIndex().row()) != one
    qtbot.waitUntil(window.details.parts.isVisible, timeout=LONG)
    qtbot.waitUntil(lambda: window.details.title.accessibleName() == "b.wav", timeout=LONG)
    qtbot.waitUntil(lambda: window.sound.dock is not None and window.sound.dock.sound.path is not None, timeout=LONG)
    assert window.sound.dock.sound.path.endswith("b.wav")

    third, second = (model.track_of(one).prediction.candidates[place].genre for place in (2, 1))
    window.details.candidates.buttons[2].click()
    qtbot.waitUntil(lambda: model.proposal_of(one).new == (third,), timeout=LONG)
    window.actions_by_id["candidate_2"].trigger()
    qtbot.waitUntil(lambda: model.proposal_of(one).new == (second,), timeout=LONG)
    said = [model.track_at(row).decision is not None for row in range(len(model.ids()))]
    assert said.count(True) == 1


def test_a_genre_of_ones_own_goes_to_all_selected_tracks_besides_theirs(open_window, settled, music, qtbot, track_id):
    window = open_window([music])
    settled(window)
    chosen = [track_id(window, name) for name in ("a.mp3", "b.wav")]
    window.tracks.select(chosen)
    qtbot.waitUntil(window.details.parts.isVisible, timeout=LONG)
    qtbot.keyClicks(window.details.own, "Field Recording")
    with qtbot.waitSignal(window.tracks.decided, timeout=LONG):
        qtbot.keyClick(window.details.own, Qt.Key.Key_Return)
    settled(window)
    assert {window.tracks.model.proposal_of(one).new[-1] for one in chosen} == {"Field Recording"}


def test_while_tracks_are_dragged_the_sidebar_offers_what_no_file_has_yet(
    open_window, settled, music, qtbot, track_id
):
    window = open_window([music])
    settled(window)
    window.tracks.select([track_id(window, "a.mp3")])
    window.commands.choose_genre("Tango")
    places, tango = window.sidebar.places, Place("genre", "Tango")
    drags().begun.emit()
    qtbot.waitUntil(lambda: places.index_of(tango).isValid(), timeout=LONG)
    drags().ended.emit()
    assert not places.index_of(tango).isValid()


def test_the_colours_change_at_once(open_window):
    window = open_window()
    window.actions_by_id["scheme_dark"].trigger()
    assert window.palette().window().color().name() == theme.DARK.window
    window.actions_by_id["scheme_light"].trigger()
    assert window.palette().window().color().name() == theme.LIGHT.window
    assert window.settings.settings.scheme == "light"


def test_a_genre_in_the_sidebar_shows_its_tracks(open_window, settled, music, qtbot, shown_names):
    window = open_window([music])
    settled(window)
    window.sidebar.go(Place("genre", "Jazz"))
    qtbot.waitUntil(lambda: shown_names(window) == ["d.flac"], timeout=LONG)
    assert window.status.text().startswith("1 of 5 tracks")
    window.tracks.begun.emit(1)  # as the first of many are there
    assert window.status.text().startswith("1 and counting, of 5 tracks")
    window.tracks.shown.emit(1)
    assert window.status.text().startswith("1 of 5 tracks")


def test_the_demo_library_is_a_copy(open_window, settled, places, qtbot):
    window = open_window()
    settled(window)
    window.centre.first.demo_asked.emit()
    qtbot.waitUntil(lambda: len(window.tracks.model.ids()) >= 8, timeout=LONG)
    folder = os.path.join(os.path.dirname(places.library), "Demo")
    assert all(window.tracks.model.track_at(row).path.startswith(folder) for row in range(8))


def test_a_folder_can_be_forgotten_and_its_files_stay(open_window, settled, music, qtbot, monkeypatch, digests):
    window = open_window([music])
    settled(window)
    monkeypatch.setattr(QInputDialog, "getItem", lambda *arguments: (arguments[3][0], True))
    before = digests(music)
    window.actions_by_id["remove_folder"].trigger()
    qtbot.waitUntil(lambda: window.centre.page() is window.centre.first, timeout=LONG)
    assert digests(music) == before


def test_the_table_is_there_as_soon_as_it_has_rows_though_nothing_is_counted_yet(open_window, settled):
    window = open_window()
    settled(window)
    assert window.centre.page() is window.centre.first
    window.refresh.rows(3)
    assert window.centre.page() is window.centre.view


@pytest.mark.parametrize("with_another", [False, True])
def test_a_folder_that_is_forgotten_while_it_is_scanned_leaves_nothing_behind(
    open_window, settled, music, media, qtbot, monkeypatch, notice_texts, with_another
):
    other = os.path.dirname(media("flac", os.path.join("other", "x.flac")))
    found, go_on, real = threading.Event(), threading.Event(), line.scan

    def scan(*asked):
        for outcome in real(*asked):
            yield outcome
            found.set()
            go_on.wait(LONG / 1000)

    window = open_window()
    settled(window)
    monkeypatch.setattr(line, "scan", scan)
    window.add([music, other] if with_another else [music])
    qtbot.waitUntil(found.is_set, timeout=LONG)
    window.commands.forget_folder(music)
    qtbot.wait(300)
    go_on.set()
    settled(window)
    assert window.state.now.folders == ([other] if with_another else [])
    assert window.state.now.counted.total == (1 if with_another else 0)
    assert notice_texts(window) == []
    assert not window.work.added()
