"""Chroma: how strong each of the twelve pitch classes is, whatever the octave; equal to librosa's.

References
----------
D. P. W. Ellis, "Chroma feature analysis and synthesis", 2007, whose filter bank librosa and so this module use.
M. A. Bartsch and G. H. Wakefield, "To catch a chorus: using chroma-based representations for audio thumbnailing",
WASPAA 2001.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from genre_tagger.sound.spectral import Array, n_fft_of

PITCH_CLASSES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")

# Where `tuning` looks for pitches, in Hz, and how far below the loudest of its frame one may lie.
_LOWEST, _HIGHEST, _LEAST = 150.0, 4000.0, 0.1


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
    found = (here > least) & (here > np.where(left > least, left, 0)) & (here >= np.where(right > least, right, 0))
    at = np.broadcast_to(np.arange(low, max(high, low))[:, np.newaxis], here.shape)[found]
    here, left, right = here[found], left[found], right[found]
    slope, curve = (right - left) / 2, left + right - 2 * here
    # A top beyond the neighbours is none of this peak's.
    shift = np.where(np.abs(slope) < np.abs(curve), -slope / np.where(curve == 0, 1, curve), 0)
    return (at + shift) * sr / n_fft, here + slope * shift / 2


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
