"""What the tests of the whole window share: a window that is opened and closed, music, and what a person does."""

from __future__ import annotations

import hashlib
import os
import shutil

import mutagen.id3
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.dialogs.write import WriteDialog
from app.look import theme
from app.look.notices import Notice
from app.settings.places import Places
from app.window.main_window import MainWindow
from genre_tagger.base.places import asset

LONG = 20_000
_TRAIN = ("Dusty Rails", "Night Line", "01 Slow Train at Dusk.mp3")
_QUARTET = ("Compilations", "Rehearsal Recordings", "quartet take 2.wav")


def pytest_collection_modifyitems(items):
    # The offscreen platform says so of every window that has a least size.
    for item in items:
        if os.path.dirname(str(item.path)) == os.path.dirname(__file__):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@pytest.fixture
def places(home):
    return Places.usual()


@pytest.fixture
def open_window(qtbot, places):
    """A function that opens the window as the program does; whatever it opened is closed at the end."""
    opened = []

    def open_(paths=(), places=places):
        theme.apply("light")
        window = MainWindow(places, list(paths))
        opened.append(window)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window.state.now.opened or window.state.now.refused, timeout=LONG)
        return window

    yield open_
    for window in opened:
        window.close()
        window.deleteLater()


@pytest.fixture
def settled(qtbot):
    """A function that waits until nothing goes on any more and the numbers are right."""

    def wait(window):
        def quiet():
            return window.work.queue.current is None and not window.work.queue.waiting

        qtbot.waitUntil(quiet, timeout=LONG)
        counted = window.state.now.counted
        window.counts.count_soon()
        qtbot.waitUntil(lambda: window.state.now.counted is not counted, timeout=LONG)
        with qtbot.waitSignal(window.tracks.shown, timeout=LONG):
            window.tracks.reload()

    return wait


@pytest.fixture
def music(media, tmp_path):
    """A folder with three pieces without a genre, a file of a second with one, and one that is no audio."""
    folder = os.path.join(str(tmp_path), "music")
    os.mkdir(folder)
    for piece, as_name in ((_TRAIN, "a.mp3"), (_QUARTET, "b.wav"), (_TRAIN, "c.mp3")):
        shutil.copyfile(asset("resources", "demo", *piece), os.path.join(folder, as_name))
    titled = mutagen.id3.ID3()
    titled.add(mutagen.id3.TIT2(encoding=3, text=["A Short Chord"]))
    titled.save(os.path.join(folder, "a.mp3"), v1=0)
    mutagen.id3.ID3().delete(os.path.join(folder, "c.mp3"))
    for name, as_name in (("flac", "d.flac"), ("text", "e.mp3")):
        media(name, os.path.join("music", as_name))
    return folder


@pytest.fixture
def digests():
    """A function: folder → digest of each file in it."""

    def digests(folder):
        found = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
        return found

    return digests


@pytest.fixture
def shown_names(qtbot):
    """A function: window → names of the files in its rows, once they are loaded."""

    def shown_names(window):
        model = window.tracks.model
        qtbot.waitUntil(lambda: all(model.track_at(row) for row in range(len(model.ids()))), timeout=20_000)
        return [os.path.basename(model.track_at(row).path) for row in range(len(model.ids()))]

    return shown_names


@pytest.fixture
def track_id(shown_names):
    """A function: window and file name → id of the track."""

    def track_id(window, name):
        model = window.tracks.model
        return next(model.id_at(row) for row, shown in enumerate(shown_names(window)) if shown == name)

    return track_id


@pytest.fixture
def window(open_window, settled, music):
    """A window that has listened to the music and would write whatever it heard."""
    window = open_window([music])
    settled(window)
    window.centre.policy_bar.threshold.setValue(0)
    settled(window)
    return window


@pytest.fixture
def agree(qtbot):
    """A function that presses Write, and Write again in the dialog that asks, and waits for its end, or for `until`."""

    def agree(window, action="write", until=None):

        def answer():
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, WriteDialog):
                timer.stop()
                dialog.write_button.click()

        timer = QTimer(interval=20)
        timer.timeout.connect(answer)
        timer.start()
        finished = []
        window.work.finished.connect(finished.append)
        window.actions_by_id[action].trigger()
        qtbot.waitUntil(until or (lambda: bool(finished)), timeout=LONG)

    return agree


@pytest.fixture
def notice_texts():
    """A function: window → what its bars say."""

    def notice_texts(window):
        return [notice.text.text() for notice in window.centre.notices.findChildren(Notice)]

    return notice_texts
