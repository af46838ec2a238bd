"""Which tags are clear is kept with each prediction, and the filter line says the same with and without that."""

from __future__ import annotations

import sqlite3

import pytest

from genre_tagger.files.values import ScannedTrack
from genre_tagger.library import schema
from genre_tagger.library.finding import clear_tags
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction, TagFact, TagValues
from helpers.tracks import scanned

FACTS = (
    TagFact("c", "Calm", "mood", 0.5), TagFact("j", "Jazz", "ten"), TagFact("s", "Sad", "mood", 0.1),
    TagFact("a", "Ambient", "style", 0.1), TagFact("q", "Calm and glad", "quadrant", 0.6),
)  # fmt: skip
HEARD = [
    (0.5, 1.0, 0.0, 0.0, 0.0), (0.499, 1.0, 0.1, 0.1, 0.59), (0.0, 0.0, 0.334, 0.0, 0.6), (0.0, 0.0, 0.0, 0.2, 0.0),
    (1.0, 1.0, 1.0, 1.0, 1.0),
]  # fmt: skip
LINES = ("mood:calm", "mood:sad", "style:amb", "mood:=calm", "-mood:calm", "voice:calm", "mood:calm style:ambient")


def heard(path: str, values: tuple[float, ...]) -> Prediction:
    return Prediction(path, "model", (Candidate("Jazz", 0.9),), tag_values=TagValues.of(FACTS, values))


def answers(library: Library) -> dict[str, list[int]]:
    return {line: list(library.find(words=line, order="id")) for line in LINES}


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        for number, values in enumerate(HEARD):
            track: ScannedTrack = scanned(f"/m/{number}.mp3", ino=number + 1)
            library.store(track, heard(track.path, values))
        library.store(scanned("/m/unheard.mp3", ino=9))
        yield library


def test_the_filter_finds_what_is_clear_by_its_bits(library):
    found = answers(library)
    assert (found["mood:calm"], found["style:amb"], found["voice:calm"]) == ([1, 3, 5], [4, 5], [])
    # A half-precision float nearest to 0.1 is below it.
    assert found["mood:sad"] == [3, 5]
    assert found["-mood:calm"] == [2, 4, 6]


@pytest.mark.parametrize("bits", [63, 2, 1])
def test_a_tag_without_a_bit_is_found_by_its_value(tmp_path, monkeypatch, library, bits):
    expected = answers(library)
    monkeypatch.setattr(clear_tags, "_BITS", bits)
    clear_tags.bits_of.cache_clear()
    try:
        with Library.open(str(tmp_path / "few.sqlite3")) as few:
            for number, values in enumerate(HEARD):
                few.store(scanned(f"/m/{number}.mp3", ino=number + 1), heard(f"/m/{number}.mp3", values))
            few.store(scanned("/m/unheard.mp3", ino=9))
            assert answers(few) == expected
    finally:
        clear_tags.bits_of.cache_clear()


def test_an_older_library_gets_its_bits_by_steps_and_goes_on_after_an_interruption(tmp_path, monkeypatch, library):
    path, version = str(tmp_path / "older.sqlite3"), schema.MIGRATIONS.index(clear_tags.SCHEMA)
    db = schema.connect(path, schema.MIGRATIONS[:version])
    db.execute("ATTACH ? AS newer", (library.path,))
    for table in ("tracks", "tag_lists", "predictions"):
        columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
        db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")
    db.close()
    monkeypatch.setattr(clear_tags, "_STEP", 2)
    expected = answers(library)
    with Library.open(path) as older:
        assert (older.unprepared(), answers(older)) == (5, expected)
        assert next(older.prepare()) == 2
    with Library.open(path) as older:
        assert (older.unprepared(), answers(older)) == (3, expected)
        # What is heard meanwhile needs no step.
        older.store(heard("/m/3.mp3", HEARD[0]))
        assert sum(older.prepare()) == 3
        assert (older.unprepared(), list(older.find(words="mood:calm", order="id"))) == (0, [1, 3, 4, 5])
        assert bits(path) == bits(library.path) - {(4, 4)} | {(4, 1)}


def bits(path: str) -> set[tuple[int, int]]:
    with sqlite3.connect(path) as db:
        return set(db.execute("SELECT track, clear0 FROM clear_tags"))


def test_bits_follow_what_is_heard_and_go_with_it(library):
    assert bits(library.path) == {(1, 1), (2, 0), (3, 10), (4, 4), (5, 15)}
    library.store(heard("/m/0.mp3", HEARD[4]))
    library.store(Prediction("/m/1.mp3", "other", (Candidate("Jazz", 0.9),)))
    library.store(scanned("/m/2.mp3", ino=3, size=77))
    assert bits(library.path) == {(1, 15), (4, 4), (5, 15)}
    assert answers(library)["mood:calm"] == [1, 5]
