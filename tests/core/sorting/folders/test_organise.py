"""Files put into folders and taken back: to the byte and the place, with all that belongs to them."""

from __future__ import annotations

import itertools
import os

import pytest

from genre_tagger.base.errors import FileFailure
from genre_tagger.library.tracks import Decision
from genre_tagger.sorting.folders.plan import Relocation
from genre_tagger.writing.moves import Kind

M3U = b"#EXTM3U\r\n#EXTINF:1,x\r\na.mp3\r\nb.mp3\r\nnone.mp3\r\n"
CUE = 'REM été\r\nFILE "a.mp3" MP3\r\n  TRACK 01 AUDIO\r\n'.encode("cp1252")


@pytest.fixture
def full(albums):
    """An album of two tracks with what lies beside it, a rock song, and lists in the folder above."""
    albums.put("old/a.mp3")
    albums.put("old/b.mp3")
    albums.put("old/cover.jpg", b"cover")
    albums.put("old/Scans/booklet.pdf", b"booklet")
    albums.put("old/list.m3u", M3U)
    albums.put("old/album.cue", CUE)
    albums.put("loose/r.mp3", "rock")
    albums.put("All.m3u8", b"old/a.mp3\nloose/r.mp3\n../out.mp3\n")
    albums.put("note.txt", b"note")
    albums.scan()
    return albums


def failures(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, FileFailure)]


def test_an_album_moves_with_all_that_belongs_to_it_and_comes_back_to_the_byte(full):
    before, tracks = full.there(), full.tracks()
    first = next(track for track, path in tracks.items() if path == "old/a.mp3")
    full.library.decide([first], Decision(True, ("Jazz",)))
    plan = full.plan()
    assert (plan.tracks, plan.kept, plan.failures, plan.stays) == (3, 0, (), ())
    assert [os.path.relpath(path, full.music) for path in plan.emptied] == ["loose", "old/Scans", "old"]
    assert full.there() == before

    outcomes = full.organise(plan)
    assert failures(outcomes) == []
    assert full.files() == [
        "All.m3u8", "Jazz/Test Tones/Scans/booklet.pdf", "Jazz/Test Tones/a.mp3", "Jazz/Test Tones/album.cue",
        "Jazz/Test Tones/b.mp3", "Jazz/Test Tones/cover.jpg", "Jazz/Test Tones/list.m3u", "Rock/Test Tones/r.mp3",
        "note.txt",
    ]  # fmt: skip
    there = full.there()
    assert there["All.m3u8"] == b"Jazz/Test Tones/a.mp3\nRock/Test Tones/r.mp3\n../out.mp3\n"
    assert (there["Jazz/Test Tones/list.m3u"], there["Jazz/Test Tones/album.cue"]) == (M3U, CUE)
    assert "old" not in there
    assert set(full.tracks()) == set(tracks)
    assert full.tracks()[first] == "Jazz/Test Tones/a.mp3"
    assert next(full.library.tracks(ids=[first])).decision == Decision(True, ("Jazz",))

    again = full.plan()
    assert (again.moves, again.kept) == ((), 3)
    (batch,) = full.journal.batches()
    assert (batch.kind, batch.files, batch.undone, batch.state) == ("move", 7, 0, "written")

    assert failures(full.undo()) == []
    assert full.there() == before
    assert full.tracks() == tracks
    assert full.journal.batches()[0].state == "undone"
    assert full.journal.moves.open_batches() == []


def test_other_names_are_followed_by_cue_sheets_and_lists(full):
    before = full.there()
    full.organise(full.plan("{genre}/{album}/{track} {title} {name}"))
    there = full.there()
    assert b'FILE "03 A Short Chord a.mp3" MP3' in there["Jazz/Test Tones/album.cue"]
    assert there["Jazz/Test Tones/album.cue"].startswith("REM été\r\n".encode("cp1252"))
    assert b"\r\n03 A Short Chord a.mp3\r\n03 A Short Chord b.mp3\r\nnone.mp3" in there["Jazz/Test Tones/list.m3u"]
    full.undo()
    assert full.there() == before


