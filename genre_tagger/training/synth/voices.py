"""Voices of people and animals, synthesised: formants with the rhythm of syllables, calls with pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genre_tagger.training.synth.sounds import (
    HOP,
    SR,
    Floats,
    Rng,
    add,
    coloured,
    curve,
    filtered,
    formants,
    frames,
    pulse,
    room,
    unit,
    voiced,
)

# First three resonances in Hz of the vowels of a man's voice (Peterson and Barney 1952, rounded).
_VOWELS = np.array([
    (270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440),
    (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390), (490, 1350, 1690), (300, 1200, 2200),
], dtype=np.float64)  # fmt: skip
_WIDTHS = np.array([80.0, 110.0, 160.0, 250.0])
_GAINS = np.array([1.0, 0.5, 0.3, 0.12])


# --- people ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Track:
    """What the mouth does, frame by frame."""

    pitch: Floats  # in Hz [shape=(frames,)]
    voice: Floats  # loudness of the voice [shape=(frames,)]
    breath: Floats  # loudness of the noise of consonants [shape=(frames,)]
    hiss: Floats  # centre of that noise in Hz [shape=(frames,)]
    mouth: Floats  # resonances in Hz [shape=(frames, 4)]


def speech(n: int, rng: Rng) -> Floats:
    """A person who talks, at 3 to 7 syllables a second, in phrases with pauses."""
    return _spoken(_talk(frames(n), rng), n, rng)


def whisper(n: int, rng: Rng) -> Floats:
    """The same without a voice."""
    track = _talk(frames(n), rng)
    breath = filtered(coloured(n, rng, 0.5), lambda f: formants(f, track.mouth, 2 * _WIDTHS, _GAINS))
    return np.asarray(unit(breath) * _spread(track.voice, n) + 0.3 * _consonants(track, n, rng))


def babble(n: int, rng: Rng) -> Floats:
    """Several people at once."""
    many = int(rng.integers(2, 7))
    return np.asarray(sum(unit(speech(n, rng)) * rng.uniform(0.3, 1) for _ in range(many)))


def _talk(count: int, rng: Rng) -> _Track:
    """Draw a person and what they say."""
    size = rng.uniform(0.95, 1.4)  # of the head, against a man's
    base, liveliness = rng.uniform(75, 180) * size**1.5, rng.uniform(0.03, 0.25)
    pace = rng.uniform(3.2, 6.5)
    mouth = np.tile(np.array([500.0, 1_500, 2_500, 3_500]), (count, 1))
    track = _Track(np.full(count, base), np.zeros(count), np.zeros(count), np.full(count, 3_000.0), mouth)
    at = int(rng.integers(1, 40))
    while at < count:
        syllables = int(rng.integers(2, 16))
        start = at
        for number in range(syllables):
            at = _syllable(track, at, base * (1.15 - 0.3 * number / syllables), liveliness, size, pace, rng)
        track.pitch[start:at] *= 1 + 0.015 * rng.standard_normal(max(0, min(at, count) - start))
        at += int(rng.choice([0.12, 0.3, 0.6, 1.2]) * rng.uniform(0.6, 1.4) * SR / HOP)
    return track


def _syllable(track: _Track, at: int, pitch: float, lively: float, size: float, pace: float, rng: Rng) -> int:
    """Say one syllable; gives the frame where it ends."""
    count, second = len(track.pitch), SR / HOP
    if rng.random() < 0.55:  # a consonant of noise: s, f, t
        length = int(rng.uniform(0.02, 0.12) * second) + 1
        track.breath[at : at + length] = rng.uniform(0.1, 0.7) * pulse(length, 1e-4, 1e-4)[: max(0, count - at)]
        track.hiss[at : at + length] = rng.uniform(1_500, 6_500)
        at += length + int(rng.uniform(0, 0.04) * second)
    length = max(5, int(rng.uniform(0.45, 1.1) / pace * second))
    here = slice(at, min(at + length, count))
    m = max(0, here.stop - here.start)
    along = np.arange(m)[:, None] / length
    first, second_vowel = (_VOWELS[int(rng.integers(len(_VOWELS)))] * size**0.7 for _ in range(2))
    glide = along ** rng.uniform(0.5, 3) * rng.uniform(0.2, 1)
    track.mouth[here, :3] = first * (1 - glide) + second_vowel * glide
    bend = rng.normal(0, lively) + rng.normal(0, lively) * along[:, 0]
    track.pitch[here] = pitch * np.exp(bend)
    hump = np.sin(np.pi * np.clip(along[:, 0], 0, 1)) ** rng.uniform(0.3, 1)
    track.voice[here] = hump * rng.uniform(0.35, 1)
    return at + length + int(rng.exponential(0.02) * second)


def _spoken(track: _Track, n: int, rng: Rng) -> Floats:
    source = voiced(_spread(track.pitch, n), 60, rng.uniform(0.7, 1.4)) + 0.05 * rng.standard_normal(n)
    voice = filtered(source, lambda f: formants(f, track.mouth, _WIDTHS * rng.uniform(0.8, 1.6), _GAINS))
    return np.asarray(unit(voice) * _spread(track.voice, n) + _consonants(track, n, rng) * rng.uniform(0.2, 0.8))


def _consonants(track: _Track, n: int, rng: Rng) -> Floats:
    width, one = np.array([1_500.0]), np.ones(1)
    noise = filtered(rng.standard_normal(n), lambda f: formants(f, track.hiss[:, None], width, one))
    return np.asarray(unit(noise) * _spread(track.breath, n))


def _spread(values: Floats, n: int) -> Floats:
    """From frames to samples [shape=(n,)]."""
    return np.interp(np.arange(n) / HOP, np.arange(len(values)), values)


# --- animals ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Call:
    """How a species calls: ranges from which each animal, and then each call, draws."""

    pitch: tuple[float, float]  # Hz
    length: tuple[float, float]  # s
    pause: tuple[float, float]  # s
    bend: float  # how far a call glides, in octaves
    partials: int = 1
    rough: float = 0.0  # share of noise
    throat: bool = False  # whether it has resonances
    trill: tuple[float, float] = (0.0, 0.0)  # Hz, of a quick change of loudness or pitch
    burst: int = 1  # most calls without a pause between them


def _calling(species: _Call, n: int, rng: Rng) -> Floats:
    """One animal, or two, calling now and then."""
    y = np.zeros(n)
    for _ in range(int(rng.choice([1, 1, 2]))):
        base = np.exp(rng.uniform(*np.log(species.pitch)))
        length, pause = rng.uniform(*species.length), rng.uniform(*species.pause)
        kinds = [_contour(species, rng) for _ in range(int(rng.integers(1, 5)))]
        loud, at = rng.uniform(0.3, 1), int(rng.uniform(0, 1) * min(pause, n / SR / 3) * SR)
        while at < n:
            for _ in range(int(rng.integers(1, species.burst + 1))):
                m = max(64, int(length * rng.uniform(0.6, 1.5) * SR))
                call = _one_call(species, base * rng.uniform(0.85, 1.2), kinds[int(rng.integers(len(kinds)))], m, rng)
                add(y, at, call * loud * rng.uniform(0.5, 1))
                at += m + int(rng.uniform(0.01, 0.08) * SR)
            at += int(pause * rng.uniform(0.5, 1.6) * SR)
    return y + 1e-3 * coloured(n, rng, 1)


def _contour(species: _Call, rng: Rng) -> Floats:
    """The melody of a call: octaves away from its pitch at five points."""
    return rng.uniform(-1, 1, 5).cumsum() * species.bend / 2


def _one_call(species: _Call, base: float, contour: Floats, m: int, rng: Rng) -> Floats:
    along = np.linspace(0, 4, m)
    octaves = np.interp(along, np.arange(5), contour)
    at = np.arange(m) / SR
    loud = pulse(m, rng.uniform(0.05, 0.4) * m / SR, rng.uniform(0.1, 0.6) * m / SR)
    if species.trill[1] > 0 and rng.random() < 0.7:
        shake = np.sin(2 * np.pi * rng.uniform(*species.trill) * at)
        octaves = octaves + shake * species.bend * rng.uniform(0, 0.4)
        loud = loud * (1 + shake * rng.uniform(0, 1)) / 2
    frequency = np.clip(base * 2.0**octaves, 25, 7_600)
    tone = unit(voiced(frequency, species.partials, rng.uniform(0.3, 1.5)))
    if species.rough:
        tone = tone + unit(coloured(m, rng, 0, base / 2, base * 8)) * rng.uniform(0, 2 * species.rough)
    if species.throat:
        centres = np.tile(np.sort(rng.uniform(300, 4_500, 4)), (frames(m), 1))
        centres *= (1 + 0.3 * np.sin(np.linspace(0, np.pi, frames(m))))[:, None]
        tone = unit(filtered(tone, lambda f: formants(f, centres, 3 * _WIDTHS, _GAINS)))
    return np.asarray(tone * loud)


def bird(n: int, rng: Rng) -> Floats:
    """Whistles, chirps and warbles."""
    return _calling(_Call((1_500, 6_500), (0.04, 0.5), (0.1, 3), 0.8, 2, 0.05, trill=(8, 70), burst=8), n, rng)


def whale(n: int, rng: Rng) -> Floats:
    """Long moans and cries under water."""
    y = _calling(_Call((50, 1_200), (0.4, 4), (0.3, 5), 1.2, 12, 0.15, trill=(3, 30), burst=3), n, rng)
    return np.asarray(unit(room(y, rng, rng.uniform(1, 3))) + 0.1 * coloured(n, rng, rng.uniform(0.5, 2)))


def howl(n: int, rng: Rng) -> Floats:
    """Dogs and wolves that howl, cats, whining."""
    return _calling(_Call((200, 1_100), (0.4, 4), (0.2, 6), 0.7, 15, 0.1, True, (4, 12), 3), n, rng)


def bark(n: int, rng: Rng) -> Floats:
    """Barks and croaks."""
    return _calling(_Call((120, 900), (0.06, 0.3), (0.1, 3), 0.8, 20, 0.6, True, (20, 80), 5), n, rng)


def beast(n: int, rng: Rng) -> Floats:
    """Cows, sheep, crows, gulls, apes."""
    return _calling(_Call((80, 1_500), (0.2, 1.8), (0.2, 4), 0.6, 25, 0.4, True, (5, 40), 4), n, rng)


def crawler(n: int, rng: Rng) -> Floats:
    """Crickets, frogs and bees."""
    trill = np.maximum(0, np.sin(2 * np.pi * np.cumsum(curve(n, rng, 0.5, 15, 60)) / SR))
    chirp = _calling(_Call((400, 6_500), (0.05, 0.8), (0.05, 1.5), 0.05, 3, 0.1, burst=4), n, rng)
    return np.asarray(chirp * trill + 0.02 * coloured(n, rng, 1))
