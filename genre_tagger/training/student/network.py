"""The network that ships, which imitates the teacher: shapes in time and frequency, then residual convolutions in time.

What a shape means hardly depends on how high it lies, as little as it does for the teacher. So the largest and the
mean value over the frequencies are passed on, not where they were: on tracks it has not learned from, this explains
77 to 80 % of the variance of the teacher's tag logits, convolutions over time alone 69 to 70 %.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.training.data.report import say
from genre_tagger.training.student import head, teacher
from genre_tagger.training.student.augment import MEAN_POWER
from genre_tagger.training.student.teacher import Labelled

WIDTH = 160
SHAPES = (24, 40, 96)
# Shares of the tags' error: what each tag's probability differs by, and what that makes of the genres by a head for the
# teacher's own tags; the rest is counted in logits.
SQUASHED, HEARD = 0.4, 0.4
_LN_10 = math.log(10)
_MEAN_POWER = 10_000 * MEAN_POWER
OUTPUTS = ("genres", "tags", "embedding")


def build(frames: int, bands: int, labels: int, *, width: int = WIDTH) -> Any:
    """Build the untrained network.

    Parameters
    ----------
    frames, bands : int
        Shape of a patch.
    labels : int
        Number of genres.
    width : int
        Channels of the convolutions.

    Returns
    -------
    keras.Model
        Log-mel patches [shape=(n, frames, bands)] → dict of ``genres`` (logits [shape=(n, labels)]),
        ``tags`` (logits [shape=(n, 50)]) and ``embedding`` [shape=(n, 200)].

    Notes
    -----
    The genres are a linear map of the logarithms of the tag probabilities
    (:func:`genre_tagger.training.student.head.squash`), so the mean of the genre logits over patches is the map of the
    mean of the logarithms: the head can be learned on whole tracks.
    """
    import keras
    from keras import layers

    patch = keras.Input((frames, bands), name="patches")
    x = layers.BatchNormalization(name="input_scale")(_level(patch))
    early = layers.Concatenate()([*_shapes(x), _convolve(x, 64, 5, strides=4)])
    x = _convolve(early, width, 1)
    for _ in range(2):
        x = _residual(x, width)
    pooled = [pool()(y) for y in (early, x) for pool in (layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D)]
    x = layers.BatchNormalization()(layers.Concatenate()(pooled))
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(256, activation="relu")(x)
    embedding = layers.Dense(teacher.EMBEDDING, name="embedding")(x)
    tags = layers.Dense(len(teacher.TAGS), name="tags")(embedding)
    genres = layers.Dense(labels, name="genres", trainable=False)(_squash(tags))
    return keras.Model(patch, {"genres": genres, "tags": tags, "embedding": embedding}, name="student")


def _squash(logits: Any) -> Any:
    """:func:`genre_tagger.training.student.head.squash` inside a network."""
    from keras import ops

    return ops.log(ops.sigmoid(logits) + head.FLOOR)


def _level(patch: Any) -> Any:
    """Do as :func:`~genre_tagger.training.student.augment.even_out` inside the network: a quieter copy, same answer."""
    from keras import ops

    power = ops.exp(patch * _LN_10) - 1.0  # 10000·S
    mean = ops.mean(power, axis=(1, 2), keepdims=True)
    return ops.log(power * (_MEAN_POWER / ops.maximum(mean, _MEAN_POWER * 1e-5)) + 1.0) / _LN_10


def _shapes(x: Any) -> list[Any]:
    """Small, middle and large shapes wherever they lie, a quarter as many in time as there are frames."""
    from keras import layers, ops

    def find(x: Any, count: int, kernel: tuple[int, int], strides: tuple[int, int]) -> Any:
        x = layers.Conv2D(count, kernel, strides=strides, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    small = find(ops.expand_dims(x, -1), SHAPES[0], (3, 9), (2, 3))
    middle = find(small, SHAPES[1], (3, 5), (1, 2))
    large = find(middle, SHAPES[2], (3, 5), (2, 2))
    half = [
        layers.MaxPooling1D(2, padding="same")(y)
        for y in (ops.max(small, axis=2), ops.max(middle, axis=2), ops.mean(middle, axis=2))
    ]
    return [*half, ops.max(large, axis=2), ops.mean(large, axis=2)]


def _convolve(x: Any, width: int, kernel: int, *, strides: int = 1) -> Any:
    from keras import layers

    x = layers.Conv1D(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def _residual(x: Any, width: int) -> Any:
    from keras import layers

    y = layers.Conv1D(width, 3, padding="same", use_bias=False)(_convolve(x, width, 3))
    return layers.ReLU()(layers.Add()([x, layers.BatchNormalization()(y)]))


def train(
    model: Any, labelled: Labelled, hearing: NDArray[np.float64], *, epochs: int, seed: int, kept: str, batch: int = 64
) -> None:
    """Teach the network the teacher's tag logits and embedding; the genre head stays as it is.

    Parameters
    ----------
    model : keras.Model
        From :func:`build`; changed in place.
    labelled : Labelled
        What the teacher said.
    hearing : ndarray [shape=(50, labels)]
        Weights of a genre head for the teacher's tags.
    epochs : int
        Passes over the patches.
    seed : int
        Of the shuffling.
    kept : str
        Beginning of the path of a file with the network and its optimizer after the last whole pass (:func:`passes`);
        a stopped run goes on from there, and is the same run.
    batch : int
        Patches a step.
    """
    import keras

    steps = epochs * (len(labelled.tags) // batch)
    rate = keras.optimizers.schedules.CosineDecay(1e-4, steps, warmup_target=2e-3, warmup_steps=steps // 20)
    model.get_layer("tags").bias.assign(labelled.tags.mean(axis=0))
    learner = keras.Model(model.input, [model.output["tags"], model.output["embedding"]])
    learner.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-3),
        loss=[tags_error(labelled.tags, hearing), scaled_error(labelled.embedding)],
        loss_weights=[1.0, 0.3],
    )
    learner.optimizer.build(learner.trainable_variables)
    done = _resume(learner, kept, epochs)
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: _told(learner, kept, epoch, logs))
    learner.fit(_batches(labelled, batch, seed, done), initial_epoch=done, epochs=epochs, verbose=0, callbacks=[watch])


def passes(kept: str, count: int) -> str:
    """The file that :func:`train` leaves after so many passes."""
    return f"{kept}.pass-{count}.npz"


def _told(learner: Any, kept: str, epoch: int, logs: dict[str, float]) -> None:
    say(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in logs.items()))
    _keep(learner, kept, epoch + 1)


def _state(learner: Any) -> list[Any]:
    """All that a learner is made of: weights, optimizer, and where its dropout's random numbers stand."""
    generators = (getattr(layer, "seed_generator", None) for layer in learner._flatten_layers())
    dropout = [generator.state for generator in generators if generator is not None]
    return [*learner.variables, *learner.optimizer.variables, *dropout]


