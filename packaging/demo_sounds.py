"""The instruments of the demo pieces: each returns mono sound [shape=(n,)] at `SR`, about 1 at its loudest."""

from __future__ import annotations

import numpy as np

SR = 44100
RNG = np.random.default_rng(20)


def hertz(note: float) -> float:
    """Frequency of a MIDI note number."""
    return 440.0 * 2 ** ((note - 69) / 12)


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * SR)) / SR


def _filter(y: np.ndarray, kind: str, cutoff: float | tuple[float, float], order: int = 2) -> np.ndarray:
    from scipy.signal import butter, sosfilt

    return sosfilt(butter(order, cutoff, kind, fs=SR, output="sos"), y)


def low(y: np.ndarray, cutoff: float, order: int = 2) -> np.ndarray:
    return _filter(y, "lowpass", cutoff, order)


def high(y: np.ndarray, cutoff: float, order: int = 2) -> np.ndarray:
    return _filter(y, "highpass", cutoff, order)


def envelope(n: int, attack: float, release: float, decay: float = 0.0) -> np.ndarray:
    """Linear attack and release (s) with an exponential decay (1/s) between."""
    t = np.arange(n) / SR
    end = n / SR
    return np.clip(t / max(attack, 1e-4), 0, 1) * np.clip((end - t) / max(release, 1e-4), 0, 1) * np.exp(-decay * t)


# --- strings ---------------------------------------------------------------------------------------------


def pluck(note: float, seconds: float, *, bright: float = 0.5, sustain: float = 0.996) -> np.ndarray:
    """A plucked string (Karplus and Strong, Computer Music Journal 7(2), 1983), tuned by an all-pass filter."""
    from scipy.signal import lfilter

    period = SR / hertz(note) - 0.5
    whole = int(period - 0.1)
    part = period - whole
    allpass = (1 - part) / (1 + part)
    burst = low(RNG.uniform(-1, 1, whole), 1000 + 11000 * bright, 1)
    # A pick near the bridge leaves out the harmonics that have a node there.
    burst = burst - np.roll(burst, max(1, int(whole * 0.17)))
    excitation = np.zeros(int(seconds * SR))
    excitation[: min(whole, len(excitation))] = burst[: len(excitation)]
    # y = x + s·H(z)·y with H = average of two · allpass · delay
    feedback = np.zeros(whole + 3)
    feedback[0], feedback[1] = 1, allpass
    for i, b in enumerate(np.convolve([0.5, 0.5], [allpass, 1])):
        feedback[whole + i] -= sustain * b
    y = lfilter([1, allpass], feedback, excitation)
    y *= envelope(len(y), 0.001, min(0.04, seconds / 4))
    return y / (np.abs(y).max() + 1e-9)


def bass(note: float, seconds: float, *, round_: float = 700.0) -> np.ndarray:
    """An electric or double bass: a dark string with its fundamental made stronger."""
    t = _time(seconds)
    body = np.sin(2 * np.pi * hertz(note) * t) * np.exp(-2.0 * t)
    y = low(pluck(note, seconds, bright=0.25, sustain=0.994), round_) * 0.9 + body * 0.6
    return y * envelope(len(y), 0.004, min(0.05, seconds / 3))


def power_chord(note: float, seconds: float, *, muted: bool = False) -> np.ndarray:
    """Root, fifth and octave through an overdriven amplifier and its loudspeaker, played twice."""
    takes = []
    for detune in (-0.05, 0.04):
        strings = [
            pluck(note + interval + detune, seconds, bright=0.7, sustain=0.975 if muted else 0.9985)
            for interval in (0, 7, 12)
        ]
        driven = np.tanh(high(np.sum(strings, axis=0), 90) * (7 if muted else 12))
        takes.append(high(low(driven, 4200, 4), 80))
    y = np.sum(takes, axis=0)
    return y / (np.abs(y).max() + 1e-9) * envelope(len(y), 0.001, 0.02, 9 if muted else 0.4)


def lead_guitar(note: float, seconds: float, *, bend: float = 0.0) -> np.ndarray:
    """A singing, slightly driven guitar with vibrato; `bend` semitones up from below."""
    t = _time(seconds)
    pitch = note - bend * np.exp(-t / 0.09) + 0.18 * np.sin(2 * np.pi * 5.3 * t) * np.clip((t - 0.2) / 0.3, 0, 1)
    phase = np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / SR
    saw = sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 14) if k * hertz(note) < SR / 2.5)
    y = np.tanh(low(saw, 2600) * 1.8) * envelope(len(t), 0.008, 0.08, 1.6)
    return y / (np.abs(y).max() + 1e-9)


