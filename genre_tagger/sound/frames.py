"""Frames of any stretch of a track, the same that librosa would cut of the whole, with only that stretch decoded.

Functions that take long ask `wanted` now and then whether anybody still waits for their answer, and end if not.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.sound import audio
from genre_tagger.sound.mel import hann
from genre_tagger.sound.spectral import mel, peaks, stft_power, tuning_of

if TYPE_CHECKING:
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.audio import Excerpt
    from genre_tagger.sound.overview import Overview

Values = NDArray[np.float32]
#: Tells whether anybody still waits for the answer.
Wanted = Callable[[], bool]

# Frames computed at a time: small, so that an answer nobody waits for is given up soon.
_BATCH = 512
# A longer track (s) is not surveyed.
_SURVEYED = 900.0
# Decoded stretches that are kept: some minutes of stereo.
_KEPT_BYTES = 96 << 20
# What is decoded at both sides of a stretch, as a fraction of it, so that the next step of the wheel needs no decoding.
_AROUND = 0.25
# Seconds of sound that are decoded for a picture at a time, and frames of it transformed at a time: some megabytes.
_STRETCH = 20.0
_STRETCH_BATCH = 256


class Excerpts:
    """Decodes stretches of one file and keeps those used last; for one thread alone.

    Parameters
    ----------
    path : str
        The file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept: OrderedDict[int, Excerpt] = OrderedDict()
        self._number = 0

    def get(self, start: float, stop: float) -> Excerpt:
        """Give a decoded stretch that covers this one as far as there is sound; it may be longer.

        Parameters
        ----------
        start, stop : float
            In seconds.

        Returns
        -------
        Excerpt
            From about `start` to `stop`, all channels.

        Raises
        ------
        DecodeError
            If it cannot be decoded.
        """
        start = max(0.0, start)
        for number, held in reversed(self._kept.items()):
            if held.start <= start and stop <= held.start + held.y.shape[1] / held.sr:
                self._kept.move_to_end(number)
                return held
        margin = _AROUND * (stop - start)
        first = max(0.0, start - margin)
        excerpt = audio.excerpt(self._path, offset=first, seconds=stop + margin - first)
        self._number += 1
        self._kept[self._number] = excerpt
        while len(self._kept) > 1 and sum(excerpt_kept.y.nbytes for excerpt_kept in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return excerpt


@dataclass(frozen=True)
class Grid:
    """Where frames lie: frame t around sample ``t * hop``."""

    sr: int
    n_fft: int

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.n_fft // 4

    @property
    def step(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop / self.sr

    def count(self, duration: float) -> int:
        """Frames in a track of so many seconds."""
        return 1 + round(duration * self.sr) // self.hop

    def between(self, start: float, stop: float, duration: float) -> tuple[int, int]:
        """First frame that stands for a part of a stretch (s), and the one after the last."""
        first = max(0, math.floor(start / self.step + 0.5))
        last = min(self.count(duration), math.ceil(stop / self.step - 0.5) + 1)
        return min(first, max(0, last - 1)), last

    def edges(self, first: int, last: int) -> tuple[float, float]:
        """The time (s) that frames stand for, half a step around each."""
        return (first - 0.5) * self.step, (last - 0.5) * self.step


@dataclass(frozen=True)
class Cut:
    """Mono samples around some frames [shape=(n,)], beginning at a frame; `lead` frames lie before the first asked for.

    What is computed of `y` with centred frames has only to be cut: beyond the ends of `y` is the end of the track,
    or nothing that these frames reach.
    """

    grid: Grid
    y: Values
    lead: int
    count: int

    def own(self, values: Values) -> Values:
        """Take the frames that were asked for out of those of all of `y` [shape=(..., frames)]."""
        return values[..., self.lead : self.lead + self.count]

    def power(self) -> Values:
        """Power spectra of the frames that were asked for [shape=(1 + n_fft // 2, count)]."""
        return self.own(stft_power(self.y, n_fft=self.grid.n_fft, hop_length=self.grid.hop))


def cut(excerpts: Excerpts, grid: Grid, first: int, last: int, duration: float) -> Cut:
    """Cut the samples around some frames out of a track.

    Parameters
    ----------
    excerpts : Excerpts
        The track's sound.
    grid : Grid
        Where its frames lie.
    first, last : int
        The first frame asked for, and the one after the last.
    duration : float
        Length of the track in seconds.

    Returns
    -------
    Cut
        With fewer frames where the track ends before `duration`.

    Raises
    ------
    DecodeError
        If it cannot be decoded.
    """
    reach = grid.n_fft // 2 // grid.hop
    begin = max(0, first - reach) * grid.hop
    end = min((last - 1 + reach) * grid.hop, round(duration * grid.sr))
    # A quarter of a sample, since seconds are not exact.
    excerpt = excerpts.get(max(0.0, (begin - 0.25) / grid.sr), (end - 0.25) / grid.sr)
    at = round(excerpt.start * grid.sr)
    y = excerpt.y[:, max(0, begin - at) : max(0, end - at)].mean(axis=0, dtype=np.float32)
    if at > begin:
        y = np.pad(y, (at - begin, 0))
    lead = first - begin // grid.hop
    return Cut(grid, y, lead, min(last - first, max(0, 1 + len(y) // grid.hop - lead)))


def columns(
    compute: Callable[[Cut], Values],
    excerpts: Excerpts,
    grid: Grid,
    first: int,
    last: int,
    duration: float,
    wanted: Wanted,
) -> Values | None:
    """Compute some numbers for each of many frames, some frames at a time.

    Parameters
    ----------
    compute : callable
        From a :class:`Cut` to numbers [shape=(..., frames)] of the frames it is for.
    excerpts, grid, first, last, duration
        As for :func:`cut`.
    wanted : callable
        Whether to go on.

    Returns
    -------
    ndarray [shape=(..., last - first)] or None
        None when it is not wanted any more. There are fewer columns where the track ends before `duration`.
    """
    pieces = []
    # The whole stretch first, so that it is decoded in one go.
    cut(excerpts, grid, first, last, duration)
    for begin in range(first, last, _BATCH):
        if not wanted():
            return None
        piece = cut(excerpts, grid, begin, min(last, begin + _BATCH), duration)
        if piece.count <= 0:
            break
        pieces.append(compute(piece))
    return np.concatenate(pieces, axis=-1) if pieces else None


@dataclass(frozen=True)
class Facts:
    """Facts that need all frames of a track: the loudest mel band in dB, and the tuning in semitones."""

    loudest: float
    deviation: float


def facts_in(power: Values, sr: int) -> Facts:
    """Find the facts in power spectra [shape=(bins, columns)] of sound at `sr` Hz."""
    return Facts(_decibels(float(mel(power, sr).max(initial=0.0))), tuning_of(*peaks(power, sr)))


def can_survey(duration: float) -> bool:
    """Tell whether a track of so many seconds is short enough to be looked through."""
    return duration <= _SURVEYED


def survey(path: str, grid: Grid, cache: Cache | None, wanted: Wanted) -> Iterator[Facts | None]:
    """Look through all frames of a track for its facts.

    Parameters
    ----------
    path : str
        The file.
    grid : Grid
        Where its frames lie.
    cache : Cache or None
        Where the facts are kept for the next time.
    wanted : callable
        Whether to go on.

    Yields
    ------
    Facts or None
        The facts, at last; None in between, so that others have their turn.

    Raises
    ------
    DecodeError
        If it cannot be decoded.
    """
    kind = f"survey-{grid.n_fft}"
    cached, stamp = (cache.get(path, kind), cache.stamp(path)) if cache is not None else (None, None)
    if cached is not None and cached.get("facts", np.empty(0)).shape == (2,):
        yield Facts(*cached["facts"].tolist())
        return
    loudest = 0.0
    peaks_so_far: list[tuple[Values, Values]] = []
    silence = np.zeros(grid.n_fft // 2, dtype=np.float32)
    waiting = silence
    with audio.stream(path) as sound:
        for y in chain(sound.blocks, [silence[None]]):
            waiting = np.concatenate([waiting, y.mean(axis=0, dtype=np.float32)])
            power = stft_power(waiting, n_fft=grid.n_fft, hop_length=grid.hop, center=False)
            waiting = waiting[power.shape[1] * grid.hop :]
            if power.shape[1]:
                loudest = max(loudest, float(mel(power, grid.sr).max()))
                peaks_so_far.append(peaks(power, grid.sr))
            if not wanted():
                return
            yield None
    frequencies, heights = (np.concatenate(parts) for parts in zip(*peaks_so_far, strict=True))
    facts = Facts(_decibels(loudest), tuning_of(frequencies, heights))
    if cache is not None:
        cache.put(path, kind, {"facts": np.array([facts.loudest, facts.deviation])}, stamp=stamp)
    yield facts


def _decibels(power: float) -> float:
    return 10 * math.log10(max(power, 1e-10))


def spectra(
    overview: Overview, excerpts: Excerpts, n_fft: int, start: float, stop: float, step: float, wanted: Wanted
) -> Iterator[Values]:
    """Compute power spectra of a stretch, one for each column of a picture.

    Parameters
    ----------
    overview : Overview
        Of the whole track; it stands for columns that are not computed yet, if its frames are as long.
    excerpts : Excerpts
        The track's sound.
    n_fft : int
        Length of a frame in samples.
    start, stop, step : float
        The stretch and the width of a column, in seconds.
    wanted : callable
        Whether to go on.

    Yields
    ------
    ndarray [shape=(1 + n_fft // 2, columns)], float32
        The same array, ever more of it exact; once where the stretch is short.
    """
    count = max(1, math.ceil((stop - start) / step))
    step = (stop - start) / count
    power = np.zeros((n_fft // 2 + 1, count), dtype=np.float32)
    if (stop - start) > _STRETCH and overview.n_fft == n_fft:
        power[:] = overview.power(start, stop, count)
    per_stretch = max(1, math.floor(_STRETCH / step))
    for first in range(0, count, per_stretch):
        last = min(count, first + per_stretch)
        times = start + (np.arange(first, last) + 0.5) * step
        reach = n_fft / 2 / overview.sr
        excerpt = excerpts.get(times[0] - reach, times[-1] + reach)
        for column in range(first, last, _STRETCH_BATCH):
            if not wanted():
                return
            batch = times[column - first : column - first + _STRETCH_BATCH]
            power[:, column : column + len(batch)] = frames_at(excerpt.y, excerpt.sr, excerpt.start, batch, n_fft)
        yield power


def frames_at(y: Values, sr: int, first: float, times: NDArray[Any], n_fft: int) -> Values:
    """Compute the power spectra of frames at any times.

    Parameters
    ----------
    y : ndarray [shape=(channels, n)]
        Sound; beyond its ends is silence.
    sr : int
        Its sampling rate in Hz.
    first : float
        Where it begins, in seconds.
    times : ndarray [shape=(count,)]
        Middles of the frames in seconds, rising.
    n_fft : int
        Length of a frame in samples.

    Returns
    -------
    ndarray [shape=(1 + n_fft // 2, count)], float32
        Power spectra of the mean of all channels, under a Hann window.
    """
    starts = np.round((times - first) * sr).astype(np.intp) - n_fft // 2
    low, high = int(starts[0]), int(starts[-1]) + n_fft
    mono = y[:, max(0, low) : max(0, high)].mean(axis=0, dtype=np.float32)
    before = max(0, -low)
    after = max(0, high - low - before - len(mono))
    mono = np.pad(mono, (before, after))
    frames = np.lib.stride_tricks.sliding_window_view(mono, n_fft)[starts - low]
    spectrum = np.fft.rfft(frames * hann(n_fft).astype(np.float32), axis=1)
    return np.asarray((spectrum.real**2 + spectrum.imag**2).T, dtype=np.float32)
