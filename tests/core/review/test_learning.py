from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.review.learned import GenreReport, Learned, State
from genre_tagger.review.learning import LEAST, Heard, learn, wilson
from helpers.sounds import heard

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 20
ARTISTS = [f"{kind} {number // 8}" for number, kind in enumerate(KINDS)]
SOUNDS = heard(KINDS, ARTISTS)


def examples(*genres: str, most: int = 100) -> dict[int, tuple[str, ...]]:
    """The first tracks of some genres, said to be of them."""
    rows = {genre: [row for row, kind in enumerate(KINDS) if kind == genre][:most] for genre in genres}
    return {row: (genre,) for genre, chosen in rows.items() for row in chosen}


def of(learned: Learned, name: str) -> GenreReport:
    return next(report for report in learned.reports if report.name == name)


def named(learned: Learned, sounds: Heard = SOUNDS) -> list[str | None]:
    chosen = learned.answer(sounds.values, sounds.bundled).chosen
    return [learned.classes[place] if place >= 0 else None for place in chosen]


def test_genres_that_the_bundled_model_does_not_know_are_learned_from_examples_and_heard_in_other_artists() -> None:
    learned = learn(SOUNDS, examples("Chanson", "Dub", most=12))
    unheard = [row for row, kind in enumerate(KINDS) if kind in ("Chanson", "Dub") and row >= 48]
    right = [named(learned)[row] == KINDS[row] for row in unheard]
    assert of(learned, "Chanson").state is State.ON
    assert sum(right) / len(right) > 0.7


def test_one_genre_alone_is_told_from_everything_else_in_the_library() -> None:
    learned = learn(SOUNDS, examples("Dub"))
    called = [kind for kind, name in zip(KINDS, named(learned), strict=True) if name == "Dub"]
    assert of(learned, "Dub").state is State.ON
    assert called.count("Dub") / len(called) > 0.8


def test_what_the_bundled_model_knows_as_well_stays_with_it() -> None:
    learned = learn(SOUNDS, examples("Jazz", "Rock"))
    assert {report.state for report in learned.reports} == {State.WORSE}
    assert set(named(learned)) == {None}


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(0.0, 1.5))
def test_no_set_of_examples_makes_fewer_of_them_right_than_the_bundled_model_has(seed: int, apart: float) -> None:
    rng = np.random.default_rng(seed)
    kinds = list(rng.choice(["Chanson", "Dub", "Jazz", "Rock"], 60))
    sounds = heard(kinds, [f"artist {number}" for number in rng.integers(0, 20, 60)], seed=seed, apart=apart)
    said = {int(row): (str(rng.choice(["Chanson", "Dub", "Jazz", "Rock"])),) for row in rng.permutation(60)[:40]}
    score = learn(sounds, said).score
    assert score.learned >= score.bundled


def test_the_same_examples_in_another_order_teach_the_same_to_the_last_bit() -> None:
    said = examples("Chanson", "Dub", "Jazz")
    turned = dict(reversed(said.items()))
    one, other = learn(SOUNDS, said), learn(SOUNDS, turned)
    assert one.reports == other.reports
    assert one.examples == other.examples
    assert one.linear.weights.tobytes() == other.linear.weights.tobytes()


@pytest.mark.parametrize("many", [1, LEAST - 1])
def test_a_genre_with_too_few_examples_says_how_many_more_it_needs(many: int) -> None:
    learned = learn(SOUNDS, examples("Chanson", most=many) | examples("Dub"))
    assert of(learned, "Chanson").state is State.FEW
    assert of(learned, "Chanson").more == LEAST - many
    assert "Chanson" not in named(learned)


def test_of_an_artist_who_is_the_whole_genre_nobody_can_tell_what_was_learned() -> None:
    sounds = heard(KINDS, ["one" if kind == "Dub" else artist for kind, artist in zip(KINDS, ARTISTS, strict=True)])
    learned = learn(sounds, examples("Chanson", "Dub"))
    assert of(learned, "Dub").state is State.ONE
    assert "Dub" not in named(learned, sounds)


def test_two_genres_with_the_same_examples_are_both_right() -> None:
    said = {row: (genre, "Variété") for row, (genre,) in examples("Chanson").items()}
    learned = learn(SOUNDS, said)
    assert of(learned, "Chanson").examples == of(learned, "Variété").examples == 20
    assert learned.score.learned > learned.score.bundled
    called, other = sorted(learned.reports, key=lambda report: -report.right)
    assert other.right < 10
    assert other.instead == called.name  # so that one knows which


