"""The build from a data folder to a model that the program loads, stopped now and then; its teacher is made up."""

from __future__ import annotations

import contextlib
import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genre_tagger.base.errors import ModelError
from genre_tagger.model.network import GenreModel
from genre_tagger.training import build
from genre_tagger.training.compare import robustness
from genre_tagger.training.student import export, network, teacher

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # TensorFlow's own


@pytest.fixture(scope="module", autouse=True)
def keras():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras")


@pytest.fixture
def small(plan, monkeypatch):
    """A plan of one shard and two passes, with a teacher that weighs the bands, without a guard."""
    rng = np.random.default_rng(1)
    to_tags, to_embedding = (rng.normal(0, 0.02, (96, count)) for count in (50, 200))

    def label(_, patches, **__):
        bands = patches.mean(axis=1)
        return (bands @ to_tags).astype(np.float32), (bands @ to_embedding).astype(np.float32)

    monkeypatch.setattr(build.teacher, "build", lambda _: None)
    monkeypatch.setattr(build.teacher, "label", label)
    monkeypatch.setattr(build.guard, "fit", lambda _: None)
    monkeypatch.setattr(robustness, "VARIANTS", robustness.VARIANTS[:2])
    monkeypatch.setattr(teacher, "SHARD", 64)
    return replace(plan, patches=64, epochs=2)


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
    assert "labelled 64 of 64" in capsys.readouterr().err
    build.prepare(small)
    assert "labelled" not in capsys.readouterr().err

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
        first.setattr(robustness, "agreement", stopped)
        with pytest.raises(KeyboardInterrupt):
            build.finish(small)
    assert not os.path.exists(small.folder)
    build.finish(small)
    card = export.read_card(small.folder)
    assert card["settings"] == {**card["settings"], "patches": 64, "epochs": 2, "seed": 7}
    assert card["parity"] < 1e-4
    assert card["learned_from"] == small.data.names("train")
    assert card["measured"]["tracks"] == 1
    assert card["measured"]["by_picture"]["without_sound"]["tracks"] == 1
    assert len(card["measured"]["robustness"]) == 2
    assert sorted(os.listdir(small.folder)) == ["card.json", "model.keras", "model.tflite"]
    assert GenreModel.load(small.folder).card.accuracy == card["accuracy"]

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
