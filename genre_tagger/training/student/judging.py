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
from genre_tagger.model.network import softmax, tempered
from genre_tagger.training import metrics
from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.labelled import ALLMUSIC, QUADRANTS, VALID, Recording
from genre_tagger.training.student import heads, mn04
from genre_tagger.training.student.heads import Head, Manner

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 5
MANNERS = tuple(
    Manner(penalty, balance, 0.3, prior, own)
    for penalty, balance, prior, own in product((0.1, 0.2, 0.3), (0.25, 0.5), (2.0, 4.0), (0.0, 0.25, 0.5))
)
_MOOD_MANNERS = tuple(Manner(penalty, 0.0) for penalty in (0.1, 0.3, 1.0))
# What a track of AllMusic's counts beside one of the other sources: it has the words of editors, not of one collector.
_COUNTS = 2.0
_TEMPERATURES = np.exp(np.arange(np.log(0.1), np.log(10), 0.02))
_COARSE, _SLOPES = 0.16, tuple(float(slope) for slope in np.arange(0, 1.501, 0.05).round(2))
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
    own : ndarray [shape=(tracks, len(taxonomy.NAMED))]
        What AudioSet's classes of the same name say of the genres.
    """

    recordings: list[Recording]
    values: Floats
    own: Floats

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Known:
        of = [recording for recording, is_in in zip(self.recordings, chosen, strict=True) if is_in]
        return Known(of, self.values[chosen], self.own[chosen])

    def of(self, *sources: str) -> NDArray[np.bool_]:
        """Which come from these sources."""
        return np.array([recording.source in sources for recording in self.recordings])

    @property
    def all(self) -> Floats:
        """Values and own classes side by side, as :func:`genres` takes them."""
        return np.concatenate([self.values, self.own], axis=1)

    @property
    def wants(self) -> list[tuple[frozenset[int], ...]]:
        """What each track wants."""
        return [recording.wants for recording in self.recordings]

    def folds(self, seed: int) -> Ints:
        """Fold of each track, artists apart."""
        artists = [recording.artist for recording in self.recordings]
        return heads.folds(artists, [recording.source for recording in self.recordings], FOLDS, seed)


def genres(known: Known, manner: Manner) -> Head:
    """Fit the genre head, for :attr:`Known.all`, to all tracks that want a genre."""
    labels = len(taxonomy.LABELS)
    learned = heads.both(known.values, known.wants, labels, manner, _start(known.own), counts(known))
    return heads.beside(learned, heads.own(known.own, taxonomy.NAMED, labels, manner))


def counts(known: Known) -> Floats:
    """How much each track counts for the genre head [shape=(tracks,)]."""
    return np.where(known.of(ALLMUSIC), _COUNTS, 1.0)


def _start(own: Floats) -> Floats:
    """What AudioSet's own classes say of each genre, where it has some [shape=(tracks, labels)]."""
    logits = np.full((len(own), len(taxonomy.LABELS)), own.min())
    logits[:, taxonomy.NAMED] = own
    return logits


def held_out(known: Known, seed: int) -> tuple[Floats, list[Manner]]:
    """Logits of every track from heads that never met its artist [shape=(tracks, labels)], and the manners chosen."""
    fold, logits, chosen = known.folds(seed), np.zeros((len(known.values), len(taxonomy.LABELS))), []
    for number in range(FOLDS):
        inside = known[fold != number]
        manner = choose(inside, seed)
        chosen.append(manner)
        logits[fold == number] = genres(inside, manner).logits(known.all[fold == number])
    return logits, chosen


def choose(known: Known, seed: int) -> Manner:
    """The manner whose heads make the wanted sets of artists left out likeliest, at their best temperature."""
    fold, allowed = known.folds(seed + 1), allowed_labels(known.wants)
    judged, labels = allowed.any(axis=1), len(taxonomy.LABELS)
    first = {(manner.penalty, manner.balance): np.zeros((len(fold), labels)) for manner in MANNERS}
    second = {(manner.shrinkage, manner.prior): np.zeros((len(fold), labels)) for manner in MANNERS}
    third = {manner.own: np.zeros((len(fold), labels)) for manner in MANNERS}
    for number in range(FOLDS):
        inside, outside, here = known[fold != number], known[fold == number], fold == number
        known_of = inside.values, inside.wants, labels
        for manner in MANNERS:
            if not first[manner.penalty, manner.balance][here].any():
                head = heads.regression(*known_of, manner, counts(inside))
                first[manner.penalty, manner.balance][here] = head.logits(outside.values)
            if not second[manner.shrinkage, manner.prior][here].any():
                head = heads.discriminant(*known_of, manner, _start(inside.own), counts(inside))
                second[manner.shrinkage, manner.prior][here] = head.logits(outside.values)
            third[manner.own][here] = heads.own(inside.own, taxonomy.NAMED, labels, manner).logits(outside.own)
    losses = []
    for manner in MANNERS:
        learned = first[manner.penalty, manner.balance] + heads.SECOND * second[manner.shrinkage, manner.prior]
        losses.append(best_temperature((learned + third[manner.own])[judged], allowed[judged])[1])
    return MANNERS[int(np.argmin(losses))]


