"""Which file lies where: options, then variables, then portable mode, then the usual places."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from app.__main__ import _parser, arguments
from app.settings.places import Places
from genre_tagger.base.places import PORTABLE_FOLDER

WHATS = ("library", "settings", "state", "cache", "model")


def of(places: Places) -> dict[str, str | None]:
    return {
        "library": places.library, "settings": places.settings, "state": places.state,
        "cache": os.path.dirname(places.cache), "model": places.model,
    }  # fmt: skip


@pytest.fixture
def program(tmp_path, monkeypatch) -> str:
    folder = tmp_path / "Genre Tagger"
    folder.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "genre-tagger"))
    return str(folder)


def test_the_usual_places_are_those_of_the_system(home):
    assert of(Places.usual()) == {
        "library": os.path.join(home, "data", "genre-tagger", "library.sqlite3"),
        "settings": os.path.join(home, "config", "genre-tagger", "settings.json"),
        "state": os.path.join(home, "state", "genre-tagger"),
        "cache": os.path.join(home, "cache", "genre-tagger"),
        "model": None,
    }


@pytest.mark.parametrize("what", WHATS)
def test_every_path_can_be_set_by_an_option_and_by_a_variable(what, tmp_path, monkeypatch):
    usual = of(Places.usual())
    option, variable = str(tmp_path / "option"), str(tmp_path / "variable")
    monkeypatch.setenv(f"GENRE_TAGGER_{what.upper()}", variable)
    assert of(Places.usual()) == usual | {what: variable}
    places, paths = arguments([f"--{what}", option, "some music"])
    assert of(places) == usual | {what: option}
    assert paths == ["some music"]


def test_portable_mode_leaves_nothing_in_the_home(program, home):
    places, _ = arguments(["--portable"])
    inside = os.path.join(program, PORTABLE_FOLDER)
    assert places.portable
    assert all(path.startswith(inside + os.sep) for path in of(places).values() if path)
    assert len({*of(places).values(), None}) == len(WHATS)


def test_in_portable_mode_a_path_that_is_given_is_still_taken(program, tmp_path):
    library = str(tmp_path / "other.sqlite3")
    places, _ = arguments(["--portable", "--library", library])
    assert places.library == library
    assert PORTABLE_FOLDER in places.settings


def test_where_portable_mode_is_impossible_the_reason_comes_along(program, home):
    with open(os.path.join(program, PORTABLE_FOLDER), "w", encoding="utf-8"):
        pass
    places, _ = arguments(["--portable"])
    assert not places.portable
    assert places.library.startswith(home)
    assert "home folder" in places.problem


def test_paths_below_the_working_folder_are_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert arguments(["--library", "mine.sqlite3"])[0].library == str(tmp_path / "mine.sqlite3")


def test_names_that_are_no_text_come_through(tmp_path):
    odd = os.fsdecode(b"odd \xff name")
    _, paths = arguments([odd])
    assert os.fsencode(paths[0]) == b"odd \xff name"


def test_the_readme_says_where_things_are_and_how_to_put_them_elsewhere(home, monkeypatch):
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable)
    readme = os.path.join(os.path.dirname(__file__), "..", "..", "..", "README.md")
    with open(readme, encoding="utf-8") as file:
        section = file.read().split("## Where things are kept")[1].split("\n## ")[0]
    rows = re.findall(r"^\| [^|]+\| (.*?) \| `--(\w+).*?` \| `GENRE_TAGGER_(\w+?)(?:=1)?` \|$", section, re.MULTILINE)
    told = {option: where.strip("` ").rstrip("/") for where, option, _ in rows}
    assert [option.upper() for _, option, _ in rows] == [variable for *_, variable in rows]
    assert {f"--{option}" for option in told} == {*_parser()._option_string_actions} - {"-h", "--help", "--version"}
    usual = of(Places.usual())
    for what in ("library", "settings", "state", "cache"):
        assert os.path.expanduser(told[what]) == usual[what]
    assert told["portable"] == PORTABLE_FOLDER


# What a person does in portable mode, down to Qt's own dialog, which remembers its size.
_SESSION = """
import sys, time
from PySide6.QtWidgets import QFileDialog
from app.__main__ import arguments, show
places, _ = arguments(["--portable"])
app, window = show(places)
window.start()
while not window.state.now.opened:
    app.processEvents()
    time.sleep(0.01)
window.settings.set("mode", "add")
QFileDialog(window, options=QFileDialog.Option.DontUseNativeDialog).close()
window.close()
"""


def test_a_portable_copy_leaves_the_home_empty_and_can_be_carried_away(tmp_path, home, media):
    copy, moved = tmp_path / "Copy with a space", tmp_path / "moved"
    copy.mkdir()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
    for part in ("app", "genre_tagger", "resources", "models", "pyproject.toml"):
        os.symlink(os.path.realpath(os.path.join(root, part)), copy / part)
    environment = os.environ | {"QT_LOGGING_RULES": "*=false"}
    environment = {name: value for name, value in environment.items() if not name.startswith("GENRE_TAGGER_")}

    def run(folder, *arguments):
        there = environment | {"PYTHONPATH": str(folder), "GENRE_TAGGER_PORTABLE": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=there, cwd=home, capture_output=True, text=True, timeout=60, check=True)

    path = media("flac", os.path.join("music", "song.flac"))
    run(copy, "-c", _SESSION)
    run(copy, "-m", "genre_tagger.cli", "scan", os.path.dirname(path))
    kept = os.listdir(copy / PORTABLE_FOLDER)
    assert {"library.sqlite3", "settings.json", "state"} <= set(kept)
    assert os.listdir(home) == []
    os.rename(copy, moved)
    answer = run(moved, "-m", "genre_tagger.cli", "show", "--json")
    assert path in answer.stdout
    assert os.listdir(home) == []
    assert sorted(os.listdir(moved / PORTABLE_FOLDER)) == sorted(kept)
