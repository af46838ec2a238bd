"""Where the program keeps what belongs to it: the usual places, beside itself, or where a variable says."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from genre_tagger.base import places
from genre_tagger.cli.__main__ import main


@pytest.fixture
def program(tmp_path, monkeypatch) -> str:
    """A folder that the program seems to be unpacked in, as a bundle is."""
    folder = tmp_path / "Programs" / "Genre Tagger 1"
    folder.mkdir(parents=True)
    executable = folder / "genre-tagger"
    executable.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    return str(folder)


def test_by_default_everything_lies_where_the_system_has_it(home):
    found = places.homes()
    assert [found.data, found.config, found.state, found.cache] == [
        os.path.join(home, below, "genre-tagger") for below in ("data", "config", "state", "cache")
    ]
    assert (found.portable, found.problem) == (False, "")


def test_asking_for_places_makes_none(home):
    places.library_path()
    assert os.listdir(home) == []


def test_portable_mode_keeps_everything_beside_the_program(program, home):
    found = places.homes(portable=True)
    folder = os.path.join(program, places.PORTABLE_FOLDER)
    assert found == places.Homes(
        folder, folder, os.path.join(folder, "state"), os.path.join(folder, "cache"), portable=True
    )
    assert os.listdir(folder) == []
    assert os.listdir(home) == []


def test_a_file_beside_the_program_asks_for_portable_mode(program):
    assert not places.homes().portable
    with open(os.path.join(program, places.PORTABLE_FILE), "w", encoding="utf-8"):
        pass
    assert places.homes().portable
    assert not places.homes(portable=False).portable


@pytest.mark.parametrize(("value", "portable"), [("1", True), ("yes", True), ("0", False), ("", False), ("No", False)])
def test_the_variable_goes_before_the_file(program, monkeypatch, value, portable):
    with open(os.path.join(program, places.PORTABLE_FILE), "w", encoding="utf-8"):
        pass
    monkeypatch.setenv("GENRE_TAGGER_PORTABLE", value)
    assert places.homes().portable is portable


def test_the_library_goes_along_when_the_folder_is_moved(program, monkeypatch, tmp_path):
    before = places.library_path(places.homes(portable=True))
    moved = str(tmp_path / "Stick")
    os.rename(program, moved)
    monkeypatch.setattr(sys, "executable", os.path.join(moved, "genre-tagger"))
    after = places.library_path(places.homes(portable=True))
    assert os.path.relpath(after, moved) == os.path.relpath(before, program)


def test_the_program_is_found_through_a_link_to_it(program, monkeypatch, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(os.path.join(program, "genre-tagger"))
    monkeypatch.setattr(sys, "executable", str(link))
    assert places.program_folder() == program


def test_beside_an_app_of_macos_is_outside_of_it(tmp_path, monkeypatch):
    inside = tmp_path / "Genre Tagger.app" / "Contents" / "MacOS"
    inside.mkdir(parents=True)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(inside / "genre-tagger"))
    assert places.program_folder() == str(tmp_path)


def test_where_nothing_can_be_kept_the_usual_places_are_taken_and_it_is_said(program, home):
    with open(os.path.join(program, places.PORTABLE_FOLDER), "w", encoding="utf-8"):
        pass
    found = places.homes(portable=True)
    assert not found.portable
    assert found.data.startswith(home)
    assert places.PORTABLE_FOLDER in found.problem
    assert "home folder" in found.problem


def test_an_installed_package_has_no_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "__file__", str(tmp_path / "site-packages" / "genre_tagger" / "base" / "places.py"))
    assert places.program_folder() is None
    assert "no folder of its own" in places.homes(portable=True).problem


def test_a_checkout_is_a_program_folder():
    folder = places.program_folder()
    assert folder is not None
    assert os.path.isfile(os.path.join(folder, "pyproject.toml"))


def test_a_variable_names_the_library_of_window_and_command_line(monkeypatch, tmp_path, capsys, media):
    path = str(tmp_path / "elsewhere.sqlite3")
    monkeypatch.setenv("GENRE_TAGGER_LIBRARY", path)
    assert places.library_path() == path
    assert main(["scan", os.path.dirname(media("flac", os.path.join("music", "a.flac")))]) == 0
    assert os.path.isfile(path)


def test_a_path_in_a_variable_may_begin_at_home_or_here(monkeypatch, home):
    monkeypatch.setenv("GENRE_TAGGER_CACHE", os.path.join("~", "here"))
    assert places.named("cache") == os.path.join(home, "here")
    monkeypatch.setenv("GENRE_TAGGER_CACHE", "here")
    assert places.named("cache") == os.path.abspath("here")
    monkeypatch.setenv("GENRE_TAGGER_CACHE", "")
    assert places.named("cache") is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_program_folder_is_no_place(program):
    os.chmod(program, 0o500)
    try:
        assert not places.homes(portable=True).portable
    finally:
        os.chmod(program, 0o700)


def test_it_needs_no_window():
    script = "import sys, genre_tagger.base.places; print([n for n in ('PySide6', 'numpy') if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"
