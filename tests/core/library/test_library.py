"""The library on real SQLite files."""

from __future__ import annotations

import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import FileFailure, FileStamp, LibraryError
from genre_tagger.base.genre_words import TEN
from genre_tagger.files.values import Details, ScannedTrack
from genre_tagger.library import schema, storing
from genre_tagger.library.finding.among import best_among
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from genre_tagger.library.tracks import Candidate, Decision, NoGenre, Prediction, TagFact, TagValues
from helpers.tracks import predicted, scanned


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "data" / "library.sqlite3")) as library:
        yield library


def paths(library, **query):
    ids = list(library.find(**query))
    by_id = {track.id: track.path for track in library.tracks(ids=ids)}
    return [by_id[i] for i in ids]


def test_a_stored_track_comes_back_as_it_was(library):
    genres = ("Rock", "Blues")
    library.store(scanned("/m/a.mp3", genres=genres, title="A", artist="B", album="C", number=3, ino=2**64 - 5))
    (track,) = library.tracks()
    assert (track.path, track.title, track.artist, track.album, track.track_number) == ("/m/a.mp3", "A", "B", "C", 3)
    assert track.genres == ("Rock", "Blues")
    assert track.stamp.ino == 2**64 - 5
    assert (track.prediction, track.decision, track.error, track.missing) == (None, None, None, False)


def test_a_name_that_is_no_utf8_is_kept_byte_for_byte(library):
    path = os.fsdecode(b"/m/caf\xe9.mp3")
    library.store(scanned(path), predicted(path))
    (track,) = library.tracks(paths=[path])
    assert os.fsencode(track.path) == b"/m/caf\xe9.mp3"
    assert track.prediction.genre == "Jazz"
    assert paths(library, words="caf") == [path]


def test_everything_is_found_again_after_a_restart(library):
    library.add_folder("/m")
    library.store(scanned("/m/a.mp3"), predicted("/m/a.mp3"))
    (track,) = library.tracks()
    library.decide([track.id], Decision(True, ("Blues",)))
    with Library.open(library.path) as again:
        (found,) = again.tracks()
        assert found.prediction == predicted("/m/a.mp3")
        assert found.decision == Decision(True, ("Blues",))
        assert again.folders() == ["/m"]


def test_a_changed_file_loses_its_prediction_and_an_unchanged_one_keeps_it(library):
    library.store(scanned("/m/a.mp3", mtime_ns=1), predicted("/m/a.mp3"))
    library.store(scanned("/m/a.mp3", mtime_ns=1))
    assert next(library.tracks()).prediction is not None
    library.store(scanned("/m/a.mp3", mtime_ns=2))
    assert next(library.tracks()).prediction is None


def test_a_file_the_program_tagged_itself_keeps_its_prediction(library):
    library.store(scanned("/m/a.mp3"), predicted("/m/a.mp3"))
    library.restamp(scanned("/m/a.mp3", genres=("Jazz",), mtime_ns=9))
    track = next(library.tracks())
    assert track.prediction is not None
    assert track.genres == ("Jazz",)


@pytest.mark.parametrize(("heard", "kept"), [(12.0, 12.0), (300.0, 300.0), (60.2, 60.0), (0.0, 60.0)])
def test_a_length_that_was_heard_replaces_one_that_is_far_from_it_and_stands_when_the_file_is_tagged(
    library, heard, kept
):
    library.store(scanned("/m/a.mp3"), Prediction("/m/a.mp3", "m", nothing=NoGenre.SILENT, length=heard))
    assert next(library.tracks()).length == kept
    library.restamp(scanned("/m/a.mp3", genres=("Jazz",), mtime_ns=9))
    assert next(library.tracks()).length == kept


def test_a_moved_file_keeps_its_row_and_decision(library, tmp_path):
    old, new = str(tmp_path / "old.mp3"), str(tmp_path / "new.mp3")
    library.store(scanned(old, ino=7, size=5), predicted(old))
    (track,) = library.tracks()
    library.decide([track.id], Decision(False))
    library.store(scanned(new, ino=7, size=5))
    (moved,) = library.tracks()
    assert (moved.id, moved.path, moved.decision) == (track.id, new, Decision(False))
    assert moved.prediction is not None


