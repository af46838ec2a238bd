"""A genre that changes is written into the copy that is there: its sound is not copied again."""

from __future__ import annotations

import pytest

from genre_tagger.base.errors import FileFailure, TagError
from genre_tagger.files.tags import read_genres, read_tags, write_genres
from genre_tagger.library.tracks import Decision
from genre_tagger.sorting.copies.copy import Copied, copy
from genre_tagger.sorting.copies.plan import Action
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Tagger


class Noting(FileOps):
    """Notes which sounds are copied."""

    def __init__(self) -> None:
        self.poured: list[str] = []

    def copy(self, source, target, **options):
        self.poured.append(source.name)
        super().copy(source, target, **options)


@pytest.fixture
def filled(full_shelf):
    full_shelf.copy(full_shelf.plan())
    return full_shelf


def decide(shelf, genre, format_):
    ids = [track.id for track in shelf.library.tracks() if track.format == format_]
    shelf.library.decide(ids, Decision(None, (genre,)))
    return len(ids)


@pytest.mark.parametrize("format_", ["MP3", "FLAC", "AAC", "Vorbis", "WAV"])
def test_a_choice_of_another_genre_copies_no_sound(filled, format_):
    before, files, number = filled.sources(), Noting(), decide(filled, "Bebop", format_)
    plan = filled.plan()
    assert number == plan.count(Action.RETAG) > 0
    assert (plan.size, plan.count(Action.COPY, Action.REPLACE)) == (0, 0)
    outcomes = filled.copy(plan, files)
    assert [outcome for outcome in outcomes if isinstance(outcome, FileFailure)] == []
    assert (files.poured, filled.sources()) == ([], before)
    there = [outcome.target for outcome in outcomes if outcome.action is Action.RETAG]
    assert (len(there), {read_genres(path) for path in there}) == (number, {("Bebop",)})
    assert all("/Bebop/" in path for path in there)
    assert {read_tags(path).title for path in there} <= {"A Short Chord", ""}
    assert filled.plan().count(Action.KEEP) == 8


def test_a_genre_that_was_written_at_home_makes_the_copy_the_very_same_file(filled):
    for name in ("mp3.mp3", "flac.flac", "ogg.ogg", "m4a.m4a"):
        write_genres(str(filled.music / name), ("Blues",))
    files, plan = Noting(), filled.plan()
    assert plan.count(Action.RETAG) == 4
    filled.copy(plan, files)
    assert files.poured == []
    assert {name.rpartition("/")[2]: data for name, data in filled.there().items()} == filled.sources()


def test_where_more_than_the_genre_was_changed_the_copy_is_made_anew(filled):
    path = filled.music / "mp3.mp3"
    write_genres(str(path), ("Blues",))
    path.write_bytes(path.read_bytes().replace(b"Short", b"SHORT"))
    files, plan = Noting(), filled.plan()
    assert plan.count(Action.RETAG) == 1
    outcomes = filled.copy(plan, files)
    assert [outcome for outcome in outcomes if isinstance(outcome, FileFailure)] == []
    assert len(files.poured) == 1
    assert filled.there()["Blues/mp3.mp3"] == path.read_bytes()
    assert filled.plan().count(Action.KEEP) == 8


def test_a_copy_that_cannot_be_tagged_there_is_made_anew(filled):
    class Refusing(Tagger):
        def tag(self, path, *genres, **field):
            raise TagError(path, "Not today.")

    decide(filled, "Bebop", "FLAC")
    files = Noting()
    outcomes = list(copy(filled.plan(), files=files, tagger=Refusing()))
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, Copied) and outcome.action is not Action.KEEP]
    assert (made.note, len(files.poured)) == ("Not today.", 2)
    assert filled.there()["Bebop/flac.flac"] == filled.sources()["flac.flac"]


def test_a_copy_that_somebody_tagged_there_is_left_as_it_is(filled):
    there = filled.target / "Jazz" / "flac.flac"
    edited = there.read_bytes().replace(b"Short", b"SHORT")
    there.write_bytes(edited)
    decide(filled, "Bebop", "FLAC")
    failures = [outcome for outcome in filled.copy(filled.plan("{genre}/{name}")) if isinstance(outcome, FileFailure)]
    assert ["has been changed" in failure.reason for failure in failures] == [True]
    assert edited in filled.there().values()
