"""An explanation of what the model says, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from app.look import words
from app.sound.views.plot.pictures import Picture
from genre_tagger.model.explain import Explanation, explain
from genre_tagger.model.features import log_mel_patches
from genre_tagger.sound.decoders import resampled

if TYPE_CHECKING:
    from app.jobs.stages import Listener
    from app.sound.views.plot.scales import Scale
    from genre_tagger.model.network import GenreModel
    from genre_tagger.sound.frames import Excerpts, Wanted

#: Two colours that everybody tells apart, as blue and orange are; signs say the same.
FOR, AGAINST = "#ff8c00", "#2f7fff"
#: Below this share of the full colour nothing is said of a place.
FAINT = 0.1
_ROWS = 240
# Log-odds that are shown in full colour, at least: where nothing matters, little is to be seen.
_FULL = 0.3
_OPAQUE = 0.75
# Signs for the strongest places: from this share on, and so many.
_STRONG, _SIGNS = 0.5, 16


@dataclass(frozen=True)
class Reason:
    """An explanation that is ready to be drawn, or why there is none."""

    start: float
    stop: float
    genre: str = ""
    labels: tuple[str, ...] = ()
    told: Explanation | None = None
    problem: str = ""

    @property
    def full(self) -> float:
        """Log-odds that are shown in full colour."""
        weights = self.told.weights if self.told is not None else np.zeros(0)
        return max(_FULL, float(np.quantile(np.abs(weights), 0.98))) if weights.size else _FULL

    def at(self, seconds: float, hertz: float) -> float:
        """Log-odds of a place; 0 where nothing is known."""
        if self.told is None:
            return 0.0
        column = int(np.searchsorted(self.told.times, seconds, side="right")) - 1
        row = int(np.searchsorted(self.told.frequencies, hertz, side="right")) - 1
        rows, columns = self.told.weights.shape
        return float(self.told.weights[row, column]) if 0 <= row < rows and 0 <= column < columns else 0.0


def reasons(
    start: float, stop: float, genre: str, listener: Listener, excerpts: Excerpts, wanted: Wanted
) -> Iterator[Reason]:
    """Find out, step by step; for the loader's thread. Without a genre, the most probable one is explained, if any."""
    model = listener.load()
    if model is None:
        yield Reason(start, stop, problem=listener.problem or "")
        return
    found = excerpts.get(start, stop)
    first, last = (max(0, round((edge - found.start) * found.sr)) for edge in (start, stop))
    mono = found.y[:, first:last].mean(axis=0, dtype=np.float32)
    parts = [np.empty(0, dtype=np.float32), *resampled([mono], found.sr, model.card.spec.sr)]
    y, labels = np.concatenate(parts), model.card.labels
    problem = ""
    if genre not in labels:
        genre, problem = _likeliest(y, model)
    if problem:
        yield Reason(start, stop, labels=labels, problem=problem)
        return
    for told in explain(y, model, genre, start=start):
        yield Reason(start, stop, genre, labels, told)


def _likeliest(y: NDArray[np.float32], model: GenreModel) -> tuple[str, str]:
    """The most probable genre, or why there is none."""
    patches = log_mel_patches(y, model.card.spec)
    if not len(patches):
        return "", words.too_little_sound()
    genres = model.judge(patches).genres
    if genres is None:
        return "", words.tr("This does not sound like music, so there is no genre to explain.")
    return str(model.card.labels[int(genres.argmax())]), ""


def paint(reason: Reason, scale: Scale) -> Picture | None:
    """Colour an explanation on a frequency axis; above what the model hears it is left out."""
    told = reason.told
    if told is None or not told.weights.size:
        return None
    hertz = scale.hertz((np.arange(_ROWS)[::-1] + 0.5) / _ROWS)
    middles = scale.fraction((told.frequencies[:-1] + told.frequencies[1:]) / 2)
    heights = scale.fraction(hertz)
    shares = np.stack([np.interp(heights, middles, column) for column in told.weights.T], axis=1) / reason.full
    shares[(hertz > told.frequencies[-1]) | (hertz < told.frequencies[0])] = 0
    strength = np.clip(np.abs(shares), 0, 1)
    alpha = np.where(strength < FAINT, 0, _OPAQUE * strength)
    pixels = np.zeros((*shares.shape, 4), dtype=np.uint8)
    for name, here in ((FOR, shares > 0), (AGAINST, shares < 0)):
        colour = QColor(name)
        pixels[here, :3] = colour.blue(), colour.green(), colour.red()
    pixels[..., 3] = np.round(255 * alpha)
    rows, columns = shares.shape
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32).copy()
    return Picture(float(told.times[0]), float(told.times[-1]), image)


def signs(reason: Reason) -> list[tuple[float, float, bool]]:
    """Find the strongest places: seconds, Hz, and whether they speak for the genre."""
    told = reason.told
    if told is None or not told.weights.size:
        return []
    strength = np.abs(told.weights) / reason.full
    around = np.pad(strength, 1)
    highest = np.max([around[y : y + strength.shape[0], x : x + strength.shape[1]]
                      for y in range(3) for x in range(3)], axis=0)  # fmt: skip
    peaks = np.argwhere((strength >= highest) & (strength >= _STRONG))
    peaks = peaks[np.argsort(-strength[tuple(peaks.T)], kind="stable")][:_SIGNS]
    times = (told.times[:-1] + told.times[1:]) / 2
    hertz = (told.frequencies[:-1] + told.frequencies[1:]) / 2
    return [(float(times[x]), float(hertz[y]), bool(told.weights[y, x] > 0)) for y, x in peaks]
