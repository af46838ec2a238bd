"""Round numbers for axes, and values as the user reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QLocale

from app.look import words

# Seconds between two labels; below the first they go on in tenths.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MANTISSAS = (1, 2, 5, 10)


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


def between(start: float, stop: float, step: float) -> list[float]:
    """Give the multiples of `step` from `start` to `stop`."""
    first, last = math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def time(seconds: float, step: float = 1e-3) -> str:
    """Write a time as m:ss or h:mm:ss, with as many decimals as tell apart times that are `step` seconds apart."""
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9)) if step < 1 else 0
    whole = round(seconds * 10**decimals)
    minutes, rest = divmod(whole, 60 * 10**decimals)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest // 10**decimals:02}"
    if decimals:
        text += f"{QLocale().decimalPoint()}{rest % 10**decimals:0{decimals}}"
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"


def hertz(value: float) -> str:
    """Write a frequency for an axis or a sentence: 440 Hz, 1.5 kHz."""
    if abs(value) < 999.5:
        return words.tr("{} Hz").format(number(value, 0 if value >= 100 or value == int(value) else 1))
    return words.tr("{} kHz").format(number(value / 1000, 0 if value % 1000 == 0 else 2 if value < 10_000 else 1))


def decibels(value: float, unit: str = "dB") -> str:
    """Write a level; silence has none."""
    return words.tr("silence") if value == -math.inf else f"{number(value, 1)} {unit}"


def number(value: float, decimals: int) -> str:
    """Write a number the way the user's country does, with a real minus."""
    text = QLocale().toString(float(abs(value)), "f", decimals)
    return f"−{text}" if value < 0 and any(c not in "0.,٫ " for c in text) else text


def frequencies(low: float, high: float) -> Sequence[float]:
    """Give frequencies that a logarithmic or mel axis may label, the most welcome first."""
    welcome = (1000, 100, 10_000, 200, 500, 2000, 5000, 50, 20_000, 300, 3000, 30, 700, 7000, 1500, 15_000)
    return [value for value in welcome if low < value <= high]
