from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review import lessons
from genre_tagger.review.learned import State, learned_path
from genre_tagger.review.names.genre_list import GenreList, OwnGenre, store_list
from genre_tagger.review.names.standing import Standing, standings
from genre_tagger.review.policy import Policy
from helpers.sounds import LABELS, store

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library of tracks, the first 32 of which have their genre in the file."""
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        store(library, KINDS, tagged=range(32))
        yield library


def of(library: Library, name: str) -> Standing:
    return next(row for row in standings(library, LABELS).genres if row.name == name)


def test_the_list_begins_with_the_genres_of_the_model_and_of_the_files(library: Library) -> None:
    rows = standings(library, (*LABELS, "Polka")).genres
    assert [(row.name, row.tracks, row.known, row.listed) for row in rows] == [
        ("Chanson", 8, False, False), ("Dub", 8, False, False), ("Jazz", 8, True, False), ("Polka", 0, True, False),
        ("Rock", 8, True, False),
    ]  # fmt: skip


def test_examples_are_counted_by_where_they_come_from(library: Library) -> None:
    library.decide([2, 33, 37], Decision(None, ("Chanson",)))
    row = of(library, "Chanson")
    assert (row.decided, row.tagged, row.trusted, row.examples, row.missing) == (3, 8, False, 3, 2)
    library.teaching.trust(["chanson"], True)
    assert of(library, "Chanson").examples == 11
    assert of(library, "Dub").tagged == 7  # one of them was said to be Chanson
    assert len(lessons.read(library, Policy()).examples) == 11


def test_the_counts_are_those_of_learning_and_say_what_came_since(library: Library) -> None:
    library.teaching.trust(["chanson", "dub"], True)
    lessons.relearn(library, Policy())
    row = of(library, "Dub")
    assert row.report is not None
    assert (row.report.state, row.report.examples, row.since) == (State.ON, row.examples, 0)
    library.decide([34], Decision(None, ("dub",)))
    assert of(library, "Dub").since == 1
    library.teaching.switch(["dub"], False)
    assert not of(library, "Dub").proposed


def test_words_colours_and_kinds_are_those_of_the_persons_list(library: Library) -> None:
    own = GenreList((OwnGenre("Reggae"), OwnGenre("Dub Reggae", "Reggae", ("Dub",), "#0B7A75")))
    store_list(library, own)
    row = of(library, "Dub Reggae")
    assert (row.parent, row.aliases, row.colour, row.tracks) == ("Reggae", ("Dub",), "#0b7a75", 8)
    assert "Dub" not in [row.name for row in standings(library).genres]


def test_what_is_damaged_is_said_and_the_rest_is_shown(library: Library) -> None:
    library.set_document("genres", "{")
    Path(learned_path(library.path)).write_bytes(b"nonsense")
    found = standings(library)
    assert "no list of genres" in found.problem
    assert "Your examples are safe" in found.problem
    assert len(found.genres) == 4


def test_a_genre_that_nobody_looked_at_is_in_files_and_no_example(library: Library) -> None:
    (track,) = library.tracks(ids=[33])
    from helpers.tracks import scanned

    library.restamp(scanned(track.path, genres=("Dub",), ino=track.stamp.ino), unreviewed=True)
    assert (of(library, "Dub").tracks, of(library, "Dub").tagged) == (9, 8)
