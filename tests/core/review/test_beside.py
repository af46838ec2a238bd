"""What a person taught stands beside the genres that the model is told to choose among."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from genre_tagger import line
from genre_tagger.library.finding.among import Taught
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, Prediction
from genre_tagger.review import lessons
from genre_tagger.review.policy import By, Policy
from helpers.sounds import store
from helpers.tracks import scanned

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library in which Chanson and Dub were learned from two thirds of their tracks; the model knows Jazz and Rock.

    The files of the others hold their genre.
    """
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        store(library, KINDS, tagged=[row for row, kind in enumerate(KINDS) if kind in ("Jazz", "Rock")])
        for kind in ("Chanson", "Dub"):
            ids = [number for number, name in enumerate(KINDS, 1) if name == kind and number <= 32]
            library.decide(ids, Decision(None, (kind,)))
        lessons.relearn(library, Policy())
        yield library


def genres(library: Library) -> dict[int, str | None]:
    seen = {track.id: track.prediction.genre for track in library.tracks() if track.prediction}
    assert seen == {t.id: t.prediction.genre for t in library.tracks(best_only=True) if t.prediction}
    return seen


def test_learned_genres_stay_where_the_model_chooses_among_others(library: Library) -> None:
    every = genres(library)
    library.among = ("Jazz", "Blues")
    some = genres(library)
    own = {track for track, genre in every.items() if genre in ("Chanson", "Dub")}
    assert len(own) > 8
    assert all(some[track] == every[track] for track in own)
    assert {some[track] for track in every.keys() - own} == {"Jazz"}
    assert set(library.find(proposed="Chanson")) == {track for track in own if every[track] == "Chanson"}
    ready = {p.track_id for p in line.proposals(library, Policy(threshold=0.0)) if p.ticked}
    assert set(library.find(state="proposed", threshold=0.0)) == ready
    assert ready & own
    for track in library.tracks(ids=own):
        assert track.prediction is not None
        assert {one.genre for one in track.prediction.candidates} <= {"Chanson", "Dub", "Jazz"}
        assert sum(one.probability for one in track.prediction.candidates) == pytest.approx(1, abs=1e-4)


def test_how_sure_it_is_is_the_same_in_the_table_in_lists_and_for_the_review(library: Library) -> None:
    library.among = ("Jazz", "Blues")
    exact = {track.id: track.prediction.probability for track in library.tracks() if track.prediction}
    open_ones = {track.id for track in library.tracks() if track.decision is None}
    ids, sure = library.teaching.judged()
    assert dict(zip(ids.tolist(), sure.tolist(), strict=True)) == {track: exact[track] for track in open_ones}
    order = list(library.find(order="confidence"))
    assert [exact[track] for track in order] == sorted(exact.values())


def test_albums_vote_among_them_too(library: Library) -> None:
    library.among = ("Jazz", "Blues")
    library.store(*(scanned(track.path, artist=track.artist, album="One", genres=track.genres, ino=track.stamp.ino)
                    for track in library.tracks(ids=[33, 37, 41])))  # fmt: skip
    library.store(*(Prediction(track.path, "model-1", (Candidate("Rock", 0.6), Candidate("Jazz", 0.4)),
                               embedding=b"\0" * 48) for track in library.tracks(ids=[33, 37, 41])))  # fmt: skip
    lessons.apply(library, Policy())
    line.vote_into(library)
    assert library.albums.unvoted() == []
    heard = {Policy(by=By.ALBUM).heard(track)[0] for track in library.tracks(ids=[33, 37, 41])}
    assert heard <= {"Chanson", "Dub", "Jazz"}


def test_a_genre_of_the_model_that_the_person_taught_stays_although_the_model_goes_on_deciding(
    library: Library,
) -> None:
    library.among = ("Jazz", "Blues")
    assert "Rock" not in genres(library).values()
    library.teaching.trust(["rock"], True)
    lessons.relearn(library, Policy())
    assert library.teaching.taught().own == ("Chanson", "Dub", "Rock")
    heard = genres(library)
    assert {heard[number] for number, kind in enumerate(KINDS, 1) if kind == "Rock"} == {"Rock"}


def test_nothing_stands_beside_them_once_it_is_forgotten_or_switched_off(library: Library) -> None:
    library.among = ("Jazz",)
    lessons.reset(library)
    assert library.teaching.taught() == Taught()
    assert set(genres(library).values()) == {"Jazz"}


def test_a_learned_answer_has_the_word_for_a_genre_that_is_chosen(library: Library) -> None:
    library.teaching.take_answers_back()
    lessons.relearn(library, Policy(spelling={"Jazz": "Swing"}))
    assert library.teaching.taught().words == {"Jazz": "Swing"}
    library.among = ("Jazz",)
    learned = [track.prediction for track in library.tracks() if track.prediction and track.prediction.learned]
    assert "Swing" in {one.genre for prediction in learned for one in prediction.candidates}


def test_a_yes_is_one_to_what_was_read(library: Library) -> None:
    rock = next(number for number, genre in genres(library).items() if genre == "Rock")
    library.decide([rock], Decision(True))
    assert lessons.read(library, Policy()).examples[rock - 1] == ("Rock",)
    library.among = ("Jazz",)
    assert lessons.read(library, Policy()).examples[rock - 1] == ("Jazz",)
    # Heard again by another model, it stays a yes to that.
    (track,) = library.tracks(ids=[rock])
    library.store(Prediction(track.path, "model-2", (Candidate("Blues", 1.0),)))
    assert [track.decision for track in library.tracks(ids=[rock])] == [Decision(True, ("Jazz",))]
