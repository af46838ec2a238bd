"""One playlist a genre: who stands in it, where it lies, and whose playlists are never touched."""

from __future__ import annotations

import os
import shutil

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.copies.manifest import NAME, Manifest
from genre_tagger.sorting.playlists.by_genre import Listed, Placed, write_playlists
from helpers.tracks import track


def placed(*rows):
    return [Placed(track(title=path, path=f"/music/{path}"), genres, path) for path, genres in rows]


def write(folder, rows, **options):
    return list(write_playlists(Manifest.read(str(folder)), placed(*rows), **options))


def test_genres_that_differ_in_case_are_one_in_the_spelling_that_most_have(tmp_path):
    rows = [("a.mp3", ("hip hop",)), ("b.mp3", ("Hip Hop", "Jazz")), ("c.mp3", ("Hip Hop",)), ("d.mp3", ())]
    lists = write(tmp_path, rows)
    assert [(item.genre, item.tracks, item.written) for item in lists] == [("Hip Hop", 3, True), ("Jazz", 1, True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "Hip Hop.m3u8", "Jazz.m3u8"]


def test_a_playlist_goes_by_artist_album_and_number(tmp_path):
    tracks = [track(artist=artist, album=album, track_number=number) for artist, album, number in [
        ("b", "x", 1), ("A", "y", 1), ("a", "X", 10), ("A", "x", 2)]]  # fmt: skip
    items = [Placed(item, ("Jazz",), f"{number}.mp3") for number, item in enumerate(tracks)]
    list(write_playlists(Manifest(str(tmp_path)), items))
    lines = (tmp_path / "Jazz.m3u8").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["3.mp3", "2.mp3", "1.mp3", "0.mp3"]


def test_somebody_elses_playlist_keeps_its_name_and_its_content(tmp_path):
    (tmp_path / "Jazz.m3u8").write_text("mine")
    (item,) = write(tmp_path, [("a.mp3", ("Jazz",))])
    assert item.path == str(tmp_path / "Jazz (2).m3u8")
    assert (tmp_path / "Jazz.m3u8").read_text() == "mine"


def test_a_playlist_of_ours_that_was_edited_belongs_to_whoever_edited_it(tmp_path):
    write(tmp_path, [("a.mp3", ("Jazz",))])
    (tmp_path / "Jazz.m3u8").write_text("edited")
    (item,) = write(tmp_path, [("b.mp3", ("Jazz",))], remove=True)
    assert item.path == str(tmp_path / "Jazz (2).m3u8")
    assert (tmp_path / "Jazz.m3u8").read_text() == "edited"


def test_the_next_run_writes_only_what_changed_and_removes_what_is_empty_if_asked(tmp_path):
    write(tmp_path, [("a.mp3", ("Jazz", "Blues")), ("b.mp3", ("Rock",))])
    assert [item.written for item in write(tmp_path, [("a.mp3", ("Jazz",)), ("c.mp3", ("Rock",))])] == [False, True]
    assert (tmp_path / "Blues.m3u8").exists()
    write(tmp_path, [("a.mp3", ("Jazz",))], remove=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "Jazz.m3u8"]


def test_genres_whose_names_become_the_same_get_playlists_of_their_own(tmp_path):
    lists = write(tmp_path, [("a.mp3", ("R/B",)), ("b.mp3", ("R:B",))])
    assert [os.path.basename(item.path) for item in lists] == ["R_B.m3u8", "R_B (2).m3u8"]


def test_a_track_that_no_playlist_can_name_is_told_and_the_others_are_listed(tmp_path):
    failure, item = write(tmp_path, [("a\n.mp3", ("Jazz",)), ("b.mp3", ("Jazz",))])
    assert isinstance(failure, FileFailure)
    assert (failure.path, failure.stage) == ("/music/a\n.mp3", "playlist")
    assert isinstance(item, Listed)
    assert item.tracks == 1


def test_a_folder_that_may_not_be_written_is_told(as_somebody):
    with as_somebody() as folder:
        os.chmod(folder, 0o555)
        outcomes = write_playlists(Manifest(folder), placed(("a.mp3", ("Jazz",))))
        assert "cannot be written" in next(outcomes).reason
        with pytest.raises(TargetError):
            list(outcomes)
        os.chmod(folder, 0o755)


def test_playlists_of_the_librarys_own_files_lead_to_them(full_shelf, tmp_path):
    shutil.copyfile(full_shelf.music / "mp3.mp3", full_shelf.music / "# č.mp3")
    full_shelf.scan()
    lists = list(line.playlists_into(full_shelf.library, str(tmp_path / "lists"), Policy()))
    assert [(item.genre, item.tracks) for item in lists] == [("Blues", 1), ("Jazz", 6), ("Rock", 1)]
    lines = (tmp_path / "lists" / "Jazz.m3u8").read_text(encoding="utf-8").splitlines()
    paths = [tmp_path / "lists" / text for text in lines if not text.startswith("#")]
    assert {path.resolve() for path in paths} == {
        full_shelf.music / name for name in ("mp3.mp3", "mp3-many.mp3", "flac.flac", "m4a.m4a", "ogg.ogg", "# č.mp3")
    }
    list(line.playlists_into(full_shelf.library, str(full_shelf.music), Policy(), genres=["jazz"]))
    inside = (full_shelf.music / "Jazz.m3u8").read_text(encoding="utf-8").splitlines()
    assert "./# č.mp3" in inside
    assert not (full_shelf.music / "Rock.m3u8").exists()
