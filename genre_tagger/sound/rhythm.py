"""Tempo, and the harmonic part of a sound without its beats: equal to librosa's, several times faster."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_tagger.sound.mel import hann
from genre_tagger.sound.spectral import Array, frame

_N_FFT, _HOP = 2048, 512
# Frames worked on at once: bounds memory.
_BLOCK_FRAMES = 256
# Frames, or bins, over which the median is taken.
_MEDIAN = 31
_TINY = np.finfo(np.float32).tiny


def harmonic(y: Array) -> NDArray[np.float64]:
    """Separate the harmonic part of a sound: held notes, which keep their frequency. The rest is the percussive part.

    In the spectrogram a held note is a horizontal line and a beat a vertical one. The median over 31 frames keeps
    the first, that over 31 bins the second, and each cell goes to both in proportion to the squares of the medians.
    Equal to ``librosa.effects.hpss(y)[0]``, whose second result is ``y`` without the first.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        Waveform; frames have 2048 samples and step 512.

    Returns
    -------
    ndarray [shape=(n,)]
        The harmonic part.

    References
    ----------
    D. FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010.
    """
    frames, window = frame(y, _N_FFT, _HOP, "constant"), hann(_N_FFT)
    overlap = _N_FFT // _HOP
    sums = np.zeros((len(frames) + overlap - 1, _HOP))
    weights = np.zeros_like(sums)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        stop = min(start + _BLOCK_FRAMES, len(frames))
        before, after = min(start, _MEDIAN // 2), min(len(frames) - stop, _MEDIAN // 2)
        spectrum = np.fft.rfft(frames[start - before : stop + after] * window)
        share = _harmonic_share(np.abs(spectrum).astype(np.float32), before, after)
        pieces = np.fft.irfft(spectrum[before : len(spectrum) - after] * share, n=_N_FFT) * window
        for step in range(overlap):
            part = slice(step * _HOP, (step + 1) * _HOP)
            sums[start + step : stop + step] += pieces[:, part]
            weights[start + step : stop + step] += window[part] ** 2
    inside = slice(_N_FFT // 2, _N_FFT // 2 + len(y))
    sums, weights = sums.ravel()[inside], weights.ravel()[inside]
    return np.asarray(sums / np.where(weights > _TINY, weights, 1))


def _harmonic_share(magnitude: Array, before: int, after: int) -> Array:
    """How much of each cell is harmonic, 0…1 [shape=(frames, bins)], of a block with neighbours around it.

    `before` and `after` frames of `magnitude` are neighbours; where there are none, the block is mirrored.
    """
    half = _MEDIAN // 2
    held = running_median(np.pad(magnitude, ((half - before, half - after), (0, 0)), mode="symmetric"), _MEDIAN)
    block = magnitude[before : len(magnitude) - after].T
    struck = running_median(np.pad(block, ((half, half), (0, 0)), mode="symmetric"), _MEDIAN).T
    larger = np.maximum(held, struck)
    silent = larger < _TINY
    larger[silent] = 1
    harmonic, percussive = np.square(held / larger), np.square(struck / larger)
    return np.where(silent, np.float32(0.5), harmonic / np.where(silent, 1, harmonic + percussive))


def running_median(values: Array, size: int) -> Array:
    """Compute the median of every `size` rows that follow one another, column by column.

    Equal to ``scipy.ndimage.median_filter(values, size=(size, 1))`` without its first and last ``size // 2`` rows, for
    which scipy mirrors what is there. It is numpy alone, since scipy makes the program a tenth larger.

    Parameters
    ----------
    values : ndarray [shape=(n, columns)]
        Finite floating-point numbers.
    size : int
        Number of rows, odd.

    Returns
    -------
    ndarray [shape=(n - size + 1, columns)]
        Row i is the median of rows i to ``i + size - 1``. Empty where there are fewer than `size` rows.

    Raises
    ------
    ValueError
        If `size` is even or less than 1: then no row is in the middle.

    References
    ----------
    M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels", Pattern
    Recognition Letters 13 (7), 1992: rows are taken in blocks of `size`, so that each window is the end of one block
    and the beginning of the next. Here both are sorted as they grow, and the median is picked from the two.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"the median of {size} rows: the number must be odd")
    rows, columns = max(len(values) - size + 1, 0), values.shape[1]
    medians = np.empty((rows, columns), dtype=values.dtype)
    middle = size // 2 + 1
    ends, beginnings = _unsorted(size, columns, values.dtype), _unsorted(size, columns, values.dtype)
    for start in range(0, rows, size):
        count = min(size, rows - start)
        _sort(values[start : start + size][::-1], ends)
        _sort(values[start + size : start + size + count - 1], beginnings)
        for row in range(count):
            # The median of `size - row` sorted values and `row` others: take k of the first and `middle - k` of the
            # second, the least ones. The larger of their two maxima is least for the right k, and then is the median.
            few, many = max(0, middle - row), min(size - row, middle)
            taken = beginnings[row, middle - many : middle - few + 1][::-1]
            np.maximum(ends[size - row, few : many + 1], taken).min(axis=0, out=medians[start + row])
    return medians


