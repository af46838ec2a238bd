"""Ten colours for ten genres, and what the model hears along a track, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.sound.views.plot.pictures import Picture, paint_levels
from genre_tagger.model.strip import Strip, kept_or_heard

if TYPE_CHECKING:
    from app.jobs.stages import Listener
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.frames import Wanted

#: Any two of them are told apart with normal sight and with each kind of colour blindness (Machado's simulation; the
#: least distance in OKLab is 0.13, against 0.08 of Okabe and Ito's eight), on a light ground and on a dark one.
COLOURS = (
    "#1143ff", "#a3d2f2", "#f0c67d", "#d93800", "#ed8505", "#590ead", "#866f79", "#52a4eb", "#82275a", "#ada296",
)  # fmt: skip
# Rows of the picture: enough for any height of the lane, since it is only plain areas.
_ROWS = 200
# So sure has the model to be of a genre for its name to be written into a stretch.
_SURE = 0.4
# Columns over which the changes of a moment are evened out before stretches are named.
_EVEN = 5


@dataclass(frozen=True)
class Stretch:
    """From `start` to `stop` (s) this genre is the most probable; its colour's middle is at `height` (0…1)."""

    start: float
    stop: float
    label: int
    height: float


@dataclass(frozen=True)
class Heard:
    """What the model has heard so far; without a strip, `problem` says why there is none."""

    labels: tuple[str, ...] = ()
    strip: Strip | None = None
    order: tuple[int, ...] = ()
    picture: Picture | None = None
    stretches: tuple[Stretch, ...] = ()
    silences: tuple[tuple[float, float], ...] = ()
    others: tuple[tuple[float, float], ...] = ()
    problem: str = ""

    def column_at(self, seconds: float) -> int | None:
        """Find the column that is drawn at a time; None where nothing has been heard yet."""
        if self.strip is None or self.picture is None or seconds > self.picture.stop:
            return None
        middle = self.strip.starts[0] + self.strip.seconds / 2
        return int(np.clip(round((seconds - middle) / self.strip.step), 0, len(self.strip.starts) - 1))

    def shares(self) -> NDArray[np.float64]:
        """Mean probability of each genre where there is music [shape=(labels,)]."""
        assert self.strip is not None
        heard = self.strip.probabilities[self.strip.heard]
        return np.asarray(heard.mean(axis=0, dtype=np.float64) if len(heard) else np.zeros(len(self.labels)))


def colour(label: int) -> str:
    """Give the colour of a genre by its place among the model's labels."""
    return COLOURS[label % len(COLOURS)]


def listen(path: str, length: float, listener: Listener, cache: Cache | None, wanted: Wanted) -> Iterator[Heard]:
    """Listen to a whole track, coarsely first; for the loader's thread."""
    model = listener.load()
    if model is None:
        yield Heard(problem=listener.problem or "")
        return
    for strip in kept_or_heard(path, model, length, cache):
        yield drawn(strip, model.card.labels, length)


def drawn(strip: Strip, labels: tuple[str, ...], length: float) -> Heard:
    """Draw a strip: the genre that is heard most at the bottom."""
    if not len(strip.starts):
        return Heard(labels, strip)
    heard = Heard(labels, strip)
    order = np.argsort(-heard.shares(), kind="stable")
    tops = np.cumsum(strip.probabilities[:, order], axis=1)
    heights = (np.arange(_ROWS)[::-1] + 0.5) / _ROWS
    places = (heights[:, None, None] > tops[None]).sum(axis=2).clip(0, len(labels) - 1)
    levels = order[places].astype(np.uint8)
    # Half columns: a column is drawn around the middle of its patch, and the outer ones reach to the ends.
    half = strip.step / 2
    first = strip.starts[0] + strip.seconds / 2 - half
    last = strip.starts[-1] + strip.seconds / 2 + half
    before = max(0, round(first / half))
    whole = strip.complete or strip.starts[0] > 0
    after = max(0, round((length - last) / half)) if whole else 0
    levels = np.pad(np.repeat(levels, 2, axis=1), ((0, 0), (before, min(after, 8))), mode="edge")
    table = np.zeros(256, dtype=np.uint32)
    table[: len(labels)] = [0xFF000000 | int(colour(label)[1:], 16) for label in range(len(labels))]
    picture = Picture(first - before * half, last + min(after, 8) * half, paint_levels(levels, table))
    edges = np.concatenate([[0.0], strip.starts[1:] + strip.seconds / 2 - half, [length if whole else last]])
    return Heard(
        labels, strip, tuple(map(int, order)), picture, tuple(_stretches(strip, order, tops, edges)),
        _where(~strip.loud, edges), _where(strip.loud & ~strip.music, edges),
    )  # fmt: skip


def _where(true: NDArray[np.bool_], edges: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """From when to when (s) something is so."""
    return tuple((float(edges[first]), float(edges[stop])) for first, stop in _runs(true) if true[first])


def _stretches(
    strip: Strip, order: NDArray[np.intp], tops: NDArray[np.float32], edges: NDArray[np.float64]
) -> Iterator[Stretch]:
    """Find where one genre leads, and how high its colour lies there."""
    window = np.ones(min(_EVEN, len(strip.starts)))
    weights = np.convolve(np.ones(len(strip.starts)), window, mode="same")
    even = np.stack([np.convolve(row, window, mode="same") / weights for row in strip.probabilities.T], axis=1)
    leading = np.where(strip.heard & (even.max(axis=1) >= _SURE), even.argmax(axis=1), -1)
    place = np.argsort(order)
    for first, stop in _runs(leading):
        label = int(leading[first])
        if label < 0:
            continue
        at = place[label]
        upper = tops[first:stop, at].mean()
        lower = tops[first:stop, at - 1].mean() if at else 0.0
        yield Stretch(float(edges[first]), float(edges[stop]), label, float(upper + lower) / 2)


def _runs(values: NDArray[np.generic]) -> list[tuple[int, int]]:
    """Cut an array [shape=(n,)] where its values change: first and behind last of each run."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    cuts = [0, *map(int, changes), len(values)]
    return list(pairwise(cuts))


def told(labels: Sequence[str], probabilities: NDArray[np.floating]) -> list[tuple[str, float]]:
    """Sort genres by how probable they are, the first first."""
    order = np.argsort(-probabilities, kind="stable")
    return [(labels[label], float(probabilities[label])) for label in order]
