"""What the tests of the window share: Qt without a screen, a library with a few tracks, the real table on it, and
the whole window, opened and closed, with music and what a person does.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import mutagen.id3
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont, QUndoStack
from PySide6.QtWidgets import QApplication

from app.dialogs.write import WriteDialog
from app.jobs.loader import Loader
from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.look import theme
from app.look.notices import Notice
from app.settings.places import Places
from app.table.track_list import TrackList
from app.table.track_view import TrackView
from app.window.main_window import MainWindow
from genre_tagger.base.places import asset
from genre_tagger.files.values import ScannedTrack
from genre_tagger.library.library import Library
from genre_tagger.line import scan_into
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder
from helpers.patience import LONG
from helpers.tracks import predicted, scanned

#: title, genres of the file, what the model says of it and how sure it is
SHELF = (
    ("Alone", (), "Jazz", 0.9),
    ("Blue", ("Rock",), "Blues", 0.8),
    ("Cold", (), "Metal", 0.3),
    ("Dawn", ("Pop",), "Pop", 0.95),
    ("Echo", (), None, 0.0),
    ("Fire", (), "Rock", 0.7),
)


@pytest.fixture(autouse=True)
def _no_worker_left(home) -> Iterator[None]:
    """Fail a test that forgot to stop its jobs or queries; they are daemons, which the other watchman lets pass."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 2
    while left := [t.name for t in threading.enumerate() if t not in before and t.name in ("jobs", "queries", "views")]:
        if time.monotonic() > deadline:
            pytest.fail(f"left running: {left}")
        time.sleep(0.02)


def shelved(path: str, title: str, genres: tuple[str, ...] = (), number: int = 1) -> ScannedTrack:
    """A file of one album, scanned."""
    return scanned(
        path, title=title, artist=f"Artist of {title}", album="Album", number=number, genres=genres, length=61.0,
        container="FLAC", size=1000,
    )  # fmt: skip


@pytest.fixture
def library_path(tmp_path) -> str:
    return str(tmp_path / "library.sqlite3")


@pytest.fixture
def paths(library_path) -> dict[str, str]:
    """The files of a small library, by title."""
    files = {title: f"/music/{title}.flac" for title, *_ in SHELF}
    with Library.open(library_path) as library:
        for title, genres, genre, probability in SHELF:
            library.store(shelved(files[title], title, genres))
            if genre is not None:
                library.store(predicted(files[title], genre, probability))
    return files


@pytest.fixture
def many(library_path) -> Callable[[int], None]:
    """A function that fills the library with so many tracks."""

    def fill(count: int) -> None:
        with Library.open(library_path) as library:
            for start in range(0, count, 2000):
                stretch = range(start, min(count, start + 2000))
                library.store(*(shelved(f"/music/{n:06}.flac", f"Track {n:06}", number=n) for n in stretch))

    return fill


@pytest.fixture
def queries(qapp, library_path) -> Iterator[Queries]:
    queries = Queries(library_path)
    yield queries
    assert queries.stop()


@pytest.fixture
def view(qtbot) -> TrackView:
    view = TrackView()
    qtbot.addWidget(view)
    view.resize(1400, 400)
    return view


@pytest.fixture
def undo_stack(qapp) -> QUndoStack:
    return QUndoStack()


@pytest.fixture
def library_state(qapp) -> LibraryState:
    """What is known of the library: nothing, with the usual policy."""
    return LibraryState()


@pytest.fixture
def track_list(queries, view, undo_stack, library_state) -> TrackList:
    """The table on the library, empty until `reload`."""
    return TrackList(queries, view, undo_stack, library_state)


@pytest.fixture
def wait_for(qtbot) -> Callable[[Callable[[], object]], None]:
    """A function that turns the event loop until a condition holds."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=LONG)


@pytest.fixture
def showing(wait_for, track_list) -> Callable[[Callable[[], object]], int]:
    """A function that does something that brings other rows, waits for them, and says how many there are."""

    def act(change: Callable[[], object]) -> int:
        shown: list[int] = []
        track_list.shown.connect(shown.append)
        change()
        wait_for(lambda: shown)
        return shown[-1]

    return act


@pytest.fixture
def table(paths, track_list, view, showing) -> TrackList:
    """The table, shown, with the small library in it."""
    view.show()
    showing(track_list.reload)
    return track_list


@pytest.fixture
def larger_text(qapp) -> Iterator[None]:
    """Text of twice the size."""
    before = qapp.font()
    larger = QFont(before)
    larger.setPointSizeF(2 * before.pointSizeF())
    qapp.setFont(larger)
    yield
    qapp.setFont(before)


@pytest.fixture
def loader(qapp):
    loader = Loader()
    yield loader
    assert loader.stop()


# --- the whole window ---------------------------------------------------------------------------------------------

_TRAIN = ("Dusty Rails", "Night Line", "01 Slow Train at Dusk.mp3")
_QUARTET = ("Compilations", "Rehearsal Recordings", "quartet take 2.wav")


@pytest.fixture
def places(home):
    return Places.usual()


@pytest.fixture
def open_window(qtbot, places):
    """A function that opens the window as the program does; whatever it opened is closed at the end."""
    opened = []

    def open_(paths=(), places=places, size=(1280, 800)):
        theme.apply("light")
        window = MainWindow(places, list(paths))
        opened.append(window)
        if len(opened) == 1 and size:
            window.resize(*size)  # whatever screen there is, the details have room; later ones have their own size
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
def shown_names(qtbot):
    """A function: window → names of the files in its rows, once they are loaded."""

    def shown_names(window):
        model = window.tracks.model
        qtbot.waitUntil(lambda: all(model.track_at(row) for row in range(len(model.ids()))), timeout=LONG)
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


@pytest.fixture
def known(places) -> Callable[[str], str]:
    """A function: folder → the same; the library knows what is in it, as if it had been scanned and listened to."""

    def known(folder: str) -> str:
        model = ModelCard.read(default_model_folder()).name_in(default_model_folder())
        with Library.open(places.library) as library:
            library.add_folder(folder)
            for _ in scan_into(library, [folder]):
                pass
            library.store(*(predicted(track.path, "Jazz", 0.9, model) for track in library.tracks()))
        return folder

    return known


@pytest.fixture
def known_music(music, known) -> str:
    """The folder of music, which the library knows."""
    return known(music)
