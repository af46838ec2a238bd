"""New training patches from old ones: two recordings in one, speed, pitch, tone, dynamics and bandwidth, at one level.

All of it happens on mel *power* spectra, before the logarithm, so that the teacher can label the result
like any other sound. Nothing here knows a genre: the teacher hears what the student hears. So a variation need not
keep what a recording is; it has to make what no recording at hand is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_SCALE = 10000.0
# The level that every patch is brought to before teacher and student hear it: about the median of the clips.
MEAN_POWER = 0.15
_KNOTS = 7  # of the curve of an equaliser
_COARSE_FRAMES = 13  # 0.2 s


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


def splice(first: Array, second: Array, rng: np.random.Generator) -> Array:
    """The lower bands of one sound under the upper bands of another, both of the same mean power.

    Parameters
    ----------
    first, second : ndarray [shape=(frames, bands)]
        Mel power.
    rng : Generator
        Of the band where they meet, and of how many bands they share there.

    Returns
    -------
    ndarray [shape=(frames, bands)]
        Mel power.
    """
    bands = first.shape[1]
    middle, width = rng.uniform(0.15, 0.85) * bands, rng.uniform(1, 8)
    upper = 1 / (1 + np.exp((middle - np.arange(bands)) / width))
    ratio = (first.mean() + 1e-9) / (second.mean() + 1e-9)
    return np.asarray(first * (1 - upper) + second * (ratio * upper), dtype=np.float32)


def exchange(first: Array, second: Array) -> Array:
    """The slow course of one sound with the fast one of another: chords and noises that move to a foreign beat.

    Parameters
    ----------
    first, second : ndarray [shape=(frames, bands)]
        Mel power; the second's moments count for no more than 30 times their mean over 0.2 s.

    Returns
    -------
    ndarray [shape=(frames, bands)]
        Mel power.
    """
    slow, other = (running_mean(power, _COARSE_FRAMES) for power in (first, second))
    return np.asarray(slow * np.minimum(second / (other + 1e-7), 30.0), dtype=np.float32)


def running_mean(values: Array, frames: int) -> Array:
    """Mean over so many frames around each frame [shape=(n, bands)]; the ends count as if they went on."""
    padded = np.pad(values, (((frames + 1) // 2, frames // 2), (0, 0)), mode="edge")
    total = padded.cumsum(axis=0, dtype=np.float64)
    return np.asarray((total[frames:] - total[:-frames]) / frames, dtype=np.float32)


def equalise(power: Array, rng: np.random.Generator) -> Array:
    """Raise and lower broad regions of mel power [shape=(frames, bands)], by 4 dB (standard deviation)."""
    bands = power.shape[1]
    level = np.interp(np.arange(bands), np.linspace(0, bands - 1, _KNOTS), rng.normal(0, 4, _KNOTS))
    return np.asarray(power * np.power(10.0, level / 10), dtype=np.float32)


def contrast(power: Array, exponent: float) -> Array:
    """Make loud and faint moments of each band of mel power [shape=(frames, bands)] differ more (exponent above 1) or
    less (0 to 1); where a band is silent it stays silent."""
    mean = power.mean(axis=0) + 1e-9
    return np.asarray(mean * np.power(power / mean, exponent), dtype=np.float32)


def even_out(power: Array) -> Array:
    """Bring a patch [shape=(frames, bands)] to :data:`MEAN_POWER`; near silence is raised by 50 dB at most.

    The student does the same to whatever it hears, so that a quieter copy of a recording gets the same answer.
    Teacher and student hear the same level here: its labels do not depend on what the student cannot know.
    """
    return np.asarray(power * (MEAN_POWER / max(float(power.mean()), MEAN_POWER * 1e-5)), dtype=np.float32)


def example(pieces: Sequence[Array], weights: NDArray[np.float64], frames: int, rng: np.random.Generator) -> Array:
    """One patch to learn from: 25 % of them untouched, the others varied, 60 % of those of two recordings.

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
        Log-mel patch, at one level.
    """

    def draw() -> Array:
        return to_power(pieces[int(rng.choice(len(pieces), p=weights))])

    if rng.random() < 0.25:
        return to_log(even_out(crop(draw(), frames, rng)))

    def varied() -> Array:
        stretch = crop(draw(), frames, rng, rate=np.exp(rng.uniform(-0.35, 0.35)))
        stretch = shift_bands(stretch, rng.uniform(-5, 5))
        return equalise(stretch, rng) if rng.random() < 0.6 else stretch

    power, way = varied(), rng.random()
    if way < 0.30:
        power = mixture(power, varied(), rng)
    elif way < 0.48:
        power = splice(power, varied(), rng)
    elif way < 0.60:
        power = exchange(power, varied())
    if rng.random() < 0.3:
        power = contrast(power, rng.uniform(0.7, 1.35))
    return to_log(even_out(colour(power, rng)))