def test_two_that_want_one_name_get_two_and_files_that_are_there_stay(albums):
    albums.put("one/a.mp3")
    albums.put("two/a.mp3")
    albums.put("Jazz/A.MP3", b"somebody's")
    plan = albums.plan("{genre}/{name}")
    told = {os.path.relpath(move.target, albums.music): move.why for move in plan.moves}
    assert set(told) == {"Jazz/a (2).mp3", "Jazz/a (3).mp3"}
    assert all(why.endswith(".") for why in told.values())
    albums.organise(plan)
    assert albums.there()["Jazz/A.MP3"] == b"somebody's"


def test_names_that_go_round_in_a_circle_are_exchanged(albums):
    for name in ("x", "y", "z"):
        albums.put(f"Jazz/{name}.mp3")
    albums.scan()
    before, tracks = albums.there(), albums.tracks()
    plan = albums.plan("{genre}/{name}")
    assert plan.moves == ()
    names = ["x", "y", "z", "x"]
    circle = {f"Jazz/{here}.mp3": f"Jazz/{there}.mp3" for here, there in itertools.pairwise(names)}
    moves = tuple(_move(albums.music, here, there) for here, there in circle.items())
    outcomes = albums.organise(plan.__class__(**{**vars(plan), "moves": moves}))
    assert len(outcomes) == 3
    assert albums.tracks() == {track: circle[path] for track, path in tracks.items()}
    albums.undo()
    assert (albums.there(), albums.tracks()) == (before, tracks)


def _move(music, here, there):
    seen = (music / here).stat()
    return Relocation(str(music / here), str(music / there), "", 1, seen.st_size, seen.st_mtime_ns)


def test_copies_stay_known_by_the_journal_alone_and_undo_removes_them(full, tmp_path):
    before = full.there()
    stick = tmp_path / "stick"
    plan = full.plan("{genre}/{album}/{title} {name}", stick, keep=True)
    outcomes = full.organise(plan)
    assert {outcome.kind for outcome in outcomes} == {Kind.COPY, Kind.TEXT}
    assert full.there() == before
    assert (stick / "Jazz/Test Tones/A Short Chord a.mp3").read_bytes() == (full.music / "old/a.mp3").read_bytes()
    assert b"\r\nA Short Chord a.mp3\r\n" in (stick / "Jazz/Test Tones/list.m3u").read_bytes()
    (stick / "Rock/Test Tones/A Short Chord r.mp3").write_bytes(b"changed")
    told = failures(full.undo())
    assert [os.path.basename(failure.path) for failure in told] == ["A Short Chord r.mp3"]
    assert "changed since" in told[0].reason
    assert [path.name for path in stick.rglob("*") if path.is_file()] == ["A Short Chord r.mp3"]
    assert full.there() == before


def test_what_a_person_changed_in_a_list_since_stays_and_its_names_come_back(full):
    full.organise(full.plan())
    path = full.music / "All.m3u8"
    path.write_bytes(path.read_bytes() + b"# mine\n")
    (told,) = failures(full.undo())
    assert "changed since" in told.reason
    assert path.read_bytes() == b"old/a.mp3\nloose/r.mp3\n../out.mp3\n# mine\n"


def test_what_cannot_go_back_stays_and_lists_name_it_there(full):
    full.organise(full.plan())
    full.put("old/a.mp3", b"taken meanwhile")
    told = failures(full.undo())
    assert [os.path.basename(failure.path) for failure in told] == ["a.mp3"]
    assert full.there()["All.m3u8"] == b"Jazz/Test Tones/a.mp3\nloose/r.mp3\n../out.mp3\n"
    (full.music / "old/a.mp3").unlink()
    assert failures(full.undo()) == []
    assert full.there()["All.m3u8"] == b"old/a.mp3\nloose/r.mp3\n../out.mp3\n"
    assert "Jazz" not in full.there()
