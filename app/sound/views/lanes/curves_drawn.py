"""Curves as they are drawn: a lane with a band for each of them, and an overlay on the spectrogram."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.look import theme, words
from app.sound.views.choices import window_of
from app.sound.views.lanes.curves import CURVES, QUIETEST, Curve, CurveSource, Points, Values, chosen, heights
from app.sound.views.lanes.lane import Lane, Overlay, add_switches, add_windows
from app.sound.views.plot import palettes, scales
from app.sound.views.plot.curve_item import CurveItem, Drawing, Line
from app.sound.views.plot.scales import Scale

# The zero-crossing rate at the top of its band: a noise that music hardly ever reaches.
_MOST_CROSSINGS = 0.5
# The share of a band's height that is used: the rest keeps neighbours apart.
_USED = 0.86
# Levels of the overlay's scale at the right.
_LOUDNESS = tuple((1 - down / QUIETEST, f"−{down} dBFS" if down else "0 dBFS") for down in (0, 20, 40, 60))
# Curves on one line of the hover text.
_ON_A_LINE = 3


class CurvesLane(Lane):
    """Draws one band for each curve; frequencies on a mel axis, so that all tracks have the same."""

    id = "curves"
    least = 9 * theme.UNIT

    def build(self) -> None:
        self.item = CurveItem(pictures=False)
        self.canvas.box.addItem(self.item, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.source = CurveSource(self, self._draw)

    @staticmethod
    def about() -> str:
        return words.tr(
            "Each curve is one number for every moment: where the middle of the spectrum lies (centroid), below which "
            "frequency most of it lies (rolloff), how wide it spreads (bandwidth), how often the waveform changes "
            "its sign (crossings) and how loud it is (RMS). High centroid, rolloff and crossings mean bright or noisy "
            "sound, as cymbals and distorted guitars make; low ones mean dark or tonal sound."
        )

    def unit(self) -> str:
        return self.tr("Hz, %, dBFS")

    def clear(self) -> None:
        self.source.clear()

    def request_whole(self) -> None:
        self.sound.set_n_fft(window_of(self.choices))
        self.canvas.axis.again()
        self.source.request_whole(self.curves())

    def request(self, start: float, stop: float, width: int) -> None:
        self.source.request(self.curves(), start, stop, width)

    def curves(self) -> tuple[Curve, ...]:
        """The chosen curves, from top to bottom; all if none is chosen."""
        return chosen(self.choices.curves_shown) or CURVES

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        curves = self.curves()
        ticks = []
        for marks in zip(*(self._marks(curve) for curve in curves), strict=True):
            ticks += [(self._band(number, place), text) for number, (place, text) in enumerate(marks)]
        return ticks

    def value_at(self, seconds: float, y: float) -> str:
        numbers = self.source.at(seconds)
        if not numbers:
            return ""
        curve, value = numbers[min(max(int((1 - y) * len(numbers)), 0), len(numbers) - 1)]
        return f"{curve.name()}  ·  {curve.say(value, self._sr())}"

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        points = self.source.around((start + stop) / 2)
        if points is None:
            return [], []
        times = points.times()
        inside = (times >= start) & (times <= stop)
        values = np.column_stack([times[inside], points.values.T[inside]])
        return ["time_s", *(curve.column for curve in points.curves)], values.tolist()

    def fill_menu(self, menu: QMenu) -> None:
        entries = [(curve.id, QCoreApplication.translate("views", curve.title)) for curve in CURVES]
        add_switches(self, menu.addMenu(words.tr("&Curves")), "curves_shown", entries)
        add_windows(self, menu)

    def _sr(self) -> int:
        return self.sound.overview.sr if self.sound.overview is not None else 44_100

    def _band(self, number: int, height: Any) -> Any:
        """Place a height (0…1) in the band of a curve."""
        count = len(self.curves())
        return 1 - (number + 1 - (1 - _USED) / 2 - _USED * height) / count

    def _height(self, curve: Curve, values: Values | float) -> Any:
        numbers = np.asarray(values, dtype=np.float64)
        if curve.is_hertz:
            return Scale("mel", self._sr()).fraction(np.where(numbers > 0, numbers, np.nan)).clip(0, 1)
        if curve.id == "rms":
            return (1 + 20 * np.log10(np.where(numbers > 0, numbers, np.nan)) / QUIETEST).clip(0, 1)
        return (numbers / _MOST_CROSSINGS).clip(0, 1)

    def _marks(self, curve: Curve) -> Sequence[tuple[float, str]]:
        """Four values of a curve's scale, those first that are needed most."""
        if curve.is_hertz:
            frequencies = [1000, 5000, 500, 2000] if self._sr() > 12_000 else [1000, 2000, 500, 250]
            return [(float(self._height(curve, value)), scales.hertz_text(value)) for value in frequencies]
        if curve.id == "rms":
            return [(1 - down / QUIETEST, f"−{down} dB") for down in (20, 40, 10, 50)]
        shares = (0.1, 0.3, 0.2, 0.4)
        return [(share / _MOST_CROSSINGS, words.tr("{} %").format(round(100 * share))) for share in shares]

    def _draw(self) -> None:
        fine, coarse = self.source.fine, self.source.coarse
        drawings = []
        for number, curve in enumerate(coarse.curves if coarse is not None else ()):
            lines = self._line(coarse, number, curve), self._line(fine, number, curve)
            drawings.append(Drawing(curve.name(), curve.dark, curve.light, *lines))
        self.item.show(drawings, theme.colours() is theme.DARK)

    def _line(self, points: Points | None, number: int, curve: Curve) -> Line | None:
        if points is None or curve not in points.curves:
            return None
        values = points.values[points.curves.index(curve)]
        return Line(points.start, points.step, self._band(number, self._height(curve, values)))


