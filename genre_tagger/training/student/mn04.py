"""mn04, the second teacher, whose shape and first weights the student has: MobileNetV3 taught on AudioSet.

References
----------
F. Schmid, K. Koutini and G. Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge
distillation", ICASSP 2023 (EfficientAT; MIT licence). The weights are read where they lie, in half precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES = 527
POOLED = 384
_EPSILON = 1e-3
_FIRST_UPPER = 11
#: Families of AudioSet's classes, in the order of the guard's own names.
FAMILIES: dict[str, Sequence[int]] = {
    "speech": (*range(8), 15), "voices": (*range(8, 15), *range(16, 27), *range(38, 62)), "singing": range(27, 38),
    "crowd": range(62, 72), "animals": range(72, 137), "music": (137,), "instruments": range(138, 216),
    "genres": range(216, 283), "weather": range(283, 300), "engines": range(300, 354), "alarms": range(388, 402),
    "things": (*range(354, 388), *range(402, 500)), "silence": (500,), "tones": range(501, 506),
    "rooms": range(506, 513), "noise": range(513, 524), "broadcasts": range(524, 527),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Block:
    """An inverted residual: widen by 1x1, depthwise, squeeze and excite, narrow by 1x1."""

    kernel: int
    wide: int
    out: int
    squeezed: int = 0
    hard_swish: bool = False
    stride: int = 1


_BLOCKS = (
    _Block(3, 8, 8), _Block(3, 24, 16, stride=2), _Block(3, 32, 16), _Block(5, 32, 16, 8, stride=2),
    _Block(5, 48, 16, 16), _Block(5, 48, 16, 16), _Block(3, 96, 32, 0, True, 2), _Block(3, 80, 32, 0, True),
    _Block(3, 72, 32, 0, True), _Block(3, 72, 32, 0, True), _Block(3, 192, 48, 48, True),
    _Block(3, 272, 48, 72, True), _Block(5, 272, 64, 72, True, 2), _Block(5, 384, 64, 96, True),
    _Block(5, 384, 64, 96, True),
)  # fmt: skip


def lower(patch: Any) -> Any:
    """The first ten blocks: log-mel patches [shape=(n, frames, bands)] → maps [shape=(n, bands/16, frames/16, 32)]."""
    from keras import ops

    x = ops.expand_dims(ops.transpose(patch, (0, 2, 1)), -1)
    x = _hard_swish(_convolve(x, 8, 3, "features.0", stride=2))
    for number, block in enumerate(_BLOCKS[: _FIRST_UPPER - 1], 1):
        x = _block(x, number, block)
    return x


def upper(x: Any) -> tuple[Any, Any, Any]:
    """The rest of it.

    Parameters
    ----------
    x : tensor
        From :func:`lower`.

    Returns
    -------
    pooled : tensor [shape=(n, 384)]
        Means over time and frequency.
    hidden : tensor [shape=(n, 512)]
    classes : tensor [shape=(n, 527)]
        Logits of AudioSet's classes.
    """
    from keras import layers, ops

    for number, block in enumerate(_BLOCKS[_FIRST_UPPER - 1 :], _FIRST_UPPER):
        x = _block(x, number, block)
    x = _hard_swish(_convolve(x, POOLED, 1, f"features.{len(_BLOCKS) + 1}"))
    pooled = ops.mean(x, axis=(1, 2))
    hidden = _hard_swish(layers.Dense(512, name="classifier.2")(pooled))
    return pooled, hidden, layers.Dense(CLASSES, name="classifier.5")(hidden)


def build(weights: str, frames: int, bands: int) -> Any:
    """Build mn04 as it was published.

    Parameters
    ----------
    weights : str
        Path of ``mn04_weights_f16.npz``.
    frames, bands : int
        Shape of a patch.

    Returns
    -------
    keras.Model
        Log-mel patches [shape=(n, frames, bands)] → dict of ``pooled`` and ``classes``, see :func:`upper`.
    """
    import keras

    patch = keras.Input((frames, bands), name="patches")
    pooled, _, classes = upper(lower(patch))
    model = keras.Model(patch, {"pooled": pooled, "classes": classes}, name="mn04")
    read_weights(model, weights)
    return model


def read_weights(model: Any, path: str) -> None:
    """Fill those layers of a model that have mn04's names; the others stay as they are."""
    with np.load(path, allow_pickle=False) as stored:
        for layer in model.layers:
            name = layer.name
            if f"{name}.running_mean" in stored:
                parts = ("weight", "bias", "running_mean", "running_var")
                layer.set_weights([stored[f"{name}.{part}"].astype(np.float32) for part in parts])
            elif f"{name}.bias" in stored:
                layer.set_weights([stored[f"{name}.{part}"].astype(np.float32).T for part in ("weight", "bias")])
            elif f"{name}.weight" in stored:
                kernel = stored[f"{name}.weight"].astype(np.float32)
                depthwise = type(layer).__name__ == "DepthwiseConv2D"
                layer.set_weights([kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))])


