"""What may be wrong with the genres that files have: each judged by what never met the track or its artist.

The judges learn from the files' own genres, wrong ones included; so few are wrong in most libraries that they hardly
matter, and no track has a say in its own case.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review import discriminant
from genre_tagger.review.discriminant import Floats, Ints, Sums, Values
from genre_tagger.review.folds import deal
from genre_tagger.review.learned import joined
from genre_tagger.review.learning import LEAST, LEAST_ARTISTS, Heard
from genre_tagger.review.sounds import neighbours

Bools = NDArray[np.bool_]
_T = TypeVar("_T")

_FOLDS, _DEALINGS = 5, 3
STEPS = neighbours.CHUNKS + _FOLDS * (1 + _DEALINGS)
"""How many times :func:`auditing` yields at most."""
# Stronger than when learning from examples: some of what is learned from here is wrong.
_RESTRAINT = 4.0
_LEAST_TRUST = 0.02
_BACKGROUND, _BACKGROUND_WEIGHT = 2_000, 50.0


@dataclass(frozen=True, slots=True)
class Surprise:
    """A track whose genre in the file and sound were compared.

    Attributes
    ----------
    track : int
        Its id.
    said, heard : str
        The genre in the file that fits best, and the one that is heard.
    surprise : float
        How many times, as a power of two, the file's genres became less likely by listening: 10 where they are a
        thousandth as likely as they are among all tracks; below 0 where the sound speaks for them.
    probability : float
        Of the genre that is heard, in 0…1.
    """

    track: int
    said: str
    heard: str
    surprise: float
    probability: float


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of comparing files and sound.

    Attributes
    ----------
    surprises : tuple of Surprise
        One for each track that could be judged, the most surprising first.
    unjudged : dict of str to int
        Genres for which there are too few examples to judge anybody by, and how many tracks have one of them alone.
    """

    surprises: tuple[Surprise, ...]
    unjudged: dict[str, int]

    def matrix(self, lengths: dict[int, float]) -> dict[tuple[str, str], tuple[int, float]]:
        """Sum up what files say and what is heard.

        Parameters
        ----------
        lengths : dict of int to float
            Id of a track → its seconds.

        Returns
        -------
        dict of (str, str) to (int, float)
            (Genre in the file, genre heard) → tracks, hours.
        """
        cells: dict[tuple[str, str], tuple[int, float]] = defaultdict(lambda: (0, 0.0))
        for entry in self.surprises:
            tracks, hours = cells[entry.said, entry.heard]
            cells[entry.said, entry.heard] = tracks + 1, hours + lengths.get(entry.track, 0.0) / 3600
        return dict(cells)


def audit(heard: Heard, said: Sequence[Sequence[str]]) -> Audit:
    """Judge the genres in files by sound.

    Parameters
    ----------
    heard : Heard
        All tracks.
    said : sequence of sequence of str
        The genres that each track's file has; a track without is not judged.

    Returns
    -------
    Audit
        Genres that the bundled model knows are judged from the first track on, others once there are enough of them.
    """
    steps = auditing(heard, said)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Audit = end.value
            return result


def auditing(heard: Heard, said: Sequence[Sequence[str]]) -> Generator[int, None, Audit]:
    """Do what :func:`audit` does, step by step; yields which step is done, of :data:`STEPS` at most."""
    spelling, rows_of = _by_genre(said)
    known = dict.fromkeys(map(genre_key, heard.labels))
    classes = [key for key in sorted(rows_of) if key in known or _enough(heard, rows_of[key])]
    classes += [key for key in known if key not in rows_of]
    place = {key: number for number, key in enumerate(classes)}
    shares = np.zeros((len(said), len(classes)), dtype=np.float32)
    for key in rows_of.keys() & place.keys():
        shares[rows_of[key], place[key]] = 1
    rows = np.flatnonzero(shares.any(axis=1))
    unjudged = Counter(
        spelling[key] for genres in said for key in map(genre_key, genres) if key in spelling and key not in place
    )
    if not len(rows) or len(classes) < 2:
        return Audit((), dict(unjudged))
    wanted = shares[rows] > 0
    shares = shares[rows] / shares[rows].sum(axis=1, keepdims=True)
    log = yield from _judged(heard, rows, shares, place)
    spelt = [spelling.get(key) or next(label for label in heard.labels if genre_key(label) == key) for key in classes]
    return Audit(_surprises(heard.ids[rows], log, wanted, spelt), dict(unjudged))


def _by_genre(said: Sequence[Sequence[str]]) -> tuple[dict[str, str], dict[str, list[int]]]:
    """How most files spell each genre, and which have it."""
    rows: dict[str, list[int]] = defaultdict(list)
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for row, genres in enumerate(said):
        for key, name in {genre_key(name): name for name in genres if genre_key(name)}.items():
            rows[key].append(row)
            spelt[key][name] += 1
    return {key: max(sorted(count), key=count.__getitem__) for key, count in spelt.items()}, dict(rows)


