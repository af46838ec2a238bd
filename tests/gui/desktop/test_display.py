"""A program that cannot show its window ends with a sentence: no crash, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_LACKS = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "PySide6.QtGui":
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

sys.meta_path.insert(0, Missing())
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="displays and their variables as Linux has them")


@pytest.fixture
def start(home):
    """A function that starts the program with these variables: its exit status and what it says."""

    def start(**variables):
        kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        command = [sys.executable, "-P", "-m", "app"]
        path = os.pathsep.join((variables.pop("first", home), *sys.path))
        ended = subprocess.run(
            command, env={**kept, "PYTHONPATH": path, **variables}, capture_output=True, text=True, timeout=60
        )
        assert ended.stdout == ""
        return ended.returncode, ended.stderr

    return start


def sentence(reason):
    return f"genre-tagger: The window cannot be shown. {reason} Without a window, genre-tagger-cli does the same.\n"


def test_without_a_display_it_says_so(start):
    assert start() == (3, sentence("There is no display here."))


def test_a_display_that_cannot_be_reached_is_named(start):
    status, said = start(DISPLAY=":4711", QT_LOGGING_RULES="qt.qpa.*=true")
    assert status == 3
    assert said.endswith(sentence("The display :4711 cannot be reached."))


def test_where_qt_has_no_way_to_the_display_its_own_words_are_passed_on(start):
    status, said = start(QT_QPA_PLATFORM="nonsense")
    assert status == 3
    assert "Qt finds no way to it: " in said
    assert '"nonsense"' in said
    assert "Traceback" not in said


def test_a_library_of_the_system_that_is_missing_is_named(start, tmp_path):
    with open(os.path.join(str(tmp_path), "sitecustomize.py"), "w", encoding="utf-8") as file:
        file.write(_LACKS)
    status, said = start(first=str(tmp_path), DISPLAY=":1")
    assert status == 3
    assert "A library of the system is missing" in said
    assert "Traceback" not in said
    assert said.count("\n") == 1
