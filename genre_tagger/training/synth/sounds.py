"""Tools to synthesise sounds with numpy alone: noise, voices, rooms and recordings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genre_tagger.sound.mel import hann

Floats = NDArray[np.float64]
Rng = np.random.Generator
SR = 16_000
HOP = 128
_FFT = 512


def coloured(n: int, rng: Rng, slope: float, low: float = 20.0, high: float = 8_000.0) -> Floats:
    """Noise whose power falls with frequency.

    Parameters
    ----------
    n : int
        Samples at :data:`SR`.
    rng : Generator
        Where the randomness comes from.
    slope : float
        Power goes with one over frequency to this: 0 is white, 1 pink, 2 brown, −1 blue.
    low, high : float
        Band in Hz; nothing outside.

    Returns
    -------
    ndarray [shape=(n,)]
        Of unit root mean square.
    """
    frequencies = np.fft.rfftfreq(n, 1 / SR)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum *= np.maximum(frequencies, 20.0) ** (-slope / 2) * ((frequencies >= low) & (frequencies <= high))
    return unit(np.fft.irfft(spectrum, n))


def length_of(rng: Rng, seconds: tuple[float, float]) -> int:
    """Draw a length in samples: whole frames of 256 samples, of which FFTs are fast."""
    return round(rng.uniform(*seconds) * SR / 256) * 256


def unit(y: Floats) -> Floats:
    """Scale to a root mean square of 1; silence stays."""
    return np.asarray(y / (np.sqrt(np.mean(np.square(y))) + 1e-12))


def curve(n: int, rng: Rng, per_second: float, low: float, high: float) -> Floats:
    """A smooth random curve [shape=(n,)] between `low` and `high` that turns about `per_second` times."""
    points = max(2, round(n / SR * per_second) + 2)
    at = np.linspace(0, points - 1, n)
    knots = rng.uniform(low, high, points)
    below = np.minimum(at.astype(np.int64), points - 2)
    share = (1 - np.cos(np.pi * (at - below))) / 2
    return np.asarray(knots[below] * (1 - share) + knots[below + 1] * share)


def steady(n: int, frequency: float) -> Floats:
    """A curve that stays where it is [shape=(n,)]."""
    return np.full(n, float(frequency))


def voiced(frequency: Floats, partials: int, tilt: float) -> Floats:
    """A harmonic tone that follows a curve.

    Parameters
    ----------
    frequency : ndarray [shape=(n,)]
        Fundamental in Hz, sample by sample.
    partials : int
        How many; those above 7.8 kHz are left out.
    tilt : float
        The amplitude of partial k is one over k to this.

    Returns
    -------
    ndarray [shape=(n,)]
        Of unit amplitude in the fundamental.
    """
    turn = np.exp(2j * np.pi * np.cumsum(frequency) / SR)
    partial, y = turn.copy(), np.zeros(len(frequency))
    highest = int(min(partials, 7_800 / max(frequency.min(), 20.0)))
    for number in range(1, max(1, highest) + 1):
        y += partial.imag * (number * frequency < 7_800) * number**-tilt
        partial *= turn
    return y


def filtered(y: Floats, response: Callable[[Floats], Floats]) -> Floats:
    """Filter a sound by a response that changes with time.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        The sound.
    response : callable
        Frequencies in Hz [shape=(bins,)] → gains [shape=(frames, bins)], one frame every :data:`HOP` samples;
        :func:`frames` says how many.

    Returns
    -------
    ndarray [shape=(n,)]
        The filtered sound.
    """
    window = hann(_FFT)
    padded = np.pad(y, (_FFT, 2 * _FFT))
    count = frames(len(y))
    starts = np.arange(count) * HOP + _FFT // 2
    pieces = np.stack([padded[start : start + _FFT] for start in starts]) * window
    gains = response(np.asarray(np.fft.rfftfreq(_FFT, 1 / SR), dtype=np.float64))
    pieces = np.asarray(np.fft.irfft(np.fft.rfft(pieces) * gains, _FFT) * window, dtype=np.float64)
    out = np.zeros(len(padded))
    for start, piece in zip(starts, pieces, strict=True):
        out[start : start + _FFT] += piece
    return out[_FFT : _FFT + len(y)] / 1.5


def frames(n: int) -> int:
    """How many frames :func:`filtered` has for `n` samples."""
    return n // HOP + 2


def formants(frequencies: Floats, centres: Floats, widths: Floats, gains: Floats) -> Floats:
    """Gains of resonances.

    Parameters
    ----------
    frequencies : ndarray [shape=(bins,)]
        In Hz.
    centres : ndarray [shape=(frames, resonances)]
        In Hz.
    widths, gains : ndarray [shape=(resonances,)]
        In Hz; amplitudes.

    Returns
    -------
    ndarray [shape=(frames, bins)]
        The sum of the resonances.
    """
    away = (frequencies[None, None, :] - centres[:, :, None]) / (widths[None, :, None] / 2)
    return np.asarray((gains[None, :, None] / np.sqrt(1 + away**2)).sum(axis=1))


def pulse(n: int, attack: float, release: float) -> Floats:
    """An envelope [shape=(n,)] that rises and falls in so many seconds."""
    at = np.arange(n) / SR
    rise = np.minimum(1, at / max(attack, 1e-4))
    fall = np.minimum(1, (n / SR - at) / max(release, 1e-4))
    return np.asarray(np.clip(rise, 0, 1) * np.clip(fall, 0, 1))


def add(y: Floats, start: int, piece: Floats) -> None:
    """Add a piece at a place, in place; what hangs over the end is cut."""
    start = max(0, start)
    if start < len(y):
        y[start : start + len(piece)] += piece[: len(y) - start]


def room(y: Floats, rng: Rng, seconds: float) -> Floats:
    """Put a sound into a room that dies away by 60 dB in so many seconds."""
    n = int(seconds * SR)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n) * 0.2
    tail[0] += rng.uniform(2, 12)
    size = 1 << (len(y) + n - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(tail, size), size)
    return np.asarray(wet[: len(y)])


def recorded(y: Floats, rng: Rng, *, noise: float = 0.6) -> NDArray[np.float32]:
    """Record a sound somewhere: perhaps in a room, with hiss, through a narrow channel; at some level.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        The sound.
    rng : Generator
        Where the randomness comes from.
    noise : float
        How likely there is a noise floor, 15 to 60 dB below.

    Returns
    -------
    ndarray [shape=(n,), dtype=float32]
        Between −1 and 1, −55 to −9 dB loud.
    """
    y = unit(y)
    if rng.random() < 0.35:
        y = unit(room(y, rng, rng.uniform(0.1, 2.0)))
    if rng.random() < noise:
        y = y + coloured(len(y), rng, rng.uniform(-0.5, 2)) * 10 ** (-rng.uniform(15, 60) / 20)
    if rng.random() < 0.25:
        y = _narrowed(y, rng)
    y = unit(y) * 10 ** (-rng.uniform(9, 55) / 20)
    return np.asarray(np.clip(y, -1, 1), dtype=np.float32)


def _narrowed(y: Floats, rng: Rng) -> Floats:
    """Through a telephone, an old record or a low bit rate."""
    frequencies = np.fft.rfftfreq(len(y), 1 / SR)
    low, high = rng.uniform(20, 350), rng.uniform(2_800, 7_500)
    keep = 1 / (1 + (low / np.maximum(frequencies, 1)) ** 6) / (1 + (frequencies / high) ** 12)
    return np.asarray(np.fft.irfft(np.fft.rfft(y) * keep, len(y)))
