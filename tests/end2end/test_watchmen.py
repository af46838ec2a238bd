"""The watchmen in conftest.py do fail a test that they should fail."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture
def verdict(tmp_path):
    """A function: body of a test → the last line of pytest running it under the shared conftest."""

    def verdict(arguments, *body):
        path = tmp_path / "test_body.py"
        lines = "\n".join(f"    {line}" for line in body)
        path.write_text(f"import logging, os, subprocess, threading, time\n\ndef test_body({arguments}):\n{lines}\n")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-p", "no:cacheprovider",
                   "-c", os.devnull, "--rootdir", str(tmp_path), str(path)]  # fmt: skip
        run = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": _TESTS}, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        return run.stdout.strip().splitlines()[-1]

    return verdict


def test_a_harmless_test_passes(verdict):
    assert verdict("", "threading.Thread(target=time.sleep, args=(0.1,)).start()").startswith("1 passed")


def test_a_thread_left_running_fails_its_test(verdict):
    line = verdict("", "threading.Thread(target=time.sleep, args=(4,)).start()")
    assert "1 error" in line


def test_a_warning_in_the_log_fails_its_test(verdict):
    assert "1 error" in verdict("", "logging.getLogger('x').warning('odd')")


def test_a_warning_in_the_log_is_allowed_where_the_test_asks_for_it(verdict):
    assert verdict("caplog", "logging.getLogger('x').warning('odd')").startswith("1 passed")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_end_of_a_run_says_what_was_not_tested_and_why(tmp_path, workers):
    (tmp_path / "test_desk.py").write_text(
        '"""A desk and its legs.\n\nMore of it."""\nimport pytest\n'
        "@pytest.mark.parametrize('leg', [1, 2])\ndef test_leg(leg): pytest.skip('a saw is missing')\n"
        "def test_top(): pytest.skip('no wood is there')\n"
        "def test_ready(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-p", "no:cacheprovider", "-n", workers,
               "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": _TESTS}
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    lines = run.stdout.strip().splitlines()
    assert lines[-1].startswith("1 passed, 3 skipped in ")
    assert lines[-5:-1] == [
        "a saw is missing. Therefore not:", "  2 in test_desk.py (A desk and its legs)",
        "no wood is there. Therefore not:", "  1 in test_desk.py (A desk and its legs)",
    ]  # fmt: skip


def test_qt_is_heard_also_while_no_test_runs(tmp_path):
    # What is asked here runs while tests are collected; pytest-qt hears nothing then.
    (tmp_path / "test_body.py").write_text(
        "from PySide6.QtCore import qInstallMessageHandler\n"
        "heard_by = qInstallMessageHandler(None)\n"
        "qInstallMessageHandler(heard_by)\n"
        "def test_body():\n"
        "    assert heard_by is not None\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(tmp_path)]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).returncode == 1
    environment = os.environ | {"PYTHONPATH": _TESTS}
    assert subprocess.run([*command, "-p", "conftest"], cwd=tmp_path, env=environment, timeout=60).returncode == 0
