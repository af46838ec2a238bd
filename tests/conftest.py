"""What all tests share: private copies of small audio files, a home of their own, two watchmen, and a last word."""

from __future__ import annotations

import ast
import compileall
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from PySide6.QtCore import qInstallMessageHandler

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")

# Other tests run beside: how long it takes to make or to try an example says nothing.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# librosa's compiled functions: two processes that fill numba's cache at once spoil it, and whoever reads it crashes.
if os.access(sys.prefix, os.W_OK):
    _WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(sys.prefix, "numba-cache", _WORKER))


@dataclass(frozen=True, slots=True)
class Medium:
    """One row of the table of test files: what is in it, and what can be done with it."""

    file: str
    genres: tuple[str, ...] = ("Jazz",)
    tagged: bool = True  # has title, artist, album and track (see data/README.md)
    audible: bool = True  # its sound can be decoded
    healthy: bool = True


MEDIA = {
    "mp3": Medium("mp3.mp3"),
    "mp3-v23": Medium("mp3-v23.mp3", ("Rock",)),
    "mp3-many": Medium("mp3-many.mp3", ("Jazz", "Blues")),
    "mp3-ape": Medium("mp3-ape.mp3"),
    "mp3-nogenre": Medium("mp3-nogenre.mp3", ()),
    "mp3-bare": Medium("mp3-bare.mp3", (), tagged=False),
    "m4a": Medium("m4a.m4a"),
    "m4a-fast": Medium("m4a-fast.m4a"),
    "m4a-fragmented": Medium("m4a-fragmented.m4a", (), tagged=False),
    "alac": Medium("alac.m4a"),
    "flac": Medium("flac.flac"),
    "oga": Medium("oga.oga"),
    "ogg": Medium("ogg.ogg"),
    "ogg-chained": Medium("ogg-chained.ogg", audible=False),  # FFmpeg gives up at the second codec
    "opus": Medium("opus.opus"),
    "speex": Medium("speex.spx"),
    "wav": Medium("wav.wav", (), tagged=False),
    "wav-tagged": Medium("wav-tagged.wav"),
    "aiff": Medium("aiff.aiff"),
    "wma": Medium("wma.wma"),
    "wv": Medium("wv.wv"),
    "mpc": Medium("mpc.mpc"),
    "tta": Medium("tta.tta"),
    "dsf": Medium("dsf.dsf"),
    "ape": Medium("ape.ape"),
    "ofr": Medium("ofr.ofr", audible=False),
    "tak": Medium("tak.tak", audible=False),
    "broken": Medium("broken.mp3", (), tagged=False, audible=False, healthy=False),
    "truncated": Medium("truncated.flac", audible=False, healthy=False),
    "text": Medium("text.mp3", (), tagged=False, audible=False, healthy=False),
    "empty": Medium("empty.mp3", (), tagged=False, audible=False, healthy=False),
}

#: Arguments that run a test once per file: `def test_…(media, tagged_name): path = media(tagged_name)`.
_CHOICES: dict[str, Callable[[Medium], bool]] = {
    "media_name": lambda medium: medium.healthy,
    "tagged_name": lambda medium: medium.healthy and medium.tagged,
    "audible_name": lambda medium: medium.healthy and medium.audible,
    "broken_name": lambda medium: not medium.healthy,
}


def _compile_once() -> None:
    """Compile the program, which the many processes that tests start would do anew each where none may keep it."""
    if sys.dont_write_bytecode and "PYTEST_XDIST_WORKER" not in os.environ:
        for package in ("app", "genre_tagger"):
            compileall.compile_dir(os.path.join(os.path.dirname(_DATA), "..", package), quiet=2)


def pytest_configure() -> None:
    """Have Qt's words heard by Python from the first test to the last.

    pytest-qt hears them during a test. If nobody did between two tests, a thread of Qt's that speaks up just when
    it stops hearing them (the sound's does: no device) would find nobody to call, and the interpreter would crash.
    """
    _compile_once()
    qInstallMessageHandler(lambda _kind, _context, text: print(text, file=sys.__stderr__))


