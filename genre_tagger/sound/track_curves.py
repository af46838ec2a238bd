"""The curves of :mod:`genre_tagger.sound.spectral` along a track: exact for a stretch, estimated for the whole of it.

A curve goes by its name: ``"centroid"``, ``"rolloff"``, ``"bandwidth"``, ``"zero_crossings"`` or ``"rms"``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.sound import audio
from genre_tagger.sound.frames import Cut, Excerpts, Grid, Values, Wanted, columns
from genre_tagger.sound.spectral import ZERO, bandwidth, centroid, rms, rolloff, zero_crossing_rate

if TYPE_CHECKING:
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.overview import Overview

_OF_SPECTRUM = {"centroid": centroid, "rolloff": rolloff, "bandwidth": bandwidth}
# Columns in which the zero crossings of a whole track are counted, and samples in one at least.
_COLUMNS = 8192
_NARROWEST = 512
# Partial counts are yielded after so many seconds of sound first, and then whenever it is so many times more.
_FIRST_YIELD = 120.0
_NEXT_YIELD = 1.5
_KIND = "crossings"


def exact(
    names: Sequence[str], excerpts: Excerpts, grid: Grid, first: int, last: int, duration: float, wanted: Wanted
) -> Values | None:
    """Compute curves for some frames of a track, equal to librosa's.

    Parameters
    ----------
    names : sequence of str
        Which curves.
    excerpts, grid, first, last, duration, wanted
        As for :func:`genre_tagger.sound.frames.columns`.

    Returns
    -------
    ndarray [shape=(curves, last - first)] or None
        None when it is not wanted any more.

    Raises
    ------
    DecodeError
        If it cannot be decoded.
    """

    def compute(piece: Cut) -> Values:
        length = {"frame_length": grid.n_fft, "hop_length": grid.hop}
        rows: dict[str, Values] = {}
        if _OF_SPECTRUM.keys() & set(names):
            rows |= _of_spectrum(names, piece.power(), grid.sr)
        if "zero_crossings" in names:
            rows["zero_crossings"] = piece.own(zero_crossing_rate(piece.y, **length))
        if "rms" in names:
            rows["rms"] = piece.own(rms(piece.y, **length))
        return np.stack([rows[name] for name in names])

    return columns(compute, excerpts, grid, first, last, duration, wanted)


def coarse(
    names: Sequence[str], overview: Overview, start: float, stop: float, count: int, crossings: Crossings | None
) -> Values:
    """Estimate the curves of a stretch from the track's overview.

    Parameters
    ----------
    names : sequence of str
        Which curves.
    overview : Overview
        The track's overview.
    start, stop : float
        The stretch, in seconds.
    count : int
        Columns of equal width that it is cut into.
    crossings : Crossings or None
        Its zero crossings as far as they have been counted; elsewhere their rate is 0.

    Returns
    -------
    ndarray [shape=(curves, count)], float32
        One number for each column.
    """
    power = overview.power(start, stop, count)
    rows = _of_spectrum(names, power, overview.sr)
    if "rms" in names:
        # Parseval's theorem: what the window leaves of the energy is 3/8 of it.
        both = 2 * power.sum(axis=0) - power[0] - power[-1]
        rows["rms"] = np.sqrt(np.maximum(both, 0) / (0.375 * overview.n_fft**2))
    if "zero_crossings" in names:
        times = start + (np.arange(count) + 0.5) * (stop - start) / count
        rows["zero_crossings"] = np.zeros(count, dtype=np.float32) if crossings is None else crossings.rate_at(times)
    return np.stack([rows[name] for name in names]).astype(np.float32)


def _of_spectrum(names: Iterable[str], power: Values, sr: int) -> dict[str, Values]:
    return {name: _OF_SPECTRUM[name](power, sr) for name in names if name in _OF_SPECTRUM}


@dataclass(frozen=True)
class Crossings:
    """How often sound at `sr` Hz changes its sign [shape=(columns,)], counted in columns of `span` samples."""

    sr: int
    span: int
    counts: NDArray[np.int64]

    def rate_at(self, times: NDArray[Any]) -> Values:
        """Give the share of samples (0…1) at which it does, around some times (s) [shape=(n,)]; 0 where unknown."""
        places = (times * self.sr / self.span).astype(np.intp)
        inside = places < len(self.counts)
        rates = self.counts[np.minimum(places, len(self.counts) - 1)] / np.float32(self.span)
        return np.where(inside, rates, np.float32(0))


def count_crossings(path: str, duration: float, cache: Cache | None, wanted: Wanted) -> Iterator[Crossings | None]:
    """Count how often the sound of a whole track changes its sign.

    Parameters
    ----------
    path : str
        The file.
    duration : float
        Its length in seconds, which says how wide the columns are.
    cache : Cache or None
        Where the counts are kept for the next time.
    wanted : callable
        Whether to go on.

    Yields
    ------
    Crossings or None
        The counts so far now and then, and all of them in the end; None in between, so that other jobs have their turn.

    Raises
    ------
    DecodeError
        If it cannot be decoded.
    """
    cached, stamp = (cache.get(path, _KIND), cache.stamp(path)) if cache is not None else (None, None)
    if cached is not None and cached.get("sr_span", np.empty(0)).shape == (2,) and "counts" in cached:
        sr, span = map(int, cached["sr_span"])
        yield Crossings(sr, max(1, span), cached["counts"].astype(np.int64).ravel())
        return
    with audio.stream(path) as sound:
        span = max(_NARROWEST, math.ceil(duration * sound.sr / _COLUMNS))
        crossings = Crossings(sound.sr, span, np.zeros(0, dtype=np.int64))
        done, due, was_below = 0, _FIRST_YIELD, False
        for block in sound.blocks:
            is_below = block.mean(axis=0, dtype=np.float32) < -ZERO
            places = (np.flatnonzero(np.diff(is_below, prepend=was_below)) + done) // span
            done, was_below = done + len(is_below), bool(is_below[-1])
            counts = np.bincount(places, minlength=max(1, math.ceil(done / span)))
            counts[: len(crossings.counts)] += crossings.counts
            crossings = replace(crossings, counts=counts)
            if not wanted():
                return
            is_due = done > due * sound.sr
            due *= _NEXT_YIELD if is_due else 1
            yield crossings if is_due else None
    if cache is not None:
        sr_span = np.array([crossings.sr, crossings.span])
        cache.put(path, _KIND, {"sr_span": sr_span, "counts": crossings.counts}, stamp=stamp)
    yield crossings
