"""Compares all recipes and the shipped model on GTZAN and AllMusic's clips: rows, stored as JSON and put on a page."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from genre_tagger.model.network import NETWORK, GenreModel
from genre_tagger.training import metrics
from genre_tagger.training.compare import independent, matrices, page, table
from genre_tagger.training.compare.evaluate import evaluate, open_model
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.datasets import TEST, Dataset, DatasetError
from genre_tagger.training.data.report import say
from genre_tagger.training.data.tracks import patches
from genre_tagger.training.recipes import deploy, gtzan, runs, trainer
from genre_tagger.training.recipes.examples import Examples
from genre_tagger.training.recipes.recipes import RECIPES, Recipe
from genre_tagger.training.student.export import read_card

SHIPPED = "shipped"
ROWS = "compare.json"
INDEPENDENT_ROWS = "independent.json"
MATRICES = "matrices.html"
ON_GTZAN, ON_ALLMUSIC = "gtzan", "allmusic"
# Passes of those that take a quarter of a minute to a minute each on a CPU; both stop earlier by themselves.
FEWER = {"stft-cnn": 40, "mel-efficientnet": 30}


def compare(
    data: DataFolder,
    work: str,
    target: str,
    *,
    on: Sequence[str] = (ON_GTZAN, ON_ALLMUSIC),
    names: Sequence[str] | None = None,
    leaky: bool = False,
    seed: int = 7,
    imagenet: bool = True,
    shipped: str = "models/two-teachers-cnn",
) -> list[dict[str, Any]]:
    """Train and measure recipes and write the tables, the plots and the confusion matrices.

    Parameters
    ----------
    data : DataFolder
        With ``gtzan/`` and ``allmusic/``.
    work : str
        Caches and runs; what is finished there is not trained again.
    target : str
        Markdown file with marks for the tables and the shipped model's figures; plots and rows go beside it.
    on : sequence of str
        :data:`ON_GTZAN`, :data:`ON_ALLMUSIC`, or both; what was measured on the other stays.
    names : sequence of str, optional
        Rows to do; the others are taken from the last time. All by default.
    leaky, imagenet : bool
        Whether to train on GTZAN's leaky split too, and whether EfficientNet may fetch weights.
    seed : int
        Of all randomness.
    shipped : str
        Folder of the model that ships, the last row.

    Returns
    -------
    list of dict
        The rows of the table about GTZAN.

    Raises
    ------
    DatasetError
        If a name is no row, or AllMusic's clips are asked for and not there.
    """
    every = (*RECIPES, SHIPPED)
    if wrong := [name for name in names or () if name not in every]:
        raise DatasetError(f"There is no row {', '.join(wrong)}; there are {', '.join(every)}.")
    folder = os.path.splitext(target)[0]
    os.makedirs(folder, exist_ok=True)
    rows, others = _kept(os.path.join(folder, ROWS)), _kept(os.path.join(folder, INDEPENDENT_ROWS))
    for name in names or every:
        if ON_GTZAN in on:
            before = rows.get(name, {}).get("leaky")
            rows[name] = _on_gtzan(name, data, work, shipped, leaky=leaky, seed=seed, imagenet=imagenet)
            rows[name]["leaky"] = rows[name]["leaky"] or before
        if ON_ALLMUSIC in on:
            others[name] = _independent(name, data.root, work, shipped, seed, imagenet)
        _write(target, folder, *([kept[each] for each in every if each in kept] for kept in (rows, others)))
    if SHIPPED in (names or every):
        page.fill(target, read_card(shipped))
    return [rows[name] for name in every if name in rows]


def _on_gtzan(name: str, data: DataFolder, work: str, shipped: str, **how: Any) -> dict[str, Any]:
    return of_shipped(data, shipped) if name == SHIPPED else of_recipe(data, RECIPES[name], work, **how)


def _independent(name: str, root: str, work: str, shipped: str, seed: int, imagenet: bool) -> dict[str, Any]:
    """The row about AllMusic's clips; the shipped model's is what its card says of nested folds."""
    if name == SHIPPED:
        return {"name": SHIPPED, **read_card(shipped)["measured"]}
    return independent.of_recipe(RECIPES[name], root, work, seed=seed, epochs=FEWER.get(name), imagenet=imagenet)


def _write(target: str, folder: str, rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    """Store the rows, and write everything that shows them."""
    titled = [(f"{row['name']}, {independent.TITLE}", row) for row in others]
    titled += [(f"{row['name']}, GTZAN, the honest split", row["honest"]) for row in rows]
    matrices.write(os.path.join(folder, MATRICES), titled)
    trainer.write_json(os.path.join(folder, ROWS), rows)
    trainer.write_json(os.path.join(folder, INDEPENDENT_ROWS), others)
    table.write(target, folder, rows, others)


def of_recipe(
    data: DataFolder, recipe: Recipe, work: str, *, leaky: bool, seed: int, imagenet: bool
) -> dict[str, Any]:
    """Train a recipe on the honest split, and perhaps on the leaky one, export it, and give its row."""
    adapted, stored, source = gtzan.material(data, recipe)
    job = runs.Job(
        adapted, gtzan.dataset(data), work, stored, source, seed=seed, imagenet=imagenet, epochs=FEWER.get(recipe.name)
    )
    examples = runs.prepare(job)
    result = runs.train(job, examples)
    exported = os.path.join(work, "exported", recipe.name)
    card = deploy.export_run(job.folder, exported)
    one_track = examples.pieces[examples.track == examples.track[examples.of(TEST)[0]]]
    model = deploy.RecipeModel.load(exported)
    leaky_result = None
    if leaky:
        leaky_job = replace(job, leaky=True)
        leaky_result = runs.train(leaky_job, runs.prepare(leaky_job))
    return {
        "name": recipe.name,
        "about": recipe.about,
        "source": source,
        "parameters": result["parameters"],
        "bytes": card["size"],
        "ms": round(deploy.milliseconds(model.network, one_track, adapted.input_spec.shape), 2),
        "parity": card["parity"],
        "reported": recipe.reported,
        "reported_accuracy": recipe.reported_accuracy,
        "weights": result["weights"],
        "passes": result["passes"],
        "best_pass": result["best_pass"],
        "seed": seed,
        "honest": {**result["measured"], "cells": _cells(job, examples)},
        "with_sound": _with_sound(job, examples),
        "leaky": leaky_result and {"how": leaky_result["leaky"], **leaky_result["measured"]},
        "history": _history(job.folder),
        "versions": card["versions"],
    }


def of_shipped(data: DataFolder, folder: str) -> dict[str, Any]:
    """Measure the shipped model through the program's own line on the valid clips at hand, and give its row."""
    whole = gtzan.dataset(data)
    valid = Dataset("GTZAN, valid list", whole.labels, tuple(whole.part(TEST)))
    measured = evaluate(open_model(folder), valid)
    model = GenreModel.load(folder)
    card = read_card(folder)
    track_patches = patches(next(track.path for track in valid.tracks if track.path), model.card.spec)
    figures = {key: value for key, value in measured.items() if key not in ("each", "model", "data", "labels")}
    labels = measured["labels"]
    names, truth, said = zip(
        *((line["track"], labels.index(line["right"]), labels.index(line["answer"]) if line["answer"] else -1)
          for line in measured["each"]), strict=True,
    )  # fmt: skip
    say(f"{model.name}: {figures['accuracy']:.3f} right of {figures['tracks']} tracks")
    return {
        "name": SHIPPED,
        "about": f"{os.path.basename(os.path.abspath(folder))}, taught by two networks",
        "source": "see above; measured on sound (97 valid)",
        "parameters": card.get("parameters"),
        "bytes": os.path.getsize(os.path.join(folder, NETWORK)),
        "ms": round(deploy.least_milliseconds(lambda: model.predict(track_patches)), 2),
        "reported": "",
        "reported_accuracy": None,
        "honest": {"unit": "tracks", **figures, "cells": matrices.cells(names, truth, said, labels)},
        "with_sound": {key: figures[key] for key in ("tracks", "accuracy", "interval")},
        "leaky": None,
    }


