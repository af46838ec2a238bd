"""The overview of a track, which grows while the file is decoded: its envelope and a coarse spectrogram.

One pass over the file serves everything that is drawn of the whole track. What is drawn larger is decoded again, by
:func:`genre_tagger.sound.audio.excerpt`. Memory is bounded, whatever the length of the file.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.cache import Cache
from genre_tagger.sound.audio import Excerpt, Stream, glimpses, stream
from genre_tagger.sound.mel import hann
from genre_tagger.sound.pyramid import Peaks, PeakTable, Powers, PowerTable

Array = NDArray[np.float32]
_Skim = tuple[PeakTable, PowerTable]

# How often the growing overview is handed out, in seconds; rarer in a file that takes long.
_PACE = 0.1
_SLOWEST_PACE = 1.0
# Longer files (s) are sampled at so many places first, for at most so many seconds altogether.
_GLIMPSES = 64
_GLIMPSE_TIME = 0.12
_LONG = 20.0
# So little of a file, in seconds, is decoded to know what its header claims.
_MOMENT = 0.1
# On disk power is stored as codes: 0 is silence, and the others are these decibels apart, from this level on.
_STEP_DB = 0.005
_LOWEST_DB = -150.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Lowest and highest sample and root mean square of each column [shape=(channels, count)], about -1…1."""

    low: Array
    high: Array
    rms: Array


@dataclass(frozen=True, slots=True)
class Overview:
    """The envelope and the coarse spectrogram of a track, as far as it has been decoded.

    Attributes
    ----------
    sr, channels : int
        Sampling rate in Hz and number of channels.
    length : float
        Seconds decoded so far; the true length of the track once `complete`.
    claimed : float
        Seconds that the header claims, 0 if nothing that can be true.
    complete : bool
        Whether the end has been reached.
    n_fft : int
        Length of the frames of the spectrogram in samples.
    """

    sr: int
    channels: int
    length: float
    claimed: float
    complete: bool
    n_fft: int
    peaks: PeakTable
    powers: PowerTable
    skim: _Skim | None = None

    @property
    def duration(self) -> float:
        """Seconds to draw: the true length once that is known, what the header claims until then."""
        return self.length if self.complete else max(self.length, self.claimed)

    def envelope(self, start: float, stop: float, count: int) -> Envelope:
        """Fold a stretch into columns of equal width.

        Parameters
        ----------
        start, stop : float
            The stretch in seconds; it may reach beyond the track.
        count : int
            Number of columns.

        Returns
        -------
        Envelope
            Columns [shape=(channels, count)], 0 where there is no sound or nothing is known yet. What is not decoded
            yet is guessed from places that have been looked at. A column is never narrower than 256 samples of
            the track (more in a very long one): for less, ask :func:`fold` about an excerpt.
        """
        edges = np.linspace(start, stop, count + 1) * self.sr
        columns, is_known = self.peaks.fold(edges)
        if self.skim is not None and not is_known.all():
            columns[:, :, ~is_known] = self.skim[0].fold(edges)[0][:, :, ~is_known]
        return Envelope(columns[0], columns[1], np.sqrt(columns[2]))

    def power(self, start: float, stop: float, count: int) -> Array:
        """Give the mean power spectrum of each of `count` columns of equal width.

        Parameters
        ----------
        start, stop, count : float, float, int
            As in :meth:`envelope`.

        Returns
        -------
        ndarray [shape=(1 + n_fft // 2, count)], float32
            Power of the mean of all channels, scaled as :func:`genre_tagger.sound.spectral.stft_power` scales it (a
            sine of amplitude a reaches ``(a * n_fft / 4) ** 2``); 0 where there is no sound or nothing is known yet.
        """
        edges = np.linspace(start, stop, count + 1) * self.sr
        columns, is_known = self.powers.fold(edges)
        if self.skim is not None and not is_known.all():
            columns[~is_known] = self.skim[1].fold(edges)[0][~is_known]
        return columns.T

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what :meth:`from_arrays` reads; power is rounded to 0.005 dB."""
        facts = [self.sr, self.channels, self.length, self.claimed, self.n_fft, self.peaks.size, self.powers.span]
        with np.errstate(divide="ignore"):
            codes = (np.log10(self.powers.power) * np.float32(10 / _STEP_DB)) - np.float32(_LOWEST_DB / _STEP_DB)
        return {
            "facts": np.array(facts, dtype=np.float64),
            "peaks": np.stack([self.peaks.low, self.peaks.high, self.peaks.square]),
            "power": codes.clip(0, 65_535).astype(np.uint16),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Overview:
        """Restore a complete overview.

        Raises
        ------
        ValueError
            If the arrays are not those of an overview.
        """
        try:
            facts, peaks, codes = arrays["facts"], arrays["peaks"], arrays["power"]
            sr, channels, length, claimed, n_fft, size, span = (float(fact) for fact in facts)
        except (LookupError, TypeError, ValueError) as error:
            raise ValueError("not an overview") from error
        kinds = peaks.dtype.str[1:], peaks.ndim, codes.dtype.str[1:], codes.ndim
        if kinds != ("f4", 3, "u2", 2) or peaks.shape[:2] != (3, channels) or codes.shape[1] != 1 + n_fft // 2:
            raise ValueError("not an overview: its arrays do not fit")
        if not (0 < sr < math.inf and 0 < length < math.inf and min(claimed, size - 1, span - 1) >= 0):
            raise ValueError("not an overview: its numbers make no sense")
        decibels = np.arange(65_536) * _STEP_DB + _LOWEST_DB
        powers = np.where(np.arange(65_536) > 0, 10 ** (decibels / 10), 0).astype(np.float32)[codes]
        tables = PeakTable(size, *peaks), PowerTable(span, powers)
        return cls(int(sr), int(channels), length, claimed, True, int(n_fft), *tables)


def build(path: str, *, n_fft: int = 2048, cache: Cache | None = None) -> Generator[Overview]:
    """Decode a track once and yield its overview again and again while it grows.

    Parameters
    ----------
    path : str
        The file.
    n_fft : int
        Length of the frames of the spectrogram in samples, a multiple of 4.
    cache : Cache or None
        Where to look first, and where to keep the result.

    Yields
    ------
    Overview
        The first soon, with a glimpse of all parts of the track where that is cheap; then about ten in a second. The
        last one is complete. Where the file is damaged, its sound ends.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    kind = f"overview-{n_fft}"
    stamp = None if cache is None else cache.stamp(path)
    if cache is not None and (cached := _kept(cache, path, kind)) is not None:
        yield cached
        return
    # One after the other, so that one process does both.
    with stream(path, seconds=_MOMENT) as begun:
        pass
    skim = _skim(path, begun, n_fft) if begun.length > _LONG else None
    with stream(path) as sound:
        for overview in _growing(sound, n_fft, skim):
            yield overview
    if cache is not None and stamp is not None:
        cache.put(path, kind, overview.to_arrays(), stamp=stamp)


