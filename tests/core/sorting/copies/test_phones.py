"""Targets that cannot rename, as many phones cannot: each file is written whole at once under its final name."""

from __future__ import annotations

import errno
import os

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.files.tags import read_genres, write_genres
from genre_tagger.sorting.copies.copy import copy
from genre_tagger.sorting.copies.manifest import NAME, SECOND
from genre_tagger.sorting.copies.plan import Action, Carry
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Tagger


@pytest.fixture
def refuse(monkeypatch):
    """A function after which nothing below a folder can be renamed."""

    def refuse(folder):
        def refusing(rename):
            def instead(source, target, **options):
                if os.fspath(source).startswith(str(folder)):
                    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), source)
                rename(source, target, **options)

            return instead

        for name in ("rename", "replace"):
            monkeypatch.setattr(os, name, refusing(getattr(os, name)))

    return refuse


@pytest.fixture
def phone(full_shelf, refuse):
    refuse(full_shelf.target)
    return full_shelf


def run(shelf, pattern="{genre}/{name}", **options):
    plan = shelf.plan(pattern, **options)
    assert [o.reason for o in shelf.copy(plan) if isinstance(o, FileFailure)] == []
    return plan


def test_everything_arrives_is_found_again_and_follows_without_a_rename(phone):
    run(phone, carry=Carry.FIRST)
    assert len(phone.there()) == 8
    assert read_genres(str(phone.target / "Jazz" / "mp3-many.mp3")) == ("Jazz",)
    assert phone.there()["Rock/mp3-v23.mp3"] == phone.sources()["mp3-v23.mp3"]
    again = run(phone, carry=Carry.FIRST)
    assert (again.count(Action.KEEP), again.size) == (8, 0)

    write_genres(str(phone.music / "flac.flac"), ("Blues",))
    plan = run(phone, carry=Carry.FIRST)
    assert (plan.count(Action.KEEP), plan.count(Action.COPY), plan.deletes) == (7, 1, ("Jazz/flac.flac",))
    run(phone, "{name}")
    assert phone.there() == phone.sources()
    assert sorted(path.name for path in phone.target.iterdir() if path.name.startswith(".")) == sorted((NAME, SECOND))


def test_playlists_are_written_there_as_well(phone):
    list(line.copy_into(phone.plan(), playlists=True))
    assert (phone.target / "Rock.m3u8").read_text(encoding="utf-8").splitlines()[-1] == "Rock/mp3-v23.mp3"


def test_a_list_from_a_drive_that_could_rename_is_planned_again(full_shelf, refuse):
    run(full_shelf)
    plan = full_shelf.plan("{name}")
    refuse(full_shelf.target)
    with pytest.raises(TargetError, match="plan it again"):
        full_shelf.copy(plan)
    assert len(full_shelf.there()) == 8
    run(full_shelf, "{name}")
    assert full_shelf.there() == full_shelf.sources()


class Dying(FileOps):
    """The process ends in the middle of writing the n-th file to the phone."""

    def __init__(self, phone: str, at: int) -> None:
        self.phone, self.left = phone, at

    def copy(self, source, target, *, spare=0):
        self.left -= os.readlink(f"/proc/self/fd/{target.fileno()}").startswith(self.phone)
        if self.left:
            super().copy(source, target, spare=spare)
            return
        target.write(source.read(1000))
        target.flush()
        os._exit(9)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files have no names here")
@pytest.mark.parametrize("at", [1, 4, 8])
def test_what_a_kill_left_in_part_is_made_anew_and_nothing_of_somebody_else(phone, at):
    phone.target.mkdir()
    (phone.target / "mine.mp3").write_bytes(b"mine")
    plan = phone.plan("{name}")
    child = os.fork()
    if child == 0:
        list(copy(plan, files=Dying(str(phone.target), at), tagger=Tagger()))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert 1000 in [len(content) for content in phone.there().values()]
    run(phone, "{name}")
    assert phone.there() == phone.sources() | {"mine.mp3": b"mine"}
    assert phone.plan("{name}").count(Action.KEEP) == 8


def test_a_list_that_was_being_written_is_read_from_its_second_copy(phone):
    run(phone)
    whole = (phone.target / NAME).read_bytes()
    for name in (NAME, SECOND):
        (phone.target / name).write_bytes(whole[: len(whole) // 2])
        assert phone.plan().count(Action.KEEP) == 8
        (phone.target / name).write_bytes(whole)
