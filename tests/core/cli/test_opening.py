"""What the command line says, and with which status it ends, when library, journal or model cannot be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys

import pytest

from genre_tagger.cli import __main__
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from genre_tagger.line import journal_path
from genre_tagger.model.network import default_model_folder
from genre_tagger.writing.journal import Journal

UNUSABLE = 3


@pytest.fixture
def run(tmp_path, media, capsys):
    """A function: command → its status and what it complains of; the library knows a folder with one file."""
    path = os.path.join(str(tmp_path), "library.sqlite3")
    media("flac", os.path.join("music", "a.flac"))
    music = os.path.join(str(tmp_path), "music")
    assert __main__.main(["scan", music, "--library", path, "--quiet"]) == 0
    capsys.readouterr()

    def run(command, *arguments):
        status = __main__.main([command, *arguments, "--library", path, "--quiet"])
        return status, capsys.readouterr().err

    run.path, run.music = path, music
    return run


def newer(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.close()


@pytest.mark.parametrize("command", ["scan", "classify", "write"])
def test_a_library_that_another_program_holds(run, command):
    with hold(run.path):
        status, said = run(command, *([run.music] if command == "scan" else []))
    assert status == UNUSABLE
    assert said == (
        f"genre-tagger-cli: The library {run.path} is in use by another Genre Tagger. "
        "Close that one first, or choose another library.\n"
    )


def test_a_library_of_a_newer_program(run):
    newer(run.path)
    status, said = run("show")
    assert status == UNUSABLE
    assert f"{run.path} was made by a newer Genre Tagger; it was left alone." in said


def test_a_journal_of_a_newer_program(run):
    Journal.open(journal_path(run.path)).close()
    newer(journal_path(run.path))
    status, said = run("history")
    assert status == UNUSABLE
    assert "was made by a newer version of Genre Tagger." in said
    assert "until then no music file is changed" in said


def test_a_changed_model_is_named(run, tmp_path):
    folder = os.path.join(str(tmp_path), "model")
    shutil.copytree(default_model_folder(), folder)
    with open(os.path.join(folder, "model.tflite"), "ab") as file:
        file.write(b"!")
    status, said = run("classify", "--model", folder)
    assert status == UNUSABLE
    assert said.endswith(f"It was not opened. Its folder is {folder}.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files as Unix has them")
def test_a_drive_without_room(run, media):
    import resource

    media("mp3", os.path.join("music", "b.mp3"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        status = __main__.main(["scan", run.music, "--library", run.path, "--quiet"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status == UNUSABLE
    with Library.open(run.path) as library:
        assert [os.path.basename(track.path) for track in library.tracks()] == ["a.flac"]