def allowed_labels(wants: Sequence[Sequence[frozenset[int]]]) -> NDArray[np.bool_]:
    """Which labels would be right for each track [shape=(tracks, labels)]."""
    every = [frozenset().union(*wanted) for wanted in wants]
    return np.array([[label in right for label in range(len(taxonomy.LABELS))] for right in every], dtype=np.bool_)


def calibrated(logits: Floats, labels: Ints, allowed: NDArray[np.bool_]) -> tuple[float, float]:
    """Temperature and slope at which the probability of the likeliest genre proposed says best how often it is right.

    Parameters
    ----------
    logits : ndarray [shape=(tracks, all labels)]
        From heads that never met the artists.
    labels : ndarray of int [shape=(labels,)]
        Which of them are proposed.
    allowed : ndarray of bool [shape=(tracks, all labels)]
        Which of them would be right; of some tracks none of those proposed, and they count.

    Returns
    -------
    temperature, slope : float
        For :func:`~genre_tagger.model.network.tempered`.
    """
    right = allowed[np.arange(len(logits)), labels[logits[:, labels].argmax(axis=1)]]

    def loss(manner: tuple[float, float]) -> float:
        # Brier's score: one sure mistake does not weigh more than many answers that are too modest.
        return float(np.square(tempered(logits, *manner)[:, labels].max(axis=1) - right).mean())

    best = (1.0, 0.0)
    for grid in (_TEMPERATURES[::8], _TEMPERATURES):  # coarsely, then finely around the best
        near = [t for t in grid if len(grid) < len(_TEMPERATURES) or abs(np.log(t / best[0])) < _COARSE]
        best = min(product(map(float, near), _SLOPES), key=loss)
    return round(best[0], 3), round(best[1], 3)


def probabilities(logits: Floats, labels: Ints, known: Known, seed: int) -> Floats:
    """Probabilities of all labels of every track, tempered as the other artists' AllMusic tracks want it."""
    fold, allowed, asked = known.folds(seed), allowed_labels(known.wants), independent(known)
    chances = np.zeros(logits.shape)
    for number in range(FOLDS):
        others = asked & (fold != number)
        chances[fold == number] = tempered(logits[fold == number], *calibrated(logits[others], labels, allowed[others]))
    return chances


def best_temperature(logits: Floats, allowed: NDArray[np.bool_]) -> tuple[float, float]:
    """Temperature that makes the right sets likeliest, and the mean negative log probability there."""
    grid = _TEMPERATURES

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
    probabilities : ndarray [shape=(tracks, all labels)]
        From heads that never met the artists.
    labels : ndarray of int [shape=(labels,)]
        Which of :data:`~genre_tagger.training.data.taxonomy.LABELS` are proposed.
    known : Known
        The tracks.

    Returns
    -------
    dict
        As :func:`genre_tagger.training.metrics.summary`; a track is right if the likeliest genre proposed is one of
        those that its source names, and one that has none of these is always wrong, and in no row of the confusion
        matrix. ``top3`` is of all labels, because all are offered. ``recall`` is by the source's names, of tracks that
        have one alone.
    """
    every = allowed_labels(known.wants)
    proposed, allowed = probabilities[:, labels], every[:, labels]
    likeliest = np.where(allowed, proposed, -1.0).argmax(axis=1)
    truth = np.where(allowed.any(axis=1), likeliest, proposed.argmin(axis=1))
    names = [taxonomy.LABELS[label] for label in labels]
    found = metrics.summary(proposed, truth, names, [recording.artist for recording in known.recordings])
    wanted = allowed.any(axis=1)
    table, tracks = metrics.confusion(proposed[wanted], truth[wanted]), np.bincount(truth[wanted], minlength=len(names))
    found["confusion"] = table.tolist()
    found["per_genre"] = {
        name: {"tracks": int(n), "right": int(hit)} for name, n, hit in zip(names, tracks, np.diag(table), strict=True)
    }
    among_three = np.take_along_axis(every, np.argsort(-probabilities, axis=1)[:, :3], axis=1).any(axis=1)
    found["top3"] = round(float(among_three.mean()), 4)
    right = allowed[np.arange(len(truth)), proposed.argmax(axis=1)]
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
    """Means over a track's patches of what heads learn from: values [shape=(434,)] and own classes (:class:`Known`)."""
    tags = mn04.said(answers["tags"])
    values = np.concatenate([answers["embedding"].astype(np.float64), tags], axis=1)
    groups = [list(taxonomy.TAXONOMY[label].audioset) for label in taxonomy.NAMED]
    own = np.stack([answers["classes"][:, group].max(axis=1) for group in groups], axis=1)
    return values.mean(axis=0), mn04.said(own).mean(axis=0)