def _enough(heard: Heard, rows: Sequence[int]) -> bool:
    return len(rows) >= LEAST and len(np.unique(heard.groups[list(rows)])) >= LEAST_ARTISTS


def _judged(heard: Heard, rows: Ints, shares: Values, place: dict[str, int]) -> Generator[int, None, Floats]:
    """Log probability of every genre for each track: what discriminants and neighbours say, the artist left out.

    Judged twice: what was hardly to be believed the first time has little say in the second.
    """
    near, done = yield from _counted(neighbours.finding(heard.values[rows], heard.groups[rows], shares.argmax(axis=1)))
    everybody = np.ones(len(rows), dtype=np.float32)
    first, done = yield from _counted(_left_out(heard, rows, shares, place, everybody, 1), done)
    trust = _believed(first + near.votes(shares, everybody), shares > 0)
    second, done = yield from _counted(_left_out(heard, rows, shares, place, trust, _DEALINGS), done)
    log = second + near.votes(shares, trust)
    heat, _ = discriminant.temperature(log, shares > 0, np.ones(len(rows)))
    return np.asarray(np.log(np.maximum(discriminant.chances(log / heat), 1e-12)))


def _counted(steps: Generator[int, None, _T], done: int = 0) -> Generator[int, None, tuple[_T, int]]:
    """Number the steps of a part on from those that are `done`; gives what came of it, and how many are done."""
    last = 0
    while True:
        try:
            last = next(steps)
        except StopIteration as end:
            return end.value, done + last
        yield done + last


def _believed(log: Floats, wanted: Bools) -> Values:
    """How far what is said of each track can be believed, beside the best of what is not said of it, in 0…1."""
    chances = discriminant.chances(log)
    said, other = np.where(wanted, chances, 0).sum(axis=1), np.where(wanted, 0, chances).max(axis=1)
    return np.asarray(np.clip(said / np.maximum(said + other, 1e-12), _LEAST_TRUST, 1), dtype=np.float32)


def _left_out(
    heard: Heard, rows: Ints, shares: Values, place: dict[str, int], trust: Values, dealings: int
) -> Generator[int, None, Floats]:
    """Log probability of every genre by discriminants, the mean over some ways to leave a track's artist out."""
    inputs = joined(heard.values[rows], heard.bundled[rows])
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + np.float32(1e-3)
    inputs = (inputs - mean) / scale
    background = _background(heard, mean, scale, place)
    believed = shares * trust[:, None]
    kinds, total = shares.argmax(axis=1), np.zeros(shares.shape)
    for seed in range(dealings):
        fold = deal(heard.groups[rows], kinds, _FOLDS, seed)
        parts = [Sums.of(inputs[fold == number], believed[fold == number]) for number in range(_FOLDS)]
        whole, logits = sum(parts, background), np.zeros(shares.shape)
        for number in range(_FOLDS):
            linear = discriminant.fit(whole - parts[number], _RESTRAINT)
            logits[fold == number] = linear.logits(inputs[fold == number])
            yield seed * _FOLDS + number + 1
        heat, _ = discriminant.temperature(logits, shares > 0, np.ones(len(rows)))
        total += np.log(np.maximum(discriminant.chances(logits / heat), 1e-12))
    return total / dealings


def _background(heard: Heard, mean: Values, scale: Values, place: dict[str, int]) -> Sums:
    """What the bundled model's own genres sound like, as it hears them; counts as much as a few dozen tracks."""
    some = np.flatnonzero(heard.bundled.sum(axis=1) > 0)
    some = some[np.unique(np.linspace(0, len(some) - 1, min(len(some), _BACKGROUND)).astype(np.int64))]
    shares = np.zeros((len(some), len(place)), dtype=np.float32)
    for column, label in enumerate(heard.labels):
        shares[:, place[genre_key(label)]] += heard.bundled[some, column].astype(np.float32)
    inputs = (joined(heard.values[some], heard.bundled[some]) - mean) / scale
    return Sums.of(inputs, shares) * min(1.0, _BACKGROUND_WEIGHT / max(len(some), 1))


def _surprises(ids: Ints, log: Floats, wanted: Bools, spelling: Sequence[str]) -> tuple[Surprise, ...]:
    every, chances = np.arange(len(ids)), discriminant.chances(log)
    fits, heard = np.where(wanted, log, -np.inf).argmax(axis=1), log.argmax(axis=1)
    usual = (wanted / wanted.sum(axis=1, keepdims=True)).mean(axis=0)
    likely = np.maximum((chances * wanted).sum(axis=1), 1e-12)
    bits = np.log2((wanted * usual).sum(axis=1) / likely)
    best = chances[every, heard]
    return tuple(
        Surprise(int(ids[row]), spelling[fits[row]], spelling[heard[row]], float(bits[row]), float(best[row]))
        for row in every[np.lexsort((ids, -bits))]
    )
