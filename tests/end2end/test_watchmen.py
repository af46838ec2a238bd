"""The watchmen in conftest.py do fail a test that they should fail."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

_TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_WATCHED = """
import logging, threading, time

def test_harmless():
    threading.Thread(target=time.sleep, args=(0.1,)).start()

def test_that_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(4,)).start()

def test_with_a_warning():
    logging.getLogger("x").warning("odd")

def test_that_asks_for_its_warning(caplog):
    logging.getLogger("x").warning("odd")
"""
_DESK = '''"""A desk and its legs.

More of it."""
import pytest

@pytest.mark.parametrize("leg", [1, 2])
def test_leg(leg):
    pytest.skip("a saw is missing")

def test_top():
    pytest.skip("no wood is there")

def test_ready():
    pass
'''
_SAID = [
    "a saw is missing. Therefore not:", "  2 in test_desk.py (A desk and its legs)",
    "no wood is there. Therefore not:", "  1 in test_desk.py (A desk and its legs)",
]  # fmt: skip
# What is asked here runs while tests are collected; pytest-qt hears nothing then.
_HEARD = """
from PySide6.QtCore import qInstallMessageHandler
heard_by = qInstallMessageHandler(None)
qInstallMessageHandler(heard_by)

def test_that_qt_is_heard_while_no_test_runs():
    assert heard_by is not None
"""


@dataclass(frozen=True)
class Run:
    """What became of each test by its name, the lines that were said, and the status."""

    verdicts: dict[str, str]
    lines: list[str]
    status: int


def run(folder: Path, files: dict[str, str], *more: str) -> Run:
    """Run pytest on files of its own; a process for each run, so few of them."""
    for name, text in files.items():
        (folder / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", str(folder / "run.xml"),
               "-c", os.devnull, "--rootdir", str(folder), *more, str(folder)]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": _TESTS}
    ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60)
    verdicts: dict[str, str] = {}
    # A test that passed and was failed by a watchman afterwards stands there twice.
    for case in ElementTree.parse(folder / "run.xml").iter("testcase"):
        troubles = [child.tag for child in case if child.tag in ("error", "failure", "skipped")]
        if troubles or case.get("name", "") not in verdicts:
            verdicts[case.get("name", "")] = next(iter(troubles), "passed")
    return Run(verdicts, ended.stdout.strip().splitlines(), ended.returncode)


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Run:
    """A run under the shared conftest, by one process."""
    files = {"test_watched.py": _WATCHED, "test_desk.py": _DESK, "test_heard.py": _HEARD}
    return run(tmp_path_factory.mktemp("watched"), files, "-p", "conftest")


@pytest.mark.parametrize(("name", "verdict"), [
    ("test_harmless", "passed"), ("test_that_leaves_a_thread", "error"), ("test_with_a_warning", "error"),
    ("test_that_asks_for_its_warning", "passed"), ("test_that_qt_is_heard_while_no_test_runs", "passed"),
])  # fmt: skip
def test_what_leaves_threads_or_warnings_behind_fails_and_nothing_else(watched, name, verdict):
    assert watched.verdicts[name] == verdict


def test_without_the_watchmen_nobody_hears_qt_between_tests(tmp_path):
    assert run(tmp_path, {"test_heard.py": _HEARD}).status == 1


def test_the_end_of_a_run_says_what_was_not_tested_and_why(watched):
    start = watched.lines.index(_SAID[0])
    assert watched.lines[start : start + 4] == _SAID
    assert watched.lines[start + 4].startswith("6 passed, 3 skipped, 2 errors in ")


def test_the_end_of_a_run_whose_tests_run_in_other_processes_says_so_too(tmp_path):
    lines = run(tmp_path, {"test_desk.py": _DESK}, "-p", "conftest", "-n", "1").lines
    assert lines[-5:-1] == _SAID
    assert lines[-1].startswith("1 passed, 3 skipped in ")