def test_a_hundred_thousand_tracks_are_learned_from_and_answered() -> None:
    rng = np.random.default_rng(0)
    kinds = np.arange(100_000) % 2
    values = (rng.normal(size=(100_000, 6)) + np.where(kinds[:, None], 2.0, -2.0)).astype(np.float16)
    none = np.full((100_000, 1), 1.0, dtype=np.float32)
    sounds = Heard("m", np.arange(100_000), values, none, ("Rock",), np.arange(100_000))
    learned = learn(sounds, {row: (("Dub", "Chanson")[row % 2],) for row in range(200)})
    chosen = learned.answer(values, none).chosen
    right = [learned.classes[place] == ("Dub", "Chanson")[row % 2] for row, place in enumerate(chosen) if place >= 0]
    assert len(right) > 50_000
    assert np.mean(right) > 0.95


def test_genres_told_apart_by_nothing_are_not_proposed() -> None:
    rows = [row for row, kind in enumerate(KINDS) if kind == "Chanson"]
    said = {row: ("Even" if number % 2 else "Odd",) for number, row in enumerate(rows)}
    said |= {row: ("Rock",) for row, kind in enumerate(KINDS) if kind == "Rock"}
    learned = learn(SOUNDS, said)
    assert learned.score.learned >= learned.score.bundled
    assert of(learned, "Even").right + of(learned, "Odd").right < 0.8 * len(rows)


def test_a_genre_that_the_person_does_not_want_is_not_answered() -> None:
    learned = learn(SOUNDS, examples("Chanson", "Dub"), off=["dub"])
    assert of(learned, "Dub").state is State.OFF
    assert "Dub" not in named(learned)
    assert "Chanson" in named(learned)


def test_spellings_of_a_genre_are_one_and_the_commonest_is_its_name() -> None:
    rows = sorted(examples("Dub"))
    learned = learn(SOUNDS, {row: ("dub-step" if row == rows[0] else "Dub Step",) for row in rows})
    assert [(report.name, report.examples) for report in learned.reports] == [("Dub Step", 20)]


@pytest.mark.parametrize("said", [{}, {0: ()}, {0: ("",)}])
def test_without_examples_nothing_is_answered(said: Mapping[int, Sequence[str]]) -> None:
    learned = learn(SOUNDS, said)
    assert learned.reports == ()
    assert set(named(learned)) == {None}


def test_three_hundred_genres_of_any_script_are_learned_at_once() -> None:
    kinds = [f"ジャンル {number % 300}" for number in range(1_800)]
    sounds = heard(kinds, [f"artist {number}" for number in range(1_800)])
    learned = learn(sounds, {row: (kind,) for row, kind in enumerate(kinds)})
    assert len(learned.reports) == 300
    assert learned.score.learned > 0.8 * learned.score.judged


def test_the_interval_is_wilsons() -> None:
    assert wilson(36, 41) == pytest.approx((0.745, 0.947), abs=2e-3)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.data
def test_real_recordings_teach_genres_that_nobody_knew_better_than_chance() -> None:
    folder = os.environ.get("GENRE_TAGGER_DATA")
    if not folder or not os.path.isdir(os.path.join(folder, "magnatune")):
        pytest.skip("needs GENRE_TAGGER_DATA with magnatune in it")
    from genre_tagger.library.tracks import Prediction
    from genre_tagger.model.classify import classify
    from genre_tagger.model.network import GenreModel, default_model_folder
    from genre_tagger.review.folds import together
    from genre_tagger.training.data.labelled import MAGNATUNE, recordings

    some = [one for one in recordings(folder) if one.source == MAGNATUNE and one.named[0] in ("Classical", "Rock")][::8]
    model = GenreModel.load(default_model_folder())
    heard = {one.path: one for one in classify(some, model, windows=1) if isinstance(one, Prediction)}
    values = np.array([np.frombuffer(heard[recording.path].embedding, dtype="<f2") for recording in some])
    none = np.zeros((len(some), 0), dtype=np.float32)  # as if the bundled model knew no genre at all
    sounds = Heard("m", np.arange(len(some)), values, none, (), together([recording.artist for recording in some]))
    score = learn(sounds, {row: recording.named for row, recording in enumerate(some)}).score
    assert wilson(score.learned, score.judged)[0] > 0.5  # there are two genres
    assert score.learned >= score.bundled
