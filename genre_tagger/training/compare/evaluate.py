"""Measure any model on any labelled recordings: what the ``evaluate`` command prints."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError, FileFailure, ModelError
from genre_tagger.base.progress import Progress
from genre_tagger.library.tracks import Prediction
from genre_tagger.model.card import CARD
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel
from genre_tagger.training import metrics
from genre_tagger.training.data.datasets import Dataset, DatasetError, Track
from genre_tagger.training.recipes import runs, trainer
from genre_tagger.training.recipes.deploy import RecipeModel
from genre_tagger.training.recipes.inputs import InputSpec

#: A track, the probabilities of the labels [shape=(labels,)], and why they are all zero, if they are.
Answer = tuple[Track, NDArray[np.float64], str]
Answers = Callable[[Iterable[Track]], Iterator[Answer | FileFailure]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A model that can be asked about sound files.

    Attributes
    ----------
    name : str
        What it is, for the report.
    labels : tuple of str
        In the order of the answers.
    answers : callable
        Tracks → Answer or FileFailure for each, in any order.
    learned_from : frozenset of str
        File names, without suffix, of the recordings that it was trained on.
    """

    name: str
    labels: tuple[str, ...]
    answers: Answers
    learned_from: frozenset[str] = frozenset()


def open_model(folder: str) -> Asked:
    """Open a model folder.

    Parameters
    ----------
    folder : str
        A model of the program (asked through the program's own line, from decoder to softmax), an exported
        recipe, or the folder of a recipe's run.

    Raises
    ------
    ModelError
        If it is none of them, or is not whole.
    """
    if os.path.exists(os.path.join(folder, runs.RUN)) and not os.path.exists(os.path.join(folder, CARD)):
        return _of_run(folder)
    try:
        with open(os.path.join(folder, CARD), encoding="utf-8") as file:
            card = json.load(file)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is no model folder: {error}.") from error
    learned = frozenset(card.get("learned_from", ())) if isinstance(card, dict) else frozenset()
    if isinstance(card, dict) and "input" in card:
        recipe = RecipeModel.load(folder)
        return Asked(str(card.get("recipe", folder)), recipe.labels, _by_pieces(recipe.input_spec, recipe.run), learned)
    model = GenreModel.load(folder)
    return Asked(model.name, model.card.labels, _by_program(model), learned)


def _of_run(folder: str) -> Asked:
    if not os.path.exists(os.path.join(folder, trainer.BEST)):
        raise ModelError(f"{folder} holds a run without a finished pass.")
    finished = os.path.exists(os.path.join(folder, runs.RESULT))
    with open(os.path.join(folder, runs.RESULT if finished else runs.RUN), encoding="utf-8") as file:
        facts = json.load(file)
    network = trainer.Run(folder).best()
    input_spec = InputSpec.from_json(facts["input"])
    name = f"{facts['recipe']} (Keras)" + (", trained on a LEAKY split" if facts["leaky"] else "")
    run = _by_pieces(input_spec, lambda pieces: trainer.predict(network, pieces))
    return Asked(name, tuple(facts["labels"]), run, frozenset(facts.get("learned_from", ())))


def _by_pieces(input_spec: InputSpec, run: Callable[..., Any]) -> Answers:
    def answers(tracks: Iterable[Track]) -> Iterator[Answer | FileFailure]:
        for track in tracks:
            try:
                yield track, run(input_spec.of_file(track.path)).mean(axis=0).astype(np.float64), ""
            except DecodeError as error:
                yield FileFailure(track.path, "evaluate", error.reason)

    return answers


def _by_program(model: GenreModel) -> Answers:
    def answers(tracks: Iterable[Track]) -> Iterator[Answer | FileFailure]:
        asked = {track.path: track for track in tracks}
        for outcome in classify(asked.values(), model):
            if isinstance(outcome, Prediction):
                shares = {candidate.genre: candidate.probability for candidate in outcome.candidates}
                row = np.array([shares.get(label, 0.0) for label in model.card.labels])
                yield asked[outcome.path], row, outcome.nothing or ""
            else:
                yield outcome

    return answers


def evaluate(asked: Asked, dataset: Dataset, *, quiet: bool = False) -> dict[str, Any]:
    """Measure a model on all tracks of a dataset that have a sound file and a label that it knows.

    Parameters
    ----------
    asked : Asked
        From :func:`open_model`.
    dataset : Dataset
        Labels are matched whatever their case, spaces and hyphens.
    quiet : bool
        Show no progress.

    Returns
    -------
    dict
        Ready for JSON: the figures of :func:`genre_tagger.training.metrics.summary`, to which a track without a genre
        counts as wrong; ``learned_from``, how many of the tracks have the name of one that the model was trained on (0
        in an honest measurement); what was left out and why; each track's answer, or why it got none.

    Raises
    ------
    DatasetError
        If not one track can be measured.
    """
    index = {plain(label): number for number, label in enumerate(asked.labels)}
    label_of = {number: index[plain(label)] for number, label in enumerate(dataset.labels) if plain(label) in index}
    usable = [track for track in dataset.tracks if track.path and track.label in label_of]
    rows: list[Answer] = []
    failures: list[FileFailure] = []
    with Progress("Measured", quiet, len(usable)) as progress:
        for number, outcome in enumerate(asked.answers(usable), start=1):
            if isinstance(outcome, FileFailure):
                failures.append(outcome)
            else:
                rows.append(outcome)
            progress.show(number)
    if not rows:
        raise DatasetError("Not one recording could be measured: " + _why(dataset, asked, failures))
    rows.sort(key=lambda row: row[0].name)
    answers = np.stack([row for _, row, _ in rows])
    truth = np.array([label_of[track.label] for track, _, _ in rows], dtype=np.int64)
    measured = metrics.summary(answers, truth, asked.labels, [track.group for track, _, _ in rows])
    return {
        "model": asked.name,
        "data": dataset.title,
        **measured,
        "learned_from": sum(track.stem in asked.learned_from for track, _, _ in rows),
        "labels": list(asked.labels),
        "unknown_labels": [label for number, label in enumerate(dataset.labels) if number not in label_of],
        "without_a_file": sum(not track.path for track in dataset.tracks),
        "without_an_answer": [{"path": failure.path, "reason": failure.reason} for failure in failures],
        "each": [_line(*row, asked.labels, label_of) for row in rows],
    }


def plain(label: str) -> str:
    """A label for comparing: ``"Hip-Hop"``, ``"hip hop"`` and ``"hiphop"`` are one."""
    return "".join(character for character in label.casefold() if character.isalnum())


def _line(
    track: Track, row: NDArray[np.float64], why: str, labels: tuple[str, ...], label_of: dict[int, int]
) -> dict[str, Any]:
    right = labels[label_of[track.label]]
    if why:
        return {"track": track.name, "right": right, "answer": None, "why": why}
    best = int(row.argmax())
    return {"track": track.name, "right": right, "answer": labels[best], "sure": round(float(row[best]), 4)}


def _why(dataset: Dataset, asked: Asked, failures: list[FileFailure]) -> str:
    if failures:
        return failures[0].reason
    if not any(track.path for track in dataset.tracks):
        return "there is no sound file."
    return f"the model knows {', '.join(asked.labels)}, the recordings are {', '.join(dataset.labels)}."
