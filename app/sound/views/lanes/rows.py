"""Lanes that draw some numbers of each moment as rows of colours, one above the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from app.sound.views.choices import window_of
from app.sound.views.lanes.lane import Asked, Lane, padded
from app.sound.views.plot.pictures import Picture, Pictures, paint_levels
from genre_tagger.sound.frames import Facts, Grid, can_survey, facts_in, survey

if TYPE_CHECKING:
    from app.sound.views.plot.palettes import Table
    from genre_tagger.sound.frames import Excerpts, Wanted
    from genre_tagger.sound.overview import Overview

Values = NDArray[np.float32]

# Columns of the coarse picture per pixel, and at most.
_COARSE = 2
_MOST = 4096
# Frames per pixel from which on the overview is good enough.
_FROM_OVERVIEW = 2


@dataclass(frozen=True)
class Stretch:
    """What numbers are computed from: equal columns from `start` to `stop` (s), the frames `first` to `last` - 1.

    Where `excerpts` is None, columns are means of frames, from the overview, and only their number counts.
    """

    found: Overview
    grid: Grid
    start: float
    stop: float
    first: int
    last: int
    excerpts: Excerpts | None
    known: dict[Hashable, Any]


@dataclass(frozen=True)
class Drawn:
    """A picture and its numbers [shape=(rows, columns)], the lowest row first."""

    picture: Picture
    values: Values

    @property
    def times(self) -> NDArray[np.float64]:
        """The middle of each column, in s."""
        picture, count = self.picture, self.values.shape[1]
        return np.asarray(picture.start + (np.arange(count) + 0.5) * (picture.stop - picture.start) / count)

    def at(self, seconds: float) -> Values | None:
        """Give the numbers of a time, if it is in here."""
        picture, count = self.picture, self.values.shape[1]
        if not picture.start <= seconds < picture.stop:
            return None
        column = int((seconds - picture.start) / (picture.stop - picture.start) * count)
        return self.values[:, min(column, count - 1)]


#: Computes numbers [shape=(rows, columns)] of a stretch in the loader's thread; None when not wanted any more.
Compute = Callable[[Stretch, "Wanted"], Values | None]


class RowsLane(Lane):
    """Subclasses say what is computed, how it is coloured and what the rows are called."""

    def build(self) -> None:
        self.pictures = Pictures()
        self.canvas.box.addItem(self.pictures, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.coarse: Drawn | None = None
        self.fine: Drawn | None = None
        self._stale = False
        self._asked: Asked | None = None
        self.sound.learned.connect(self._learned)

    def clear(self) -> None:
        self.coarse = self.fine = self._asked = None
        self._stale = False
        self.pictures.clear()

    # --- what subclasses say -------------------------------------------------------------------------

    def names(self) -> Sequence[str]:
        """Names of the rows, the lowest first."""
        raise NotImplementedError

    def compute(self) -> Compute:
        """Give the function that computes the numbers as they were chosen."""
        raise NotImplementedError

    def levels(self) -> Callable[[Values], Values]:
        """Give the function that turns numbers into places on the scale of colours, 0…1."""
        raise NotImplementedError

    def colours(self) -> Table:
        """The scale of colours."""
        raise NotImplementedError

    def say_value(self, row: int, value: float) -> str:
        """Say a number of a row with its unit."""
        raise NotImplementedError

    def column_names(self) -> Sequence[str]:
        """Names of the rows in a table, with units."""
        raise NotImplementedError

    # --- the same for all ----------------------------------------------------------------------------

    def grid(self) -> Grid:
        """The frames of this track."""
        found = self.sound.overview
        return Grid(found.sr if found is not None else 44_100, window_of(self.choices))

    def request_whole(self) -> None:
        found = self.sound.overview
        if found is None:
            return
        self.sound.set_n_fft(window_of(self.choices))
        self.canvas.axis.again()
        # What is shown stays until there is something better.
        self._stale, self._asked = True, None
        count = min(_COARSE * self.pixels()[0], _MOST) // (1 if found.complete else 4)
        whole = Stretch(found, self.grid(), 0.0, found.duration, 0, count, None, self.sound.known)
        self._draw("whole", whole, self._show_coarse)

    def request(self, start: float, stop: float, width: int) -> None:
        found, grid = self.sound.overview, self.grid()
        if found is None:
            return
        is_exact = (stop - start) / grid.step <= _FROM_OVERVIEW * width
        if not is_exact and (self.timeline.is_whole or width > _MOST):
            self.drop("fine")
            self._asked = None
            self._clear_fine()
            return
        step = grid.step if is_exact else max(grid.step, (stop - start) / (_COARSE * width))
        if self._asked is not None and self._asked.serves(start, stop, step, found.duration):
            return
        first, last = padded(start, stop, self.sound.length)
        self._asked = Asked(first, last, step)
        if is_exact:
            self._survey()
            frames = grid.between(first, last, found.duration)
            stretch = Stretch(found, grid, *grid.edges(*frames), *frames, self.sound.excerpts(), self.sound.known)
        else:
            count = max(1, round((last - first) / step))
            stretch = Stretch(found, grid, first, last, 0, count, None, self.sound.known)
        self._draw("fine", stretch, self._show_fine)

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        names = self.names()
        order = sorted(range(len(names)), key=lambda row: self.welcome(row))
        return [((row + 0.5) / len(names), names[row]) for row in order]

    def welcome(self, row: int) -> int:
        """How early a row is labelled, where not all can be."""
        return row

    def value_at(self, seconds: float, y: float) -> str:
        for drawn in (self.fine, self.coarse):
            if drawn is not None and (values := drawn.at(seconds)) is not None:
                row = min(max(int(y * len(values)), 0), len(values) - 1)
                return self.say_value(row, float(values[row]))
        return ""

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        middle = (start + stop) / 2
        drawn = next((one for one in (self.fine, self.coarse) if one and one.at(middle) is not None), None)
        if drawn is None:
            return [], []
        times = drawn.times
        inside = (times >= start) & (times <= stop)
        return ["time_s", *self.column_names()], np.column_stack([times[inside], drawn.values.T[inside]]).tolist()

    def _draw(self, name: str, stretch: Stretch, done: Callable[[Drawn], None]) -> None:
        job = partial(_drawn, stretch, self.compute(), self.levels(), self.colours())
        self.ask(name, job, lambda drawn: done(drawn) if drawn is not None else None)

    def _show_coarse(self, drawn: Drawn) -> None:
        self.coarse = drawn
        self.pictures.set_coarse(drawn.picture)
        if self._stale and self._asked is None:
            self._clear_fine()

    def _show_fine(self, drawn: Drawn) -> None:
        # Frames and means beside each other would look like a change in the music.
        self._clear_fine()
        self.fine = drawn
        self.pictures.add_fine(drawn.picture)

    def _clear_fine(self) -> None:
        self._stale = False
        if self.fine is not None:
            self.fine = None
            self.pictures.clear_fine()

    def _survey(self) -> None:
        """Have the track looked through, once for all lanes and as soon as its end is known."""
        found, path, grid = self.sound.overview, self.sound.path, self.grid()
        if found is None or path is None or not found.complete or not can_survey(found.duration):
            return
        known = self.sound.known
        if ("survey", grid) not in known:
            known["survey", grid] = None
            job, done = partial(survey, path, grid, self.sound.cache), partial(self._learn, grid)
            self.sound.ask(f"survey {grid.n_fft}", job, done, self.fail, later=True)

    def _learn(self, grid: Grid, facts: Facts | None) -> None:
        if facts is not None:
            self.sound.learn(("survey", grid), facts)

    def _learned(self, key: object) -> None:
        if key == ("survey", self.grid()):
            self.renew()


# --- in the loader's thread ------------------------------------------------------------------------------


def _drawn(
    stretch: Stretch, compute: Compute, levels: Callable[[Values], Values], colours: Table, wanted: Wanted
) -> Drawn | None:
    values = compute(stretch, wanted)
    if values is None or not values.size:
        return None
    pixels = (255.99 * levels(values)).clip(0, 255).astype(np.uint8)[::-1]
    start, stop = stretch.start, stretch.stop
    if stretch.excerpts is not None:
        # Shorter, where the track ends before its header says.
        start, stop = stretch.grid.edges(stretch.first, stretch.first + values.shape[1])
    return Drawn(Picture(start, stop, paint_levels(pixels, colours)), values)


def coarse_power(stretch: Stretch) -> Values:
    """Mean power of the columns of a coarse picture [shape=(bins, columns)]."""
    return stretch.found.power(stretch.start, stretch.stop, stretch.last - stretch.first)


def facts_of(stretch: Stretch) -> Facts:
    """Give what is known of all frames of the track, or what the overview makes one expect."""
    facts = stretch.known.get(("survey", stretch.grid))
    if facts is None:
        found = stretch.found
        key = "guess", found.n_fft, found.length
        if key not in stretch.known:
            power = found.power(0.0, found.duration, _MOST if found.complete else _MOST // 4)
            stretch.known[key] = facts_in(power, found.sr)
        facts = stretch.known[key]
    return cast("Facts", facts)
