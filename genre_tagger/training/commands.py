"""What the commands of ``genre-tagger-train`` do; each is a few lines between the command line and the modules."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping

from genre_tagger.base.errors import GenreTaggerError, TagError
from genre_tagger.files.tags import read_tags
from genre_tagger.training.compare.compare import compare
from genre_tagger.training.compare.evaluate import evaluate, open_model
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.datasets import HELD, TEST, TRAIN, Dataset, DatasetError, from_folder, named_groups
from genre_tagger.training.data.lists import from_lists, read_artists
from genre_tagger.training.data.report import say
from genre_tagger.training.recipes import gtzan, runs, trainer
from genre_tagger.training.recipes.deploy import export_run
from genre_tagger.training.recipes.recipes import RECIPES


def prepare(given: argparse.Namespace) -> None:
    """Compute what a recipe hears of every recording and keep it."""
    runs.prepare(_job(given))


def train(given: argparse.Namespace) -> None:
    """Train a recipe, or go on training it, and measure it on the test tracks."""
    job = _job(given)
    result = runs.train(job, runs.prepare(job), again=given.again)
    print(json.dumps({"folder": job.folder, **result["measured"]}, indent=1, ensure_ascii=False))


def measure(given: argparse.Namespace) -> None:
    """Print how a model does on labelled recordings."""
    found = evaluate(open_model(given.model), _to_measure(given))
    if found["learned_from"]:
        say(f"Careful: the model was trained on {found['learned_from']} of these {found['tracks']} recordings.")
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if given.json:
        trainer.write_json(given.json, found)


def export(given: argparse.Namespace) -> None:
    """Write a trained recipe as a model folder."""
    card = export_run(given.run, given.model)
    say(f"{given.model}: {card['size']} bytes; Keras and LiteRT differ by {card['parity']:.1e} at most")


def compare_all(given: argparse.Namespace) -> None:
    """Train and measure the recipes and write the table."""
    names = given.recipes.split(",") if given.recipes else None
    compare(
        _data_folder(given), given.work, given.docs, names=names, leaky=given.leaky, seed=given.seed,
        imagenet=not given.from_scratch, shipped=given.model,
    )  # fmt: skip


def build(given: argparse.Namespace) -> None:
    """Make the model that ships, or one step of it again."""
    data = _data_folder(given)
    from genre_tagger.training import build
    from genre_tagger.training.data.plan import Plan

    plan = Plan(data, given.work, given.model, given.patches, given.epochs, given.seed)
    steps: dict[str, Callable[[Plan], object]] = {
        "prepare": build.prepare, "train": build.train, "export": build.finish, "evaluate": build.evaluate,
    }  # fmt: skip
    for name in [given.only] if given.only else ["prepare", "train", "export"]:
        steps[name](plan)


def _job(given: argparse.Namespace) -> runs.Job:
    recipe = RECIPES[given.recipe]
    if given.segments:
        if not recipe.has_segments:
            raise DatasetError(f"{recipe.name} does not cut recordings into segments; --segments is for MFCC recipes.")
        recipe = recipe.with_segments(given.segments)
    more = {"leaky": given.leaky, "seed": given.seed, "epochs": given.epochs, "imagenet": not given.from_scratch}
    if given.gtzan:
        data = _data_folder(given)
        recipe, stored, source = gtzan.material(data, recipe)
        return runs.Job(recipe, gtzan.dataset(data), given.work, stored, source, **more)
    return runs.Job(recipe, _labelled(given), given.work, **more)


def _labelled(given: argparse.Namespace) -> Dataset:
    """The dataset to train on."""
    _one_way(given.folder, given.gtzan, given.train_list or given.test_list or given.held_list)
    if given.folder:
        return _with_artists(from_folder(given.folder, labels=_labels(given)), given)
    if given.train_list and given.root:
        lists = {TRAIN: given.train_list, HELD: given.held_list, TEST: given.test_list}
        return _with_artists(from_lists(given.root, _given(lists), labels=_labels(given)), given)
    raise DatasetError("Name the recordings: --folder, or --train-list with --root, or --gtzan.")


def _to_measure(given: argparse.Namespace) -> Dataset:
    _one_way(given.folder, given.gtzan, given.list)
    if given.gtzan:
        whole = gtzan.dataset(_data_folder(given))
        return Dataset("GTZAN, valid list", whole.labels, tuple(whole.part(TEST)))
    if given.folder:
        return _with_artists(from_folder(given.folder, labels=_labels(given), least=1), given)
    if given.list and given.root:
        return _with_artists(from_lists(given.root, {TEST: given.list}, labels=_labels(given)), given)
    raise DatasetError("Name the recordings: --folder, or --list with --root, or --gtzan.")


def _with_artists(dataset: Dataset, given: argparse.Namespace) -> Dataset:
    if not given.artists:
        return dataset
    from_tags = given.artists == "tags"
    known = {t.name: _artist(t.path) for t in dataset.tracks if t.path} if from_tags else read_artists(given.artists)
    found = named_groups(dataset, known)
    count = sum(not track.alone for track in found.tracks)
    if not count and not from_tags:
        raise DatasetError(
            f"{given.artists} names none of these recordings. Its column “track” wants the path below the root, "
            f"or the file's name where no other has the same: {found.tracks[0].name}, say."
        )
    others = "" if count == len(found.tracks) else "; each of the others counts as an artist of its own"
    say(f"the artists of {count} of {len(found.tracks)} recordings are known{others}")
    return found


def _artist(path: str) -> str:
    try:
        return (read_tags(path).artist or "").strip().casefold()
    except TagError:
        return ""


def _one_way(*ways: object) -> None:
    if sum(map(bool, ways)) > 1:
        raise DatasetError("Name the recordings in one way: --folder, or lists with --root, or --gtzan.")


def _labels(given: argparse.Namespace) -> list[str]:
    return [label.strip() for label in given.labels.split(",")] if given.labels else []


def _given(lists: Mapping[str, str | None]) -> dict[str, str]:
    return {part: path for part, path in lists.items() if path}


def _data_folder(given: argparse.Namespace) -> DataFolder:
    if not given.data or not os.path.isdir(os.path.join(given.data, "gtzan")):
        raise GenreTaggerError("The data folder is not there: name it with --data or in GENRE_TAGGER_DATA.")
    return DataFolder(given.data)