def test_another_file_on_the_inode_of_a_deleted_one_inherits_nothing(library, tmp_path):
    old, new = str(tmp_path / "old.mp3"), str(tmp_path / "new.mp3")
    library.store(scanned(old, ino=7, size=5, mtime_ns=1), predicted(old))
    library.decide([next(library.tracks()).id], Decision(True))
    library.store(scanned(new, ino=7, size=5, mtime_ns=2))
    (other,) = library.tracks(paths=[new])
    assert (other.prediction, other.decision) == (None, None)


def test_a_yes_stays_one_to_what_it_was_given_to_whatever_another_model_names(library):
    for name in ("a", "b", "c", "d"):
        library.store(scanned(f"/m/{name}.mp3"), predicted(f"/m/{name}.mp3"))
    ids = {track.path[3]: track.id for track in library.tracks()}
    library.decide([ids["a"], ids["b"]], Decision(True))
    library.decide([ids["c"]], Decision(True, ("Blues",)))
    library.decide([ids["d"]], Decision(False))
    library.store(
        predicted("/m/a.mp3", model="new"), *(predicted(f"/m/{name}.mp3", "Pop", model="new") for name in "bcd")
    )
    found = {track.path[3]: track.decision for track in library.tracks()}
    kept = {"a": Decision(True), "b": Decision(True, ("Jazz",)), "c": Decision(True, ("Blues",)), "d": Decision(False)}
    assert found == kept
    library.store(predicted("/m/a.mp3", "Pop", model="third"), meant=lambda said: [f"{said.genre} of mine"])
    assert next(library.tracks(ids=[ids["a"]])).decision == Decision(True, ("Jazz of mine",))


def test_a_yes_to_what_was_heard_in_other_sound_is_forgotten(library):
    library.store(scanned("/m/a.mp3"), predicted("/m/a.mp3"))
    library.decide([track.id for track in library.tracks()], Decision(True))
    library.store(scanned("/m/a.mp3", size=2))
    library.store(predicted("/m/a.mp3", "Pop"))
    assert next(library.tracks()).decision is None


def test_a_file_that_is_as_it_was_on_another_inode_is_known_by_that_one(library, tmp_path):
    path = tmp_path / "song.mp3"
    path.write_bytes(b"x")
    stat = os.stat(path)
    for dev, ino in ((stat.st_dev, 1), (1, stat.st_ino)):  # copied back from a backup; on a drive plugged in again
        stamp = FileStamp(dev, ino, stat.st_size, stat.st_mtime_ns)
        library.store(ScannedTrack(str(path), stamp, scanned("x").tags), predicted(str(path)))
        known = library.known()
        assert known(str(path), stat)
        library.place(known.elsewhere)
        (track,) = library.tracks()
        assert track.stamp == FileStamp.of(stat)
        assert track.prediction is not None
    assert library.known()(str(path), stat)


def test_a_file_that_the_library_does_not_know_is_not_made_known_by_tagging_it(library):
    library.restamp(scanned("/m/removed.mp3"))
    assert library.count() == 0


@pytest.mark.parametrize("content", [b"ID3\x04 somebody's song", b"x"])
def test_a_file_that_is_no_library_is_left_alone(tmp_path, content):
    song = tmp_path / "song.mp3"
    song.write_bytes(content)
    with pytest.raises(LibraryError, match="is no library; it was left as it is"):
        Library.open(str(song))
    assert [path.name for path in tmp_path.iterdir()] == ["song.mp3"]
    assert song.read_bytes() == content


def test_a_hard_link_to_a_file_that_is_still_there_is_a_track_of_its_own(library, tmp_path):
    old, new = tmp_path / "old.mp3", tmp_path / "new.mp3"
    old.write_bytes(b"x")
    library.store(scanned(str(old), ino=7, size=5))
    library.store(scanned(str(new), ino=7, size=5))
    assert library.count() == 2


