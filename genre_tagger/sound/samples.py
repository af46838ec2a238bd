"""File → samples, in the process that decodes: excerpts for the model, stretches and streams for the views.

Every function here is a generator of items, some numbers and samples, as `decoding/` carries them to the
program. What the program calls is in `audio.py`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.decoders import (
    EMPTY,
    FOREIGN,
    RATES,
    UNREADABLE,
    Decoder,
    Samples,
    Sound,
    finite,
    is_silent,
    mean,
    mixed,
    native,
    regular_file,
    resampled,
)

Item = tuple[tuple[float, ...], Samples]

# Samples in a block of a stream, at least: FFmpeg's frames are too small to be worked on one by one.
_LEAST_BLOCK = 1 << 15
# Levels are measured in steps of so many seconds, and only so many silent ones together count: music has pauses.
_STEP = 0.5
_PAUSE = 4
# A track no longer than this, in seconds, is listened through for what sounds in it; in a longer one so many places
# of so many seconds are listened to.
_LISTENED_THROUGH = 900.0
_PLACES, _PLACE = 1024, 0.25
# So much longer than all excerpts together, in seconds, a track still is one excerpt.
_ABOUT = 1.0
_NOTHING: Samples = np.empty(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Excerpts [shape=(n,)] of a track, and its length in seconds; 0 where that is not known."""

    excerpts: list[Samples]
    length: float


def windows(path: str, decoders: Sequence[Decoder], *, sr: int, seconds: float, count: int) -> Generator[Item]:
    """Decode excerpts spread over what sounds in a track; see :func:`genre_tagger.sound.audio.windows`.

    Yields
    ------
    tuple, ndarray
        First the length of the track in seconds, 0 where it is not known, and no samples; then each excerpt.
    """
    heard = _spread(path, decoders, sr, seconds, count)
    if heard is None:
        heard = _listened_through(path, decoders, sr, seconds, count)
    elif any(_silences(_levels(y, sr)).any() for y in heard.excerpts):
        look = _listened_through if heard.length <= _LISTENED_THROUGH else _looked_through
        chosen = look(path, decoders, sr, seconds, count)
        heard = _Heard(chosen.excerpts, chosen.length or heard.length)
    yield (heard.length,), _NOTHING
    for y in heard.excerpts:
        yield (), y


def load(
    path: str, decoders: Sequence[Decoder], *, sr: int, offset: float, seconds: float | None
) -> Generator[Item]:
    """Decode one stretch, mixed to mono; see :func:`genre_tagger.sound.audio.load`.

    Yields
    ------
    tuple, ndarray
        One item, without numbers.
    """
    y = _stretch(path, decoders, sr, offset, seconds)
    if not len(y):
        raise DecodeError(path, EMPTY)
    yield (), y


def stream(path: str, decoders: Sequence[Decoder], *, offset: float, seconds: float | None) -> Generator[Item]:
    """Decode block by block, all channels at the file's own rate; see :func:`genre_tagger.sound.audio.stream`.

    Yields
    ------
    tuple, ndarray
        First the sampling rate in Hz, the number of channels and the length that the file claims, and no samples; then
        each block [shape=(channels, n)].
    """
    with _opened(path, decoders, offset, seconds) as opened:
        yield (opened.sr, opened.channels, opened.length), _NOTHING
        for block in opened.blocks:
            yield (), np.ascontiguousarray(block.T)


def glimpses(
    path: str, decoders: Sequence[Decoder], *, count: int, seconds: float, within: float | None = None
) -> Generator[Item]:
    """Decode short excerpts all over a file; see :func:`genre_tagger.sound.audio.glimpses`.

    Yields
    ------
    tuple, ndarray [shape=(channels, n)]
        The sampling rate in Hz and the place in seconds.
    """
    digits = count.bit_length() - 1
    order = [int(f"{i:0{digits}b}"[::-1], 2) for i in range(count)]
    given = 0
    for decoder in decoders:
        try:
            with regular_file(path) as file, decoder(file) as sound:
                span = min(sound.length, math.inf if within is None else within)
                for i in order[given:] if span > count * seconds else []:
                    start = (i + 0.5) / count * span - seconds / 2
                    blocks = [block for block, rate in sound.blocks(start, seconds) if rate == sound.sr]
                    empty = np.empty((0, sound.channels), dtype=np.float32)
                    given += 1
                    yield (sound.sr, start), finite(np.concatenate([empty, *blocks])).T
            return
        except FOREIGN:
            continue


