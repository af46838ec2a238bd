"""Watching real folders: files are told once they are whole; limits, lost events, drives that go and come back."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest

from genre_tagger.base.watching.settling import Settling
from genre_tagger.base.watching.tree import Happened, Tree, What, is_shared
from genre_tagger.base.watching.watch import Came, How, Watched, watch
from genre_tagger.files.scan import Music

TOLD = pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked what happens in folders")


def _refuses(_):
    raise OSError(errno.EMFILE, "inotify instance limit reached")


class Watching:
    """A watch at work: `until` runs it until something was told."""

    def __init__(self, folders, **options):
        self.told, self.ways = [], []
        self._steps = watch(folders, Music(), still=0.1, tick=0.02, look_every=0.05, **options)

    def until(self, condition, seconds=20.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, (self.told, self.ways)
            self.step()
        return self

    def step(self):
        outcome = next(self._steps)
        if isinstance(outcome, Came):
            self.told += outcome.paths
        elif isinstance(outcome, Watched):
            self.ways.append((os.path.basename(outcome.folder), outcome.how, outcome.limit))

    def rest(self, seconds=0.4):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.step()
        return self

    def close(self):
        self._steps.close()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "music"
    (made / "old").mkdir(parents=True)
    (made / "old" / "there.mp3").write_bytes(b"old")
    return made


@pytest.fixture(params=[pytest.param(Tree, marks=TOLD, id="told"), pytest.param(_refuses, id="looked")])
def watching(folder, request):
    """A watch of the folder, in both ways, from the moment on when it has begun."""
    with contextlib.closing(Watching([str(folder)], tree=request.param)) as made:
        made.until(lambda: made.ways).rest(0.1)
        refused = request.param is _refuses
        assert made.ways == [("music", How.LOOKED if refused else How.TOLD, refused)]
        yield made


def test_what_was_there_is_not_told_and_what_comes_is_also_in_new_folders(watching, folder):
    assert watching.told == []
    (folder / "a.mp3").write_bytes(b"1")
    (folder / "new" / "deep").mkdir(parents=True)
    (folder / "new" / "deep" / "b.flac").write_bytes(b"2")
    (folder / "cover.jpg").write_bytes(b"no music")
    (folder / ".genre-tagger-x.mp3").write_bytes(b"ours")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "c.mp3").write_bytes(b"3")
    wanted = {str(folder / "a.mp3"), str(folder / "new" / "deep" / "b.flac")}
    watching.until(lambda: set(watching.told) == wanted).rest()
    assert sorted(watching.told) == sorted(wanted)


def test_a_file_that_is_still_written_is_not_told_before_it_rests(watching, folder):
    ended = threading.Event()

    def write():
        with open(folder / "slow.mp3", "wb", buffering=0) as file:
            for number in range(12):
                file.write(bytes([number]) * 1000)
                time.sleep(0.05)
            ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    watching.until(lambda: watching.told)
    assert ended.is_set()
    writer.join()
    assert watching.told == [str(folder / "slow.mp3")]


def test_a_copy_under_a_temporary_name_is_told_under_its_last_one(watching, folder):
    (folder / "x.mp3.part").write_bytes(b"1")
    watching.rest(0.2)
    os.rename(folder / "x.mp3.part", folder / "x.mp3")
    watching.until(lambda: str(folder / "x.mp3") in watching.told)
    assert str(folder / "x.mp3.part") not in watching.told


def test_what_goes_has_its_folder_looked_through_and_what_is_replaced_does_not(watching, folder):
    os.replace(shutil.copy(folder / "old" / "there.mp3", folder / "old" / "other.tmp"), folder / "old" / "there.mp3")
    watching.until(lambda: watching.told)
    assert watching.told == [str(folder / "old" / "there.mp3")]
    os.unlink(folder / "old" / "there.mp3")
    watching.until(lambda: str(folder / "old") in watching.told)


def test_a_folder_that_is_renamed_is_told_where_it_was_and_where_it_is(watching, folder):
    os.rename(folder / "old", folder / "renamed")
    watching.until(lambda: str(folder / "renamed" / "there.mp3") in watching.told or str(folder) in watching.told)
    watching.until(lambda: str(folder) in watching.told)


def test_a_folder_that_vanishes_and_comes_back_is_said_and_looked_through(watching, folder, tmp_path):
    os.rename(folder, tmp_path / "away")
    watching.until(lambda: watching.ways[-1][1] is How.GONE).rest(0.2)
    assert watching.told == []  # nothing is said to be gone: the drive is
    os.rename(tmp_path / "away", folder)
    watching.until(lambda: str(folder) in watching.told)
    assert watching.ways[-1][1] is not How.GONE
    (folder / "after.mp3").write_bytes(b"1")
    watching.until(lambda: str(folder / "after.mp3") in watching.told)


def test_the_empty_place_of_a_drive_does_not_pass_for_the_folder(watching, folder, tmp_path):
    os.rename(folder, tmp_path / "away")
    folder.mkdir()
    watching.until(lambda: watching.ways[-1][1] is How.GONE).rest(0.2)
    assert watching.told == []


def test_a_folder_that_is_not_there_yet_is_watched_when_it_comes(tmp_path):
    with contextlib.closing(Watching([str(tmp_path / "stick")])) as watching:
        watching.until(lambda: watching.ways)
        assert watching.ways == [("stick", How.GONE, False)]
        (tmp_path / "stick").mkdir()
        (tmp_path / "stick" / "a.mp3").write_bytes(b"1")
        watching.until(lambda: watching.told)


@TOLD
def test_thousands_of_files_at_once_are_all_told_once(folder):
    with contextlib.closing(Watching([str(folder)])) as watching:
        watching.until(lambda: watching.ways).rest(0.1)
        for number in range(3000):
            (folder / f"{number}.mp3").write_bytes(b"1")
        watching.until(lambda: len(watching.told) >= 3000, 60.0)
        assert len(set(watching.told)) == len(watching.told) == 3000


class _Full(Tree):
    """A system that allows three watches."""

    def __init__(self, passed_over):
        super().__init__(passed_over)
        adding, self._given = self._inotify.add_watch, 0

        def add(path, mask):
            self._given += 1
            if self._given > 3:
                raise OSError(errno.ENOSPC, "no space")
            return adding(path, mask)

        self._inotify.add_watch = add


@TOLD
def test_at_the_limit_the_folder_is_looked_through_instead(folder):
    with contextlib.closing(Watching([str(folder)], tree=_Full)) as watching:
        watching.until(lambda: watching.ways).rest(0.1)
        assert watching.ways == [("music", How.TOLD, False)]
        for name in ("one", "two"):
            (folder / name).mkdir()
        watching.until(lambda: watching.ways[-1] == ("music", How.LOOKED, True)).rest(0.2)
        (folder / "two" / "late.mp3").write_bytes(b"1")
        watching.until(lambda: str(folder / "two" / "late.mp3") in watching.told)


@TOLD
def test_where_events_are_lost_everything_is_looked_through(folder, monkeypatch):
    lost = [Happened(What.LOST, "")]
    monkeypatch.setattr(Tree, "read", lambda self, seconds: [lost.pop()] if lost else time.sleep(seconds) or [])
    with contextlib.closing(Watching([str(folder)])) as watching:
        watching.until(lambda: str(folder) in watching.told)


def test_a_drive_that_others_write_to_is_looked_through(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("genre_tagger.base.watching.watch.is_shared", lambda path: True)
    with contextlib.closing(Watching([str(folder)])) as watching:
        watching.until(lambda: watching.ways).rest(0.1)
        assert watching.ways == [("music", How.LOOKED, False)]
        (folder / "a.mp3").write_bytes(b"1")
        watching.until(lambda: watching.told)


def test_what_kind_of_drive_it_is_stands_in_the_list_of_mounts(tmp_path):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "2 1 0:40 / /net/my\\040music rw - nfs4 server:/music rw\n"
        "3 2 8:2 / /net/my\\040music/local rw shared:2 master:1 - ext4 /dev/sdb1 rw\n"
        "4 1 0:50 / /run/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw\n"
        "5 1 8:3 / /media/stick rw - fuseblk /dev/sdc1 rw\nodd line\n"
    )
    shared = [is_shared(path, str(mounts)) for path in (
        "/home", "/net/my music/jazz", "/net/my musical", "/net/my music/local/x", "/run/gvfs/mtp", "/media/stick"
    )]  # fmt: skip
    assert shared == [False, True, False, False, True, False]
    assert not is_shared("/home", str(tmp_path / "no such list"))


@TOLD
def test_links_are_followed_and_loops_end(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", folder / "link")
    os.symlink(folder, tmp_path / "elsewhere" / "loop")
    with contextlib.closing(Watching([str(folder)])) as watching:
        watching.until(lambda: watching.ways).rest(0.1)
        (tmp_path / "elsewhere" / "a.mp3").write_bytes(b"1")
        watching.until(lambda: str(folder / "link" / "a.mp3") in watching.told)


@TOLD
def test_a_copy_by_another_program_is_told_whole(folder, media):
    with contextlib.closing(Watching([str(folder)])) as watching:
        watching.until(lambda: watching.ways).rest(0.1)
        subprocess.run(["cp", media("flac"), str(folder / "copy.flac")], check=True)
        watching.until(lambda: watching.told)
        assert watching.told == [str(folder / "copy.flac")]


def test_what_settles_is_told_without_what_lies_below_a_folder_that_is(tmp_path):
    settling = Settling(1.0)
    (tmp_path / "a.mp3").write_bytes(b"1")
    settling.came(str(tmp_path / "a.mp3"), 0.0)
    settling.look_through(str(tmp_path), 0.0)
    settling.look_through(str(tmp_path / "gone" / "deep"), 0.0)
    assert settling.settled(0.5) == []
    assert settling.settled(2.0) == [str(tmp_path)]
    assert len(settling) == 0
