"""The waveform of every channel: extremes and loudness of each column, or the samples themselves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from app.look import theme, words
from app.sound.views.lanes.lane import Asked, Lane, padded
from app.sound.views.plot import scales
from app.sound.views.plot.wave import Columns, Piece, Samples, Wave
from genre_tagger.sound.overview import fold

if TYPE_CHECKING:
    from genre_tagger.sound.frames import Excerpts, Wanted
    from genre_tagger.sound.overview import Envelope, Overview

# Columns of the coarse picture per pixel, so that it stays sharp when one zooms in a little.
_COLUMNS_A_PIXEL = 2
# More channels cannot be told apart on a screen.
_MOST_CHANNELS = 8
# Columns of the overview per pixel from which on it is exact enough; below it samples are decoded.
_FROM_OVERVIEW = 2
# Seconds beyond which a stretch is not decoded for a picture.
_LONGEST = 60.0


class WaveformLane(Lane):
    """Draws Columns of the whole track, and Columns or Samples of what is visible."""

    id = "waveform"
    least = 8 * theme.UNIT

    def build(self) -> None:
        self.wave = Wave()
        self.canvas.box.addItem(self.wave, ignoreBounds=True)
        self._channels = 1
        self._asked: Asked | None = None
        self.canvas.set_values(0, 1)

    @staticmethod
    def about() -> str:
        return words.tr(
            "How strongly the air moves at each moment: the pale shape reaches from the lowest to the highest "
            "sample, the full one shows how loud it is (RMS). Quiet passages are thin, loud ones fill the height, and "
            "what is pressed flat against the edges is clipped."
        )

    def clear(self) -> None:
        self._asked = None
        self.wave.show(None, None)

    def recolour(self) -> None:
        self.wave.update()

    def request_whole(self) -> None:
        overview = self.sound.overview
        if overview is None:
            return
        channels = min(overview.channels, _MOST_CHANNELS)
        if channels != self._channels:
            self._channels = channels
            self.canvas.set_values(0, channels)
        self.ask("whole", partial(_draw_whole, overview, _COLUMNS_A_PIXEL * self.pixels()[0]), self._show_coarse)

    def request(self, start: float, stop: float, width: int) -> None:
        overview = self.sound.overview
        if overview is None:
            return
        if self.timeline.is_whole and (stop - start) * overview.sr / width >= _FROM_OVERVIEW * overview.peaks.size:
            self.drop("fine")
            self._asked = None
            return
        step = (stop - start) / width
        if overview.complete and self._asked is not None and self._asked.serves(start, stop, step, overview.duration):
            return
        self._asked = Asked(*padded(start, stop, overview.duration), step) if overview.complete else None
        job = partial(_draw_stretch, overview, self.sound.excerpts(), start, stop, width)
        self.ask("fine", job, lambda piece: self.wave.show(self.wave.coarse, piece))

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        if self._channels == 1:
            return [(0.5, "0"), (0.97, "1"), (0.03, "−1")]
        names = [self.tr("L"), self.tr("R")] if self._channels == 2 else [str(n + 1) for n in range(self._channels)]
        return [(self._channels - number - 0.5, name) for number, name in enumerate(names)]

    def unit(self) -> str:
        return self.tr("Amplitude (1 is full scale)")

    def value_at(self, seconds: float, y: float) -> str:
        piece = self._piece_at(seconds)
        if piece is None:
            return ""
        channel = min(max(int(self._channels - y), 0), self._channels - 1)
        if isinstance(piece, Samples):
            at = min(max(round((seconds - piece.start) * piece.sr), 0), piece.y.shape[1] - 1)
            value = float(piece.y[channel, at])
            return f"{scales.number_text(value, 4)}  ·  {scales.decibel_text(_decibels(abs(value)), 'dBFS')}"
        count = piece.low.shape[1]
        at = min(max(int((seconds - piece.start) / (piece.stop - piece.start) * count), 0), count - 1)
        low, high, rms = (float(values[channel, at]) for values in (piece.low, piece.high, piece.rms))
        between = self.tr("{low} to {high}").format(low=scales.number_text(low, 2), high=scales.number_text(high, 2))
        return f"{between}  ·  {self.tr('RMS')} {scales.decibel_text(_decibels(rms), 'dBFS')}"

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        piece = self._piece_at((start + stop) / 2)
        if piece is None:
            return [], []
        if isinstance(piece, Samples):
            times = piece.start + np.arange(piece.y.shape[1]) / piece.sr
            header = ["time_s", *(f"sample_{n + 1}" for n in range(len(piece.y)))]
            values = np.column_stack([times, piece.y.T])
        else:
            count = piece.low.shape[1]
            times = piece.start + (np.arange(count) + 0.5) * (piece.stop - piece.start) / count
            header = ["time_s"]
            for number in range(len(piece.low)):
                header += [f"{name}_{number + 1}" for name in ("low", "high", "rms")]
            each = [values[n] for n in range(len(piece.low)) for values in (piece.low, piece.high, piece.rms)]
            values = np.column_stack([times, *each])
        return header, values[(times >= start) & (times <= stop)].tolist()

    def _show_coarse(self, piece: Columns) -> None:
        fine = self.wave.fine
        self.wave.show(piece, fine)

    def _piece_at(self, seconds: float) -> Piece | None:
        return next((p for p in (self.wave.fine, self.wave.coarse) if p and p.start <= seconds <= p.stop), None)


def _decibels(value: float) -> float:
    return 20 * math.log10(value) if value > 0 else -math.inf


def _draw_whole(overview: Overview, count: int, wanted: Wanted) -> Columns:
    return _columns(overview, 0.0, overview.duration, count)


def _columns(overview: Overview, start: float, stop: float, count: int) -> Columns:
    return _piece(overview.envelope(start, stop, count), start, stop)


def _piece(envelope: Envelope, start: float, stop: float) -> Columns:
    low, high, rms = (values[:_MOST_CHANNELS] for values in (envelope.low, envelope.high, envelope.rms))
    return Columns(start, stop, low, high, rms)


def _draw_stretch(
    overview: Overview, excerpts: Excerpts, start: float, stop: float, width: int, wanted: Wanted
) -> Piece:
    """Draw a stretch and its surroundings as finely as can be seen."""
    first, last = padded(start, stop, overview.duration)
    count = max(1, round(width * (last - first) / (stop - start)))
    per_pixel = (stop - start) * overview.sr / width
    if per_pixel >= _FROM_OVERVIEW * overview.peaks.size or last - first > _LONGEST:
        return _columns(overview, first, last, count)
    excerpt = excerpts.get(first, last)
    y = excerpt.y[:_MOST_CHANNELS]
    if per_pixel > 2:
        return _piece(fold(excerpt, first, last, count), first, last)
    low = max(0, math.floor((first - excerpt.start) * excerpt.sr))
    high = math.ceil((last - excerpt.start) * excerpt.sr) + 1
    return Samples(excerpt.start + low / excerpt.sr, excerpt.sr, y[:, low:high])
