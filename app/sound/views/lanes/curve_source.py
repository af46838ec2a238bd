"""Where a lane has its curves from."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.sound.views.choices import window_of
from app.sound.views.lanes.curves import Curve, Points, coarse, exact
from app.sound.views.lanes.lane import Asked, padded
from genre_tagger.sound.frames import Grid
from genre_tagger.sound.track_curves import Crossings, count_crossings

if TYPE_CHECKING:
    from app.sound.views.lanes.lane import Lane
    from genre_tagger.sound.frames import Wanted
    from genre_tagger.sound.overview import Overview

# Pixels for each point of the coarse curves, and points at most: closer together they hide what they lie on.
_COARSE = 3
_MOST = 2048
# Frames per pixel from which on the coarse curves are drawn.
_FROM_OVERVIEW = 0.6
_CROSSINGS = "crossings"

Job = Callable[["Wanted"], Points | None]


class CurveSource:
    """Asks for curves in the name of a lane: coarse ones of the whole track, and exact ones of what is visible."""

    def __init__(self, lane: Lane, changed: Callable[[], object]) -> None:
        self._lane, self._changed = lane, changed
        self.coarse: Points | None = None
        self.fine: Points | None = None
        self._asked: Asked | None = None
        lane.sound.learned.connect(self._learned)

    def clear(self) -> None:
        """Forget all curves."""
        self._asked = None
        if self.coarse is not None or self.fine is not None:
            self.coarse = self.fine = None
            self._changed()

    def request_whole(self, curves: tuple[Curve, ...]) -> None:
        """Ask for these curves of the whole track; for none, the others go."""
        lane, found = self._lane, self._lane.sound.overview
        if found is None or not curves or found.duration <= 0:
            self._drop()
            self.clear()
            return
        if any(curve.id == "zero_crossings" for curve in curves):
            self._count_crossings(found)
        self._asked = None
        count = min(max(1, lane.pixels()[0] // _COARSE), _MOST)
        job = partial(_coarse, curves, found, 0.0, found.duration, count, lane.sound.known)
        lane.ask("curves of all", job, self._show_coarse)

    def request(self, curves: tuple[Curve, ...], start: float, stop: float, width: int) -> None:
        """Ask for these curves of a stretch that is `width` pixels wide."""
        lane, found = self._lane, self._lane.sound.overview
        if found is None or not curves:
            return
        grid = Grid(found.sr, window_of(lane.choices))
        is_exact = (stop - start) / grid.step <= _FROM_OVERVIEW * width
        if not is_exact and lane.timeline.is_whole:
            lane.drop("curves")
            self._asked = None
            if self.fine is not None:
                self.fine = None
                self._changed()
            return
        step = grid.step if is_exact else (stop - start) / width * _COARSE
        if self._asked is not None and self._asked.serves(start, stop, step, found.duration):
            return
        first, last = padded(start, stop, lane.sound.length)
        self._asked = Asked(first, last, step)
        if is_exact:
            frames = grid.between(first, last, found.duration)
            job: Job = partial(exact, curves, found, lane.sound.excerpts(), grid, frames)
        else:
            count = max(1, round((last - first) / step))
            job = partial(_coarse, curves, found, first, last, count, lane.sound.known)
        lane.ask("curves", job, self._show_fine)

    def at(self, seconds: float) -> list[tuple[Curve, float]]:
        """Give the numbers of a time."""
        for points in (self.fine, self.coarse):
            if points is not None and (values := points.at(seconds)) is not None:
                return list(zip(points.curves, values.tolist(), strict=True))
        return []

    def around(self, seconds: float) -> Points | None:
        """Give the best points that there are around a time."""
        both = (self.fine, self.coarse)
        return next((points for points in both if points is not None and points.at(seconds) is not None), None)

    def nearest(self, times: NDArray[np.float64]) -> tuple[tuple[Curve, ...], NDArray[np.float32]]:
        """Give the numbers nearest to some times [shape=(curves, len(times))]; nan where there are none."""
        points = self.around(float(times[len(times) // 2])) if len(times) else None
        if points is None:
            return (), np.empty((0, len(times)), dtype=np.float32)
        places = np.round((times - points.start) / points.step).astype(np.intp)
        inside = (places >= 0) & (places < points.values.shape[1])
        values = points.values[:, places.clip(0, points.values.shape[1] - 1)]
        return points.curves, np.where(inside, values, np.float32(np.nan))

    def _drop(self) -> None:
        self._lane.drop("curves of all")
        self._lane.drop("curves")

    def _show_coarse(self, points: Points) -> None:
        self.coarse = points
        self._changed()

    def _show_fine(self, points: Points | None) -> None:
        if points is not None:
            self.fine = points
            self._changed()

    def _count_crossings(self, found: Overview) -> None:
        """Have the crossings of the whole track counted, once for all lanes and as soon as its end is known."""
        sound = self._lane.sound
        if sound.path is None or not found.complete or _CROSSINGS in sound.known:
            return
        sound.known[_CROSSINGS] = None
        job = partial(count_crossings, sound.path, found.duration, sound.cache)
        sound.ask(_CROSSINGS, job, self._learn, self._lane.fail, later=True)

    def _learn(self, counted: Crossings | None) -> None:
        if counted is not None:
            self._lane.sound.learn(_CROSSINGS, counted)

    def _learned(self, key: object) -> None:
        if key == _CROSSINGS and self.coarse is not None:
            self._lane.renew()


def _coarse(
    curves: tuple[Curve, ...],
    found: Overview,
    start: float,
    stop: float,
    count: int,
    known: dict[Hashable, Any],
    wanted: Wanted,
) -> Points:
    return coarse(curves, found, start, stop, count, known.get(_CROSSINGS))