def bowed(note: float, seconds: float, *, attack: float = 0.09, cutoff: float = 3200.0) -> np.ndarray:
    """A section of violins or cellos: detuned saws with vibrato that never agree."""
    t = _time(seconds)
    y = np.zeros(len(t))
    for player in range(5):
        rate, start = 4.7 + 0.35 * player, RNG.uniform(0, 2 * np.pi)
        cents = RNG.normal(0, 0.05) + 0.10 * np.sin(2 * np.pi * rate * t + start)
        phase = np.cumsum(440 * 2 ** ((note + cents - 69) / 12)) / SR + RNG.uniform()
        y += 2 * (phase % 1) - 1
    y = high(low(y, cutoff, 2), 120) * envelope(len(t), attack, min(0.15, seconds / 3))
    return y / (np.abs(y).max() + 1e-9)


# --- keys and wind -----------------------------------------------------------------------------------------


def piano(note: float, seconds: float, *, touch: float = 0.7) -> np.ndarray:
    """Stretched partials, each with its own decay, and the knock of the hammer."""
    t = _time(seconds)
    f, y = hertz(note), np.zeros(len(t))
    for k in range(1, 15):
        partial = f * k * np.sqrt(1 + 0.0004 * k * k)
        if partial > SR / 2.2:
            break
        level = touch ** (k * 0.75) / k**0.4
        for detune in (0.9996, 1.0005):
            y += level * np.sin(2 * np.pi * partial * detune * t) * np.exp(-t * (0.9 + 0.35 * k) * (f / 260) ** 0.5)
    knock = low(RNG.normal(0, 1, len(t)), 900) * np.exp(-t * 70) * 0.15
    y = (y + knock) * envelope(len(t), 0.002, min(0.08, seconds / 3))
    return y / (np.abs(y).max() + 1e-9)


def harpsichord(note: float, seconds: float) -> np.ndarray:
    """Two choirs of bright strings, an octave apart."""
    y = pluck(note, seconds, bright=1.0, sustain=0.9975) + 0.6 * pluck(note + 12, seconds, bright=1.0, sustain=0.996)
    return high(y, 180) / 1.6


def electric_piano(note: float, seconds: float) -> np.ndarray:
    """A tine and a pickup, by frequency modulation."""
    t = _time(seconds)
    f = hertz(note)
    index = 1.4 * np.exp(-t * 3.5)
    tine = 0.25 * np.sin(2 * np.pi * 14 * f * t) * np.exp(-t * 22) if 14 * f < SR / 2 else 0
    y = np.sin(2 * np.pi * f * t + index * np.sin(2 * np.pi * f * t)) * np.exp(-t * 1.3) + tine
    return y * envelope(len(t), 0.003, min(0.06, seconds / 3)) * (1 + 0.25 * np.sin(2 * np.pi * 5 * t)) / 1.3


def organ(note: float, seconds: float) -> np.ndarray:
    """Drawbars 8-8-8 with some key click and a slow rotor."""
    t = _time(seconds)
    f = hertz(note)
    y = sum(level * np.sin(2 * np.pi * f * k * t) for k, level in ((0.5, 0.6), (1, 1), (1.5, 0.5), (2, 0.6), (3, 0.3)))
    click = high(RNG.normal(0, 1, len(t)), 2500) * np.exp(-t * 300) * 0.2
    return (y / 3 * (1 + 0.15 * np.sin(2 * np.pi * 6.2 * t)) + click) * envelope(len(t), 0.004, 0.02)


def saxophone(note: float, seconds: float) -> np.ndarray:
    """A reed: rich harmonics behind moving resonances, breath, late vibrato."""
    t = _time(seconds)
    vibrato = 0.16 * np.sin(2 * np.pi * 5 * t) * np.clip((t - 0.15) / 0.25, 0, 1)
    scoop = -0.6 * np.exp(-t / 0.03)
    phase = np.cumsum(440 * 2 ** ((note + vibrato + scoop - 69) / 12)) / SR
    reed = sum(np.sin(2 * np.pi * k * phase) / k**0.8 for k in range(1, 18) if k * hertz(note) < 9000)
    breath = _filter(RNG.normal(0, 1, len(t)), "bandpass", (1500, 5000)) * 0.15
    y = _filter(reed, "bandpass", (350, 900)) + 0.5 * _filter(reed, "bandpass", (1200, 2600)) + breath
    y *= envelope(len(t), 0.03, min(0.06, seconds / 3))
    return y / (np.abs(y).max() + 1e-9)


