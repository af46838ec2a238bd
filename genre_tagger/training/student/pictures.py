"""Training patches from mel pictures: for most training tracks a picture is all there is of the sound.

The pictures are coarse (11 columns a second, 40 dB), so the patches are blurred. A linear map from pictures
to log-mel spectra is learned on the training clips that have both. With the teacher's stored tags the
patches show the student the seven genres of which hardly any clip is at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genre_tagger.model.features import FeatureSpec
from genre_tagger.training.student.shards import Labelled
from genre_tagger.training.student.teacher import EMBEDDING

Array = NDArray[np.float32]
SECONDS = 30.0
_TAG_HOP = 61
_PENALTY = 10.0


def labelled(
    pictures: Mapping[str, NDArray[np.uint8]],
    weights: NDArray[np.float64],
    tags: Mapping[str, NDArray[np.float64]],
    spec: FeatureSpec,
) -> Labelled:
    """Patches of every track that has a picture and stored tags.

    Parameters
    ----------
    pictures : mapping of str to ndarray [shape=(rows, columns)]
        Track → mel picture of 30 s.
    weights : ndarray
        The map from :func:`fit`.
    tags : mapping of str to ndarray [shape=(patches, 50)]
        Track → the teacher's tag logits, 61 frames apart.
    spec : FeatureSpec
        What the spectra are.

    Returns
    -------
    Labelled
        The embedding is not known (NaN).
    """
    patches, rows = [], []
    for name, answers in tags.items():
        if name in pictures:
            spectrum = to_log_mel(pictures[name], weights, spec)
            starts = [k * _TAG_HOP for k in range(len(answers)) if k * _TAG_HOP + spec.patch_frames <= len(spectrum)]
            patches += [spectrum[start : start + spec.patch_frames].astype(np.float16) for start in starts]
            rows.append(answers[: len(starts)])
    unknown = np.full((len(patches), EMBEDDING), np.nan, dtype=np.float32)
    return Labelled(np.stack(patches), np.concatenate(rows).astype(np.float32), unknown)


def fit(pictures: list[NDArray[np.uint8]], spectra: list[Array], spec: FeatureSpec) -> NDArray[np.float64]:
    """Learn the map from picture columns to log-mel by ridge regression.

    Parameters
    ----------
    pictures : list of ndarray [shape=(rows, columns)]
        Mel pictures.
    spectra : list of ndarray [shape=(n, bands)]
        Log-mel spectra of the same tracks.
    spec : FeatureSpec
        What the spectra are.

    Returns
    -------
    ndarray [shape=(3 * rows + 1, bands)]
        For the columns given by a track's picture, see :func:`to_log_mel`.
    """
    columns = np.concatenate([_columns(picture) for picture in pictures]).astype(np.float64)
    count = pictures[0].shape[1]
    targets = np.concatenate([_per_column(spectrum, count, spec) for spectrum in spectra]).astype(np.float64)
    square = columns.T @ columns + _PENALTY * np.eye(columns.shape[1])
    return np.asarray(np.linalg.solve(square, columns.T @ targets))


def to_log_mel(picture: NDArray[np.uint8], weights: NDArray[np.float64], spec: FeatureSpec) -> Array:
    """Log-mel spectrum [shape=(n, bands)] of the 30 s of a picture, interpolated between its columns."""
    coarse = np.maximum(_columns(picture) @ weights, 0)
    frames = 1 + int(SECONDS * spec.sr) // spec.hop_length
    at = np.arange(frames) * spec.hop_length / spec.sr / SECONDS * len(coarse) - 0.5
    low = np.clip(np.floor(at).astype(np.int64), 0, len(coarse) - 2)
    share = np.clip(at - low, 0, 1)[:, None]
    return np.asarray(coarse[low] * (1 - share) + coarse[low + 1] * share, dtype=np.float32)


def _columns(picture: NDArray[np.uint8]) -> Array:
    """Each column with the two before it, in 0…1, and a constant [shape=(columns, 3 * rows + 1)].

    The pictures' margin was cut a little deep: what sounds now is seen about one column earlier.
    """
    count = picture.shape[1]
    padded = np.pad(picture.astype(np.float32) / 255, ((0, 0), (2, 0)), mode="edge")
    shifted = [padded[:, lag : lag + count] for lag in range(3)]
    return np.concatenate([*shifted, np.ones((1, count), dtype=np.float32)]).T


def _per_column(spectrum: Array, count: int, spec: FeatureSpec) -> Array:
    """Mean of the frames under each of `count` columns of 30 s; the last frame stands in for missing ones."""
    frames = SECONDS * spec.sr / spec.hop_length
    edges = np.linspace(0, frames, count + 1).astype(np.int64)
    missing = max(0, int(edges[-1]) + 1 - len(spectrum))
    spectrum = np.pad(spectrum, ((0, missing), (0, 0)), mode="edge")
    return np.stack([spectrum[a : max(b, a + 1)].mean(axis=0) for a, b in pairwise(edges)])
