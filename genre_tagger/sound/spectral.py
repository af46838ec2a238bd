"""Spectrograms, cepstra, spectral curves and chroma, equal to librosa's.

Everything here is numpy, because importing librosa takes seconds and the views are waiting. The axes are librosa's:
``y`` [shape=(..., n)], spectra [shape=(..., bins, frames)], curves [shape=(..., frames)]. Frames are centred unless
told otherwise: frame t lies around sample ``t * hop_length``. Of finite numbers the results are finite.

References
----------
B. McFee et al., "librosa: Audio and music signal analysis in Python", SciPy 2015. Each function names its
counterpart there; A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, 3rd edition, Pearson 2010.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_tagger.sound.mel import hann, mel_filters

Array = NDArray[np.float32]
PITCH_CLASSES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
#: A sample so close to zero counts as zero, which is positive, as librosa has it.
ZERO = 1e-10
# Power below this is taken as this: -100 dB of full scale.
_LEAST_POWER = 1e-10
# Where `tuning` looks for pitches, in Hz, and how far below the loudest of its frame one may lie.
_LOWEST, _HIGHEST, _LEAST = 150.0, 4000.0, 0.1
# Frames transformed at once: bounds memory, and their spectrum stays in the processor's cache.
_BLOCK_FRAMES = 128


# --- spectrograms and cepstra ----------------------------------------------------------------------------


def stft_power(y: Array, *, n_fft: int = 2048, hop_length: int = 512, center: bool = True) -> Array:
    """Compute the power spectrogram: the squared magnitude of the short-time Fourier transform.

    Equal to ``np.abs(librosa.stft(y, n_fft=n_fft, hop_length=hop_length, center=center)) ** 2``: periodic Hann
    window, no scaling.

    Parameters
    ----------
    y : ndarray [shape=(..., n)]
        Waveform, about -1…1.
    n_fft, hop_length : int
        Length (even) and step of the frames in samples.
    center : bool
        Whether frame t lies around sample ``t * hop_length`` (what lies outside is silence) or begins there.

    Returns
    -------
    ndarray [shape=(..., 1 + n_fft // 2, frames)], float32
        A sine of amplitude a reaches ``(a * n_fft / 4) ** 2``; bin k is at ``k * sr / n_fft`` Hz. With `center`
        there are ``1 + n // hop_length`` frames.

    References
    ----------
    J. B. Allen and L. R. Rabiner, "A unified approach to short-time Fourier analysis and synthesis",
    Proceedings of the IEEE 65 (11), 1977.
    """
    frames = frame(y, n_fft, hop_length, "constant" if center else None)
    window = hann(n_fft)
    power = np.empty((*frames.shape[:-1], 1 + n_fft // 2), dtype=np.float32)
    for start in range(0, frames.shape[-2], _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        # In double precision: the rounding of a loud partial must not drown what lies 80 dB below it.
        spectrum = np.fft.rfft(frames[..., block, :] * window)
        power[..., block, :] = np.square(spectrum.real) + np.square(spectrum.imag)
    return power.swapaxes(-1, -2)


def to_db(
    power: Array, *, ref: float = 1.0, top_db: float | None = 80.0, loudest: float | None = None
) -> Array:
    """Express power in decibels: ``10 log10(power / ref)``, equal to :func:`librosa.power_to_db`.

    Parameters
    ----------
    power : ndarray [shape=(...)]
        Power, 0 or more; below 1e-10 it counts as 1e-10.
    ref : float
        The power that becomes 0 dB.
    top_db : float or None
        Dynamic range in dB: what lies farther below the loudest value is raised to there. None keeps everything.
    loudest : float or None
        The loudest value in dB that `top_db` counts from; None looks for it in `power`. A stretch of a track
        looks as it does in the whole when this is the whole's.

    Returns
    -------
    ndarray [shape=(...)], float32
        Decibels.
    """
    decibels = np.maximum(power, np.float32(_LEAST_POWER))
    np.log10(decibels, out=decibels)
    decibels *= np.float32(10)
    decibels -= np.float32(10 * math.log10(max(_LEAST_POWER, abs(ref))))
    if top_db is not None and decibels.size:
        np.maximum(decibels, np.float32((decibels.max() if loudest is None else loudest) - top_db), out=decibels)
    return decibels


def mel(power: Array, sr: int, *, n_mels: int = 128, fmin: float = 0.0, fmax: float | None = None) -> Array:
    """Sum a power spectrogram in mel bands, equal to ``librosa.feature.melspectrogram(S=power, sr=sr, ...)``.

    The bands are triangles of equal area on Slaney's scale; :func:`genre_tagger.sound.mel.mel_edges` tells where.

    Parameters
    ----------
    power : ndarray [shape=(..., bins, frames)]
        From :func:`stft_power`.
    sr : int
        Sampling rate in Hz.
    n_mels : int
        Number of bands.
    fmin, fmax : float, float or None
        Lowest and highest frequency in Hz; None is half the sampling rate.

    Returns
    -------
    ndarray [shape=(..., n_mels, frames)], float32
        Power in each band, divided by the band's width in Hz.
    """
    filters = mel_filters(sr, n_fft_of(power), n_mels, fmin, sr / 2 if fmax is None else fmax)
    return filters.apply(power.swapaxes(-1, -2)).swapaxes(-1, -2)


def mfcc(
    power: Array, sr: int, *, n_mfcc: int = 20, n_mels: int = 128, first: int = 0, loudest: float | None = None
) -> Array:
    """Compute mel-frequency cepstral coefficients, equal to ``librosa.feature.mfcc``.

    They are the orthonormal discrete cosine transform (type II) of the mel spectrogram in dB: coefficient 0 is
    the loudness, 1 the tilt from low to high, and higher ones ever finer ripples of the spectrum's shape.

    Parameters
    ----------
    power : ndarray [shape=(..., bins, frames)]
        From :func:`stft_power`.
    sr : int
        Sampling rate in Hz.
    n_mfcc, n_mels : int
        Number of coefficients, at most the number of mel bands, and that.
    first : int
        The first coefficient to give: 1 leaves the 0th out (there are still `n_mfcc` after it at most).
    loudest : float or None
        See :func:`to_db`: the loudest mel band of the whole track in dB, when this is a stretch of it.

    Returns
    -------
    ndarray [shape=(..., n_mfcc - first, frames)], float32
        Coefficients `first` to ``n_mfcc - 1``.

    References
    ----------
    S. Davis and P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition in
    continuously spoken sentences", IEEE Transactions on Acoustics, Speech and Signal Processing 28 (4), 1980.
    """
    return cepstrum(to_db(mel(power, sr, n_mels=n_mels), loudest=loudest), n_mfcc=n_mfcc, first=first)


def cepstrum(decibels: Array, *, n_mfcc: int = 20, first: int = 0) -> Array:
    """Transform a mel spectrogram in dB [shape=(..., n_mels, frames)], the second half of :func:`mfcc`."""
    cosines = _cosines(decibels.shape[-2])[first:n_mfcc]
    # Frames first, as they lie in memory: the other way round the product is three times slower.
    return np.asarray(decibels.swapaxes(-1, -2) @ cosines.T, dtype=np.float32).swapaxes(-1, -2)


def delta(coefficients: Array, *, width: int = 9, order: int = 1) -> Array:
    """Estimate how coefficients change from frame to frame, equal to :func:`librosa.feature.delta`.

    A polynomial of degree `order` is fitted to `width` frames around each one; the result is its `order`-th
    derivative. At both ends the outermost full fit stands for the frames beyond it.

    Parameters
    ----------
    coefficients : ndarray [shape=(..., frames)]
        What changes over time.
    width : int
        Number of frames, odd; where there are fewer frames, as many as there are.
    order : int
        1 for the speed of change, 2 for the acceleration.

    Returns
    -------
    ndarray [shape=(..., frames)], float32
        Change per frame (to the power of `order`); 0 where there are too few frames to say.

    References
    ----------
    A. Savitzky and M. J. E. Golay, "Smoothing and differentiation of data by simplified least squares
    procedures", Analytical Chemistry 36 (8), 1964.
    """
    frames = coefficients.shape[-1]
    width = min(width, frames - 1 + frames % 2)
    if width <= order:
        return np.zeros_like(coefficients, dtype=np.float32)
    places = np.arange(width) - width // 2
    fit = np.linalg.pinv(np.vander(places, order + 1, increasing=True))[order] * math.factorial(order)
    inner = sliding_window_view(coefficients, width, axis=-1) @ fit
    beyond = [(0, 0)] * (inner.ndim - 1) + [(width // 2, width // 2)]
    return np.pad(inner, beyond, mode="edge").astype(np.float32)


def frame(y: Array, length: int, hop_length: int, padding: Literal["constant", "edge"] | None) -> Array:
    """Cut a waveform into overlapping frames.

    Parameters
    ----------
    y : ndarray [shape=(..., n)]
        Waveform.
    length, hop_length : int
        Length (even) and step of the frames in samples.
    padding : {"constant", "edge"} or None
        What lies beyond the ends where frames are centred: silence, or the outermost value; None where they begin
        at the first sample and nothing lies beyond.

    Returns
    -------
    ndarray [shape=(..., frames, length)]
        A view: not to be written to.
    """
    if length < 2 or length % 2 or hop_length < 1:
        raise ValueError(f"frames of {length} samples, {hop_length} apart: the length must be even")
    if padding:
        beyond = [(0, 0)] * (y.ndim - 1) + [(length // 2, length // 2)]
        y = np.pad(y, beyond, mode=padding if y.shape[-1] else "constant")
    elif y.shape[-1] < length:
        return np.empty((*y.shape[:-1], 0, length), dtype=np.float32)
    return sliding_window_view(y, length, axis=-1)[..., ::hop_length, :]


def n_fft_of(power: Array) -> int:
    """Tell the frame length, in samples, that a power spectrum [shape=(..., bins, frames)] was computed from."""
    return 2 * (int(power.shape[-2]) - 1)


@lru_cache(maxsize=8)
def _cosines(n: int) -> NDArray[np.float64]:
    """Matrix of the orthonormal discrete cosine transform, type II [shape=(n, n)]."""
    table = np.cos(np.pi / n * np.outer(np.arange(n), np.arange(n) + 0.5)) * math.sqrt(2 / n)
    table[0] *= math.sqrt(0.5)
    return np.asarray(table)


# --- curves: one number for each frame -------------------------------------------------------------------


def centroid(power: Array, sr: int) -> Array:
    """Compute the centre of mass of the magnitude spectrum, ``Σ f·|X(f)| / Σ |X(f)|``, in Hz: how bright it sounds.

    Equal to :func:`librosa.feature.spectral_centroid`.
    """
    first, _ = _moments(power, sr)
    return np.asarray(first, dtype=np.float32)


def bandwidth(power: Array, sr: int) -> Array:
    """Compute how wide the magnitude spectrum spreads around its centroid c, in Hz: ``√(Σ (f - c)²·|X| / Σ |X|)``.

    Equal to :func:`librosa.feature.spectral_bandwidth`.
    """
    first, second = _moments(power, sr)
    return np.asarray(np.sqrt(np.maximum(second - first**2, 0)), dtype=np.float32)


def rolloff(power: Array, sr: int, *, share: float = 0.85) -> Array:
    """Find the frequency in Hz below which lies `share` (0…1) of the magnitude spectrum's sum.

    Equal to :func:`librosa.feature.spectral_rolloff`.
    """
    below = np.cumsum(np.sqrt(power), axis=-2)
    reached = below >= np.float32(share) * below[..., -1:, :]
    return np.asarray(_frequencies(power, sr)[reached.argmax(axis=-2)], dtype=np.float32)


def zero_crossing_rate(y: Array, *, frame_length: int = 2048, hop_length: int = 512) -> Array:
    """Count how often the waveform changes its sign, as a share of the samples (0…1) of each frame.

    Equal to :func:`librosa.feature.zero_crossing_rate`: frames are centred every `hop_length` samples, and beyond
    its ends the waveform goes on at its outermost value.
    """
    frames = frame(y, frame_length, hop_length, "edge") < -ZERO
    crossings = np.count_nonzero(frames[..., 1:] != frames[..., :-1], axis=-1)
    return np.asarray(crossings / frame_length, dtype=np.float32)


def rms(y: Array, *, frame_length: int = 2048, hop_length: int = 512) -> Array:
    """Compute the root mean square of each frame, about 0…1: how loud it is.

    Equal to :func:`librosa.feature.rms`: frames are centred every `hop_length` samples.
    """
    frames = frame(y, frame_length, hop_length, "constant")
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", frames, frames) / frame_length), dtype=np.float32)


def _frequencies(power: Array, sr: int) -> NDArray[np.float64]:
    """The frequencies of a spectrum's bins in Hz [shape=(bins,)]."""
    return np.asarray(np.fft.rfftfreq(n_fft_of(power), 1 / sr), dtype=np.float64)


def _moments(power: Array, sr: int) -> NDArray[np.float64]:
    """Mean frequency and mean squared frequency, weighted by magnitude [shape=(2, ..., frames)]; 0 in silence."""
    frequencies = _frequencies(power, sr)
    weights = np.stack([np.ones_like(frequencies), frequencies, frequencies**2])
    sums = np.sqrt(power, dtype=np.float64).swapaxes(-1, -2) @ weights.T
    total = sums[..., 0]
    return np.moveaxis(sums / np.where(total > 0, total, 1)[..., np.newaxis], -1, 0)[1:]


# --- chroma: the twelve pitch classes --------------------------------------------------------------------


def chroma(power: Array, sr: int, *, deviation: float | None = None) -> Array:
    """Sum a power spectrogram in the twelve pitch classes, equal to ``librosa.feature.chroma_stft(S=power, sr=sr)``.

    Each bin is shared out to the classes by a bell curve around its pitch; octaves around the fifth (about 1 kHz)
    count most.

    Parameters
    ----------
    power : ndarray [shape=(..., bins, frames)]
        From :func:`~genre_tagger.sound.spectral.stft_power`.
    sr : int
        Sampling rate in Hz.
    deviation : float or None
        How far the music is tuned from A = 440 Hz, in semitones; None asks :func:`tuning`. To draw a track in
        pieces, ask once and tell it for all of them.

    Returns
    -------
    ndarray [shape=(..., 12, frames)], float32
        From C to B; the strongest class of each frame is 1, all are 0 where there is silence.
    """
    bank = _chroma_bank(sr, n_fft_of(power), tuning(power, sr) if deviation is None else deviation)
    raw = (power.swapaxes(-1, -2) @ bank.T).swapaxes(-1, -2)
    strongest = raw.max(axis=-2, keepdims=True)
    return np.asarray(raw / np.where(strongest >= np.finfo(np.float32).tiny, strongest, 1), dtype=np.float32)


def tuning(power: Array, sr: int) -> float:
    """Estimate how far music is tuned from A = 440 Hz, equal to ``librosa.estimate_tuning(S=power, sr=sr)``.

    The louder half of all spectral peaks between 150 Hz and 4 kHz, interpolated by parabolas, vote with their
    distance from the nearest semitone; the fullest class of a histogram, a hundredth of a semitone wide, wins.

    Parameters
    ----------
    power : ndarray [shape=(..., bins, frames)]
        From :func:`~genre_tagger.sound.spectral.stft_power`.
    sr : int
        Sampling rate in Hz.

    Returns
    -------
    float
        Deviation in semitones, -0.5…0.5; 0 where there is no pitch.

    References
    ----------
    J. O. Smith, Spectral Audio Signal Processing, W3K 2011: interpolation of spectral peaks by parabolas.
    """
    return tuning_of(*peaks(power, sr))


def tuning_of(frequencies: Array, heights: Array) -> float:
    """Estimate the tuning in semitones, as :func:`tuning` does, from what :func:`peaks` found [shape=(n,)]."""
    if not len(heights):
        return 0.0
    loud = frequencies[heights >= np.median(heights)]
    classes = np.mod(12 * np.log2(loud / (440 / 16)), 1)
    classes[classes >= 0.5] -= 1
    votes, edges = np.histogram(classes, np.linspace(-0.5, 0.5, 101))
    return float(edges[votes.argmax()])


def peaks(power: Array, sr: int) -> tuple[Array, Array]:
    """Find the frequencies in Hz and the heights of all spectral peaks [shape=(n,)], as :func:`librosa.piptrack`."""
    n_fft = n_fft_of(power)
    low, high = np.searchsorted(np.fft.rfftfreq(n_fft, 1 / sr), [_LOWEST, min(_HIGHEST, sr / 2)])
    low = max(low, 1)
    here, left, right = (power[..., low + step : max(high, low) + step, :] for step in (0, -1, 1))
    least = np.float32(_LEAST) * power.max(axis=-2, keepdims=True)
    # What does not stand out counts as 0, so that it need not be lower than its neighbours' slopes.
    is_peak = (here > least) & (here > np.where(left > least, left, 0)) & (here >= np.where(right > least, right, 0))
    bins = np.broadcast_to(np.arange(low, max(high, low))[:, np.newaxis], here.shape)[is_peak]
    here, left, right = here[is_peak], left[is_peak], right[is_peak]
    slope, curve = (right - left) / 2, left + right - 2 * here
    # A top beyond the neighbours is none of this peak's.
    shift = np.where(np.abs(slope) < np.abs(curve), -slope / np.where(curve == 0, 1, curve), 0)
    return (bins + shift) * sr / n_fft, here + slope * shift / 2


@lru_cache(maxsize=8)
def _chroma_bank(sr: int, n_fft: int, deviation: float) -> Array:
    """The weight of each bin in each pitch class from C to B [shape=(12, 1 + n_fft // 2)]."""
    frequencies = np.linspace(0, sr, n_fft, endpoint=False)[1:]
    pitches = 12 * np.log2(frequencies / (440 / 16 * 2 ** (deviation / 12)))
    pitches = np.concatenate([[pitches[0] - 18], pitches])  # 0 Hz has no pitch: a broad one, half an octave off
    widths = np.append(np.maximum(np.diff(pitches), 1), 1)
    distance = np.remainder(pitches - np.arange(12)[:, np.newaxis] + 6, 12) - 6
    bank = np.exp(-0.5 * (2 * distance / widths) ** 2)
    bank /= np.sqrt(np.sum(bank**2, axis=0))
    bank *= np.exp(-0.5 * ((pitches / 12 - 5) / 2) ** 2)
    return np.asarray(np.roll(bank, -3, axis=0)[:, : 1 + n_fft // 2], dtype=np.float32)
