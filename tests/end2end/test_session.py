"""Writes that are interrupted, in processes of their own: by a polite kill, by a rude one, and what comes after."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy
import pytest
import soundfile

from genre_tagger.files.tags import read_genres
from genre_tagger.line import journal_path

COUNT = 16
SECONDS = 4  # of each file: 700 kB
PATIENCE = 240
PERSON = os.path.join(os.path.dirname(__file__), "person.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


class Sessions:
    """Starts the program on one library, again and again."""

    def __init__(self, folder: Path, home: str) -> None:
        self.music, self.home = folder / "music", Path(home)
        self.library = folder / "library.sqlite3"
        self.output = folder / "output"
        self._program: subprocess.Popen[bytes] | None = None
        self.music.mkdir()
        sound = numpy.random.default_rng(5).normal(0, 0.1, (SECONDS * 44100, 2))
        soundfile.write(self.path(0), sound, 44100, "PCM_16")
        for number in range(1, COUNT):
            shutil.copyfile(self.path(0), self.path(number))

    def path(self, number: int) -> Path:
        return self.music / f"{number:02}.wav"

    def start(self, wish: str, *paths: object) -> None:
        # Without a model nothing is listened to, which would only cost time here.
        model = str(self.library.with_name("no model"))
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "GENRE_TAGGER_MODEL": model}
        command = [sys.executable, PERSON, wish, str(COUNT), "--library", self.library, *paths]
        with self.output.open("wb") as output:
            self._program = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)

    def wait(self, condition) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self._program.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self._program is None:
            return 0
        program, self._program = self._program, None
        program.send_signal(number)
        return program.wait(PATIENCE)

    def said(self) -> str:
        return self.output.read_text()

    def written(self) -> int:
        """How many files the journal says are done."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{journal_path(str(self.library))}?mode=ro", uri=True)) as db:
                return db.execute("SELECT count(*) FROM files WHERE state = 'done'").fetchone()[0]
        except sqlite3.OperationalError:  # not made yet
            return 0

    def genres(self) -> list[tuple[str, ...]]:
        return [read_genres(str(self.path(number))) for number in range(COUNT)]

    def kept(self) -> list[Path]:
        return list(self.home.rglob("unfinished-*.json"))

    def litter(self) -> list[str]:
        return [name for name in os.listdir(self.music) if name.startswith(".")]


def files(count):
    return "1 file" if count == 1 else f"{count} files"


@pytest.fixture
def sessions(tmp_path, home):
    sessions = Sessions(tmp_path, home)
    yield sessions
    sessions.end(signal.SIGKILL)


def test_a_polite_kill_ends_the_file_in_hand_and_the_next_start_writes_the_rest(sessions):
    sessions.start("write", sessions.music)
    sessions.wait(lambda: sessions.written() >= 3)
    assert sessions.end(signal.SIGTERM) == 0
    done = sessions.genres().count(("Polka",))
    assert 3 <= done == sessions.written() < COUNT
    assert sessions.litter() == []
    assert len(sessions.kept()) == 1

    sessions.start("watch")
    sessions.wait(lambda: sessions.written() == COUNT and not sessions.kept())
    assert f"Going on with writing {files(COUNT - done)}, as you agreed" in sessions.said()
    assert sessions.end() == 0
    assert sessions.genres() == [("Polka",)] * COUNT
    assert sessions.litter() == []


def test_after_a_rude_kill_the_rest_is_offered_and_written_when_wanted(sessions):
    sessions.start("write", sessions.music)
    sessions.wait(lambda: sessions.written() >= 3)
    sessions.end(signal.SIGKILL)
    assert len(sessions.kept()) == 1
    # Of the file in hand only the next start can say on which side of the line it is.
    done = sessions.genres().count(("Polka",))
    assert 3 <= done < COUNT

    sessions.start("accept")
    sessions.wait(lambda: sessions.written() == COUNT and not sessions.kept())
    assert f"{files(COUNT - done)} you had agreed to write stayed as before." in sessions.said()
    assert sessions.end() == 0
    assert sessions.genres() == [("Polka",)] * COUNT
    assert sessions.litter() == []


def test_a_drive_that_does_not_answer_keeps_nobody_from_leaving(sessions):
    sessions.start("stick")
    sessions.wait(lambda: "waiting" in sessions.said())
    assert sessions.end(signal.SIGTERM) == 0
    assert list(sessions.home.rglob("window.json"))
