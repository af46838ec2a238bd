"""What MFCC and chroma have in common: lanes that draw some numbers of each moment as rows of colours."""

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
_COLUMNS_A_PIXEL = 2
_MOST = 4096
# Frames per pixel from which on the overview is good enough.
_FROM_OVERVIEW = 2


@dataclass(frozen=True)
class Stretch:
    """What rows are computed from: equal columns from `start` to `stop` (s), the frames `first` to `last` - 1.

    Where `excerpts` is None, columns are means of frames, from the overview, and only their number counts. `shared` is
    the Sound's: what has been computed of the whole track.
    """

    overview: Overview
    grid: Grid
    start: float
    stop: float
    first: int
    last: int
    excerpts: Excerpts | None
    shared: dict[Hashable, Any]


@dataclass(frozen=True)
class DrawnRows:
    """A picture and its numbers [shape=(rows, columns)], the lowest row first."""

    picture: Picture
    values: Values

    @property
    def times(self) -> NDArray[np.float64]:
        """The middle of each column, in s."""
        picture, count = self.picture, self.values.shape[1]
        return np.asarray(picture.start + (np.arange(count) + 0.5) * (picture.stop - picture.start) / count)

    def at(self, seconds: float) -> Values | None:
        """Give the numbers at a time (s); None outside the picture."""
        picture, count = self.picture, self.values.shape[1]
        if not picture.start <= seconds < picture.stop:
            return None
        column = int((seconds - picture.start) / (picture.stop - picture.start) * count)
        return self.values[:, min(column, count - 1)]


#: Computes numbers [shape=(rows, columns)] of a stretch in the loader's thread; None when they are not wanted any more.
Compute = Callable[[Stretch, "Wanted"], Values | None]


class RowsLane(Lane):
    """A lane without numbers; subclasses say what is computed, how it is coloured and what the rows are called."""

    def build(self) -> None:
        self.pictures = Pictures()
        self.canvas.box.addItem(self.pictures, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.coarse: DrawnRows | None = None
        self.fine: DrawnRows | None = None
        self._stale = False
        self._asked: Asked | None = None
        self.sound.result_shared.connect(self._take_shared)

    def clear(self) -> None:
        self.coarse = self.fine = self._asked = None
        self._stale = False
        self.pictures.clear()

    # --- what subclasses say -------------------------------------------------------------------------

    def names(self) -> Sequence[str]:
        """Names of the rows, the lowest first."""
        raise NotImplementedError

    def compute(self) -> Compute:
        """Give the function that computes the numbers, by the choices."""
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
        overview = self.sound.overview
        return Grid(overview.sr if overview is not None else 44_100, window_of(self.choices))

    def request_whole(self) -> None:
        overview = self.sound.overview
        if overview is None:
            return
        self.sound.set_n_fft(window_of(self.choices))
        self.canvas.axis.again()
        # What is shown stays until there is something better.
        self._stale, self._asked = True, None
        count = min(_COLUMNS_A_PIXEL * self.pixels()[0], _MOST) // (1 if overview.complete else 4)
        whole = Stretch(overview, self.grid(), 0.0, overview.duration, 0, count, None, self.sound.shared)
        self._draw("whole", whole, self._show_coarse)

    def request(self, start: float, stop: float, width: int) -> None:
        overview, grid = self.sound.overview, self.grid()
        if overview is None:
            return
        is_exact = (stop - start) / grid.step <= _FROM_OVERVIEW * width
        if not is_exact and (self.timeline.is_whole or width > _MOST):
            self.drop("fine")
            self._asked = None
            self._clear_fine()
            return
        step = grid.step if is_exact else max(grid.step, (stop - start) / (_COLUMNS_A_PIXEL * width))
        if self._asked is not None and self._asked.serves(start, stop, step, overview.duration):
            return
        first, last = padded(start, stop, self.sound.length)
        self._asked = Asked(first, last, step)
        if is_exact:
            self._survey()
            frames = grid.between(first, last, overview.duration)
            edges = grid.edges(*frames)
            stretch = Stretch(overview, grid, *edges, *frames, self.sound.excerpts(), self.sound.shared)
        else:
            count = max(1, round((last - first) / step))
            stretch = Stretch(overview, grid, first, last, 0, count, None, self.sound.shared)
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
        both = (self.fine, self.coarse)
        drawn = next((drawn for drawn in both if drawn is not None and drawn.at(middle) is not None), None)
        if drawn is None:
            return [], []
        times = drawn.times
        inside = (times >= start) & (times <= stop)
        return ["time_s", *self.column_names()], np.column_stack([times[inside], drawn.values.T[inside]]).tolist()

    def _draw(self, name: str, stretch: Stretch, done: Callable[[DrawnRows], None]) -> None:
        job = partial(_draw_stretch, stretch, self.compute(), self.levels(), self.colours())
        self.ask(name, job, lambda drawn: done(drawn) if drawn is not None else None)

    def _show_coarse(self, drawn: DrawnRows) -> None:
        self.coarse = drawn
        self.pictures.set_coarse(drawn.picture)
        if self._stale and self._asked is None:
            self._clear_fine()

    def _show_fine(self, drawn: DrawnRows) -> None:
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
        """Have all frames of the track looked through, once for all lanes and as soon as its end is known."""
        overview, path, grid = self.sound.overview, self.sound.path, self.grid()
        if overview is None or path is None or not overview.complete or not can_survey(overview.duration):
            return
        shared = self.sound.shared
        if ("survey", grid) not in shared:
            shared["survey", grid] = None
            job, done = partial(survey, path, grid, self.sound.cache), partial(self._share, grid)
            self.sound.ask(f"survey {grid.n_fft}", job, done, self.fail, later=True)

    def _share(self, grid: Grid, facts: Facts | None) -> None:
        if facts is not None:
            self.sound.share(("survey", grid), facts)

    def _take_shared(self, key: object) -> None:
        if key == ("survey", self.grid()):
            self.renew()


# --- in the loader's thread ------------------------------------------------------------------------------


def _draw_stretch(
    stretch: Stretch, compute: Compute, levels: Callable[[Values], Values], colours: Table, wanted: Wanted
) -> DrawnRows | None:
    values = compute(stretch, wanted)
    if values is None or not values.size:
        return None
    pixels = (255.99 * levels(values)).clip(0, 255).astype(np.uint8)[::-1]
    start, stop = stretch.start, stretch.stop
    if stretch.excerpts is not None:
        # Shorter, where the track ends before its header says.
        start, stop = stretch.grid.edges(stretch.first, stretch.first + values.shape[1])
    return DrawnRows(Picture(start, stop, paint_levels(pixels, colours)), values)


def coarse_power(stretch: Stretch) -> Values:
    """Mean power of the columns of a coarse picture [shape=(bins, columns)]."""
    return stretch.overview.power(stretch.start, stretch.stop, stretch.last - stretch.first)


def facts_of(stretch: Stretch) -> Facts:
    """Give the facts about all frames of the track, or until it has been surveyed an estimate from the overview."""
    facts = stretch.shared.get(("survey", stretch.grid))
    if facts is None:
        overview = stretch.overview
        key = "estimate", overview.n_fft, overview.length
        if key not in stretch.shared:
            power = overview.power(0.0, overview.duration, _MOST if overview.complete else _MOST // 4)
            stretch.shared[key] = facts_in(power, overview.sr)
        facts = stretch.shared[key]
    return cast("Facts", facts)
