"""A little of the long campaigns in `benchmarks/`: damaged files through the whole line, and kills at system calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the campaigns need processes that fork")


def counts_of(script: str, *options: str) -> dict[str, int]:
    command = [sys.executable, str(ROOT / "benchmarks" / script), str(DATA), *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_damaged_files_go_through_the_whole_line_and_come_back_as_they_were(tmp_path):
    options = ("--only", "mutants", "--mutants", "40", "--keep", str(tmp_path))
    counts = counts_of("mutants.py", *options)["mutants"]
    assert counts["mutants"] == counts["files"] == 40
    assert counts["written"] > 5
    assert {name: count for name, count in counts.items() if name.isupper() and count} == {}


def test_a_kill_before_a_system_call_leaves_the_old_or_the_new_file():
    counts = counts_of("fault_campaign.py", "--only", "traced", "--names", "mp3.mp3", "--every", "37")
    if "traced kill: only Linux on x86-64" in counts:
        pytest.skip("system calls are known of Linux on x86-64 alone")
    harm = ("HARMED", "LEFTOVERS", "NOT SETTLED", "UNDO FAILED", "CAME APART", "NOT IDENTICAL AFTER UNDO")
    for way in "ABC":
        for situation in ("fits", "grows", "no tag"):
            assert counts[f"traced kill, {situation}, {way}: runs"] > 0
    assert {name: count for name, count in counts.items() if name.endswith(harm) and count} == {}


def test_a_kill_while_music_goes_into_folders_leaves_every_file_once_and_undo_brings_it_back():
    counts = counts_of("organising.py", "--every", "151", "--first", "7")
    if "only Linux on x86-64" in counts:
        pytest.skip("system calls are known of Linux on x86-64 alone")
    assert {name for name in counts if name.endswith("kills")} == {
        f"{way}, {what}: kills" for way in ("same", "copies", "across") for what in ("organise", "undo")
    }
    assert {name: count for name, count in counts.items() if not name.endswith("kills")} == {}


@pytest.mark.slow
def test_a_kill_or_an_unplugged_drive_leaves_no_half_copy():
    counts = counts_of("copy_campaign.py", "--points", "2")
    assert counts["originals, killed"] == counts["smaller, unplugged"] == 1
    assert {name: count for name, count in counts.items() if name.rpartition(": ")[2].isupper()} == {}
