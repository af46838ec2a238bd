"""Playlists of the folders in the window, and a radio from a track."""

from __future__ import annotations

import os

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.look.notices import Notices
from app.sorting.lists.order import Entry, OrderDialog
from app.sorting.lists.save_playlist import SavePlaylist
from app.window.panels.sidebar import Place
from genre_tagger.library.library import Library
from helpers.sounds import store


def test_a_playlist_is_chosen_in_the_sidebar_and_shown_in_its_own_order(open_window, wait_for, collection, tmp_path):
    path = os.path.join(collection, "Evening.m3u8")
    with open(path, "w", encoding="utf-8") as file:
        file.write("c.mp3\na.flac\nnone.mp3\n")
    window = open_window()
    window.add([collection])
    place = Place("playlist", path)
    wait_for(lambda: window.sidebar.places.index_of(place).isValid())
    assert window.sidebar.places.index_of(place).data() == "Evening (1 missing)"
    window.sidebar.go(place)
    wait_for(lambda: len(window.tracks.model.ids()) == 2)
    window.sorting.playlists.show_playlist(path)
    wait_for(lambda: window.sorting.playlists.dialog is not None)
    dialog = window.sorting.playlists.dialog
    with Library.open(window.queries.library_path) as library:
        paths = {track.id: track.path for track in library.tracks()}
    assert [os.path.basename(paths[track]) for track in dialog.order()] == ["c.mp3", "a.flac"]
    menu = window.place_menu.show(place, window.pos())
    offered = [entry.text() for entry in menu.actions() if entry.text()]
    assert offered == ["Re&view this list", "Show its order…", "Show in its folder"]
    menu.close()


@pytest.fixture
def heard(library_path):
    with Library.open(library_path) as library:
        store(library, ["Chanson", "Dub", "Jazz"] * 10)


def test_a_radio_begins_with_the_selected_track_and_is_as_long_as_one_says(
    heard, track_list, queries, showing, wait_for, qtbot, tmp_path
):
    window, action, radio = QMainWindow(), QAction(), QAction()
    qtbot.addWidget(window)
    part = SavePlaylist(window, action, radio, track_list, queries, Notices(window), str(tmp_path / "cache"))
    showing(track_list.reload)
    first = track_list.model.ids()[3]
    track_list.select([first])
    wait_for(radio.isEnabled)
    radio.trigger()
    wait_for(lambda: part.dialog is not None and part.dialog.rows.count() == 20)
    assert part.dialog.order()[0] == first
    part.dialog.minutes.setValue(15)
    part.dialog.minutes.editingFinished.emit()
    wait_for(lambda: part.dialog.rows.count() == 5)
    part.dialog.close()


def test_several_rows_move_together_as_far_as_there_is_room(qtbot):
    dialog = OrderDialog("Order", "Promise")
    qtbot.addWidget(dialog)
    dialog.show_entries([Entry(number, f"Track {number}", 60.0) for number in range(5)])
    dialog.rows.item(0).setSelected(False)
    for row in (2, 3):
        dialog.rows.item(row).setSelected(True)
    dialog.down.click()
    dialog.down.click()
    assert dialog.order() == [0, 1, 4, 2, 3]
    dialog.up.click()
    assert dialog.order() == [0, 1, 2, 3, 4]
    asked = []
    dialog.save_asked.connect(lambda ids, _: asked.append(ids))
    dialog.save.click()
    assert asked == [[0, 1, 2, 3, 4]]
