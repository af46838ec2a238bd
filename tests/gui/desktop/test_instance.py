"""One window for a library: two real processes, and what may come over the socket between them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app.desktop import instance
from app.desktop.instance import Instance, join

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets and signals of Unix")
LONG_S = 60


@pytest.fixture
def library(home) -> str:
    return os.path.join(home, "library.sqlite3")


@pytest.fixture
def program(library) -> Iterator:
    """A function that starts the program on the library (or with other arguments); all are ended at the end."""
    started: list[subprocess.Popen] = []

    def start(*arguments, library=library, **options):
        command = [sys.executable, "-m", "app", "--library", library, *arguments]
        started.append(subprocess.Popen(command, **options))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()


def until(condition, process=None):
    deadline = time.monotonic() + LONG_S
    while not condition():
        assert process is None or process.poll() is None, "the program ended"
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def files_of(library) -> str:
    """Where the socket of a library is; the lock is beside it."""
    name = instance._name(os.path.realpath(library))
    return os.path.join(os.environ["XDG_RUNTIME_DIR"], "genre-tagger", name)


def settle(library) -> None:
    """Let the first have been open for a while."""
    with open(files_of(library) + ".lock", "r+b") as file:
        file.write(b"open".ljust(16))


def paths_in(library) -> set[bytes]:
    if not os.path.exists(library):
        return set()
    with contextlib.closing(sqlite3.connect(library)) as db:
        try:
            return {bytes(row[0]) for row in db.execute("SELECT path FROM tracks")}
        except sqlite3.OperationalError:  # not made yet
            return set()


# --- two processes -------------------------------------------------------------------------------------


def test_a_second_start_hands_its_paths_to_the_first_and_ends(program, library, media, tmp_path):
    odd = os.path.join(os.fsencode(tmp_path), b"caf\xe9 \xff", b"so\nng.flac")
    os.mkdir(os.path.dirname(odd))
    shutil.copyfile(media("flac"), odd)
    single = media("mp3", "single.mp3")
    first = program()
    until(lambda: os.path.exists(files_of(library)), first)
    second = program(os.path.dirname(odd), "single.mp3", cwd=os.path.dirname(single))
    assert second.wait(LONG_S) == 0
    until(lambda: paths_in(library) == {odd, os.fsencode(single)}, first)


def test_two_starts_at_once_become_one_window_with_the_paths_of_both(program, library, media):
    names = [media("flac", "a.flac"), media("mp3", "b.mp3")]
    both = [program(name) for name in names]
    until(lambda: paths_in(library) == set(map(os.fsencode, names)))
    until(lambda: any(process.poll() is not None for process in both))
    assert sorted(str(process.poll()) for process in both) == ["0", "None"]


def test_another_library_has_a_window_of_its_own(program, library, home):
    other = os.path.join(home, "other.sqlite3")
    first, second = program(), program(library=other)
    until(lambda: os.path.exists(files_of(library)) and os.path.exists(files_of(other)), first)
    assert second.poll() is None


def test_what_a_killed_program_left_is_in_nobodys_way(program, library, media):
    first = program()
    until(lambda: os.path.exists(files_of(library)), first)
    first.kill()
    first.wait()
    assert os.path.exists(files_of(library))
    song = media("flac")
    second = program(song)
    until(lambda: paths_in(library) == {os.fsencode(song)}, second)
    assert program().wait(LONG_S) == 0


def test_where_the_first_hangs_the_second_says_so_and_ends_with_status_3(program, library, media):
    first = program()
    until(lambda: os.path.exists(files_of(library)), first)
    settle(library)
    first.send_signal(signal.SIGSTOP)
    ours, theirs = os.openpty()
    try:
        # In a terminal a sentence is enough.
        assert program(media("flac"), stderr=theirs).wait(LONG_S) == instance.UNUSABLE
        assert b"does not answer" in os.read(ours, 4096).replace(b"\r\n", b" ")
    finally:
        os.close(ours)
        os.close(theirs)
    first.send_signal(signal.SIGCONT)
    song = media("mp3", "later.mp3")
    assert program(song).wait(LONG_S) == 0
    until(lambda: os.fsencode(song) in paths_in(library), first)


def test_a_start_after_closing_is_a_start_like_any_other(program, library):
    first = program()
    until(lambda: os.path.exists(files_of(library)), first)
    first.send_signal(signal.SIGTERM)
    second = program()
    assert first.wait(LONG_S) == 0
    until(lambda: os.path.exists(files_of(library)), second)


def test_handing_over_needs_no_qt(program, library):
    first = program()
    until(lambda: os.path.exists(files_of(library)), first)
    script = (
        "import sys; from app.__main__ import main\n"
        f"assert main(['--library', {library!r}]) == 0\n"
        "print([name for name in sys.modules if name.startswith('PySide6')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_start_loads_nothing_for_it_before_its_window_is_seen(library):
    script = (
        "import sys; from app.__main__ import arguments, show; from app.desktop.instance import join\n"
        f"places, _ = arguments(['--library', {library!r}])\n"
        "claim, (qt, window) = join(places.library), show(places)\n"
        "print([name for name in ('socket', 'PySide6.QtNetwork', 'sqlite3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S, check=True)
    assert done.stdout.strip() == "[]"


# --- one process ---------------------------------------------------------------------------------------


@pytest.fixture
def claimed() -> Iterator:
    """A function: library → the claim of this process on it; let go at the end."""
    claims: list[Instance] = []

    def claim(library):
        claims.append(join(library))
        assert isinstance(claims[-1], Instance)
        return claims[-1]

    yield claim
    for one in claims:
        one.close()
        if one._lock is not None:
            os.close(one._lock)


@pytest.fixture
def listening(qapp, claimed, library):
    """What arrives at the library from later starts."""
    arrived = []
    claimed(library).listen(lambda paths, token: arrived.append((paths, token)))
    return arrived


def hand_over(qtbot, library, paths) -> Instance | int:
    """Join from another thread, while this one serves."""
    answers: list[Instance | int] = []
    thread = threading.Thread(target=lambda: answers.append(join(library, paths)))
    thread.start()
    qtbot.waitUntil(lambda: bool(answers), timeout=20_000)
    thread.join()
    return answers[0]


def raw(library, message: bytes) -> socket.socket:
    talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    talk.connect(files_of(library))
    talk.sendall(message)
    return talk


def test_the_desktops_leave_to_come_to_front_is_handed_over_too(qtbot, library, listening, monkeypatch):
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "token-1")
    assert hand_over(qtbot, library, ["/music"]) == 0
    assert listening == [(["/music"], "token-1")]


def test_a_library_is_the_same_by_whatever_name(qtbot, library, listening, home):
    link = os.path.join(home, "link")
    os.symlink(os.path.dirname(library), link)
    assert hand_over(qtbot, os.path.join(link, os.path.basename(library)), []) == 0
    assert listening == [([], "")]


def test_many_long_paths_arrive_in_their_order(qtbot, library, listening):
    paths = [f"/{number}/" + "x" * 4000 for number in range(1000)]
    assert hand_over(qtbot, library, paths) == 0
    assert listening == [(paths, "")]


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"\0", b"\0\0\0\0", b"\xff\xff\xff\xff and more", struct.pack(">I", 100) + b"too short",
     struct.pack(">I", 3) + b"odd", struct.pack(">I", 4) + b"\xff\0\xff\0"],
)  # fmt: skip
def test_rubbish_changes_nothing(qtbot, library, listening, rubbish):
    with raw(library, rubbish):
        assert hand_over(qtbot, library, ["/music"]) == 0
    assert listening == [(["/music"], "")]


def test_who_has_another_library_says_so(qtbot, home, library, listening, monkeypatch):
    # Two names that happen to be told apart by nothing but the answer.
    name = os.path.basename(files_of(library))
    monkeypatch.setattr(instance, "_name", lambda path: name)
    assert isinstance(hand_over(qtbot, os.path.join(home, "other.sqlite3"), ["/music"]), Instance)
    assert listening == []


def test_after_a_while_it_counts_as_open(qtbot, library, monkeypatch, claimed):
    monkeypatch.setattr(instance, "_SETTLED_MS", 50)
    one = claimed(library)

    def said() -> bytes:
        with open(files_of(library) + ".lock", "rb") as file:
            return file.read().strip()

    assert said() == b"starting"
    one.listen(lambda paths, token: None)
    qtbot.waitUntil(lambda: said() == b"open", timeout=5000)
    one.close()
    assert said() == b"closing"
    assert not os.path.exists(files_of(library))


@pytest.mark.parametrize("length", [40, 69])
def test_a_long_path_of_the_runtime_folder_is_no_obstacle(qtbot, tmp_path, home, library, claimed, monkeypatch, length):
    runtime = "/tmp/" + f"gt{os.getpid()}".ljust(length - len("/tmp/") - len("/genre-tagger"), "x")
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    try:
        one = claimed(library)
        one.listen(lambda paths, token: None)
        assert os.path.dirname(one.address) == os.path.join(runtime, "genre-tagger")
        assert hand_over(qtbot, library, ["/music"]) == 0
    finally:
        shutil.rmtree(runtime)


def test_only_the_user_can_reach_the_socket(library, listening):
    place = files_of(library)
    assert stat.S_ISSOCK(os.stat(place).st_mode)
    for path in (place, place + ".lock", os.path.dirname(place)):
        assert not os.stat(path).st_mode & 0o077


def test_a_folder_that_others_can_write_to_is_not_used(home, library, claimed, monkeypatch):
    runtime = os.path.join(home, "r")
    os.makedirs(os.path.join(runtime, "genre-tagger"))
    os.chmod(os.path.join(runtime, "genre-tagger"), 0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setattr("tempfile.tempdir", home)
    address = claimed(library).address
    assert os.path.dirname(address) == os.path.join(home, f"genre-tagger-{os.getuid()}")
    assert os.listdir(os.path.join(runtime, "genre-tagger")) == []


def test_without_any_folder_the_program_starts_all_the_same(home, library, claimed, monkeypatch):
    nowhere = os.path.join(home, "file")
    with open(nowhere, "w"):
        pass
    monkeypatch.setenv("XDG_RUNTIME_DIR", nowhere)
    monkeypatch.setattr("tempfile.tempdir", nowhere)
    one = claimed(library)
    one.listen(lambda paths, token: None)
    assert one.address is None


def test_a_full_drive_keeps_nobody_from_starting(library):
    script = (
        "import resource; from app.desktop.instance import Instance, join\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        f"print(isinstance(join({library!r}), Instance))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S, check=True)
    assert done.stdout.strip() == "True"


def test_a_window_that_closes_is_waited_for(library, claimed):
    first = claimed(library)
    first.close()
    lock, first._lock = first._lock, None
    letting_go = threading.Timer(0.3, lambda: os.close(lock))
    letting_go.start()
    assert isinstance(claimed(library), Instance)
    letting_go.join()


@pytest.mark.skipif(sys.platform != "linux", reason="displays of X11")
def test_where_the_display_cannot_be_reached_the_status_is_the_same(library, claimed):
    claimed(library).say(b"open")
    environment = {**os.environ, "DISPLAY": ":4711", "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "app", "--library", library]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONG_S, check=False)
    assert done.returncode == instance.UNUSABLE
    assert "does not answer" in done.stderr


@pytest.mark.parametrize(("said", "words"), [(b"open", "does not answer"), (b"closing", "just being closed")])
def test_without_a_terminal_a_window_says_why_nothing_opens(qapp, library, claimed, monkeypatch, capsys, said, words):
    claimed(library).say(said)
    monkeypatch.setitem(instance._PATIENCE_S, said, 0.1)
    shown = []

    def answer():
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            shown.append(box.text())
            box.accept()

    timer = QTimer(interval=20)
    timer.timeout.connect(answer)
    timer.start()
    assert join(library) == instance.UNUSABLE
    assert words in shown[0]
    assert words in capsys.readouterr().err
