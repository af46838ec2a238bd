"""The build from a data folder to a model that the program loads, stopped now and then; its teachers are made up."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_tagger.base.errors import ModelError
from genre_tagger.model.network import GenreModel
from genre_tagger.training import build
from genre_tagger.training.compare import robustness
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.student import export, hearing, judging, network, shards
from genre_tagger.training.student.heads import Manner

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # TensorFlow's own

GTZAN = {"blues.00001": "train", "blues.00002": "train", "rock.00001": "train", "rock.00009": "valid"}


def sounding(path, number):
    """Four seconds of beats, higher with every number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(4 * 32_000) / 32_000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 150 * (1 + number % 4) * t) * np.exp(-((t * 3) % 1) * 5), 32_000)


def labelled(folder, header, rows):
    for number, row in enumerate(rows):
        sounding(folder / row[0], number)
    with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture
def plan(tmp_path, published_weights):
    """A data folder with a few clips of every source, and what stands for the teachers' weights."""
    data = tmp_path / "data"
    for split in ("train", "valid"):
        names = [name for name, part in GTZAN.items() if part == split]
        (data / "gtzan" / "splits").mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{name}.wav\n" for name in names)
        (data / "gtzan" / "splits" / f"{split}_filtered.txt").write_text(lines)
        for number, name in enumerate(names):
            sounding(data / "gtzan" / "audio" / split / name.split(".")[0] / f"{name}.ogg", number)
    artists = "".join(f"{name},{number}\n" for number, name in enumerate(GTZAN))
    (data / "gtzan" / "splits" / "artists_train_valid.csv").write_text("track,artist\n" + artists)
    rows = [(f"{n}.wav", ("Jazz", "Pop/Rock", "Blues; Jazz", "Rap")[n % 4], "", f"Q{n % 4 + 1}", n) for n in range(12)]
    labelled(data / "allmusic", ("file", "genres", "moods", "quadrant", "artist"), rows)
    few = [(f"{n}.wav", ("Electronic", "Classical")[n % 2], n) for n in range(4)]
    labelled(data / "magnatune", ("file", "genre", "artist"), few)
    sounding(data / "music" / "kevin-macleod" / "piece.ogg", 1)
    (data / "teachers" / "mn04").mkdir(parents=True)
    shutil.copy(published_weights, data / "teachers" / "mn04" / "mn04_weights_f16.npz")
    (data / "gtzan" / "teacher").mkdir()
    (data / "gtzan" / "teacher" / "MSD_musicnn.h5").touch()
    return Plan(DataFolder(str(data)), str(tmp_path / "work"), str(tmp_path / "model"), patches=64, epochs=2)


@pytest.fixture
def small(plan, monkeypatch):
    """A plan of one shard and two passes, with a musicnn that weighs the bands."""
    to_tags = np.random.default_rng(1).normal(0, 0.02, (96, 50))
    rest = [(np.random.default_rng(2).normal(0, 0.3, (2, 300, 128)).astype(np.float32), "noise", "noise")] * 4
    monkeypatch.setattr(build.teacher, "build", lambda _: None)
    monkeypatch.setattr(hearing.teacher, "label", lambda _, heard: ((heard.mean(axis=1) @ to_tags), None))
    monkeypatch.setattr(build.guard, "sounds", lambda *_: rest)
    monkeypatch.setattr(build.guard, "melodies", lambda *_: [(rest[0][0], build.guard.TUNE, "tune")])
    monkeypatch.setattr(build.guard, "_MEMBERS", 1)
    monkeypatch.setattr(judging, "MANNERS", (Manner(),))
    monkeypatch.setattr(judging, "_MOOD_MANNERS", (Manner(),))
    monkeypatch.setattr(judging, "FOLDS", 3)
    monkeypatch.setattr(export, "PARITY", 1e-3)  # weights that are noise make more of the last digit
    monkeypatch.setattr(robustness, "VARIANTS", robustness.VARIANTS[:2])
    monkeypatch.setattr(shards, "SHARD", 64)
    monkeypatch.setattr(shards, "asking", lambda weights: labelling)
    return plan


agreement = robustness.agreement


def labelling(patches):
    """What stands for both halves of the second teacher, whose own test converts them."""
    rng, sizes = np.random.default_rng(3), {"lower": (8, 19, 32), "classes": (527,), "pooled": (384,)}
    return {name: rng.normal(size=(len(patches), *size)).astype(np.float32) for name, size in sizes.items()}


def stopped(*_, **__):
    raise KeyboardInterrupt


@contextlib.contextmanager
def untraced():
    """A few steps take less time than making a graph of them."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def test_a_build_goes_on_where_it_was_stopped_and_puts_nothing_unfinished_into_the_models_folder(
    small, monkeypatch, capsys
):
    build.prepare(small)
    build.prepare(small)
    assert len(os.listdir(os.path.join(small.work, "heard"))) == 21

    with monkeypatch.context() as first, untraced():
        first.setattr(network.os, "remove", stopped)  # when the first pass is stored
        with pytest.raises(KeyboardInterrupt):
            build.train(small)
    capsys.readouterr()
    with pytest.raises(ModelError, match="train the student first"):
        build.finish(small)
    with untraced():
        build.train(small)
    told = capsys.readouterr().err
    assert "going on after epoch 1" in told
    assert "epoch 2:" in told
    assert "epoch 1:" not in told
    build.train(small)
    assert "the student is there" in capsys.readouterr().err
    assert not [name for name in os.listdir(small.work) if "pass" in name or "partial" in name]

    with monkeypatch.context() as first:
        there = []
        first.setattr(
            robustness, "agreement", lambda *asked: there.append(os.path.exists(small.folder)) or agreement(*asked)
        )
        build.finish(small)
    assert there == [False]  # what is not measured yet is not published
    card, measured = export.read_card(small.folder), export.read_card(small.folder)["measured"]
    assert card["settings"] == {**card["settings"], "patches": 64, "epochs": 2, "seed": 7}
    assert card["parity"] < 1e-3
    assert (measured["tracks"], measured["magnatune"]["tracks"], measured["gtzan_valid"]["tracks"]) == (12, 4, 1)
    assert measured["moods"]["tracks"] == 12
    assert len(measured["robustness"]) == 2
    assert sorted(os.listdir(small.folder)) == ["card.json", "model.keras", "model.tflite"]
    model = GenreModel.load(small.folder)
    assert model.card.accuracy == card["accuracy"] == measured["accuracy"]
    assert {"Blues", "Jazz", "Rock"} <= set(model.card.proposed)
    assert {"Folk", "World"} <= model.card.only_offered

    before = contents(small.folder)
    with monkeypatch.context() as second:
        second.setattr(robustness, "agreement", stopped)
        with pytest.raises(KeyboardInterrupt):
            build.evaluate(small)
    assert contents(small.folder) == before
    build.evaluate(small)
    assert export.read_card(small.folder) == card

    with pytest.raises(ModelError, match="with the same numbers"):
        build.finish(replace(small, epochs=3))
    with pytest.raises(ModelError):
        build.evaluate(replace(small, folder=small.work))


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}
