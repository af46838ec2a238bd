"""The architectures of the known recipes, untrained; each takes the shape of its input and the number of labels.

All end in a softmax over the labels. What the published recipes leave open is chosen here and said in the docstring.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Shape = tuple[int, ...]
_IMAGENET_HOST = "https://storage.googleapis.com/keras-applications/"


def features_mlp(shape: Shape, labels: int) -> Any:
    """Dense 512-256-64-32 with ReLU, each with L2 1e-4 and dropout 0.3 behind it."""
    return _mlp(shape, labels, (512, 256, 64, 32), dropout=0.3, penalty=1e-4)


def mfcc_mlp(shape: Shape, labels: int) -> Any:
    """All coefficients of a segment side by side → Dense 512-256-64 with ReLU."""
    return _mlp(shape, labels, (512, 256, 64))


def mfcc_mlp_regularised(shape: Shape, labels: int) -> Any:
    """:func:`mfcc_mlp` with L2 1e-4 and dropout 0.3 behind each hidden layer."""
    return _mlp(shape, labels, (512, 256, 64), dropout=0.3, penalty=1e-4)


def _mlp(shape: Shape, labels: int, widths: Sequence[int], *, dropout: float = 0.0, penalty: float = 0.0) -> Any:
    import keras
    from keras import layers

    regulariser = keras.regularizers.L2(penalty) if penalty else None
    stack = [layers.Flatten()]
    for width in widths:
        stack.append(layers.Dense(width, activation="relu", kernel_regularizer=regulariser))
        stack += [layers.Dropout(dropout)] if dropout else []
    return _model(shape, labels, stack)


def mfcc_cnn(shape: Shape, labels: int) -> Any:
    """Conv 32 3×3, pool 3×3 by 2, batch norm, twice; Conv 32 2×2, pool 2×2 by 2, batch norm; Dense 64, dropout 0.3."""
    from keras import layers

    stack: list[Any] = [layers.Reshape((*shape, 1))]
    for kernel in (3, 3, 2):
        stack.append(layers.Conv2D(32, kernel, activation="relu"))
        stack.append(layers.MaxPooling2D(kernel, strides=2, padding="same"))
        stack.append(layers.BatchNormalization())
    return _model(shape, labels, [*stack, layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dropout(0.3)])


def mfcc_lstm(shape: Shape, labels: int) -> Any:
    """LSTM 64 that gives its whole sequence, LSTM 64 that gives its last state, Dense 64 with ReLU, dropout 0.3."""
    from keras import layers

    stack = [layers.LSTM(64, return_sequences=True), layers.LSTM(64)]
    return _model(shape, labels, [*stack, layers.Dense(64, activation="relu"), layers.Dropout(0.3)])


def mel_cnn(shape: Shape, labels: int) -> Any:
    """Pictures 0…255 → Conv 16-32-64 3×3 with ReLU, each with a 2×2 pool; dropout 0.2; Dense 128 with ReLU."""
    from keras import layers

    stack: list[Any] = [layers.Rescaling(1 / 255)]
    for width in (16, 32, 64):
        stack += [layers.Conv2D(width, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)]
    return _model(shape, labels, [*stack, layers.Dropout(0.2), layers.Flatten(), layers.Dense(128, activation="relu")])


def mel_efficientnet(shape: Shape, labels: int, *, imagenet: bool = False) -> Any:
    """EfficientNetB0 → mean over the picture → dropout 0.2 → softmax.

    With `imagenet` its weights are those that Keras fetches. From scratch the running means of the batch
    norms follow faster (momentum 0.9 for 0.99): a few hundred pictures make too few steps for 0.99.
    """
    import keras
    from keras import layers

    weights = "imagenet" if imagenet else None
    base = keras.applications.EfficientNetB0(include_top=False, weights=weights, input_shape=shape)
    for layer in base.layers:
        if not imagenet and isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9
    x = layers.GlobalAveragePooling2D()(base.output)
    answer = layers.Dense(labels, activation="softmax", name="genres")(layers.Dropout(0.2)(x))
    return keras.Model(base.input, answer)


def stft_cnn(shape: Shape, labels: int) -> Any:
    """Conv 16-32-64-128 4×4 with ReLU, each with a pool and dropout 0.25; Dense 64, dropout 0.5.

    The first pool halves time and quarters frequency, the others are 2×2: 2.2 million numbers for 256 bins,
    500 frames and twenty labels, as published.
    """
    from keras import layers

    stack: list[Any] = []
    for width, pool in ((16, (4, 2)), (32, (2, 2)), (64, (2, 2)), (128, (2, 2))):
        stack.append(layers.Conv2D(width, 4, padding="same", activation="relu"))
        stack += [layers.MaxPooling2D(pool), layers.Dropout(0.25)]
    return _model(shape, labels, [*stack, layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dropout(0.5)])


def _model(shape: Shape, labels: int, stack: Sequence[Any]) -> Any:
    import keras
    from keras import layers

    return keras.Sequential([keras.Input(shape), *stack, layers.Dense(labels, activation="softmax", name="genres")])


def scaled(network: Any, shift: Any, scale: Any) -> Any:
    """Put a scaler in front of a network, so that it can never be lost or fitted again.

    Parameters
    ----------
    network : keras.Model
        From :func:`_model`; takes scaled values.
    shift, scale : ndarray [shape=(values,)]
        What is subtracted from each value, then what it is divided by.

    Returns
    -------
    keras.Model
        Takes the values as they are.
    """
    import keras
    from keras import layers

    scaler = layers.Normalization(mean=shift, variance=scale**2, name="scaler")
    return keras.Sequential([keras.Input(network.input_shape[1:]), scaler, *network.layers])


def imagenet_is_within_reach(seconds: float = 5.0) -> bool:
    """Whether the weights that Keras fetches for EfficientNetB0 can be had from here: one request, no download."""
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(_IMAGENET_HOST + "efficientnetb0_notop.h5", method="HEAD"), timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False
