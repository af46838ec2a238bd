from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from genre_tagger.base.errors import LearnedError
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review import lessons
from genre_tagger.review.learned import State, learned_path
from genre_tagger.review.names.genre_list import GenreList, OwnGenre, store_list
from genre_tagger.review.policy import Action, Policy, propose
from helpers.sounds import store
from helpers.tracks import scanned

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library of tracks without genres, of which a person has said what the first dozen of each kind are."""
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        store(library, KINDS)
        yield library


def decide(library: Library, *kinds: str, until: int = 32) -> None:
    for kind in kinds:
        ids = [number for number, name in enumerate(KINDS, 1) if name == kind and number <= until]
        library.decide(ids, Decision(None, (kind,)))


def rows(library: Library) -> list[object]:
    with sqlite3.connect(library.path) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        kept = [name for name in tables if name not in ("teaching", "sqlite_sequence", "piles")]
        kept.append("piles WHERE tracks")  # the counts of what no track has any more stay, at none
        return [db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in kept if "words" not in name]


def test_what_was_learned_is_what_tracks_are_proposed_from_then_on(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    lessons.relearn(library, Policy())
    tracks = list(library.tracks(ids=range(33, 49)))
    learned = [track for track in tracks if track.prediction is not None and track.prediction.learned]
    assert {track.prediction.genre for track in learned if track.prediction} <= {"Chanson", "Dub"}
    right = [track for track in learned if track.prediction and track.prediction.genre == KINDS[track.id - 1]]
    assert len(right) >= 4
    assert len(right) / len(learned) > 0.8
    assert right[0].prediction is not None
    assert right[0].prediction.bundled in ("Jazz", "Rock")
    assert propose(right[0], Policy(threshold=0.1)).new == (KINDS[right[0].id - 1],)
    assert right[0].id in library.find(state="proposed", threshold=0.1)


def test_a_reset_gives_every_byte_of_the_library_back(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    before = rows(library)
    lessons.relearn(library, Policy())
    assert rows(library) != before
    lessons.reset(library)
    assert rows(library) == before
    assert not Path(learned_path(library.path)).exists()
    assert library.teaching.wishes().nothing


def test_learning_again_from_the_same_changes_nothing(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    first = lessons.relearn(library, Policy())
    before, kept = rows(library), Path(learned_path(library.path)).read_bytes()
    assert lessons.relearn(library, Policy()).reports == first.reports
    assert rows(library) == before
    assert Path(learned_path(library.path)).read_bytes() == kept


def test_what_was_learned_on_the_way_makes_no_difference(library: Library) -> None:
    for kind in ("Dub", "Chanson"):
        decide(library, kind)
        lessons.relearn(library, Policy())
    decide(library, "Jazz", until=9)
    lessons.relearn(library, Policy())
    gradually, kept = rows(library), Path(learned_path(library.path)).read_bytes()
    library.teaching.take_answers_back()
    lessons.relearn(library, Policy())
    assert rows(library) == gradually
    assert Path(learned_path(library.path)).read_bytes() == kept


def test_tags_are_examples_only_of_genres_that_are_trusted(library: Library, tmp_path: Path) -> None:
    with Library.open(str(tmp_path / "tagged.sqlite3")) as tagged:
        store(tagged, KINDS, tagged=range(32))
        assert lessons.study(lessons.read(tagged, Policy())).reports == ()
        tagged.teaching.trust(["chanson", "dub"], True)
        learned = lessons.study(lessons.read(tagged, Policy()))
        assert [(report.name, report.examples) for report in learned.reports] == [("Chanson", 8), ("Dub", 8)]


def test_a_no_is_no_example_and_a_yes_is_one(library: Library) -> None:
    library.decide([3], Decision(True))
    library.decide([4], Decision(False))
    assert lessons.read(library, Policy(spelling={"Jazz": "Swing; Bebop"})).examples == {2: ("Swing", "Bebop")}


def test_a_yes_to_what_was_learned_stays_whatever_is_learned_later(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    lessons.relearn(library, Policy())
    (track, *_) = [t for t in library.tracks(ids=range(33, 49)) if t.prediction and t.prediction.learned]
    assert track.prediction is not None
    said = track.prediction.genre
    library.decide([track.id], Decision(True))
    lessons.reset(library)
    (after,) = library.tracks(ids=[track.id])
    assert after.decision == Decision(True, (said,))
    assert after.prediction is not None
    assert not after.prediction.learned


def test_what_is_switched_off_is_not_answered(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    library.teaching.switch(["dub"], False)
    learned = lessons.relearn(library, Policy())
    assert {report.name: report.state for report in learned.reports} == {"Chanson": State.ON, "Dub": State.OFF}
    library.teaching.switch([""], False)
    lessons.relearn(library, Policy())
    assert not any(track.prediction.learned for track in library.tracks() if track.prediction)


def test_a_genre_that_the_model_knows_is_not_proposed_where_it_is_switched_off_and_can_be_chosen_still(
    library: Library,
) -> None:
    before = rows(library)
    library.teaching.switch(["jazz"], False)
    lessons.relearn(library, Policy())
    heard = [track.prediction for track in library.tracks() if track.prediction is not None]
    assert {prediction.genre for prediction in heard} == {"Rock"}
    assert {candidate.genre for candidate in heard[0].candidates} == {"Jazz", "Rock"}
    again = rows(library)
    lessons.relearn(library, Policy())
    assert rows(library) == again
    library.teaching.switch(["jazz"], True)
    lessons.relearn(library, Policy())
    assert rows(library) == before


def test_other_words_for_a_genre_are_examples_of_it(library: Library) -> None:
    store_list(library, GenreList((OwnGenre("Chanson", "", ("Chanson française", "シャンソン")),)))
    decide(library, "Chanson", until=17)
    library.decide([21, 25, 29], Decision(None, ("シャンソン", "chanson")))
    (report,) = lessons.relearn(library, Policy()).reports
    assert (report.name, report.examples) == ("Chanson", 8)


def written(library: Library, track: int, genre: str, *, unreviewed: bool | None) -> None:
    """Have a file get a genre, as a write does."""
    (known,) = library.tracks(ids=[track])
    now = scanned(known.path, artist=known.artist, genres=(genre,), ino=known.stamp.ino)
    library.restamp(now, unreviewed=unreviewed)


def test_what_the_program_wrote_by_itself_is_no_example_and_what_a_person_writes_over_it_is(library: Library) -> None:
    library.teaching.trust(["dub"], True)
    written(library, 1, "Dub", unreviewed=True)
    written(library, 2, "Dub", unreviewed=False)
    assert lessons.read(library, Policy()).examples == {1: ("Dub",)}
    written(library, 1, "Rock", unreviewed=None)  # the write is taken back
    assert lessons.read(library, Policy()).examples == {1: ("Dub",)}
    (track,) = library.tracks(ids=[1])
    library.store(scanned(track.path, artist=track.artist, genres=("Dub",), ino=track.stamp.ino))  # by another program
    assert lessons.read(library, Policy()).examples == {0: ("Dub",), 1: ("Dub",)}


def test_a_new_name_for_what_the_program_wrote_by_itself_makes_no_example_of_it(library: Library) -> None:
    library.teaching.trust(["dub", "dubstep"], True)
    written(library, 1, "Dub", unreviewed=True)
    written(library, 1, "Dubstep", unreviewed=False)
    assert lessons.read(library, Policy()).examples == {}
    written(library, 1, "Dub", unreviewed=None)
    assert lessons.read(library, Policy()).examples == {}
    library.decide([1], Decision(None, ("Dub",)))
    assert lessons.read(library, Policy()).examples == {0: ("Dub",)}


def test_relearning_that_is_stopped_changes_nothing(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    before = rows(library)
    steps = lessons.relearning(library, Policy())
    assert [next(steps), next(steps), next(steps)] == [lessons.Step(1), lessons.Step(2), lessons.Step(3)]
    steps.close()
    assert rows(library) == before
    assert not Path(learned_path(library.path)).exists()


def test_a_damaged_file_is_learned_anew_and_nothing_is_lost(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    first = lessons.relearn(library, Policy())
    path = Path(learned_path(library.path))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = lessons.apply(library, Policy())
    assert again is not None
    assert again.reports == first.reports
    assert path.read_bytes() == whole


def test_tracks_heard_later_are_answered_without_learning_anew(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    lessons.relearn(library, Policy())
    kept = Path(learned_path(library.path)).read_bytes()
    store(library, KINDS, folder="/later")
    lessons.apply(library, Policy())
    later = [track for track in library.tracks(ids=range(49, 97)) if track.prediction and track.prediction.learned]
    assert len(later) >= 12
    assert Path(learned_path(library.path)).read_bytes() == kept


def test_what_cannot_be_kept_changes_nothing(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    before = rows(library)
    Path(learned_path(library.path)).mkdir()
    with pytest.raises(LearnedError, match="cannot be kept"):
        lessons.relearn(library, Policy())
    assert rows(library) == before


def test_would_name_counts_tracks_without_genre_or_decision(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    learned = lessons.relearn(library, Policy())
    answered = [t for t in library.tracks() if t.prediction and t.prediction.learned and t.decision is None]
    assert sum(report.would_name for report in learned.reports) == len(answered)


def test_a_library_that_heard_nothing_has_nothing_to_say(tmp_path: Path) -> None:
    with Library.open(str(tmp_path / "empty.sqlite3")) as library:
        assert lessons.relearn(library, Policy()).reports == ()
        assert lessons.apply(library, Policy()) is not None


def test_embeddings_of_another_size_or_without_meaning_are_passed_over(library: Library) -> None:
    with sqlite3.connect(library.path) as db:
        db.execute("UPDATE embeddings SET vector = x'0000' WHERE track = 1")
        broken = np.full(24, np.nan, dtype="<f2").tobytes()
        db.execute("UPDATE embeddings SET vector = ? WHERE track = 2", (broken,))
    lesson = lessons.read(library, Policy())
    assert len(lesson.rows) == 47
    assert np.isfinite(lesson.heard.values).all()


def test_the_proposal_of_a_track_that_was_learned_can_be_rejected(library: Library) -> None:
    decide(library, "Chanson", "Dub")
    lessons.relearn(library, Policy())
    (track, *_) = [t for t in library.tracks(ids=range(33, 49)) if t.prediction and t.prediction.learned]
    library.decide([track.id], Decision(False))
    (after,) = library.tracks(ids=[track.id])
    assert propose(after, Policy(threshold=0.1)).action is Action.REJECTED
