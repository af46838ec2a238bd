"""Frequency axes: linear, mel and logarithmic, each from 0 at the bottom to 1 at the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.sound.views.plot import ticks

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
        """Give what can be labelled, the most welcome first."""
        if self.name == "linear":
            found: list[float] = []
            for step in (10_000, 5000, 2000, 1000, 500, 200):
                found += [value for value in ticks.between(0, self.highest, step) if value not in found]
            return [(float(self.fraction(value)), ticks.hertz(value)) for value in found if value < self.highest]
        return [(float(self.fraction(v)), ticks.hertz(v)) for v in ticks.frequencies(self.lowest, self.highest)]

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
    """Bring a power spectrogram [shape=(bins, columns)] onto an axis [shape=(count, columns)], the lowest row first.

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
