"""The window on the desktop: jobs that are told of, writing that is not slept through, and coming and going."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.__main__ import join_desktop
from app.desktop.dbus.presence import Presence, said_of
from app.jobs.wishes import JobKind, Tally, Wish
from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Policy, propose

_FAILURE = FileFailure("/music/a.mp3", "It is in use.", "write")


def ended(kind, *counts, **more):
    """How a job of a kind ended."""
    return Tally(Wish(kind=kind, title="Writing", work=list), *counts, **more)


@pytest.fixture
def presence(window):
    """A function that joins the window with the desktop; jobs of so many seconds are long."""
    made = []

    def join(long=0.0):
        made.append(Presence(window, long=long))
        return made[-1]

    yield join
    for presence in made:
        presence.close()


@pytest.fixture
def desk(serve, session, services):
    """A service that shows notifications on the session bus."""
    return serve(session, services["Notifications"]())


@pytest.fixture
def agreed(window):
    """What is to be written into the three songs: Rock."""
    policy = Policy(window.settings.settings.policy.mode, 0.5)
    with Library.open(window.queries.library_path) as library:
        for track in list(library.tracks()):
            library.decide([track.id], Decision(True, ("Rock",)))
        return [propose(track, policy) for track in library.tracks()]


def test_a_long_job_that_nobody_looks_at_is_told_of(presence, desk, window, until, agreed):
    joined = presence()
    until(lambda: joined._bus.connection)
    window.hide()
    window.work.write(agreed, keep_mtime=False)
    until(lambda: desk.shown)
    assert (desk.shown[0]["title"], desk.shown[0]["body"]) == ("Genres are written", "3 files written.")
    until(lambda: joined._notifier._shown)  # the desktop's answer comes later than it shows anything
    desk.ActionInvoked.emit(joined._notifier._shown, "default")
    until(window.isVisible)


def test_a_short_job_and_one_that_is_looked_at_are_not(presence, desk, window, until, qtbot):
    folder = os.path.dirname(window.tracks.model.track_at(0).path)
    joined = presence(long=1000.0)
    until(lambda: joined._bus.connection)
    window.hide()
    for _ in range(2):
        with qtbot.waitSignal(window.work.queue.idle, timeout=20_000):
            window.work.scan([folder])
        joined._long = 0.0
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
    qtbot.wait(100)
    assert desk.shown == []


def test_sleep_is_held_off_while_files_are_written_and_undone(
    presence, serve, system, services, window, until, agreed, qtbot
):
    login = serve(system, services["Login"]())
    joined = presence()
    held = []
    window.work.outcomes.connect(lambda wish, _: held.append((wish.kind, joined._awake.held)))
    with qtbot.waitSignal(window.work.finished, timeout=20_000) as done:
        window.work.write(agreed, keep_mtime=False)
    assert done.args[0].done == 3
    until(lambda: login.held() == 0)
    assert (JobKind.WRITE, True) in held
    assert not joined._awake.held


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (ended(JobKind.WRITE, 34), ("Genres are written", "34 files written.")),
        (ended(JobKind.WRITE, 1, [_FAILURE] * 2),
         ("Genres are written", "1 file written. 2 files could not be written and stayed as before.")),
        (ended(JobKind.UNDO, 2, [_FAILURE]),
         ("Genres are taken back", "2 files given back as before. 1 file could not be undone and stayed as now.")),
        (ended(JobKind.CLASSIFY, 203), ("Listening is done", "203 files heard.")),
        (ended(JobKind.CLASSIFY), None),
        (ended(JobKind.SCAN, 5), ("Scanning is done", "5 files new or changed.")),
        (ended(JobKind.DESCRIBE, 5), ("The features are computed", "5 files computed.")),
        (ended(JobKind.WRITE, 3, error="The disk\nis full."), ("Writing was interrupted", "The disk is full.")),
        (ended(JobKind.WRITE, 3, cancelled=True), None),
        (ended(JobKind.OPEN), None),
    ],
)  # fmt: skip
def test_what_is_said_of_a_job_is_plain(tally, said):
    assert said_of(tally) == said


@pytest.mark.parametrize("kind", JobKind)
def test_there_are_words_for_every_kind_of_job_that_is_told_of(kind):
    said = said_of(ended(kind, 2, [_FAILURE]))
    untold = (
        JobKind.OPEN, JobKind.PREPARE, JobKind.FORGET, JobKind.LEARN, JobKind.PLAN, JobKind.COMPARE,
        JobKind.EXPORT, JobKind.IMPORT,
    )  # fmt: skip
    assert (said is None) is (kind in untold)


def test_without_any_bus_the_window_works_as_ever(window, qtbot):
    join_desktop(window)
    with qtbot.waitSignal(window.work.finished, timeout=20_000):
        window.work.scan([os.path.dirname(window.tracks.model.track_at(0).path)])


_WHOLE = """
import sys
from PySide6.QtCore import QTimer
from app.__main__ import join_desktop
from app.__main__ import show
from app.settings.places import Places

app, window = show(Places.usual(model=sys.argv[1]))
QTimer.singleShot(0, window.start)
QTimer.singleShot(0, lambda: join_desktop(window))

def leave(tries=150):
    from PySide6.QtDBus import QDBusConnection
    there = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "test").interface()
    is_there = there.isServiceRegistered("org.mpris.MediaPlayer2.genre_tagger").value()
    if not is_there and tries:
        QTimer.singleShot(100, lambda: leave(tries - 1))
        return
    print(is_there, flush=True)
    window.leave()

QTimer.singleShot(500, leave)
sys.exit(app.exec())
"""


def test_the_program_comes_and_goes_without_a_word(session, home, until):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.qpa.*=false"}
    process = subprocess.Popen(
        [sys.executable, "-c", _WHOLE, os.path.join(home, "none")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    said, complained = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (0, "True")
    assert [line for line in complained.splitlines() if "propagateSizeHints" not in line] == []
