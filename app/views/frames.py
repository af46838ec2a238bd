"""Frames of a stretch of the track, exactly those librosa would cut out of the whole; for the loader's thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genre_tagger import audio
from genre_tagger.analysis import mel, stft_power
from genre_tagger.chroma import peaks, tuning_of

if TYPE_CHECKING:
    from app.views.choices import Choices
    from app.views.loader import Wanted
    from app.views.sound import Excerpts
    from genre_tagger.cache import Cache

Values = NDArray[np.float32]

# Lengths of frames that can be chosen, in samples, and the one to take where a strange one was kept.
WINDOWS = (512, 1024, 2048, 4096, 8192)
_USUAL = 2048
# Frames computed at a time: what is not wanted any more is given up soon.
_BATCH = 512
# Seconds beyond which a track is not looked through for what only all its frames can tell.
_SURVEYED = 900.0


def window_of(choices: Choices) -> int:
    """Give the length of frames that was chosen, in samples; it is the same in all lanes."""
    return choices.spectrogram_n_fft if choices.spectrogram_n_fft in WINDOWS else _USUAL


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
    """Mono samples around some frames [shape=(n,)], beginning at a frame; `lead` frames lie before the first wanted.

    What is computed of `y` with centred frames has only to be cut: beyond the ends of `y` is the end of the track,
    or nothing that the wanted frames reach.
    """

    grid: Grid
    y: Values
    lead: int
    count: int

    def own(self, values: Values) -> Values:
        """Take the frames that are wanted out of all of `y` [shape=(..., frames)]."""
        return values[..., self.lead : self.lead + self.count]

    def power(self) -> Values:
        """Power spectra of the frames that are wanted [shape=(1 + n_fft // 2, count)]."""
        return self.own(stft_power(self.y, n_fft=self.grid.n_fft, hop_length=self.grid.hop))


def cut(excerpts: Excerpts, grid: Grid, first: int, last: int, duration: float) -> Cut:
    """Cut the samples around the frames `first` to `last` - 1 out of a track that is so many seconds long."""
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
    """Compute [shape=(rows, last - first)] for frames, some at a time; None when it is not wanted any more.

    There are fewer columns where the track ends before `duration`.
    """
    found = []
    # All at once, so that it is decoded once.
    cut(excerpts, grid, first, last, duration)
    for begin in range(first, last, _BATCH):
        if not wanted():
            return None
        piece = cut(excerpts, grid, begin, min(last, begin + _BATCH), duration)
        if piece.count <= 0:
            break
        found.append(compute(piece))
    return np.concatenate(found, axis=-1) if found else None


@dataclass(frozen=True)
class Facts:
    """What only all frames of a track can tell: the loudest mel band in dB, and the tuning in semitones."""

    loudest: float
    deviation: float


def facts_in(power: Values, sr: int) -> Facts:
    """Find the facts in power spectra [shape=(bins, columns)]."""
    return Facts(_decibels(float(mel(power, sr).max(initial=0.0))), tuning_of(*peaks(power, sr)))


def can_survey(duration: float) -> bool:
    """Whether a track is short enough to be looked through."""
    return duration <= _SURVEYED


def survey(path: str, grid: Grid, cache: Cache | None, wanted: Wanted) -> Iterator[Facts | None]:
    """Look through all frames of a track; None comes in between, so that others have their turn."""
    kind = f"survey-{grid.n_fft}"
    kept, stamp = (cache.get(path, kind), cache.stamp(path)) if cache is not None else (None, None)
    if kept is not None and kept.get("facts", np.empty(0)).shape == (2,):
        yield Facts(*kept["facts"].tolist())
        return
    loudest = 0.0
    found: list[tuple[Values, Values]] = []
    beyond = np.zeros(grid.n_fft // 2, dtype=np.float32)
    left = beyond
    with audio.stream(path) as sound:
        for y in chain(sound.blocks, [beyond[None]]):
            left = np.concatenate([left, y.mean(axis=0, dtype=np.float32)])
            power = stft_power(left, n_fft=grid.n_fft, hop_length=grid.hop, center=False)
            left = left[power.shape[1] * grid.hop :]
            if power.shape[1]:
                loudest = max(loudest, float(mel(power, grid.sr).max()))
                found.append(peaks(power, grid.sr))
            if not wanted():
                return
            yield None
    frequencies, heights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    facts = Facts(_decibels(loudest), tuning_of(frequencies, heights))
    if cache is not None:
        cache.put(path, kind, {"facts": np.array([facts.loudest, facts.deviation])}, stamp=stamp)
    yield facts


def _decibels(power: float) -> float:
    return 10 * math.log10(max(power, 1e-10))
