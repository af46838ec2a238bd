"""A file's own samples: finite, all channels at its own rate, by one decoder after another."""

from __future__ import annotations

from collections.abc import Generator
from itertools import product

import numpy as np

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.decoders import DECODERS, EMPTY, FOREIGN, Blocks, Samples, Sound, regular_file

UNREADABLE = "The sound of this file could not be read: it is damaged, or of a kind that is not supported."

# Lossy decoders overshoot full scale a little; what lies 12 dB above it is damage.
LOUDEST = np.float32(4)
RATES = range(500, 12_000_000)
# What lies before a place is decoded too, up to so many seconds: where a decoder searches well, and where it does not.
_NEAR = 0.5
_NEAR_IF_VAGUE = 900.0


def native(path: str, offset: float, seconds: float | None) -> Generator[tuple[Samples, int, float]]:
    """Decode all channels at the file's own rate; where one decoder gives up, the next goes on from there.

    Parameters
    ----------
    path : str
        The file.
    offset, seconds : float
        Where to begin and how much to take at most, in seconds; None means to the end.

    Yields
    ------
    tuple of ndarray [shape=(n, channels)], int, float
        A finite block (a single empty one if nothing is behind `offset`), the rate of all blocks in Hz, and the
        claimed length of the whole file in seconds, or 0.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    done, first_rate = 0, 0
    silent: Sound | None = None
    for search, decoder in product((True, False) if offset > 0 else (True,), DECODERS):
        if not search and (done or silent):
            break
        try:
            with regular_file(path) as file, decoder(file) as sound:
                begun = offset + (done / first_rate if first_rate else 0.0)
                left = None if seconds is None else seconds - (begun - offset)
                found = search and begun > (_NEAR if sound.exact else _NEAR_IF_VAGUE)
                for block, rate in sound.blocks(begun, left) if found else _passing(sound, begun, left):
                    if rate not in RATES:
                        raise ValueError(f"sampling rate of {rate} Hz")
                    first_rate = first_rate or rate
                    if rate != first_rate:
                        return
                    done += len(block)
                    yield finite(block), rate, sound.length
                if done:
                    return
                silent = silent or sound
        except FOREIGN:
            continue
    if done:
        return
    if silent is None or offset <= 0 or silent.sr not in RATES or not silent.channels:
        raise DecodeError(path, EMPTY if silent else UNREADABLE)
    yield np.empty((0, silent.channels), dtype=np.float32), silent.sr, silent.length


def _passing(sound: Sound, offset: float, seconds: float | None) -> Blocks:
    """Blocks from `offset` on without a search for it: all that lies before is decoded too."""
    at = 0
    for block, rate in sound.blocks(0.0, None if seconds is None else offset + seconds):
        begin = min(max(round(offset * rate) - at, 0), len(block))
        at += len(block)
        if begin < len(block):
            yield block[begin:], rate


def finite(block: Samples) -> Samples:
    """The block itself where all of it is sound; else with not-a-number and infinity as silence, damage held."""
    if block.max(initial=0) <= LOUDEST and block.min(initial=0) >= -LOUDEST:
        return block
    return held(block)


def held(block: Samples) -> Samples:
    """Not-a-number and infinity as silence, all else within ±4."""
    return np.nan_to_num(block, nan=0, posinf=0, neginf=0).clip(-LOUDEST, LOUDEST)


def mean(block: Samples) -> Samples:
    """Mean of the channels of a block [shape=(n, channels)], as it is [shape=(n,)]."""
    # Twenty times faster than mean(axis=1) on stereo, and a matrix product would start threads.
    y = block[:, 0].copy()
    for channel in block.T[1:]:
        y += channel
    y *= np.float32(1 / block.shape[1])
    return y
