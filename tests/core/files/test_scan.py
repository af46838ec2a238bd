"""Scanning real folders."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time

import pytest

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.files import scan as scan_module
from genre_tagger.files.scan import scan, scan_file
from genre_tagger.files.values import ScannedTrack, Walked


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


def found(*folders, **options):
    return [outcome.path for outcome in scan(map(str, folders), **options) if isinstance(outcome, ScannedTrack)]


def failed(*folders):
    return {outcome.path: outcome for outcome in scan(map(str, folders)) if isinstance(outcome, FileFailure)}


def test_every_format_is_read_with_its_tags(media, media_table, tagged_name):
    (track,) = scan([media(tagged_name)])
    assert isinstance(track, ScannedTrack)
    assert track.tags.genres == media_table[tagged_name].genres
    assert track.tags.title
    assert track.tags.artist
    assert track.tags.length > 0
    assert track.stamp.size == os.path.getsize(track.path)


def test_folders_are_walked_to_the_bottom_in_order(media, music):
    for name in ("b/2.mp3", "b/1.mp3", "a/deep/er/x.mp3", "top.mp3"):
        (music / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(media("mp3"), music / name)
    assert found(music) == [str(music / name) for name in ("top.mp3", "a/deep/er/x.mp3", "b/1.mp3", "b/2.mp3")]


def test_a_thousand_nested_folders_are_no_problem(media, music):
    here = music
    for _ in range(300):
        here = here / "abc"
    here.mkdir(parents=True)
    shutil.move(media("mp3"), here / "x.mp3")
    assert found(music) == [str(here / "x.mp3")]


def test_pictures_texts_and_hidden_files_are_passed_over(media, music):
    shutil.move(media("mp3"), music / "song.mp3")
    shutil.copy(music / "song.mp3", music / "._song.mp3")
    shutil.copy(music / "song.mp3", music / ".genre-tagger-0123.tmp.mp3")
    (music / "._notes.txt").write_bytes(b"\0\5\x16\7")
    (music / ".song.mp3.part").write_bytes(b"\xff\xfb\x90\0")
    (music / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 100)
    (music / "notes").write_text("about the music")
    (music / "list.m3u").write_text("song.mp3")
    assert found(music) == [str(music / "song.mp3")]
    assert {os.path.basename(path): failure.stage for path, failure in failed(music).items()} == {
        "._song.mp3": "hidden",
        ".genre-tagger-0123.tmp.mp3": "hidden",
    }


def test_music_whose_name_begins_with_a_dot_is_music(media, music):
    names = ("...And Justice/01.mp3", ".38 Special/02.mp3", "...Baby One More Time.mp3", ".45.mp3", ".hack.mp3")
    for name in names:
        (music / name).parent.mkdir(exist_ok=True)
        shutil.move(media("mp3"), music / name)
    for hidden in (".git", ".Trash-1000", ".@__thumb", "._folder", ".AppleDouble"):
        (music / hidden).mkdir()
        shutil.move(media("mp3"), music / hidden / "x.mp3")
    assert {os.path.relpath(path, music) for path in found(music)} == set(names)
    assert {os.path.basename(path) for path in failed(music)} == {
        ".git", ".Trash-1000", ".@__thumb", "._folder", ".AppleDouble",
    }  # fmt: skip


def test_audio_is_recognised_by_content_where_the_name_says_nothing(media, music):
    shutil.move(media("flac"), music / "no extension")
    shutil.move(media("mp3"), music / "SHOUTED.MP3")
    assert found(music) == [str(music / "SHOUTED.MP3"), str(music / "no extension")]


def test_a_broken_file_fails_and_the_rest_goes_on(media, music, broken_name):
    shutil.move(media("mp3"), music / "good.mp3")
    bad = shutil.move(media(broken_name), music)
    if broken_name == "truncated":  # its header can still be read
        assert str(music / "good.mp3") in found(music)
        return
    assert found(music) == [str(music / "good.mp3")]
    (failure,) = failed(music).values()
    assert failure.path == bad
    assert failure.stage == "scan"
    assert failure.reason.endswith(".")
    assert failure.stamp is not None


def test_hidden_folders_are_reported_and_not_entered(media, music):
    (music / ".trash").mkdir()
    shutil.move(media("mp3"), music / ".trash" / "x.mp3")
    assert found(music) == []
    assert failed(music)[str(music / ".trash")].stage == "hidden"
    assert found(music / ".trash") == [str(music / ".trash" / "x.mp3")]


def test_a_missing_folder_is_a_failure(music):
    assert "not there" in failed(music / "gone")[str(music / "gone")].reason


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_failure(media, music):
    shutil.move(media("mp3"), music / "x.mp3")
    locked = music / "locked"
    locked.mkdir(mode=0)
    assert "permission" in failed(music)[str(locked)].reason
    assert found(music) == [str(music / "x.mp3")]


def test_a_folder_that_refuses_to_be_listed_is_reported(media, music, monkeypatch):
    shutil.move(media("mp3"), music / "x.mp3")
    (music / "locked").mkdir()
    real = os.scandir

    def scandir(path):
        if os.fsdecode(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert "permission" in failed(music)[str(music / "locked")].reason
    assert found(music) == [str(music / "x.mp3")]


def test_links_are_followed_and_loops_end(media, music, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(media("mp3"), elsewhere / "x.mp3")
    (music / "link").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(music)
    (music / "self").symlink_to(music)
    (music / "nowhere.mp3").symlink_to(tmp_path / "nothing")
    assert found(music) == [str(music / "link" / "x.mp3")]
    assert "not there" in failed(music)[str(music / "nowhere.mp3")].reason


def test_pipes_sockets_and_folders_named_like_songs_are_left_alone(music):
    os.mkfifo(music / "pipe.mp3")
    (music / "folder.mp3").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(music)
        try:
            server.bind("socket.mp3")
        finally:
            os.chdir(here)
        reasons = {os.path.basename(path): failure.reason for path, failure in failed(music).items()}
    assert set(reasons) == {"pipe.mp3", "socket.mp3"}
    assert "not a regular file" in reasons["pipe.mp3"]


def test_names_that_are_no_utf8_survive(media, music):
    path = os.path.join(os.fsencode(music), b"caf\xe9.mp3")
    os.rename(media("mp3"), path)
    assert [os.fsencode(name) for name in found(music)] == [path]


def test_current_files_are_not_read_again_but_counted(media, music):
    shutil.move(media("mp3"), music / "x.mp3")
    asked = []

    def is_current(path, stat):
        asked.append((path, stat.st_size))
        return True

    assert list(scan([str(music)], is_current)) == [Walked(str(music), 1)]
    assert asked == [(str(music / "x.mp3"), os.path.getsize(music / "x.mp3"))]


def test_a_single_file_can_be_scanned_and_scanned_again(media):
    path = media("mp3")
    assert found(path) == [path]
    assert scan_file(path).path == path
    with pytest.raises(FileError):
        scan_file(os.path.dirname(path))
    with pytest.raises(FileError):
        scan_file(path + ".gone")


class Slow:
    """A file system whose calls take a while each, as on a share in the network; counts how many wait at once."""

    def __init__(self, monkeypatch, seconds: float) -> None:
        self.seconds, self.waiting, self.most, self.lock = seconds, 0, 0, threading.Lock()
        scandir, really_open = os.scandir, open

        class Entry:
            def __init__(self, entry: os.DirEntry[str]) -> None:
                self.name, self.path, self.is_dir = entry.name, entry.path, entry.is_dir
                self.stat = lambda: self_.call(entry.stat)

        class Listing(list):
            def __enter__(self):
                return self

            def __exit__(self, *error: object) -> None:
                pass

        self_ = self
        monkeypatch.setattr(os, "scandir", lambda path: Listing(map(Entry, self.call(lambda: list(scandir(path))))))
        monkeypatch.setattr(scan_module, "open", lambda *names: self.call(lambda: really_open(*names)), raising=False)

    def call(self, what):
        with self.lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        time.sleep(self.seconds)
        with self.lock:
            self.waiting -= 1
        return what()


def test_where_calls_take_long_many_are_made_at_once_and_nothing_changes_its_order(media, music, monkeypatch):
    for number in range(60):
        folder = music / f"{number // 5:02}"
        folder.mkdir(exist_ok=True)
        media("mp3", folder / f"{number:02}.mp3")
        (folder / f"{number:02}.jpg").write_bytes(b"picture")
    (music / "05" / "broken.flac").write_bytes(b"no music")
    (music / ".git").mkdir()
    on_this_computer = list(scan([str(music)]))
    slow = Slow(monkeypatch, 0.004)
    over_the_network = list(scan([str(music)]))
    assert over_the_network == on_this_computer
    assert slow.most >= 8
    current = {outcome.path for outcome in on_this_computer if isinstance(outcome, ScannedTrack)}
    again = list(scan([str(music)], lambda path, stat: path in current))
    assert [outcome for outcome in again if isinstance(outcome, FileFailure)] == [
        outcome for outcome in on_this_computer if isinstance(outcome, FileFailure)
    ]
    walking = scan([str(music)])
    for _ in range(30):
        next(walking)
    walking.close()  # leaves no thread: a watchman of the tests would see it
