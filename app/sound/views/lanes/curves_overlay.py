"""Curves laid over the spectrogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.look import words
from app.sound.views.lanes.curve_source import CurveSource
from app.sound.views.lanes.curves import CURVES, QUIETEST, Points, chosen, heights
from app.sound.views.lanes.menus import add_switches
from app.sound.views.lanes.overlay import Overlay
from app.sound.views.plot import palettes
from app.sound.views.plot.curve_item import CurveItem, Drawing, Line

if TYPE_CHECKING:
    from app.sound.views.lanes.spectrogram import SpectrogramLane

# Levels of the scale at the right.
_LOUDNESS = tuple((1 - down / QUIETEST, f"−{down} dBFS" if down else "0 dBFS") for down in (0, 20, 40, 60))
# Curves that are told on one line.
_ON_A_LINE = 3


class CurvesOverlay(Overlay):
    """Draws frequencies on the spectrogram's own axis, and the loudness on a scale of its own at the right."""

    def __init__(self, lane: SpectrogramLane) -> None:
        super().__init__(lane)
        self._lane = lane
        self.item = CurveItem(pictures=True)
        lane.canvas.box.addItem(self.item, ignoreBounds=True)
        self.source = CurveSource(lane, self._draw)

    def clear(self) -> None:
        self.source.clear()

    def request_whole(self) -> None:
        self.source.request_whole(chosen(self.lane.choices.spectrogram_curves))

    def request(self, start: float, stop: float, width: int) -> None:
        self.source.request(chosen(self.lane.choices.spectrogram_curves), start, stop, width)

    def told(self, seconds: float, y: float) -> str:
        found = self.lane.sound.overview
        sr = found.sr if found is not None else 0
        told = [f"{curve.name()} {curve.say(value, sr)}" for curve, value in self.source.at(seconds)]
        lines = [told[at : at + _ON_A_LINE] for at in range(0, len(told), _ON_A_LINE)]
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
        self.item.show(drawings, palettes.is_dark(self._lane.look().palette))

    def _line(self, points: Points | None, id_: str) -> Line | None:
        if points is None:
            return None
        found = [(curve, row) for curve, row in zip(points.curves, points.values, strict=True) if curve.id == id_]
        return Line(points.start, points.step, heights(*found[0], self._lane.scale())) if found else None
