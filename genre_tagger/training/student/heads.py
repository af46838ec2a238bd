"""Heads on what the network knows of whole tracks: linear maps to genres, moods, and music or not.

A track wants one or several genres, and each of them may mean several of ours: AllMusic's Pop/Rock is Pop, Rock, Metal
or Punk. What is learned is the probability of that set, so the head itself finds out which of them it is.

The genre head is the mean of two that fail differently: a regression with a penalty, right more often, and a
discriminant that first gives every genre nearly the same chance, which hears more of the rare ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Wants = Sequence[Sequence[frozenset[int]]]
#: How much the discriminant's logits, which are far surer of themselves, count beside the regression's.
SECOND = 0.125
# A genre with less than so much evidence in all is drawn towards the mean of all genres by half.
_LITTLE = 2.0
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Manner:
    """How heads are fitted.

    Attributes
    ----------
    penalty : float
        On the squared slopes of the regression.
    balance : float
        How much the frequency of a genre is evened out, 0 (not) to 1 (wholly).
    shrinkage : float
        How much of the discriminant's common covariance is replaced by a multiple of the identity, in 0…1.
    prior : float
        How many times the logarithm of a genre's frequency is added to the discriminant's logits.
    own : float
        How much a genre's own class, which the teacher knows from two million sounds, counts beyond that, in logits a
        standard deviation.
    """

    penalty: float = 0.1
    balance: float = 0.5
    shrinkage: float = 0.3
    prior: float = 2.0
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """A linear map: values [shape=(..., columns)] @ weights [shape=(columns, labels)] + bias [shape=(labels,)]."""

    weights: Floats
    bias: Floats

    def logits(self, values: Floats) -> Floats:
        """Logits of some tracks [shape=(..., labels)]."""
        return np.asarray(values @ self.weights + self.bias)

    def __add__(self, other: Head) -> Head:
        return Head(self.weights + other.weights, self.bias + other.bias)

    def __mul__(self, factor: float) -> Head:
        return Head(self.weights * factor, self.bias * factor)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is wanted, one row for each genre of each track."""

    rows: Ints  # which track [shape=(terms,)]
    weights: Floats  # of the term [shape=(terms,)]
    allowed: NDArray[np.bool_]  # which labels it may mean [shape=(terms, labels)]


def _terms(wants: Wants, labels: int, balance: float, counts: Floats | None) -> _Terms:
    """A track's count is divided among its genres; rare genres are raised by the power `balance` of their rarity."""
    counts = np.ones(len(wants)) if counts is None else counts
    rows, weights, allowed, kinds = [], [], [], []
    for row, wanted in enumerate(wants):
        for meant in wanted:
            rows.append(row)
            weights.append(counts[row] / len(wanted))
            allowed.append([label in meant for label in range(labels)])
            kinds.append(meant)
    total: dict[frozenset[int], float] = {}
    for kind, weight in zip(kinds, weights, strict=True):
        total[kind] = total.get(kind, 0.0) + weight
    evened = np.array(weights) * np.array([total[kind] ** -balance for kind in kinds])
    return _Terms(np.array(rows), evened, np.array(allowed, dtype=np.bool_))


def regression(values: Floats, wants: Wants, labels: int, manner: Manner, counts: Floats | None = None) -> Head:
    """Fit a multinomial regression with a quadratic penalty to tracks that each want some sets of labels.

    Parameters
    ----------
    values : ndarray [shape=(tracks, columns)]
        What is known of the tracks.
    wants : sequence of sequence of frozenset of int
        The sets of labels that each track wants; a track without is not learned from.
    labels : int
        How many labels there are.
    manner : Manner
        How.
    counts : ndarray [shape=(tracks,)], optional
        How much each track counts; all the same when left out.

    Returns
    -------
    Head
    """
    from scipy.optimize import minimize

    terms = _terms(wants, labels, manner.balance, counts)
    weights = terms.weights / terms.weights.sum()
    mean, spread = values.mean(axis=0), (values.std(axis=0) + 1e-3) * np.sqrt(values.shape[1])
    scaled = ((values - mean) / spread)[terms.rows]
    columns = scaled.shape[1]

    def cost(flat: Floats) -> tuple[float, Floats]:
        slopes, bias = flat[: columns * labels].reshape(columns, labels), flat[columns * labels :]
        chances = _log_softmax(scaled @ slopes + bias)
        reached, shares = _among(chances, terms.allowed)
        pull = weights[:, None] * (np.exp(chances) - shares)
        penalty = manner.penalty / columns
        value = -float(weights @ reached) + penalty * float((slopes**2).sum()) / 2 + 1e-4 * float((bias**2).sum())
        return value, np.concatenate([(scaled.T @ pull + penalty * slopes).ravel(), pull.sum(axis=0) + 2e-4 * bias])

    found = minimize(cost, np.zeros((columns + 1) * labels), jac=True, method="L-BFGS-B", options={"maxiter": 120}).x
    slopes = found[: columns * labels].reshape(columns, labels) / spread[:, None]
    return Head(slopes, found[columns * labels :] - mean @ slopes)


