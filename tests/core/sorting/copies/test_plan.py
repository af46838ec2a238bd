"""The plan of a copy: what it says before anything is done, on real files and a real library."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from genre_tagger.base.errors import TargetError
from genre_tagger.files.tags import write_genres
from genre_tagger.sorting.copies.manifest import NAME
from genre_tagger.sorting.copies.plan import CHANGED_THERE, Action, Carry, checked
from genre_tagger.sorting.names import FOREIGN, TAKEN


def test_a_plan_says_all_and_changes_nothing(full_shelf):
    plan = full_shelf.plan()
    assert plan.count(Action.COPY) == len(plan.steps) == 8
    assert plan.size == sum(len(data) for data in full_shelf.sources().values())
    assert plan.size <= plan.needed < plan.free
    assert {step.path for step in plan.steps} == {
        "Jazz/mp3.mp3", "Rock/mp3-v23.mp3", "Jazz/mp3-many.mp3", "Jazz/flac.flac", "Jazz/m4a.m4a", "Jazz/ogg.ogg",
        "No genre/mp3-nogenre.mp3", "No genre/wav.wav",
    }  # fmt: skip
    assert not full_shelf.target.exists()


def test_only_the_genres_that_are_asked_for_are_planned(full_shelf, acted):
    assert acted(full_shelf.plan(genres=["blues", "ROCK"])) == {"mp3-many.mp3": "copy", "mp3-v23.mp3": "copy"}


@pytest.mark.parametrize(("carry", "genres"), [("all", ("A", "B")), ("first", ("A",)), ("joined", ("A / B",))])
def test_a_copy_carries_all_genres_or_one(carry, genres):
    assert Carry(carry).of(("A", "B")) == genres
    assert Carry(carry).of(()) == ()


def test_tracks_that_want_one_name_are_told_apart_and_why(full_shelf):
    plan = full_shelf.plan("{title}")
    renamed = {step.path: step.why for step in plan.steps if step.why}
    assert renamed == {f"A Short Chord ({number}).mp3": TAKEN for number in (2, 3, 4)}


def test_a_file_of_somebody_elses_keeps_its_name(full_shelf):
    (full_shelf.target / "jazz").mkdir(parents=True)
    (full_shelf.target / "jazz" / "MP3.mp3").write_bytes(b"mine")
    (step,) = [step for step in full_shelf.plan().steps if step.wanted.track.path.endswith("/mp3.mp3")]
    assert (step.path, step.why) == ("jazz/mp3 (2).mp3", FOREIGN)


@pytest.mark.parametrize("place", ["music", "music/deep", "."])
def test_a_target_in_or_around_the_music_is_refused(full_shelf, place):
    full_shelf.target = full_shelf.music.parent / place
    with pytest.raises(TargetError, match="music folder"):
        full_shelf.plan()


def test_a_link_into_the_music_is_no_way_round(full_shelf):
    os.symlink(full_shelf.music, full_shelf.target)
    with pytest.raises(TargetError, match="music folder"):
        full_shelf.plan()


def test_a_target_that_is_no_folder_or_has_no_place_is_refused(full_shelf, tmp_path):
    full_shelf.target = tmp_path / "not" / "there"
    with pytest.raises(TargetError, match="plugged in"):
        full_shelf.plan()
    full_shelf.target = tmp_path / "file"
    full_shelf.target.touch()
    with pytest.raises(TargetError, match="not a folder"):
        full_shelf.plan()


def test_a_target_that_may_not_be_written_is_refused(as_somebody):
    with as_somebody() as folder:
        os.chmod(folder, 0o555)
        for target in (folder, os.path.join(folder, "new")):
            with pytest.raises(TargetError, match="permission"):
                checked(target, [])
        os.chmod(folder, 0o755)


def test_a_manifest_that_cannot_be_understood_stops_everything(full_shelf):
    full_shelf.target.mkdir()
    for content in (b"{", b'{"version": 99}', b'{"version": 1, "files": {"../x": {}}, "pending": {}, "playlists": {}}'):
        (full_shelf.target / NAME).write_bytes(content)
        with pytest.raises(TargetError, match="damaged or comes from a newer version"):
            full_shelf.plan()
        assert (full_shelf.target / NAME).read_bytes() == content


def test_a_second_plan_has_nothing_to_do(full_shelf):
    full_shelf.copy(full_shelf.plan())
    plan = full_shelf.plan()
    assert (plan.count(Action.KEEP), plan.size, plan.deletes, plan.unwanted) == (8, 0, (), ())


def test_a_genre_that_changed_is_to_be_written_into_that_copy_alone(full_shelf, acted):
    full_shelf.copy(full_shelf.plan())
    write_genres(str(full_shelf.music / "flac.flac"), ("Blues",))
    plan = full_shelf.plan()
    assert {name: action for name, action in acted(plan).items() if action != "keep"} == {"flac.flac": "new genre"}
    (step,) = [step for step in plan.steps if step.action is Action.RETAG]
    assert (step.old, step.path) == ("Jazz/flac.flac", "Blues/flac.flac")


def test_a_file_that_was_only_touched_is_not_copied_again(full_shelf):
    full_shelf.copy(full_shelf.plan())
    os.utime(full_shelf.music / "ogg.ogg", (1, 1))
    assert full_shelf.plan().count(Action.KEEP) == 8


def test_a_renamed_track_is_moved_on_the_target(full_shelf, acted):
    full_shelf.copy(full_shelf.plan())
    os.rename(full_shelf.music / "ogg.ogg", full_shelf.music / "new.ogg")
    plan = full_shelf.plan()
    assert acted(plan)["new.ogg"] == "move"
    assert (plan.size, plan.unwanted) == (0, ())


def test_a_library_that_lies_elsewhere_now_finds_its_copies(full_shelf):
    full_shelf.copy(full_shelf.plan())
    deep = full_shelf.music / "elsewhere"
    deep.mkdir()
    for path in [path for path in full_shelf.music.iterdir() if path.is_file()]:
        shutil.copyfile(path, deep / path.name)  # with another time of change
        path.unlink()
    plan = full_shelf.plan()
    assert (plan.count(Action.KEEP), plan.size, plan.unwanted) == (8, 0, ())


def test_another_pattern_moves_what_is_there(full_shelf):
    full_shelf.copy(full_shelf.plan())
    plan = full_shelf.plan("{name}")
    assert (plan.count(Action.MOVE), plan.size) == (8, 0)


def test_a_card_that_was_filled_by_hand_is_taken_over_where_it_is(full_shelf):
    shutil.copytree(full_shelf.music, full_shelf.target / "my way")
    (full_shelf.target / "my way" / "ogg.ogg").write_bytes(b"x" * len(full_shelf.sources()["ogg.ogg"]))
    plan = full_shelf.plan()
    assert (plan.count(Action.ADOPT), plan.count(Action.COPY)) == (7, 1)
    assert {step.path for step in plan.steps if step.action is Action.ADOPT} == {
        f"my way/{name}" for name in full_shelf.sources() if name != "ogg.ogg"
    }


def test_what_lies_in_a_wastebasket_is_not_there(full_shelf):
    for place in (".Trash-1000/files", "$RECYCLE.BIN", "LOST.DIR"):
        shutil.copytree(full_shelf.music, full_shelf.target / place)
    assert full_shelf.plan().count(Action.COPY) == 8


def test_what_is_not_wanted_any_more_stays_unless_it_is_to_go(full_shelf):
    full_shelf.copy(full_shelf.plan())
    (full_shelf.target / "Rock" / "mine.mp3").write_bytes(b"mine")
    plan = full_shelf.plan(genres=["Jazz"])
    gone = ("No genre/mp3-nogenre.mp3", "No genre/wav.wav", "Rock/mp3-v23.mp3")
    assert (plan.deletes, plan.unwanted) == ((), gone)
    plan = full_shelf.plan(genres=["Jazz"], delete=True)
    assert (plan.deletes, plan.unwanted) == (gone, ())


def test_what_stays_though_nobody_wants_it_keeps_its_name(full_shelf):
    full_shelf.copy(full_shelf.plan("{title}", genres=["Rock"]))
    plan = full_shelf.plan("{title}", genres=["Jazz"])
    assert "A Short Chord.mp3" not in {step.path for step in plan.steps}


def test_a_copy_that_somebody_changed_is_left_to_them(full_shelf):
    full_shelf.copy(full_shelf.plan())
    (full_shelf.target / "Rock" / "mp3-v23.mp3").write_bytes(b"edited on the phone")
    plan = full_shelf.plan(delete=True)
    assert (len(plan.steps), plan.deletes, plan.size) == (7, (), 0)
    assert [failure.reason for failure in plan.failures] == [CHANGED_THERE]


def test_a_track_whose_file_is_damaged_is_told(full_shelf, media):
    shutil.move(media("broken"), full_shelf.music)
    plan = full_shelf.plan()
    assert [(os.path.basename(failure.path), failure.stage) for failure in plan.failures] == [("broken.mp3", "copy")]
    assert len(plan.steps) == 8


def test_a_track_that_was_removed_from_the_library_is_not_wanted_any_more(full_shelf):
    full_shelf.copy(full_shelf.plan())
    os.unlink(full_shelf.music / "wav.wav")
    plan = full_shelf.plan(delete=True)
    assert (plan.deletes, plan.failures, len(plan.steps)) == (("No genre/wav.wav",), (), 7)


def test_copies_of_tracks_on_a_drive_that_is_not_plugged_in_stay(full_shelf, tmp_path):
    full_shelf.copy(full_shelf.plan())
    full_shelf.music.rename(tmp_path / "unplugged")
    for empty in (False, True):
        if empty:
            full_shelf.music.mkdir()
        plan = full_shelf.plan(delete=True)
        assert (plan.deletes, plan.steps) == ((), ())
        assert ["plugged in" in failure.reason for failure in plan.failures] == [True] * 8
    full_shelf.music.rmdir()
    (tmp_path / "unplugged").rename(full_shelf.music)
    assert full_shelf.plan(delete=True).count(Action.KEEP) == 8


def test_two_copies_that_exchange_their_names_find_a_way(full_shelf, acted):
    full_shelf.copy(full_shelf.plan("{name}"))
    (full_shelf.music / "mp3.mp3").rename(full_shelf.music / "x")
    (full_shelf.music / "mp3-many.mp3").rename(full_shelf.music / "mp3.mp3")
    (full_shelf.music / "x").rename(full_shelf.music / "mp3-many.mp3")
    plan = full_shelf.plan("{name}")
    full_shelf.copy(plan)
    assert full_shelf.there() == full_shelf.sources()
    assert full_shelf.plan("{name}").count(Action.KEEP) == 8


def test_a_drive_that_goes_while_it_is_looked_at_is_a_sentence(full_shelf, monkeypatch):
    def gone(place):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", place)

    monkeypatch.setattr(shutil, "disk_usage", gone)
    with pytest.raises(TargetError, match=r"cannot be looked at.*Is the drive plugged in"):
        full_shelf.plan()
