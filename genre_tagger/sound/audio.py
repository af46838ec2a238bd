"""Sound file → waveform: mono at one rate for the model, all channels at the file's own rate for the views.

Decoders are behind `decoders.py`; what leaves here is finite float32 or a :class:`DecodeError`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain, takewhile

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.decoders import (
    DECODERS,
    EMPTY,
    FOREIGN,
    LOUDEST,
    RATES,
    UNREADABLE,
    Blocks,
    Sound,
    finite,
    held,
    mean,
    native,
    regular_file,
    resampled,
)

# Samples in a block of a stream, at least: FFmpeg's frames are too small to be worked on one by one.
_LEAST_BLOCK = 1 << 15

# Root mean square below which sound counts as silence: -80 dB of full scale.
_SILENCE = 1e-4

Waveform = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stream:
    """A file being decoded, all channels at its own rate.

    Attributes
    ----------
    sr, channels : int
        Sampling rate in Hz and number of channels.
    length : float
        Seconds that the whole file claims to have; 0 when it claims nothing that can be true.
    blocks : iterator of ndarray [shape=(channels, n)], float32
        Finite, about -1…1; n is some ten thousand. Ends where the sound really ends.
    """

    sr: int
    channels: int
    length: float
    blocks: Iterator[Waveform]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a file: `y` [shape=(channels, n)], finite, at `sr` Hz, beginning at `start` seconds."""

    y: Waveform
    sr: int
    start: float


def windows(path: str, *, sr: int, seconds: float = 10.0, count: int = 3) -> list[Waveform]:
    """Decode excerpts spread over a track: the middles of `count` equal parts of it.

    Only the excerpts are decoded. Where the file cannot be searched, or its length is unknown or a lie, its
    beginning is taken instead.

    Parameters
    ----------
    path : str
        The file.
    sr : int
        Sampling rate of the result in Hz.
    seconds, count : float, int
        Length of an excerpt, and how many of them.

    Returns
    -------
    list of ndarray [shape=(n,)], float32
        Mono, finite, about -1…1. A track no longer than all excerpts together gives one
        window with all of it; so does one whose beginning had to do.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """

    def spread(sound: Sound) -> list[Waveform]:
        if sound.length <= seconds * count:
            return beginning(sound)
        middles = [(i + 0.5) / count * sound.length for i in range(count)]
        found = [_collect(sound.blocks(middle - seconds / 2, seconds), sr) for middle in middles]
        return found if all(len(y) > 0.9 * seconds * sr for y in found) else []

    def beginning(sound: Sound) -> list[Waveform]:
        y = _collect(sound.blocks(0.0, seconds * count), sr)
        return [y] if len(y) else []

    return _decode(path, spread, beginning)


def load(path: str, *, sr: int, offset: float = 0.0, seconds: float | None = None) -> Waveform:
    """Decode one stretch of a track.

    Parameters
    ----------
    path : str
        The file.
    sr : int
        Sampling rate of the result in Hz.
    offset, seconds : float
        Where to begin and how much to take at most, in seconds; without `seconds`, all to the end.

    Returns
    -------
    ndarray [shape=(n,)], float32
        Mono, finite, about -1…1.

    Raises
    ------
    DecodeError
        If the file cannot be read or there is no sound at that place.
    """

    def stretch(sound: Sound) -> list[Waveform]:
        y = _collect(sound.blocks(offset, seconds), sr)
        return [y] if len(y) else []

    return _decode(path, stretch)[0]


@contextlib.contextmanager
def stream(path: str, *, offset: float = 0.0, seconds: float | None = None) -> Iterator[Stream]:
    """Decode a file block by block, all channels at its own rate, in bounded memory.

    Where the first decoder gives up in the middle, the next goes on from there; where that is impossible, the
    sound ends. A file that changes its rate ends there too; one that changes its channels goes on with their mean.

    Parameters
    ----------
    path : str
        The file.
    offset, seconds : float
        Where to begin and how much to take at most, in seconds; without `seconds`, all to the end.

    Yields
    ------
    Stream
        To be used inside the ``with`` only. Without blocks if nothing is behind `offset`.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    with contextlib.closing(native(path, offset, seconds)) as found:
        first, sr, length = next(found)
        channels = first.shape[1]
        rest = (_spread(block, channels) for block, _, _ in found)
        yield Stream(sr, channels, length, _even(chain([first], rest)))


def mono_blocks(path: str, *, sr: int) -> Generator[Waveform]:
    """Decode a whole file block by block, mixed to mono at `sr` Hz [shape=(n,)], in bounded memory.

    Raises :class:`DecodeError` before the first block, if at all; see :func:`stream`.
    """
    with stream(path) as sound:
        yield from resampled((mean(block.T) for block in sound.blocks), sound.sr, sr)


def excerpt(path: str, *, offset: float, seconds: float) -> Excerpt:
    """Decode one stretch, all channels at the file's own rate.

    Parameters
    ----------
    path : str
        The file.
    offset, seconds : float
        Where to begin and how much to take at most, in seconds.

    Returns
    -------
    Excerpt
        Shorter than asked for at the end of the file, and empty behind it.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    with stream(path, offset=max(offset, 0.0), seconds=seconds) as found:
        blocks = list(found.blocks)
        y = np.concatenate(blocks, axis=1) if blocks else np.empty((found.channels, 0), dtype=np.float32)
        return Excerpt(y, found.sr, max(offset, 0.0))


