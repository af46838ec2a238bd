"""Heads learn from sets of genres, weigh rare ones, and never meet an artist on two sides."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.training.student import heads
from genre_tagger.training.student.heads import Head, Manner

MANNER = Manner(penalty=0.01, balance=0.5, shrinkage=0.3, prior=0.0)


def clouds(counts, seed=0, width=6.0):
    """Tracks of some genres, each around a place of its own [shape=(tracks, 8)], and which they are."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(counts)), counts)
    return np.eye(8)[truth] * width + rng.normal(size=(len(truth), 8)), truth


def exactly(truth):
    return [(frozenset({int(label)}),) for label in truth]


@pytest.mark.parametrize("fit", [
    lambda values, wants, labels: heads.regression(values, wants, labels, MANNER),
    lambda values, wants, labels: heads.both(values, wants, labels, MANNER, np.zeros((len(values), labels))),
    lambda values, wants, labels: heads.discriminant(values, wants, labels, MANNER, np.zeros((len(values), labels))),
])  # fmt: skip
def test_what_lies_apart_is_told_apart(fit):
    values, truth = clouds((40, 40, 40))
    unheard, right = clouds((20, 20, 20), seed=1)
    assert (fit(values, exactly(truth), 3).logits(unheard).argmax(axis=1) == right).mean() > 0.95


@pytest.mark.parametrize("kind", ["regression", "discriminant"])
def test_which_genre_of_a_set_a_track_means_is_found_by_those_that_say_it(kind):
    """Half of the tracks of two genres are only known to be one or the other."""
    values, truth = clouds((40, 40, 40))
    vague = [
        (frozenset({0, 1}),) if label < 2 and number % 2 else wanted
        for number, (label, wanted) in enumerate(zip(truth, exactly(truth), strict=True))
    ]
    fit = getattr(heads, kind)
    more = (np.zeros((len(values), 3)),) if kind == "discriminant" else ()
    logits = fit(values, vague, 3, MANNER, *more).logits(values)
    assert (logits.argmax(axis=1) == truth).mean() > 0.95


def test_a_track_with_two_genres_counts_for_both():
    values, _ = clouds((40, 40))
    two = [(frozenset({0}), frozenset({1}))] * len(values)
    chances = heads.regression(values, two, 3, MANNER).logits(values)
    assert np.abs(chances[:, 0] - chances[:, 1]).max() < 1
    assert (chances[:, 2] < chances[:, :2].min(axis=1) - 2).all()


def test_the_more_genres_are_evened_out_the_more_of_a_rare_one_is_heard():
    values, truth = clouds((200, 12), width=1.2)
    heard = [
        heads.regression(values, exactly(truth), 2, Manner(0.1, balance)).logits(values)[200:].argmax(axis=1).mean()
        for balance in (0.0, 1.0)
    ]
    assert heard[0] < heard[1]


def test_a_prior_makes_frequent_genres_likelier():
    values, truth = clouds((80, 8), width=1.0)
    shares = [
        (heads.discriminant(values, exactly(truth), 2, Manner(prior=prior), np.zeros((88, 2))).logits(values)
         .argmax(axis=1) == 0).mean() for prior in (0.0, 2.0)
    ]  # fmt: skip
    assert shares[0] < shares[1]


def test_a_track_that_wants_nothing_is_not_learned_from():
    values, truth = clouds((30, 30))
    wants = exactly(truth)
    without = heads.regression(values[:50], wants[:50], 2, MANNER)
    kept = heads.regression(values, [*wants[:50], *[()] * 10], 2, MANNER)
    assert (without.logits(values).argmax(axis=1) == kept.logits(values).argmax(axis=1)).all()


def test_the_mean_of_logits_is_the_logit_of_the_mean():
    head = Head(np.arange(6.0).reshape(3, 2), np.array([1.0, -1.0]))
    values = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(head.logits(values).mean(axis=0), head.logits(values.mean(axis=0)))


def test_heads_add_up():
    head = Head(np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0]))
    values = np.ones((4, 2))
    np.testing.assert_array_equal((head * 0.5 + head).logits(values), 1.5 * head.logits(values))


@pytest.mark.parametrize("fit", [
    lambda *known, counts: heads.regression(*known, 2, MANNER, counts),
    lambda values, wants, counts: heads.discriminant(values, wants, 2, MANNER, np.zeros((len(wants), 2)), counts),
], ids=["regression", "discriminant"])  # fmt: skip
def test_a_track_that_counts_twice_is_as_good_as_two(fit):
    rng = np.random.default_rng(3)
    wants = [(frozenset({int(number % 3 == 0)}),) for number in range(30)]
    values = rng.normal(size=(30, 3)) + np.array([[2.0 * (0 in want) for want, in wants]]).T
    twice = np.concatenate([values, values[:10]]), [*wants, *wants[:10]]
    # The mean and spread that values are scaled by are those of the tracks, however much they count.
    counted = fit(twice[0], twice[1], counts=np.array([0.5] * 10 + [1.0] * 20 + [1.5] * 10))
    plain = fit(*twice, counts=np.array([1.0] * 10 + [1.0] * 20 + [1.0] * 10))
    np.testing.assert_allclose(counted.logits(values), plain.logits(values), atol=1e-3)
    assert not np.allclose(fit(values, wants, counts=np.linspace(0.1, 3, 30)).logits(values), plain.logits(values))


def test_no_artist_is_in_two_folds_and_every_source_is_in_all():
    rng = np.random.default_rng(0)
    sources = np.repeat(["a", "b"], (100, 40))
    artists = [f"{source} {rng.integers(30)}" for source in sources]
    fold = heads.folds(artists, sources.tolist(), 5, seed=3)
    assert all(len({int(fold[at]) for at, other in enumerate(artists) if other == artist}) == 1 for artist in artists)
    for source, least in (("a", 15), ("b", 5)):
        assert np.bincount(fold[sources == source], minlength=5).min() >= least
    assert heads.folds(artists, sources.tolist(), 5, seed=4).tolist() != fold.tolist()
