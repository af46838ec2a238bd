"""The spectrogram: how loud each frequency is at each time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QMenu

from app.look import theme, words
from app.sound.views.choices import window_of
from app.sound.views.lanes import spectrogram_menu
from app.sound.views.lanes.curves_overlay import CurvesOverlay
from app.sound.views.lanes.lane import Asked, Lane, padded
from app.sound.views.lanes.overlay import Overlay
from app.sound.views.lanes.why import WhyOverlay
from app.sound.views.plot import palettes, ticks
from app.sound.views.plot.legends import Legend, Ramp
from app.sound.views.plot.pictures import Picture, Pictures, paint_levels
from app.sound.views.plot.scales import NAMES, Scale, rows
from genre_tagger.sound.frames import spectra

if TYPE_CHECKING:
    from app.sound.views.choices import Choices
    from genre_tagger.sound.frames import Excerpts, Wanted
    from genre_tagger.sound.overview import Overview

Power = NDArray[np.float32]

# Columns of the coarse picture: of a track of some minutes it needs no fine one for the first steps of the wheel.
_COARSE = 4096
# Seconds of sound that are decoded for a picture at most.
_LONGEST = 600.0
# Columns closer together than n_fft by this look the same.
_OVERLAP = 64
_SILENT = 1e-30


@dataclass(frozen=True)
class Look:
    """How a spectrogram is drawn; levels in dB below a sine of full scale."""

    scale: Scale
    n_fft: int
    floor: float
    ceiling: float
    palette: str
    height: int


@dataclass(frozen=True)
class Drawn:
    """A picture and its numbers: dB of a sine of full scale [shape=(rows, columns)], the lowest row first."""

    picture: Picture
    decibels: NDArray[np.float32]

    def at(self, seconds: float, y: float) -> float | None:
        """Give the level at a place, if it is in here."""
        picture = self.picture
        if not picture.start <= seconds < picture.stop:
            return None
        height, width = self.decibels.shape
        column = int((seconds - picture.start) / (picture.stop - picture.start) * width)
        return float(self.decibels[min(max(int(y * height), 0), height - 1), min(column, width - 1)])


class SpectrogramLane(Lane):
    """Draws pictures of the frequencies, from below to above as `choices` say."""

    id = "spectrogram"
    least = 12 * theme.UNIT

    def build(self) -> None:
        self.pictures = Pictures()
        self.canvas.box.addItem(self.pictures, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.coarse: Drawn | None = None
        self.fine: Drawn | None = None
        self._look: Look | None = None
        self._asked: Asked | None = None
        self.why = WhyOverlay(self)
        self.overlays: list[Overlay] = [CurvesOverlay(self), self.why]

    @staticmethod
    def about() -> str:
        return words.tr(
            "Time runs from left to right and pitch from low to high; the scale at the left says which colours are "
            "loud and which are silence. Steady horizontal lines are held notes and their overtones, vertical ones "
            "drums and other sudden sounds."
        )

    def words(self) -> str:
        return f"{self.about()} {self.why.words()}".strip()

    def clear(self) -> None:
        self.coarse = self.fine = self._asked = None
        self.pictures.clear()
        for overlay in self.overlays:
            overlay.clear()

    def look(self) -> Look:
        """How it is drawn now."""
        chosen = self.choices
        floor, ceiling = spectrogram_menu.range_of(chosen)
        return Look(
            self.scale(), window_of(chosen), floor, ceiling,
            palettes.plain() if chosen.why_shown else chosen.spectrogram_palette, self.pixels()[1],
        )

    def scale(self) -> Scale:
        """The frequency axis of this track."""
        found = self.sound.overview
        return scale_of(self.choices, found.sr if found is not None else 44_100, self.sound.widest())

    def request_whole(self) -> None:
        found = self.sound.overview
        if found is None:
            return
        self.sound.set_n_fft(window_of(self.choices))
        look = self.look()
        if look != self._look:
            self._look = look
            self.canvas.axis.again()
            self.pictures.clear_fine()
            self.fine = self._asked = None
        self.ask("whole", partial(_whole, found, look, min(_COARSE, self.pixels()[0])), self._show_coarse)
        for overlay in self.overlays:
            overlay.request_whole()

    def request(self, start: float, stop: float, width: int) -> None:
        found = self.sound.overview
        first, last = padded(start, stop, self.sound.length)
        if found is None:
            return
        for overlay in self.overlays:
            overlay.request(start, stop, width)
        if (stop - start) / width >= found.duration / _COARSE or last - first > _LONGEST:
            self.drop("fine")
            self._asked = None
            return
        look = self.look()
        step = max((stop - start) / width, look.n_fft / _OVERLAP / found.sr)
        if self._asked is None or not self._asked.serves(start, stop, step, found.duration):
            self._asked = Asked(first, last, step)
            job = partial(_fine, found, self.sound.excerpts(), look, first, min(last, found.duration), step)
            self.ask("fine", job, self._show_fine)

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        return self.scale().ticks() if self.sound.overview is not None else []

    def unit(self) -> str:
        return self.tr("Frequency (Hz)")

    def legend(self) -> Legend:
        if (why := self.why.legend()) is not None:
            return why
        look = self.look()
        low, high = (f"{ticks.number(level, 0)} dB" for level in (look.floor, look.ceiling))
        between = ticks.between(look.floor, look.ceiling, 20)
        marks = [((v - look.floor) / (look.ceiling - look.floor), f"{ticks.number(v, 0)} dB") for v in between]
        return Ramp(palettes.colours(look.palette), low, high, tuple(marks))

    def value_at(self, seconds: float, y: float) -> str:
        lines = [self._level_at(seconds, y), *(overlay.told(seconds, y) for overlay in self.overlays)]
        return "\n".join(line for line in lines if line)

    def _level_at(self, seconds: float, y: float) -> str:
        frequency = ticks.hertz(float(self.scale().hertz(y)))
        for drawn in (self.fine, self.coarse):
            if drawn is not None and (level := drawn.at(seconds, y)) is not None:
                return f"{frequency}  ·  {ticks.decibels(level if level > -200 else -math.inf)}"
        return frequency

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        middle = (start + stop) / 2
        drawn = next((one for one in (self.fine, self.coarse) if one and one.at(middle, 0.5) is not None), None)
        if drawn is None:
            return [], []
        height, width = drawn.decibels.shape
        step = (drawn.picture.stop - drawn.picture.start) / width
        times = drawn.picture.start + (np.arange(width) + 0.5) * step
        inside = (times >= start) & (times <= stop)
        hertz = self.scale().hertz((np.arange(height) + 0.5) / height)
        header = ["time_s", *(f"level_db_at_{value:.1f}_hz" for value in hertz)]
        values = [times[inside], *drawn.decibels[:, inside]]
        for overlay in self.overlays:
            names, more = overlay.columns(times[inside])
            header, values = [*header, *names], [*values, *more]
        return header, np.column_stack(values).tolist()

    def fill_menu(self, menu: QMenu) -> None:
        spectrogram_menu.fill(self, menu)
        for overlay in self.overlays:
            overlay.fill_menu(menu)

    def _show_coarse(self, drawn: Drawn) -> None:
        self.coarse = drawn
        self.pictures.set_coarse(drawn.picture)

    def _show_fine(self, drawn: Drawn) -> None:
        self.fine = drawn
        self.pictures.add_fine(drawn.picture)


def scale_of(choices: Choices, sr: int, over: int = 0) -> Scale:
    """The frequency axis that was chosen, for a sound of this rate."""
    return Scale(choices.spectrogram_scale if choices.spectrogram_scale in NAMES else "mel", sr, over)


# --- in the loader's thread ------------------------------------------------------------------------------


def _whole(found: Overview, look: Look, width: int, wanted: Wanted) -> Iterator[Drawn]:
    """Draw one column per pixel, and when all is known as many as there may be."""
    for count in (width, _COARSE) if found.complete and width < _COARSE else (width,):
        yield draw(found.power(0.0, found.duration, count), found.n_fft, look, 0.0, found.duration)


def _fine(
    found: Overview, excerpts: Excerpts, look: Look, start: float, stop: float, step: float, wanted: Wanted
) -> Iterator[Drawn]:
    """Draw a stretch ever more completely; where it is short, at once."""
    for power in spectra(found, excerpts, look.n_fft, start, stop, step, wanted):
        yield draw(power, look.n_fft, look, start, stop)


def draw(power: Power, n_fft: int, look: Look, start: float, stop: float) -> Drawn:
    """Turn power into a picture; 0 dB is a sine of full scale."""
    shown = rows(power, look.scale, look.height)
    decibels = 10 * np.log10(np.maximum(shown / np.float32((n_fft / 4) ** 2), np.float32(_SILENT)))
    levels = (decibels - look.floor) * (255 / max(1.0, look.ceiling - look.floor))
    pixels = levels.clip(0, 255).astype(np.uint8)[::-1]
    return Drawn(Picture(start, stop, paint_levels(pixels, palettes.colours(look.palette))), decibels)
