"""A playlist of what the table shows, in its order, that players and this program read again."""

from __future__ import annotations

import os

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.dialogs import saving
from app.look.notices import Notices
from app.sorting.lists.save_playlist import SavePlaylist
from genre_tagger.library.library import Library
from genre_tagger.sorting.playlists.files import read
from helpers.patience import LONG
from helpers.tracks import scanned


@pytest.fixture
def save(collection, track_list, queries, showing, qtbot, monkeypatch, tmp_path):
    """A function that saves a playlist in this folder; returns what lies there, and the bars that are shown."""
    window, action, radio, notices = QMainWindow(), QAction(), QAction(), Notices()
    for part in (window, notices):
        qtbot.addWidget(part)
    notices.show()
    saver = SavePlaylist(window, action, radio, track_list, queries, notices, str(tmp_path / "cache"))
    showing(track_list.reload)

    def save(folder, rearrange=lambda dialog: None):
        path = str(folder / "Evening.m3u8")
        monkeypatch.setattr(saving.Place, "ask", lambda *_: path)
        action.trigger()
        qtbot.waitUntil(lambda: saver.dialog is not None and saver.dialog.save.isEnabled(), timeout=LONG)
        rearrange(saver.dialog)
        saver.dialog.save.click()
        qtbot.waitUntil(lambda: bool(window.statusBar().currentMessage() or notices.open()), timeout=LONG)
        return path, [notice.text.text() for notice in notices.open()]

    assert action.isEnabled()
    assert not radio.isEnabled(), "nothing is selected"
    yield save
    saver.deleteLater()


def test_a_playlist_names_what_the_table_shows_in_its_order(save, collection, track_list, showing, tmp_path):
    showing(lambda: track_list.set_sort("path", True))
    path, bars = save(tmp_path)
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines[:2] == ["#EXTM3U", "#PLAYLIST:Evening"]
    names = ("c.mp3", "b.mp3", "a.flac")
    assert [line for line in lines if not line.startswith("#")] == [f"collection/{name}" for name in names]
    assert read(path, [collection]).files == tuple(os.path.join(collection, name) for name in names)
    assert bars == []


def test_an_order_made_by_hand_is_saved(save, collection, tmp_path):
    def rearrange(dialog):
        assert dialog.total.text().startswith("3 tracks")
        dialog.rows.setCurrentRow(2)
        dialog.up.click()
        dialog.up.click()
        dialog.up.click()  # there is no room above
        dialog.rows.setCurrentRow(1)
        dialog.out.click()
        dialog.from_root.click()

    path, _ = save(tmp_path, rearrange)
    with open(path, encoding="utf-8") as file:
        assert file.read().splitlines()[-1] == "/collection/b.mp3", "from the root, as it was ticked"
    assert [os.path.basename(file) for file in read(path, [collection]).files] == ["c.mp3", "b.mp3"]


def test_several_selected_tracks_are_meant_alone_and_what_cannot_be_named_is_told(
    save, collection, track_list, library_path, showing, tmp_path
):
    with Library.open(library_path) as library:
        library.store(scanned(os.path.join(collection, "two\nlines.mp3")))
    showing(track_list.reload)
    track_list.select(track_list.model.ids()[2:])
    path, bars = save(tmp_path)
    assert [os.path.basename(file) for file in read(path, [collection]).files] == ["c.mp3"]
    assert "Left out: 1 track" in bars[0]
    assert "line break" in bars[0]
