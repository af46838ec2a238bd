"""Tempo, and what is not rhythm: the harmonic part of a sound. Equal to librosa's, several times faster."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_tagger.analysis import Array, frame
from genre_tagger.mel import hann

_N_FFT, _HOP = 2048, 512
# Frames worked on at once: bounds memory, and how long scipy keeps other threads from running.
_BLOCK_FRAMES = 256
# Frames, or bins, over which the median is taken.
_MEDIAN = 31
_TINY = np.finfo(np.float32).tiny


def harmonic(y: Array) -> NDArray[np.float64]:
    """Separate the harmonic part of a sound: what stands still in frequency; the rest is its percussive part.

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
    held = np.pad(magnitude, ((half - before, half - after), (0, 0)), mode="symmetric")
    held = _medians(held.T).T[half : half + len(magnitude) - before - after]
    block = magnitude[before : len(magnitude) - after]
    struck = _medians(np.pad(block, ((0, 0), (half, half)), mode="symmetric"))[:, half:-half]
    larger = np.maximum(held, struck)
    silent = larger < _TINY
    larger[silent] = 1
    mine, others = np.square(held / larger), np.square(struck / larger)
    return np.where(silent, np.float32(0.5), mine / np.where(silent, 1, mine + others))


def _medians(rows: Array) -> Array:
    """Running median along each row; what comes out at the ends of a row is mixed with its neighbours'."""
    from scipy.ndimage import median_filter

    # As one long row: for one dimension scipy has an algorithm that is ten times faster.
    return np.asarray(median_filter(np.ravel(rows), size=_MEDIAN)).reshape(rows.shape)


def onsets(decibels: Array) -> Array:
    """Tell how much begins in each frame: the median over the bands of how much louder they become.

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
    late = 1 + _N_FFT // (2 * _HOP)  # a frame hears what begins half its length later
    return np.pad(rises, (late, 0))[: decibels.shape[-1]].astype(np.float32)


def tempo(strength: Array, sr: int) -> float:
    """Estimate the tempo: the period at which onsets come back most, with a preference for 120 beats a minute.

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
        Beats per minute below 320; 0 where nothing begins.

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
