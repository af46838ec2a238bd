"""Music put into folders on the file systems of sticks and cards, and brought onto them and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.sorting.folders.organise import organise, settle_moves
from genre_tagger.writing.fileops import FileOps
from helpers.drives import Plugged


@pytest.fixture
def filled(albums):
    albums.put("old/a.mp3")
    albums.put("old/b.mp3", "rock")
    albums.put("one/c.mp3")
    albums.put("one/cover.jpg", b"cover")
    albums.put("list.m3u8", b"old/a.mp3\none/c.mp3\n")
    albums.scan()
    return albums


def failures(outcomes):
    return [outcome.reason for outcome in outcomes if isinstance(outcome, FileFailure)]


def test_music_goes_to_a_drive_of_its_own_and_comes_back_to_the_byte(filled, drive: Plugged):
    before, tracks = filled.there(), filled.tracks()
    times = {path: path.stat().st_mtime_ns for path in filled.music.rglob("*.mp3")}
    target = Path(drive.root) / "Music"
    assert failures(filled.organise(filled.plan("{genre}/{album}/{name}", target))) == []
    names = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert names >= {"Jazz/Test Tones/a.mp3", "Rock/Test Tones/b.mp3", "Jazz/Test Tones/c.mp3"}
    assert filled.library.folders() == sorted([str(filled.music), str(target)])
    assert {os.path.exists(track.path) for track in filled.library.tracks()} == {True}
    for _ in line.scan_into(filled.library, filled.library.folders()):
        pass
    assert {track.id for track in filled.library.tracks() if not track.missing} == set(tracks)
    assert failures(filled.undo()) == []
    assert (filled.there(), filled.tracks()) == (before, tracks)
    assert {path: path.stat().st_mtime_ns for path in filled.music.rglob("*.mp3")} == times
    assert filled.library.folders() == [str(filled.music)]
    assert not target.exists()


def test_folders_on_a_drive_that_was_pulled_in_the_middle_go_when_that_is_undone(filled, drive: Plugged):
    class Pulling(FileOps):
        def create(self, path, *options, **named):
            if made := [*Path(drive.root).rglob("*.mp3")]:
                drive.pull()
                assert len(made) == 1
            return super().create(path, *options, **named)

    before, target = filled.there(), Path(drive.root) / "Music"
    with pytest.raises(TargetError, match="not there any more"):
        list(organise(filled.plan("{genre}/{album}/{name}", target), filled.journal, files=Pulling()))
    assert drive.plug()
    list(settle_moves(filled.journal, filled.library.folders()))
    assert failures(filled.undo()) == []
    assert filled.there() == before
    assert not target.exists()


def test_on_the_drive_itself_only_the_case_of_letters_may_change(filled, drive: Plugged):
    filled.organise(filled.plan("{genre}/{name}", Path(drive.root) / "Music"))
    filled.library.remove_folder(str(filled.music))
    root = Path(drive.root) / "Music"
    os.rename(root / "Jazz" / "a.mp3", root / "Jazz" / "tmp.mp3")
    os.rename(root / "Jazz" / "tmp.mp3", root / "Jazz" / "A SHORT CHORD.mp3")
    plan = filled.plan("{genre}/{title}", root)
    assert failures(filled.organise(plan)) == []
    names = sorted(path.name for path in (root / "Jazz").glob("*.mp3"))
    assert names == ["A Short Chord (2).mp3", "A Short Chord.mp3"]
    assert failures(filled.undo()) == []
    assert sorted(path.name for path in (root / "Jazz").glob("*.mp3")) == ["A SHORT CHORD.mp3", "c.mp3"]
