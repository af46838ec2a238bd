"""Leaving by a signal, in a process of its own."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_window_closes_on_a_polite_signal_with_its_state_saved(tmp_path, home, media, number):
    library = tmp_path / "library.sqlite3"
    folder = tmp_path / "music"
    folder.mkdir()
    media("mp3", "music/song.mp3")
    program = subprocess.Popen([sys.executable, "-m", "app", "--library", str(library), str(folder)])
    try:
        deadline = time.monotonic() + 60
        while not tracks(library):
            assert program.poll() is None
            assert time.monotonic() < deadline, "nothing was scanned"
            time.sleep(0.05)
        program.send_signal(number)
        assert program.wait(15) == 0
    finally:
        program.kill()
        program.wait()
    assert list(Path(home).rglob("window.json"))


def tracks(library):
    if not library.exists():
        return 0
    with contextlib.closing(sqlite3.connect(library)) as db:
        try:
            return db.execute("SELECT count(*) FROM tracks").fetchone()[0]
        except sqlite3.OperationalError:  # not made yet
            return 0
