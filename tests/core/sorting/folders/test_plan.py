"""Bad input and what stays: a clear sentence each, and nothing changed."""

from __future__ import annotations

import os
import shutil

import pytest

from genre_tagger.base.errors import TargetError
from genre_tagger.sorting.folders.plan import rooted


def reasons(failures):
    return {os.path.basename(failure.path): failure.reason for failure in failures}


def test_copies_into_the_library_itself_are_refused(albums):
    albums.put("a.mp3")
    for root in (albums.music, albums.music / "Sorted", albums.music.parent):
        with pytest.raises(TargetError, match=r"Nothing|nothing"):
            albums.plan(root=root, keep=True)
    assert albums.files() == ["a.mp3"]


def test_a_library_that_is_reached_by_another_name_keeps_the_name_it_has(albums, tmp_path):
    os.symlink(albums.music, tmp_path / "link")
    assert rooted(str(tmp_path / "link" / "x"), [str(albums.music)], keep=False) == str(albums.music / "x")


@pytest.mark.parametrize(("root", "words"), [("file", "not a folder"), ("no/folder", "no folder")])
def test_a_target_that_is_none_is_refused_in_a_sentence(albums, tmp_path, root, words):
    (tmp_path / "file").touch()
    with pytest.raises(TargetError, match=words):
        albums.plan(root=tmp_path / root)


def test_folders_that_may_not_be_written_to_are_told_before(as_somebody, make_albums):
    from pathlib import Path

    with as_somebody() as folder, make_albums(Path(folder)) as albums:
        albums.put("locked/a.mp3")
        albums.put("open/b.mp3")
        albums.scan()
        os.chmod(albums.music / "locked", 0o555)
        plan = albums.plan()
        assert [os.path.basename(move.source) for move in plan.moves] == ["b.mp3"]
        assert "permission" in reasons(plan.failures)["a.mp3"]
        os.chmod(albums.music, 0o555)
        with pytest.raises(TargetError, match="permission"):
            albums.plan()
        os.chmod(albums.music, 0o755)


def test_links_damaged_changed_and_foreign_files_stay_and_are_told(albums, tmp_path):
    song = albums.put("a/song.mp3")
    elsewhere = shutil.copyfile(song, tmp_path / "elsewhere.mp3")
    os.symlink(elsewhere, albums.music / "a/link.mp3")
    albums.put("a/damaged.flac", b"fLaC and then nothing")
    changed = albums.put("a/changed.mp3")
    albums.scan()
    from genre_tagger import line
    from genre_tagger.review.policy import Policy
    from genre_tagger.sorting.folders.in_step import plan_folders
    from genre_tagger.sorting.pattern import Pattern

    changed.write_bytes(changed.read_bytes() + b"\0")
    plan = plan_folders(
        albums.library, line.wanted_copies(albums.library, Policy()), str(albums.music), Pattern.parse("{genre}/{name}")
    )
    told = reasons(plan.failures)
    assert set(told) == {"link.mp3", "damaged.flac", "changed.mp3"}
    assert "link" in told["link.mp3"]
    assert "changed since" in told["changed.mp3"]
    assert [os.path.basename(move.source) for move in plan.moves] == ["song.mp3"]


def test_what_lies_beside_music_that_stays_or_parts_stays_and_is_told(albums):
    albums.put("mixed/a.mp3")
    albums.put("mixed/b.mp3", "rock")
    albums.put("mixed/cover.jpg", b"x")
    albums.put("part/a.mp3")
    albums.put("part/notmusic.flac", b"nothing that can be read")
    albums.put("part/back.jpg", b"x")
    plan = albums.plan("{genre}/{album}/{title} {name}")
    told = reasons(plan.stays)
    assert set(told) == {"cover.jpg", "back.jpg"}
    assert "not together" in told["cover.jpg"]
    assert "Music stays" in told["back.jpg"]
    assert not any(move.track is None for move in plan.moves)


def test_discs_in_folders_of_their_own_come_together_with_their_covers(albums):
    for disc in (1, 2):
        albums.put(f"Album/CD{disc}/{disc}.mp3")
        albums.put(f"Album/CD{disc}/cover.jpg", b"%d" % disc)
    albums.put("Album/booklet.pdf", b"x")
    albums.organise(albums.plan("{genre}/{album}/{name}"))
    assert albums.files() == [
        "Jazz/Test Tones/1.mp3", "Jazz/Test Tones/2.mp3", "Jazz/Test Tones/booklet.pdf",
        "Jazz/Test Tones/cover (2).jpg", "Jazz/Test Tones/cover.jpg",
    ]  # fmt: skip


def test_what_does_not_fit_is_refused_before_anything_is_done(albums, tmp_path):
    albums.put("a.mp3")
    plan = albums.plan(root=tmp_path / "stick", keep=True)
    plan = plan.__class__(**{**vars(plan), "free": plan.needed - 1})
    with pytest.raises(TargetError, match="not enough room"):
        albums.organise(plan)
    assert not (tmp_path / "stick").exists()
    assert albums.journal.batches() == []


def test_a_playlist_whose_paths_climb_out_follows_only_for_what_is_ours(albums, tmp_path):
    (tmp_path / "out.mp3").write_bytes(b"out")
    albums.put("old/a.mp3")
    albums.put("old/l.m3u8", b"../../out.mp3\na.mp3\n../../../../../etc/none\n")
    plan = albums.plan()
    assert plan.lists == ((str(albums.music / "Jazz/Test Tones/l.m3u8"), 1),)
    albums.organise(plan)
    assert albums.there()["Jazz/Test Tones/l.m3u8"] == b"../../../out.mp3\na.mp3\n../../../../../etc/none\n"
    assert (tmp_path / "out.mp3").read_bytes() == b"out"
