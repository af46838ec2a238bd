"""SIGKILL at random moments of a copy: no half file under a final name, and the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from genre_tagger.files.tags import write_genres

_KILLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "killed.py")


def kill(shelf, *references):
    command = [sys.executable, _KILLED, shelf.library.path, str(shelf.target), *map(str, references), "--kills", "25"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=250)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_kill_at_any_moment_leaves_no_half_file_and_the_next_run_completes_it(shelf, media, tmp_path):
    for number in range(20):
        for name in ("mp3", "mp3-many", "m4a"):
            source = media(name)
            shutil.move(source, shelf.music / f"{number:02} {os.path.basename(source)}")
    big = shelf.music / "big.wav"
    big.write_bytes((shelf.music / "00 mp3.mp3").read_bytes() + os.urandom(4 << 20))
    big.rename(shelf.music / "big.mp3")
    before = shelf.sources()
    shelf.scan()
    report = kill(shelf, tmp_path / "first")
    assert (report["wrong"], report["complete"], report["leftovers"]) == ([], True, [])
    assert report["killed"] >= 3
    assert report["states"] >= 2
    assert shelf.sources() == before

    # Now files are to be replaced and moved as well.
    for number in range(20):
        write_genres(str(shelf.music / f"{number:02} mp3.mp3"), ("Blues",) if number % 2 else ("Jazz", "Rock"))
        os.rename(shelf.music / f"{number:02} m4a.m4a", shelf.music / f"new {number:02}.m4a")
    shelf.scan()
    report = kill(shelf, tmp_path / "first", tmp_path / "second")
    assert (report["wrong"], report["complete"], report["leftovers"]) == ([], True, [])
    assert report["killed"] >= 3
