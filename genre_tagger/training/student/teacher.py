"""The first teacher: musicnn, rebuilt in Keras from its weights file to label sounds for the student.

References
----------
J. Pons and X. Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging",
ISMIR late-breaking 2019. Weights under the ISC licence; they are read where they lie and never shipped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul",
    "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies",
    "blues", "hard rock", "ambient", "acoustic", "experimental", "female vocalist", "guitar", "Hip-Hop",
    "70s", "party", "country", "easy listening", "sexy", "catchy", "funk", "electro", "heavy metal",
    "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)  # fmt: skip
EMBEDDING = 200
FRAMES = 187
BANDS = 96
_EPSILON = 1e-3


def build(weights: str) -> Any:
    """Rebuild the teacher from its weights file.

    Parameters
    ----------
    weights : str
        Path of ``MSD_musicnn.h5``.

    Returns
    -------
    keras.Model
        Log-mel patches [shape=(n, 187, 96)] → (tag logits [shape=(n, 50)], embedding [shape=(n, 200)]).
    """
    import keras
    from keras import layers, ops

    patch = keras.Input((FRAMES, BANDS))
    x = layers.BatchNormalization(epsilon=_EPSILON, name="batch_normalization")(patch[..., None])
    tall = ops.pad(x, [[0, 0], [3, 3], [0, 0], [0, 0]])
    branches = [_branch(tall, "", (7, 38), 204, "valid"), _branch(tall, "_1", (7, 67), 204, "valid")]
    for suffix, length in (("_2", 128), ("_3", 64), ("_4", 32)):
        branches.append(_branch(x, suffix, (length, 1), 51, "same"))
    front = ops.concatenate(branches, axis=-1)
    first = _midend(front, 1)
    second = first + _midend(first, 2)
    third = second + _midend(second, 3)
    features = ops.concatenate([front, first, second, third], axis=-1)
    pooled = ops.stack([ops.max(features, axis=1), ops.mean(features, axis=1)], axis=-1)
    x = layers.BatchNormalization(epsilon=_EPSILON, name="bn_flatpool")(ops.reshape(pooled, (-1, 1506)))
    x = layers.Dense(EMBEDDING, activation="relu", name="dense")(x)
    embedding = layers.BatchNormalization(epsilon=_EPSILON, name="bn_dense")(x)
    logits = layers.Dense(len(TAGS), name="dense_1")(embedding)
    model = keras.Model(patch, [logits, embedding], name="musicnn")
    _read_weights(model, weights)
    return model


def _branch(x: Any, suffix: str, kernel: tuple[int, int], filters: int, padding: str) -> Any:
    """One branch of the front end: convolve, normalise, keep the loudest place in frequency."""
    from keras import layers, ops

    number = int(suffix[1:] or 0) + 1
    y = layers.Conv2D(filters, kernel, padding=padding, activation="relu", name=f"conv2d{suffix}")(x)
    y = layers.BatchNormalization(epsilon=_EPSILON, name=f"batch_normalization_{number}")(y)
    return ops.max(y, axis=2)


def _midend(x: Any, number: int) -> Any:
    """One convolution over time and all channels of what stands before it."""
    from keras import layers

    y = layers.Conv1D(64, 7, padding="same", activation="relu", name=f"midend_conv{number}")(x)
    return layers.BatchNormalization(epsilon=_EPSILON, name=f"bn_midend_conv{number}")(y)


def _read_weights(model: Any, path: str) -> None:
    """Fill the layers by name; the file's names carry ``_1:0`` or ``:0``."""
    import h5py

    with h5py.File(path, "r") as file:
        for layer in model.layers:
            if not layer.weights:
                continue
            group = file["model_weights"][layer.name][layer.name]
            stored = {name.split(":")[0].removesuffix("_1"): np.asarray(group[name]) for name in group}
            layer.set_weights(
                [stored[weight.name].reshape(weight.shape) for weight in layer.weights],
            )


def label(model: Any, patches: NDArray[np.float32], batch: int = 32) -> tuple[NDArray[np.float32], ...]:
    """Let the teacher label patches.

    Parameters
    ----------
    model : keras.Model
        From :func:`build`.
    patches : ndarray [shape=(n, 187, 96)]
        Log-mel patches.
    batch : int
        Patches at a time.

    Returns
    -------
    tags : ndarray [shape=(n, 50)]
        Logits of the tags.
    embedding : ndarray [shape=(n, 200)]
        The layer before them.
    """
    tags, embedding = model.predict(patches, batch_size=batch, verbose=0)
    return tags, embedding


