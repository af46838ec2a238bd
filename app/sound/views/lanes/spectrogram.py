"""The spectrogram: how loud each frequency is at each time. Its pictures, its lane and the lane's menu."""

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
from app.sound.views.lanes.curves_drawn import CurvesOverlay
from app.sound.views.lanes.lane import Asked, Lane, Overlay, add_choice, add_palettes, add_windows, padded
from app.sound.views.lanes.why import WhyOverlay
from app.sound.views.plot import palettes, scales
from app.sound.views.plot.header import Legend, Ramp
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
# Levels (dB relative to a sine of full scale) that can be chosen for the brightest and the darkest colour.
_CEILINGS = (0, -10, -20, -30, -40)
_FLOORS = (-50, -60, -70, -80, -90, -100, -120, -140)
_USUAL_LEVELS = (-90, -10)
# Levels that fit a track: the brightest is one that only this share of it exceeds, rounded to steps of so many dB,
# and the darkest lies so many dB below it.
_FIT_LOUDER = 0.002
_FIT_SPAN = 70
_FIT_STEP = 5


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
class DrawnSpectrogram:
    """A picture and its numbers: dB relative to a sine of full scale [shape=(rows, columns)], the lowest row first."""

    picture: Picture
    decibels: NDArray[np.float32]

    def at(self, seconds: float, y: float) -> float | None:
        """Give the level (dB) at a time and a height (0…1); None outside the picture."""
        picture = self.picture
        if not picture.start <= seconds < picture.stop:
            return None
        height, width = self.decibels.shape
        column = int((seconds - picture.start) / (picture.stop - picture.start) * width)
        return float(self.decibels[min(max(int(y * height), 0), height - 1), min(column, width - 1)])


def chosen_levels(choices: Choices) -> tuple[int, int]:
    """Give the levels (dB) of the darkest and the brightest colour, or the usual ones where they make no sense."""
    low, high = choices.spectrogram_floor, choices.spectrogram_ceiling
    return (low, high) if -200 <= low < high <= 20 else _USUAL_LEVELS


def scale_of(choices: Choices, sr: int, over: int = 0) -> Scale:
    """The frequency axis that was chosen, for a sound of this rate."""
    return Scale(choices.spectrogram_scale if choices.spectrogram_scale in NAMES else "mel", sr, over)


# --- in the loader's thread ------------------------------------------------------------------------------


def _draw_whole(overview: Overview, look: Look, width: int, wanted: Wanted) -> Iterator[DrawnSpectrogram]:
    """Draw one column per pixel, and once the track is decoded as many as there may be."""
    for count in (width, _COARSE) if overview.complete and width < _COARSE else (width,):
        yield draw(overview.power(0.0, overview.duration, count), overview.n_fft, look, 0.0, overview.duration)


def _draw_stretch(
    overview: Overview, excerpts: Excerpts, look: Look, start: float, stop: float, step: float, wanted: Wanted
) -> Iterator[DrawnSpectrogram]:
    """Draw a stretch step by step, ever more of it; a short one at once."""
    for power in spectra(overview, excerpts, look.n_fft, start, stop, step, wanted):
        yield draw(power, look.n_fft, look, start, stop)


def draw(power: Power, n_fft: int, look: Look, start: float, stop: float) -> DrawnSpectrogram:
    """Turn power into a picture; 0 dB is a sine of full scale."""
    shown = rows(power, look.scale, look.height)
    decibels = 10 * np.log10(np.maximum(shown / np.float32((n_fft / 4) ** 2), np.float32(_SILENT)))
    levels = (decibels - look.floor) * (255 / max(1.0, look.ceiling - look.floor))
    pixels = levels.clip(0, 255).astype(np.uint8)[::-1]
    return DrawnSpectrogram(Picture(start, stop, paint_levels(pixels, palettes.colours(look.palette))), decibels)


def _levels_that_fit(drawn: DrawnSpectrogram, wanted: object) -> tuple[int, int]:
    """Find the levels that fit a spectrogram: from its loudest places down."""
    loud = float(np.quantile(drawn.decibels, 1 - _FIT_LOUDER))
    high = int(min(max(_FIT_STEP * round(loud / _FIT_STEP), -100), 0))
    return high - _FIT_SPAN, high


# --- in the window ---------------------------------------------------------------------------------------


