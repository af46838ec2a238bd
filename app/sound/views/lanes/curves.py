"""Curves: one number for each moment. Which there are, how they are told, and where they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app.look import words
from app.sound.views.plot import ticks
from app.sound.views.plot.scales import Scale
from genre_tagger.sound import track_curves
from genre_tagger.sound.frames import Grid

if TYPE_CHECKING:
    from genre_tagger.sound.frames import Excerpts, Wanted
    from genre_tagger.sound.overview import Overview
    from genre_tagger.sound.track_curves import Crossings

Values = NDArray[np.float32]

# The scale of loudness: this many dB below full scale is the bottom.
QUIETEST = 60.0


@dataclass(frozen=True)
class Curve:
    """A kind of curve; `column` is its name in a table, `dark` and `light` its colour on a light and a dark ground."""

    id: str
    title: str
    short: str
    column: str
    dark: str
    light: str

    @property
    def is_hertz(self) -> bool:
        """Whether its numbers are frequencies."""
        return self.column.endswith("_hz")

    def name(self) -> str:
        """Its short name as the user reads it."""
        return QCoreApplication.translate("views", self.short)

    def say(self, value: float, sr: int) -> str:
        """Say one of its numbers with the unit."""
        if self.is_hertz:
            return ticks.hertz(value) if value > 0 else words.tr("silence")
        if self.id == "rms":
            return ticks.decibels(20 * math.log10(value) if value > 0 else -math.inf, "dBFS")
        tone = words.tr("like a tone of {}").format(ticks.hertz(value * sr / 2))
        return f"{words.tr('{} % of the samples').format(ticks.number(100 * value, 1))}, {tone}"


def _(context: str, text: str) -> str:
    """Mark a text for the translator (QT_TRANSLATE_NOOP, with a type)."""
    return text


CURVES = (
    Curve("centroid", _("views", "Spectral &centroid: how bright it sounds"), _("views", "Centroid"),
          "spectral_centroid_hz", "#0060a8", "#7cc4ff"),
    Curve("rolloff", _("views", "Spectral &rolloff: 85 % of the spectrum lie below"), _("views", "Rolloff"),
          "spectral_rolloff_hz", "#a34700", "#ffa94d"),
    Curve("bandwidth", _("views", "Spectral &bandwidth: how far it spreads"), _("views", "Bandwidth"),
          "spectral_bandwidth_hz", "#00735a", "#5fe0b5"),
    Curve("zero_crossings", _("views", "&Zero-crossing rate: low for tones, high for noise"), _("views", "Crossings"),
          "zero_crossing_rate", "#9b2f7f", "#ff9bd6"),
    Curve("rms", _("views", "R&MS: how loud it is"), _("views", "RMS"), "rms", "#3d3d3d", "#ffffff"),
)  # fmt: skip


def chosen(ids: str) -> tuple[Curve, ...]:
    """Give the curves of which the ids were kept, in the order of the table."""
    return tuple(curve for curve in CURVES if curve.id in ids.split())


def heights(curve: Curve, values: Values, scale: Scale) -> NDArray[np.float64]:
    """Place numbers on the height of the spectrogram, 0…1; silence is nowhere.

    The zero-crossing rate is drawn at the frequency of the tone that crosses zero as often; the loudness has a scale
    of its own.
    """
    numbers = np.where(values > 0, values, np.nan).astype(np.float64)
    if curve.id == "rms":
        placed = 1 + 20 * np.log10(numbers) / QUIETEST
    else:
        placed = scale.fraction(numbers if curve.is_hertz else numbers * scale.sr / 2)
    return np.asarray(placed.clip(0, 1))


@dataclass(frozen=True)
class Points:
    """Numbers of some curves [shape=(curves, n)], `step` s apart, the first at `start` (s)."""

    curves: tuple[Curve, ...]
    start: float
    step: float
    values: Values

    @property
    def stop(self) -> float:
        """Time of the last number."""
        return float(self.start + self.step * max(0, self.values.shape[1] - 1))

    def times(self) -> NDArray[np.float64]:
        """Their times, in s."""
        return np.asarray(self.start + self.step * np.arange(self.values.shape[1]))

    def at(self, seconds: float) -> Values | None:
        """Give the numbers nearest to a time, if it is in here."""
        place = round((seconds - self.start) / self.step)
        return self.values[:, place] if 0 <= place < self.values.shape[1] else None


# --- in the loader's thread ------------------------------------------------------------------------------


def exact(
    curves: tuple[Curve, ...], found: Overview, excerpts: Excerpts, grid: Grid, frames: tuple[int, int], wanted: Wanted
) -> Points | None:
    """Compute frames of a track, equal to librosa's; None when it is not wanted any more."""
    ids = [curve.id for curve in curves]
    values = track_curves.exact(ids, excerpts, grid, *frames, found.duration, wanted)
    return None if values is None else Points(curves, frames[0] * grid.step, grid.step, values)


def coarse(
    curves: tuple[Curve, ...], found: Overview, start: float, stop: float, count: int, crossings: Crossings | None
) -> Points:
    """Estimate the curves of a stretch from what is known of the whole track, in `count` columns."""
    step = (stop - start) / count
    values = track_curves.coarse([curve.id for curve in curves], found, start, stop, count, crossings)
    return Points(curves, start + step / 2, step, values)
