"""The program as it is started: its arguments, and what it must not load before the window is seen."""

from __future__ import annotations

import subprocess
import sys

import pytest

from genre_tagger import __version__

# Each costs between a tenth of a second and several seconds to import, or is made when the window has been seen.
HEAVY = (
    "tensorflow", "keras", "numpy", "mutagen", "librosa", "scipy", "numba", "ai_edge_litert", "soundfile", "av",
    "pyqtgraph", "app.sound.views", "app.sound.player.player", "app.settings.dialog",
)  # fmt: skip


def run(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def test_nothing_heavy_is_loaded_before_the_window_is_seen():
    script = (
        "import sys, app.__main__\n"
        "from PySide6.QtWidgets import QApplication\n"
        "qt = QApplication([])\n"
        "from app.look import theme\n"
        "from app.window.main_window import MainWindow\n"
        "from app.settings.places import Places\n"
        "window = MainWindow(Places.usual())\n"
        "theme.apply('system')\n"
        "window.show()\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    assert run("-c", script).stdout.strip() == "[]"


def test_it_says_its_version_without_a_window():
    assert run("-m", "app", "--version").stdout.strip() == f"genre-tagger {__version__}"


@pytest.mark.parametrize("argument", ["--library", "FOLDER"])
def test_its_help_names_what_it_takes(argument):
    assert argument in run("-m", "app", "--help").stdout
