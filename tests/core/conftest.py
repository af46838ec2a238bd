"""The model that ships, what stands for a teacher's weights, and a folder of somebody who may not do everything."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

import numpy as np
import pytest

from genre_tagger.model.network import GenreModel, default_model_folder


@pytest.fixture(scope="module")
def model() -> GenreModel:
    return GenreModel.load(default_model_folder())


@pytest.fixture
def as_somebody():
    """A context: a folder in which an ordinary user, as whom this runs, owns everything."""

    @contextlib.contextmanager
    def somebody() -> Iterator[str]:
        root = os.geteuid() == 0
        with tempfile.TemporaryDirectory(prefix="gt-") as folder:
            os.chmod(folder, 0o755)
            if root:
                os.chown(folder, 65534, 65534)
                os.seteuid(65534)
            try:
                yield folder
            finally:
                if root:
                    os.seteuid(0)

    return somebody


@pytest.fixture(scope="session")
def published_weights(tmp_path_factory):
    """What stands for mn04's weights: the shapes and names of the published file, filled with noise."""
    import keras

    from genre_tagger.training.student import mn04

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
