"""The library out and in again: tables that no program takes for formulas, and decisions on another machine."""

from __future__ import annotations

import csv
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import FileError
from genre_tagger.files.values import Details
from genre_tagger.library.library import Library
from genre_tagger.library.teaching import Wishes
from genre_tagger.library.tracks import Decision, SavedList
from genre_tagger.review.names.genre_list import GenreList, OwnGenre, read_list, store_list
from genre_tagger.sorting.tables.exchange import COLUMNS, TakenIn, _cell, read_json, write_csv, write_json
from helpers.tracks import predicted, scanned

_ODD = os.fsdecode(b"/m/caf\xe9.mp3")


def fill(path, folder="/m", **more):
    library = Library.open(str(path))
    for number, title in enumerate(("Alone", "=Blue()", "Cold")):
        details = Details("Anna", 1, 1960 + number)
        library.store(
            scanned(f"{folder}/{number}.mp3", title=title, artist="Anna", album="First", size=100 + number,
                    genres=("Jazz", "Blues") if number == 0 else (), details=details, **more)
        )  # fmt: skip
        library.store(predicted(f"{folder}/{number}.mp3", "Jazz", 0.75))
    return library


@pytest.fixture
def library(tmp_path):
    with fill(tmp_path / "here.sqlite3") as library:
        library.store(scanned(_ODD))
        library.decide([1], Decision(True))
        library.decide([2], Decision(None, ("Waltz", "Folk")))
        library.save_list(SavedList("Slow", "length:>5:00", "moon"))
        yield library


def test_a_table_has_a_row_for_each_track_and_no_formula(library, tmp_path):
    path = str(tmp_path / "table.csv")
    assert write_csv(path, library) == 4
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == tuple(COLUMNS)
    first, blue = rows[0], rows[1]
    assert (first["title"], first["genres"], first["heard"], first["probability"]) == (
        "Alone", "Jazz; Blues", "Jazz", "0.75"
    )  # fmt: skip
    assert (first["accepted"], first["year"], first["missing"]) == ("yes", "1960", "no")
    assert (blue["title"], blue["chosen"], blue["accepted"]) == ("'=Blue()", "Waltz; Folk", "")
    assert rows[3]["path"] == "/m/caf\\udce9.mp3"


@given(st.text())
def test_no_cell_begins_as_a_formula_does(text):
    assert not str(_cell(text)).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_another_machine_goes_on_where_this_one_stood(library, tmp_path):
    path = str(tmp_path / "out.json")
    assert write_json(path, library) == 4
    with fill(tmp_path / "there.sqlite3", "/other/place") as other:
        assert read_json(path, other) == TakenIn(decided=2, lists=1)
        decisions = {os.path.basename(track.path): track.decision for track in other.tracks()}
        assert decisions == {"0.mp3": Decision(True), "1.mp3": Decision(None, ("Waltz", "Folk")), "2.mp3": None}
        assert other.lists() == library.lists()
        assert read_json(path, other) == TakenIn(same=2)
    assert read_json(path, library) == TakenIn(same=2)


def test_own_genres_and_what_is_to_be_learned_go_along(library, tmp_path):
    own = GenreList((OwnGenre("Bop", "Jazz", ("Be-Bop",)),), only_listed=True)
    store_list(library, own)
    library.teaching.trust(["jazz"], True)
    library.teaching.switch(["polka", ""], False)
    path = str(tmp_path / "out.json")
    write_json(path, library)
    with fill(tmp_path / "there.sqlite3", "/other/place") as other:
        assert read_json(path, other) == TakenIn(decided=2, lists=1, genres=True, learning=True)
        assert read_list(other) == own
        assert other.teaching.wishes() == library.teaching.wishes() == Wishes({"jazz"}, {"polka"}, True)
        assert read_json(path, other) == TakenIn(same=2)
        store_list(other, GenreList((OwnGenre("Waltz"),)))
        other.teaching.switch([""], True)
        assert read_json(path, other) == TakenIn(same=2, kept_genres=True)
        assert read_json(path, other, replace=True) == TakenIn(same=2, genres=True, learning=True)
        assert other.teaching.wishes() == library.teaching.wishes()


def test_what_was_decided_here_stays_unless_it_is_to_be_replaced(library, tmp_path):
    path = str(tmp_path / "out.json")
    write_json(path, library)
    library.decide([1], Decision(False))
    library.save_list(SavedList("Slow", "length:>9:00"))
    assert read_json(path, library) == TakenIn(same=1, kept=1, kept_lists=["Slow"])
    assert read_json(path, library, replace=True) == TakenIn(decided=1, same=1, lists=1)
    assert next(library.tracks(ids=[1])).decision == Decision(True)
    assert library.lists()[0].icon == "moon"


def test_a_track_that_two_could_be_is_nobody(library, tmp_path):
    path = str(tmp_path / "out.json")
    write_json(path, library)
    with Library.open(str(tmp_path / "there.sqlite3")) as other:
        for folder in "ab":
            other.store(scanned(f"/{folder}/x.mp3", title="Alone", artist="Anna", album="First", size=9))
        assert read_json(path, other) == TakenIn(unknown=2, lists=1)
        assert not [track for track in other.tracks() if track.decision is not None]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000,
        b'{"form": "genre-tagger-library", "version": 2, "tracks": [], "lists": []}',
        b'{"form": "genre-tagger-library", "version": 1, "tracks": [7], "lists": []}',
        b'{"form": "genre-tagger-library", "version": 1, "tracks": [{"path": "/m/0.mp3", "accepted": false}], '
        b'"lists": [{"name": 7}]}',
        b'{"form": "genre-tagger-library", "version": 1, "tracks": [], "lists": [], "genres": {"version": 1, '
        b'"genres": [{"name": ""}]}}',
    ],
    ids=range(10),
)  # fmt: skip
def test_a_file_that_is_not_ours_or_damaged_changes_nothing(library, tmp_path, content):
    path = tmp_path / "in.json"
    path.write_bytes(content)
    before = [(track.decision, library.lists()) for track in library.tracks()]
    with pytest.raises(FileError, match="Nothing was taken over"):
        read_json(str(path), library)
    assert before == [(track.decision, library.lists()) for track in library.tracks()]


def test_where_nothing_can_be_written_or_read_it_is_said(library, tmp_path):
    for write in (write_csv, write_json):
        with pytest.raises(FileError, match="could be written"):
            write(str(tmp_path / "no" / "folder.csv"), library)
    with pytest.raises(FileError, match="cannot be read"):
        read_json(str(tmp_path / "not there.json"), library)


def test_odd_values_of_a_track_are_no_decision(library, tmp_path):
    path = tmp_path / "in.json"
    entry = {"path": 7, "size": "x", "accepted": 1, "chosen": ["", 7, " Waltz "], "length": "long"}
    path.write_text(json.dumps({"form": "genre-tagger-library", "version": 1, "tracks": [entry], "lists": []}))
    assert read_json(str(path), library) == TakenIn(unknown=1)