def trial(
    path: str, decoders: Sequence[Decoder], *, offset: float, seconds: float | None, every: float
) -> Generator[Item]:
    """Decode a part of a file with FFmpeg, the last of the decoders; see :func:`genre_tagger.sound.audio.trial`.

    Yields
    ------
    tuple, ndarray
        Up to where it came, in seconds from the file's beginning, and no samples; infinity where nothing follows.
    """
    decoded = told = 0.0
    try:
        with regular_file(path) as file, decoders[-1](file) as sound:
            for block, rate in sound.blocks(offset, seconds):
                decoded += len(block) / rate
                if decoded - told >= every:
                    yield (offset + decoded,), _NOTHING
                    told = decoded
            if offset and not decoded:
                if sound.length > offset + _ABOUT:  # there is more, but it cannot be searched
                    yield from trial(path, decoders, offset=0.0, seconds=None, every=every)
                else:
                    yield (math.inf,), _NOTHING
                return
    except FOREIGN as error:
        if not decoded:
            raise DecodeError(path, UNREADABLE) from error
    if not decoded:
        raise DecodeError(path, EMPTY)
    yield (offset + decoded if seconds is not None and decoded > seconds - _STEP else math.inf,), _NOTHING


# --- where to listen ---------------------------------------------------------------------------------


def _spread(path: str, decoders: Sequence[Decoder], sr: int, seconds: float, count: int) -> _Heard | None:
    """Give the middles of `count` equal parts, or None where the file is short, or cannot be searched, or lies."""
    opened = False
    for decoder in decoders:
        with contextlib.suppress(*FOREIGN), regular_file(path) as file, decoder(file) as sound:
            opened = True
            if sound.length <= seconds * count:
                break
            starts = [(i + 0.5) / count * sound.length - seconds / 2 for i in range(count)]
            excerpts = [_collect(sound, start, seconds, sr) for start in starts]
            if all(len(y) > 0.9 * seconds * sr for y in excerpts):
                return _Heard(excerpts, sound.length)
        if opened:
            break
    return None


def _collect(sound: Sound, offset: float, seconds: float, sr: int) -> Samples:
    """Decode a stretch of one rate, mixed to mono and resampled to `sr` Hz [shape=(n,)]."""
    blocks = sound.blocks(offset, seconds)
    first = next(blocks, None)
    if first is None:
        return _NOTHING
    rate = first[1]
    if rate not in RATES:
        raise ValueError(f"sampling rate of {rate} Hz")
    same = takewhile(lambda pair: pair[1] == rate, chain([first], blocks))
    return _joined(resampled(map(mixed, even(block for block, _ in same)), rate, sr))


def _stretch(
    path: str, decoders: Sequence[Decoder], sr: int, offset: float, seconds: float | None
) -> Samples:
    with _opened(path, decoders, offset, seconds) as opened:
        return _joined(resampled(map(mixed, opened.blocks), opened.sr, sr))


def _listened_through(path: str, decoders: Sequence[Decoder], sr: int, seconds: float, count: int) -> _Heard:
    """Decode all of a track, or the beginning of a very long one, and choose from what is left without silences."""
    with _opened(path, decoders, 0.0, _LISTENED_THROUGH) as opened:
        size = round(_STEP * opened.sr)
        measured = _Measured(size)
        y = _joined(resampled((mixed(measured.add(block)) for block in opened.blocks), opened.sr, sr))
        step = size / opened.sr
        is_whole = measured.count < round(_LISTENED_THROUGH * opened.sr)
        length = measured.count / opened.sr if is_whole else 0.0
    y = _without(y, _silences(measured.levels()), step * sr)
    most = round(seconds * count * sr)
    if len(y) <= most + _ABOUT * sr:
        return _Heard([y[:most]] if len(y) else [], length)
    starts = [round((i + 0.5) / count * len(y) - seconds * sr / 2) for i in range(count)]
    return _Heard([y[start : start + round(seconds * sr)] for start in starts], length)


