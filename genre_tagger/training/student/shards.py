"""Patches the teacher has labelled, kept as shards in a work folder so that labelling can be resumed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.training.data.report import say
from genre_tagger.training.student import teacher
from genre_tagger.training.student.augment import example

SHARD = 512


@dataclass(frozen=True, slots=True)
class Labelled:
    """Patches with the teacher's answers.

    Attributes
    ----------
    patches : ndarray [shape=(n, 187, 96), dtype=float16]
        Log-mel patches.
    tags : ndarray [shape=(n, 50)]
        The teacher's tag logits.
    embedding : ndarray [shape=(n, 200)]
        The teacher's embedding; NaN where it is not known.
    """

    patches: NDArray[np.float16]
    tags: NDArray[np.float32]
    embedding: NDArray[np.float32]


def write_shards(
    folder: str,
    patches: int,
    pieces: Sequence[NDArray[np.float32]],
    weights: NDArray[np.float64],
    model: Any,
    *,
    seed: int,
) -> None:
    """Draw patches, let the teacher label them, store them; shards that exist are kept.

    Parameters
    ----------
    folder : str
        Where the shards go.
    patches : int
        How many patches in all, rounded up to whole shards.
    pieces, weights
        As for :func:`genre_tagger.training.student.augment.example`.
    model : keras.Model
        The teacher.
    seed : int
        Shard `i` depends on `seed` and `i` alone.
    """
    os.makedirs(folder, exist_ok=True)
    count = -(-patches // SHARD)
    for number in range(count):
        path = _shard_path(folder, number)
        if os.path.exists(path):
            continue
        rng = np.random.default_rng([seed, number])
        drawn = np.stack([example(pieces, weights, teacher.FRAMES, rng) for _ in range(SHARD)])
        drawn = drawn.astype(np.float16).astype(np.float32)  # the teacher hears exactly what is stored
        tags, embedding = teacher.label(model, drawn)
        with replacing(path) as file:
            np.savez(file, patches=drawn.astype(np.float16), tags=tags, embedding=embedding.astype(np.float16))
        say(f"labelled {(number + 1) * SHARD} of {count * SHARD} patches")


def read_shards(folder: str, patches: int) -> Labelled:
    """Read the first shards, enough for `patches` patches.

    Parameters
    ----------
    folder : str
        Where :func:`write_shards` put them.
    patches : int
        How many patches, rounded up to whole shards.

    Returns
    -------
    Labelled
        All of them in memory (36 kB a patch).
    """
    parts = []
    for number in range(-(-patches // SHARD)):
        with np.load(_shard_path(folder, number), allow_pickle=False) as shard:
            parts.append((shard["patches"], shard["tags"], shard["embedding"].astype(np.float32)))
    return Labelled(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def joined(*parts: Labelled) -> Labelled:
    """Several sets of labelled patches as one."""
    return Labelled(
        np.concatenate([part.patches for part in parts]),
        np.concatenate([part.tags for part in parts]),
        np.concatenate([part.embedding for part in parts]),
    )


def _shard_path(folder: str, number: int) -> str:
    return os.path.join(folder, f"{number:04d}.npz")
