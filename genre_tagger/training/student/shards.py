"""Patches that the teachers have labelled, kept as shards in a work folder so that labelling can be resumed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.training.data.report import say
from genre_tagger.training.student import augment, mn04, network
from genre_tagger.training.student.hearing import SPEC, TAGGED, Heard
from genre_tagger.training.student.network import Labelled
from genre_tagger.training.student.teacher import TAGS

Array = NDArray[np.float32]
SHARD = 512
# Share of the patches that are as they are, with musicnn's tags; the others are varied, and mn04 alone is asked.
_PLAIN = 0.4


def write_shards(folder: str, patches: int, heard: list[Heard], weights: str, *, seed: int) -> None:
    """Draw patches, let mn04 label them, store them; shards that exist are kept.

    Parameters
    ----------
    folder : str
        Where the shards go.
    patches : int
        How many patches in all, rounded up to whole shards.
    heard : list of Heard
        What they are drawn from; every recording is as likely as any other.
    weights : str
        mn04's weights.
    seed : int
        Shard `i` depends on `seed` and `i` alone.
    """
    os.makedirs(folder, exist_ok=True)
    count = -(-patches // SHARD)
    missing = [number for number in range(count) if not os.path.exists(_path(folder, number))]
    ask = asking(weights) if missing else None
    for number in missing:
        rng = np.random.default_rng([seed, number])
        drawn, tags = zip(*(draw(heard, rng) for _ in range(SHARD)), strict=True)
        said = ask(np.stack(drawn))  # type: ignore[misc]
        arrays = {name: value.astype(np.float16) for name, value in (said | {"tags": np.stack(tags)}).items()}
        with replacing(_path(folder, number)) as file:
            np.savez(file, **arrays)
        if (number + 1) % 10 == 0:
            say(f"labelled {(number + 1) * SHARD} of {count * SHARD} patches")


def read_shards(folder: str, patches: int) -> Labelled:
    """Read the first shards, enough for `patches` patches; all of them in memory (12 kB a patch)."""
    parts = []
    for number in range(-(-patches // SHARD)):
        with np.load(_path(folder, number), allow_pickle=False) as shard:
            answers = (shard[name].astype(np.float32) for name in ("classes", "pooled", "tags"))
            parts.append((shard["lower"], *answers))
    return Labelled(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def draw(heard: list[Heard], rng: np.random.Generator) -> tuple[Array, Array]:
    """One patch to learn from [shape=(frames, bands)], and musicnn's tags of it, NaN where it was varied."""
    recording = heard[int(rng.integers(len(heard)))]
    if rng.random() < _PLAIN:
        number = int(rng.integers(len(recording.tags)))
        start = number * TAGGED * SPEC.patch_hop
        return recording.spectrum[start : start + SPEC.patch_frames].astype(np.float32), recording.tags[number]
    return varied(heard, recording, rng), np.full(len(TAGS), np.nan, dtype=np.float32)


def varied(heard: list[Heard], recording: Heard, rng: np.random.Generator) -> Array:
    """A stretch of a recording at another speed, pitch, tone and bandwidth; a third of them with another recording."""

    def stretch(one: Heard) -> Array:
        rate = float(np.exp(rng.uniform(-0.2, 0.2)))
        power = augment.crop(_to_power(one.spectrum), SPEC.patch_frames, rng, rate=rate)
        return augment.equalise(augment.shift_bands(power, rng.uniform(-4, 4)), rng)

    power = stretch(recording)
    if rng.random() < 0.33:
        power = augment.mixture(power, stretch(heard[int(rng.integers(len(heard)))]), rng)
    return _to_log(augment.colour(power, rng))


def _to_power(spectrum: NDArray[np.float16]) -> Array:
    return np.asarray(np.exp(spectrum.astype(np.float32) * 5 - 4.5))


def _to_log(power: Array) -> Array:
    return np.asarray((np.log(np.maximum(power, 1e-5)) + 4.5) / 5, dtype=np.float32)


def asking(weights: str) -> Any:
    """Both halves of mn04 on LiteRT, which is three times as fast here as Keras.

    Returns
    -------
    callable
        Patches [shape=(n, frames, bands)] → dict of ``lower`` (the lower half's maps of the levelled patches),
        ``classes`` and ``pooled`` (mn04's answers on the patches as they are).
    """
    import keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    patch = keras.Input((SPEC.patch_frames, SPEC.n_mels), batch_size=1, name="patches")
    published = mn04.build(weights, SPEC.patch_frames, SPEC.n_mels)
    below = keras.Model(patch, mn04.lower(network.level(patch)))
    mn04.read_weights(below, weights)
    both = keras.Model(patch, {"lower": below(patch), **published(patch)})
    runner = Interpreter(model_content=tf.lite.TFLiteConverter.from_keras_model(both).convert(), num_threads=1)
    run = runner.get_signature_runner()

    def ask(patches: Array) -> dict[str, Array]:
        said = [run(patches=patches[number : number + 1]) for number in range(len(patches))]
        return {name: np.concatenate([one[name] for one in said]) for name in said[0]}

    return ask


def _path(folder: str, number: int) -> str:
    return os.path.join(folder, f"{number:04d}.npz")
