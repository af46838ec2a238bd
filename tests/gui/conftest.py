"""What the tests of the window share: Qt without a screen, a library with a few tracks, and the real table on it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtGui import QUndoStack

from app.jobs.queries import Queries
from app.jobs.queue import JobQueue
from app.jobs.state import LibraryState
from app.table.track_list import TrackList
from app.table.track_view import TrackView
from genre_tagger.base.errors import FileStamp
from genre_tagger.files.values import ScannedTrack, Tags
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction

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


def scanned(path: str, title: str = "", genres: tuple[str, ...] = (), number: int = 1) -> ScannedTrack:
    tags = Tags(title, f"Artist of {title}", "Album", number, genres, 61.0, "FLAC")
    return ScannedTrack(path, FileStamp(1, abs(hash(path)) % 10**9, 1000, number), tags)


def predicted(path: str, genre: str, probability: float) -> Prediction:
    other = "Disco" if genre != "Disco" else "Reggae"
    return Prediction(path, "model", (Candidate(genre, probability), Candidate(other, 1 - probability)))


@pytest.fixture
def library_path(tmp_path) -> str:
    return str(tmp_path / "library.sqlite3")


@pytest.fixture
def paths(library_path) -> dict[str, str]:
    """The files of a small library, by title."""
    files = {title: f"/music/{title}.flac" for title, *_ in SHELF}
    with Library.open(library_path) as library:
        for title, genres, genre, probability in SHELF:
            library.store(scanned(files[title], title, genres))
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
                library.store(*(scanned(f"/music/{n:06}.flac", f"Track {n:06}", number=n) for n in stretch))

    return fill


@pytest.fixture
def jobs(qapp) -> Iterator[JobQueue]:
    queue = JobQueue()
    yield queue
    assert queue.stop()


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
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)


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
