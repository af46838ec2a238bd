"""What a worker does with a batch of files, and what it says of itself."""

from __future__ import annotations

import functools
import multiprocessing
import os
import platform
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from genre_tagger import __version__
from genre_tagger.base.errors import DecodeError, FileFailure, ModelError
from genre_tagger.library.tracks import Prediction
from genre_tagger.model.classify import classify_file
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.sound.descriptors import Described, describe_file


class Task(NamedTuple):
    """What is to be done with files; every worker has to run `version`, and the model with this name and these bytes.

    `version` is what :func:`versions` says where the library is; `folder` is where the model may lie; the worker's own
    default is looked at besides.
    """

    kind: str
    version: str
    model: str = ""
    fingerprint: str = ""
    sha256: str = ""
    folder: str = ""
    windows: int | None = None


Outcome = Prediction | Described | FileFailure


class Done(NamedTuple):
    """What a worker made of a batch: an outcome for each file, None for those that it does not see.

    `refusal` says why it did nothing; `seconds` are those of one of its threads.
    """

    worker: str
    seconds: float
    outcomes: Sequence[Outcome | None] = ()
    refusal: str = ""


def work(task: Task, files: Sequence[tuple[bytes, str]]) -> Done:
    """Do a batch of files, each with its label, on the worker that this is called on."""
    from distributed import get_worker

    began, worker = time.perf_counter(), str(get_worker().address)
    if refusal := _unfit(task):
        return Done(worker, 0.0, refusal=refusal)
    outcomes = [_outcome(task, os.fsdecode(path), label) for path, label in files]
    return Done(worker, time.perf_counter() - began, outcomes)


def _outcome(task: Task, path: str, label: str) -> Outcome | None:
    if not os.path.lexists(path):
        return None
    if task.kind == "classify":
        return classify_file(path, _model(task), windows=task.windows)
    try:
        return describe_file(path, label=label)
    except DecodeError as error:
        return FileFailure(path, "describe", error.reason)


def _unfit(task: Task) -> str:
    if task.version != versions():
        return another_version(versions(), task.version)
    if multiprocessing.current_process().daemon:
        return (
            "It may start no process of its own, which decoding needs. Start it with --no-nanny, or with "
            "DASK_DISTRIBUTED__WORKER__DAEMON=False."
        )
    try:
        if task.kind == "classify":
            _model(task)
    except ModelError as error:
        return str(error)
    return ""


_LOADING = threading.Lock()


def _model(task: Task) -> GenreModel:
    with _LOADING:
        return _loaded(task.model, task.fingerprint, task.sha256, task.folder)


@functools.lru_cache(maxsize=2)
def _loaded(name: str, fingerprint: str, sha256: str, folder: str) -> GenreModel:
    """Load the model with this checksum, and call it what it is called where the library is."""
    troubles = []
    for place in dict.fromkeys([folder, default_model_folder()]):
        try:
            model = GenreModel.load(place)
        except ModelError as error:
            troubles.append(str(error))
            continue
        if (model.card.sha256, model.card.fingerprint) == (sha256, fingerprint):
            model.name = name
            return model
        troubles.append(f"The model in {place} is another one than where the library is.")
    raise ModelError(" ".join([*troubles, "Copy the model's folder there, or give --model a folder that all see."]))


@functools.cache
def versions() -> str:
    """Name the versions of all that the answers and their way back depend on."""
    import dask
    import numpy as np

    python = ".".join(platform.python_version_tuple()[:2])
    return f"Genre Tagger {__version__} (Dask {dask.__version__}, NumPy {np.__version__}, Python {python})"


def another_version(there: str, here: str) -> str:
    """Say of a worker that it runs something else."""
    return f"It runs {there}, and this is {here}. Install the same versions there."


def about_itself(sample: Sequence[bytes]) -> dict[str, Any]:
    """What a worker says of itself."""
    return {"version": versions(), "clock": time.time(), "sees": [os.path.lexists(path) for path in sample]}