def _with_sound(job: runs.Job, examples: Examples) -> dict[str, Any]:
    """The honest figures on those test tracks alone that have sound, where the shipped model is measured too."""
    sounding = np.array([bool(track.path) for track in examples.tracks])[examples.track]
    part = np.where(sounding, examples.part, "without sound")
    measured, _, _ = runs.measure(trainer.Run(job.folder).best(), replace(examples, part=part))
    return {key: measured[key] for key in ("tracks", "accuracy", "interval")}


def _cells(job: runs.Job, examples: Examples) -> dict[str, dict[str, list[str]]]:
    """The honest test tracks in each cell of the confusion matrix."""
    _, answers, truth = runs.measure(trainer.Run(job.folder).best(), examples)
    names = [examples.tracks[track].name for track in np.unique(examples.track[examples.of(TEST)])]
    return matrices.cells(names, truth, metrics.answers(answers), examples.labels)


def _history(folder: str) -> dict[str, Any]:
    with open(os.path.join(folder, trainer.STATE), encoding="utf-8") as file:
        state: dict[str, Any] = json.load(file)
    return {"best": state["best"], "epochs": state["epochs"]}


def _kept(path: str) -> dict[str, dict[str, Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            return {row["name"]: row for row in json.load(file)}
    except FileNotFoundError:
        return {}
