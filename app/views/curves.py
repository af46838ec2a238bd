"""Curves: one number for each moment. Which there are, and how they are computed in the loader's thread."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app import words
from app.views import ticks
from app.views.frames import Cut, Grid, columns
from app.views.scales import Scale
from genre_tagger import audio
from genre_tagger.curves import bandwidth, centroid, rms, rolloff, zero_crossing_rate

if TYPE_CHECKING:
    from app.views.loader import Wanted
    from app.views.sound import Excerpts
    from genre_tagger.cache import Cache
    from genre_tagger.overview import Overview

Values = NDArray[np.float32]

# The scale of loudness: this many dB below full scale is the bottom.
QUIETEST = 60.0
# Columns in which the zero crossings of a whole track are counted, and samples in one at least.
_COLUMNS = 8192
_NARROWEST = 512
# Partial counts are told at so many seconds first, and then whenever it is so many times more.
_TOLD = 120.0
_TOLD_AGAIN = 1.5
_KIND = "crossings"
# A sample so close to zero is on no side of it, as librosa has it.
_ZERO = 1e-10


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

    def compute(piece: Cut) -> Values:
        length = {"frame_length": grid.n_fft, "hop_length": grid.hop}
        rows: dict[str, Values] = {}
        if {"centroid", "rolloff", "bandwidth"} & set(ids):
            rows |= _of_spectrum(ids, piece.power(), found.sr)
        if "zero_crossings" in ids:
            rows["zero_crossings"] = piece.own(zero_crossing_rate(piece.y, **length))
        if "rms" in ids:
            rows["rms"] = piece.own(rms(piece.y, **length))
        return np.stack([rows[id_] for id_ in ids])

    values = columns(compute, excerpts, grid, *frames, found.duration, wanted)
    return None if values is None else Points(curves, frames[0] * grid.step, grid.step, values)


def coarse(
    curves: tuple[Curve, ...], found: Overview, start: float, stop: float, count: int, crossings: Crossings | None
) -> Points:
    """Estimate the curves of a stretch from what is known of the whole track, in `count` columns."""
    ids, step = [curve.id for curve in curves], (stop - start) / count
    power = found.power(start, stop, count)
    rows = _of_spectrum(ids, power, found.sr)
    if "rms" in ids:
        # Parseval's theorem: what the window leaves of the energy is 3/8 of it.
        both = 2 * power.sum(axis=0) - power[0] - power[-1]
        rows["rms"] = np.sqrt(np.maximum(both, 0) / (0.375 * found.n_fft**2))
    if "zero_crossings" in ids:
        times = start + (np.arange(count) + 0.5) * step
        rows["zero_crossings"] = np.zeros(count, dtype=np.float32) if crossings is None else crossings.rate_at(times)
    return Points(curves, start + step / 2, step, np.stack([rows[id_] for id_ in ids]).astype(np.float32))


def _of_spectrum(ids: Iterable[str], power: Values, sr: int) -> dict[str, Values]:
    functions = {"centroid": centroid, "rolloff": rolloff, "bandwidth": bandwidth}
    return {id_: functions[id_](power, sr) for id_ in ids if id_ in functions}


@dataclass(frozen=True)
class Crossings:
    """How often the sound changes its sign [shape=(columns,)], counted in columns of `span` samples."""

    sr: int
    span: int
    counts: NDArray[np.int64]

    def rate_at(self, times: NDArray[Any]) -> Values:
        """Give the share of samples (0…1) at which it does, around some times (s); 0 where it is not known."""
        places = (times * self.sr / self.span).astype(np.intp)
        inside = places < len(self.counts)
        rates = self.counts[np.minimum(places, len(self.counts) - 1)] / np.float32(self.span)
        return np.where(inside, rates, np.float32(0))


def count_crossings(path: str, duration: float, cache: Cache | None, wanted: Wanted) -> Iterator[Crossings | None]:
    """Count in a whole track; what is known so far is told now and then, and None when nothing is new."""
    kept, stamp = (cache.get(path, _KIND), cache.stamp(path)) if cache is not None else (None, None)
    if kept is not None and kept.get("sr_span", np.empty(0)).shape == (2,) and "counts" in kept:
        sr, span = map(int, kept["sr_span"])
        yield Crossings(sr, max(1, span), kept["counts"].astype(np.int64).ravel())
        return
    with audio.stream(path) as sound:
        span = max(_NARROWEST, math.ceil(duration * sound.sr / _COLUMNS))
        found = Crossings(sound.sr, span, np.zeros(0, dtype=np.int64))
        done, due, before = 0, _TOLD, False
        for block in sound.blocks:
            below = block.mean(axis=0, dtype=np.float32) < -_ZERO
            places = (np.flatnonzero(np.diff(below, prepend=before)) + done) // span
            done, before = done + len(below), bool(below[-1])
            counts = np.bincount(places, minlength=max(1, math.ceil(done / span)))
            counts[: len(found.counts)] += found.counts
            found = replace(found, counts=counts)
            if not wanted():
                return
            is_due = done > due * sound.sr
            due *= _TOLD_AGAIN if is_due else 1
            yield found if is_due else None
    if cache is not None:
        cache.put(path, _KIND, {"sr_span": np.array([found.sr, found.span]), "counts": found.counts}, stamp=stamp)
    yield found