def voice(note: float, seconds: float, vowel: str = "a") -> np.ndarray:
    """A sung vowel: a pulse behind three formants."""
    formants = {"a": (730, 1090, 2440), "o": (500, 900, 2400), "e": (530, 1840, 2480), "u": (320, 870, 2240)}[vowel]
    t = _time(seconds)
    vibrato = 0.25 * np.sin(2 * np.pi * 5.6 * t) * np.clip((t - 0.2) / 0.3, 0, 1) - 0.8 * np.exp(-t / 0.04)
    phase = np.cumsum(440 * 2 ** ((note + vibrato - 69) / 12)) / SR
    pulse = sum(np.sin(2 * np.pi * k * phase) / k**0.5 for k in range(1, 40) if k * hertz(note) < 8000)
    pulse = pulse + 0.4 * RNG.normal(0, 1, len(t))
    y = sum(_filter(pulse, "bandpass", (f * 0.9, f * 1.1)) * g for f, g in zip(formants, (1, 0.6, 0.3), strict=True))
    y *= envelope(len(t), 0.05, min(0.1, seconds / 3))
    return y / (np.abs(y).max() + 1e-9)


# --- drums -------------------------------------------------------------------------------------------------


def kick(seconds: float = 0.35, *, pitch: float = 48.0, click: float = 0.3) -> np.ndarray:
    t = _time(seconds)
    sweep = np.cumsum(pitch + 130 * np.exp(-t * 45)) / SR
    beater = high(RNG.normal(0, 1, len(t)), 1500) * np.exp(-t * 220) * click
    return np.tanh(1.6 * (np.sin(2 * np.pi * sweep) * np.exp(-t * 9) + beater)) * envelope(len(t), 0.001, 0.03)


def snare(seconds: float = 0.25, *, tone: float = 185.0, wires: float = 0.9) -> np.ndarray:
    t = _time(seconds)
    shell = (np.sin(2 * np.pi * tone * t) + 0.6 * np.sin(2 * np.pi * tone * 1.58 * t)) * np.exp(-t * 26)
    rattle = wires * high(RNG.normal(0, 0.5, len(t)), 1400) * np.exp(-t * 18)
    return (0.6 * shell + rattle) * envelope(len(t), 0.001, 0.02)


def hat(seconds: float = 0.06) -> np.ndarray:
    t = _time(max(seconds, 0.03))
    return high(RNG.normal(0, 0.4, len(t)), 7000, 4) * np.exp(-t * 3.5 / seconds) * envelope(len(t), 0.0005, 0.01)


def cymbal(seconds: float = 1.2, *, ping: float = 0.0) -> np.ndarray:
    """A crash, or with `ping` a ride."""
    t = _time(seconds)
    wash = high(RNG.normal(0, 0.4, len(t)), 4500, 4) * np.exp(-t * 3.2)
    metal = sum(np.sin(2 * np.pi * f * t) for f in (3010, 4127, 5333, 6911)) * np.exp(-t * 9) * 0.12
    return (wash * (1 - 0.7 * ping) + metal * ping * 2) * envelope(len(t), 0.001, 0.1)


def clap() -> np.ndarray:
    t = _time(0.22)
    bursts = sum(np.where(t >= d, np.exp(-(t - d) * 60), 0) for d in (0, 0.011, 0.023))
    return _filter(RNG.normal(0, 0.5, len(t)), "bandpass", (900, 3500)) * bursts


def tom(note: float) -> np.ndarray:
    t = _time(0.4)
    sweep = np.cumsum(hertz(note) * (1 + 0.5 * np.exp(-t * 25))) / SR
    return np.sin(2 * np.pi * sweep) * np.exp(-t * 8) * envelope(len(t), 0.001, 0.05)


# --- the room ------------------------------------------------------------------------------------------------


def reverb(y: np.ndarray, seconds: float, wet: float) -> np.ndarray:
    """Decaying noise as the answer of a room, high tones fading sooner."""
    from scipy.signal import fftconvolve

    t = _time(seconds)
    room = low(RNG.normal(0, 1, len(t)), 5000, 1) * np.exp(-6.9 * t / seconds) * np.clip(t / 0.012, 0, 1)
    room /= np.sqrt(np.sum(room**2))
    return y + wet * fftconvolve(y, room)[: len(y)]


def master(y: np.ndarray, *, drive: float = 1.0) -> np.ndarray:
    """Even out the loudness a little and leave 1 dB of head-room."""
    y = high(y, 30)
    y = np.tanh(drive * y / (np.percentile(np.abs(y), 99.7) + 1e-9))
    n = int(0.01 * SR)
    y[:n] *= np.linspace(0, 1, n)
    fade = int(1.2 * SR)
    y[-fade:] *= np.linspace(1, 0, fade) ** 1.5
    return y / np.abs(y).max() * 0.89