def _unsorted(size: int, columns: int, dtype: np.dtype[Any]) -> Array:
    """Room for what :func:`_sort` fills in: at [m, k] the kth least of m values; -inf at k = 0, inf beyond the mth."""
    ranks = np.full((size + 1, size // 2 + 2, columns), np.inf, dtype=dtype)
    ranks[:, 0] = -np.inf
    return ranks


def _sort(rows: Array, ranks: Array) -> None:
    """Sort the first m rows into ``ranks[m]``, column by column, as far as it matters for the median."""
    middle = ranks.shape[1] - 1
    for m, row in enumerate(rows, start=1):
        # Only ranks that can still become the median are needed.
        low, high = max(1, m + 1 - middle), min(m, middle)
        now = ranks[m, low : high + 1]
        np.minimum(ranks[m - 1, low : high + 1], row, out=now)
        np.maximum(now, ranks[m - 1, low - 1 : high], out=now)


def onsets(decibels: Array) -> Array:
    """Compute how strongly notes begin in each frame: the median over the bands of how much louder they become.

    Equal to ``librosa.onset.onset_strength(S=decibels, aggregate=numpy.median)``.

    Parameters
    ----------
    decibels : ndarray [shape=(n_mels, frames)]
        Mel spectrogram in dB, with frames of 2048 samples and steps of 512.

    Returns
    -------
    ndarray [shape=(frames,)], float32
        In dB, 0 or more.
    """
    rises = np.median(np.maximum(np.diff(decibels, axis=-1), 0), axis=0)
    late = 1 + _N_FFT // (2 * _HOP)  # a frame holds what begins up to half its length later
    return np.pad(rises, (late, 0))[: decibels.shape[-1]].astype(np.float32)


def tempo(strength: Array, sr: int) -> float:
    """Estimate the tempo: the period at which onsets repeat most, with a preference for 120 beats a minute.

    Equal to what :func:`librosa.beat.beat_track` gives: the mean over the frames of the autocorrelation of eight
    seconds around each, on a logarithmic scale, plus the logarithm of a log-normal prior one octave wide.

    Parameters
    ----------
    strength : ndarray [shape=(frames,)]
        From :func:`onsets`.
    sr : int
        Sampling rate in Hz.

    Returns
    -------
    float
        Beats per minute below 320; 0 where there is no onset.

    References
    ----------
    P. Grosche, M. Müller and F. Kurth, "Cyclic tempogram: a mid-level tempo representation for music signals",
    ICASSP 2010; D. P. W. Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36 (1), 2007.
    """
    if not strength.any():
        return 0.0
    length = 8 * sr // _HOP
    padded = np.pad(strength.astype(np.float64), length // 2, mode="linear_ramp")
    frames = sliding_window_view(padded, length)[: len(strength)]
    total = np.zeros(length)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        spectrum = np.fft.rfft(frames[start : start + _BLOCK_FRAMES] * hann(length), n=2 * length)
        repeated = np.fft.irfft(np.square(np.abs(spectrum)))[:, :length]
        largest = np.abs(repeated).max(axis=-1, keepdims=True)
        total += (repeated / np.where(largest > _TINY, largest, 1)).sum(axis=0)
    rates = 60 * sr / (_HOP * np.arange(1, length))
    prior = np.where(rates < 320, -0.5 * np.log2(rates / 120) ** 2, -math.inf)
    return float(rates[np.argmax(np.log1p(1e6 * total[1:] / len(frames)) + prior)])
