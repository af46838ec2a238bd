"""Playlists that name files from where a drive begins."""

from __future__ import annotations

import os

import pytest

from genre_tagger.base.errors import FileError
from genre_tagger.sorting.playlists.drive_root import named, root_of
from genre_tagger.sorting.playlists.files import read
from genre_tagger.sorting.playlists.following import followed


@pytest.fixture
def stick(tmp_path, monkeypatch):
    """A folder that the system shows as a drive of its own."""
    drive = tmp_path / "STICK"
    (drive / "Music" / "Jazz").mkdir(parents=True)
    (drive / "Music" / "Jazz" / "a.mp3").touch()
    of_system = os.path.ismount
    monkeypatch.setattr(os.path, "ismount", lambda path: path == str(drive) or of_system(path))
    monkeypatch.setattr("genre_tagger.sorting.playlists.drive_root._is_of_this_computer", lambda p: p != str(drive))
    return drive


def test_a_file_on_a_stick_is_named_from_the_root_of_the_stick(stick):
    music = str(stick / "Music")
    assert root_of(music) == str(stick)
    assert named(f"{music}/Jazz/a.mp3", music, from_root=True) == "/Music/Jazz/a.mp3"
    assert named(f"{music}/Jazz/a.mp3", music) == "Jazz/a.mp3"


def test_a_folder_of_this_computer_counts_as_the_root(tmp_path):
    assert root_of(str(tmp_path)) == os.path.realpath(tmp_path)
    assert named(str(tmp_path / "a" / "b.mp3"), str(tmp_path), from_root=True) == "/a/b.mp3"


def test_a_phone_begins_at_its_storage():
    storage = "/run/user/1000/gvfs/mtp:host=Phone/Internal storage"
    assert root_of(f"{storage}/Music") == root_of(storage) == storage


def test_what_lies_on_another_drive_cannot_be_named(stick, tmp_path):
    with pytest.raises(FileError, match="not on the drive"):
        named(str(tmp_path / "b.mp3"), str(stick), from_root=True)


def test_such_a_playlist_is_read_and_follows_what_moves(stick):
    path, music = stick / "Music" / "Jazz.m3u8", str(stick / "Music")
    path.write_bytes(b"#EXTM3U\n/Music/Jazz/a.mp3\n/Elsewhere/gone.mp3\n")
    assert read(str(path), [music]).files == (f"{music}/Jazz/a.mp3",)
    moved = {f"{music}/Jazz/a.mp3": f"{music}/Blues/b.mp3"}
    data, count, told = followed(str(path), path.read_bytes(), moved)
    assert (data, count, told) == (b"#EXTM3U\n/Music/Blues/b.mp3\n/Elsewhere/gone.mp3\n", 1, [])
