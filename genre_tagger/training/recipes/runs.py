"""One run of a recipe on a dataset: prepare its pieces, train it, measure it. All its files are in one folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from genre_tagger.base.errors import FileFailure
from genre_tagger.base.progress import Pace, in_words
from genre_tagger.base.small_files import replacing
from genre_tagger.training import metrics
from genre_tagger.training.data.datasets import TEST, TRAIN, Dataset, DatasetError, Track, dealt
from genre_tagger.training.data.report import say
from genre_tagger.training.recipes import examples as ex
from genre_tagger.training.recipes import plots, trainer
from genre_tagger.training.recipes.inputs import Array, Floats
from genre_tagger.training.recipes.networks import imagenet_is_within_reach, scaled
from genre_tagger.training.recipes.recipes import Recipe

RUN = "run.json"
RESULT = "result.json"
SAMPLE = "sample.npz"
LEAKY = "LEAKY: pieces of one recording stand on both sides of the split"
LEAKY_ARTISTS = "LEAKY: one piece a recording, dealt out at random, so artists and repetitions stand on both sides"


@dataclass(frozen=True, slots=True)
class Job:
    """A recipe, the recordings that it is trained on, and how.

    Attributes
    ----------
    recipe : Recipe
        Network, and what its input is.
    dataset : Dataset
        With or without parts.
    work : str
        Folder for caches and runs.
    stored : mapping of str to ndarray, optional
        Pieces that need no sound, by file name without suffix; then nothing else is used.
    source : str
        Where the pieces come from, in words, for the result.
    leaky : bool
        Deal pieces out at random instead of artists.
    seed : int
        Of dealing, weights, shuffling and dropout.
    epochs : int or None
        At most; None for the recipe's own number.
    imagenet : bool
        Whether EfficientNet may fetch weights.
    """

    recipe: Recipe
    dataset: Dataset
    work: str
    stored: Mapping[str, Array] | None = None
    source: str = "sound"
    leaky: bool = False
    seed: int = 7
    epochs: int | None = None
    imagenet: bool = True

    @property
    def folder(self) -> str:
        """Where the run goes."""
        return os.path.join(self.work, self.recipe.name + ("-leaky" if self.leaky else ""))

    @property
    def settings(self) -> trainer.Settings:
        """How it is trained."""
        recipe = self.recipe
        slow = max(10, recipe.epochs // 4)
        epochs, calm = self.epochs or recipe.epochs, max(4, slow // 2)
        return trainer.Settings(epochs, recipe.batch, patience=slow, calm=calm, seed=self.seed, watch=recipe.watch)


def prepare(job: Job) -> ex.Examples:
    """Compute the pieces of all tracks, or read them from the cache, and deal them out; say what failed.

    Raises
    ------
    DatasetError
        If the split is not honest though nobody asked for a leaky one, or no recording can be used.
    """
    dataset = job.dataset if job.leaky else dealt(job.dataset, seed=job.seed)
    rows: list[tuple[Track, Array]] = []
    last_said, pace = time.monotonic(), Pace()
    pace.seconds_left(0, len(dataset.tracks), last_said)
    cache = os.path.join(job.work, "cache")
    for number, row in enumerate(ex.gather(dataset, job.recipe.input_spec, cache, job.stored), start=1):
        if isinstance(row, FileFailure):
            say(f"left out: {row.path}: {row.reason}")
        else:
            rows.append(row)
        if time.monotonic() - last_said > 5:
            last_said = time.monotonic()
            seconds = pace.seconds_left(number, len(dataset.tracks), last_said)
            rest = f", {in_words(seconds)} left" if seconds else ""
            say(f"prepared {number} of {len(dataset.tracks)} tracks{rest}")
    examples = ex.joined(dataset.labels, rows)
    examples = ex.leaked(examples, seed=job.seed) if job.leaky else examples
    _check(examples)
    say(f"{job.recipe.name}: {len(examples.pieces)} pieces of {len(rows)} tracks; {_sizes(examples)}")
    return examples


def _check(examples: ex.Examples) -> None:
    """Refuse what nothing can be learned from or measured on; say which label will never be the answer."""
    for part in (TRAIN, TEST):
        if not len(examples.of(part)):
            raise DatasetError(f"No recording is left to {'learn from' if part == TRAIN else 'measure on'}.")
    learned = set(np.unique(examples.label[examples.of(TRAIN)]).tolist())
    if len(learned) < 2:
        raise DatasetError("Recordings of two labels at least are needed to learn from; here there is one label.")
    for number, label in enumerate(examples.labels):
        if number not in learned:
            say(f"{label}: no recording to learn from could be used, so it will never be the answer")


def _sizes(examples: ex.Examples) -> str:
    return ", ".join(f"{len(examples.of(part))} {part}" for part in np.unique(examples.part))


def train(job: Job, examples: ex.Examples, *, again: bool = False) -> dict[str, Any]:
    """Train, or go on training, and measure.

    Parameters
    ----------
    job : Job
        What.
    examples : Examples
        From :func:`prepare`.
    again : bool
        Throw away what the folder has.

    Returns
    -------
    dict
        What is written to ``result.json`` in the run's folder.

    Raises
    ------
    DatasetError
        If the folder holds a run with other data or settings.
    """
    import keras

    if again:
        shutil.rmtree(job.folder, ignore_errors=True)
    facts = _facts(job, examples)
    stored = _read(os.path.join(job.folder, RUN))
    if stored and stored["fingerprint"] != facts["fingerprint"]:
        raise DatasetError(f"{job.folder} holds a run with other data or settings: use another folder, or --again.")
    keras.utils.set_random_seed(job.seed)
    run = trainer.Run(job.folder)
    network = run.resume()
    if network is None:
        network, facts["weights"] = _network(job, examples)
        os.makedirs(job.folder, exist_ok=True)
        trainer.write_json(os.path.join(job.folder, RUN), facts)
    else:
        facts |= stored or {}
        done = "finished with" if run.state.finished(job.settings) else "going on after"
        say(f"{job.recipe.name}: {done} pass {run.state.passed}")
    say(f"{job.recipe.name}: {network.count_params()} numbers")
    begin = time.monotonic()
    for epoch in trainer.train(run, network, examples, job.settings):
        _tell(job, epoch, begin)
    return _finish(job, run, examples, facts)


def _tell(job: Job, epoch: trainer.Epoch, begin: float) -> None:
    every = 1 if job.settings.epochs <= 50 else 20
    if epoch.number % every == 0:
        say(
            f"{job.recipe.name} pass {epoch.number} of at most {job.settings.epochs}: loss {epoch.loss:.3f}, right "
            f"{epoch.accuracy:.3f}; held-out loss {epoch.held_loss:.3f}, right {epoch.held_accuracy:.3f}; "
            f"{in_words(time.monotonic() - begin)}"
        )


def _network(job: Job, examples: ex.Examples) -> tuple[Any, str]:
    """The untrained network, compiled, and where its first weights come from."""
    recipe, weights, extra = job.recipe, "random", {}
    if recipe.name == "mel-efficientnet":
        extra["imagenet"] = job.imagenet and imagenet_is_within_reach()
        why = "the ImageNet weights could not be fetched" if job.imagenet else "the ImageNet weights were not asked for"
        weights = "ImageNet" if extra["imagenet"] else f"random ({why})"
        say(f"{recipe.name}: first weights: {weights}")
    network = recipe.build(recipe.input_spec.shape, len(examples.labels), **extra)
    if recipe.scaling:
        network = scaled(network, *scaler(examples.pieces[examples.of(TRAIN)], recipe.scaling))
    return trainer.compiled(network, recipe.rate), weights


def scaler(learned: Array, scaling: str) -> tuple[Floats, Floats]:
    """What to subtract from, and to divide by, each value (last axis) [shape=(values,)]; 1 where it never changes."""
    values = learned.reshape(-1, learned.shape[-1]).astype(np.float64)
    low = values.min(axis=0) if scaling == "min-max" else values.mean(axis=0)
    spread = np.ptp(values, axis=0) if scaling == "min-max" else values.std(axis=0)
    return low.astype(np.float32), np.where(spread > 0, spread, 1).astype(np.float32)


def _facts(job: Job, examples: ex.Examples) -> dict[str, Any]:
    """Facts about the run; by the fingerprint a stopped run knows whether it may go on."""
    split = [[examples.tracks[t].name, str(part)] for t, part in zip(examples.track, examples.part, strict=True)]
    facts = {
        "recipe": job.recipe.name,
        "labels": list(examples.labels),
        "input": job.recipe.input_spec.to_json(),
        "data": job.dataset.title,
        "source": job.source,
        "leaky": leak_of(examples),
        "seed": job.seed,
        "pieces": {str(part): len(examples.of(str(part))) for part in np.unique(examples.part)},
    }
    whole = json.dumps([facts, split, job.recipe.batch, job.recipe.rate, job.recipe.watch, job.recipe.scaling])
    learned = sorted({examples.tracks[t].stem for t in examples.track[examples.part != TEST]})
    return {**facts, "learned_from": learned, "fingerprint": hashlib.sha256(whole.encode()).hexdigest()}


def leak_of(examples: ex.Examples) -> str:
    """How the split is leaky, in words; empty if it is honest."""
    if not examples.leaky:
        return ""
    return LEAKY if len(examples.pieces) > len(examples.tracks) else LEAKY_ARTISTS


def _finish(job: Job, run: trainer.Run, examples: ex.Examples, facts: Mapping[str, Any]) -> dict[str, Any]:
    network = run.best()
    state = run.state
    measured, answers, truth = measure(network, examples)
    result = {
        **facts,
        "parameters": int(network.count_params()),
        "passes": state.passed,
        "best_pass": state.best,
        "measured": measured,
    }
    title = job.recipe.name + (" (LEAKY split)" if examples.leaky else "")
    plots.history(os.path.join(job.folder, "history"), title, state.epochs, state.best)
    plots.confusion(os.path.join(job.folder, "confusion"), title, metrics.confusion(answers, truth), examples.labels)
    tested = examples.of(TEST)
    with replacing(os.path.join(job.folder, SAMPLE)) as file:
        np.savez(file, pieces=examples.pieces[tested[:: max(1, len(tested) // 16)]])
    trainer.write_json(os.path.join(job.folder, RESULT), result)
    low, high = measured["interval"]
    share = f"{measured['accuracy']:.3f} right ({low:.3f} to {high:.3f})"
    say(f"{title}: {share} of {measured['tracks']} {measured['unit']}")
    return result


def measure(
    network: Any, examples: ex.Examples, part: str = TEST
) -> tuple[dict[str, Any], metrics.Floats, metrics.Ints]:
    """Measure a network on one part of the pieces.

    Returns
    -------
    measured : dict
        As :func:`genre_tagger.training.metrics.summary`; ``unit`` says what was counted: tracks, each answered with
        the mean over its pieces, or single pieces where the split is leaky; ``by_piece`` is the share of right pieces.
    answers : ndarray [shape=(counted, labels)]
        Probabilities.
    truth : ndarray [shape=(counted,)]
        Right labels.
    """
    rows = examples.of(part)
    answers: Floats = trainer.predict(network, examples.pieces[rows])
    if examples.leaky:
        truth, groups, unit = examples.label[rows], [str(t) for t in examples.track[rows]], "pieces (LEAKY)"
        probabilities = answers.astype(np.float64)
    else:
        asked = np.unique(examples.track[rows])
        probabilities = np.stack([answers[examples.track[rows] == t].mean(axis=0) for t in asked]).astype(np.float64)
        truth = np.array([examples.tracks[t].label for t in asked], dtype=np.int64)
        groups, unit = [examples.tracks[t].group for t in asked], "tracks"
    by_piece = round(metrics.accuracy(answers.astype(np.float64), examples.label[rows]), 4)
    measured = {"unit": unit, "by_piece": by_piece, **metrics.summary(probabilities, truth, examples.labels, groups)}
    return measured, probabilities, truth


def _read(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:
            content: dict[str, Any] = json.load(file)
            return content
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DatasetError(f"{path} is damaged: use another folder, or --again.") from error