def pytest_unconfigure() -> None:
    """Let Qt speak for itself before the interpreter goes."""
    qInstallMessageHandler(None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say at the end, before pytest's own closing line, which parts were not tested and why."""
    yield
    skipped = {report.nodeid: str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())}
    if not skipped:
        return
    terminalreporter.section("not tested here")
    for reason in sorted(set(skipped.values())):
        terminalreporter.line(f"{reason.removeprefix('Skipped: ')}. Therefore not:")
        files = [nodeid.partition("::")[0] for nodeid, why in skipped.items() if why == reason]
        for file in sorted(set(files)):
            about = _about(terminalreporter.config.rootpath / file)
            terminalreporter.line(f"  {files.count(file)} in {file}" + (f" ({about})" if about else ""))


def _about(path: Path) -> str:
    """What a file of tests says it is about: the first sentence in it, which names the part of the program."""
    text = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return text.partition("\n")[0].rstrip(".")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for argument, chosen in _CHOICES.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, [name for name, medium in MEDIA.items() if chosen(medium)])


@pytest.fixture(scope="session")
def media_table() -> dict[str, Medium]:
    """The table of the test files, by name."""
    return MEDIA


@pytest.fixture
def media(tmp_path) -> Callable[..., str]:
    """A function: name in the table (and a file name to use) → path of a private copy."""

    def copy(name: str, as_name: str | None = None) -> str:
        medium = MEDIA[name]
        target = os.path.join(str(tmp_path), as_name or medium.file)
        stem, extension = os.path.splitext(target)
        number = 2
        while os.path.lexists(target):
            target, number = f"{stem}-{number}{extension}", number + 1
        os.makedirs(os.path.dirname(target), exist_ok=True)
        return shutil.copyfile(os.path.join(_DATA, medium.file), target)

    return copy


@pytest.fixture
def write_wav(tmp_path) -> Callable[..., str]:
    """A function: samples [shape=(n,) or (n, channels)], rate (and a name) → path of a WAV file of 32-bit floats."""

    def write(y, sr: int = 22_050, name: str = "sound.wav") -> str:
        import numpy as np
        import soundfile

        path = os.path.join(str(tmp_path), name)
        soundfile.write(path, np.asarray(y, dtype=np.float32), sr, subtype="FLOAT")
        return path

    return write


@pytest.fixture(scope="session")
def librosa():
    """What our own numbers are compared with; its import takes seconds, and may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa
    return librosa


@pytest.fixture(scope="session")
def data_folder() -> str:
    """The folder with research data, where there is one."""
    folder = os.environ.get("GENRE_TAGGER_DATA", "")
    if not folder:
        pytest.skip("GENRE_TAGGER_DATA does not name the data folder")
    if not os.path.isdir(folder):
        pytest.skip(f"GENRE_TAGGER_DATA names {folder}, which is not there")
    return folder


@pytest.fixture(scope="session")
def _homes() -> Iterator[str]:
    # Short, because sockets below it may have no more than 108 bytes in their path.
    with tempfile.TemporaryDirectory(prefix="gt-", ignore_cleanup_errors=True) as folder:
        os.mkdir(os.path.join(folder, "run"), 0o700)
        yield folder


@pytest.fixture(autouse=True)
def home(_homes, monkeypatch) -> str:
    """An empty home for each test; what the program keeps goes below it."""
    folder = tempfile.mkdtemp(dir=_homes)
    monkeypatch.setenv("HOME", folder)
    for variable, below in {
        "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state",
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, os.path.join(folder, below))
    monkeypatch.setenv("XDG_RUNTIME_DIR", os.path.join(_homes, "run"))
    return folder


@pytest.fixture(autouse=True)
def _nothing_left_running(home) -> Iterator[None]:
    """Fail a test that leaves a thread or a process behind."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 2
    while left := _left_running(before):
        if time.monotonic() > deadline:
            pytest.fail(f"left running: {left}")
        time.sleep(0.02)


def _left_running(before: set[threading.Thread]) -> list[str]:
    threads = [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]
    # Decoding processes stay for what comes next, and go with the interpreter.
    processes = [process.name for process in multiprocessing.active_children()]
    return threads + [name for name in processes if name != "genre-tagger-decoder"]


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(f"{record.name}: {record.levelname}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _nothing_complained(request) -> Iterator[None]:
    """Fail a test during which something was logged as a warning or worse, unless it asked for `caplog`."""
    listener = _Listener()
    root = logging.getLogger()
    root.addHandler(listener)
    yield
    root.removeHandler(listener)
    if listener.records and "caplog" not in request.fixturenames:
        pytest.fail("logged during the test:\n" + "\n".join(listener.records))