def _keep(learner: Any, kept: str, done: int) -> None:
    """Store the learner after a pass, and where Python's random numbers stand, by which Keras shuffles batches."""
    version, numbers, _ = random.getstate()
    arrays = {f"{number:03d}": np.asarray(one) for number, one in enumerate(_state(learner))}
    with replacing(passes(kept, done)) as file:
        np.savez(file, **arrays, random=np.array([version, *numbers]))  # type: ignore[arg-type]
    with contextlib.suppress(FileNotFoundError):
        os.remove(passes(kept, done - 1))


def _resume(learner: Any, kept: str, epochs: int) -> int:
    """Load what a stopped run left, and say how many passes it had done."""
    for done in range(epochs, 0, -1):
        if os.path.exists(passes(kept, done)):
            with np.load(passes(kept, done), allow_pickle=False) as stored:
                for number, one in enumerate(_state(learner)):
                    one.assign(stored[f"{number:03d}"])
                version, *numbers = stored["random"].tolist()
            random.setstate((version, tuple(numbers), None))
            say(f"going on after epoch {done}")
            return done
    return 0


def tags_error(target: NDArray[np.float32], hearing: NDArray[np.float64]) -> Callable[[Any, Any], Any]:
    """Error of tag logits, mostly of what the genre head makes of them.

    How much less than a hundredth a tag's probability is means nothing to the head; in logits, that would be
    most of what there is to learn. And some of the differences between tags tell genres apart, others do not.

    Parameters
    ----------
    target : ndarray [shape=(n, 50)]
        All logits to be learned; the units of the error are taken from here, as in :func:`scaled_error`.
    hearing : ndarray [shape=(50, labels)]
        Weights of a genre head for the teacher's tags, as :func:`genre_tagger.training.student.head.fit` gives them.

    Returns
    -------
    callable
        (truth, answer) [shape=(batch, 50)] → loss [shape=(batch,)].
    """
    from keras import ops

    # What raises all genres alike changes no answer.
    apart = (hearing - hearing.mean(axis=1, keepdims=True)).astype(np.float32)
    seen = head.squash(target.astype(np.float64)).astype(np.float32)
    plain, squashed, heard = scaled_error(target), scaled_error(seen), scaled_error(seen @ apart)

    def loss(truth: Any, answer: Any) -> Any:
        tags = _squash(truth), _squash(answer)
        genres = [ops.matmul(one, apart) for one in tags]
        rest = 1 - SQUASHED - HEARD
        return rest * plain(truth, answer) + SQUASHED * squashed(*tags) + HEARD * heard(*genres)

    return loss


def scaled_error(target: NDArray[np.float32]) -> Callable[[Any, Any], Any]:
    """Squared error in units of each column's spread: every tag counts alike, unknown (NaN) ones not at all.

    Parameters
    ----------
    target : ndarray [shape=(n, columns)]
        All targets; their spread is taken from here.

    Returns
    -------
    callable
        (truth, answer) [shape=(batch, columns)] → loss [shape=(batch,)].
    """
    from keras import ops

    scale = (1 / (np.nanstd(target, axis=0) + 1e-3)).astype(np.float32)

    def loss(truth: Any, answer: Any) -> Any:
        error = ops.where(ops.isnan(truth), 0.0, (ops.nan_to_num(truth) - answer) * scale)
        return ops.mean(ops.square(error), axis=-1)

    return loss


def _batches(labelled: Labelled, batch: int, seed: int, done: int) -> Any:
    """Shuffled batches, made float32 one at a time: the whole in float32 would not fit small machines."""
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.rng = np.random.default_rng(seed)
            for _ in range(done + 1):
                self.on_epoch_end()

        def __len__(self) -> int:
            return len(labelled.tags) // batch

        def __getitem__(self, number: int) -> tuple[Any, tuple[Any, Any]]:
            rows = self.order[number * batch : (number + 1) * batch]
            patches = labelled.patches[rows].astype(np.float32)
            return patches, (labelled.tags[rows], labelled.embedding[rows])

        def on_epoch_end(self) -> None:
            self.order = self.rng.permutation(len(labelled.tags))

    return Batches()


def answer(model: Any, patches: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """What a network says about a few patches, by the name of the output."""
    return {name: np.asarray(value) for name, value in model(patches, training=False).items()}


def set_head(model: Any, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    """Put a fitted genre head [shape=(50, labels)], [shape=(labels,)] into the network."""
    model.get_layer("genres").set_weights([weights.astype(np.float32), bias.astype(np.float32)])
