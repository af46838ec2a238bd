"""``genre-tagger-train``: train and measure any recipe on any labelled recordings; build the model that ships."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from genre_tagger.base.errors import GenreTaggerError, TagError
from genre_tagger.files.tags import read_tags
from genre_tagger.training.compare.compare import ON_ALLMUSIC, ON_GTZAN, compare
from genre_tagger.training.compare.evaluate import evaluate, open_model
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.datasets import HELD, TEST, TRAIN, Dataset, DatasetError, from_folder, named_groups
from genre_tagger.training.data.lists import from_lists, read_artists
from genre_tagger.training.data.plan import EPOCHS, PATCHES, Plan
from genre_tagger.training.data.report import say
from genre_tagger.training.recipes import gtzan, runs, trainer
from genre_tagger.training.recipes.deploy import export_run
from genre_tagger.training.recipes.recipes import RECIPES

_ABOUT = """\
Train, measure and compare genre classifiers. Recordings are a folder of folders named after their label (--folder),
or lists with the label as first folder of each path or behind a tab (--train-list, --test-list, --root), or the
research data (--gtzan). Splits keep artists apart (--artists); --leaky does what published reports did, and says so.

    genre-tagger-train train mfcc-cnn --folder ~/clips --work ~/caches
    genre-tagger-train export ~/caches/mfcc-cnn --model ~/my-model
    genre-tagger-train evaluate models/two-teachers-cnn --folder ~/clips
    genre-tagger-train build --data $GENRE_TAGGER_DATA --work ~/caches

Recipes:
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    recipes = "\n".join(f"  {row.name:22}{row.about} (reported: {row.reported})" for row in RECIPES.values())
    top = argparse.ArgumentParser(
        prog="genre-tagger-train", description=_ABOUT + recipes, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="command")

    for name, text in (
        ("prepare", "compute the input of a recipe for each recording, and keep it"),
        ("train", "train a recipe; a stopped run goes on; prints what it measures"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("recipe", choices=RECIPES)
        _recordings(command)
        _training(command)

    command = commands.add_parser("evaluate", help="measure a model on labelled recordings and print JSON")
    command.add_argument("model", help="folder of a model (the program's, an exported recipe) or of a run")
    _recordings(command, lists=False)
    command.add_argument("--list", help="list of recordings: a path a line, below --root")
    command.add_argument("--json", help="write the figures to this file too")

    _compare(commands.add_parser("compare", help="train and measure every recipe and write the tables"))

    command = commands.add_parser("export", help="write a trained recipe as model.tflite and card.json")
    command.add_argument("run", help="folder of a run: what `train` printed")
    command.add_argument("--model", required=True, help="folder to write")

    _build(commands.add_parser("build", help="make the model that ships, in one command"))
    return top


def _at_least(least: int) -> Callable[[str], int]:
    """A whole number of the command line, no less than so much."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} on")
        return int(text)

    return number


def _recordings(command: argparse.ArgumentParser, *, lists: bool = True) -> None:
    command.add_argument("--folder", help="folder with a folder of sound files for each label")
    command.add_argument("--root", help="the folder that lists are relative to")
    if lists:
        command.add_argument("--train-list", help="text: path, or path TAB label, a line; or CSV: path,label,artist")
        command.add_argument("--test-list", help="likewise; without one, artists are dealt out from the training list")
        command.add_argument("--held-list", help="likewise, for early stopping")
    command.add_argument("--artists", help="CSV with track,artist; or “tags”: read them from the files")
    command.add_argument("--labels", help="take these labels alone, in this order, separated by commas")
    command.add_argument("--gtzan", action="store_true", help="GTZAN as the data folder has it")
    _data(command)


def _training(command: argparse.ArgumentParser) -> None:
    command.add_argument("--work", required=True, help="folder for caches and runs, outside of the source tree")
    command.add_argument("--leaky", action="store_true", help="pieces of one recording on both sides: NOT honest")
    command.add_argument("--segments", type=_at_least(1), help="MFCC recipes: segments of a 30-s clip (10)")
    command.add_argument("--epochs", type=_at_least(1), help="at most so many passes")
    command.add_argument("--seed", type=_at_least(0), default=7, help="of all randomness")
    command.add_argument("--from-scratch", action="store_true", help="do not try to fetch ImageNet weights")
    command.add_argument("--again", action="store_true", help="throw away what the run's folder has")


def _compare(command: argparse.ArgumentParser) -> None:
    _data(command)
    command.add_argument("--work", required=True, help="folder for caches and runs; what is finished stays")
    command.add_argument("--docs", default="docs/models.md", help="page with the table; plots: folder beside it")
    command.add_argument("--model", default="models/two-teachers-cnn", help="the shipped model, a row of the table")
    command.add_argument("--on", choices=(ON_GTZAN, ON_ALLMUSIC), help="these recordings alone; the others' rows stay")
    command.add_argument("--recipes", help="only these rows, separated by commas (“shipped” is one); others are kept")
    command.add_argument("--leaky", action="store_true", help="train on the leaky split too, to show the difference")
    command.add_argument("--seed", type=_at_least(0), default=7, help="of all randomness")
    command.add_argument("--from-scratch", action="store_true", help="do not try to fetch ImageNet weights")


def _build(command: argparse.ArgumentParser) -> None:
    _data(command)
    command.add_argument("--work", required=True, help="folder for caches, outside of the source tree")
    command.add_argument("--model", required=True, help="folder of the finished model")
    command.add_argument("--patches", type=_at_least(1), default=PATCHES, help="how many patches the teachers label")
    command.add_argument("--epochs", type=_at_least(1), default=EPOCHS, help="passes over them")
    command.add_argument("--seed", type=_at_least(0), default=7, help="of all randomness")
    command.add_argument(
        "--only", choices=("prepare", "train", "export", "evaluate"),
        help="one step: the teachers label patches (resumable), the student learns, the heads are fitted and the "
        "folder written, a finished folder is measured again",
    )  # fmt: skip


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", default=os.environ.get("GENRE_TAGGER_DATA"), help="data folder (GENRE_TAGGER_DATA)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, by default the process's own.

    Returns
    -------
    int
        Exit status: 0, 2 if something is not there or makes no sense, 130 after Ctrl+C.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    given = parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be text
    run = {
        "prepare": prepare, "train": train, "evaluate": measure,
        "compare": compare_all, "export": export, "build": build,
    }[given.command]  # fmt: skip
    try:
        run(given)
    except GenreTaggerError as error:
        say(str(error))
        return 2
    except OSError as error:
        say(f"Something could not be read or written: {error}. What was done is kept: the same command goes on.")
        return 2
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        say(
            f"Training needs more than the program, and {package} is not there. The extra “train” brings "
            'TensorFlow, librosa and the rest: pip install -e ".[train]" What was done is kept.'
        )
        return 2
    except KeyboardInterrupt:
        say("Stopped. What was done is kept: the same command goes on.")
        return 130
    return 0


def prepare(given: argparse.Namespace) -> None:
    """Compute the input of a recipe for every recording and keep it."""
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
        _data_folder(given), given.work, given.docs, on=[given.on] if given.on else (ON_GTZAN, ON_ALLMUSIC),
        names=names, leaky=given.leaky, seed=given.seed, imagenet=not given.from_scratch, shipped=given.model,
    )  # fmt: skip


def build(given: argparse.Namespace) -> None:
    """Make the model that ships, or one step of it again."""
    data = _data_folder(given)
    from genre_tagger.training import build

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


if __name__ == "__main__":
    sys.exit(main())
