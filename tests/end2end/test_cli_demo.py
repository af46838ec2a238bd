"""The command line as a user runs it, in processes of its own, on a copy of the demo library."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from genre_tagger.files.tags import read_tags
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_DEMO = os.path.join(_ROOT, "resources", "demo")
_BROKEN = "download.mp3"
# Long enough for a machine that has much else to do; a command that hangs is found out all the same.
_PATIENCE_S = 240


def start(*arguments, library, **options):
    command = [sys.executable, "-m", "genre_tagger.cli", *arguments, "--library", library]
    if os.name != "nt":  # a shell's background jobs ignore Ctrl+C, and so would what they start
        options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_ROOT, text=True, **options
    )  # fmt: skip


class Program:
    """The installed program with a library of its own."""

    def __init__(self, library):
        self.library = library

    def __call__(self, *arguments):
        """Run one command to its end: (exit status, parsed JSON or None, standard error)."""
        with start(*arguments, "--json", "--quiet", library=self.library) as process:
            out, complaints = process.communicate(timeout=_PATIENCE_S)
        return process.returncode, json.loads(out) if out else None, complaints


def hashes(folder):
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb") as file:
                found[os.path.relpath(file.name, folder)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def names(rows):
    return sorted(os.path.basename(row["path"]) for row in rows)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """A classified library of the demo pieces, made once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(_DEMO, folder / "music")
    run = Program(str(folder / "library.sqlite3"))
    return folder, run("scan", str(folder / "music")), run("classify")


@pytest.fixture
def demo(scanned, tmp_path):
    """Path of a private copy of the demo library."""
    return shutil.copytree(_DEMO, tmp_path / "music")


@pytest.fixture
def program(tmp_path):
    return Program(str(tmp_path / "library.sqlite3"))


def test_a_scan_names_the_broken_file_and_reads_all_others(scanned):
    _, (status, report, _), _ = scanned
    assert status == 1
    assert report["scanned"] == 8
    assert names(report["failures"]) == [_BROKEN]
    assert report["failures"][0]["reason"].endswith(".")


def test_every_readable_file_is_classified(scanned):
    _, _, (status, report, complaints) = scanned
    assert (status, report["classified"], report["failures"]) == (0, 8, [])
    assert complaints == ""


def test_show_lists_genres_candidates_and_what_is_broken(scanned):
    folder, _, _ = scanned
    status, tracks, _ = Program(str(folder / "library.sqlite3"))("show")
    assert status == 0
    assert len(tracks) == 9
    for track in tracks:
        assert {"path", "title", "artist", "genres", "candidates", "decision", "missing", "error"} <= set(track)
        assert track["path"].startswith(str(folder / "music"))
        assert bool(track["error"]) == (os.path.basename(track["path"]) == _BROKEN)
        probabilities = [candidate["probability"] for candidate in track["candidates"]]
        assert len(probabilities) == (0 if track["error"] else len(ModelCard.read(default_model_folder()).labels))
        assert probabilities == sorted(probabilities, reverse=True)
        if probabilities:
            assert {"Jazz", "Metal"} < {candidate["genre"] for candidate in track["candidates"]}
    by_title = {track["title"]: track for track in tracks}
    assert by_title["Crate Nine"]["genres"] == ["hip hop"]
    assert by_title["One Drop on Tuesday"]["artist"] == "The Offbeats"


def test_the_line_from_scan_to_undo_gives_back_identical_files(demo, program):
    before = hashes(demo)
    assert program("scan", str(demo))[0] == 1
    assert program("classify")[0] == 0
    wish = ("--policy", "replace", "--threshold", "0")

    status, dry, _ = program("write", "--dry-run", *wish)
    assert (status, dry["dry_run"], dry["batch"]) == (0, True, None)
    assert len(dry["changes"]) >= 7
    assert hashes(demo) == before

    status, report, _ = program("write", *wish)
    assert (status, report["failures"]) == (0, [])
    assert sorted(report["changes"], key=str) == sorted(dry["changes"], key=str)
    for change in report["changes"]:
        assert list(read_tags(change["path"]).genres) == change["new"]
    after = hashes(demo)
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {os.path.relpath(change["path"], demo) for change in report["changes"]}
    assert set(after) == set(before)

    assert program("write", *wish)[1]["changes"] == []
    assert program("scan", str(demo))[1]["scanned"] == 0

    status, undone, _ = program("undo", "--last")
    assert (status, undone["batches"], undone["failures"]) == (0, [report["batch"]], [])
    assert all(row["identical"] for row in undone["undone"])
    assert hashes(demo) == before
    (batch,) = program("history")[1]
    assert (batch["files"], batch["undone"]) == (len(changed), len(changed))


def test_by_default_only_empty_genre_fields_are_filled(scanned):
    folder, _, _ = scanned
    _, dry, _ = Program(str(folder / "library.sqlite3"))("write", "--dry-run", "--threshold", "0")
    assert names(dry["changes"]) == [
        "01 Sawtooth Cavalry.ogg", "01 Slow Train at Dusk.mp3", "02 One Drop on Tuesday.opus",
        "07 All Floors Are Dance Floors.m4a", "quartet take 2.wav",
    ]  # fmt: skip
    assert all(change["old"] == [] for change in dry["changes"])


def test_a_second_program_says_at_once_that_the_library_is_in_use(scanned):
    library = str(scanned[0] / "library.sqlite3")
    with hold(library):
        status, report, complaints = Program(library)("write", "--genre", "Tango")
    assert (status, report) == (3, None)
    assert "in use" in complaints
    assert "Traceback" not in complaints


def test_wrong_usage_has_a_status_of_its_own(program):
    assert program("frobnicate")[0] == 2


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupted_classification_keeps_what_was_done(demo, program):
    piece = demo / "The Offbeats" / "Harbour Lights" / "02 One Drop on Tuesday.opus"
    links = [demo / f"{number}.opus" for number in range(120)]
    for link in links:
        os.link(piece, link)
    program("scan", str(demo))
    with Library.open(program.library) as library, start("classify", library=program.library) as process:
        while library.count(unclassified=True) == 128 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=_PATIENCE_S)
        left = library.count(unclassified=True)
        # The rest is to be listened to, but not all of it: that takes minutes where the machine is busy.
        for link in links:
            os.remove(link)
        program("scan", str(demo))
        rest = library.count(unclassified=True)
    assert process.returncode == 130, complaints
    assert "what was done is kept" in complaints
    assert "Traceback" not in complaints
    assert 0 < left < 128
    status, report, complaints = program("classify")
    assert (status, report["classified"], report["failures"]) == (0, rest, []), complaints


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_without_a_display_the_start_script_walks_the_line_and_changes_nothing(scanned, tmp_path):
    stamps = [os.path.join(_ROOT, ".venv", f"genre-tagger-{kind}.stamp") for kind in ("run", "test")]
    if not any(map(os.path.exists, stamps)):
        pytest.skip("the environment was not made by packaging/setup.sh, and a test must not install")
    music = shutil.copytree(_DEMO, tmp_path / "music with spaces")
    before = hashes(music)
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    script = os.path.join(_ROOT, "packaging", "run.sh")
    walk = subprocess.run(
        ["sh", script, str(music)], env=environment | {"TMPDIR": str(tmp_path)}, cwd=tmp_path,
        capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
    )  # fmt: skip
    assert walk.stdout.startswith("There is no display")
    assert walk.returncode == 1, walk.stderr
    assert "would be written" in walk.stdout
    assert hashes(music) == before
    assert [name for name in os.listdir(tmp_path) if name.startswith("genre-tagger.")] == []
