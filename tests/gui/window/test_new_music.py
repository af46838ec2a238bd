"""New music in the whole window: what came into a watched folder gathers in New, and nothing is written."""

from __future__ import annotations

from app.window.panels.sidebar import NEW
from helpers.patience import LONG


def test_what_comes_gathers_in_new_and_goes_when_it_is_seen(open_window, media, digests, tmp_path, qtbot):
    (tmp_path / "music").mkdir()
    path = media("mp3-nogenre", "music/f.mp3")
    before = digests(tmp_path / "music")
    window = open_window()
    new_music, places = window.sorting.new_music, window.sidebar.places
    new_music.watcher.came.emit([path])
    qtbot.waitUntil(lambda: places.index_of(NEW).isValid() and not window.work.kinds(), timeout=LONG)
    assert digests(tmp_path / "music") == before
    window.sidebar.go(NEW)
    qtbot.waitUntil(lambda: len(window.tracks.model.ids()) == 1, timeout=LONG)
    menu = window.place_menu.show(NEW, window.sidebar.pos())
    menu.actions()[-1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: not places.index_of(NEW).isValid(), timeout=LONG)
