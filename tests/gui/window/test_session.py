"""How a window was left, and that it all comes back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from helpers.patience import LONG


@pytest.fixture
def reopened(open_window, settled, places):
    """A function: closes a window and opens it again; it is settled and has brought back what it could."""

    def reopened(window, paths=(), places=places):
        window.close()
        window = open_window(paths, places)
        settled(window)
        return window

    return reopened


def drawn(window, name):
    dock = window.sound.dock
    return dock is not None and dock.sound.length > 0 and os.path.basename(dock.sound.path) == name


def session_file(places):
    (path,) = Path(places.state).glob("session-*.json")
    return path


def test_the_selected_tracks_and_the_current_one_come_back(open_window, settled, reopened, known_music, track_id):
    window = open_window([known_music])
    settled(window)
    window.tracks.select([track_id(window, "b.wav"), track_id(window, "d.flac")])
    window.centre.view.set_current_row(3)
    window = reopened(window)
    selected = window.tracks.selected_ids()
    assert [os.path.basename(window.tracks.model.track_of(one).path) for one in selected] == ["b.wav", "d.flac"]
    assert os.path.basename(window.tracks.current_track().path) == "d.flac"


def test_the_place_in_a_long_table_comes_back(open_window, settled, reopened, many, library_path, places, qtbot):
    many(500)
    places = places._replace(library=library_path)
    window = open_window(places=places)
    settled(window)
    view = window.centre.view
    view.verticalScrollBar().setValue(300 * view.rowHeight(0))
    first, _ = view.visible_rows()
    qtbot.waitUntil(lambda: window.tracks.model.track_at(first) is not None, timeout=LONG)
    window = reopened(window, places=places)
    qtbot.waitUntil(lambda: window.centre.view.visible_rows()[0] == first, timeout=LONG)
    assert window.tracks.selected_ids() == []


def test_what_was_played_stands_where_it_was_and_does_not_play(
    open_window, settled, reopened, known_music, track_id, qtbot
):
    window = open_window([known_music])
    settled(window)
    window.tracks.select([track_id(window, "a.mp3")])
    track = window.tracks.current_track()
    window.sound.playing.stand_at(track, 0.75)
    window.tracks.select([track_id(window, "c.mp3")])
    window = reopened(window)
    player = window.sound.player
    qtbot.waitUntil(lambda: player.path == track.path, timeout=LONG)
    assert player.position == pytest.approx(0.75)
    assert not player.playing
    assert os.path.basename(window.tracks.current_track().path) == "c.mp3"


def test_the_part_that_was_drawn_and_the_part_that_was_marked_come_back(
    open_window, settled, reopened, known_music, track_id, qtbot
):
    window = open_window([known_music])
    settled(window)
    window.tracks.select([track_id(window, "b.wav")])
    qtbot.waitUntil(lambda: drawn(window, "b.wav"), timeout=LONG)
    line = window.sound.dock.timeline
    line.show(0.5, 1.25)
    line.set_region((0.6, 0.9))
    window = reopened(window)
    qtbot.waitUntil(lambda: drawn(window, "b.wav"), timeout=LONG)
    line = window.sound.dock.timeline
    assert (line.start, line.stop) == pytest.approx((0.5, 1.25))
    assert line.region == pytest.approx((0.6, 0.9))


def dock_of(window, qtbot):
    """The drawing, which comes with the first selection."""
    if not window.tracks.selected_ids():
        window.tracks.select([window.tracks.model.id_at(0)])
    qtbot.waitUntil(lambda: window.sound.dock is not None and window.sound.dock.isVisible(), timeout=LONG)
    return window.sound.dock


def test_the_drawing_comes_back_above_the_table_where_it_was_put(open_window, settled, reopened, known_music, qtbot):
    window = open_window([known_music])
    settled(window)
    window.room.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, dock_of(window, qtbot))
    window = reopened(window)
    assert window.room.dockWidgetArea(dock_of(window, qtbot)) == Qt.DockWidgetArea.TopDockWidgetArea


def test_the_drawing_comes_back_as_a_window_of_its_own(open_window, settled, reopened, known_music, qtbot):
    window = open_window([known_music])
    settled(window)
    dock = dock_of(window, qtbot)
    dock.setFloating(True)
    dock.resize(555, 333)
    window = reopened(window)
    dock = dock_of(window, qtbot)
    assert dock.isFloating()
    assert (dock.width(), dock.height()) == (555, 333)


def test_a_drawing_that_was_closed_stays_closed(open_window, settled, reopened, known_music, qtbot):
    window = open_window([known_music])
    settled(window)
    dock_of(window, qtbot).close()
    assert not window.actions_by_id["show_sound"].isChecked()
    window = reopened(window)
    assert window.sound.dock is None
    window.actions_by_id["show_sound"].trigger()
    assert window.room.dockWidgetArea(dock_of(window, qtbot)) == Qt.DockWidgetArea.BottomDockWidgetArea


def test_another_track_is_drawn_as_a_whole(open_window, settled, reopened, known_music, track_id, qtbot):
    window = open_window([known_music])
    settled(window)
    window.tracks.select([track_id(window, "b.wav")])
    qtbot.waitUntil(lambda: drawn(window, "b.wav"), timeout=LONG)
    window.sound.dock.timeline.show(0.5, 1.25)
    window = reopened(window)
    qtbot.waitUntil(lambda: drawn(window, "b.wav"), timeout=LONG)
    window.tracks.select([track_id(window, "a.mp3")])
    qtbot.waitUntil(lambda: drawn(window, "a.mp3"), timeout=LONG)
    assert window.sound.dock.timeline.is_whole
    window.tracks.select([track_id(window, "b.wav")])
    qtbot.waitUntil(lambda: drawn(window, "b.wav"), timeout=LONG)
    assert window.sound.dock.timeline.is_whole


def test_what_is_not_there_any_more_is_passed_over_quietly(
    open_window, settled, reopened, known_music, track_id, notice_texts, qtbot
):
    window = open_window([known_music])
    settled(window)
    window.tracks.select([track_id(window, "a.mp3")])
    window.sound.playing.stand_at(window.tracks.current_track(), 0.5)
    qtbot.waitUntil(lambda: drawn(window, "a.mp3"), timeout=LONG)
    window.close()
    os.unlink(os.path.join(known_music, "a.mp3"))
    window = reopened(window)
    assert window.sound.player.position == 0
    assert notice_texts(window) == []


def test_a_folder_that_is_given_has_the_selection_to_itself(open_window, settled, reopened, known_music, track_id):
    window = open_window([known_music])
    settled(window)
    window.tracks.select([track_id(window, "a.mp3")])
    window = reopened(window, [known_music])
    assert window.tracks.selected_ids() == []


STRANGE = (
    "no JSON", "[]", '{"version": 99, "selected": ["x"]}',
    '{"version": 1, "selected": 3, "current": [], "top": {}, "drawn": ["x"], "played": [1, 2]}',
    '{"version": 1, "selected": [1, null, "x"], "drawn": ["x", ["a", 1], 7], "played": ["x", "y"]}',
)  # fmt: skip


def test_a_strange_file_brings_back_nothing(open_window, settled, reopened, known_music, places):
    window = open_window([known_music])
    settled(window)
    for strange in STRANGE:
        window.tracks.select(window.tracks.model.ids())
        window.close()
        session_file(places).write_text(strange)
        window = reopened(window)
        assert window.tracks.selected_ids() == [], strange


def test_names_that_are_no_text_are_found_again(open_window, settled, reopened, media, tmp_path, places):
    name = os.fsdecode(b"caf\xe9 \xff.flac")
    media("flac", os.path.join("odd", name))
    window = open_window([os.path.join(str(tmp_path), "odd")])
    settled(window)
    window.tracks.select(window.tracks.model.ids())
    window = reopened(window)
    assert len(window.tracks.selected_ids()) == 1
    (kept,) = json.loads(session_file(places).read_text())["selected"]
    assert os.path.basename(kept) == name


def test_a_state_folder_that_takes_nothing_costs_only_what_is_kept_there(
    open_window, settled, reopened, known_music, places
):
    window = open_window([known_music])
    settled(window)
    window.tracks.select(window.tracks.model.ids())
    os.makedirs(places.state, exist_ok=True)
    for name in os.listdir(places.state):
        os.unlink(os.path.join(places.state, name))
    os.rmdir(places.state)
    Path(places.state).write_text("in the way")
    window = reopened(window)
    assert window.tracks.selected_ids() == []
