"""The command that makes one playlist."""

from __future__ import annotations

import json
import os
from itertools import pairwise

import pytest

from genre_tagger.cli import __main__
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import SavedList
from genre_tagger.sorting.playlists.files import read
from helpers.sounds import store

KINDS = ["Chanson", "Dub", "Jazz"] * 12


@pytest.fixture
def ask(tmp_path, capsys, monkeypatch):
    """Run the command on a library that was heard; returns the exit status, and JSON or what was said."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = str(tmp_path / "library.sqlite3")
    music = str(tmp_path / "music")
    os.mkdir(music)
    with Library.open(path) as library:
        store(library, KINDS, folder=music)
        library.save_list(SavedList("Long", "length:>1:00"))
        library.playlists.keep(f"{music}/e.m3u8", (1, 1), "Evening", [f"{music}/003.mp3", f"{music}/001.mp3"], 0)

    def ask(*words):
        status = __main__.main(["playlist", "--library", path, *words])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if "--json" in words else printed.out + printed.err

    return ask


def test_a_radio_is_written_where_it_is_to_be(ask, tmp_path):
    music, target = str(tmp_path / "music"), str(tmp_path / "radio.m3u8")
    status, made = ask("--radio", f"{music}/000.mp3", "--minutes", "30", "--to", target, "--json")
    assert (status, made["path"], made["seconds"]) == (__main__.DONE, target, 1800.0)
    assert list(read(target, [music]).files) == made["tracks"]
    artists = [int(os.path.basename(path)[:3]) // 4 for path in made["tracks"]]
    assert all(one != other for one, other in pairwise(artists))


def test_an_order_a_list_a_playlist_and_what_sounds_alike_are_listed(ask, tmp_path):
    music = str(tmp_path / "music")
    order = [f"{music}/{name}.mp3" for name in ("005", "000", "020")]
    assert ask(*order, "--json")[1]["tracks"] == order
    assert len(ask("--list", "Long", "--json")[1]["tracks"]) == len(KINDS)
    assert ask("--list", "evening", "--json")[1]["tracks"] == [f"{music}/003.mp3", f"{music}/001.mp3"]
    _, alike = ask("--similar", f"{music}/000.mp3", "--count", "5", "--json")
    assert (alike["tracks"][0], len(alike["tracks"])) == (f"{music}/000.mp3", 6)
    assert "6 files, 18 minutes, 0 failed." in ask("--similar", f"{music}/000.mp3", "--count", "5")[1]


def test_files_are_named_from_the_root_where_that_is_wished(ask, tmp_path):
    path = tmp_path / "music" / "order.m3u8"
    ask(str(tmp_path / "music" / "005.mp3"), "--to", str(path), "--from-root")
    assert path.read_text(encoding="utf-8").splitlines()[-1] == "/005.mp3"


def test_what_there_is_not_is_said_in_a_sentence(ask):
    assert ask()[0] == __main__.USAGE
    status, said = ask("--radio", "/nowhere.mp3")
    assert (status, "not in the library" in said) == (__main__.SOME_FAILED, True)
    status, said = ask("--list", "None")
    assert (status, "no list and no playlist" in said) == (__main__.UNUSABLE, True)
