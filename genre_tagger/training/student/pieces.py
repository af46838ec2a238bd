"""The pieces that training patches are drawn from, and how often each.

Sounds of the training clips and of freely licensed music, the same once more through a lossy codec at a low bit
rate, and the tracks of which only a picture is at hand: their coarse spectrum with the fine grain of a real one.
The teacher labels whatever is drawn, so none of it has to be true to the recording it came from.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.model.features import FeatureSpec, log_mel
from genre_tagger.sound.audio import load
from genre_tagger.training.data.report import say
from genre_tagger.training.student import pictures
from genre_tagger.training.student.augment import running_mean

Array = NDArray[np.float32]
LONGEST = 240.0  # seconds taken of a piece
# How often a drawn patch comes from each group.
SHARES = {"clips": 0.40, "music": 0.12, "coded": 0.15, "pictures": 0.33}
_GRAIN_FRAMES = 6  # about one column of a picture


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to lose what a codec loses: libsndfile's names, the rate it wants and its compression, 1 = most."""

    format: str
    subtype: str
    sr: int
    level: float


CODECS = (
    Codec("MP3", "MPEG_LAYER_III", 44_100, 0.85),
    Codec("OGG", "VORBIS", 22_050, 0.9),
    Codec("OGG", "OPUS", 48_000, 0.9),
)


def spectra(paths: Sequence[str], spec: FeatureSpec, cache: str, *, coded: bool = False) -> list[Array]:
    """Log-mel spectra of pieces, computed once and kept.

    Parameters
    ----------
    paths : sequence of str
        Sound files; no more than four minutes of each are taken.
    spec : FeatureSpec
        The features.
    cache : str
        An ``.npz`` file in the work folder.
    coded : bool
        Send each through one of :data:`CODECS` first, in turn.

    Returns
    -------
    list of ndarray [shape=(n, bands)]
        One for each piece, in order.
    """
    keys = [f"{number:04d} {os.path.basename(path)}" for number, path in enumerate(paths)]
    if not os.path.exists(cache):
        say(f"computing the spectra of {len(paths)} pieces")
        arrays = {}
        for number, (key, path) in enumerate(zip(keys, paths, strict=True)):
            y = load(path, sr=spec.sr, seconds=LONGEST)
            arrays[key] = log_mel(through(y, spec.sr, CODECS[number % len(CODECS)]) if coded else y, spec)
        with replacing(cache) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
    with np.load(cache, allow_pickle=False) as stored:
        return [stored[key] for key in keys]


def through(y: Array, sr: int, codec: Codec) -> Array:
    """What is left of a sound [shape=(n,)] at `sr` Hz after a lossy codec, at the same rate."""
    there = soxr.resample(y, sr, codec.sr)
    there *= min(1.0, 0.98 / (float(np.abs(there).max(initial=0)) + 1e-9))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "coded." + codec.format.lower())
        with soundfile.SoundFile(
            path, "w", codec.sr, 1, codec.subtype, format=codec.format, compression_level=codec.level
        ) as file:
            for start in range(0, len(there), codec.sr):  # libsndfile's Opus encoder dislikes long blocks
                file.write(there[start : start + codec.sr])
        return load(path, sr=sr)


def grained(
    images: Mapping[str, NDArray[np.uint8]], weights: NDArray[np.float64], grain: Sequence[Array],
    spec: FeatureSpec, *, seed: int,
) -> list[Array]:  # fmt: skip
    """Spectra of pictures, each with the fine grain in time of a real spectrum drawn at random.

    Parameters
    ----------
    images : mapping of str to ndarray [shape=(rows, columns)]
        Track → mel picture.
    weights : ndarray
        The map from :func:`genre_tagger.training.student.pictures.fit`.
    grain : sequence of ndarray [shape=(n, bands)]
        Real log-mel spectra.
    spec : FeatureSpec
        The features.
    seed : int
        Of the choice of the grain.

    Returns
    -------
    list of ndarray [shape=(n, bands)]
        One for each picture.
    """
    rng = np.random.default_rng([seed, 1])
    found = []
    for image in images.values():
        coarse = pictures.to_log_mel(image, weights, spec)
        real = grain[int(rng.integers(len(grain)))]
        fine = real - running_mean(real, _GRAIN_FRAMES)
        found.append(np.maximum(coarse + np.resize(fine, coarse.shape), 0).astype(np.float32))
    return found


def drawing_weights(genres: Sequence[int], music: int, images: int) -> NDArray[np.float64]:
    """How likely each piece is drawn: by the shares of the groups, rare genres more often among the clips.

    Parameters
    ----------
    genres : sequence of int
        Genre index of each clip.
    music, images : int
        Number of unlabelled pieces and of pictures.

    Returns
    -------
    ndarray [shape=(2 * (len(genres) + music) + images,)]
        For clips, music, coded clips, coded music, pictures. Sums to 1; a clip's weight goes with one over the root
        of its genre's number of clips.
    """
    clips = 1 / np.sqrt(np.bincount(genres)[np.asarray(genres)])
    clips, pieces = clips / clips.sum(), np.full(music, 1 / max(music, 1))
    coded = np.concatenate([clips * 0.8, pieces * 0.2])
    groups = (clips, pieces, coded, np.full(images, 1 / max(images, 1)))
    joined = np.concatenate([share * group for share, group in zip(SHARES.values(), groups, strict=True)])
    return np.asarray(joined / joined.sum())
