"""Synthesised sounds that are not music, for the guard to learn from; nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.synth.reader import reading
from genre_tagger.training.synth.sounds import (
    SR,
    Floats,
    Rng,
    add,
    coloured,
    curve,
    length_of,
    pulse,
    recorded,
    steady,
    unit,
    voiced,
)
from genre_tagger.training.synth.voices import babble, bark, beast, bird, crawler, howl, speech, whale, whisper

_KEYS = [(row, column) for row in (697, 770, 852, 941) for column in (1209, 1336, 1477, 1633)]


@dataclass(frozen=True, slots=True)
class Signal:
    """One synthesised sound.

    Attributes
    ----------
    kind : str
        What it is, a key of :data:`KINDS`.
    group : str
        The family it belongs to, for leaving a family out: ``"noise"``, ``"tone"``, ``"click"``,
        ``"machine"``, ``"speech"``, ``"animal"`` or ``"scene"``.
    y : ndarray [shape=(n,), dtype=float32]
        Waveform at 16 kHz, within −1…1.
    """

    kind: str
    group: str
    y: NDArray[np.float32]


def signals(
    seed: int, per_kind: int = 12, *, seconds: tuple[float, float] = (3.2, 30.0), kinds: tuple[str, ...] = ()
) -> Iterator[Signal]:
    """Synthesise sounds that are not music.

    Parameters
    ----------
    seed : int
        The same seed gives the same sounds, whichever kinds are asked for.
    per_kind : int
        How many of each kind.
    seconds : tuple of float
        Least and greatest length.
    kinds : tuple of str
        Names in :data:`KINDS`; all when empty.

    Yields
    ------
    Signal
        Kind by kind.
    """
    for number, (kind, (group, make)) in enumerate(KINDS.items()):
        if kinds and kind not in kinds:
            continue
        for take in range(per_kind):
            rng = np.random.default_rng([seed, number, take])
            n = length_of(rng, seconds)
            yield Signal(kind, group, recorded(make(n, rng), rng))


# --- noise -----------------------------------------------------------------------------------------------


def _noise(n: int, rng: Rng) -> Floats:
    return coloured(n, rng, float(rng.choice([-1.0, 0.0, 0.0, 1.0, 1.0, 2.0])))


def _band_noise(n: int, rng: Rng) -> Floats:
    low = float(np.exp(rng.uniform(np.log(50), np.log(4_000))))
    return coloured(n, rng, 0, low, low * rng.uniform(1.2, 6))


def _weather(n: int, rng: Rng) -> Floats:
    """Wind, sea, rain: noise that swells."""
    swell = np.exp(curve(n, rng, rng.uniform(0.1, 1.5), -rng.uniform(0.5, 2.5), 0))
    deep = coloured(n, rng, rng.uniform(1, 2.5)) * swell
    return np.asarray(deep + coloured(n, rng, 0, 1_000) * swell**2 * rng.uniform(0, 0.5))


def _hiss(n: int, rng: Rng) -> Floats:
    """Almost silence: hiss, perhaps a hum, some bumps."""
    y = coloured(n, rng, rng.uniform(-0.5, 1))
    if rng.random() < 0.5:
        y += voiced(steady(n, float(rng.choice([50, 60]))), 5, 1.0) * rng.uniform(0, 1)
    for _ in range(int(rng.poisson(n / SR / 6))):
        length = int(rng.uniform(0.02, 0.2) * SR)
        add(y, int(rng.integers(n)), coloured(length, rng, 2) * pulse(length, 0.005, 0.1) * rng.uniform(0.3, 3))
    return y


# --- tones and test signals ------------------------------------------------------------------------------


def _tone(n: int, rng: Rng) -> Floats:
    """One, two or three steady tones: sine, square-like or sawtooth-like."""
    y = np.zeros(n)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        frequency = float(np.exp(rng.uniform(np.log(40), np.log(6_000))))
        partials, tilt = ((1, 1.0), (1, 1.0), (30, 1.0), (8, 2.0))[int(rng.integers(4))]
        y += voiced(steady(n, frequency), partials, tilt)
    depth = rng.uniform(0, 0.9) * (rng.random() < 0.3)
    return np.asarray(y * (1 + depth * np.sin(2 * np.pi * rng.uniform(0.5, 30) * np.arange(n) / SR)))


def _sweep(n: int, rng: Rng) -> Floats:
    """Tones that glide up or down, once or again and again; sirens."""
    low, high = np.sort(np.exp(rng.uniform(np.log(40), np.log(7_500), 2)))
    high = max(high, 1.5 * low)
    phase = (np.arange(n) / SR / rng.uniform(0.3, n / SR)) % 1.0
    shape = int(rng.integers(3))
    phase = (phase, 1 - phase, (1 - np.cos(2 * np.pi * phase)) / 2)[shape]
    frequency = low * (high / low) ** phase if rng.random() < 0.6 else low + (high - low) * phase
    return voiced(frequency, int(rng.choice([1, 1, 6])), 1.0)


def _beeps(n: int, rng: Rng) -> Floats:
    """Beeps and alarms: one or two pitches, on and off."""
    pitches = np.exp(rng.uniform(np.log(300), np.log(4_000), int(rng.integers(1, 3))))
    on, off = rng.uniform(0.04, 0.6), rng.uniform(0.04, 1.5)
    y, at, number = np.zeros(n), int(rng.uniform(0, 0.5) * SR), 0
    while at < n:
        length = int(on * SR)
        tone = voiced(steady(length, pitches[number % len(pitches)]), int(rng.choice([1, 5])), 1.0)
        add(y, at, tone * pulse(length, 0.004, 0.004))
        at, number = at + int((on + off) * SR), number + 1
    return y


def _dialling(n: int, rng: Rng) -> Floats:
    """Telephone keys, engaged and ringing tones, a modem."""
    manner = int(rng.integers(3))
    if manner == 0:
        y, at = np.zeros(n), 0
        while at < n:
            length = int(rng.uniform(0.06, 0.25) * SR)
            row, column = _KEYS[int(rng.integers(len(_KEYS)))]
            key = voiced(steady(length, row), 1, 1) + voiced(steady(length, column), 1, 1)
            add(y, at, key * pulse(length, 0.003, 0.003))
            at += length + int(rng.uniform(0.04, 0.4) * SR)
        return y
    if manner == 1:
        period, share = rng.uniform(0.5, 6), rng.uniform(0.2, 0.6)
        on = (np.arange(n) / SR) % period < share * period
        return np.asarray((voiced(steady(n, 425), 1, 1) + voiced(steady(n, rng.uniform(350, 480)), 1, 1)) * on)
    bits = rng.integers(0, 2, n // (SR // 300) + 1).repeat(SR // 300)[:n]
    return voiced(np.where(bits, rng.uniform(1_100, 2_400), rng.uniform(900, 2_100)), 1, 1.0)


def _morse(n: int, rng: Rng) -> Floats:
    """Dots and dashes."""
    dot = int(rng.uniform(0.04, 0.12) * SR)
    on = np.concatenate([np.repeat([1.0, 0.0], [dot * int(rng.choice([1, 3])), dot * int(rng.choice([1, 1, 3, 7]))])
                         for _ in range(n // dot + 1)])  # fmt: skip
    smooth = np.convolve(on[: n + 64], np.hanning(65) / np.hanning(65).sum(), mode="same")[:n]
    return np.asarray(voiced(steady(n, rng.uniform(400, 1_200)), 1, 1.0) * smooth)


# --- clicks and bursts -----------------------------------------------------------------------------------


def _clicks(n: int, rng: Rng) -> Floats:
    """Clicks, knocks, steps, typing, a clock: short bursts of one colour, at odd or even times."""
    y, colour, ring = np.zeros(n), rng.uniform(-1, 2), rng.uniform(200, 4_000)
    rate, even = rng.uniform(0.4, 8), rng.random() < 0.4
    length = int(rng.uniform(0.003, 0.12) * SR) + 8
    at = 0.0
    while at < n:
        burst = coloured(length, rng, colour) + voiced(steady(length, ring), 1, 1.0) * rng.uniform(0, 1)
        add(y, int(at), burst * 10 ** (-3 * np.arange(length) / length) * rng.uniform(0.4, 1))
        at += SR / rate * (1.0 if even else rng.exponential() + 0.05)
    return y + 1e-4 * coloured(n, rng, 1)


def _impulses(n: int, rng: Rng) -> Floats:
    y = 1e-5 * rng.standard_normal(n)
    y[rng.integers(0, n, max(1, int(rng.uniform(0.5, 200) * n / SR)))] = rng.choice([-1.0, 1.0])
    return y


def _applause(n: int, rng: Rng) -> Floats:
    """Many hands; rain on a roof and a crackling fire are not far from it."""
    y, many = np.zeros(n), int(rng.uniform(10, 300) * n / SR)
    swell = curve(n, rng, 0.3, 0.2, 1)
    clap = [coloured(400, rng, 0, low, 4 * low) * np.exp(-np.arange(400) / 80) for low in rng.uniform(600, 1_800, 12)]
    for start in rng.integers(0, n, many):
        add(y, int(start), clap[int(rng.integers(12))] * rng.uniform(0.2, 1) * swell[start])
    return y + 0.02 * coloured(n, rng, 1)


# --- machines --------------------------------------------------------------------------------------------


def _hum(n: int, rng: Rng) -> Floats:
    frequency = float(rng.choice([50, 60, 100, 120, 400]))
    return voiced(steady(n, frequency), int(rng.integers(2, 30)), rng.uniform(0.3, 2))


def _engine(n: int, rng: Rng) -> Floats:
    """Motors, drills, propellers: a low buzz that changes its speed, and noise."""
    speed = np.exp(curve(n, rng, rng.uniform(0.05, 1), np.log(25), np.log(rng.uniform(40, 250))))
    wobble = 1 + 0.01 * np.sin(2 * np.pi * np.cumsum(speed / 2) / SR)
    y = unit(voiced(speed * wobble, 60, rng.uniform(0.2, 1.3)))
    beat = 1 + rng.uniform(0, 0.8) * np.sin(2 * np.pi * np.cumsum(speed / rng.integers(2, 9)) / SR)
    return np.asarray((y + coloured(n, rng, rng.uniform(0, 2)) * rng.uniform(0.1, 1.5)) * beat)


# --- several at once -------------------------------------------------------------------------------------


def _scene(n: int, rng: Rng) -> Floats:
    """Two of the others together, as they are outdoors: somebody talks in the wind, a bird by the road."""
    names = [name for name in KINDS if name != "scene"]
    first, second = (KINDS[names[int(rng.integers(len(names)))]][1](n, rng) for _ in range(2))
    return np.asarray(unit(first) + unit(second) * 10 ** (-rng.uniform(0, 18) / 20))


KINDS: dict[str, tuple[str, Callable[[int, Rng], Floats]]] = {
    "noise": ("noise", _noise),
    "band noise": ("noise", _band_noise),
    "weather": ("noise", _weather),
    "hiss": ("noise", _hiss),
    "tone": ("tone", _tone),
    "sweep": ("tone", _sweep),
    "beeps": ("tone", _beeps),
    "dialling": ("tone", _dialling),
    "morse": ("tone", _morse),
    "clicks": ("click", _clicks),
    "impulses": ("click", _impulses),
    "applause": ("click", _applause),
    "hum": ("machine", _hum),
    "engine": ("machine", _engine),
    "speech": ("speech", speech),
    "whisper": ("speech", whisper),
    "babble": ("speech", babble),
    "bird": ("animal", bird),
    "whale": ("animal", whale),
    "howl": ("animal", howl),
    "bark": ("animal", bark),
    "beast": ("animal", beast),
    "crawler": ("animal", crawler),
    "scene": ("scene", _scene),
    "reading": ("speech", reading),
}
