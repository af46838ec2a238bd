"""Learning a person's genres from examples, and finding out by other artists what was learned is worth.

The bundled model is never made worse: a genre is only answered where, among the examples that were judged by what had
learned from other artists alone, its answers are right more often than the bundled model's for the same tracks.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review import discriminant
from genre_tagger.review.discriminant import Floats, Ints, Linear, Sums, Values
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
    rows = np.array(sorted({row for key in keys for row in names.rows[key]}), dtype=np.int64)
    place = {key: number for number, key in enumerate(classes)}
    taught = _Taught(heard, rows, _shares(rows, names, keys, len(classes)), _background(heard, rows, place))
    trial = taught.best_trial()
    judged = taught.judged(trial, _bundled_right(heard, rows, taught.shares, place))
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
    said = [(int(heard.ids[row]), sorted(examples[row])) for row in sorted(examples)]
    known = hashlib.sha256(repr((heard.model, heard.labels, said, sorted(off))).encode("utf-8", "surrogatepass"))
    known.update(heard.ids.tobytes() + heard.groups.tobytes())
    return known.hexdigest()[:16]


def _shares(rows: Ints, names: _Names, keys: Sequence[str], classes: int) -> Values:
    """How much each example belongs to each class: a track with several genres belongs to each in part."""
    shares = np.zeros((len(rows), classes), dtype=np.float32)
    for number, key in enumerate(keys):
        shares[np.searchsorted(rows, names.rows[key]), number] = 1
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


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


def _bundled_right(heard: Heard, rows: Ints, shares: Values, place: Mapping[str, int]) -> NDArray[np.bool_]:
    """For which examples the bundled model's likeliest genre is one of the person's."""
    if not heard.labels:
        return np.zeros(len(rows), dtype=np.bool_)
    column = np.array([place[genre_key(label)] for label in heard.labels])
    best = column[heard.bundled[rows].argmax(axis=1)]
    right: NDArray[np.bool_] = shares[np.arange(len(rows)), best] > 0
    return right


# --- judging by other artists --------------------------------------------------------------------------


class _Trial(NamedTuple):
    """What was learned without each fold, and from all; its temperature, and how unlikely the right answers are."""

    without: list[Linear]
    linear: Linear
    heat: float
    loss: float


class _Taught:
    """Examples and background, on one scale, and the sums that discriminants are made of, each fold apart."""

    def __init__(self, heard: Heard, rows: Ints, shares: Values, background: _Background) -> None:
        self.shares, self.background = shares, background
        together = np.concatenate([rows, background.rows])
        inputs = joined(heard.values[together], heard.bundled[together])
        self.mean, self.scale = inputs.mean(axis=0), inputs.std(axis=0) + np.float32(1e-3)
        inputs -= self.mean
        inputs /= self.scale
        self.own, self.others = inputs[: len(rows)], inputs[len(rows) :]
        self.fold = deal(heard.groups[rows], shares.argmax(axis=1), FOLDS)
        folds = range(FOLDS)
        self.parts = [Sums.of(self.own[self.fold == number], shares[self.fold == number]) for number in folds]
        self.whole = sum(self.parts, Sums.of(self.others, background.shares) * background.weight)

    def best_trial(self) -> _Trial:
        """Try restraints upwards from the weakest, as long as a stronger one tells more."""
        best = self.trial(_RESTRAINTS[0])
        for restraint in _RESTRAINTS[1:]:
            stronger = self.trial(restraint)
            if stronger.loss >= best.loss:
                break
            best = stronger
        return best

    def trial(self, restraint: float) -> _Trial:
        """Learn without each fold.

        The temperature is the one at which examples are likeliest what they are, and other tracks what the bundled
        model says.
        """
        without = [discriminant.fit(self.whole - part, restraint) for part in self.parts]
        linear = discriminant.fit(self.whole, restraint)
        some = discriminant.asked(len(self.own) + len(self.others))
        own, others = some[some < len(self.own)], some[some >= len(self.own)] - len(self.own)
        logits = np.concatenate([self.left_out(without, own), linear.logits(self.others[others])])
        wanted = np.concatenate([self.shares[own] > 0, self.background.shares[others] > 0])
        weight = np.concatenate([np.ones(len(own)), np.full(len(others), self.background.weight)])
        return _Trial(without, linear, *discriminant.temperature(logits, wanted, weight))

    def left_out(self, without: Sequence[Linear], rows: Ints) -> Floats:
        """Logits of some examples [shape=(rows, classes)], each from what had not met its fold."""
        logits, fold = np.empty((len(rows), self.shares.shape[1])), self.fold[rows]
        for number in np.unique(fold):
            logits[fold == number] = without[number].logits(self.own[rows[fold == number]])
        return logits

    def judged(self, trial: _Trial, bundled_right: NDArray[np.bool_]) -> _Judged:
        """Judge all examples by what had not met their folds, and see what the other tracks would be called."""
        logits = self.left_out(trial.without, np.arange(len(self.own)))
        answer, probability = discriminant.likeliest(logits, trial.heat)
        others = discriminant.likeliest(trial.linear.logits(self.others), trial.heat)
        return _Judged(answer, probability, self.shares, bundled_right, *others, self.background.weight)


class _Judged:
    """The examples as judged by what had learned from other artists alone; `others` are the tracks that are none."""

    def __init__(
        self, answer: Ints, probability: Floats, shares: Values, bundled_right: NDArray[np.bool_],
        others_answer: Ints, others_probability: Floats, weight: float,
    ) -> None:  # fmt: skip
        self.answer, self.probability, self.weight = answer, probability, weight
        self.right, self.bundled_right = shares[np.arange(len(shares)), answer] > 0, bundled_right
        rows, of = np.nonzero(shares)
        self.examples = _by_class((of, rows), shares.shape[1])
        self.called = _by_class((answer, np.arange(len(answer))), shares.shape[1])
        others = np.arange(len(others_answer))
        self.stolen = [others_probability[rows] for rows in _by_class((others_answer, others), shares.shape[1])]

    def score(self, thresholds: Floats) -> Score:
        """How many are right when what is learned decides above these thresholds, and the bundled model else."""
        decides = self.probability >= thresholds[self.answer]
        learned = np.where(decides, self.right, self.bundled_right)
        return Score(len(learned), int(self.bundled_right.sum()), int(learned.sum()))


def _by_class(pairs: tuple[Ints, Ints], classes: int) -> list[Ints]:
    """List for each class the rows that are paired with it."""
    of, rows = pairs
    order = np.argsort(of, kind="stable")
    return np.split(rows[order], np.searchsorted(of[order], np.arange(1, classes)))


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
