"""The genre head: a logistic regression on the mean tag logits of a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.metrics import log_loss

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Rows:
    """Tracks to learn from; one track may stand in several rows.

    Attributes
    ----------
    logits : ndarray [shape=(rows, 50)]
        Mean tag logits, the teacher's or the student's.
    genres, artists : ndarray [shape=(rows,)]
        Genre index and artist group.
    weights : ndarray [shape=(rows,)]
        How much each row counts.
    """

    logits: Floats
    genres: Ints
    artists: Ints
    weights: Floats

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Rows:
        return Rows(self.logits[chosen], self.genres[chosen], self.artists[chosen], self.weights[chosen])


def folds(artists: Ints, count: int, seed: int) -> Ints:
    """Deal artist groups, and with them their tracks, into folds of about equal size.

    Parameters
    ----------
    artists : ndarray [shape=(rows,)]
        Artist group of each row.
    count : int
        Number of folds.
    seed : int
        Of the order of equally large groups.

    Returns
    -------
    ndarray [shape=(rows,)]
        Fold of each row; an artist is never in two.
    """
    groups, sizes = np.unique(artists, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    largest_first = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    filled = np.zeros(count, dtype=np.int64)
    fold_of = np.zeros(len(groups), dtype=np.int64)
    for group in largest_first:
        fold_of[group] = int(np.argmin(filled))
        filled[fold_of[group]] += sizes[group]
    return fold_of[np.searchsorted(groups, artists)]


def fit(rows: Rows, labels: int, strength: float) -> tuple[Floats, Floats]:
    """Fit a multinomial logistic regression.

    Parameters
    ----------
    rows : Rows
        What to learn from.
    labels : int
        Number of genres; each must occur.
    strength : float
        Inverse of the L2 penalty, on columns scaled to unit spread.

    Returns
    -------
    weights : ndarray [shape=(50, labels)]
        For unscaled tag logits.
    bias : ndarray [shape=(labels,)]
        Likewise.
    """
    from sklearn.linear_model import LogisticRegression

    mean = np.average(rows.logits, axis=0, weights=rows.weights)
    spread = np.sqrt(np.average((rows.logits - mean) ** 2, axis=0, weights=rows.weights)) + 1e-6
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit((rows.logits - mean) / spread, rows.genres, sample_weight=rows.weights)
    weights = np.zeros((rows.logits.shape[1], labels))
    bias = np.full(labels, -30.0)  # a genre that never occurs is never answered
    weights[:, model.classes_] = (model.coef_ / spread).T
    bias[model.classes_] = model.intercept_ - mean @ weights[:, model.classes_]
    return weights, bias


def choose(rows: Rows, labels: int, *, count: int = 5, seed: int = 0) -> tuple[float, dict[float, float]]:
    """Choose the strength by cross-validation over artists.

    Parameters
    ----------
    rows : Rows
        Training rows alone.
    labels : int
        Number of genres.
    count : int
        Folds.
    seed : int
        Of the folds.

    Returns
    -------
    strength : float
        The one with the least mean log loss on tracks of artists not learned from.
    losses : dict of float to float
        Log loss of each strength.
    """
    fold = folds(rows.artists, count, seed)
    losses = {}
    for strength in STRENGTHS:
        held_out = []
        for number in range(count):
            weights, bias = fit(rows[fold != number], labels, strength)
            test = rows[fold == number]
            held_out.append(log_loss(test.logits @ weights + bias, test.genres))
        losses[strength] = float(np.mean(held_out))
    return min(losses, key=lambda strength: losses[strength]), losses
