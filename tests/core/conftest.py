"""Files of every codec, and what stands for a teacher's weights, made on the spot."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

import numpy as np
import pytest


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


@pytest.fixture
def encoded(tmp_path):
    """A function: samples, codec and file name (and options of container and codec) → path of what FFmpeg wrote."""
    import av

    def write(y: np.ndarray, sr: int, codec: str, name: str, container_options=None, **options: str) -> str:
        path = str(tmp_path / name)
        planes = np.atleast_2d(y)
        layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[len(planes)]
        with av.open(path, "w", options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=sr, layout=layout, options=options)
            if not options:
                stream.bit_rate = 128_000
            resampler = av.AudioResampler(format=stream.codec_context.codec.audio_formats[0].name, layout=layout)
            frame = av.AudioFrame.from_ndarray(planes.T.reshape(1, -1).copy(), format="flt", layout=layout)
            frame.sample_rate = sr
            for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
                container.mux(stream.encode(ready))
        return path

    return write


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
