from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.review.folds import deal, together

_NAMES = st.lists(st.sampled_from(["", "A", "B", "C", "D", "E"]), min_size=1, max_size=30)


def test_tracks_of_one_artist_or_one_album_are_together_also_through_others() -> None:
    assert together(["A", "B", "B", "C"], ["x", "x", "y", "z"]).tolist() == [0, 0, 0, 1]


def test_nothing_said_ties_nothing() -> None:
    assert together(["", "", ""], [0, 0, 0]).tolist() == [0, 1, 2]


@given(_NAMES, st.integers(0, 5))
def test_no_artist_is_in_two_folds(artists: list[str], seed: int) -> None:
    groups = together(artists)
    fold = deal(groups, np.zeros(len(artists), dtype=np.int64), 5, seed)
    for artist in set(artists) - {""}:
        assert len({int(fold[row]) for row, name in enumerate(artists) if name == artist}) == 1
    assert set(fold.tolist()) <= set(range(5))


def test_each_genre_is_spread_over_the_folds() -> None:
    kinds = np.array([0] * 20 + [1] * 5 + [2] * 40)
    fold = deal(np.arange(65), kinds, 5)
    for kind, most in ((0, 4), (1, 1), (2, 8)):
        assert np.bincount(fold[kinds == kind], minlength=5).max() <= most


def test_the_same_seed_deals_the_same_and_another_one_otherwise() -> None:
    groups, kinds = np.arange(60) // 3, np.zeros(60, dtype=np.int64)
    assert deal(groups, kinds, 5, 1).tolist() == deal(groups, kinds, 5, 1).tolist()
    assert deal(groups, kinds, 5, 1).tolist() != deal(groups, kinds, 5, 2).tolist()
