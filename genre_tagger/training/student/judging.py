"""Fit the heads on what the trained network says of whole tracks, and say what they are worth on other artists.

Every figure comes from folds in which no artist is on two sides; the manner of fitting is chosen inside each fold
again, so that choosing flatters nothing. GTZAN's valid clips are in no fold: nothing is learned from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.model.measured import interval
from genre_tagger.model.network import softmax
from genre_tagger.training import metrics
from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.labelled import ALLMUSIC, QUADRANTS, VALID, Recording
from genre_tagger.training.student import heads, mn04
from genre_tagger.training.student.heads import Head, Manner

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 5
MANNERS = tuple(
    Manner(penalty, balance, 0.3, prior) for penalty, balance, prior in product((0.1, 0.3), (0.25, 0.5), (2.0, 4.0))
)
_MOOD_MANNERS = tuple(Manner(penalty, 0.0) for penalty in (0.1, 0.3, 1.0))
#: A genre is proposed if the folds answer it so often, and so many of these answers are right.
LEAST_ANSWERS, LEAST_PRECISION = 4, 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """What the network says of whole tracks: means over the patches that the program asks about.

    Attributes
    ----------
    recordings : list of Recording
        The tracks.
    values : ndarray [shape=(tracks, 434)]
        The embedding, and the squashed tags.
    classes : ndarray [shape=(tracks, 527)]
        :func:`~genre_tagger.training.student.mn04.said` of AudioSet's classes.
    """

    recordings: list[Recording]
    values: Floats
    classes: Floats

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Known:
        of = [recording for recording, is_in in zip(self.recordings, chosen, strict=True) if is_in]
        return Known(of, self.values[chosen], self.classes[chosen])

    def of(self, *sources: str) -> NDArray[np.bool_]:
        """Which come from these sources."""
        return np.array([recording.source in sources for recording in self.recordings])

    @property
    def wants(self) -> list[tuple[frozenset[int], ...]]:
        """What each track wants."""
        return [recording.wants for recording in self.recordings]

    def folds(self, seed: int) -> Ints:
        """Fold of each track, artists apart."""
        artists = [recording.artist for recording in self.recordings]
        return heads.folds(artists, [recording.source for recording in self.recordings], FOLDS, seed)


def genres(known: Known, manner: Manner) -> Head:
    """Fit the genre head to all tracks that want a genre."""
    start = _zero_shot(known.classes)
    return heads.both(known.values, known.wants, len(taxonomy.LABELS), manner, start)


def _zero_shot(classes: Floats) -> Floats:
    """What AudioSet's own classes say of each genre, where it has some [shape=(tracks, labels)]."""
    logits = np.full((len(classes), len(taxonomy.LABELS)), classes.min())
    for number, genre in enumerate(taxonomy.TAXONOMY):
        if genre.audioset:
            logits[:, number] = classes[:, list(genre.audioset)].max(axis=1)
    return logits


def held_out(known: Known, seed: int) -> tuple[Floats, list[Manner]]:
    """Logits of every track from heads that never met its artist [shape=(tracks, labels)], and the manners chosen."""
    fold, logits, chosen = known.folds(seed), np.zeros((len(known.values), len(taxonomy.LABELS))), []
    for number in range(FOLDS):
        inside = known[fold != number]
        manner = choose(inside, seed)
        chosen.append(manner)
        logits[fold == number] = genres(inside, manner).logits(known.values[fold == number])
    return logits, chosen


def choose(known: Known, seed: int) -> Manner:
    """The manner whose heads make the wanted sets of artists left out likeliest, at their best temperature."""
    fold, allowed = known.folds(seed + 1), allowed_labels(known.wants)
    judged, labels = allowed.any(axis=1), len(taxonomy.LABELS)
    first = {(manner.penalty, manner.balance): np.zeros((len(fold), labels)) for manner in MANNERS}
    second = {(manner.shrinkage, manner.prior): np.zeros((len(fold), labels)) for manner in MANNERS}
    for number in range(FOLDS):
        inside, outside = known[fold != number], known.values[fold == number]
        start = _zero_shot(inside.classes)
        for manner in MANNERS:
            if not first[manner.penalty, manner.balance][fold == number].any():
                head = heads.regression(inside.values, inside.wants, labels, manner)
                first[manner.penalty, manner.balance][fold == number] = head.logits(outside)
            if not second[manner.shrinkage, manner.prior][fold == number].any():
                head = heads.discriminant(inside.values, inside.wants, labels, manner, start)
                second[manner.shrinkage, manner.prior][fold == number] = head.logits(outside)
    losses = []
    for manner in MANNERS:
        logits = first[manner.penalty, manner.balance] + heads.SECOND * second[manner.shrinkage, manner.prior]
        losses.append(best_temperature(logits[judged], allowed[judged])[1])
    return MANNERS[int(np.argmin(losses))]


def allowed_labels(wants: Sequence[Sequence[frozenset[int]]]) -> NDArray[np.bool_]:
    """Which labels would be right for each track [shape=(tracks, labels)]."""
    every = [frozenset().union(*wanted) for wanted in wants]
    return np.array([[label in right for label in range(len(taxonomy.LABELS))] for right in every], dtype=np.bool_)


