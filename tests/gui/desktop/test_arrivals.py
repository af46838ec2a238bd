"""What comes from outside: it is added, and the first of it is selected."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt

from app.desktop.arrivals import Arrivals
from app.window.panels.sidebar import PROBLEMS
from helpers.patience import LONG


@pytest.fixture
def arrivals(open_window):
    """The door of an open window with an empty library."""
    return Arrivals(open_window())


@pytest.fixture
def selected(qtbot):
    """A function that waits until the tracks of these names, and no others, are selected."""

    def wait(window, *names):
        def chosen():
            tracks = window.tracks
            found = [tracks.model.track_of(track) for track in tracks.selected_ids()]
            return [os.path.basename(track.path) for track in found if track is not None] == list(names)

        qtbot.waitUntil(chosen, timeout=LONG)

    return wait


def test_the_first_file_is_selected_when_it_is_there(arrivals, music, selected, settled):
    window = arrivals._window
    arrivals.take([os.path.join(music, name) for name in ("c.mp3", "a.mp3")])
    selected(window, "c.mp3")
    settled(window)
    selected(window, "c.mp3")


def test_of_a_folder_the_first_track_is_selected(arrivals, music, selected):
    arrivals.take([music])
    selected(arrivals._window, "a.mp3")


def test_a_file_among_folders_goes_before_them(arrivals, music, media, selected):
    single = media("ogg", "z.ogg")
    arrivals.take([music, single])
    selected(arrivals._window, "z.ogg")


def test_a_file_that_the_library_knows_is_selected_again(arrivals, music, selected, settled):
    window = arrivals._window
    window.add([music])
    settled(window)
    arrivals.take([os.path.join(music, "b.wav")])
    selected(window, "b.wav")


@pytest.mark.parametrize("hide", [lambda w: w.filter.setText("chord"), lambda w: w.sidebar.go(PROBLEMS)])
def test_a_filter_that_would_hide_it_gives_way(arrivals, music, selected, settled, hide):
    window = arrivals._window
    window.add([music])
    settled(window)
    hide(window)
    arrivals.take([os.path.join(music, "b.wav")])
    selected(window, "b.wav")
    assert window.filter.text() == ""
    assert window.centre.page() is window.centre.view


def test_nobody_is_called_back_from_another_track_because_of_a_folder(
    arrivals, music, media, selected, settled, track_id
):
    window = arrivals._window
    window.add([music])
    settled(window)
    other = os.path.dirname(media("ogg", "more/z.ogg"))
    arrivals.take([other])
    window.tracks.select([track_id(window, "d.flac")])
    settled(window)
    selected(window, "d.flac")


def test_what_is_no_music_changes_nothing(arrivals, music, selected, settled, track_id, tmp_path):
    window = arrivals._window
    window.add([music])
    settled(window)
    window.tracks.select([track_id(window, "a.mp3")])
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all")
    arrivals.take([str(letter), str(tmp_path / "nowhere.mp3")])
    settled(window)
    selected(window, "a.mp3")


def test_what_comes_before_the_library_is_open_waits_for_it(qtbot, places, music, selected):
    from app.window.main_window import MainWindow

    window = MainWindow(places)
    arrivals = Arrivals(window)
    arrivals.take([os.path.join(music, "c.mp3")])
    window.show()
    window.start()
    selected(window, "c.mp3")
    window.close()
    window.deleteLater()


def test_what_is_opened_goes_before_what_was_selected_last_time(
    qtbot, open_window, places, music, selected, settled, track_id
):
    from app.window.main_window import MainWindow

    first = open_window()
    first.add([music])
    settled(first)
    first.tracks.select([track_id(first, "a.mp3")])
    first.close()
    window = MainWindow(places)
    Arrivals(window).take([os.path.join(music, "c.mp3")])
    window.show()
    window.start()
    selected(window, "c.mp3")
    settled(window)
    selected(window, "c.mp3")
    window.close()
    window.deleteLater()


def test_a_later_start_brings_the_window_back_to_sight(qtbot, arrivals, music, selected):
    window = arrivals._window
    window.showMinimized()
    arrivals.welcome([os.path.join(music, "c.mp3")], "token")
    assert not window.windowState() & Qt.WindowState.WindowMinimized
    assert "XDG_ACTIVATION_TOKEN" not in os.environ
    selected(window, "c.mp3")


def test_files_that_the_system_opens_together_are_taken_together(qtbot, arrivals, music, shown_names, selected):
    for name in ("b.wav", "a.mp3"):
        arrivals.take_one(os.path.join(music, name))
    selected(arrivals._window, "b.wav")
    qtbot.waitUntil(lambda: sorted(shown_names(arrivals._window)) == ["a.mp3", "b.wav"], timeout=LONG)


def test_the_system_may_ask_to_open_a_file_whose_name_is_no_text():
    script = (
        "from PySide6.QtCore import QUrl\n"
        "from PySide6.QtGui import QFileOpenEvent\n"
        "from app.desktop.arrivals import Program\n"
        "import os\n"
        "app, asked = Program(['genre-tagger']), []\n"
        "app.asked.connect(asked.append)\n"
        "for url in (b'file:///a%20b/caf%E9.mp3', b'https://example.org/a.mp3', b'file:///c.mp3'):\n"
        "    app.sendEvent(app, QFileOpenEvent(QUrl.fromEncoded(url)))\n"
        "print(list(map(os.fsencode, asked)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[b'/a b/caf\\xe9.mp3', b'/c.mp3']"
