"""A softmax in closed form: a linear discriminant whose covariance is drawn towards a multiple of the identity.

It is made of sums over tracks, so that leaving some of them out is a subtraction, and judging every track by a
discriminant that never met it costs little more than making one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = NDArray[np.float32]
Ints = NDArray[np.int64]
_TEMPERATURES = np.exp(np.arange(-1.5, 4.0, 0.1))
# The best temperature is looked for in steps of so many of these, each time around the best of those before.
_STRIDES = (6, 2, 1)
_ASKED = 1_000
# Of so many tracks probabilities are made at a time.
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Sums:
    """What a discriminant is made of; those of parts add up to those of the whole.

    Attributes
    ----------
    count : ndarray [shape=(classes,)]
        How many tracks each class has; parts of a track count.
    first : ndarray [shape=(classes, columns)]
        Sum of the values of its tracks.
    second : ndarray [shape=(columns, columns)]
        Sum over all tracks of the products of their values.
    """

    count: Floats
    first: Floats
    second: Floats

    @classmethod
    def of(cls, values: Values, shares: Values) -> Sums:
        """Sum over tracks.

        Parameters
        ----------
        values : ndarray [shape=(tracks, columns)]
            Of mean 0 and spread 1 or about.
        shares : ndarray [shape=(tracks, classes)]
            How much of each track belongs to each class, in 0…1.
        """
        weight = shares.sum(axis=1)
        scaled = values if np.all(weight == 1) else values * np.sqrt(weight)[:, None]
        # The same array on both sides is half the work.
        second = (scaled.T @ scaled).astype(np.float64)
        return cls(shares.sum(axis=0, dtype=np.float64), (shares.T @ values).astype(np.float64), second)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, self.first + other.first, self.second + other.second)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.count - other.count, self.first - other.first, self.second - other.second)

    def __mul__(self, factor: float) -> Sums:
        return Sums(self.count * factor, self.first * factor, self.second * factor)


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear map: values [shape=(..., columns)] @ weights [shape=(columns, classes)] + bias [shape=(classes,)]."""

    weights: Floats
    bias: Floats

    def logits(self, values: Values) -> Values:
        """Logits of some tracks [shape=(..., classes)], as precise as the values are."""
        logits = values @ self.weights.astype(np.float32)
        logits += self.bias.astype(np.float32)
        return logits

    def __mul__(self, factor: float) -> Linear:
        return Linear(self.weights * factor, self.bias * factor)


class Spread:
    """How the columns vary within classes, from which discriminants of different restraint are made.

    Parameters
    ----------
    sums : Sums
        Of the tracks to learn from.
    """

    def __init__(self, sums: Sums) -> None:
        there = sums.count > 1e-6
        count, total = np.where(there, sums.count, 1.0), float(sums.count[there].sum())
        self._columns, self._there = len(sums.second), there
        self._means = np.where(there[:, None], sums.first / count[:, None], 0.0)
        self._within = sums.second - (self._means * np.where(there, count, 0.0)[:, None]).T @ self._means
        self._freedom = max(total - float(there.sum()), 0.0)
        variance = float(np.trace(self._within)) / (self._columns * self._freedom) if self._freedom > 1.0 else 1.0
        self._size = max(variance, 1e-3)
        self._prior = np.log(count / max(float(sums.count.sum()), 1e-6))

    def fit(self, restraint: float) -> Linear:
        """Make a discriminant; see :func:`fit`."""
        belief = restraint * self._columns
        covariance = self._within / (self._freedom + belief)
        covariance.flat[:: self._columns + 1] += belief * self._size / (self._freedom + belief)
        weights = np.linalg.solve(covariance, self._means.T)
        bias = np.where(self._there, self._prior - 0.5 * np.sum(self._means.T * weights, axis=0), -np.inf)
        return Linear(weights, bias)


def fit(sums: Sums, restraint: float = 1.0) -> Linear:
    """Make the discriminant; a class without tracks is never answered.

    Parameters
    ----------
    sums : Sums
        Of the tracks to learn from.
    restraint : float
        How many tracks, in multiples of the number of columns, the belief counts that all columns vary alike and
        independently; with few tracks it decides nearly alone.

    References
    ----------
    J. H. Friedman, "Regularized discriminant analysis", JASA 84, 1989.
    """
    return Spread(sums).fit(restraint)


def chances(logits: Floats) -> Floats:
    """Softmax over the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def likeliest(logits: NDArray[np.floating], heat: float = 1.0) -> tuple[Ints, Floats]:
    """Give the likeliest class of each track [shape=(tracks,)], and its probability after a softmax of logits / heat.

    Parameters
    ----------
    logits : ndarray [shape=(tracks, classes)]
    heat : float
        Above 0.
    """
    best = logits.argmax(axis=1)
    probability = np.empty(len(logits))
    for start in range(0, len(logits), _AT_ONCE):
        part = logits[start : start + _AT_ONCE]
        top = part[np.arange(len(part)), best[start : start + _AT_ONCE], None]
        raised = np.exp(((part - top) / heat).astype(np.float32))
        probability[start : start + _AT_ONCE] = 1 / raised.sum(axis=1, dtype=np.float64)
    return best, probability


def asked(tracks: int) -> Ints:
    """List the tracks that a temperature is found by: a part of all, which depends on their number alone."""
    return np.arange(0, tracks, max(1, tracks // _ASKED))


def temperature(logits: NDArray[np.floating], wanted: NDArray[np.bool_], weight: Floats) -> tuple[float, float]:
    """Find what to divide logits by, so that what was wanted is likeliest; and how unlikely it still is.

    Parameters
    ----------
    logits : ndarray [shape=(tracks, classes)]
        From discriminants that never met the tracks.
    wanted : ndarray of bool [shape=(tracks, classes)]
        The classes that would be right.
    weight : ndarray [shape=(tracks,)]
        How much each track counts.

    Returns
    -------
    temperature : float
    loss : float
        The negative log probability of what was wanted, summed over a part of the tracks that depends on their number
        alone.
    """
    some = asked(len(logits))
    logits, wanted, weight = logits[some], wanted[some], weight[some]
    raised = (logits - logits.max(axis=1, keepdims=True)).astype(np.float32)
    track, of = np.nonzero(wanted)

    def loss(number: int) -> float:
        chance = np.exp(raised * np.float32(1 / _TEMPERATURES[number]))
        reached = np.bincount(track, chance[track, of], len(raised)) / chance.sum(axis=1)
        return -float(weight @ np.log(np.maximum(reached, 1e-9)))

    losses: dict[int, float] = {}
    near = range(len(_TEMPERATURES))
    for stride, finer in zip(_STRIDES, (*_STRIDES[1:], 0), strict=True):
        losses |= {number: loss(number) for number in near[::stride] if number not in losses}
        best = min(sorted(losses), key=losses.__getitem__)
        near = range(max(best - stride + finer, 0), min(best + stride, len(_TEMPERATURES)))
    return float(_TEMPERATURES[best]), losses[best]
