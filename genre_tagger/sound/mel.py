"""The Hann window and the mel filter bank, with which every spectrum of this program is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@lru_cache(maxsize=8)
def hann(n: int) -> NDArray[np.float64]:
    """Compute the periodic Hann window, ``0.5 - 0.5 cos(2 π i / n)``.

    Parameters
    ----------
    n : int
        Its length in samples.

    Returns
    -------
    ndarray [shape=(n,)]
        Weights in 0…1, the first 0; not to be written to, since all who ask for this length share it.

    References
    ----------
    F. J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", Proceedings of
    the IEEE 66, 1978.
    """
    window = np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n))
    window.setflags(write=False)
    return window


def mel_edges(n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """Compute the edges and centres of mel bands on Slaney's scale.

    Parameters
    ----------
    n_mels : int
        Number of bands.
    fmin, fmax : float
        Lowest and highest frequency of the bands in Hz.

    Returns
    -------
    ndarray [shape=(n_mels + 2,)]
        Frequencies in Hz; band i rises from entry i, peaks at i + 1 and ends at i + 2.

    References
    ----------
    M. Slaney, Auditory Toolbox, version 2, Technical Report 1998-010, Interval Research, 1998: linear below
    1 kHz (200/3 Hz a mel), logarithmic above (27 mels from 1 kHz to 6.4 kHz).
    """
    linear, knee, step = 200 / 3, 1_000.0, math.log(6.4) / 27

    def mel_of(hz: float) -> float:
        return hz / linear if hz < knee else knee / linear + math.log(hz / knee) / step

    mels = np.linspace(mel_of(fmin), mel_of(fmax), n_mels + 2)
    above = knee * np.exp(step * (mels - knee / linear))
    return np.where(mels < knee / linear, linear * mels, above)


@dataclass(frozen=True, slots=True)
class MelFilters:
    """Triangular filters: every bin lies between two edges, on the slope up of one band and down of another.

    Summing along the slopes needs no matrix product: BLAS would start threads of its own for it, and where
    several tracks are worked on at once these stand in each other's way (measured: five times slower).
    """

    starts: NDArray[np.intp]  # first bin after each edge but the last [shape=(bands + 1,)]
    filled: NDArray[np.float32]  # 1 where a bin lies between this edge and the next, else 0 [shape=(bands + 1,)]
    up: NDArray[np.float32]  # weight of each bin in the band that rises there [shape=(bins,)]
    down: NDArray[np.float32]  # weight of each bin in the band that falls there [shape=(bins,)]

    def apply(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power [shape=(..., frames, bins)] → mel power [shape=(..., frames, bands)]."""
        rising = np.add.reduceat(power * self.up, self.starts, axis=-1) * self.filled
        falling = np.add.reduceat(power * self.down, self.starts, axis=-1) * self.filled
        return np.asarray(rising[..., :-1] + falling[..., 1:], dtype=np.float32)


@lru_cache(maxsize=8)
def mel_filters(sr: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> MelFilters:
    """Build the filters of :func:`librosa.filters.mel`: triangles between :func:`mel_edges`, of equal area."""
    edges = mel_edges(n_mels, fmin, fmax)
    return _triangles(edges, np.fft.rfftfreq(n_fft, 1 / sr), 2 / (edges[2:] - edges[:-2]))


@lru_cache(maxsize=8)
def kaldi_filters(sr: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> MelFilters:
    """Build Kaldi's filters: triangles between :func:`kaldi_edges`, straight in mel, of height 1.

    References
    ----------
    D. Povey et al., "The Kaldi speech recognition toolkit", ASRU 2011.
    """
    mels = _kaldi_mel(np.fft.rfftfreq(n_fft, 1 / sr))
    return _triangles(_kaldi_mel(kaldi_edges(n_mels, fmin, fmax)), mels, np.ones(n_mels))


def kaldi_edges(n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """Compute what :func:`mel_edges` does, on Kaldi's scale: 1127 ln(1 + f/700) mels."""
    low, high = _kaldi_mel(np.array([fmin, fmax]))
    return np.asarray(700 * np.expm1(np.linspace(low, high, n_mels + 2) / 1_127))


def _kaldi_mel(hz: Floats) -> NDArray[np.float64]:
    return np.asarray(1_127 * np.log1p(hz / 700), dtype=np.float64)


def _triangles(edges: NDArray[np.float64], bins: Floats, heights: Floats) -> MelFilters:
    """Triangles between every edge [shape=(bands + 2,)] and the next but one, over bins on the same scale."""
    last = len(heights)
    height = np.pad(heights, 1)  # of band i at i + 1: bands -1 and `last` do not exist
    at = np.searchsorted(edges, bins, side="right") - 1
    inside = (at >= 0) & (at <= last)
    at = at.clip(0, last)
    slope = np.where(inside, (bins - edges[at]) / (edges[at + 1] - edges[at]), 0)
    starts = np.searchsorted(bins, edges)
    return MelFilters(
        starts=starts[:-1].clip(max=len(bins) - 1),
        filled=np.asarray(np.diff(starts) > 0, dtype=np.float32),
        up=np.asarray(slope * height[at + 1], dtype=np.float32),
        down=np.asarray(np.where(inside, 1 - slope, 0) * height[at], dtype=np.float32),
    )