def _kept(cache: Cache, path: str, kind: str) -> Overview | None:
    arrays = cache.get(path, kind)
    if arrays is None:
        return None
    try:
        return Overview.from_arrays(arrays)
    except ValueError:
        return None


def _growing(sound: Stream, n_fft: int, skim: _Skim | None) -> Generator[Overview]:
    peaks, powers = Peaks(sound.channels), Powers(n_fft, sound.length * sound.sr)
    samples, begun, yielded_at = 0, time.monotonic(), 0.0

    def so_far(complete: bool = False) -> Overview:
        tables = peaks.table(), powers.table(), None if complete else skim
        return Overview(sound.sr, sound.channels, samples / sound.sr, sound.length, complete, n_fft, *tables)

    if skim is not None:
        yield so_far()
        yielded_at = time.monotonic()
    for y in sound.blocks:
        peaks.add(y)
        powers.add(y.mean(axis=0))
        samples += y.shape[1]
        now = time.monotonic()
        if now - yielded_at > min(max(_PACE, (now - begun) / 20), _SLOWEST_PACE):
            yield so_far()
            yielded_at = time.monotonic()
    peaks.finish()
    powers.finish()
    yield so_far(complete=True)


def _skim(path: str, sound: Stream, n_fft: int) -> _Skim | None:
    """Decode a frame at places all over the track; places not reached in time get the values of the nearest one."""
    glimpsed: dict[int, tuple[Array, Array]] = {}
    begun = time.monotonic()
    part = sound.length / _GLIMPSES
    with contextlib.closing(glimpses(path, count=_GLIMPSES, seconds=2 * n_fft / sound.sr)) as places:
        for place in places:
            y = place.y
            if place.sr != sound.sr or len(y) != sound.channels or y.shape[1] < n_fft:
                return None
            spectrum = np.fft.rfft(y.mean(axis=0)[:n_fft] * hann(n_fft).astype(np.float32))
            folded = np.stack([y.min(axis=1), y.max(axis=1), np.square(y).mean(axis=1)])
            glimpsed[int(place.start / part)] = folded, np.square(np.abs(spectrum))
            if time.monotonic() - begun > _GLIMPSE_TIME:
                break
    if not glimpsed:
        return None
    indices = np.array(list(glimpsed))
    nearest = [int(indices[np.abs(indices - i).argmin()]) for i in range(_GLIMPSES)]
    peaks = np.stack([glimpsed[i][0] for i in nearest], axis=-1)
    size = part * sound.sr
    return PeakTable(size, *peaks), PowerTable(size, np.stack([glimpsed[i][1] for i in nearest]))


def fold(excerpt: Excerpt, start: float, stop: float, count: int) -> Envelope:
    """Fold an excerpt into columns as :meth:`Overview.envelope` does, down to single samples.

    Parameters
    ----------
    excerpt : Excerpt
        What was decoded.
    start, stop, count : float, float, int
        The stretch in seconds of the track, and the number of columns.

    Returns
    -------
    Envelope
        Columns [shape=(channels, count)], 0 outside the excerpt.
    """
    edges = (np.linspace(start, stop, count + 1) - excerpt.start) * excerpt.sr
    begin = max(math.floor(edges[0]), 0)
    y = excerpt.y[:, begin : max(math.ceil(edges[-1]), 0) + 1]
    columns, _ = PeakTable(1, y, y, np.square(y)).fold(edges - begin)
    return Envelope(columns[0], columns[1], np.sqrt(columns[2]))
