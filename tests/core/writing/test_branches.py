"""Every branch of what can harm a file is taken by the tests, and a machine sees to it that this stays so."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("write", "journal", "settle", "swap")
HERE = Path(__file__).parent
TESTS = [str(HERE / f"test_{name}.py") for name in ("settle", "swap", "journal", "write", "write_faults")]
SLOW = "not every_format and not any_point and not an_error_at"  # they go through all points of the same branches


def test_all_branches_of_writing_settling_and_the_journal_are_taken(tmp_path: Path) -> None:
    if importlib.util.find_spec("coverage") is None:
        pytest.skip("coverage.py is not installed")
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "data")}
    cover = [sys.executable, "-m", "coverage"]
    include = ",".join(f"*/genre_tagger/writing/{name}.py" for name in MODULES)
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS, "-k", SLOW]
    run = [*cover, "run", "--branch", f"--include={include}", *tests]
    ended = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    report = str(tmp_path / "report.json")
    subprocess.run([*cover, "json", "-o", report], env=environment, capture_output=True, check=True)
    files = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    assert len(files) == len(MODULES)
    missing = {name: (facts["missing_lines"], facts["missing_branches"]) for name, facts in files.items()}
    assert not any(lines or branches for lines, branches in missing.values()), missing
