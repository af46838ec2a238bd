"""The network that ships: mn04's shape, begun from its weights, its upper half taught by two teachers.

It hears every patch at one level, so that a quieter copy gets the same answer; mn04 hears the level as it is. The lower
half stays as it was: what it finds is small and common to all sound.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.report import say
from genre_tagger.training.student import mn04, teacher
from genre_tagger.training.student.heads import Head
from genre_tagger.training.student.hearing import SPEC

Array = NDArray[np.float32]
#: Patches [shape=(n, frames, bands)] → what a network says about each, by the name of the output.
Ask = Callable[[Array], dict[str, Array]]
FLOOR = 0.01
#: Mean mel power that every patch is brought to: the median of the patches of 927 clips; by 30 dB at most, because
#: above that the two forms of the network round differently in the fourth place.
LEVEL, _MOST_GAIN = 1.6, 1e3
_FAINTEST = 1e-5
_SILENT = (math.log(_FAINTEST) + 4.5) / 5
LOWER, UPPER = "lower", "upper"
# How much each teacher's answers count.
_WEIGHTS = {"classes": 1.0, "pooled": 1.0, "tags": 0.5}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Patches, as the frozen half hears them, with the teachers' answers.

    Attributes
    ----------
    lower : ndarray [shape=(n, 8, 19, 32), dtype=float16]
        What the lower half makes of the patches.
    classes, pooled : ndarray [shape=(n, 527)], [shape=(n, 384)]
        mn04's logits, and the numbers below them.
    tags : ndarray [shape=(n, 50)]
        musicnn's logits; NaN where it was not asked.
    """

    lower: NDArray[np.float16]
    classes: Array
    pooled: Array
    tags: Array


def level(patch: Any) -> Any:
    """Bring patches [shape=(n, frames, bands)] to one level, inside a network.

    The power is raised before the floor is added: were the floor raised with it, empty bands would tell the level.
    """
    from keras import ops

    # exp(5 p − 4.5) less the floor, as exp(x) − 1 = tanh(x/2) · (exp(x) + 1): near the floor the difference of two
    # numbers that are nearly the same would be rounding, raised by the gain.
    above = ops.maximum(patch - _SILENT, 0.0) * 5.0
    power = ops.tanh(above / 2.0) * (ops.exp(above) + 1.0) * _FAINTEST
    usual = ops.mean(power, axis=(1, 2), keepdims=True)
    gain = LEVEL / ops.maximum(usual, LEVEL / _MOST_GAIN)
    return (ops.log(power * gain + _FAINTEST) + 4.5) / 5.0


def squash(logits: Any) -> Any:
    """Logarithm of the probability and one in a hundred: what is fainter is noise."""
    from keras import ops

    return ops.log(ops.sigmoid(logits) + FLOOR)


def build(weights: str) -> Any:
    """Build the network with mn04's weights, still without heads.

    Parameters
    ----------
    weights : str
        mn04's weights.

    Returns
    -------
    keras.Model
        Log-mel patches [shape=(n, 300, 128)] → dict of ``tags`` [shape=(n, 50)] and ``classes`` [shape=(n, 527)]
        (logits) and ``embedding`` [shape=(n, 384)].
    """
    import keras

    patch = keras.Input((SPEC.patch_frames, SPEC.n_mels), name="patches")
    below = keras.Model(patch, mn04.lower(level(patch)), name=LOWER)
    above = _upper_half(below.output.shape[1:])
    for half in (below, above):
        mn04.read_weights(half, weights)
    below.trainable = False
    said = above(below(patch))
    outputs = {"tags": said["tags"], "classes": said["classes"], "embedding": said["pooled"]}
    return keras.Model(patch, outputs, name="student")


def with_heads(trained: Any, **fitted: Head) -> Any:
    """The network that ships: what was trained, and heads on it.

    Parameters
    ----------
    trained : keras.Model
        From :func:`build`.
    **fitted : Head
        ``genres`` and ``moods``, for the embedding, :func:`squash` of the tags and of the likeliest of AudioSet's
        classes that are called like a genre, or as many of these as they have weights for. They are linear, so the
        mean of their logits over patches is what they make of the means that they were learned from.

    Returns
    -------
    keras.Model
        The same patches → what `trained` gives, but in place of ``classes`` ``sounds``, what the guard wants to know of
        them, and its styles at the end of ``tags``; and a logit of every label of every head.
    """
    import keras
    from keras import layers, ops

    said = dict(trained.output)
    classes = said.pop("classes")
    said["sounds"] = squash(mn04.likeliest(classes, mn04.FAMILIES.values()))
    own = squash(mn04.likeliest(classes, [taxonomy.TAXONOMY[label].audioset for label in taxonomy.NAMED]))
    known = ops.concatenate([said["embedding"], squash(said["tags"]), own], axis=-1)
    styles = ops.take(classes, [style.audioset for style in taxonomy.STYLES], axis=1)
    said["tags"] = ops.concatenate([said["tags"], styles], axis=-1)
    for name, head in fitted.items():
        layer = layers.Dense(len(head.bias), name=name)
        said[name] = layer(known[:, : len(head.weights)])
        layer.set_weights([head.weights.astype(np.float32), head.bias.astype(np.float32)])
    return keras.Model(trained.input, said, name="student")


