"""Watching on the command line: what comes is scanned, heard and told; Ctrl+C is the end of it."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest

from genre_tagger.cli import __main__, watching
from genre_tagger.library.library import Library


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as opened:
        yield opened


def test_what_comes_is_heard_and_told_and_what_is_no_music_as_well(library, model, media, tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    media("mp3", "music/there.mp3")
    options = Namespace(folders=[str(folder)], still=0.1, cores=1, json=True)
    told = watching.watched(options, library, model)
    assert json.loads(next(told)) == {"folder": str(folder), "watched": "told", "limit": False}
    media("flac", "music/new.flac")
    found = json.loads(next(told))  # a chord of two seconds, in which no genre is heard
    assert found == {"path": str(folder / "new.flac"), "genre": None, "probability": None}
    media("broken", "music/bad.mp3")
    assert json.loads(next(told)).keys() == {"path", "problem"}
    told.close()
    assert [track.path for track in library.tracks(ids=library.find(state="new"))] == [str(folder / "new.flac")]


def test_ctrl_c_ends_it_well_and_a_file_is_no_folder(monkeypatch, media, tmp_path, capsys):
    def watched(options, library, model):
        yield "/music: watched."
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "watched", watched)
    library = ["--library", str(tmp_path / "library.sqlite3")]
    assert __main__.main([*library, "watch", str(tmp_path)]) == __main__.DONE
    assert capsys.readouterr().out == "/music: watched.\n"
    assert __main__.main([*library, "watch", media("mp3")]) == __main__.USAGE
    assert "is no folder" in capsys.readouterr().err
