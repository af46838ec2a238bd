"""What the recipes are worth on music of another source: AllMusic's clips, each asked about by a network that never
met its artist.

A recipe takes one label a track, AllMusic's editors give one to five. A track is learned as the rarest of its genres,
so that the rare ones are learned at all, and an answer is right if it is any of them, as it is for the shipped model.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import FileFailure
from genre_tagger.training import metrics
from genre_tagger.training.compare.matrices import cells
from genre_tagger.training.data.datasets import TEST, TRAIN, Dataset, DatasetError, Track
from genre_tagger.training.data.labelled import ALLMUSIC, Recording, recordings
from genre_tagger.training.data.report import say
from genre_tagger.training.recipes import examples as ex
from genre_tagger.training.recipes import runs, trainer
from genre_tagger.training.recipes.inputs import Array
from genre_tagger.training.recipes.recipes import Recipe
from genre_tagger.training.student import heads

FOLDS = 5
TITLE = "AllMusic's clips"


def clips(root: str) -> tuple[Dataset, dict[str, frozenset[int]]]:
    """AllMusic's clips with their editors' own genres.

    Parameters
    ----------
    root : str
        The data folder.

    Returns
    -------
    dataset : Dataset
        Each track under the rarest of its genres, its artist as group; nothing is dealt out yet.
    right : dict of str to frozenset of int
        Which labels are right for each track, by its name.

    Raises
    ------
    DatasetError
        If the clips are not there.
    """
    of = [recording for recording in recordings(root) if recording.source == ALLMUSIC]
    if not of:
        raise DatasetError("AllMusic's clips are not in the data folder; the recipes can be measured on GTZAN alone.")
    count = Counter(name for recording in of for name in recording.named)
    labels = tuple(sorted(count))
    tracks = tuple(
        Track(_name(one), labels.index(min(one.named, key=lambda name: (count[name], name))), one.artist, one.path)
        for one in of
    )
    right = {_name(one): frozenset(map(labels.index, one.named)) for one in of}
    return Dataset(TITLE, labels, tracks), right


def _name(recording: Recording) -> str:
    return os.path.splitext(os.path.basename(recording.path))[0]


def of_recipe(
    recipe: Recipe, root: str, work: str, *, seed: int, epochs: int | None = None, imagenet: bool = True
) -> dict[str, Any]:
    """Train a recipe once for each fold, and measure it on the artists left out.

    Parameters
    ----------
    recipe : Recipe
        With its input from sound.
    root, work : str
        The data folder; where runs go, each fold in a folder of its own. What is finished there is not trained again.
    seed : int
        Of folds and networks.
    epochs : int, optional
        Passes at most; the recipe's own by default.
    imagenet : bool
        Whether EfficientNet may fetch weights.

    Returns
    -------
    dict
        The row, see :func:`figures`; with ``passes`` of each fold.
    """
    dataset, right = clips(root)
    pieces = _pieces(dataset, recipe, os.path.join(work, "cache"))
    fold = heads.folds([track.group for track in dataset.tracks], [""] * len(dataset.tracks), FOLDS, seed)
    answers = np.zeros((len(dataset.tracks), len(dataset.labels)))
    place, passes = {track.name: row for row, track in enumerate(dataset.tracks)}, []
    for number in range(FOLDS):
        parts = (TEST if left_out else TRAIN for left_out in fold == number)
        dealt = tuple(replace(track, part=part) for track, part in zip(dataset.tracks, parts, strict=True))
        folder = os.path.join(work, "allmusic", f"fold-{number + 1}")
        job = runs.Job(
            recipe, replace(dataset, tracks=dealt), folder, pieces, "sound", seed=seed, epochs=epochs, imagenet=imagenet
        )
        examples = runs.prepare(job)
        passes.append(runs.train(job, examples)["passes"])
        _, said, _ = runs.measure(trainer.Run(job.folder).best(), examples)
        asked = np.unique(examples.track[examples.of(TEST)])
        answers[[place[examples.tracks[track].name] for track in asked]] = said
    row = {"name": recipe.name, "about": recipe.about, **figures(answers, dataset, right), "passes": passes}
    say(f"{recipe.name} on {TITLE}: {row['accuracy']:.3f} right of {row['tracks']}, among three {row['top3']:.3f}")
    return row


def _pieces(dataset: Dataset, recipe: Recipe, cache: str) -> dict[str, Array]:
    """The pieces of every clip, which all folds share; one that cannot be decoded is said, and counts as wrong."""
    found: dict[str, Array] = {}
    for row in ex.gather(dataset, recipe.input_spec, cache):
        if isinstance(row, FileFailure):
            say(f"left out: {row.path}: {row.reason}")
        else:
            found[row[0].stem] = row[1]
        if len(found) % 100 == 0:
            say(f"{recipe.name}: prepared {len(found)} of {len(dataset.tracks)} clips")
    return found


def figures(
    answers: NDArray[np.float64], dataset: Dataset, right: dict[str, frozenset[int]]
) -> dict[str, Any]:
    """What is measured, ready for JSON.

    Parameters
    ----------
    answers : ndarray [shape=(tracks, labels)]
        Probabilities; a row of zeros is no answer.
    dataset : Dataset
        The tracks, in the same order.
    right : dict of str to frozenset of int
        From :func:`clips`.

    Returns
    -------
    dict
        As :func:`genre_tagger.training.metrics.summary`, a track's right label being the likeliest of those that its
        editors name; ``mean_recall`` over the genres with five tracks and more that have no other; ``cells``, see
        :func:`~genre_tagger.training.compare.matrices.cells`.
    """
    allowed = np.array([[label in right[track.name] for label in range(len(dataset.labels))]
                        for track in dataset.tracks])  # fmt: skip
    truth = np.where(allowed, answers, -1.0).argmax(axis=1)
    found = metrics.summary(answers, truth, dataset.labels, [track.group for track in dataset.tracks])
    said = metrics.answers(answers)
    alone = np.array([label if sum(row) == 1 else -1 for label, row in zip(truth, allowed, strict=True)])
    kinds = [label for label in range(len(dataset.labels)) if (alone == label).sum() >= 5]
    shares = [float((said[alone == label] == label).mean()) for label in kinds]
    return {
        **found, "mean_recall": round(float(np.mean(shares)), 4) if shares else None,
        "cells": cells([track.name for track in dataset.tracks], truth, said, dataset.labels),
    }  # fmt: skip