def discriminant(
    values: Floats, wants: Wants, labels: int, manner: Manner, start: Floats, counts: Floats | None = None, *,
    rounds: int = 4,
) -> Head:
    """Fit a linear discriminant; which label of a set a track means is found by turns with the discriminant itself.

    Parameters
    ----------
    values, wants, labels, manner, counts
        As for :func:`regression`.
    start : ndarray [shape=(tracks, labels)]
        Logits of what each track may mean at first.
    rounds : int
        How many turns.

    Returns
    -------
    Head
        Its logits are too sure of themselves by a factor of about four.

    References
    ----------
    J. H. Friedman, "Regularized discriminant analysis", JASA 84, 1989.
    """
    terms = _terms(wants, labels, 0.0, counts)
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-3
    scaled = ((values - mean) / spread)[terms.rows]
    shares = _among(_log_softmax(start[terms.rows]), terms.allowed)[1]
    for _ in range(rounds):
        slopes, bias = _discriminant(scaled, shares * terms.weights[:, None], manner)
        shares = _among(_log_softmax(scaled @ slopes + bias), terms.allowed)[1]
    slopes /= spread[:, None]
    return Head(slopes, bias - mean @ slopes)


def _discriminant(scaled: Floats, shares: Floats, manner: Manner) -> tuple[Floats, Floats]:
    """Slopes and bias from how much each row belongs to each label [shape=(rows, labels)]; each label counts alike."""
    count = shares.sum(axis=0)
    known = count > _LITTLE / 2
    centres = (shares.T @ scaled) / np.maximum(count, 1e-6)[:, None]
    even = np.where(known, 1 / np.maximum(count, 1e-6), 0)
    rows = shares @ even
    covariance = (scaled * rows[:, None]).T @ scaled - (centres * (count * even)[:, None]).T @ centres
    covariance /= rows.sum()
    size = np.trace(covariance) / len(covariance)
    covariance = (1 - manner.shrinkage) * covariance + manner.shrinkage * size * np.eye(len(covariance))
    drawn = centres * (count / (count + _LITTLE))[:, None]
    slopes = np.linalg.solve(covariance, drawn.T)
    return slopes, -0.5 * np.sum(drawn.T * slopes, axis=0) + manner.prior * np.log(np.maximum(count, 0.1))


def own(said: Floats, of: Sequence[int], labels: int, manner: Manner) -> Head:
    """What the classes `of` some labels say of tracks [shape=(tracks, len(of))], against what they usually say."""
    mean, slope = said.mean(axis=0), manner.own / (said.std(axis=0) + 1e-3)
    weights = np.zeros((len(of), labels))
    weights[np.arange(len(of)), list(of)] = slope
    return Head(weights, -mean @ weights)


def beside(first: Head, second: Head) -> Head:
    """Two heads for the same labels as one, whose values stand beside each other."""
    return Head(np.concatenate([first.weights, second.weights]), first.bias + second.bias)


def both(
    values: Floats, wants: Wants, labels: int, manner: Manner, start: Floats, counts: Floats | None = None
) -> Head:
    """The mean of :func:`regression` and :func:`discriminant`, up to a factor that the temperature takes up."""
    second = discriminant(values, wants, labels, manner, start, counts)
    return regression(values, wants, labels, manner, counts) + second * SECOND


def _log_softmax(logits: Floats) -> Floats:
    highest = logits.max(axis=1, keepdims=True)
    return np.asarray(logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True)))


def _among(chances: Floats, allowed: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Log probability of each row's set [shape=(rows,)], and each label's share of it [shape=(rows, labels)]."""
    inside = np.where(allowed, chances, _NEVER)
    highest = inside.max(axis=1, keepdims=True)
    share = np.exp(inside - highest)
    total = share.sum(axis=1, keepdims=True)
    return (highest + np.log(total))[:, 0], share / total


def folds(groups: Sequence[str], sources: Sequence[str], count: int, seed: int) -> Ints:
    """Deal groups of tracks into folds, so that each source is spread evenly.

    Parameters
    ----------
    groups, sources : sequence of str
        Artist and source of each track; an artist has one source.
    count : int
        Number of folds.
    seed : int
        Of the order of equally large groups.

    Returns
    -------
    ndarray [shape=(tracks,)]
        Fold of each track; no artist is in two.
    """
    names, first, of, sizes = np.unique(np.array(groups), return_index=True, return_inverse=True, return_counts=True)
    kinds, kind = np.unique(np.array(sources)[first], return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    filled = np.zeros((len(kinds), count))
    fold = np.zeros(len(names), dtype=np.int64)
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold[group] = int(np.argmin(filled[kind[group]] + 1e-3 * filled.sum(axis=0)))
        filled[kind[group], fold[group]] += sizes[group]
    return fold[of]
