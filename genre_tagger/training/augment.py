"""New training patches from old ones: mixtures, speed, pitch, tilt and band limits, all at one level.

All of it happens on mel *power* spectra, before the logarithm, so that the teacher can label the result
like any other sound. Nothing here knows a genre: the teacher hears what the student hears.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_SCALE = 10000.0
# The level that every patch is brought to before teacher and student hear it: about the median of the clips.
MEAN_POWER = 0.15


def to_power(log_mel: Array) -> Array:
    """Undo ``log10(10000·S + 1)``.

    Parameters
    ----------
    log_mel : ndarray [shape=(..., bands)]
        Log-mel values, 0 and above.

    Returns
    -------
    ndarray [shape=(..., bands)]
        Mel power.
    """
    return np.asarray((np.power(10.0, log_mel.astype(np.float32)) - 1.0) / _SCALE, dtype=np.float32)


def to_log(power: Array) -> Array:
    """``log10(10000·S + 1)`` of mel power [shape=(..., bands)]."""
    return np.asarray(np.log10(_SCALE * power + 1.0), dtype=np.float32)


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


def even_out(power: Array) -> Array:
    """Bring a patch [shape=(frames, bands)] to :data:`MEAN_POWER`; near silence is raised by 50 dB at most.

    The student does the same to whatever it hears, so that a quieter copy of a recording gets the same answer.
    Teacher and student hear the same level here: its labels do not depend on what the student cannot know.
    """
    return np.asarray(power * (MEAN_POWER / max(float(power.mean()), MEAN_POWER * 1e-5)), dtype=np.float32)


def example(pieces: Sequence[Array], weights: NDArray[np.float64], frames: int, rng: np.random.Generator) -> Array:
    """One patch to learn from: 30 % of them untouched, the others varied, 45 % of those mixed, all at one level.

    Parameters
    ----------
    pieces : sequence of ndarray [shape=(n, bands)]
        Log-mel spectra of whole clips.
    weights : ndarray [shape=(len(pieces),)]
        How likely each is drawn; sums to 1.
    frames : int
        Frames in a patch.
    rng : Generator
        Where the randomness comes from.

    Returns
    -------
    ndarray [shape=(frames, bands)]
        Log-mel patch.
    """

    def draw() -> Array:
        return to_power(pieces[int(rng.choice(len(pieces), p=weights))])

    if rng.random() < 0.3:
        return to_log(even_out(crop(draw(), frames, rng)))

    def varied() -> Array:
        stretch = crop(draw(), frames, rng, rate=rng.uniform(0.8, 1.25))
        return shift_bands(stretch, rng.uniform(-2.5, 2.5))

    power = varied()
    if rng.random() < 0.45:
        power = mixture(power, varied(), rng)
    return to_log(even_out(colour(power, rng)))