def _looked_through(path: str, decoders: Sequence[Decoder], sr: int, seconds: float, count: int) -> _Heard:
    """Look at places all over a long track and choose among those that sound."""
    places = [
        start
        for (_, start), y in glimpses(path, decoders, count=_PLACES, seconds=_PLACE)
        if y.size and not is_silent(np.float64(_loudest(y.T)))
    ]
    places.sort()
    centres = dict.fromkeys(places[int((i + 0.5) / count * len(places))] for i in range(count if places else 0))
    excerpts = []
    for centre in centres:
        with contextlib.suppress(DecodeError):
            y = _stretch(path, decoders, sr, max(centre - seconds / 2, 0.0), seconds)
            excerpts.append(_without(y, _silences(_levels(y, sr)), _STEP * sr))
    return _Heard([y for y in excerpts if len(y)], 0.0)


# --- levels ------------------------------------------------------------------------------------------


class _Measured:
    """Levels of blocks [shape=(n, channels)] that come one after another, in steps of `size` samples."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._squares: list[float] = []
        self._rest: Samples | None = None
        self.count = 0

    def add(self, block: Samples) -> Samples:
        """Measure a block, and give it back."""
        self.count += len(block)
        y = block if self._rest is None else np.concatenate([self._rest, block])
        whole = len(y) // self._size
        steps = y[: whole * self._size].reshape(whole, self._size, y.shape[1])
        self._squares += (np.einsum("snc,snc->sc", steps, steps).max(axis=1) / self._size).tolist()
        self._rest = y[whole * self._size :]
        return block

    def levels(self) -> NDArray[np.float64]:
        """The mean square of the loudest channel in each step; the last one may be short."""
        last = [] if self._rest is None or not len(self._rest) else [_loudest(self._rest)]
        return np.array([*self._squares, *last])


def _loudest(block: Samples) -> float:
    """Mean square of the loudest channel of a block [shape=(n, channels)]."""
    return float(np.einsum("nc,nc->c", block, block).max() / len(block))


def _levels(y: Samples, sr: int) -> NDArray[np.float64]:
    """Levels of a mono sound [shape=(n,)], step by step."""
    measured = _Measured(round(_STEP * sr))
    measured.add(y[:, np.newaxis])
    return measured.levels()


def _silences(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which steps belong to a silence [shape=(steps,)]."""
    quiet = np.asarray(is_silent(levels))
    if quiet.all():
        return quiet
    edges = np.flatnonzero(np.diff(quiet, prepend=False, append=False))
    for start, stop in edges.reshape(-1, 2):
        if stop - start < _PAUSE:
            quiet[start:stop] = False
    return quiet


def _without(y: Samples, silences: NDArray[np.bool_], step: float) -> Samples:
    """Leave out the steps of a sound that are silences; `step` is their length in samples."""
    if not silences.any():
        return y
    edges = np.round(np.arange(len(silences) + 1) * step).astype(np.intp)
    edges[-1] = max(edges[-1], len(y))
    return _joined(y[edges[i] : edges[i + 1]] for i in np.flatnonzero(~silences[: len(edges) - 1]))


# --- blocks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Opened:
    sr: int
    channels: int
    length: float
    blocks: Iterator[Samples]  # [shape=(n, channels)], some ten thousand samples each


@contextlib.contextmanager
def _opened(path: str, decoders: Sequence[Decoder], offset: float, seconds: float | None) -> Iterator[_Opened]:
    with contextlib.closing(native(path, max(offset, 0.0), seconds, decoders)) as decoded:
        first, sr, length = next(decoded)
        channels = first.shape[1]

        def blocks() -> Iterator[Samples]:
            if len(first):
                yield first
            for block, _, _ in decoded:
                yield _of_channels(block, channels)

        yield _Opened(sr, channels, length, even(blocks()))


def even(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """Join small blocks [shape=(n, channels)] into larger ones."""
    waiting: list[Samples] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= _LEAST_BLOCK:
            yield _together(waiting)
            waiting, count = [], 0
    if count:
        yield _together(waiting)


def _together(blocks: list[Samples]) -> Samples:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _of_channels(block: Samples, channels: int) -> Samples:
    """Give a block [shape=(n, any)] the number of channels of the others."""
    if block.shape[1] == channels:
        return block
    return np.repeat(mean(block)[:, None], channels, axis=1)


def _joined(parts: Iterator[Samples]) -> Samples:
    return np.concatenate([_NOTHING, *parts])


#: What can be asked for, by name.
TASKS: dict[str, Callable[..., Generator[Item]]] = {
    "windows": windows, "load": load, "stream": stream, "glimpses": glimpses, "trial": trial,
}  # fmt: skip
