"""What is measured is measured on artists that nothing was learned from, and what is right is what the source says."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.model.network import tempered
from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.labelled import ALLMUSIC, GTZAN, VALID, Recording
from genre_tagger.training.student import judging
from genre_tagger.training.student.heads import Manner
from genre_tagger.training.student.judging import Known

BLUES, JAZZ, ROCK = (taxonomy.LABELS.index(label) for label in ("Blues", "Jazz", "Rock"))


@pytest.fixture(autouse=True)
def one_manner(monkeypatch):
    monkeypatch.setattr(judging, "MANNERS", (Manner(0.03), Manner(0.03, prior=1.0)))


def tracks(per_genre, *, source=ALLMUSIC, width=8.0, per_artist=4, seed=0):
    """Tracks of Blues, Jazz and Rock whose values tell them apart; a few columns tell their artist instead."""
    rng = np.random.default_rng(seed)
    recordings, rows = [], []
    for column, (label, name) in enumerate(((BLUES, "Blues"), (JAZZ, "Jazz"), (ROCK, "Pop/Rock"))):
        for number in range(per_genre):
            wants = (taxonomy.of_allmusic(name),) if source == ALLMUSIC else (frozenset({label}),)
            artist = f"{name} {number // per_artist}"
            recordings.append(Recording("", source, artist, wants, (name,), quadrant=column))
            rows.append(np.eye(12)[column] * width + rng.normal(size=12))
    return Known(recordings, np.stack(rows), np.full((len(rows), len(taxonomy.NAMED)), -4.0))


def test_held_out_answers_are_right_where_genres_lie_apart_and_choosing_is_done_in_each_fold():
    known = tracks(20)
    logits, manners = judging.held_out(known, seed=1)
    allowed = judging.allowed_labels(known.wants)
    assert allowed[np.arange(60), logits.argmax(axis=1)].mean() > 0.9
    assert len(manners) == judging.FOLDS


def test_what_tells_the_artist_alone_tells_nothing_of_another():
    """Were an artist on two sides, these tracks would all be right."""
    known = tracks(20, width=0.0)
    artists = [recording.artist for recording in known.recordings]
    of = {artist: number for number, artist in enumerate(dict.fromkeys(artists))}
    values = np.eye(len(of))[[of[artist] for artist in artists]] * 8
    known = Known(known.recordings, values, known.own)
    logits, _ = judging.held_out(known, seed=1)
    assert judging.allowed_labels(known.wants)[np.arange(60), logits.argmax(axis=1)].mean() < 0.6


def test_a_genres_own_class_counts_as_much_as_the_folds_want_it_to(monkeypatch):
    """The values tell nothing; AudioSet's class of Blues tells Blues from Jazz and Rock."""
    monkeypatch.setattr(judging, "MANNERS", (Manner(0.3, own=0.0), Manner(0.3, own=2.0)))
    known = tracks(20, width=0.0)
    known.own[:20, taxonomy.NAMED.index(BLUES)] = 0.0
    assert judging.choose(known, seed=1).own == 2.0
    logits, _ = judging.held_out(known, seed=1)
    assert (logits.argmax(axis=1)[:20] == BLUES).all()
    known.own[:20] = -4.0
    assert judging.genres(known, Manner(own=2.0)).weights.shape == (12 + len(taxonomy.NAMED), len(taxonomy.LABELS))


def test_a_track_is_right_if_its_likeliest_genre_is_one_of_its_own():
    known = tracks(5)
    chances = np.zeros((15, len(taxonomy.LABELS)))
    chances[:, [BLUES, JAZZ, ROCK]] = (0.1, 0.1, 0.8)  # everything is called Rock, which Pop/Rock may mean
    found = judging.figures(chances, np.array([BLUES, JAZZ, ROCK]), known)
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["recall"] == {
        "Blues": {"tracks": 5, "right": 0}, "Jazz": {"tracks": 5, "right": 0}, "Pop/Rock": {"tracks": 5, "right": 5},
    }  # fmt: skip
    assert found["mean_recall"] == pytest.approx(1 / 3, abs=1e-3)


