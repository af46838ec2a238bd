"""Whole tracks through the program's own decoder and features, so that training gets what the program gets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genre_tagger.model.features import FeatureSpec, log_mel_patches
from genre_tagger.model.network import GenreModel
from genre_tagger.sound.audio import windows
from genre_tagger.training.data.data import Clip


def patches(path: str, spec: FeatureSpec) -> NDArray[np.float32]:
    """Patches of a track, from the same windows as in the program.

    Parameters
    ----------
    path : str
        An audio file.
    spec : FeatureSpec
        Which windows and which features.

    Returns
    -------
    ndarray [shape=(n, frames, bands)]
        Log-mel patches.

    Raises
    ------
    DecodeError
        If the file cannot be decoded.
    """
    excerpts = windows(path, sr=spec.sr, seconds=spec.window_seconds, count=spec.windows).excerpts
    return np.concatenate([log_mel_patches(y, spec) for y in excerpts])


def track_patches(clips: Sequence[Clip], spec: FeatureSpec) -> list[NDArray[np.float32]]:
    """Patches of each clip."""
    return [patches(clip.path, spec) for clip in clips]


def asked(model: GenreModel, patches_of_tracks: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Probabilities of tracks by their patches [shape=(tracks, labels)]; zeros where the guard finds no music."""
    judgements = (model.judge(patches).genres for patches in patches_of_tracks)
    nothing = np.zeros(len(model.card.labels))
    return np.stack([nothing if genres is None else genres for genres in judgements])