def test_known_files_that_a_scan_did_not_meet_are_marked_and_come_back(library, tmp_path):
    here = tmp_path / "here.mp3"
    here.write_bytes(b"x")
    stat = os.stat(here)
    library.store(
        ScannedTrack(str(here), FileStamp.of(stat), scanned("x").tags),
        scanned(str(tmp_path / "gone.mp3")),
        scanned("/elsewhere/c.mp3"),
        scanned(str(tmp_path) + "-sibling/d.mp3"),
    )
    known = library.known()
    assert known(str(here), stat)
    unseen = list(known.unseen([str(tmp_path)]))
    assert unseen == [str(tmp_path / "gone.mp3")]
    library.mark_vanished(unseen)
    assert paths(library, state="missing") == unseen
    library.store(scanned(unseen[0]))
    assert paths(library, state="missing") == []


def test_a_failure_is_kept_with_its_track_until_it_is_retried(library):
    library.store(FileFailure("/m/bad.mp3", "scan", "Broken.", FileStamp(1, 2, 3, 4)))
    library.store(FileFailure("/m/locked", "scan", "No permission."))
    failures = [(failure.path, failure.reason) for failure in library.failures()]
    assert failures == [("/m/bad.mp3", "Broken."), ("/m/locked", "No permission.")]
    assert library.count(unclassified=True) == 0
    assert paths(library, state="errors") == ["/m/bad.mp3"]
    library.forget_failures(["/m/bad.mp3", "/m/locked"])
    assert library.failures() == []
    assert not library.known()("/m/bad.mp3", os.stat_result((0, 0, 0, 0, 0, 0, 3, 0, 0, 0)))


def test_a_broken_classification_is_not_tried_again_until_it_is_retried(library):
    library.store(scanned("/m/a.mp3"))
    library.store(FileFailure("/m/a.mp3", "classify", "Silent."))
    assert library.count(unclassified=True) == 0
    library.forget_failures(["/m/a.mp3"])
    assert library.count(unclassified=True) == 1
    library.store(FileFailure("/m/a.mp3", "classify", "Silent."), predicted("/m/a.mp3"))
    library.store(predicted("/m/a.mp3"))
    assert library.failures() == []


def test_another_model_has_everything_to_classify_again(library):
    library.store(scanned("/m/a.mp3"), predicted("/m/a.mp3", model="old"))
    assert library.count(unclassified=True) == 0
    assert library.count(unclassified=True, model="old") == 0
    assert [t.path for t in library.tracks(unclassified=True, model="new")] == ["/m/a.mp3"]


def test_words_are_found_by_their_beginnings_without_regard_to_case_and_accents(library):
    library.store(
        scanned("/m/1.mp3", title="Bésame Mucho", artist="Trío"),
        scanned("/m/2.mp3", title="Mucho", genres=("Latin Jazz",)),
    )
    assert paths(library, words="besa MUCH") == ["/m/1.mp3"]
    assert paths(library, words="much") == ["/m/1.mp3", "/m/2.mp3"]
    assert paths(library, words="jazz") == ["/m/2.mp3"]
    assert paths(library, words='"besa (Mu* -') == ["/m/1.mp3"]
    assert paths(library, words="nothing") == []
    library.store(scanned("/m/3.mp3", title="Rock'n'Roll_High"))
    assert paths(library, words="rock'n'roll high") == ["/m/3.mp3"]


def test_the_index_takes_in_new_tracks_when_words_are_looked_for(library):
    library.store(*(scanned(f"/m/{i}.mp3", title=f"song{i}") for i in range(6000)))
    assert list(library.index_words()) == [1000, 0]
    assert list(library.index_words()) == []
    library.store(scanned("/m/new.mp3", title="late"))
    assert paths(library, words="late") == ["/m/new.mp3"]
    assert paths(library, words="song5999") == ["/m/5999.mp3"]


def test_a_track_that_left_the_index_does_not_come_back(library):
    library.add_folder("/m")
    library.store(scanned("/m/1.mp3", title="gone"))
    assert paths(library, words="gone") == ["/m/1.mp3"]
    library.remove_folder("/m")
    library.store(scanned("/n/2.mp3", title="here"))
    assert paths(library, words="gone") == []
    assert paths(library, words="here") == ["/n/2.mp3"]


