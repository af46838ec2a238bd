"""More like this: key and menu list what sounds alike, in its order, for playlists and for the review."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.window.panels.sidebar import ALL, THESE
from genre_tagger.library.library import Library
from helpers.patience import LONG
from helpers.sounds import store
from helpers.tracks import scanned

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12


@pytest.fixture
def window(open_window, places, qtbot):
    with Library.open(places.library) as library:
        store(library, KINDS)
        library.store(scanned("/music/unheard.mp3", title="Unheard"))
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 49, timeout=LONG)
    return window


def kinds(window):
    return [KINDS[track - 1] for track in window.tracks.model.ids()]


def test_m_lists_what_sounds_like_the_selected_track_most_alike_first(window, qtbot):
    window.tracks.select([2])
    loud = window.actions_by_id["mute"].isChecked()
    qtbot.keyClick(window.centre.view, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: window.sidebar.place() == THESE and window.tracks.model.ids()[0] == 2, timeout=LONG)
    assert kinds(window)[:5] == ["Dub"] * 5
    assert window.actions_by_id["mute"].isChecked() is loud
    assert window.sidebar.currentIndex().data() == "Like “001.mp3”"

    order = list(window.tracks.model.ids())
    window.tracks.set_sort("path", True)
    qtbot.waitUntil(lambda: list(window.tracks.model.ids()) == sorted(order, reverse=True), timeout=LONG)
    window.sidebar.go(ALL)
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 49, timeout=LONG)
    window.sidebar.go(THESE)
    qtbot.waitUntil(lambda: list(window.tracks.model.ids()) == order, timeout=LONG)


def test_more_like_several_is_one_list_and_what_was_not_heard_is_a_sentence(window, qtbot):
    window.tracks.select([1, 5, 9])
    window.actions_by_id["table.alike"].trigger()
    qtbot.waitUntil(lambda: list(window.tracks.model.ids()[:3]) == [1, 5, 9], timeout=LONG)
    assert kinds(window)[3:8] == ["Chanson"] * 5
    window.sidebar.go(ALL)
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 49, timeout=LONG)
    window.tracks.select([49])
    window.actions_by_id["table.alike"].trigger()
    qtbot.waitUntil(lambda: "has not been listened to" in window.statusBar().currentMessage(), timeout=LONG)
    assert window.sidebar.place() == ALL


def test_m_mutes_where_no_tracks_are_selected_with_it(window, qtbot):
    window.sidebar.setFocus()
    qtbot.keyClick(window.sidebar, Qt.Key.Key_M)
    qtbot.waitUntil(window.actions_by_id["mute"].isChecked, timeout=LONG)
