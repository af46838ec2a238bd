"""The Hann window and the mel filter bank, with which every spectrum of this program is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_BANDS = 12  # in a piece of a filter bank
_PRODUCT = 1 << 18  # multiplications in a product of matrices, up to which OpenBLAS starts no threads


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
    """Triangular filters, as small matrices: some neighbouring bands each, and the bins that they reach.

    Nearly all of the whole matrix is nought. Small products also stay in the calling thread: BLAS would start threads
    of its own for large ones, and where several tracks are worked on at once these stand in each other's way (measured:
    five times slower).
    """

    bands: int
    frames: int  # how many may be multiplied at once
    pieces: tuple[tuple[slice, slice, NDArray[np.float32]], ...]  # bins, bands, weights [shape=(bins, bands)]

    @classmethod
    def of(cls, weights: NDArray[np.float32]) -> Self:
        """Cut the whole matrix [shape=(bins, bands)] into pieces."""
        bands = weights.shape[1]
        pieces = tuple(_piece(weights, slice(at, min(at + _BANDS, bands))) for at in range(0, bands, _BANDS))
        return cls(bands, max(1, _PRODUCT // max(piece.size for _, _, piece in pieces)), pieces)

    @property
    def bins(self) -> int:
        """How many bins the bands reach, from 0 on."""
        return max(int(bins.stop) for bins, _, _ in self.pieces)

    def apply(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power [shape=(..., frames, bins)] → mel power [shape=(..., frames, bands)], in memory in the same order."""
        mel = np.empty_like(power, shape=(*power.shape[:-1], self.bands))
        whole = power.shape[-2] - power.shape[-2] % self.frames
        for rows, frames in (slice(whole), self.frames), (slice(whole, None), power.shape[-2] - whole):
            if frames:
                self._multiply(_stacked(power[..., rows, :], frames), _stacked(mel[..., rows, :], frames))
        return mel

    def _multiply(self, power: NDArray[np.float32], mel: NDArray[np.float32]) -> None:
        """Fill mel power [shape=(..., frames, bands)]; each product of a stack is one of its own."""
        for bins, bands, weights in self.pieces:
            np.matmul(power[..., bins], weights, out=mel[..., bands])


def _stacked(values: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """The same memory [shape=(..., n, bins)] as a stack of so many frames each [shape=(..., stack, frames, bins)]."""
    return values.reshape(*values.shape[:-2], -1, frames, values.shape[-1])


def _piece(weights: NDArray[np.float32], bands: slice) -> tuple[slice, slice, NDArray[np.float32]]:
    """Some bands of the whole matrix, without the bins above and below all of them."""
    reached = np.flatnonzero(weights[:, bands].any(axis=1))
    bins = slice(int(reached[0]), int(reached[-1]) + 1) if len(reached) else slice(0, 1)
    return bins, bands, np.ascontiguousarray(weights[bins, bands])


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
    """Triangles between every edge [shape=(bands + 2,)] and the next but one, over bins on the same scale.

    Every bin lies between two edges, on the slope up of one band and down of the one before it.
    """
    last = len(heights)
    height = np.pad(heights, 1)  # of band i at i + 1: bands -1 and `last` do not exist
    at = np.searchsorted(edges, bins, side="right") - 1
    inside = (at >= 0) & (at <= last)
    at = at.clip(0, last)
    slope = (bins - edges[at]) / (edges[at + 1] - edges[at])
    weights = np.zeros((len(bins), last + 2), dtype=np.float32)
    number = np.arange(len(bins))
    weights[number, at + 1] = np.where(inside, slope * height[at + 1], 0)
    weights[number, at] = np.where(inside, (1 - slope) * height[at], 0)
    return MelFilters.of(weights[:, 1:-1])