def test_the_index_follows_changed_tags(library):
    library.store(scanned("/m/1.mp3", title="Before"))
    assert paths(library, words="before") == ["/m/1.mp3"]
    library.store(scanned("/m/1.mp3", title="After"))
    assert paths(library, words="before") == []
    assert paths(library, words="after") == ["/m/1.mp3"]


def test_genres_are_found_and_counted_value_by_value(library):
    library.store(
        scanned("/m/1.mp3", genres=("Rock", "Blues")), scanned("/m/2.mp3", genres=("Rock",)),
        scanned("/m/3.mp3"), scanned("/m/4.mp3", genres=("Rock'n'Roll",)),
    )  # fmt: skip
    assert paths(library, genre="Rock") == ["/m/1.mp3", "/m/2.mp3"]
    assert paths(library, genre="") == ["/m/3.mp3"]
    assert library.genre_counts() == [("Rock", 2), ("", 1), ("Blues", 1), ("Rock'n'Roll", 1)]


@pytest.mark.parametrize("order", ["title", "artist", "album", "track_number", "genres", "proposal", "confidence",
                                   "length", "format", "path"])  # fmt: skip
def test_every_column_sorts_both_ways(library, order):
    for i in range(3):
        path = f"/m/{i}.mp3"
        library.store(
            scanned(path, title=f"t{i}", artist=f"a{i}", album=f"b{i}", genres=(f"g{i}",), number=i),
            predicted(path, f"p{i}", 0.5 + i / 10),
        )
    ascending = list(library.find(order=order))
    descending = list(library.find(order=order, descending=True))
    if order not in ("length", "format"):
        assert ascending == descending[::-1] == [1, 2, 3]
    assert sorted(ascending) == sorted(descending) == [1, 2, 3]


def test_umlauts_sort_beside_their_letters(library):
    library.store(scanned("/m/1", artist="Zappa"), scanned("/m/2", artist="Ärzte"), scanned("/m/3", artist="beatles"))
    assert paths(library, order="artist") == ["/m/2", "/m/3", "/m/1"]


def test_a_removed_folder_takes_its_tracks_unless_another_holds_them(library):
    library.add_folder("/m")
    library.add_folder("/m/keep")
    library.store(scanned("/m/a.mp3"), scanned("/m/keep/b.mp3"), scanned("/music/c.mp3"))
    library.remove_folder("/m")
    assert {track.path for track in library.tracks()} == {"/m/keep/b.mp3", "/music/c.mp3"}
    assert library.folders() == ["/m/keep"]


def test_a_damaged_library_is_kept_aside_with_its_folders_rescued(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        library.add_folder("/m")
        library.store(*(scanned(f"/m/{i}.mp3", title="x" * 200) for i in range(500)))
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))
    damaged = Path(path).read_bytes()
    with Library.open(path, check=True) as library:
        assert library.set_aside is not None
        assert library.count() == 0
        assert library.folders() == ["/m"]
        assert Path(library.set_aside).read_bytes() == damaged


def test_a_file_that_is_no_database_is_set_aside(tmp_path):
    path = tmp_path / "library.sqlite3"
    path.write_bytes(b"this was never a database, whatever its name says" * 100)
    with Library.open(str(path)) as library:
        assert library.set_aside is not None
        assert library.count() == 0


def test_a_library_of_a_newer_program_is_left_alone(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    Library.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = Path(path).read_bytes()
    with pytest.raises(LibraryError, match="newer"):
        Library.open(path)
    assert Path(path).read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path):
    path = str(tmp_path / "other.sqlite3")
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(LibraryError, match="another program"):
        Library.open(path)


def test_a_folder_in_place_of_the_library_is_a_clear_error(tmp_path):
    with pytest.raises(LibraryError):
        Library.open(str(tmp_path))


