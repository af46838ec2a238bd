"""The sidebar with its counts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.window.panels.sidebar import ALL, NEW, PROBLEMS, WITHOUT_GENRE, Place, Sidebar
from genre_tagger.library.shelves.playlists import FolderPlaylist


@pytest.fixture
def sidebar(qtbot):
    bar = Sidebar()
    qtbot.addWidget(bar)
    bar.resize(200, 500)
    bar.show()
    states = {"proposed": 2, "unsure": 1, "nothing": 1, "errors": 1, "missing": 0}
    bar.set_counts(10, [("Jazz", 4), ("Rock", 3), ("", 3)], states)
    return bar


def rows(sidebar):
    model = sidebar.places
    role = Qt.ItemDataRole.AccessibleTextRole
    return [model.index(row).data(role) for row in range(model.rowCount())]


def test_it_counts_everything_there_is(sidebar):
    assert rows(sidebar) == [
        "All tracks, 10 tracks", "Without genre, 3 tracks", "Review", "To write, 2 tracks", "Unsure, 1 track",
        "No genre heard, 1 track", "Problems, 1 track", "Missing, 0 tracks", "Sounds different",
        "Genres in the files", "Jazz, 4 tracks", "Rock, 3 tracks", "New genre…",
    ]  # fmt: skip


def test_choosing_a_place_tells_which_and_headings_cannot_be_chosen(sidebar, qtbot):
    chosen = []
    sidebar.place_chosen.connect(chosen.append)
    qtbot.keyClick(sidebar, Qt.Key.Key_Down)
    qtbot.keyClick(sidebar, Qt.Key.Key_Down)
    sidebar.go(PROBLEMS)
    assert chosen == [WITHOUT_GENRE, Place("state", "proposed"), PROBLEMS]


def test_new_counts_leave_the_choice_where_it_is(sidebar):
    sidebar.go(Place("genre", "Rock"))
    chosen = []
    sidebar.place_chosen.connect(chosen.append)
    sidebar.set_counts(12, [("Blues", 2), ("Jazz", 4), ("Rock", 3)], {})
    assert sidebar.place() == Place("genre", "Rock")
    assert chosen == []


def test_when_the_chosen_genre_is_gone_all_tracks_are_shown(sidebar):
    sidebar.go(Place("genre", "Rock"))
    chosen = []
    sidebar.place_chosen.connect(chosen.append)
    sidebar.set_counts(7, [("Jazz", 4), ("", 3)], {})
    assert sidebar.place() == ALL
    assert chosen == [ALL]


def test_new_is_there_as_long_as_there_is_any(sidebar):
    sidebar.set_counts(10, [("", 10)], {"new": 3, "proposed": 2})
    assert rows(sidebar)[2:5] == ["Review", "New, 3 tracks", "To write, 2 tracks"]
    sidebar.go(NEW)
    sidebar.set_counts(10, [("", 10)], {"new": 0})
    assert sidebar.place() == ALL
    assert "New, 0 tracks" not in rows(sidebar)


def test_a_remembered_genre_is_gone_to_once_it_is_known(qtbot):
    bar = Sidebar()
    qtbot.addWidget(bar)
    chosen = []
    bar.place_chosen.connect(chosen.append)
    bar.go(Place("genre", "Rock"))
    assert bar.place() == ALL
    bar.set_counts(3, [("Rock", 3)], {})
    assert bar.place() == Place("genre", "Rock")
    assert chosen == [Place("genre", "Rock")]


def test_a_place_is_read_back_as_it_was_written():
    for place in (ALL, PROBLEMS, WITHOUT_GENRE, Place("genre", "Drum: Bass & <b>")):
        assert Place.of(str(place)) == place
    assert Place.of("nonsense") == ALL


def test_hostile_genres_are_one_line_of_text_each(sidebar):
    sidebar.set_counts(1, [("<h1>Big</h1>\nR&B\u202e", 1)], {})
    assert rows(sidebar)[-2] == "<h1>Big</h1> R&B, 1 track"
    assert not sidebar.grab().isNull()


def test_playlists_of_the_folders_have_a_heading_and_say_what_is_missing(sidebar):
    there = [FolderPlaylist("/music/Evening.m3u", "Evening", 4, 2), FolderPlaylist("/music/b.pls", "Bright", 3, 0)]
    sidebar.set_counts(9, [("Jazz", 4)], {}, (), there)
    heard = rows(sidebar)
    at = heard.index("Playlists in the folders")
    assert heard[at + 1 : at + 3] == ["Evening (2 missing), 4 tracks", "Bright, 3 tracks"]
    sidebar.go(Place("playlist", "/music/Evening.m3u"))
    assert sidebar.place() == Place.of("playlist:/music/Evening.m3u")
    assert "/music/Evening.m3u" in sidebar.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