def _block(x: Any, number: int, block: _Block) -> Any:
    from keras import layers, ops

    act: Callable[[Any], Any] = _hard_swish if block.hard_swish else ops.relu
    y, place = x, 0

    def name() -> str:
        return f"features.{number}.block.{place}"

    if block.wide != x.shape[-1]:
        y = act(_convolve(y, block.wide, 1, name()))
        place += 1
    y = act(_depthwise(y, block, name()))
    place += 1
    if block.squeezed:
        inner = f"{name()}.conc_se_layers.0"
        gate = layers.Dense(block.squeezed, activation="relu", name=f"{inner}.fc1")(ops.mean(y, axis=(1, 2)))
        gate = layers.Dense(block.wide, activation="sigmoid", name=f"{inner}.fc2")(gate)
        y = y * ops.reshape(gate, (-1, 1, 1, block.wide))
        place += 1
    y = _convolve(y, block.out, 1, name())
    return x + y if block.stride == 1 and block.out == x.shape[-1] else y


def _convolve(x: Any, count: int, kernel: int, name: str, *, stride: int = 1) -> Any:
    from keras import layers

    x, padding = _padded(x, kernel, stride)
    x = layers.Conv2D(count, kernel, strides=stride, padding=padding, use_bias=False, name=f"{name}.0")(x)
    return layers.BatchNormalization(epsilon=_EPSILON, name=f"{name}.1")(x)


def _depthwise(x: Any, block: _Block, name: str) -> Any:
    from keras import layers

    x, padding = _padded(x, block.kernel, block.stride)
    x = layers.DepthwiseConv2D(block.kernel, strides=block.stride, padding=padding, use_bias=False, name=f"{name}.0")(x)
    return layers.BatchNormalization(epsilon=_EPSILON, name=f"{name}.1")(x)


def _padded(x: Any, kernel: int, stride: int) -> tuple[Any, str]:
    """Padding as PyTorch has it, the same on both sides; where nothing is skipped, TensorFlow's is no other."""
    from keras import layers

    return (layers.ZeroPadding2D((kernel - 1) // 2)(x), "valid") if stride > 1 else (x, "same")


def _hard_swish(x: Any) -> Any:
    from keras import ops

    return x * ops.relu6(x + 3.0) / 6.0


def said(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Logarithm of one in a hundred and the probability [shape=(..., classes)]: what is fainter is noise."""
    return np.asarray(np.log(np.exp(-np.logaddexp(0, -logits.astype(np.float64))) + 0.01))


def likeliest(classes: Any, groups: Iterable[Sequence[int]]) -> Any:
    """The likeliest class of each of some groups: logits [shape=(n, 527)] → [shape=(n, groups)]."""
    from keras import ops

    return ops.stack([ops.max(ops.take(classes, list(group), axis=1), axis=1) for group in groups], axis=1)