def test_an_older_library_is_brought_up_to_date(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        library.store(scanned("/m/a.mp3"))
    newer = (*schema.MIGRATIONS, "ALTER TABLE tracks ADD COLUMN mood TEXT;")
    db = schema.connect(path, newer)
    assert db.execute("SELECT path, mood FROM tracks").fetchall() == [(b"/m/a.mp3", None)]
    assert db.execute("PRAGMA user_version").fetchone() == (len(newer),)
    db.close()


def test_a_library_from_before_the_tags_keeps_its_predictions_and_forgives_silence(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    db = schema.connect(path, schema.MIGRATIONS[:1])
    for number, error in enumerate(
        (None, "This file is silent, and silence has no genre.", "This file is damaged."), start=1
    ):
        stage = None if error is None else "classify"
        db.execute(
            "INSERT INTO tracks (path, dev, ino, size, mtime_ns, error, error_stage) VALUES (?, 1, 1, 1, 1, ?, ?)",
            (f"/m/{number}.mp3".encode(), error, stage),
        )
    db.execute("INSERT INTO predictions VALUES (1, 'm', 'Jazz', 0.8, '[[\"Jazz\", 0.8], [\"Pop\", 0.2]]')")
    db.execute("INSERT INTO decisions VALUES (1, 1, '')")
    db.close()
    with Library.open(path) as library:
        jazz, silent, broken = library.tracks()
        assert jazz.prediction == Prediction("/m/1.mp3", "m", (Candidate("Jazz", 0.8), Candidate("Pop", 0.2)))
        assert jazz.decision == Decision(True)
        assert (silent.error, silent.error_stage, broken.error) == (None, None, "This file is damaged.")
        # The first has to be heard again, because nothing but its genre was kept.
        assert [track.path for track in library.tracks(unclassified=True, model="m")] == ["/m/1.mp3", "/m/2.mp3"]
        library.remove_folder("/m")
        assert library.count() == 0


SAID = Details("Various Artists", 2, 1999, True, "Clara", "Suite")


def as_scanned(ino):
    """What the system says of a file that :func:`scanned` made up, or its row in the library."""
    return SimpleNamespace(st_size=1, st_mtime_ns=1, st_dev=1, st_ino=ino)


def test_a_library_from_before_the_albums_has_tags_read_and_tracks_heard_again_and_loses_nothing(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    db = schema.connect(path, schema.MIGRATIONS[:3])
    for number in (1, 2):
        db.execute(
            "INSERT INTO tracks (path, dev, ino, size, mtime_ns) VALUES (?, 1, ?, 1, 1)",
            (f"/m/{number}.mp3".encode(), number),
        )
    db.execute(
        "INSERT INTO predictions (track, model, genre, probability, candidates, why_none) "
        "VALUES (1, 'm', 'Jazz', 1, '[[\"Jazz\", 1]]', NULL), (2, 'm', NULL, NULL, '[]', 'silent')"
    )
    db.close()
    with Library.open(path) as library:
        assert next(library.tracks()).prediction.genre == "Jazz"
        assert not library.known()("/m/1.mp3", as_scanned(1))
        assert [track.path for track in library.tracks(unclassified=True, model="m")] == ["/m/1.mp3"]
        failure = FileFailure("/m/2.mp3", "scan", "bad", FileStamp(1, 2, 1, 1))
        library.store(scanned("/m/1.mp3", ino=1, details=SAID), failure)
        first, second = library.tracks()
        assert (first.details, first.prediction.genre, second.error) == (SAID, "Jazz", "bad")
        assert all(library.known()(f"/m/{number}.mp3", as_scanned(number)) for number in (1, 2))
        library.store(Prediction("/m/1.mp3", "m", (Candidate("Jazz", 0.8),)))
        assert library.count(unclassified=True, model="m") == 0


def test_what_a_file_says_of_its_album_and_work_is_kept(library):
    library.store(scanned("/m/a.mp3", album="Hits", artist="Ann", number=3, details=SAID), scanned("/m/b.mp3"))
    said, nothing = library.tracks()
    assert (said.details, nothing.details) == (SAID, Details())
    assert list(library.albums.rows()) == [(said.id, "/m/a.mp3", "Ann", "Hits", "Various Artists", 2, 3, 1999, 1)]
    library.mark_vanished(["/m/a.mp3"])
    assert list(library.albums.rows()) == []


def heard(path, *values, model="m"):
    return replace(predicted(path, model=model), embedding=np.array(values, "<f2").tobytes())


def test_what_a_model_heard_is_kept_as_long_as_its_prediction(library):
    paths = [f"/m/{letter}.mp3" for letter in "abcde"]
    library.store(*map(scanned, paths))
    library.store(*(heard(path, i, 0.5) for i, path in enumerate(paths)))
    library.store(heard(paths[1], 7, 7, 7), heard(paths[2], 9, 9, model="newer"), predicted(paths[3]))
    library.store(scanned(paths[4], mtime_ns=2))
    library.restamp(scanned(paths[0], mtime_ns=2))
    ids, vectors = library.teaching.embeddings("m")
    assert (ids.tolist(), vectors.tolist(), vectors.dtype) == ([1], [[0.0, 0.5]], np.float16)
    assert library.teaching.embeddings("newer")[1].tolist() == [[9.0, 9.0]]
    assert library.teaching.embeddings("unknown")[1].shape == (0, 0)
    assert next(library.tracks()).prediction.embedding is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=4, unique_by=lambda one: one[0]))
def test_the_table_looks_for_what_a_prediction_among_some_genres_says(shares):
    names = ("Electronic", "Rock", "Jazz", "World")
    rows = sorted(zip(names, shares, strict=False), key=lambda row: -row[1][0])
    heard = Prediction("/m/a.mp3", "m", tuple(Candidate(name, round(share, 6), only) for name, (share, only) in rows))
    stored = storing.prediction_row(heard)[3]
    expected = heard.among(TEN)
    assert best_among(stored, TEN) == (expected.genre, expected.probability)
    assert best_among(stored, ("Polka",)) == (heard.genre, heard.probability)


def test_a_library_read_by_some_genres_is_one_whose_model_chose_among_them(library):
    for name, electronic, rock in (("a", 0.7, 0.2), ("b", 0.9, 0.06), ("c", 0.1, 0.8)):
        candidates = (Candidate("Electronic", electronic), Candidate("Rock", rock), Candidate("Jazz", 0.1))
        best_first = tuple(sorted(candidates, key=lambda one: -one.probability))
        library.store(scanned(f"/m/{name}.mp3"), Prediction(f"/m/{name}.mp3", "m", best_first))
    one, two, three = (track.id for track in library.tracks())

    def seen():
        exact = {track.path[3]: (track.prediction.genre, track.prediction.probability) for track in library.tracks()}
        short = library.tracks(best_only=True)
        assert exact == {track.path[3]: (track.prediction.genre, track.prediction.probability) for track in short}
        found = [list(library.find(proposed="Rock")), list(library.find(state="unsure", threshold=0.7)),
                 list(library.find(order="confidence")), list(library.find(words="heard:rock sure:>0.8"))]  # fmt: skip
        return exact, found

    assert seen() == (
        {"a": ("Electronic", 0.7), "b": ("Electronic", 0.9), "c": ("Rock", 0.8)}, [[three], [], [one, three, two], []]
    )  # fmt: skip
    library.among = TEN
    assert seen() == (
        {"a": ("Rock", pytest.approx(2 / 3)), "b": ("Jazz", 0.625), "c": ("Rock", pytest.approx(8 / 9))},
        [[one, three], [one, two], [two, one, three], [three]],
    )
    assert list(library.find(state="proposed", spelling={"Rock": "Rock; Roll"})) == [one, two, three]
    library.among = ()
    assert seen()[0]["a"] == ("Electronic", 0.7)


def test_a_candidate_that_is_only_offered_stays_one_and_is_not_what_is_looked_for(library):
    candidates = (Candidate("Folk", 0.6, only_offered=True), Candidate("Jazz", 0.4))
    library.store(scanned("/m/a.mp3"), Prediction("/m/a.mp3", "m", candidates))
    (track,) = library.tracks()
    assert track.prediction.candidates == candidates
    assert (track.prediction.genre, track.prediction.probability) == ("Jazz", 0.4)
    (short,) = library.tracks(best_only=True)
    assert (short.prediction.genre, short.prediction.probability) == ("Jazz", 0.4)
    assert list(library.find(proposed="Jazz")) == [track.id]
    assert list(library.find(state="unsure")) == [track.id]


FACTS = (TagFact("folk", "Folk", "style", 0.1, 0.3), TagFact("sad", "sad", "mood", None, None))


def test_tags_are_kept_and_their_names_once_for_all_tracks_of_a_model(library):
    for number in range(3):
        path = f"/m/{number}.mp3"
        tag_values = TagValues.of(FACTS, (0.1 * number, 0.5))
        library.store(scanned(path), Prediction(path, "m", (Candidate("Jazz", 0.8),), tag_values=tag_values))
    tracks = list(library.tracks())
    assert [[round(tag.value, 2) for tag in track.prediction.tag_values.tags] for track in tracks] == [
        [0.5, 0.0], [0.5, 0.1], [0.5, 0.2],
    ]  # fmt: skip
    assert tracks[2].prediction.styles == ("Folk",)
    assert tracks[0].prediction.tag_values.facts is tracks[1].prediction.tag_values.facts
    with sqlite3.connect(library.path) as db:
        assert db.execute("SELECT count(*) FROM tag_lists").fetchone() == (1,)
    db.close()
    assert [track.prediction.tag_values for track in library.tracks(best_only=True)] == [None, None, None]


def test_a_track_without_a_genre_is_classified_and_no_problem(library):
    library.store(*(scanned(f"/m/{why.name}.mp3") for why in NoGenre), scanned("/m/x.mp3"))
    library.store(*(Prediction(f"/m/{why.name}.mp3", "m", nothing=why) for why in NoGenre))
    assert {track.prediction.nothing for track in library.tracks() if track.prediction} == set(NoGenre)
    assert library.count(unclassified=True, model="m") == 1
    assert paths(library, state="nothing") == ["/m/NOT_MUSIC.mp3", "/m/SHORT.mp3", "/m/SILENT.mp3", "/m/SPEECH.mp3"]
    assert library.failures() == []
    assert paths(library, state="unsure") == paths(library, state="proposed") == []
    library.decide([1], Decision(True, ("Tango",)))
    assert len(paths(library, state="nothing")) == 3
    assert paths(library, order="confidence", descending=True)[-1] is not None


def test_a_failing_migration_changes_nothing(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    Library.open(path).close()
    bad = (*schema.MIGRATIONS, "CREATE TABLE half (x);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(LibraryError):
        schema.connect(path, bad)
    with Library.open(path) as library:
        assert library.count() == 0


def test_a_second_program_is_told_that_the_library_is_in_use(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    with hold(path), pytest.raises(LibraryError, match="in use by another Genre Tagger"), hold(path):
        pass
    with hold(path):
        pass


def test_two_threads_write_one_library(library):
    def store(letter):
        with Library.open(library.path) as own:
            for i in range(50):
                own.store(scanned(f"/m/{letter}{i}.mp3"))

    threads = [threading.Thread(target=store, args=(letter,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert library.count() == 100


def test_a_full_disk_is_a_clear_error_and_nothing_is_half_stored(library):
    library.store(scanned("/m/a.mp3"))
    library._db.execute("PRAGMA max_page_count = 40")
    with pytest.raises(LibraryError, match="full"):
        library.store(*(scanned(f"/m/{i}.mp3", title=str(i) * 500) for i in range(1000)))
    library._db.execute("PRAGMA max_page_count = 100000")
    assert library.count() == 1
    library.store(scanned("/m/b.mp3"))
    assert library.count() == 2


def test_tracks_can_be_read_page_by_page_while_they_are_classified(library):
    library.store(*(scanned(f"/m/{i:04}.mp3") for i in range(900)))
    seen = []
    for track in library.tracks(unclassified=True, model="m"):
        library.store(predicted(track.path))
        seen.append(track.path)
    assert len(seen) == len(set(seen)) == 900
    assert library.count(unclassified=True, model="m") == 0
