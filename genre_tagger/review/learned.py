"""What was learned of a person's genres: the weights, what they are worth, and the file they are kept in.

It can be learned anew from the library at any time, so a file that is damaged loses nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.arrays import read_arrays, write_arrays
from genre_tagger.base.errors import LearnedError
from genre_tagger.review.discriminant import Floats, Ints, Linear, Values, likeliest

_FORM = "genre-tagger-learned-1"
_LARGEST = 1 << 26
_STEP = 4_096
# So many classes are kept of each answer.
_CANDIDATES = 12
_LEAST_CHANCE = 1e-3


class State(StrEnum):
    """What becomes of a genre that is being learned."""

    ON = "on"  # proposed, above its threshold
    FEW = "few"  # there are too few examples
    ONE = "one artist"  # all examples are by one artist or of one album, so nobody can tell what was learned
    WORSE = "no better"  # on other artists the bundled model is right as often, so it decides
    UNHEARD = "not heard"  # it is rightly told from the others too seldom, and the bundled model does not know it
    OFF = "off"  # the person does not want it


@dataclass(frozen=True, slots=True)
class GenreReport:
    """What is known of one genre that is being learned.

    Attributes
    ----------
    name : str
        As most of its examples spell it.
    examples, artists : int
        How many there are, and by how many artists (or of how many albums) that have nothing in common.
    more : int
        How many examples are missing before it can be learned.
    state : State
    right : int
        How many of its examples it was heard in by what had learned from other artists alone.
    low, high : float
        The 95 % interval of that share, in 0…1.
    named, kept : int
        How many examples of all genres were called so above the threshold, and how many of these rightly.
    bundled : int
        How many of `named` the bundled model has right.
    threshold : float
        The least probability, in 0…1, at which it is proposed.
    instead : str
        What it is most often called where it is not heard, or "".
    would_name : int
        How many tracks without a genre would get it.
    """

    name: str
    examples: int
    artists: int
    more: int = 0
    state: State = State.FEW
    right: int = 0
    low: float = 0.0
    high: float = 1.0
    named: int = 0
    kept: int = 0
    bundled: int = 0
    threshold: float = 1.0
    instead: str = ""
    would_name: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """How many examples were judged by what had learned from others alone, and how many rightly, each way."""

    judged: int = 0
    bundled: int = 0
    learned: int = 0


class Answers(NamedTuple):
    """What is answered for some tracks: a class (−1: the bundled model decides), and its probability in 0…1.

    `best` are the likeliest classes, the likeliest first, and `shares` how likely they are [shape=(tracks, classes)].
    """

    chosen: Ints
    probability: Floats
    best: NDArray[np.int32]
    shares: Values


@dataclass(frozen=True, eq=False)
class Learned:
    """Weights that name a person's genres.

    Attributes
    ----------
    model : str
        The name of the bundled model whose embeddings they are for.
    classes : tuple of str
        What they tell apart: the genres that are learned, and those of the bundled model.
    linear : Linear
        From standardised values to logits.
    mean, scale : ndarray [shape=(columns,)]
        What is taken from each value and what it is divided by.
    thresholds : ndarray [shape=(classes,)]
        The least probability at which a class is answered; above 1 for one that never is.
    reports : tuple of GenreReport
        One for each genre that has examples, by name.
    score : Score
    examples : str
        Digest of what was learned from.
    """

    model: str
    classes: tuple[str, ...]
    linear: Linear
    mean: Values
    scale: Values
    thresholds: Floats
    reports: tuple[GenreReport, ...]
    score: Score = Score()
    examples: str = ""

    def answer(self, values: NDArray[np.floating], bundled: NDArray[np.floating]) -> Answers:
        """Name the genres of tracks.

        Parameters
        ----------
        values : ndarray [shape=(tracks, embedding)]
            What the bundled model heard in each.
        bundled : ndarray [shape=(tracks, labels)]
            Its probabilities.
        """
        kept = min(_CANDIDATES, len(self.classes))
        answers = Answers(
            np.full(len(values), -1), np.zeros(len(values)), np.zeros((len(values), kept), dtype=np.int32),
            np.zeros((len(values), kept), dtype=np.float32),
        )  # fmt: skip
        for start in range(0, len(values), _STEP) if self.classes else ():
            some = slice(start, start + _STEP)
            inputs = joined(values[some], bundled[some])
            inputs -= self.mean
            inputs *= 1 / self.scale
            logits = self.linear.logits(inputs)
            best, sure = likeliest(logits)
            answers.chosen[some] = np.where(sure >= self.thresholds[best], best, -1)
            answers.probability[some] = sure
            answers.best[some], answers.shares[some] = _foremost(logits, sure, kept)
        return answers


def _foremost(logits: Values, sure: Floats, number: int) -> tuple[Ints, Values]:
    """The likeliest classes of each track, the likeliest first, and how likely they are, if the first is so `sure`."""
    every = np.arange(logits.shape[1]) if number == logits.shape[1] else np.s_[-number:]
    best = np.argpartition(logits, -number, axis=1)[:, every]
    theirs = np.take_along_axis(logits, best, axis=1)
    order = np.lexsort((best, -theirs), axis=1)
    best, theirs = np.take_along_axis(best, order, axis=1), np.take_along_axis(theirs, order, axis=1)
    return best, np.exp(theirs - theirs[:, :1]) * sure[:, None].astype(np.float32)


def joined(values: NDArray[np.floating], bundled: NDArray[np.floating]) -> Values:
    """Embeddings and the logarithms of the bundled model's probabilities, side by side."""
    logs = np.log(np.maximum(bundled, _LEAST_CHANCE, dtype=np.float32))
    return np.concatenate([values.astype(np.float32), logs], axis=1)


