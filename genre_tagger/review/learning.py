"""Learning a person's genres from examples, and finding out by other artists what was learned is worth.

The bundled model is never made worse: a genre is only answered where, among the examples that were judged by what had
learned from other artists alone, its answers are right more often than the bundled model's for the same tracks.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review import discriminant
from genre_tagger.review.discriminant import Floats, Ints, Linear, Spread, Sums, Values
from genre_tagger.review.folds import deal
from genre_tagger.review.learned import GenreReport, Learned, Score, State, joined

#: Examples that a genre needs, by so many artists.
LEAST, LEAST_ARTISTS = 5, 2
FOLDS = 5
# So many tracks without a word from the person show what else there is; together they count no more than the examples.
_BACKGROUND = 4_000
_LEAST_KEPT = 2
_DOUBT = 0.5
_RESTRAINTS = (0.5, 1.0, 2.0)
# The restraint is chosen by the first folds, as many as have so many examples.
_TRIED = 1_000
_THRESHOLDS = np.round(np.arange(0.2, 0.96, 0.05), 2)


@dataclass(frozen=True, eq=False)
class Heard:
    """What the bundled model heard in the tracks of a library.

    Attributes
    ----------
    model : str
        Its name.
    ids : ndarray [shape=(tracks,)]
        Of the tracks, rising.
    values : ndarray [shape=(tracks, embedding)]
        The embeddings.
    bundled : ndarray [shape=(tracks, labels)]
        How likely the model finds each genre, in 0…1.
    labels : tuple of str
        Its genres, as they would be written.
    groups : ndarray [shape=(tracks,)]
        What has an artist or an album in common has one number; see :func:`genre_tagger.review.folds.together`.
    """

    model: str
    ids: Ints
    values: NDArray[np.floating]
    bundled: NDArray[np.floating]
    labels: tuple[str, ...]
    groups: Ints


class _Names(NamedTuple):
    """The genres of the examples: their keys, spelling, and which examples (rows of what was heard) have them."""

    spelling: dict[str, str]
    rows: dict[str, list[int]]


def learn(heard: Heard, examples: Mapping[int, Sequence[str]], off: Collection[str] = ()) -> Learned:
    """Learn genres from examples.

    Parameters
    ----------
    heard : Heard
        All tracks; those without example show what else there is.
    examples : mapping of int to sequence of str
        Row of `heard` → the genres that a person says it has. Their order does not matter.
    off : collection of str
        Genres that are not to be answered, however well they are heard.

    Returns
    -------
    Learned
        With a report for every genre that has an example. Where nothing can be learned, it answers nothing.
    """
    names = _names(examples)
    keys = [key for key in sorted(names.rows) if _enough(heard, names.rows[key])]
    classes = [*keys, *dict.fromkeys(key for key in map(genre_key, heard.labels) if key not in keys)]
    spelling = {genre_key(label): label for label in heard.labels} | names.spelling
    digest = _digest(heard, examples, off)
    reports = [_few(heard, names, key) for key in names.rows if key not in keys]
    if not keys:
        return _nothing(heard, reports, digest)
    place = {key: number for number, key in enumerate(classes)}
    examples_of = _Examples(heard, [names.rows[key] for key in keys], len(classes))
    taught = _Taught(heard, examples_of, _background(heard, examples_of.rows, place))
    trial = taught.best_trial()
    judged = taught.judged(trial, _bundled_right(heard, examples_of, place))
    unwanted, known = {genre_key(name) for name in off}, {genre_key(label) for label in heard.labels}
    spelt = [spelling[key] for key in classes]
    thresholds = np.full(len(classes), 2.0)
    for key in keys:
        report = GenreReport(spelling[key], len(names.rows[key]), _artists(heard, names.rows[key]))
        otherwise = State.OFF if key in unwanted else State.WORSE if key in known else State.UNHEARD
        reports.append(_judge(replace(report, state=otherwise), judged, place[key], spelt))
        if reports[-1].state is State.ON:
            thresholds[place[key]] = reports[-1].threshold
    return Learned(
        heard.model, tuple(spelt), trial.linear * (1 / trial.heat), taught.mean, taught.scale, thresholds,
        _sorted(reports), judged.score(thresholds), digest,
    )  # fmt: skip


def wilson(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share, in 0…1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    if of == 0:
        return 0.0, 1.0
    share, spread = right / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


# --- what is learned from ------------------------------------------------------------------------------


def _names(examples: Mapping[int, Sequence[str]]) -> _Names:
    rows: dict[str, list[int]] = defaultdict(list)
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    by_key: dict[tuple[str, ...], dict[str, str]] = {}  # many tracks have the same genres
    for row in sorted(examples):
        said = tuple(examples[row])
        if said not in by_key:
            by_key[said] = {genre_key(name): name for name in said if genre_key(name)}
        for key, name in by_key[said].items():
            rows[key].append(row)
            spelt[key][name] += 1
    return _Names({key: max(sorted(count), key=count.__getitem__) for key, count in spelt.items()}, dict(rows))


def _artists(heard: Heard, rows: Sequence[int]) -> int:
    return len(np.unique(heard.groups[list(rows)]))


def _enough(heard: Heard, rows: Sequence[int]) -> bool:
    return len(rows) >= LEAST and _artists(heard, rows) >= LEAST_ARTISTS


def _few(heard: Heard, names: _Names, key: str) -> GenreReport:
    rows = names.rows[key]
    more = max(LEAST - len(rows), 0)
    state = State.FEW if more else State.ONE
    return GenreReport(names.spelling[key], len(rows), _artists(heard, rows), max(more, 1), state)


def _nothing(heard: Heard, reports: Sequence[GenreReport], digest: str) -> Learned:
    columns = heard.values.shape[1] + heard.bundled.shape[1]
    empty = Linear(np.zeros((columns, 0)), np.zeros(0))
    even = np.zeros(columns, dtype=np.float32)
    return Learned(heard.model, (), empty, even, even + 1, np.zeros(0), _sorted(reports), Score(), digest)


def _sorted(reports: Sequence[GenreReport]) -> tuple[GenreReport, ...]:
    return tuple(sorted(reports, key=lambda report: (report.name.casefold(), report.name)))


def _digest(heard: Heard, examples: Mapping[int, Sequence[str]], off: Collection[str]) -> str:
    """Digest of everything that the answer depends on."""
    known = hashlib.sha256(repr((heard.model, heard.labels, sorted(off))).encode("utf-8", "surrogatepass"))
    rows, names = np.array(sorted(examples), dtype=np.int64), dict[tuple[str, ...], bytes]()
    for genres in map(tuple, map(examples.__getitem__, rows.tolist())):
        if genres not in names:
            names[genres] = repr(sorted(genres)).encode("utf-8", "surrogatepass")
        known.update(names[genres])
    known.update(heard.ids[rows].tobytes() + heard.ids.tobytes() + heard.groups.tobytes())
    return known.hexdigest()[:16]


class _Examples:
    """The examples, fold after fold, so that all of a fold lie together.

    Attributes
    ----------
    rows : ndarray [shape=(examples,)]
        Of what was heard.
    stops : ndarray [shape=(FOLDS + 1,)]
        Where the folds begin, and end.
    shares : ndarray [shape=(examples, classes)]
        How much each belongs to each class: a track with several genres belongs to each in part.
    of_class : list of ndarray
        The examples of each class, as places among `rows`.
    """

    def __init__(self, heard: Heard, rows_of: Sequence[Sequence[int]], classes: int) -> None:
        said = np.array([row for rows in rows_of for row in rows], dtype=np.int64)
        of = np.repeat(np.arange(len(rows_of)), [len(rows) for rows in rows_of])
        every, first, at, number = np.unique(said, return_index=True, return_inverse=True, return_counts=True)
        fold = deal(heard.groups[every], of[first], FOLDS)
        order = np.argsort(fold, kind="stable")
        self.rows = every[order]
        self.stops = np.searchsorted(fold[order], np.arange(FOLDS + 1))
        place = np.empty(len(every), dtype=np.int64)
        place[order] = np.arange(len(every))
        self.shares = np.zeros((len(every), classes), dtype=np.float32)
        self.shares[place[at], of] = 1 / number[at]
        self.of_class = np.split(place[at], np.searchsorted(of, np.arange(1, classes)))

    def folds(self) -> Iterator[slice]:
        """Where each fold lies."""
        yield from (slice(self.stops[number], self.stops[number + 1]) for number in range(FOLDS))


class _Background(NamedTuple):
    rows: Ints
    shares: Values
    weight: float


def _background(heard: Heard, rows: Ints, place: Mapping[str, int]) -> _Background:
    """Tracks without example, as far as the bundled model knows them: what the genres are to be told from."""
    others = np.setdiff1d(np.flatnonzero(heard.bundled.sum(axis=1) > 0), rows, assume_unique=True)
    others = others[np.unique(np.linspace(0, len(others) - 1, min(len(others), _BACKGROUND)).astype(np.int64))]
    shares = np.zeros((len(others), len(place)), dtype=np.float32)
    for column, label in enumerate(heard.labels):
        shares[:, place[genre_key(label)]] += heard.bundled[others, column].astype(np.float32)
    return _Background(others, shares, min(1.0, len(rows) / max(len(others), 1)))


def _bundled_right(heard: Heard, examples: _Examples, place: Mapping[str, int]) -> NDArray[np.bool_]:
    """For which examples the bundled model's likeliest genre is one of the person's."""
    rows = examples.rows
    if not heard.labels:
        return np.zeros(len(rows), dtype=np.bool_)
    column = np.array([place[genre_key(label)] for label in heard.labels])
    best = column[heard.bundled[rows].argmax(axis=1)]
    right: NDArray[np.bool_] = examples.shares[np.arange(len(rows)), best] > 0
    return right


# --- judging by other artists --------------------------------------------------------------------------


class _Trial(NamedTuple):
    """What was learned without each fold, and from all; its temperature, and how unlikely the right answers are."""

    without: list[Linear]
    linear: Linear
    heat: float
    loss: float


class _Taught:
    """Examples and background, on one scale, and how they vary, each fold left out."""

    def __init__(self, heard: Heard, examples: _Examples, background: _Background) -> None:
        self.examples, self.background = examples, background
        together = np.concatenate([examples.rows, background.rows])
        inputs = joined(heard.values[together], heard.bundled[together])
        self.mean = inputs.mean(axis=0)
        inputs -= self.mean
        spread = np.sqrt(np.einsum("ij,ij->j", inputs, inputs) / np.float32(len(inputs)))
        self.scale = spread + np.float32(1e-3)
        inputs *= 1 / self.scale
        self.own, self.others = inputs[: len(examples.rows)], inputs[len(examples.rows) :]
        parts = [Sums.of(self.own[fold], examples.shares[fold]) for fold in examples.folds()]
        whole = sum(parts, Sums.of(self.others, background.shares) * background.weight)
        self.whole, self.without = Spread(whole), [Spread(whole - part) for part in parts]

    def best_trial(self) -> _Trial:
        """Try restraints upwards from the weakest, as long as a stronger one tells more; learn with the best."""
        folds = min(int(np.searchsorted(self.examples.stops, _TRIED)), FOLDS)
        best, chosen = self._trial(_RESTRAINTS[0], folds), _RESTRAINTS[0]
        for restraint in _RESTRAINTS[1:]:
            stronger = self._trial(restraint, folds)
            if stronger.loss >= best.loss:
                break
            best, chosen = stronger, restraint
        if folds == FOLDS:
            return best
        without = best.without + [spread.fit(chosen) for spread in self.without[folds:]]
        return _Trial(without, best.linear, *self._temperature(without, best.linear))

    def _trial(self, restraint: float, folds: int) -> _Trial:
        without = [spread.fit(restraint) for spread in self.without[:folds]]
        linear = self.whole.fit(restraint)
        return _Trial(without, linear, *self._temperature(without, linear))

    def _temperature(self, without: Sequence[Linear], linear: Linear) -> tuple[float, float]:
        """The temperature at which examples of the first folds are likeliest what they are, and other tracks what the
        bundled model says; and how unlikely that still is.
        """
        stop = int(self.examples.stops[len(without)])
        some = discriminant.asked(stop + len(self.others))
        own, others = some[some < stop], some[some >= stop] - stop
        logits = np.concatenate([self.left_out(without, own), linear.logits(self.others[others])])
        wanted = np.concatenate([self.examples.shares[own] > 0, self.background.shares[others] > 0])
        weight = np.concatenate([np.ones(len(own)), np.full(len(others), self.background.weight)])
        return discriminant.temperature(logits, wanted, weight)

    def left_out(self, without: Sequence[Linear], rows: Ints) -> Values:
        """Logits of some examples, rising [shape=(rows, classes)], each from what had not met its fold."""
        cuts = np.searchsorted(rows, self.examples.stops)
        folds = [rows[cuts[number] : cuts[number + 1]] for number in range(len(without))]
        return np.concatenate([linear.logits(self.own[fold]) for linear, fold in zip(without, folds, strict=True)])

    def judged(self, trial: _Trial, bundled_right: NDArray[np.bool_]) -> _Judged:
        """Judge all examples by what had not met their folds, and see what the other tracks would be called."""
        pairs = zip(trial.without, self.examples.folds(), strict=True)
        parts = [discriminant.likeliest(linear.logits(self.own[fold]), trial.heat) for linear, fold in pairs]
        answer, probability = (np.concatenate(column) for column in zip(*parts, strict=True))
        others = discriminant.likeliest(trial.linear.logits(self.others), trial.heat)
        return _Judged(answer, probability, self.examples, bundled_right, *others, self.background.weight)


class _Judged:
    """The examples as judged by what had learned from other artists alone; `others` are the tracks that are none."""

    def __init__(
        self, answer: Ints, probability: Floats, examples: _Examples, bundled_right: NDArray[np.bool_],
        others_answer: Ints, others_probability: Floats, weight: float,
    ) -> None:  # fmt: skip
        self.answer, self.probability, self.weight = answer, probability, weight
        shares, self.examples = examples.shares, examples.of_class
        self.right, self.bundled_right = shares[np.arange(len(shares)), answer] > 0, bundled_right
        self.called = _by_class(answer, shares.shape[1])
        self.stolen = [others_probability[rows] for rows in _by_class(others_answer, shares.shape[1])]

    def score(self, thresholds: Floats) -> Score:
        """How many are right when what is learned decides above these thresholds, and the bundled model else."""
        decides = self.probability >= thresholds[self.answer]
        learned = np.where(decides, self.right, self.bundled_right)
        return Score(len(learned), int(self.bundled_right.sum()), int(learned.sum()))


def _by_class(answer: Ints, classes: int) -> list[Ints]:
    """List for each class the rows that are called so."""
    rows = np.argsort(answer, kind="stable")
    return np.split(rows, np.searchsorted(answer[rows], np.arange(1, classes)))


def _judge(report: GenreReport, judged: _Judged, place: int, classes: Sequence[str]) -> GenreReport:
    """Say what a genre is worth; its state becomes ``ON`` if that is enough, unless the person does not want it."""
    examples, called = judged.examples[place], judged.called[place]
    answers = judged.answer[examples]
    right = int((answers == place).sum())
    low, high = wilson(right, report.examples)
    missed = Counter(answers[answers != place].tolist())
    instead = classes[max(sorted(missed), key=missed.__getitem__)] if missed else ""
    threshold, better = _threshold(judged, place)
    above = called[judged.probability[called] >= threshold]
    state = State.ON if better and report.state is not State.OFF else report.state
    return replace(
        report, state=state, right=right, low=low, high=high, named=len(above),
        kept=int(judged.right[above].sum()), bundled=int(judged.bundled_right[above].sum()),
        threshold=threshold, instead=instead,
    )  # fmt: skip


def _threshold(judged: _Judged, place: int) -> tuple[float, bool]:
    """The probability from which on most is gained by answering, and whether anything is gained by it at all.

    A track without a word from the person counts as one that the bundled model may as well have right as not.
    """
    called = judged.called[place]
    above = judged.probability[None, called] >= _THRESHOLDS[:, None]
    taken = judged.stolen[place][None, :] >= _THRESHOLDS[:, None]
    stolen = _DOUBT * judged.weight * taken.sum(axis=1)
    kept = (above & judged.right[called]).sum(axis=1)
    gained = kept - (above & judged.bundled_right[called]).sum(axis=1) - stolen
    worth = 2 * kept - above.sum(axis=1) - stolen
    good = (gained > 0) & (worth > 0) & (kept >= _LEAST_KEPT)
    if not good.any():
        return float(_THRESHOLDS[int(worth.argmax())]), False
    # Of equally good ones the lowest; how sure they want to be in general, people say in the policy.
    return float(_THRESHOLDS[int(np.where(good, worth, -np.inf).argmax())]), True
