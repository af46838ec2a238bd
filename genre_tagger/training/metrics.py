"""Figures that say how good a classifier is, and how far they can be trusted.

A track that gets no answer (silence, speech) has a row of zeros instead of probabilities. It counts as wrong wherever
all tracks count, and as not answered where only the surest do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.model.measured import interval
from genre_tagger.model.network import softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class Selective:
    """Accuracy when the classifier answers only what it is surest of.

    Attributes
    ----------
    coverage : float
        Share of tracks answered, in [0, 1].
    threshold : float
        Lowest probability of the answered tracks.
    accuracy : float
        Share of the answered tracks that are right.
    """

    coverage: float
    threshold: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """95 % intervals that take into account that tracks of one artist resemble each other."""

    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]
    top3: tuple[float, float]


def answers(probabilities: Floats) -> Ints:
    """Index of the likeliest label of each track [shape=(tracks,)]; -1 where there is no answer."""
    return np.where(probabilities.max(axis=1) > 0, probabilities.argmax(axis=1), -1)


def accuracy(probabilities: Floats, truth: Ints) -> float:
    """Share of tracks whose likeliest label is right.

    Parameters
    ----------
    probabilities : ndarray [shape=(tracks, labels)]
        Rows sum to 1, or are zero where there is no answer.
    truth : ndarray [shape=(tracks,)]
        Index of the right label.

    Returns
    -------
    float
        In [0, 1].
    """
    return float(np.mean(answers(probabilities) == truth))


def top(probabilities: Floats, truth: Ints, k: int) -> float:
    """Share of tracks whose right label is among the `k` likeliest."""
    best = np.argsort(-probabilities, axis=1)[:, :k]
    return float(np.mean((best == truth[:, None]).any(axis=1) & (answers(probabilities) >= 0)))


def confusion(probabilities: Floats, truth: Ints) -> Ints:
    """Count answered tracks by right label (row) and answer (column) [shape=(labels, labels)]."""
    labels, given = probabilities.shape[1], answers(probabilities)
    table = np.zeros((labels, labels), dtype=np.int64)
    np.add.at(table, (truth[given >= 0], given[given >= 0]), 1)
    return table


def macro_f1(probabilities: Floats, truth: Ints) -> float:
    """Mean over the labels that occur in `truth` of the F1 of each label."""
    table, support = confusion(probabilities, truth), np.bincount(truth, minlength=probabilities.shape[1])
    f1 = 2 * np.diag(table) / np.maximum(table.sum(axis=0) + support, 1)
    return float(f1[support > 0].mean())


def calibration_error(probabilities: Floats, truth: Ints, bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and accuracy over equal-width bins.

    Parameters
    ----------
    probabilities : ndarray [shape=(tracks, labels)]
        Rows sum to 1.
    truth : ndarray [shape=(tracks,)]
        Index of the right label.
    bins : int
        Bins of confidence between 0 and 1.

    Returns
    -------
    float
        In [0, 1]; 0 is perfect.

    References
    ----------
    C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    return _gap(probabilities.max(axis=1), answers(probabilities) == truth, bins)


def _gap(sure: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights=right - sure, minlength=bins)
    return float(np.abs(gaps).sum()) / len(sure)


def chance_calibration_error(probabilities: Floats, rounds: int = 2000) -> float:
    """Calibration error that a model with these probabilities [shape=(tracks, labels)] shows by chance alone.

    On few tracks it is far from 0 even when every probability is true: each track's answer is drawn to be right as
    often as the model says, `rounds` times over, always with the same draws. Returns the mean, in [0, 1].
    """
    sure = probabilities.max(axis=1)
    drawn = np.random.default_rng(0).random((rounds, len(sure))) < sure
    return float(np.mean([_gap(sure, right) for right in drawn]))


def selective(probabilities: Floats, truth: Ints, coverages: Sequence[float] = COVERAGES) -> list[Selective]:
    """Accuracy on the surest tracks, by share of tracks answered."""
    sure = probabilities.max(axis=1)
    order = np.argsort(-sure, kind="stable")
    right = (answers(probabilities) == truth)[order]
    rows = []
    for coverage in coverages:
        count = max(1, round(coverage * len(truth)))
        rows.append(Selective(coverage, float(sure[order[count - 1]]), float(right[:count].mean())))
    return rows


def at_threshold(probabilities: Floats, truth: Ints, threshold: float) -> Selective:
    """Share of tracks answered with at least `threshold`, and how many of them are right (1 if none)."""
    answered = (probabilities.max(axis=1) >= threshold) & (answers(probabilities) >= 0)
    if not answered.any():
        return Selective(0.0, threshold, 1.0)
    return Selective(float(answered.mean()), threshold, accuracy(probabilities[answered], truth[answered]))


def log_loss(logits: Floats, truth: Ints, temperature: float = 1.0) -> float:
    """Mean negative log probability of the right label, in nats."""
    chosen = softmax(logits, temperature)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def best_temperature(logits: Floats, truth: Ints) -> float:
    """Temperature that gives the least :func:`log_loss`, between 0.2 and 20, to 1 %."""
    grid = np.exp(np.arange(math.log(0.2), math.log(20), 0.01))
    losses = [log_loss(logits, truth, float(temperature)) for temperature in grid]
    return round(float(grid[int(np.argmin(losses))]), 3)


def by_group(probabilities: Floats, truth: Ints, groups: Sequence[str], *, rounds: int = 500) -> Bootstrap:
    """95 % intervals when tracks of one artist are no independent evidence: whole groups are drawn again.

    Parameters
    ----------
    probabilities : ndarray [shape=(tracks, labels)]
        Rows sum to 1.
    truth : ndarray [shape=(tracks,)]
        Index of the right label.
    groups : sequence of str
        Artist, or whatever belongs together, of each track.
    rounds : int
        Draws with replacement.

    Returns
    -------
    Bootstrap
        Percentiles 2.5 and 97.5 of the draws.

    References
    ----------
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, Chapman & Hall, 1993, chapters 8 and 13.
    """
    rng = np.random.default_rng(0)
    names, place = np.unique(np.array(groups), return_inverse=True)
    members = [np.flatnonzero(place == group) for group in range(len(names))]
    found = []
    for _ in range(rounds):
        rows = np.concatenate([members[group] for group in rng.integers(0, len(names), len(names))])
        found.append((accuracy(probabilities[rows], truth[rows]), macro_f1(probabilities[rows], truth[rows]),
                      top(probabilities[rows], truth[rows], 3)))  # fmt: skip
    low, high = np.percentile(np.array(found), (2.5, 97.5), axis=0)
    bounds = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Bootstrap(*bounds)


def summary(
    probabilities: Floats, truth: Ints, labels: Sequence[str], groups: Sequence[str] | None = None
) -> dict[str, Any]:
    """All figures of a model card.

    Parameters
    ----------
    probabilities : ndarray [shape=(tracks, labels)]
        Rows sum to 1, or are zero where there is no answer.
    truth : ndarray [shape=(tracks,)]
        Index of the right label.
    labels : sequence of str
        Names of the labels.
    groups : sequence of str, optional
        Artist of each track; gives the intervals of :func:`by_group` too.

    Returns
    -------
    dict
        Ready for JSON; shares rounded to four places.
    """
    share = accuracy(probabilities, truth)
    table = confusion(probabilities, truth)
    support = np.bincount(truth, minlength=len(labels))
    recall = {
        label: {"tracks": int(n), "right": int(hit)}
        for label, n, hit in zip(labels, support, np.diag(table), strict=True)
    }
    thresholds = [step / 20 for step in range(20)]
    figures: dict[str, Any] = {
        "tracks": len(truth),
        "answered": int((answers(probabilities) >= 0).sum()),
        "accuracy": round(share, 4),
        "interval": _pair(interval(share, len(truth))),
        "macro_f1": round(macro_f1(probabilities, truth), 4),
        "top3": round(top(probabilities, truth, 3), 4),
        "ece": round(calibration_error(probabilities, truth), 4),
        "ece_by_chance": round(chance_calibration_error(probabilities), 4),
        "selective": [_with_interval(row, len(truth)) for row in selective(probabilities, truth)],
        "thresholds": [_rounded(at_threshold(probabilities, truth, t)) for t in thresholds],
        "per_genre": recall,
        "confusion": table.tolist(),
    }
    if groups is not None:
        drawn = asdict(by_group(probabilities, truth, groups))
        figures["by_artist"] = {name: _pair(bounds) for name, bounds in drawn.items()}
    return figures


def _pair(bounds: Sequence[float]) -> list[float]:
    return [round(bound, 4) for bound in bounds]


def _with_interval(row: Selective, tracks: int) -> dict[str, Any]:
    count = max(1, round(row.coverage * tracks))
    return {**_rounded(row), "interval": _pair(interval(row.accuracy, count))}


def _rounded(row: Selective) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(row).items()}
