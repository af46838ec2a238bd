"""The head that makes genres of tags: learned and judged on artists kept apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.training.data.data import LABELS
from genre_tagger.training.student import head, teacher


@given(st.lists(st.integers(-20, 20), min_size=10, max_size=120), st.integers(2, 6), st.integers(0, 5))
def test_no_artist_stands_in_two_folds(artists, count, seed):
    artists = np.array(artists)
    fold = head.folds(artists, count, seed)
    assert all(len(set(fold[artists == artist])) == 1 for artist in artists)
    assert ((fold >= 0) & (fold < count)).all()


def test_folds_are_of_about_the_same_size():
    artists = np.repeat(np.arange(50), 4)
    sizes = np.bincount(head.folds(artists, 5, 0))
    assert sizes.tolist() == [40] * 5


def test_the_same_seed_deals_the_same_folds():
    artists = np.arange(30)
    assert (head.folds(artists, 5, 3) == head.folds(artists, 5, 3)).all()
    assert (head.folds(artists, 5, 3) != head.folds(artists, 5, 4)).any()


@pytest.fixture
def rows():
    """Three genres that two of fifty tags tell apart, four tracks an artist."""
    rng = np.random.default_rng(2)
    genres = np.arange(120) // 4 % 3
    logits = rng.normal(0, 1, (120, 50))
    logits[:, 0] += 6 * (genres == 0)
    logits[:, 1] += 6 * (genres == 1)
    return head.Rows(logits, genres, np.arange(120) // 4, np.ones(120))


def test_the_head_learns_what_tells_genres_apart(rows):
    manner, losses = head.choose(rows, 3)
    weights, bias = head.fit(rows, 3, manner)
    assert (np.argmax(rows.tags @ weights + bias, axis=1) == rows.genres).mean() > 0.95
    assert losses[manner] == min(losses.values())


def test_a_genre_without_a_track_is_never_answered(rows):
    weights, bias = head.fit(rows, 5, head.Manner(0.2))
    assert weights.shape == (50, 5)
    assert np.argmax(rows.tags @ weights + bias, axis=1).max() == 2


def test_a_head_is_judged_on_artists_it_did_not_learn_from(rows):
    """With the answer of each artist written into a column of its own, only a leak could profit from it."""
    told = head.Rows(np.zeros((120, 50)), rows.genres, rows.artists, rows.weights)
    told.tags[np.arange(120), rows.artists] = 1
    logits = head.held_out(told, 3, head.Manner(0.1), head.folds(told.artists, 5, 0))
    assert (logits.argmax(axis=1) == told.genres).mean() < 0.6


def test_a_tag_that_cannot_be_heard_reliably_counts_less(rows):
    """Two tags say the same; one of them is noisy when the head is asked."""
    rows.tags[:, 2] = rows.tags[:, 0]
    noise = np.zeros((50, 50))
    noise[2, 2] = 25.0
    alike, _ = head.fit(rows, 3, head.Manner(0.05))
    wary, _ = head.fit(rows, 3, head.Manner(0.05), noise)
    assert np.abs(alike[2]).max() == pytest.approx(np.abs(alike[0]).max(), rel=1e-3)
    assert np.abs(wary[2]).max() < 0.3 * np.abs(wary[0]).max()


def test_genres_have_the_same_chance_however_often_they_were_heard(rows):
    weights, bias = head.fit(rows, 3, head.Manner(0.2))
    rare = head.Rows(rows.tags, rows.genres, rows.artists, np.where(rows.genres == 0, 0.01, 1.0))
    again, other = head.fit(rare, 3, head.Manner(0.2))
    both = [rows.tags @ w + b for w, b in ((weights, bias), (again, other))]
    assert (both[0].argmax(axis=1) == both[1].argmax(axis=1)).mean() > 0.95


def test_the_own_tag_of_a_genre_speaks_for_it_and_for_no_other(rows):
    own = np.zeros((50, 3))
    own[7, 2] = 1  # a tag that says nothing here
    plain, offset = head.fit(rows, 3, head.Manner(0.2), own=own)
    believing, other = head.fit(rows, 3, head.Manner(0.2, 3.0), own=own)
    risen = (believing - plain) * rows.tags.std(axis=0)[:, None]
    assert risen[7] == pytest.approx([0, 0, 3], abs=1e-3)
    assert np.delete(risen, 7, axis=0) == pytest.approx(np.zeros((49, 3)), abs=1e-9)
    # In the mean over the genres it changes nothing.
    means = np.stack([rows.tags[rows.genres == genre].mean(axis=0) for genre in range(3)])
    assert (means @ (believing - plain) + other - offset).mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-3)


def test_what_is_believed_is_chosen_by_artists_not_learned_from(rows):
    telling, misleading = np.zeros((50, 3)), np.zeros((50, 3))
    telling[[0, 1], [0, 1]] = 1
    misleading[[0, 1], [1, 0]] = 1
    few = rows[np.isin(rows.artists, range(9))]
    assert head.choose(few, 3, own=telling)[0].belief > 0
    assert head.choose(rows, 3, own=misleading)[0].belief == 0
    assert {manner.belief for manner in head.choose(rows, 3)[1]} == {0.0}


def test_nine_of_the_ten_genres_have_a_tag_of_their_own():
    own = head.own_tags(LABELS, teacher.TAGS)
    assert own.sum(axis=0).tolist() == [float(label != "Reggae") for label in LABELS]
    assert own[teacher.TAGS.index("jazz"), LABELS.index("Jazz")] == 1
