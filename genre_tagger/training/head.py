"""The genre head: a linear discriminant on the mean loudness of a track's tags.

Measured on tracks of artists not learned from, it is right 2 to 3 points more often than a logistic regression on
mean logits, and far more often where the genres of two lists are spread otherwise: it learns how tracks of one genre
differ among each other, and gives every genre the same chance before it listens.

Most of its rows are what the teacher says, but it will be asked about what the student says. So what the student gets
wrong about the teacher's tags counts as one more way in which tracks of a genre differ: a tag that it cannot imitate
is not to be relied on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.metrics import best_temperature, log_loss

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHRINKAGES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6)
FLOOR = 0.01


@dataclass(frozen=True, slots=True)
class Rows:
    """Tracks to learn from; one track may stand in several rows.

    Attributes
    ----------
    tags : ndarray [shape=(rows, 50)]
        Mean over the patches of :func:`squash` of the tag logits, the teacher's or the student's.
    genres, artists : ndarray [shape=(rows,)]
        Genre index and artist group.
    weights : ndarray [shape=(rows,)]
        How much each row counts.
    """

    tags: Floats
    genres: Ints
    artists: Ints
    weights: Floats

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Rows:
        return Rows(self.tags[chosen], self.genres[chosen], self.artists[chosen], self.weights[chosen])


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


def squash(logits: Floats) -> Floats:
    """Logarithm of the probability of each tag [shape=(..., tags)], but no less than that of :data:`FLOOR`: what is
    fainter than one in a hundred is noise, which a logit would take seriously."""
    return np.asarray(np.log(np.exp(-np.logaddexp(0, -logits)) + FLOOR))


def fit(rows: Rows, labels: int, shrinkage: float, noise: Floats | None = None) -> tuple[Floats, Floats]:
    """Fit a linear discriminant with equal chances for all genres.

    Parameters
    ----------
    rows : Rows
        What to learn from.
    labels : int
        Number of genres; one that never occurs is never answered.
    shrinkage : float
        How much of the common covariance, on columns of unit spread, is replaced by its diagonal, in [0, 1].
    noise : ndarray [shape=(50, 50)], optional
        Covariance of what will be wrong with the columns of ``rows.tags`` when the head is asked.

    Returns
    -------
    weights : ndarray [shape=(50, labels)]
        For the columns of ``rows.tags``.
    bias : ndarray [shape=(labels,)]
        Likewise. The logits that they give are too sure of themselves: divide them by a temperature.

    References
    ----------
    J. H. Friedman, "Regularized discriminant analysis", JASA 84, 1989.
    """
    mean = np.average(rows.tags, axis=0, weights=rows.weights)
    spread = np.sqrt(np.average((rows.tags - mean) ** 2, axis=0, weights=rows.weights)) + 1e-6
    columns = (rows.tags - mean) / spread
    present = np.unique(rows.genres)
    covariance = np.zeros((columns.shape[1], columns.shape[1]))
    centres = np.zeros((len(present), columns.shape[1]))
    for number, genre in enumerate(present):
        chosen = rows.genres == genre
        share = rows.weights[chosen] / rows.weights[chosen].sum()
        centres[number] = share @ columns[chosen]
        apart = columns[chosen] - centres[number]
        covariance += (apart * share[:, None]).T @ apart / len(present)
    if noise is not None:
        covariance += noise / np.outer(spread, spread)
    size = np.trace(covariance) / len(covariance) + 1e-9
    solved = np.linalg.solve((1 - shrinkage) * covariance + shrinkage * size * np.eye(len(covariance)), centres.T)
    weights = np.zeros((len(mean), labels))
    bias = np.full(labels, -1000.0)
    weights[:, present] = solved / spread[:, None]
    bias[present] = -0.5 * np.sum(centres.T * solved, axis=0) - mean @ weights[:, present]
    return weights, bias


def choose(
    rows: Rows, labels: int, noise: Floats | None = None, *, count: int = 5, seed: int = 0
) -> tuple[float, dict[float, float]]:
    """Choose the shrinkage by cross-validation over artists.

    Parameters
    ----------
    rows : Rows
        Training rows alone.
    labels : int
        Number of genres.
    noise : ndarray, optional
        As for :func:`fit`.
    count : int
        Folds.
    seed : int
        Of the folds.

    Returns
    -------
    shrinkage : float
        The one with the least log loss, at its best temperature, on tracks of artists not learned from.
    losses : dict of float to float
        Log loss of each shrinkage.
    """
    fold = folds(rows.artists, count, seed)
    losses = {}
    for shrinkage in SHRINKAGES:
        logits = held_out(rows, labels, shrinkage, fold, noise)
        losses[shrinkage] = log_loss(logits, rows.genres, best_temperature(logits, rows.genres))
    return min(losses, key=lambda shrinkage: losses[shrinkage]), losses


def held_out(rows: Rows, labels: int, shrinkage: float, fold: Ints, noise: Floats | None = None) -> Floats:
    """Logits [shape=(rows, labels)] of each row from a head that learned from the other folds alone."""
    logits = np.zeros((len(rows.genres), labels))
    for number in np.unique(fold):
        weights, bias = fit(rows[fold != number], labels, shrinkage, noise)
        logits[fold == number] = rows[fold == number].tags @ weights + bias
    return logits
