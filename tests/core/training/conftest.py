"""Keras, imported quietly, and what stands for the second teacher: four of its blocks, filled with noise."""

from __future__ import annotations

import logging
import os
import warnings

import numpy as np
import pytest


@pytest.fixture(scope="session")
def keras():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        imported = pytest.importorskip("keras")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of many small networks, which are meant here
    return imported


@pytest.fixture(scope="module")
def step_by_step(keras):
    """Recipes are trained without being compiled first, which takes longer than the few steps that tests make."""
    from genre_tagger.training.recipes import trainer

    compiled, resume = trainer.compiled, trainer.Run.resume

    def eager(network):
        if network is not None:
            network.run_eagerly = True
        return network

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "compiled", lambda *arguments: eager(compiled(*arguments)))
        patch.setattr(trainer.Run, "resume", lambda run: eager(resume(run)))
        yield


@pytest.fixture(scope="module")
def mn04(keras):
    """The second teacher with a block of every kind only: what is done with it is the same, and takes a fifth."""
    from genre_tagger.training.student import mn04

    lower = (mn04._Block(3, 24, 16, stride=2), mn04._Block(5, 32, 16, 8, stride=2), mn04._Block(3, 48, 32, 0, True, 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mn04, "_BLOCKS", (*lower, mn04._Block(3, 72, 32, 24, True)))
        patch.setattr(mn04, "_FIRST_UPPER", 1 + len(lower))
        yield mn04


@pytest.fixture(scope="module")
def published_weights(tmp_path_factory, keras, mn04):
    """What stands for mn04's weights: the names of the published file, filled with noise."""
    patch = keras.Input((300, 128))
    pooled, _, classes = mn04.upper(mn04.lower(patch))
    model, rng, arrays = keras.Model(patch, [pooled, classes]), np.random.default_rng(5), {}
    for layer in model.layers:
        shapes = [weight.shape for weight in layer.weights]
        if len(shapes) == 4:
            for part, low in (("weight", 0.8), ("bias", -0.1), ("running_mean", -0.1), ("running_var", 0.8)):
                arrays[f"{layer.name}.{part}"] = rng.uniform(low, low + 0.2, shapes[0])
        elif shapes:
            scale = (2 / np.prod(shapes[0][:-1])) ** 0.5
            axes = (1, 0) if len(shapes[0]) == 2 else (3, 2, 0, 1)
            if type(layer).__name__ == "DepthwiseConv2D":
                axes, scale = (2, 3, 0, 1), (2 / np.prod(shapes[0][:2])) ** 0.5
            arrays[f"{layer.name}.weight"] = rng.normal(0, scale, shapes[0]).transpose(axes)
            if len(shapes) == 2:
                arrays[f"{layer.name}.bias"] = rng.normal(0, 0.1, shapes[1])
    path = tmp_path_factory.mktemp("weights") / "mn04.npz"
    np.savez(path, **{name: value.astype(np.float32) for name, value in arrays.items()})
    return str(path)
