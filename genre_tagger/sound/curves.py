"""Curves over time that the views lay over the spectrogram: one number a frame, equal to librosa's.

Those of the spectrum take `power` [shape=(..., bins, frames)] from :func:`~genre_tagger.sound.spectral.stft_power`, those of
the waveform take `y` [shape=(..., n)]; all give float32 [shape=(..., frames)], and 0 where there is silence.

References
----------
G. Peeters, "A large set of audio features for sound description (similarity and classification) in the CUIDADO
project", IRCAM, 2004: all of them, with formulas. A. Klapuri and M. Davy (editors), Signal Processing Methods for
Music Transcription, Springer 2006, chapter 5: the bandwidth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre_tagger.sound.spectral import Array, frame, n_fft_of

#: A sample so close to zero is on no side of it, as librosa has it.
ZERO = 1e-10


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
