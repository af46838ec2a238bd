"""What stands for the second teacher's weights."""

from __future__ import annotations

import numpy as np
import pytest


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