class CurvesOverlay(Overlay):
    """Draws frequencies on the lane's own axis (`scale`), and the loudness on a scale of its own at the right.

    `palette` tells the id of the colours that lie below.
    """

    def __init__(self, lane: Lane, scale: Callable[[], Scale], palette: Callable[[], str]) -> None:
        super().__init__(lane)
        self._scale, self._palette = scale, palette
        self.item = CurveItem(pictures=True)
        lane.canvas.box.addItem(self.item, ignoreBounds=True)
        self.source = CurveSource(lane, self._draw)

    def clear(self) -> None:
        self.source.clear()

    def request_whole(self) -> None:
        self.source.request_whole(chosen(self.lane.choices.spectrogram_curves))

    def request(self, start: float, stop: float, width: int) -> None:
        self.source.request(chosen(self.lane.choices.spectrogram_curves), start, stop, width)

    def value_at(self, seconds: float, y: float) -> str:
        overview = self.lane.sound.overview
        sr = overview.sr if overview is not None else 0
        texts = [f"{curve.name()} {curve.say(value, sr)}" for curve, value in self.source.at(seconds)]
        lines = [texts[at : at + _ON_A_LINE] for at in range(0, len(texts), _ON_A_LINE)]
        return "\n".join("  ·  ".join(line) for line in lines)

    def columns(self, times: Any) -> tuple[list[str], Sequence[Sequence[float]]]:
        curves, values = self.source.nearest(times)
        return [curve.column for curve in curves], values.tolist()

    def fill_menu(self, menu: QMenu) -> None:
        entries = [(curve.id, QCoreApplication.translate("views", curve.title)) for curve in CURVES]
        add_switches(self.lane, menu.addMenu(words.tr("C&urves over it")), "spectrogram_curves", entries)

    def _draw(self) -> None:
        fine, coarse = self.source.fine, self.source.coarse
        drawings = []
        for curve in coarse.curves if coarse is not None else ():
            lines = self._line(coarse, curve.id), self._line(fine, curve.id)
            marks = _LOUDNESS if curve.id == "rms" else ()
            drawings.append(Drawing(curve.name(), curve.dark, curve.light, *lines, marks))
        self.item.show(drawings, palettes.is_dark(self._palette()))

    def _line(self, points: Points | None, id_: str) -> Line | None:
        if points is None:
            return None
        rows = zip(points.curves, points.values, strict=True)
        line = next(((curve, values) for curve, values in rows if curve.id == id_), None)
        return None if line is None else Line(points.start, points.step, heights(*line, self._scale()))