# --- the file ------------------------------------------------------------------------------------------


def learned_path(library_path: str) -> str:
    """Name the file of what was learned from a library: one beside it."""
    return library_path.removesuffix(".sqlite3") + "-learned.bin"


def save(path: str, learned: Learned) -> None:
    """Write what was learned, whole or not at all; the same gives the same bytes.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    card = {
        "model": learned.model, "classes": learned.classes, "examples": learned.examples,
        "score": asdict(learned.score), "genres": [asdict(report) for report in learned.reports],
    }  # fmt: skip
    linear = learned.linear
    arrays = (linear.weights, linear.bias, learned.mean, learned.scale, learned.thresholds)
    write_arrays(path, _FORM, card, arrays)


def load(path: str) -> Learned | None:
    """Read what was learned; None where nothing was.

    Raises
    ------
    LearnedError
        If the file cannot be read, or is not what was written.
    """
    try:
        return _read(*read_arrays(path, _FORM, 5, _LARGEST))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LearnedError(f"What was learned ({path}) cannot be read: {error.strerror or error}.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LearnedError(
            f"What was learned ({path}) is damaged and is not used. Your examples are safe in the library: "
            "learn again to replace it."
        ) from error


def _read(card: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> Learned:
    known = {field.name for field in fields(GenreReport)}
    entries = [{name: entry[name] for name in known} for entry in card["genres"]]
    reports = [GenreReport(**entry | {"state": State(entry["state"])}) for entry in entries]
    classes = tuple(map(str, card["classes"]))
    weights, bias, mean, scale, thresholds = arrays
    if weights.shape != (len(mean), len(classes)) or len(thresholds) != len(classes):
        raise ValueError("shapes that do not fit")
    return Learned(
        str(card["model"]), classes, Linear(weights, bias), mean, scale, thresholds, tuple(reports),
        Score(**card["score"]), str(card["examples"]),
    )  # fmt: skip


def forget(path: str) -> None:
    """Remove the file of what was learned; nothing happens where there is none.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)