def _upper_half(shape: tuple[int, ...]) -> Any:
    """What of the network learns: maps of the lower half [shape=(n, *shape)] → ``pooled``, ``classes`` and ``tags``."""
    import keras
    from keras import layers

    maps = keras.Input(shape, name="maps")
    pooled, hidden, classes = mn04.upper(maps)
    tags = layers.Dense(256, activation="relu", name="tagging")(layers.Dropout(0.2)(hidden))
    tags = layers.Dense(len(teacher.TAGS), name="tags")(tags)
    return keras.Model(maps, {"pooled": pooled, "classes": classes, "tags": tags}, name=UPPER)


def train(
    model: Any, labelled: Labelled, *, epochs: int, seed: int, kept: str, rate: float = 6e-4, batch: int = 64
) -> None:
    """Teach the upper half both teachers' answers; the heads stay as they are.

    Parameters
    ----------
    model : keras.Model
        From :func:`build`; changed in place.
    labelled : Labelled
        What the teachers said.
    epochs : int
        Passes over the patches.
    seed : int
        Of the shuffling.
    kept : str
        Beginning of the path of a file with the state after the last whole pass (:func:`passes`); a stopped run goes on
        from there, and is the same run.
    rate : float
        The highest learning rate; it falls to nothing along a cosine.
    batch : int
        Patches a step.
    """
    import keras

    upper = model.get_layer(UPPER)
    learner = keras.Model(upper.input, dict(upper.output))  # a loss of ours stays out of what is stored of the network
    steps = epochs * (len(labelled.tags) // batch)
    schedule = keras.optimizers.schedules.CosineDecay(rate / 20, steps, warmup_target=rate, warmup_steps=steps // 20)
    learner.get_layer("tags").bias.assign(np.nanmean(labelled.tags, axis=0))
    losses = {
        "classes": answers_error(labelled.classes), "pooled": scaled_error(labelled.pooled),
        "tags": answers_error(labelled.tags),
    }  # fmt: skip
    learner.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-3), loss=losses, loss_weights=_WEIGHTS)
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
    arrays = {f"{number:03d}": np.asarray(value) for number, value in enumerate(_state(learner))}
    np.savez(f"{kept}.partial.npz", **arrays, random=np.array([version, *numbers]))  # type: ignore[arg-type]
    os.replace(f"{kept}.partial.npz", passes(kept, done))
    with contextlib.suppress(FileNotFoundError):
        os.remove(passes(kept, done - 1))


def _resume(learner: Any, kept: str, epochs: int) -> int:
    """Load what a stopped run left, and say how many passes it had done."""
    for done in range(epochs, 0, -1):
        if os.path.exists(passes(kept, done)):
            with np.load(passes(kept, done), allow_pickle=False) as stored:
                for number, value in enumerate(_state(learner)):
                    value.assign(stored[f"{number:03d}"])
                version, *numbers = stored["random"].tolist()
            random.setstate((version, tuple(numbers), None))
            say(f"going on after epoch {done}")
            return done
    return 0


def answers_error(target: Array) -> Callable[[Any, Any], Any]:
    """Error of logits [shape=(n, columns)], mostly of what :func:`squash` leaves of them."""
    from genre_tagger.training.student.mn04 import said

    plain, squashed = scaled_error(target), scaled_error(said(target).astype(np.float32))

    def loss(truth: Any, answer: Any) -> Any:
        return 0.3 * plain(truth, answer) + 0.7 * squashed(squash(truth), squash(answer))

    return loss


def scaled_error(target: Array) -> Callable[[Any, Any], Any]:
    """Squared error in units of each column's spread: every column counts alike, unknown (NaN) ones not at all.

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

    scale = (1 / (np.nanstd(target, axis=0) + 0.02)).astype(np.float32)

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

        def __getitem__(self, number: int) -> tuple[Any, dict[str, Array]]:
            rows = self.order[number * batch : (number + 1) * batch]
            answers = {"classes": labelled.classes[rows], "tags": labelled.tags[rows], "pooled": labelled.pooled[rows]}
            return labelled.lower[rows].astype(np.float32), answers

        def on_epoch_end(self) -> None:
            self.order = self.rng.permutation(len(labelled.tags))

    return Batches()


def answering(model: Any) -> Ask:
    """A network to be asked about many sounds: its graph is made once."""
    import tensorflow as tf

    (patches,) = model.inputs
    run = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec(patches.shape, tf.float32)])
    return lambda patches: {name: value.numpy() for name, value in run(patches).items()}
