"""Frequency axes (linear, mel, logarithmic), where axes of time and frequency are labelled, and numbers as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLocale

from app.look import words

Values = NDArray[np.float64]
Power = NDArray[np.float32]
NAMES = ("linear", "mel", "log")
# Where a logarithmic axis begins, in Hz: below it nearly all bins would be one.
_LOWEST = 30.0
# Slaney's mel scale: linear up to 1 kHz, logarithmic above.
_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27
# Seconds between two labels of a time axis; below the first the steps go on in tenths.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MANTISSAS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """A frequency axis for a sound of `sr` samples a second; it reaches up to half of `over`, where that is set."""

    name: str
    sr: int
    over: int = 0

    @property
    def lowest(self) -> float:
        """Frequency at the bottom, in Hz."""
        return min(_LOWEST, self.highest / 4) if self.name == "log" else 0.0

    @property
    def highest(self) -> float:
        """Frequency at the top, in Hz."""
        return (self.over or self.sr) / 2

    def fraction(self, hertz: Values | float) -> Values:
        """Give the height (0…1) of frequencies."""
        low, high = self._bend(self.lowest), self._bend(self.highest)
        return (self._bend(hertz) - low) / (high - low)

    def hertz(self, fraction: Values | float) -> Values:
        """Give the frequencies at heights."""
        low, high = self._bend(self.lowest), self._bend(self.highest)
        return self._straighten(low + np.asarray(fraction, dtype=np.float64) * (high - low))

    def ticks(self) -> Sequence[tuple[float, str]]:
        """Give the labels as (height, text), those first that are needed most."""
        if self.name == "linear":
            values: list[float] = []
            for step in (10_000, 5000, 2000, 1000, 500, 200):
                values += [value for value in ticks_between(0, self.highest, step) if value not in values]
            return [(float(self.fraction(value)), hertz_text(value)) for value in values if value < self.highest]
        return [(float(self.fraction(v)), hertz_text(v)) for v in frequency_ticks(self.lowest, self.highest)]

    def _bend(self, hertz: Values | float) -> Values:
        values = np.asarray(hertz, dtype=np.float64)
        if self.name == "log":
            return np.log(np.maximum(values, 1e-3))
        if self.name == "mel":
            above = _BREAK_MEL + np.log(np.maximum(values, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
            return np.where(values < _BREAK_HZ, values / _HZ_PER_MEL, above)
        return values

    def _straighten(self, bent: Values) -> Values:
        if self.name == "log":
            return np.exp(bent)
        if self.name == "mel":
            above = _BREAK_HZ * np.exp((np.maximum(bent, _BREAK_MEL) - _BREAK_MEL) * _LOG_STEP)
            return np.where(bent < _BREAK_MEL, bent * _HZ_PER_MEL, above)
        return bent


def rows(power: Power, scale: Scale, count: int) -> Power:
    """Spread a power spectrogram [shape=(bins, columns)] over an axis [shape=(count, columns)], the lowest row first.

    A row that covers several bins is their mean; one that is narrower than a bin lies between two of them.
    """
    bins = power.shape[0]
    edges = scale.hertz(np.linspace(0, 1, count + 1)) / (scale.sr / 2) * (bins - 1)
    low, high = edges[:-1], edges[1:]
    middle = ((low + high) / 2).clip(0, bins - 1)
    below = np.minimum(middle.astype(np.intp), bins - 2)
    share = (middle - below).astype(np.float32)[:, None]
    result = power[below] * (1 - share) + power[below + 1] * share
    wide = np.flatnonzero(high - low > 1.5)
    if len(wide):
        starts = np.round(low[wide]).astype(np.intp).clip(0, bins - 1)
        ends = np.maximum(np.round(high[wide]).astype(np.intp), starts + 1).clip(1, bins)
        # Wide rows lie side by side, so that each begins where the one before ends.
        sums = np.add.reduceat(power[: ends[-1]], starts, axis=0)
        result[wide] = sums / (ends - starts).astype(np.float32)[:, None]
    result[low >= bins - 1] = 0  # the axis reaches higher than the sound
    return np.asarray(result, dtype=np.float32)


# --- labels and texts ------------------------------------------------------------------------------------


def time_step(span: float, most: int) -> float:
    """Choose the seconds between labels so that there are at most `most` in `span` seconds."""
    least = span / max(1, most)
    for step in _STEPS:
        if step >= least >= 0.5:
            return step
    return round_step(least) if least < 0.5 else _STEPS[-1] * math.ceil(least / _STEPS[-1])


def round_step(least: float) -> float:
    """Give the smallest 1, 2 or 5 times a power of ten that is at least this."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in _MANTISSAS if m * power >= least * (1 - 1e-9))


def ticks_between(start: float, stop: float, step: float) -> list[float]:
    """Give the multiples of `step` from `start` to `stop`."""
    first, last = math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def time_text(seconds: float, step: float = 1e-3) -> str:
    """Write a time as m:ss or h:mm:ss, with as many decimals as tell apart times that are `step` seconds apart."""
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9)) if step < 1 else 0
    whole = round(seconds * 10**decimals)
    minutes, rest = divmod(whole, 60 * 10**decimals)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest // 10**decimals:02}"
    if decimals:
        text += f"{QLocale().decimalPoint()}{rest % 10**decimals:0{decimals}}"
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"


def hertz_text(value: float) -> str:
    """Write a frequency for an axis or a sentence: 440 Hz, 1.5 kHz."""
    if abs(value) < 999.5:
        return words.tr("{} Hz").format(number_text(value, 0 if value >= 100 or value == int(value) else 1))
    return words.tr("{} kHz").format(number_text(value / 1000, 0 if value % 1000 == 0 else 2 if value < 10_000 else 1))


def decibel_text(value: float, unit: str = "dB") -> str:
    """Write a level; silence has none."""
    return words.tr("silence") if value == -math.inf else f"{number_text(value, 1)} {unit}"


def number_text(value: float, decimals: int) -> str:
    """Write a number the way the user's country does, with a real minus."""
    text = QLocale().toString(float(abs(value)), "f", decimals)
    return f"−{text}" if value < 0 and any(c not in "0.,٫ " for c in text) else text


def frequency_ticks(low: float, high: float) -> Sequence[float]:
    """Give frequencies that a logarithmic or mel axis may label, those first that are needed most."""
    in_order = (1000, 100, 10_000, 200, 500, 2000, 5000, 50, 20_000, 300, 3000, 30, 700, 7000, 1500, 15_000)
    return [value for value in in_order if low < value <= high]
