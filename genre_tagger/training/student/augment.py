"""New training patches from old ones: two recordings in one, speed, pitch, tone and bandwidth.

All of it happens on mel *power* spectra, before the logarithm, so that the teacher can label the result
like any other sound. Nothing here knows a genre: the teacher hears what the student hears. So a variation need not
keep what a recording is; it has to make what no recording at hand is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_KNOTS = 7  # of the curve of an equaliser


def crop(power: Array, frames: int, rng: np.random.Generator, *, rate: float = 1.0) -> Array:
    """Take a random stretch and play it `rate` times as fast.

    Parameters
    ----------
    power : ndarray [shape=(n, bands)]
        Mel power of a piece; repeated when it is too short.
    frames : int
        Length of the result.
    rng : Generator
        Where the randomness comes from.
    rate : float
        Speed, 1 = unchanged.

    Returns
    -------
    ndarray [shape=(frames, bands)]
        The stretch, interpolated linearly between frames.
    """
    needed = int(np.ceil(frames * rate)) + 1
    if len(power) < needed:
        power = np.tile(power, (needed // len(power) + 1, 1))
    start = int(rng.integers(0, len(power) - needed + 1))
    if rate == 1.0:
        return power[start : start + frames]
    at = np.arange(frames, dtype=np.float32) * np.float32(rate)
    low = at.astype(np.int64)
    share = (at - low)[:, None]
    piece = power[start : start + needed]
    return np.asarray(piece[low] * (1 - share) + piece[low + 1] * share)


def shift_bands(power: Array, bands: float) -> Array:
    """Move a spectrum up (positive) or down by a number of mel bands, a rough change of pitch."""
    count = power.shape[1]
    at = np.clip(np.arange(count, dtype=np.float32) - np.float32(bands), 0, count - 1)
    low = np.minimum(at.astype(np.int64), count - 2)
    share = at - low
    return np.asarray(power[:, low] * (1 - share) + power[:, low + 1] * share)


def colour(power: Array, rng: np.random.Generator) -> Array:
    """Tilt the spectrum by up to ± 6 dB from end to end and cut bands now and then.

    Parameters
    ----------
    power : ndarray [shape=(frames, bands)]
        Mel power.
    rng : Generator
        Where the randomness comes from.

    Returns
    -------
    ndarray [shape=(frames, bands)]
        The coloured spectrum.
    """
    bands = power.shape[1]
    slope = rng.uniform(-6, 6)
    weights = np.power(10.0, np.linspace(-slope, slope, bands) / 10)
    if rng.random() < 0.2:  # a narrow recording: telephone, old record, low bit rate
        weights[int(rng.integers(int(0.6 * bands), bands)) :] *= 1e-4
    if rng.random() < 0.1:
        weights[: int(rng.integers(1, bands // 8))] *= 1e-3
    return np.asarray(power * weights, dtype=np.float32)


def mixture(first: Array, second: Array, rng: np.random.Generator) -> Array:
    """Two sounds at once: the second −12 to +3 dB against the first, both by their mean power."""
    ratio = (first.mean() + 1e-9) / (second.mean() + 1e-9)
    level = np.power(10.0, rng.uniform(-12, 3) / 10)
    return np.asarray(first + second * ratio * level, dtype=np.float32)


def equalise(power: Array, rng: np.random.Generator) -> Array:
    """Raise and lower broad regions of mel power [shape=(frames, bands)], by 4 dB (standard deviation)."""
    bands = power.shape[1]
    level = np.interp(np.arange(bands), np.linspace(0, bands - 1, _KNOTS), rng.normal(0, 4, _KNOTS))
    return np.asarray(power * np.power(10.0, level / 10), dtype=np.float32)