def test_a_track_whose_genres_are_not_among_the_labels_is_wrong_whatever_is_said():
    known = tracks(5)
    chances = np.zeros((15, len(taxonomy.LABELS)))
    chances[:, [BLUES, JAZZ, ROCK]] = (0.3, 0.2, 0.5)  # Rock is only offered
    found = judging.figures(chances, np.array([BLUES, JAZZ]), known)
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["top3"] == 1.0


@pytest.mark.parametrize(("answered", "right", "proposed"), [(6, 6, True), (6, 3, True), (6, 2, False), (3, 3, False)])
def test_a_genre_that_the_folds_seldom_answer_rightly_is_not_proposed(answered, right, proposed):
    world = taxonomy.LABELS.index("World")
    wants = [(frozenset({world if number < right else BLUES}),) for number in range(20)]
    known = Known([Recording("", ALLMUSIC, "x", wanted) for wanted in wants], np.zeros((20, 1)), np.zeros((20, 1)))
    logits = np.full((20, len(taxonomy.LABELS)), -5.0)
    logits[:answered, world] = logits[answered:, BLUES] = 5.0
    labels = [taxonomy.LABELS[label] for label in judging.borne_out(logits, known)]
    assert ("World" in labels) == proposed
    assert set(taxonomy.TEN) <= set(labels)


def test_the_temperature_makes_probabilities_mean_what_they_say():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4_000, 5))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    drawn = (chances.cumsum(axis=1) > rng.random((4_000, 1))).argmax(axis=1)
    temperature, _ = judging.best_temperature(logits * 3, np.eye(5, dtype=bool)[drawn])
    assert temperature == pytest.approx(3, rel=0.1)


def test_the_probability_of_what_is_proposed_says_how_often_it_is_right():
    """Two labels of three are proposed; a fifth of the tracks want the third, and what is said of them is wrong."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4_000, 3))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    drawn = (chances.cumsum(axis=1) > rng.random((4_000, 1))).argmax(axis=1)
    allowed = np.eye(3, dtype=bool)[drawn]
    assert judging.calibrated(logits * 3, np.array([0, 1]), allowed) == pytest.approx((3, 0), rel=0.15)
    allowed[rng.random(4_000) < 0.5] = False  # what nobody proposes is often wanted: less sure, then
    assert judging.calibrated(logits * 3, np.array([0, 1]), allowed)[0] > 4


def test_what_is_too_sure_where_it_is_sure_gets_a_higher_temperature_there():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(6_000, 4)) * 2
    drawn = (tempered(logits, 1.0, 1.0).cumsum(axis=1) > rng.random((6_000, 1))).argmax(axis=1)
    temperature, slope = judging.calibrated(logits, np.arange(4), np.eye(4, dtype=bool)[drawn])
    assert temperature == pytest.approx(1, rel=0.15)
    assert slope == pytest.approx(1, abs=0.25)


def test_the_temperature_of_a_fold_is_that_of_the_other_artists(monkeypatch):
    known, asked = tracks(20), []
    monkeypatch.setattr(judging, "calibrated", lambda logits, labels, allowed: asked.append(len(logits)) or (1.0, 0.0))
    logits = np.random.default_rng(0).normal(size=(60, len(taxonomy.LABELS)))
    chances = judging.probabilities(logits, np.array([BLUES, JAZZ, ROCK]), known, seed=1)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert sum(asked) == 4 * 60  # of five folds each time four
    assert max(asked) < 60


def test_moods_are_told_apart_and_measured_on_other_artists():
    head, measured = judging.moods(tracks(20), seed=1)
    assert measured["tracks"] == 60
    assert measured["accuracy"] > 0.9
    assert head.weights.shape == (12, 4)


def test_nothing_is_learned_from_the_valid_clips_nor_from_music_without_a_genre():
    learned, kept = tracks(3, source=GTZAN), tracks(3, source=VALID)
    nameless = [Recording("", ALLMUSIC, "x", (), ("Avant-Garde",))]
    recordings = [*learned.recordings, *kept.recordings, *nameless]
    known = Known(recordings, np.zeros((19, 2)), np.zeros((19, 2)))
    assert judging.learned_from(known).tolist() == [True] * 9 + [False] * 10
