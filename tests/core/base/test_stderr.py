"""What native libraries print is in the log; standard error has our own words, tracebacks and crashes."""

from __future__ import annotations

import ctypes
import logging
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import soundfile

from genre_tagger.base.stderr import only_our_words

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
pytestmark = pytest.mark.skipif(not hasattr(_LIBC, "gnu_get_libc_version"), reason="only glibc's stderr can be set")

_BIT_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # kbit/s of MPEG-2, layer III
_SR = 22050
_LOGGED = "import logging, sys; logging.basicConfig(filename=sys.argv[1], level='INFO');"


def native(text: str) -> None:
    """Print as a C library does."""
    stream = ctypes.c_void_p.in_dll(_LIBC, "stderr")
    _LIBC.fputs(text.encode(), stream)


def python(script: str, *arguments: object, **how) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **how)


def frames_of(mp3: bytes) -> list[bytes]:
    frames, at = [], 0
    while at + 4 <= len(mp3):
        size = 72_000 * _BIT_RATES[mp3[at + 2] >> 4] // _SR + (mp3[at + 2] >> 1 & 1)
        frames.append(mp3[at : at + size])
        at += size
    return frames


@pytest.fixture
def cut(tmp_path):
    """A folder of MP3 files whose sound begins in the middle: what their first frames refer to is not there."""
    folder = tmp_path / "cut"
    folder.mkdir()
    t = np.arange(8 * _SR)
    y = np.where(t // _SR % 2, 0.3, 0.003) * np.random.default_rng(0).uniform(-1, 1, len(t))
    y[:: _SR // 3] = 1
    soundfile.write(tmp_path / "whole.mp3", y, _SR, bitrate_mode="CONSTANT", compression_level=0.3)
    first, *others = frames_of((tmp_path / "whole.mp3").read_bytes())
    assert b"Info" in first
    for begin in range(90, 140, 5):
        (folder / f"{begin}.mp3").write_bytes(first + b"".join(others[begin:]))
    return folder


def test_what_libmpg123_says_of_a_cut_file_is_in_the_log_of_the_command_line(cut, tmp_path):
    logged = tmp_path / "log"
    ours = "['--quiet', 'describe', '--cores', '4', sys.argv[2], sys.argv[2] + '/gone.mp3']"
    run = python(f"{_LOGGED} from genre_tagger.cli.__main__ import main; sys.exit(main({ours}))", logged, cut)
    assert run.returncode == 1
    assert run.stderr.startswith(str(cut / "gone.mp3"))
    assert len(run.stderr.splitlines()) == 1
    said = logged.read_text()
    assert "INFO:genre_tagger.base.stderr:" in said
    assert "part2_3_length" in said
    alone = python("import soundfile, sys; soundfile.read(sys.argv[1])", cut / "100.mp3")
    assert alone.stderr  # otherwise all this would prove nothing


def test_and_in_that_of_the_window(cut, tmp_path):
    logged = tmp_path / "log"
    script = (
        f"{_LOGGED} from app import __main__; from app.window import main_window\n"
        "from genre_tagger.sound.audio import windows\n"
        "import glob, threading\n"
        "start = main_window.MainWindow.start\n"
        "def decode(path): list(windows(path, sr=16000, seconds=1, count=3))\n"
        "def started(window):\n"
        "    start(window)\n"
        "    threads = [threading.Thread(target=decode, args=[p]) for p in glob.glob(sys.argv[2] + '/*')]\n"
        "    for thread in threads: thread.start()\n"
        "    for thread in threads: thread.join()\n"
        "    window.close()\n"
        "main_window.MainWindow.start = started\n"
        "sys.exit(__main__.main(['--library', sys.argv[3]]))"
    )
    quiet = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false"}  # of what the window lacks there
    run = python(script, logged, cut, tmp_path / "library.sqlite3", env=os.environ | quiet)
    assert (run.returncode, run.stderr) == (0, "")
    assert "INFO:genre_tagger.base.stderr:" in logged.read_text()
    assert "part2_3_length" in logged.read_text()


def test_no_decoder_says_a_word_of_broken_files(media, broken_name, tmp_path):
    path = media(broken_name)
    script = "import sys; from genre_tagger.cli.__main__ import main; sys.exit(main(['describe', sys.argv[1]]))"
    run = python(script, path)
    assert all(line.startswith(path) or "described" in line for line in run.stderr.splitlines())


def test_lines_are_logged_whole_and_the_last_one_without_an_end_too(caplog, capfd):
    caplog.set_level(logging.INFO)
    with only_our_words():
        native("Note: Trying ")
        native("to resync…\n\nthe last")
        print("ours", file=sys.stderr)
    assert caplog.messages == ["Note: Trying to resync…", "the last"]
    native("theirs again\n")
    assert capfd.readouterr().err == "ours\ntheirs again\n"


def test_it_ends_with_the_last_of_many_that_use_it(caplog, capfd):
    caplog.set_level(logging.INFO)
    inside, done = threading.Barrier(4), threading.Event()

    def use() -> None:
        with only_our_words(), only_our_words():
            inside.wait(30)
            done.wait(30)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    with only_our_words():
        inside.wait(30)
    native("still logged\n")
    done.set()
    for thread in threads:
        thread.join()
    native("shown\n")
    assert caplog.messages == ["still logged"]
    assert capfd.readouterr().err == "shown\n"


def test_a_flood_from_a_library_that_holds_pythons_lock_stops_nothing(caplog):
    caplog.set_level(logging.INFO)
    holding = ctypes.PyDLL(None)
    with only_our_words():
        stream = ctypes.c_void_p.in_dll(holding, "stderr")
        for _ in range(3):
            holding.fputs(b"much to say\n" * 100_000, stream)
    assert set(caplog.messages[:1000]) == {"much to say"}


def test_children_tracebacks_warnings_and_crashes_stay_on_standard_error():
    script = (
        "import ctypes, subprocess, sys, threading, traceback, warnings\n"
        "from genre_tagger.base.stderr import only_our_words\n"
        "with only_our_words():\n"
        "    subprocess.run([sys.executable, '-c', 'import sys; sys.exit(\"child\")'])\n"
        "    warnings.warn('careful')\n"
        "    thread = threading.Thread(target=lambda: 1 / 0)\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    ctypes.CDLL(None).abort()\n"
    )
    run = python(script)
    assert run.returncode < 0
    for words in ("child", "UserWarning: careful", "ZeroDivisionError", "Fatal Python error: Aborted"):
        assert words in run.stderr


@pytest.mark.parametrize("how", ["raise KeyboardInterrupt", "sys.exit(7)", "1 / 0"])
def test_nothing_said_before_the_end_is_lost(how, tmp_path):
    script = (
        f"{_LOGGED} import ctypes\n"
        "from genre_tagger.base.stderr import only_our_words\n"
        "with only_our_words():\n"
        "    libc = ctypes.CDLL(None)\n"
        "    for i in range(500): libc.fprintf(ctypes.c_void_p.in_dll(libc, 'stderr'), b'line %d\\n', i)\n"
        f"    {how}\n"
    )
    run = python(script, tmp_path / "log")
    assert run.returncode
    assert "line" not in run.stderr.replace(", line ", "")
    logged = (tmp_path / "log").read_text().splitlines()
    assert logged == [f"INFO:genre_tagger.base.stderr:line {i}" for i in range(500)]
