"""Curves: one number for each moment of a track. Which there are, how they are computed, and asked for by a lane.

A lane has a `CurveSource`, which asks for `Points`: coarse ones of the whole track, estimated from its overview, and
exact ones of what is visible, from decoded samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app.look import words
from app.sound.views.choices import window_of
from app.sound.views.lanes.lane import Asked, padded
from app.sound.views.plot import scales
from app.sound.views.plot.scales import Scale
from genre_tagger.sound import track_curves
from genre_tagger.sound.frames import Grid
from genre_tagger.sound.track_curves import Crossings, count_crossings

if TYPE_CHECKING:
    from app.sound.views.lanes.lane import Lane
    from genre_tagger.sound.frames import Excerpts, Wanted
    from genre_tagger.sound.overview import Overview

Values = NDArray[np.float32]
# The scale of loudness: this many dB below full scale is the bottom.
QUIETEST = 60.0
# Pixels for each point of the coarse curves, and points at most: closer together they hide what they lie on.
_PIXELS_A_POINT = 3
_MOST = 2048
# Frames per pixel from which on the coarse curves are drawn.
_FROM_OVERVIEW = 0.6
_CROSSINGS = "crossings"


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
            return scales.hertz_text(value) if value > 0 else words.tr("silence")
        if self.id == "rms":
            return scales.decibel_text(20 * math.log10(value) if value > 0 else -math.inf, "dBFS")
        tone = words.tr("like a tone of {}").format(scales.hertz_text(value * sr / 2))
        return f"{words.tr('{} % of the samples').format(scales.number_text(100 * value, 1))}, {tone}"


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
    """Give the curves with these ids (separated by spaces), in the order of the table."""
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


class CurveSource:
    """Asks for curves on behalf of a lane: coarse ones of the whole track, and exact ones of what is visible."""

    def __init__(self, lane: Lane, changed: Callable[[], object]) -> None:
        self._lane, self._changed = lane, changed
        self.coarse: Points | None = None
        self.fine: Points | None = None
        self._asked: Asked | None = None
        lane.sound.result_shared.connect(self._take_shared)

    def clear(self) -> None:
        """Forget all curves."""
        self._asked = None
        if self.coarse is not None or self.fine is not None:
            self.coarse = self.fine = None
            self._changed()

    def request_whole(self, curves: tuple[Curve, ...]) -> None:
        """Ask for these curves of the whole track; without any, those that are drawn go."""
        lane, overview = self._lane, self._lane.sound.overview
        if overview is None or not curves or overview.duration <= 0:
            self._cancel()
            self.clear()
            return
        if any(curve.id == "zero_crossings" for curve in curves):
            self._count_crossings(overview)
        self._asked = None
        count = min(max(1, lane.pixels()[0] // _PIXELS_A_POINT), _MOST)
        job = partial(estimate, curves, overview, 0.0, overview.duration, count, lane.sound.shared)
        lane.ask("curves of all", job, self._show_coarse)

    def request(self, curves: tuple[Curve, ...], start: float, stop: float, width: int) -> None:
        """Ask for these curves of a stretch that is `width` pixels wide."""
        lane, overview = self._lane, self._lane.sound.overview
        if overview is None or not curves:
            return
        grid = Grid(overview.sr, window_of(lane.choices))
        is_exact = (stop - start) / grid.step <= _FROM_OVERVIEW * width
        if not is_exact and lane.timeline.is_whole:
            lane.drop("curves")
            self._asked = None
            if self.fine is not None:
                self.fine = None
                self._changed()
            return
        step = grid.step if is_exact else (stop - start) / width * _PIXELS_A_POINT
        if self._asked is not None and self._asked.serves(start, stop, step, overview.duration):
            return
        first, last = padded(start, stop, lane.sound.length)
        self._asked = Asked(first, last, step)
        if is_exact:
            frames = grid.between(first, last, overview.duration)
            excerpts = lane.sound.excerpts()
            job: Callable[[Wanted], Points | None] = partial(compute_exact, curves, overview, excerpts, grid, frames)
        else:
            count = max(1, round((last - first) / step))
            job = partial(estimate, curves, overview, first, last, count, lane.sound.shared)
        lane.ask("curves", job, self._show_fine)

    def at(self, seconds: float) -> list[tuple[Curve, float]]:
        """Give the numbers of a time."""
        for points in (self.fine, self.coarse):
            if points is not None and (values := points.at(seconds)) is not None:
                return list(zip(points.curves, values.tolist(), strict=True))
        return []

    def around(self, seconds: float) -> Points | None:
        """Give the points that hold a time, the exact ones if possible."""
        both = (self.fine, self.coarse)
        return next((points for points in both if points is not None and points.at(seconds) is not None), None)

    def nearest(self, times: NDArray[np.float64]) -> tuple[tuple[Curve, ...], NDArray[np.float32]]:
        """Give the numbers nearest to some times [shape=(curves, len(times))]; nan outside the points."""
        points = self.around(float(times[len(times) // 2])) if len(times) else None
        if points is None:
            return (), np.empty((0, len(times)), dtype=np.float32)
        places = np.round((times - points.start) / points.step).astype(np.intp)
        inside = (places >= 0) & (places < points.values.shape[1])
        values = points.values[:, places.clip(0, points.values.shape[1] - 1)]
        return points.curves, np.where(inside, values, np.float32(np.nan))

    def _cancel(self) -> None:
        self._lane.drop("curves of all")
        self._lane.drop("curves")

    def _show_coarse(self, points: Points) -> None:
        self.coarse = points
        self._changed()

    def _show_fine(self, points: Points | None) -> None:
        if points is not None:
            self.fine = points
            self._changed()

    def _count_crossings(self, overview: Overview) -> None:
        """Have the crossings of the whole track counted, once for all lanes and as soon as its end is known."""
        sound = self._lane.sound
        if sound.path is None or not overview.complete or _CROSSINGS in sound.shared:
            return
        sound.shared[_CROSSINGS] = None
        job = partial(count_crossings, sound.path, overview.duration, sound.cache)
        sound.ask(_CROSSINGS, job, self._share, self._lane.fail, later=True)

    def _share(self, crossings: Crossings | None) -> None:
        if crossings is not None:
            self._lane.sound.share(_CROSSINGS, crossings)

    def _take_shared(self, key: object) -> None:
        if key == _CROSSINGS and self.coarse is not None:
            self._lane.renew()


# --- in the loader's thread ------------------------------------------------------------------------------


def compute_exact(
    curves: tuple[Curve, ...],
    overview: Overview,
    excerpts: Excerpts,
    grid: Grid,
    frames: tuple[int, int],
    wanted: Wanted,
) -> Points | None:
    """Compute frames of a track, equal to librosa's; None when the answer is not wanted any more."""
    ids = [curve.id for curve in curves]
    values = track_curves.exact(ids, excerpts, grid, *frames, overview.duration, wanted)
    return None if values is None else Points(curves, frames[0] * grid.step, grid.step, values)


def estimate(
    curves: tuple[Curve, ...],
    overview: Overview,
    start: float,
    stop: float,
    count: int,
    shared: dict[Hashable, Any],
    wanted: Wanted,
) -> Points:
    """Estimate the curves of a stretch from the track's overview, in `count` columns."""
    step, ids = (stop - start) / count, [curve.id for curve in curves]
    values = track_curves.coarse(ids, overview, start, stop, count, shared.get(_CROSSINGS))
    return Points(curves, start + step / 2, step, values)
