"""Which tracks must not be learned from when another is judged: those of its artist and its album."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def together(*said: Sequence[Hashable]) -> Ints:
    """Group tracks that share any of what is said of them, directly or through others.

    Parameters
    ----------
    *said : sequence of hashable
        One for each kind of tie (the artists, the albums), with one value for each track; a falsy value ties nothing.

    Returns
    -------
    ndarray [shape=(tracks,)]
        The number of each track's group, by first appearance.

    Examples
    --------
    >>> together(["A", "A", "B", ""], ["x", "y", "y", ""]).tolist()
    [0, 0, 0, 1]
    """
    above = list(range(len(said[0])))

    def top(track: int) -> int:
        while above[track] != track:
            above[track] = track = above[above[track]]
        return track

    for values in said:
        first: dict[Hashable, int] = {}
        for track, value in enumerate(values):
            if value and (other := first.setdefault(value, track)) != track:
                low, high = sorted((top(other), top(track)))
                above[high] = low
    number: dict[int, int] = {}
    return np.array([number.setdefault(top(track), len(number)) for track in range(len(above))], dtype=np.int64)


def deal(groups: Ints, kinds: Ints, count: int, seed: int = 0) -> Ints:
    """Deal groups of tracks into folds, so that each kind is spread evenly.

    Parameters
    ----------
    groups, kinds : ndarray [shape=(tracks,)]
        The group of each track, which stays in one fold, and its kind (a genre).
    count : int
        Number of folds.
    seed : int
        Of the order of equally large groups; the same gives the same.

    Returns
    -------
    ndarray [shape=(tracks,)]
        Fold of each track, in 0…count − 1.
    """
    _, of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    _, kind = np.unique(kinds, return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(sizes))
    by_group = np.argsort(of, kind="stable")
    start = np.concatenate([[0], np.cumsum(sizes)])
    several = np.flatnonzero(sizes > 1)
    filled = np.zeros((count, int(kind.max(initial=-1)) + 1))
    fold = np.full(len(groups), -1, dtype=np.int64)
    for group in several[np.lexsort((place[several], -sizes[several]))]:
        members = by_group[start[group] : start[group + 1]]
        in_each = filled[:, kind[members]].sum(axis=1)
        fold[members] = chosen = int(np.lexsort((filled.sum(axis=1), in_each))[0])
        np.add.at(filled[chosen], kind[members], 1)
    alone = np.flatnonzero(fold < 0)
    alone = alone[np.lexsort((place[of[alone]], kind[alone]))]
    counts = np.bincount(kind[alone], minlength=filled.shape[1])
    rank = np.arange(len(alone)) - np.repeat(np.cumsum(counts) - counts, counts)
    # Where many are alone, each kind goes round the folds, beginning where there are fewest of it.
    order = np.argsort(filled, axis=0, kind="stable")
    fold[alone] = order[rank % count, kind[alone]] if len(alone) else alone
    return fold
