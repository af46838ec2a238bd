"""Copies on a target: whole, compared, carrying the right genres; and what happens when the target fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.files.tags import read_genres, read_tags, write_genres
from genre_tagger.library.tracks import Decision
from genre_tagger.sorting.copies.copy import Copied, copy
from genre_tagger.sorting.copies.manifest import NAME, WORKING
from genre_tagger.sorting.copies.plan import Action, Carry
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Tagger
from helpers.files import digest, open_files


def done(outcomes, *wanted):
    """The outcomes that are copies, after making sure that nothing failed."""
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, FileFailure)] == []
    return [outcome for outcome in outcomes if not wanted or outcome.action in wanted]


def test_copies_are_the_files_byte_for_byte_and_the_library_is_as_it_was(full_shelf):
    before = full_shelf.sources()
    copied = done(full_shelf.copy(full_shelf.plan("{name}")))
    assert full_shelf.there() == full_shelf.sources() == before
    assert sum(outcome.size for outcome in copied) == sum(map(len, before.values()))
    assert not (full_shelf.target / WORKING).exists()
    source, target = full_shelf.music / "wav.wav", full_shelf.target / "wav.wav"
    assert target.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert target.stat().st_mode == source.stat().st_mode


def test_the_second_run_copies_nothing_and_writes_no_file_again(full_shelf):
    full_shelf.copy(full_shelf.plan())
    inodes = {path: path.stat().st_ino for path in full_shelf.target.rglob("*.*") if path.name != NAME}
    again = done(full_shelf.copy(full_shelf.plan()))
    assert [(outcome.action, outcome.size) for outcome in again] == [(Action.KEEP, 0)] * 8
    assert inodes == {path: path.stat().st_ino for path in full_shelf.target.rglob("*.*") if path.name != NAME}


@pytest.mark.parametrize(("carry", "genres"), [(Carry.FIRST, ("Jazz",)), (Carry.JOINED, ("Jazz / Blues",))])
def test_a_copy_carries_one_genre_and_its_sound_is_that_of_the_file(full_shelf, carry, genres):
    source, target = (str(folder / "mp3-many.mp3") for folder in (full_shelf.music, full_shelf.target))
    before = full_shelf.sources()
    (copied,) = [f for f in done(full_shelf.copy(full_shelf.plan("{name}", carry=carry))) if f.path == source]
    assert copied.note == ""
    assert read_genres(target) == genres
    looks = [Tagger().look(path) for path in (source, target)]
    assert (looks[0].audio, looks[0].rest) == (looks[1].audio, looks[1].rest)
    assert full_shelf.sources() == before
    assert full_shelf.plan("{name}", carry=carry).count(Action.KEEP) == 8


@pytest.mark.parametrize("name", ["mp3", "mp3-v23", "flac", "m4a", "ogg", "opus", "wav", "wma", "wv"])
def test_a_genre_that_the_library_would_write_is_in_the_copy_and_not_in_the_file(shelf, media, name):
    path = str(shelf.music / os.path.basename(media(name)))
    shutil.move(media(name), path)
    shelf.scan()
    (track,) = shelf.library.tracks()
    shelf.library.decide([track.id], Decision(True, ("Tango",)))
    before = digest(path)
    (copied,) = done(shelf.copy(shelf.plan()))
    assert copied.target == str(shelf.target / "Tango" / os.path.basename(path))
    assert (copied.note, read_genres(copied.target)) == ("", ("Tango",))
    assert digest(path) == before


def test_a_file_whose_tags_cannot_be_written_safely_is_copied_as_it_is_and_told(shelf, media):
    shutil.move(media("ogg-chained"), shelf.music)
    shelf.scan()
    (track,) = shelf.library.tracks()
    shelf.library.decide([track.id], Decision(True, ("Tango",)))
    (copied,) = done(shelf.copy(shelf.plan("{name}")))
    assert copied.note.endswith(".")
    assert shelf.there() == shelf.sources()
    assert shelf.plan("{name}").count(Action.KEEP) == 1


def test_a_tagger_that_changes_more_than_the_genre_is_not_believed(full_shelf):
    class Careless(Tagger):
        def tag(self, path, genres, style, *, field="genre"):
            with open(path, "r+b") as file:
                file.seek(-100, 2)
                file.write(b"\0" * 50)
            super().tag(path, genres, style, field=field)

    outcomes = list(copy(full_shelf.plan("{name}", carry=Carry.FIRST), tagger=Careless()))
    assert [outcome.note != "" for outcome in done(outcomes) if outcome.path.endswith("many.mp3")] == [True]
    assert full_shelf.there() == full_shelf.sources()


def test_the_tagging_process_tags_copies(full_shelf):
    done(list(copy(full_shelf.plan("{name}", carry=Carry.FIRST))))
    assert read_genres(str(full_shelf.target / "mp3-many.mp3")) == ("Jazz",)


def test_a_genre_that_changed_is_in_the_copy_after_the_next_run(full_shelf):
    full_shelf.copy(full_shelf.plan())
    write_genres(str(full_shelf.music / "flac.flac"), ("Blues",))
    outcomes = done(full_shelf.copy(full_shelf.plan()))
    changed = [outcome for outcome in outcomes if outcome.action is not Action.KEEP]
    assert [outcome.target for outcome in changed] == [str(full_shelf.target / "Blues" / "flac.flac")]
    there = full_shelf.there()
    assert there["Blues/flac.flac"] == full_shelf.sources()["flac.flac"]
    assert len(there) == 8
    assert full_shelf.plan().count(Action.KEEP) == 8


def test_a_copy_that_was_tagged_there_and_kept_its_size_is_not_replaced(full_shelf):
    full_shelf.copy(full_shelf.plan("{name}"))
    path = full_shelf.target / "flac.flac"
    edited = path.read_bytes().replace(b"Short", b"SHORT")
    path.write_bytes(edited)
    write_genres(str(full_shelf.music / "flac.flac"), ("Blues",))
    failures = [outcome for outcome in full_shelf.copy(full_shelf.plan("{name}")) if isinstance(outcome, FileFailure)]
    assert ["has been changed" in failure.reason for failure in failures] == [True]
    assert path.read_bytes() == edited


def test_moves_take_the_same_file_and_leave_no_empty_folder(full_shelf):
    full_shelf.copy(full_shelf.plan())
    inode = (full_shelf.target / "Rock" / "mp3-v23.mp3").stat().st_ino
    outcomes = done(full_shelf.copy(full_shelf.plan("All/{name}")))
    assert {outcome.action for outcome in outcomes} == {Action.MOVE}
    assert (full_shelf.target / "All" / "mp3-v23.mp3").stat().st_ino == inode
    assert sorted(entry.name for entry in full_shelf.target.iterdir()) == [NAME, "All"]


def test_only_what_this_program_put_there_is_deleted(full_shelf):
    shutil.copytree(full_shelf.music, full_shelf.target / "mine", dirs_exist_ok=True)
    os.unlink(full_shelf.target / "mine" / "mp3-v23.mp3")
    full_shelf.copy(full_shelf.plan())
    (full_shelf.target / "Rock" / "cover.jpg").write_bytes(b"cover")
    outcomes = done(full_shelf.copy(full_shelf.plan(genres=["Jazz"], delete=True)))
    deleted = [outcome.target for outcome in outcomes if outcome.action is Action.DELETE]
    assert deleted == [str(full_shelf.target / "Rock" / "mp3-v23.mp3")]
    names = {f"mine/{name}" for name in full_shelf.sources() if name != "mp3-v23.mp3"}
    assert set(full_shelf.there()) == {*names, "Rock/cover.jpg"}


def test_what_was_taken_over_is_never_changed(full_shelf):
    shutil.copytree(full_shelf.music, full_shelf.target / "mine")
    full_shelf.copy(full_shelf.plan())
    theirs = full_shelf.there()
    write_genres(str(full_shelf.music / "flac.flac"), ("Blues",))
    done(full_shelf.copy(full_shelf.plan()))
    there = full_shelf.there()
    assert {name: there[name] for name in theirs} == theirs
    assert set(there) - set(theirs) == {"Blues/flac.flac"}
    assert full_shelf.plan().size == 0


def test_a_copy_that_changed_before_it_could_be_deleted_stays(full_shelf):
    full_shelf.copy(full_shelf.plan())
    plan = full_shelf.plan(genres=["Jazz"], delete=True)
    path = full_shelf.target / "Rock" / "mp3-v23.mp3"
    path.write_bytes(b"edited")
    failures = [outcome for outcome in full_shelf.copy(plan) if isinstance(outcome, FileFailure)]
    assert [failure.path for failure in failures] == [str(path)]
    assert path.read_bytes() == b"edited"


def test_a_file_that_appeared_meanwhile_is_left_and_told(full_shelf):
    plan = full_shelf.plan()
    (full_shelf.target / "Rock").mkdir(parents=True)
    (full_shelf.target / "Rock" / "mp3-v23.mp3").write_bytes(b"mine")
    failures = [outcome for outcome in full_shelf.copy(plan) if isinstance(outcome, FileFailure)]
    assert ["appeared" in failure.reason for failure in failures] == [True]
    assert full_shelf.there()["Rock/mp3-v23.mp3"] == b"mine"
    assert len(full_shelf.there()) == 8


def test_a_file_that_changed_since_it_was_scanned_is_not_copied(full_shelf):
    plan = full_shelf.plan()
    (full_shelf.music / "wav.wav").write_bytes(b"other")
    failures = [outcome for outcome in full_shelf.copy(plan) if isinstance(outcome, FileFailure)]
    assert ["changed since it was scanned" in failure.reason for failure in failures] == [True]
    assert len(full_shelf.there()) == 7


def test_a_link_on_the_target_leads_nowhere_else(full_shelf, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    full_shelf.target.mkdir()
    plan = full_shelf.plan()
    os.symlink(tmp_path / "elsewhere", full_shelf.target / "Rock")
    failures = [outcome for outcome in full_shelf.copy(plan) if isinstance(outcome, FileFailure)]
    assert [(os.path.basename(failure.path), "leads out" in failure.reason) for failure in failures] == [
        ("mp3-v23.mp3", True)
    ]
    done(full_shelf.copy(full_shelf.plan()))
    assert "Rock (2)/mp3-v23.mp3" in full_shelf.there()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_run_that_is_ended_early_is_gone_on_with(full_shelf, monkeypatch):
    monkeypatch.setattr("genre_tagger.sorting.copies.copy._MOST_FILES", 2)
    with contextlib.closing(copy(full_shelf.plan("{name}"), tagger=Tagger())) as outcomes:
        for _ in range(3):
            next(outcomes)
    there = full_shelf.there()
    assert len(there) == 3
    assert not (full_shelf.target / WORKING).exists()
    assert not [path for path in open_files() if str(full_shelf.target) in path]
    plan = full_shelf.plan("{name}")
    assert (plan.count(Action.KEEP), plan.count(Action.COPY)) == (3, 5)
    done(full_shelf.copy(plan))
    assert full_shelf.there() == full_shelf.sources()


def test_what_a_killed_run_left_is_removed_and_nothing_else(full_shelf):
    full_shelf.target.mkdir()
    (full_shelf.target / WORKING).mkdir()
    for name in (f"{WORKING}/7.mp3", f"{NAME}.0123abcd.part", "Jazz.m3u8.0123abcd.part"):
        (full_shelf.target / name).touch()
    (full_shelf.target / "mine.part").touch()
    done(full_shelf.copy(full_shelf.plan("{name}")))
    assert set(full_shelf.there()) == {*full_shelf.sources(), "mine.part"}


def test_two_copies_into_one_target_at_once_are_refused(full_shelf, monkeypatch):
    monkeypatch.setattr("genre_tagger.sorting.copies.copy._MOST_FILES", 1)
    plan, other = full_shelf.plan("{name}"), full_shelf.plan("{name}")
    with contextlib.closing(copy(plan, tagger=Tagger())) as outcomes:
        next(outcomes)
        with pytest.raises(TargetError, match="Another Genre Tagger"):
            full_shelf.copy(other)
        done(list(outcomes))
    assert full_shelf.there() == full_shelf.sources()


def test_a_plan_that_another_run_has_overtaken_is_not_carried_out(full_shelf):
    plan = full_shelf.plan("{name}")
    full_shelf.copy(full_shelf.plan("{name}", genres=["Jazz"]))
    there = full_shelf.there()
    with pytest.raises(TargetError, match="plan it again"):
        full_shelf.copy(plan)
    assert full_shelf.there() == there
    assert full_shelf.plan("{name}").count(Action.KEEP) == len(there) == 5


def test_a_target_that_vanishes_ends_the_run_with_a_sentence(full_shelf, monkeypatch, tmp_path):
    monkeypatch.setattr("genre_tagger.sorting.copies.copy._MOST_FILES", 1)
    with contextlib.closing(copy(full_shelf.plan("{name}"), tagger=Tagger())) as outcomes:
        next(outcomes)
        full_shelf.target.rename(tmp_path / "unplugged")
        full_shelf.target.mkdir()  # the empty place where it was
        with pytest.raises(TargetError, match="not there any more"):
            list(outcomes)
    assert list(full_shelf.target.iterdir()) == []
    full_shelf.target.rmdir()
    (tmp_path / "unplugged").rename(full_shelf.target)
    assert full_shelf.plan("{name}").count(Action.KEEP) == 1
    done(full_shelf.copy(full_shelf.plan("{name}")))
    assert full_shelf.there() == full_shelf.sources()


OPERATIONS = ["resolve", "open_read", "create", "copy", "fsync", "sync_drive", "digest_of_same", "replace"]


class Failing(FileOps):
    """Real operations, of which one kind fails at its n-th call."""

    def __init__(self, name: str, at: int, code: int) -> None:
        self.name, self.at, self.code, self.count = name, at, code, 0

    def __getattribute__(self, name: str):
        get = super().__getattribute__
        if name == "sync_drive" and get("name") in ("fsync", "sync_drive"):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))  # then each file is waited for
        if name in OPERATIONS and name == get("name"):
            self.count += 1
            if get("count") == get("at"):
                raise OSError(get("code"), os.strerror(get("code")))
        return get(name)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_error_of_the_drive_costs_one_file_and_leaves_no_half_one(full_shelf, name, code):
    before = full_shelf.sources()
    outcomes = full_shelf.copy(full_shelf.plan("{name}"), Failing(name, 3, code))
    failures = [outcome for outcome in outcomes if isinstance(outcome, FileFailure)]
    assert len(outcomes) == 8
    # No room is tried again once the batch before has its names.
    harmless = name == "sync_drive" or (code == errno.ENOSPC and name in ("create", "copy"))
    assert len(failures) == (0 if harmless else 1)
    assert all(failure.stage == "copy" and failure.reason.endswith(".") for failure in failures)
    copied = {os.path.basename(o.path) for o in outcomes if isinstance(o, Copied)}
    assert full_shelf.there() == {file: data for file, data in before.items() if file in copied}
    assert full_shelf.sources() == before
    done(full_shelf.copy(full_shelf.plan("{name}")))
    assert full_shelf.there() == before


class Lying(FileOps):
    """A drive that keeps something else than what it was given."""

    def copy(self, source, target, *, spare=0):
        super().copy(source, target, spare=spare)
        target.seek(-1, os.SEEK_END)
        last = target.read(1)
        target.seek(-1, os.SEEK_END)
        target.write(b"\0" if last == b"\xff" else b"\xff")


def test_a_drive_that_keeps_something_else_is_found_out(full_shelf):
    outcomes = full_shelf.copy(full_shelf.plan("{name}"), Lying())
    assert {"did not give back" in outcome.reason for outcome in outcomes} == {True}
    assert full_shelf.there() == {}


@pytest.fixture
def small_drive(tmp_path):
    """A function: a drive of so many kilobytes, as a real file system of its own."""
    mounted = []

    def mount(kilobytes):
        place = tmp_path / "drive"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(place)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("small drives are made by root, who may mount here")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_what_does_not_fit_is_known_before_anything_is_copied(full_shelf, small_drive):
    full_shelf.target = small_drive(40) / "music"
    with pytest.raises(TargetError, match="not enough room"):
        full_shelf.copy(full_shelf.plan())
    assert not full_shelf.target.exists()


def test_a_drive_that_fills_up_keeps_what_is_whole_and_says_what_is_not_there(full_shelf, small_drive, monkeypatch):
    monkeypatch.setattr("genre_tagger.sorting.copies.copy._MOST_FILES", 1)
    drive = small_drive(256)
    full_shelf.target = drive / "music"
    plan = full_shelf.plan("{name}")
    (drive / "filler").write_bytes(b"\0" * (256 - 60) * 1024)
    outcomes = full_shelf.copy(plan)
    failures = [outcome for outcome in outcomes if isinstance(outcome, FileFailure)]
    assert failures
    assert {"no room left" in failure.reason for failure in failures} == {True}
    there = full_shelf.there()
    assert there
    assert {name: full_shelf.sources()[name] for name in there} == there
    (drive / "filler").unlink()
    done(full_shelf.copy(full_shelf.plan("{name}")))
    assert full_shelf.there() == full_shelf.sources()


def test_a_read_only_drive_is_refused(full_shelf, small_drive):
    drive = small_drive(256)
    subprocess.run(["mount", "-o", "remount,ro", str(drive)], check=True)
    full_shelf.target = drive
    with pytest.raises(TargetError, match="read-only"):
        full_shelf.plan()


def test_names_that_are_no_text_are_copied_under_names_that_are(shelf, media):
    shutil.move(media("mp3-bare"), os.path.join(os.fsencode(shelf.music), b"caf\xe9.mp3"))
    (copied,) = done(shelf.copy(shelf.plan("{genre}/{title}")))
    assert copied.target == str(shelf.target / "No genre" / "caf_.mp3")
    assert read_tags(copied.target).format == "MP3"
    assert shelf.plan("{genre}/{title}").count(Action.KEEP) == 1


def test_playlists_beside_the_copies_name_what_is_there(full_shelf):
    outcomes = list(line.copy_into(full_shelf.plan(), playlists=True))
    assert {(item.genre, item.tracks) for item in outcomes[8:]} == {("Jazz", 5), ("Blues", 1), ("Rock", 1)}
    for name in ("Jazz", "Blues", "Rock"):
        lines = (full_shelf.target / f"{name}.m3u8").read_text(encoding="utf-8").splitlines()
        assert all((full_shelf.target / path).is_file() for path in lines if not path.startswith("#"))
    assert [item.written for item in list(line.copy_into(full_shelf.plan(), playlists=True))[8:]] == [False] * 3