def best_temperature(logits: Floats, allowed: NDArray[np.bool_]) -> tuple[float, float]:
    """Temperature that makes the right sets likeliest, and the mean negative log probability there."""
    grid = np.exp(np.arange(np.log(0.1), np.log(10), 0.02))

    def loss(temperature: float) -> float:
        right = np.where(allowed, softmax(logits, temperature), 0).sum(axis=1)
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    losses = [loss(float(temperature)) for temperature in grid]
    return round(float(grid[int(np.argmin(losses))]), 3), min(losses)


def borne_out(logits: Floats, known: Known) -> Ints:
    """Indices of the labels that the folds answer rightly often enough to be proposed, and GTZAN's ten."""
    answers, allowed = logits.argmax(axis=1), allowed_labels(known.wants)
    kept = []
    for label, name in enumerate(taxonomy.LABELS):
        answered = answers == label
        borne_out = answered.sum() >= LEAST_ANSWERS and allowed[answered, label].mean() >= LEAST_PRECISION
        if borne_out or name in taxonomy.TEN:
            kept.append(label)
    return np.array(kept)


def figures(probabilities: Floats, labels: Ints, known: Known) -> dict[str, Any]:
    """What is measured on some tracks, for the card.

    Parameters
    ----------
    probabilities : ndarray [shape=(tracks, labels)]
        From heads that never met the artists.
    labels : ndarray of int [shape=(labels,)]
        Which of :data:`~genre_tagger.training.data.taxonomy.LABELS` the columns are.
    known : Known
        The tracks.

    Returns
    -------
    dict
        As :func:`genre_tagger.training.metrics.summary`; a track is right if its likeliest genre is one of those that
        its source names, and one that has none of these labels is always wrong. ``recall`` is by the source's names,
        of tracks that have one alone.
    """
    allowed = allowed_labels(known.wants)[:, labels]
    likeliest = np.where(allowed, probabilities, -1.0).argmax(axis=1)
    truth = np.where(allowed.any(axis=1), likeliest, probabilities.argmin(axis=1))
    names = [taxonomy.LABELS[label] for label in labels]
    found = metrics.summary(probabilities, truth, names, [recording.artist for recording in known.recordings])
    right = allowed[np.arange(len(truth)), probabilities.argmax(axis=1)]
    alone = [recording.named[0] if len(recording.named) == 1 else "" for recording in known.recordings]
    recall = {
        name: {"tracks": alone.count(name), "right": int(right[np.array(alone) == name].sum())}
        for name in sorted(set(alone) - {""})
    }
    shares = [row["right"] / row["tracks"] for row in recall.values() if row["tracks"] >= 5]
    return {**found, "recall": recall, "mean_recall": round(float(np.mean(shares)), 4) if shares else None}


def moods(known: Known, seed: int) -> tuple[Head, dict[str, Any]]:
    """Fit the head for the four moods, at its best temperature, and measure it in nested folds."""
    some = known[np.array([recording.quadrant is not None for recording in known.recordings])]
    truth = np.array([recording.quadrant for recording in some.recordings], dtype=np.int64)
    fold, logits = some.folds(seed), np.zeros((len(truth), len(QUADRANTS)))
    for number in range(FOLDS):
        inside = fold != number
        manner = _choose_mood(some[inside], truth[inside], seed)
        logits[~inside] = _mood(some[inside], truth[inside], manner).logits(some.values[~inside])
    temperature = metrics.best_temperature(logits, truth)
    probabilities = softmax(logits, temperature)
    measured = {
        "tracks": len(truth), "accuracy": round(metrics.accuracy(probabilities, truth), 4),
        "interval": [round(bound, 4) for bound in interval(metrics.accuracy(probabilities, truth), len(truth))],
        "ece": round(metrics.calibration_error(probabilities, truth), 4),
        "confusion": metrics.confusion(probabilities, truth).tolist(),
    }  # fmt: skip
    return _mood(some, truth, _choose_mood(some, truth, seed)) * (1 / temperature), measured


def _mood(known: Known, truth: Ints, manner: Manner) -> Head:
    return heads.regression(known.values, [(frozenset({int(mood)}),) for mood in truth], len(QUADRANTS), manner)


def _choose_mood(known: Known, truth: Ints, seed: int) -> Manner:
    fold, losses = known.folds(seed + 1), []
    for manner in _MOOD_MANNERS:
        logits = np.zeros((len(truth), len(QUADRANTS)))
        for number in range(FOLDS):
            inside = fold != number
            logits[~inside] = _mood(known[inside], truth[inside], manner).logits(known.values[~inside])
        losses.append(metrics.log_loss(logits, truth, metrics.best_temperature(logits, truth)))
    return _MOOD_MANNERS[int(np.argmin(losses))]


def independent(known: Known) -> NDArray[np.bool_]:
    """Which tracks the main figures are about: AllMusic's, the widest in genres, artists and years."""
    return known.of(ALLMUSIC)


def learned_from(known: Known) -> NDArray[np.bool_]:
    """Which tracks the heads learn from: all that have a genre, but for the valid clips."""
    chosen: NDArray[np.bool_] = ~known.of(VALID) & np.array([bool(recording.wants) for recording in known.recordings])
    return chosen


def squashed(answers: dict[str, NDArray[np.float32]]) -> tuple[Floats, Floats]:
    """Means over a track's patches of what heads learn from: values [shape=(434,)] and classes [shape=(527,)]."""
    tags = mn04.said(answers["tags"])
    values = np.concatenate([answers["embedding"].astype(np.float64), tags], axis=1)
    return values.mean(axis=0), mn04.said(answers["classes"]).mean(axis=0)
