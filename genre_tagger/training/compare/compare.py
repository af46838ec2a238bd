"""Compares all recipes and the shipped model on GTZAN: one row each, stored as JSON and written into a page."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from genre_tagger.model.network import NETWORK, GenreModel
from genre_tagger.training.compare import page, table
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
# Passes of those that take a quarter of a minute to a minute each on a CPU; both stop earlier by themselves.
FEWER = {"stft-cnn": 40, "mel-efficientnet": 30}


def compare(
    data: DataFolder,
    work: str,
    target: str,
    *,
    names: Sequence[str] | None = None,
    leaky: bool = False,
    seed: int = 7,
    imagenet: bool = True,
    shipped: str = "models/distilled-cnn",
) -> list[dict[str, Any]]:
    """Train and measure recipes and write the table.

    Parameters
    ----------
    data : DataFolder
        With ``gtzan/``.
    work : str
        Caches and runs; what is finished there is not trained again.
    target : str
        Markdown file with marks for the table and the shipped model's figures; plots and rows go beside it.
    names : sequence of str, optional
        Rows to do; the others are taken from the last time. All by default.
    leaky, imagenet : bool
        Whether to train on the leaky split too, and whether EfficientNet may fetch weights.
    seed : int
        Of all randomness.
    shipped : str
        Folder of the model that ships, the last row.

    Returns
    -------
    list of dict
        The rows of the table.

    Raises
    ------
    DatasetError
        If a name is no row.
    """
    every = (*RECIPES, SHIPPED)
    if wrong := [name for name in names or () if name not in every]:
        raise DatasetError(f"There is no row {', '.join(wrong)}; there are {', '.join(every)}.")
    folder = os.path.splitext(target)[0]
    os.makedirs(folder, exist_ok=True)
    rows = _kept(os.path.join(folder, ROWS))
    for name in names or every:
        if name == SHIPPED:
            rows[name] = of_shipped(data, shipped)
        else:
            leaky_before = rows.get(name, {}).get("leaky")
            rows[name] = of_recipe(data, RECIPES[name], work, leaky=leaky, seed=seed, imagenet=imagenet)
            rows[name]["leaky"] = rows[name]["leaky"] or leaky_before
        ordered = [rows[name] for name in every if name in rows]
        trainer.write_json(os.path.join(folder, ROWS), ordered)
    table.write(target, folder, ordered)
    if SHIPPED in (names or every):
        page.fill(target, read_card(shipped))
    return ordered


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
        "honest": result["measured"],
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
    say(f"{model.name}: {figures['accuracy']:.3f} right of {figures['tracks']} tracks")
    return {
        "name": SHIPPED,
        "about": f"{os.path.basename(os.path.abspath(folder))}, distilled from a music tagger",
        "source": "see above; measured on sound (97 valid)",
        "parameters": card.get("parameters"),
        "bytes": os.path.getsize(os.path.join(folder, NETWORK)),
        "ms": round(deploy.least_milliseconds(lambda: model.predict(track_patches)), 2),
        "reported": "",
        "reported_accuracy": None,
        "honest": {"unit": "tracks", **figures},
        "with_sound": {key: figures[key] for key in ("tracks", "accuracy", "interval")},
        "leaky": None,
    }


def _with_sound(job: runs.Job, examples: Examples) -> dict[str, Any]:
    """The honest figures on those test tracks alone that have sound, where the shipped model is measured too."""
    sounding = np.array([bool(track.path) for track in examples.tracks])[examples.track]
    part = np.where(sounding, examples.part, "without sound")
    measured, _, _ = runs.measure(trainer.Run(job.folder).best(), replace(examples, part=part))
    return {key: measured[key] for key in ("tracks", "accuracy", "interval")}


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
