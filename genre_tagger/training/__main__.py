"""``genre-tagger-train``: from the data folder to ``models/<name>/`` in one command or step by step."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from genre_tagger.training.data import DataFolder
from genre_tagger.training.pipeline import Plan, evaluate, finish, prepare, train
from genre_tagger.training.report import say

_STEPS: dict[str, tuple[str, tuple[Callable[[Plan], object], ...]]] = {
    "prepare": ("let the teacher label patches (resumable)", (prepare,)),
    "train": ("distil the teacher into the student", (train,)),
    "export": ("fit the genre head, write the model's folder and measure it", (finish,)),
    "evaluate": ("calibrate and measure a finished folder again", (evaluate,)),
    "build": ("all of it", (prepare, train, finish)),
}


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    top = argparse.ArgumentParser(prog="genre-tagger-train", description="Train the model that Genre Tagger ships.")
    top.add_argument("step", choices=_STEPS, help="; ".join(f"{name}: {text}" for name, (text, _) in _STEPS.items()))
    top.add_argument("--data", default=os.environ.get("GENRE_TAGGER_DATA"), help="data folder (GENRE_TAGGER_DATA)")
    top.add_argument("--work", required=True, help="folder for caches, outside of the source tree")
    top.add_argument("--model", default="models/distilled-cnn", help="folder of the finished model")
    top.add_argument("--patches", type=int, default=48_000, help="how many patches the teacher labels")
    top.add_argument("--epochs", type=int, default=5, help="passes over them")
    top.add_argument("--seed", type=int, default=7, help="of all randomness")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step or all of them.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, by default the process's own.

    Returns
    -------
    int
        Exit status.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    given = parser().parse_args(arguments)
    if not given.data or not os.path.isdir(os.path.join(given.data, "gtzan")):
        say("The data folder is not there: name it with --data or in GENRE_TAGGER_DATA.")
        return 2
    plan = Plan(DataFolder(given.data), given.work, given.model, given.patches, given.epochs, given.seed)
    for step in _STEPS[given.step][1]:
        step(plan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
