"""The program as it is started: its arguments, and what it must not load before the window is seen."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import app
from genre_tagger import __version__

# Each costs between a few milliseconds and several seconds to import, or is made when the window has been seen.
HEAVY = (
    "tensorflow", "keras", "numpy", "mutagen", "librosa", "scipy", "numba", "ai_edge_litert", "soundfile", "av",
    "pyqtgraph", "app.sound.views", "app.sound.player.player", "app.settings.dialog", "app.dialogs",
    "sqlite3", "datetime", "html", "importlib.resources", "genre_tagger.library.tracks",
)  # fmt: skip
# PySide6 makes a class when it is first asked for, with all that it has names for: 700 those of QStyle.
CLASSES = ("QStyle", "QGradient", "QImage", "QUrl", "QDialog", "QMessageBox", "QFileDialog", "QColorDialog")


def run(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Show the window of a new library in a process of its own, and give what an expression says there."""
    for name in ("LIBRARY", "SETTINGS", "STATE", "CACHE"):
        monkeypatch.setenv(f"GENRE_TAGGER_{name}", str(tmp_path / name.lower()))

    def ask(expression):
        script = (
            "import linecache, sys\n"
            "from app.__main__ import show\n"
            "from app.settings.places import Places\n"
            "app, window = show(Places.usual())\n"
            "from PySide6 import QtCore, QtGui, QtWidgets\n"
            f"print(({expression}))\n"
        )
        return run("-c", script).stdout.strip()

    return ask


def test_nothing_heavy_is_loaded_before_the_window_is_seen(shown):
    assert shown(f"window.isVisible(), [name for name in {HEAVY} if name in sys.modules]") == "(True, [])"


def test_no_class_with_many_names_is_made_before_the_window_is_seen(shown):
    modules = "QtCore, QtGui, QtWidgets"
    assert shown(f"[name for name in {CLASSES} if any(name in vars(module) for module in ({modules}))]") == "[]"
    # One that the window needs is found where the others are looked for.
    assert shown("'QPushButton' in vars(QtWidgets)") == "True"


def test_no_source_of_its_own_is_read_when_it_starts(shown):
    folder = os.path.dirname(app.__file__)
    assert shown(f"[path for path in linecache.cache if path.startswith({folder!r})]") == "[]"


def test_it_says_its_version_without_a_window():
    assert run("-m", "app", "--version").stdout.strip() == f"genre-tagger {__version__}"


@pytest.mark.parametrize("argument", ["--library", "FOLDER"])
def test_its_help_names_what_it_takes(argument):
    assert argument in run("-m", "app", "--help").stdout