def glimpses(path: str, *, count: int, seconds: float) -> Generator[Excerpt]:
    """Decode short excerpts all over a file, so that every next one lies in the widest gap.

    Nothing comes where the file cannot be searched or its length is unknown; no error is raised by its sound.

    Parameters
    ----------
    path : str
        The file.
    count : int
        How many excerpts; a power of two.
    seconds : float
        Length of each.

    Yields
    ------
    Excerpt
        From the middle of one of `count` equal parts of the length that the file claims; empty where that is a lie.
    """
    digits = count.bit_length() - 1
    order = [int(f"{i:0{digits}b}"[::-1], 2) for i in range(count)]
    given = 0
    for decoder in DECODERS:
        try:
            with regular_file(path) as file, decoder(file) as sound:
                for i in order[given:] if sound.length > count * seconds else []:
                    start = (i + 0.5) / count * sound.length - seconds / 2
                    blocks = [block for block, rate in sound.blocks(start, seconds) if rate == sound.sr]
                    empty = np.empty((0, sound.channels), dtype=np.float32)
                    given += 1
                    yield Excerpt(finite(np.concatenate([empty, *blocks])).T, sound.sr, start)
            return
        except FOREIGN:
            continue


def _even(blocks: Iterator[Waveform]) -> Iterator[Waveform]:
    """Join small blocks [shape=(n, channels)] into larger ones [shape=(channels, n)]."""
    waiting: list[Waveform] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= _LEAST_BLOCK:
            yield np.ascontiguousarray(np.concatenate(waiting).T)
            waiting, count = [], 0
    if count:
        yield np.ascontiguousarray(np.concatenate(waiting).T)


def _spread(block: Waveform, channels: int) -> Waveform:
    """Give a block [shape=(n, any)] the number of channels of the others."""
    if block.shape[1] == channels:
        return block
    return np.repeat(mean(block)[:, None], channels, axis=1)


def _decode(path: str, *plans: Callable[[Sound], list[Waveform]]) -> list[Waveform]:
    """Try each plan with each decoder, every time on a freshly opened file, until one gives sound."""
    empty = False
    for decoder in DECODERS:
        for plan in plans:
            opened = False
            with regular_file(path) as file:
                try:
                    with decoder(file) as sound:
                        opened = True
                        found = plan(sound)
                except FOREIGN:
                    if opened:
                        continue
                    break
            if found:
                return found
            empty = True
    raise DecodeError(path, EMPTY if empty else UNREADABLE)


def _collect(blocks: Blocks, sr: int) -> Waveform:
    """Join blocks of one rate, mixed to mono and resampled to `sr` [shape=(n,)]."""
    first = next(blocks, None)
    if first is None:
        return np.empty(0, dtype=np.float32)
    rate = first[1]
    if rate not in RATES:
        raise ValueError(f"sampling rate of {rate} Hz")
    same = takewhile(lambda found: found[1] == rate, chain([first], blocks))
    return np.concatenate(list(resampled((_mono(block) for block, _ in same), rate, sr)))


def _mono(block: Waveform) -> Waveform:
    """Mean of the channels of a block [shape=(n, channels)]; not-a-number and infinity become silence."""
    with np.errstate(all="ignore"):
        y = mean(block)
    if np.abs(y).max(initial=0) <= LOUDEST:  # false for not-a-number too
        return y
    return mean(held(block))


def is_silent(square: NDArray[np.floating] | np.floating) -> NDArray[np.bool_] | np.bool_:
    """Tell whether sound is silence, of which no genre is named: quieter than -80 dB of full scale.

    Parameters
    ----------
    square : ndarray or number
        Mean square of the samples of one stretch or of several; full scale is 1.

    Returns
    -------
    ndarray of bool or bool
        For each stretch.
    """
    return np.sqrt(square) < _SILENCE
