"""Whole tracks through the program's own decoder and features, so that training hears what it will hear."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from genre_tagger.audio import load, windows
from genre_tagger.features import FeatureSpec, log_mel, log_mel_patches
from genre_tagger.training.data import Clip
from genre_tagger.training.report import say

_MUSIC_SECONDS = 240.0


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
    heard = windows(path, sr=spec.sr, seconds=spec.window_seconds, count=spec.windows)
    return np.concatenate([log_mel_patches(y, spec) for y in heard])


def spectra(clips: Iterable[Clip], music: Iterable[str], spec: FeatureSpec, cache: str) -> list[NDArray[np.float32]]:
    """Log-mel spectra of clips, then of music, computed once and kept.

    Parameters
    ----------
    clips : iterable of Clip
        Training clips.
    music : iterable of str
        Unlabelled pieces; no more than four minutes of each.
    spec : FeatureSpec
        The features.
    cache : str
        An ``.npz`` file in the work folder.

    Returns
    -------
    list of ndarray [shape=(n, bands)]
        One for each piece, in order.
    """
    paths = [clip.path for clip in clips] + list(music)
    keys = [f"{number:04d} {os.path.basename(path)}" for number, path in enumerate(paths)]
    if not os.path.exists(cache):
        say(f"computing the spectra of {len(paths)} pieces")
        arrays = {key: _spectrum(path, spec) for key, path in zip(keys, paths, strict=True)}
        np.savez(cache + ".partial.npz", **arrays)  # type: ignore[arg-type]
        os.replace(cache + ".partial.npz", cache)
    with np.load(cache, allow_pickle=False) as stored:
        return [stored[key] for key in keys]


def _spectrum(path: str, spec: FeatureSpec) -> NDArray[np.float32]:
    return log_mel(load(path, sr=spec.sr, seconds=_MUSIC_SECONDS), spec)


def track_patches(clips: Sequence[Clip], spec: FeatureSpec) -> list[NDArray[np.float32]]:
    """Patches of each clip."""
    return [patches(clip.path, spec) for clip in clips]
