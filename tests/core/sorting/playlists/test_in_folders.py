"""Playlists in music folders: read while scanning, with what is missing counted, and found by the filter line."""

from __future__ import annotations

import os
import shutil

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library


@pytest.fixture
def library(tmp_path, media):
    (tmp_path / "music" / "deep").mkdir(parents=True)
    shutil.move(media("mp3"), tmp_path / "music" / "a.mp3")
    shutil.move(media("flac"), tmp_path / "music" / "deep" / "b.flac")
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        library.add_folder(str(tmp_path / "music"))
        yield library


@pytest.fixture
def scan(library):
    def scan():
        outcomes = line.scan_into(library, library.folders())
        return [outcome for outcome in outcomes if isinstance(outcome, FileFailure)]

    return scan


def named(library, ids):
    return [os.path.basename(next(library.tracks(ids=[track])).path) for track in ids]


def test_playlists_are_read_counted_found_and_forgotten(library, scan, tmp_path):
    music = tmp_path / "music"
    lists = music / "Ev  en\"ing.m3u8"
    lists.write_text("#PLAYLIST:Evening\ndeep/b.flac\na.mp3\ngone.mp3\nhttp://radio/x\n../out.mp3\n")
    (music / "deep" / "old.pls").write_text("[playlist]\nFile1=b.flac\n")
    assert scan() == []
    evening, old = library.playlists.all()
    assert (evening.name, evening.tracks, evening.missing) == ("Evening", 2, 3)
    assert (old.name, old.tracks, old.missing) == ("old", 1, 0)
    assert named(library, library.playlists.ids(str(lists))) == ["b.flac", "a.mp3"]
    assert len(library.find(words="playlist:even")) == 2
    assert len(library.find(words="playlist:=old")) == 1
    assert len(library.find(words="-playlist:=old")) == 1

    from genre_tagger.library.shelves.playlists import word_for

    assert len(library.find(listed=f'playlist:="{word_for(str(lists))}"')) == 2

    lists.write_text("a.mp3\n")
    os.unlink(music / "deep" / "old.pls")
    os.unlink(music / "a.mp3")
    scan()
    (evening,) = library.playlists.all()
    assert (evening.name, evening.tracks, evening.missing) == ('Ev  en"ing', 0, 1)


def test_a_damaged_playlist_is_told_once_in_a_sentence(library, scan, tmp_path):
    (tmp_path / "music" / "bad.xspf").write_text("<playlist")
    (told,) = scan()
    assert (told.stage, told.reason) == ("playlist", "This XSPF playlist is damaged.")
    assert scan() == []
    assert [(each.name, each.tracks) for each in library.playlists.all()] == [("bad", 0)]
