"""Albums on the command line."""

from __future__ import annotations

import json
import os

import pytest

from genre_tagger.cli import __main__
from genre_tagger.files.tags import read_tags
from genre_tagger.library.library import Library
from helpers.tracks import predicted


@pytest.fixture
def run(tmp_path, media, capsys):
    """A function: command → its status and what it prints; the library has an album of which one track differs."""
    library = str(tmp_path / "library.sqlite3")
    paths = [media("mp3", os.path.join("First", f"{number}.mp3")) for number in range(4)]

    def run(*arguments):
        status = __main__.main(["--library", library, "--quiet", *arguments])
        return status, capsys.readouterr().out

    assert run("scan", os.path.dirname(paths[0]))[0] == 0
    with Library.open(library) as opened:
        for path, genre in zip(paths, ["Blues", "Blues", "Blues", "Metal"], strict=True):
            opened.store(predicted(path, genre, 0.95))
    return run


def test_albums_are_listed_with_what_is_heard_in_them_and_what_sounds_different(run):
    status, out = run("albums", "--json")
    (album,) = json.loads(out)
    assert (status, album["genre"], album["heard"], album["agree"]) == (0, "Blues", 4, 0.75)
    assert [track["different"] for track in album["tracks"]] == [False, False, False, True]
    text = run("albums")[1]
    assert "75% of 4 agree" in text
    assert "sounds different: " in text


def test_an_album_is_asked_for_by_one_of_its_tracks_or_folders(run, tmp_path):
    one = str(tmp_path / "First" / "1.mp3")
    assert len(json.loads(run("albums", "--json", one)[1])) == 1
    assert json.loads(run("albums", "--json", str(tmp_path / "Second"))[1]) == []


def test_a_write_by_album_gives_all_its_tracks_one_genre(run, tmp_path):
    status, out = run("write", "--by", "album", "--policy", "replace", "--json")
    assert (status, {tuple(change["new"]) for change in json.loads(out)["changes"]}) == (0, {("Blues",)})
    assert read_tags(str(tmp_path / "First" / "3.mp3")).genres == ("Blues",)


def test_a_write_by_track_leaves_the_album_aside(run):
    changes = json.loads(run("write", "--policy", "replace", "--dry-run", "--json")[1])["changes"]
    assert [change["new"] for change in changes].count(["Metal"]) == 1
