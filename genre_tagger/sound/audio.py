"""Sound file → waveform: mono at one rate for the model, all channels at the file's own rate for the views.

Files are decoded in processes of their own (`decoding/`), by `samples.py`; what comes from there is finite
float32, or a :class:`DecodeError`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genre_tagger.sound.decoders import mixed, resampled
from genre_tagger.sound.decoding.processes import DecodingProcesses

Waveform = NDArray[np.float32]

#: The processes in which this program decodes.
PROCESSES = DecodingProcesses()


class Windows(NamedTuple):
    """Excerpts of a track.

    Attributes
    ----------
    excerpts : list of ndarray [shape=(n,)], float32
        Mono, finite, about -1…1; none where everything that was listened to is silent.
    length : float
        Seconds that the track really has, 0 where that is not known.
    """

    excerpts: list[Waveform]
    length: float


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


def windows(path: str, *, sr: int, seconds: float = 10.0, count: int = 3) -> Windows:
    """Decode excerpts spread over what sounds in a track: the middles of `count` equal parts of it.

    Only the excerpts are decoded, unless there is silence in them or the file cannot be searched. Then all of a track
    of up to 15 minutes is, or places all over a longer one, and silences of two seconds and more are left out before
    the parts are taken. It is silent only where all channels are; where they cancel each other in the mix, the loudest
    is heard alone.

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
    Windows
        A track no longer than all excerpts together gives one with all of it. What could be decoded before an error
        counts as the track.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    items = list(PROCESSES.items("windows", path, sr=sr, seconds=seconds, count=count))
    (length,), _ = items[0]
    return Windows([y for _, y in items[1:]], length)


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
    ((_, y),) = PROCESSES.items("load", path, sr=sr, offset=offset, seconds=seconds)
    return y


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
        If the file cannot be read or contains no sound; while the blocks are taken, if the decoder crashes.
    """
    with contextlib.closing(PROCESSES.items("stream", path, offset=offset, seconds=seconds)) as items:
        (sr, channels, length), _ = next(items)
        yield Stream(int(sr), int(channels), length, (y for _, y in items))


def mono_blocks(path: str, *, sr: int) -> Generator[Waveform]:
    """Decode a whole file block by block, mixed to mono at `sr` Hz [shape=(n,)], in bounded memory.

    Raises :class:`DecodeError`; see :func:`stream`.
    """
    with stream(path) as sound:
        yield from resampled((mixed(block.T) for block in sound.blocks), sound.sr, sr)


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


def glimpses(path: str, *, count: int, seconds: float, within: float | None = None) -> Generator[Excerpt]:
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
    within : float, optional
        How much of the file they may come from, in seconds; all of it without.

    Yields
    ------
    Excerpt
        From the middle of one of `count` equal parts of that, or of the length that the file claims; empty where this
        is a lie.
    """
    asked = PROCESSES.items("glimpses", path, count=count, seconds=seconds, within=within)
    with contextlib.closing(asked) as items:
        for (sr, start), y in items:
            yield Excerpt(y, int(sr), start)


def trial(path: str, *, offset: float = 0.0, seconds: float | None = None, every: float = 10.0) -> Generator[float]:
    """Decode a file as a player does, for nothing but to see whether that goes well.

    Parameters
    ----------
    path : str
        The file.
    offset, seconds : float
        Where to begin and how much to decode at most, in seconds; None means to the end. A file that cannot be
        searched is decoded from its beginning to its end.
    every : float
        Seconds of sound from one word to the next.

    Yields
    ------
    float
        Up to where it went well, in seconds from the beginning of the file; ``inf`` when the decoder came to its end.
        Damage that a decoder can bear is none of its troubles.

    Raises
    ------
    DecodeError
        If there is nothing to be played; where the decoder crashed, got stuck or took too much memory.
    """
    asked = PROCESSES.items("trial", path, tries=1, offset=offset, seconds=seconds, every=every)
    with contextlib.closing(asked) as items:
        for (reached,), _ in items:
            yield reached
