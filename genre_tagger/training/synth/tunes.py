"""Synthesised simple music: one instrument, a few chords, drums alone.

The guard must not learn that music is whatever has many instruments. A lone trumpet differs from a whale by
steady pitches out of a scale and by its beat, not by its timbre; these tunes say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.synth.sounds import (
    SR,
    Floats,
    Rng,
    add,
    coloured,
    filtered,
    formants,
    frames,
    length_of,
    pulse,
    recorded,
    unit,
    voiced,
)

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9), (0, 3, 5, 6, 7, 10))
_RHYTHMS = ((1.0,), (0.5,), (0.5, 0.5, 1.0), (1.5, 0.5), (0.75, 0.25), (1 / 3,), (0.25,), (2.0, 1.0, 1.0))


@dataclass(frozen=True, slots=True)
class _Instrument:
    """How a note sounds."""

    partials: int
    tilt: float
    attack: float  # s
    decay: float  # dB a second; 0 holds
    vibrato: float  # semitones
    breath: float  # share of noise

    @classmethod
    def drawn(cls, rng: Rng) -> _Instrument:
        """Any instrument: struck and plucked ones die away, blown and bowed ones hold."""
        struck = rng.random() < 0.5
        return cls(
            partials=int(rng.integers(1, 20)),
            tilt=rng.uniform(0.5, 2.2),
            attack=rng.uniform(0.002, 0.01) if struck else rng.uniform(0.01, 0.12),
            decay=rng.uniform(6, 60) if struck else rng.uniform(0, 4),
            vibrato=0.0 if struck else float(rng.choice([0.0, rng.uniform(0.05, 0.5)])),
            breath=rng.uniform(0, 0.05) if struck else rng.uniform(0, 0.2),
        )

    def note(self, semitone: float, length: int, rng: Rng) -> Floats:
        """One note; semitone 69 is 440 Hz."""
        at = np.arange(length) / SR
        shake = self.vibrato * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * at) * np.minimum(1, at / 0.3)
        frequency = 440.0 * 2 ** ((semitone + shake - 69) / 12)
        y = unit(voiced(frequency, self.partials, self.tilt)) + self.breath * coloured(length, rng, 1)
        return np.asarray(y * 10 ** (-self.decay * at / 20) * pulse(length, self.attack, 0.03))


def tunes(
    seed: int, per_kind: int = 30, *, seconds: tuple[float, float] = (3.2, 30.0), kinds: tuple[str, ...] = ()
) -> Iterator[NDArray[np.float32]]:
    """Synthesise simple music.

    Parameters
    ----------
    seed : int
        The same seed gives the same tunes.
    per_kind : int
        How many of each of :data:`KINDS`.
    seconds : tuple of float
        Least and greatest length.
    kinds : tuple of str
        Names in :data:`KINDS`; all when empty.

    Yields
    ------
    ndarray [shape=(n,), dtype=float32]
        Waveform at 16 kHz.
    """
    for number, (kind, make) in enumerate(KINDS.items()):
        if kinds and kind not in kinds:
            continue
        for take in range(per_kind):
            rng = np.random.default_rng([seed, 1_000 + number, take])
            tune = make(length_of(rng, seconds), rng)
            if rng.random() < 0.2:  # silence before or after it
                silent = int(rng.uniform(0.05, 0.3) * len(tune))
                tune[slice(silent) if rng.random() < 0.3 else slice(-silent, None)] = 0
            yield recorded(tune, rng, noise=0.4)


def _beat(rng: Rng) -> float:
    """Samples a beat, at 60 to 180 beats a minute."""
    return SR * 60 / rng.uniform(60, 180)


def melody(n: int, rng: Rng, *, low: float = 48, high: float = 84) -> Floats:
    """One voice that walks on a scale in a rhythm and comes back to its motifs."""
    instrument, beat = _Instrument.drawn(rng), _beat(rng)
    scale, root = _SCALES[int(rng.integers(len(_SCALES)))], rng.uniform(low, high - 12)
    rhythms = [_RHYTHMS[int(rng.integers(len(_RHYTHMS)))] for _ in range(2)]
    motifs = [rng.integers(-2, 3, int(rng.integers(3, 9))).cumsum() for _ in range(3)]
    y, at, legato = np.zeros(n), 0.0, rng.uniform(0.6, 1.05)
    while at < n:
        rhythm, motif = rhythms[int(rng.integers(2))], motifs[int(rng.integers(3))]
        for number, step in enumerate(motif):
            octave, degree = divmod(int(step), len(scale))
            length = rhythm[number % len(rhythm)] * beat
            if rng.random() > 0.08:
                note = instrument.note(root + 12 * octave + scale[degree], int(length * legato) + 64, rng)
                add(y, int(at), note * rng.uniform(0.6, 1))
            at += length
    return y


def solo(n: int, rng: Rng) -> Floats:
    """A blown or bowed instrument or a singer alone, played freely: scoops, glides, accents, breaths."""
    beat, scale = _beat(rng), _SCALES[int(rng.integers(len(_SCALES)))]
    root, degree, y, at = rng.uniform(45, 72), 0, np.zeros(n), rng.uniform(0, 0.5) * SR
    partials, tilt, vibrato = int(rng.integers(4, 30)), rng.uniform(0, 1.8), rng.uniform(0, 0.6)
    scoop, linger, rest = rng.uniform(0, 2), rng.uniform(0.005, 0.06), rng.uniform(0, 0.25)
    lengths = ((0.25, 0.25, 0.25, 0.5), (0.25, 0.5, 0.5, 1), (0.5, 1, 1, 1.5, 3))[int(rng.integers(3))]
    short, softest = rng.uniform(0.35, 1), rng.uniform(0.1, 0.8)
    before = root
    while at < n:
        whole = max(900, int(beat * rng.choice(lengths)))
        degree = int(np.clip(degree + rng.choice([-2, -1, -1, 0, 1, 1, 2, 4]), -7, 9))
        aim = root + 12 * (degree // len(scale)) + scale[degree % len(scale)]
        tone = _sung(before if rng.random() < 0.3 else aim - scoop * rng.random(), aim, linger, vibrato,
                     int(whole * short) + 300, (partials, tilt), rng)  # fmt: skip
        add(y, int(at), tone * rng.uniform(softest, 1))
        before, at = aim, at + whole + (rng.uniform(0.3, 2) * beat if rng.random() < rest else 0)
    if rng.random() < 0.5:  # the bell of a horn, the belly of a fiddle
        body = np.tile(np.sort(rng.uniform(300, 3_500, 2)), (frames(n), 1))
        y = filtered(y, lambda f: 0.1 + formants(f, body, np.array([600.0, 900.0]), np.ones(2)))
    return y


def _sung(
    start: float, aim: float, linger: float, vibrato: float, length: int, timbre: tuple[int, float], rng: Rng
) -> Floats:
    """A note that glides from one semitone to another within so many seconds."""
    along = np.arange(length) / SR
    pitch = aim + (start - aim) * np.exp(-along / linger)
    pitch += vibrato * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * along) * np.minimum(1, along / 0.4)
    tone = unit(voiced(440 * 2 ** ((pitch - 69) / 12), *timbre))
    tone = tone + coloured(length, rng, 1, 300) * rng.uniform(0, 0.15)
    swell = 0.6 + 0.4 * np.sin(np.pi * np.arange(length) / length)
    return np.asarray(tone * swell * pulse(length, rng.uniform(0.005, 0.06), 0.04))


def chords(n: int, rng: Rng) -> Floats:
    """Chords of a scale, held or broken."""
    instrument, beat, scale = _Instrument.drawn(rng), _beat(rng), _SCALES[int(rng.integers(2))]
    root, bars = rng.uniform(40, 60), [int(rng.integers(7)) for _ in range(4)]
    broken, length = rng.random() < 0.5, int(rng.choice([1, 2, 4]) * beat)
    y = np.zeros(n)
    for number, start in enumerate(range(0, n, length)):
        tones = [bars[number % 4] + third for third in (0, 2, 4, int(rng.choice([6, 7])))]
        for voice, tone in enumerate(tones):
            octave, degree = divmod(tone, 7)
            late = int(voice * length / len(tones)) if broken else 0
            add(y, start + late, instrument.note(root + 12 * octave + scale[degree], length - late + 64, rng))
    return y


def duet(n: int, rng: Rng) -> Floats:
    """A melody above chords or a bass."""
    below = chords(n, rng) if rng.random() < 0.5 else melody(n, rng, low=28, high=48)
    return np.asarray(unit(melody(n, rng, low=60, high=90)) + unit(below) * rng.uniform(0.3, 1.2))


def drums(n: int, rng: Rng) -> Floats:
    """A bar of drums, again and again with small changes; perhaps a bass below."""
    step = _beat(rng) / 4
    kit = [_drum(rng, part) for part in range(3)]
    chances = np.stack([rng.random(16) < share for share in (0.25, 0.2, 0.6)])
    chances[0, 0] = chances[1, 4] = chances[1, 12] = True
    y = np.zeros(n)
    for number in range(int(n / step) + 1):
        for part in range(3):
            if chances[part, number % 16] != (rng.random() < 0.04):
                add(y, int(number * step), kit[part] * rng.uniform(0.6, 1))
    if rng.random() < 0.4:
        y = unit(y) + unit(melody(n, rng, low=28, high=45)) * rng.uniform(0.2, 1)
    return y


def _drum(rng: Rng, part: int) -> Floats:
    """Bass drum, snare or cymbal."""
    length = int((0.35, 0.25, 0.12)[part] * rng.uniform(0.6, 1.5) * SR)
    die = 10 ** (-2.5 * np.arange(length) / length)
    if part == 0:
        fall = rng.uniform(40, 70) * (1 + 3 * np.exp(-np.arange(length) / (0.02 * SR)))
        return np.asarray(voiced(fall, 1, 1.0) * die)
    noise = coloured(length, rng, 0, 4_000 if part == 2 else 400)
    return np.asarray((noise * 0.4 + (part == 1) * 0.5 * voiced(np.full(length, rng.uniform(150, 280)), 2, 1.0)) * die)


def riff(n: int, rng: Rng) -> Floats:
    """A loud band: overdriven chords of a few frets over fast drums and a bass, dense and rough."""
    step, root = _beat(rng) / rng.choice([2, 4]), rng.uniform(28, 45)
    bars = [rng.choice([0, 1, 3, 5, 7, 8, 10], 8) for _ in range(2)]
    partials, gain = int(rng.integers(12, 40)), rng.uniform(2, 30)
    guitar = np.zeros(n)
    for number in range(int(n / step) + 1):
        fret, length = root + 12 + bars[number // 16 % 2][number % 8], int(step * rng.choice([0.5, 1, 1, 1.02])) + 64
        if rng.random() > 0.1:
            for voice in (0, 7, 12):
                frequency = np.full(length, 440 * 2 ** ((fret + voice - 69) / 12))
                add(guitar, int(number * step), voiced(frequency, partials, 0.7) * pulse(length, 0.003, 0.01))
    roar = np.tanh(gain * unit(guitar)) + rng.uniform(0, 0.3) * coloured(n, rng, 1)
    if rng.random() < 0.5:  # a small loudspeaker: bright and without a bottom
        roar = np.diff(roar, prepend=0.0)
    return np.asarray(unit(roar) + unit(drums(n, rng)) * rng.uniform(0.3, 1.2))


KINDS: dict[str, Callable[[int, Rng], Floats]] = {
    "melody": melody, "chords": chords, "duet": duet, "drums": drums, "riff": riff, "solo": solo,
}  # fmt: skip