class SpectrogramLane(Lane):
    """Draws a coarse picture of the whole track and a fine one of what is visible, with overlays on them."""

    id = "spectrogram"
    least = 12 * theme.UNIT

    def build(self) -> None:
        self.pictures = Pictures()
        self.canvas.box.addItem(self.pictures, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.coarse: DrawnSpectrogram | None = None
        self.fine: DrawnSpectrogram | None = None
        self._look: Look | None = None
        self._asked: Asked | None = None
        self.why = WhyOverlay(self, self.scale)
        self.overlays: list[Overlay] = [CurvesOverlay(self, self.scale, lambda: self.look().palette), self.why]

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
        """How it is to be drawn, by the choices and the size of the lane."""
        chosen = self.choices
        floor, ceiling = chosen_levels(chosen)
        return Look(
            self.scale(),
            window_of(chosen),
            floor,
            ceiling,
            palettes.plain() if chosen.why_shown else chosen.spectrogram_palette,
            self.pixels()[1],
        )

    def scale(self) -> Scale:
        """The frequency axis of this track."""
        overview = self.sound.overview
        return scale_of(self.choices, overview.sr if overview is not None else 44_100, self.sound.widest())

    def request_whole(self) -> None:
        overview = self.sound.overview
        if overview is None:
            return
        self.sound.set_n_fft(window_of(self.choices))
        look = self.look()
        if look != self._look:
            self._look = look
            self.canvas.axis.again()
            self.pictures.clear_fine()
            self.fine = self._asked = None
        self.ask("whole", partial(_draw_whole, overview, look, min(_COARSE, self.pixels()[0])), self._show_coarse)
        for overlay in self.overlays:
            overlay.request_whole()

    def request(self, start: float, stop: float, width: int) -> None:
        overview = self.sound.overview
        first, last = padded(start, stop, self.sound.length)
        if overview is None:
            return
        for overlay in self.overlays:
            overlay.request(start, stop, width)
        if (stop - start) / width >= overview.duration / _COARSE or last - first > _LONGEST:
            self.drop("fine")
            self._asked = None
            return
        look = self.look()
        step = max((stop - start) / width, look.n_fft / _OVERLAP / overview.sr)
        if self._asked is None or not self._asked.serves(start, stop, step, overview.duration):
            self._asked = Asked(first, last, step)
            stop_at = min(last, overview.duration)
            job = partial(_draw_stretch, overview, self.sound.excerpts(), look, first, stop_at, step)
            self.ask("fine", job, self._show_fine)

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        return self.scale().ticks() if self.sound.overview is not None else []

    def unit(self) -> str:
        return self.tr("Frequency (Hz)")

    def legend(self) -> Legend:
        if (why := self.why.legend()) is not None:
            return why
        look = self.look()
        low, high = (f"{scales.number_text(level, 0)} dB" for level in (look.floor, look.ceiling))
        marks = [
            ((level - look.floor) / (look.ceiling - look.floor), f"{scales.number_text(level, 0)} dB")
            for level in scales.ticks_between(look.floor, look.ceiling, 20)
        ]
        return Ramp(palettes.colours(look.palette), low, high, tuple(marks))

    def value_at(self, seconds: float, y: float) -> str:
        lines = [self._level_at(seconds, y), *(overlay.value_at(seconds, y) for overlay in self.overlays)]
        return "\n".join(line for line in lines if line)

    def _level_at(self, seconds: float, y: float) -> str:
        frequency = scales.hertz_text(float(self.scale().hertz(y)))
        for drawn in (self.fine, self.coarse):
            if drawn is not None and (level := drawn.at(seconds, y)) is not None:
                return f"{frequency}  ·  {scales.decibel_text(level if level > -200 else -math.inf)}"
        return frequency

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        middle = (start + stop) / 2
        both = (self.fine, self.coarse)
        drawn = next((drawn for drawn in both if drawn is not None and drawn.at(middle, 0.5) is not None), None)
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
        _fill_menu(self, menu)
        for overlay in self.overlays:
            overlay.fill_menu(menu)

    def _show_coarse(self, drawn: DrawnSpectrogram) -> None:
        self.coarse = drawn
        self.pictures.set_coarse(drawn.picture)

    def _show_fine(self, drawn: DrawnSpectrogram) -> None:
        self.fine = drawn
        self.pictures.add_fine(drawn.picture)


def _fill_menu(lane: SpectrogramLane, menu: QMenu) -> None:
    """Add frequency axis, levels, colours and window length to the lane's menu."""
    titles = {
        "linear": words.tr("&Linear: every hertz alike"),
        "mel": words.tr("&Mel: as pitches are heard"),
        "log": words.tr("L&ogarithmic: every octave alike"),
    }
    axes = [(name, titles[name]) for name in NAMES]
    add_choice(menu, words.tr("&Frequency axis"), axes, lane.scale().name, partial(lane.choose, "spectrogram_scale"))
    _add_levels(lane, menu.addMenu(words.tr("&Levels")))
    add_palettes(lane, menu)
    add_windows(lane, menu)


def _add_levels(lane: SpectrogramLane, menu: QMenu) -> None:
    low, high = chosen_levels(lane.choices)
    for title, levels, now, name in (
        (words.tr("&Brightest from"), _CEILINGS, high, "spectrogram_ceiling"),
        (words.tr("&Darkest up to"), _FLOORS, low, "spectrogram_floor"),
    ):
        options = [(level, f"{scales.number_text(level, 0)} dB") for level in sorted({*levels, now}, reverse=True)]
        add_choice(menu, title, options, now, partial(_choose_level, lane, name))
    menu.addSeparator()
    action = menu.addAction(words.tr("&Fit to this track"), lambda: _fit_levels(lane))
    action.setEnabled(lane.coarse is not None)
    usual = words.tr("&As usual: {} to {} dB").format(*(scales.number_text(level, 0) for level in _USUAL_LEVELS))
    menu.addAction(usual, lambda: _choose_range(lane, _USUAL_LEVELS))


def _choose_level(lane: SpectrogramLane, name: str, level: object) -> None:
    """Set one end of the range; the other one gives way where they would meet."""
    low, high = chosen_levels(lane.choices)
    if name == "spectrogram_ceiling":
        _choose_range(lane, (min(low, int(str(level)) - 10), int(str(level))))
    else:
        _choose_range(lane, (int(str(level)), max(high, int(str(level)) + 10)))


def _choose_range(lane: SpectrogramLane, levels: tuple[int, int]) -> None:
    lane.choices.spectrogram_floor = levels[0]
    lane.choose("spectrogram_ceiling", levels[1])


def _fit_levels(lane: SpectrogramLane) -> None:
    """Choose the levels that fit the track."""
    if lane.coarse is not None:
        lane.ask("fit", partial(_levels_that_fit, lane.coarse), partial(_choose_range, lane))
