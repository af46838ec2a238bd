"""Sound file → mono waveform. The only importer of the decoders; their errors end here.

libsndfile reads WAV, AIFF, FLAC, Ogg, Opus and MP3; FFmpeg (PyAV) reads the rest, and what libsndfile gives
up on. Lengths in headers are hints: they choose where to look, never how much memory to take.
"""

from __future__ import annotations

import contextlib
import math
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from genre_tagger.errors import DecodeError

# What decoders raise at broken files; soundfile's LibsndfileError is a RuntimeError.
_FOREIGN = (RuntimeError, OSError, ValueError, EOFError, MemoryError, ArithmeticError, LookupError)

_EMPTY = "This file contains no sound."
_UNREADABLE = "The sound of this file could not be read: it is damaged, or of a kind that is not supported."

# Values of all channels in one block (1 MB as float32): bounds memory for 208 channels as for one.
_BLOCK_VALUES = 1 << 18
# Lossy decoders overshoot full scale a little; what lies 12 dB above it is damage.
_LOUDEST = np.float32(4)
_RATES = range(500, 12_000_000)
# A seek that lands farther than this before its aim, in seconds, has failed: decoding up to it could take hours.
_WORST_SEEK = 30.0
_AV_TIME_BASE = 1_000_000

# Containers FFmpeg may recognise. Its playlist and script formats could open other files, or the network.
_CONTAINERS = "mov,asf,ape,wv,tta,mpc,mpc8,dsf,iff,aac,ac3,eac3,matroska,ogg,mp3,flac,wav,w64,aiff,caf,tak,amr,au,oma"

Waveform = NDArray[np.float32]
_Blocks = Iterator[tuple[Waveform, int]]


@dataclass(frozen=True, slots=True)
class _Sound:
    """An opened file: `blocks(offset, seconds)` yields (mono block, its sampling rate)."""

    length: float  # s, as the header claims; 0 when it claims nothing that can be true
    blocks: Callable[[float, float | None], _Blocks]


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

    def spread(sound: _Sound) -> list[Waveform]:
        if sound.length <= seconds * count:
            return beginning(sound)
        middles = [(i + 0.5) / count * sound.length for i in range(count)]
        found = [_collect(sound.blocks(middle - seconds / 2, seconds), sr) for middle in middles]
        return found if all(len(y) > 0.9 * seconds * sr for y in found) else []

    def beginning(sound: _Sound) -> list[Waveform]:
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

    def stretch(sound: _Sound) -> list[Waveform]:
        y = _collect(sound.blocks(offset, seconds), sr)
        return [y] if len(y) else []

    return _decode(path, stretch)[0]


def _decode(path: str, *plans: Callable[[_Sound], list[Waveform]]) -> list[Waveform]:
    """Try each plan with each decoder, every time on a freshly opened file, until one gives sound."""
    empty = False
    for decoder in (_by_soundfile, _by_pyav):
        for plan in plans:
            opened = False
            with _regular_file(path) as file:
                try:
                    with decoder(file) as sound:
                        opened = True
                        found = plan(sound)
                except _FOREIGN:
                    if opened:
                        continue
                    break
            if found:
                return found
            empty = True
    raise DecodeError(path, _EMPTY if empty else _UNREADABLE)


@contextlib.contextmanager
def _regular_file(path: str) -> Iterator[IO[bytes]]:
    """Open `path`, whatever bytes its name has; nothing but a regular file, since a pipe could wait for ever."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode) or not found.st_size:
            raise DecodeError(path, _EMPTY)
        file = open(path, "rb")  # noqa: SIM115 — closed below; the try must not cover the caller's block
    except FileNotFoundError as error:
        raise DecodeError(path, "This file is not there any more.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DecodeError(path, f"This file could not be opened ({why}).") from error
    with file:
        yield file


def _collect(blocks: _Blocks, sr: int) -> Waveform:
    """Join blocks of one rate, resampled to `sr` [shape=(n,)]."""
    parts: list[Waveform] = []
    stream: soxr.ResampleStream | None = None
    first_rate = 0
    for block, rate in blocks:
        if not first_rate:
            if rate not in _RATES:
                raise ValueError(f"sampling rate of {rate} Hz")
            first_rate = rate
            stream = None if rate == sr else soxr.ResampleStream(rate, sr, 1, dtype="float32", quality="HQ")
        if rate != first_rate:
            break
        parts.append(block if stream is None else stream.resample_chunk(block))
    if stream is not None:
        parts.append(stream.resample_chunk(np.empty(0, dtype=np.float32), last=True))
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


def _mono(block: Waveform) -> Waveform:
    """Mean of the channels of a block [shape=(n, channels)]; not-a-number and infinity become silence."""
    with np.errstate(all="ignore"):
        y = _mean(block)
    if np.abs(y).max(initial=0) <= _LOUDEST:  # false for not-a-number too
        return y
    return _mean(np.nan_to_num(block, nan=0, posinf=0, neginf=0).clip(-_LOUDEST, _LOUDEST))


def _mean(block: Waveform) -> Waveform:
    # Twenty times faster than mean(axis=1) on stereo, and a matrix product would start threads.
    y = block[:, 0].copy()
    for channel in block.T[1:]:
        y += channel
    y *= np.float32(1 / block.shape[1])
    return y


@contextlib.contextmanager
def _by_soundfile(file: IO[bytes]) -> Iterator[_Sound]:
    # A descriptor works with any file name; on Windows it does not cross between C run-time libraries.
    source = file if os.name == "nt" else file.fileno()
    with soundfile.SoundFile(source, closefd=False) as decoder:
        length = decoder.frames / decoder.samplerate
        yield _Sound(_plausible(length, file), partial(_soundfile_blocks, decoder))


def _soundfile_blocks(decoder: soundfile.SoundFile, offset: float, seconds: float | None) -> _Blocks:
    rate = decoder.samplerate
    most = max(1, _BLOCK_VALUES // decoder.channels)
    left = math.inf if seconds is None else round(seconds * rate)
    decoder.seek(min(round(offset * rate), decoder.frames))
    while left > 0:
        block = decoder.read(int(min(most, left)), dtype="float32", always_2d=True)
        if not len(block):
            return
        left -= len(block)
        yield _mono(block), rate


@contextlib.contextmanager
def _by_pyav(file: IO[bytes]) -> Iterator[_Sound]:
    import av  # only files that libsndfile cannot read need it

    av.logging.set_level(None)
    try:
        # By name: with a file object PyAV prints a traceback at every seek that a broken file gets wrong.
        name = f"file:{file.name}"
        limits = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
        with av.open(name, mode="r", options=limits, metadata_errors="replace") as container:
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise ValueError("no decoder")
            stream.codec_context.thread_count = 1
            length = (stream.duration or 0) * (stream.time_base or 0) or (container.duration or 0) / _AV_TIME_BASE
            yield _Sound(_plausible(float(length), file), partial(_pyav_blocks, container, stream))
    except av.error.FFmpegError as error:  # some of them are no OSError nor ValueError
        raise ValueError(str(error)) from error


def _pyav_blocks(container: Any, stream: Any, offset: float, seconds: float | None) -> _Blocks:
    if offset > 0:
        container.seek(round(offset * _AV_TIME_BASE))
    left = math.inf if seconds is None else seconds
    for frame in _frames(container, stream):
        rate = frame.sample_rate
        early = offset - frame.time if offset > 0 and frame.time is not None else 0.0
        if early > _WORST_SEEK:
            return
        block = _mono(_samples(frame))[max(round(early * rate), 0) :]
        if left < len(block) / rate:
            block = block[: round(left * rate)]
        left -= len(block) / rate
        if len(block):
            yield block, rate
        if left * rate < 0.5:
            return


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; a damaged packet is passed over, as players do, unless all of them are."""
    from av import AudioResampler
    from av.error import InvalidDataError

    packer = AudioResampler(format="flt")
    damage: Exception | None = None
    sound = False
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except InvalidDataError as error:
            damage = error
            continue
        sound = sound or bool(frames)
        for frame in frames:
            # WORKAROUND PyAV 18: to_ndarray looks for a null behind the last plane, and with eight there is none.
            many = frame.format.is_planar and frame.layout.nb_channels >= 8
            yield from packer.resample(frame) if many else [frame]
    if damage and not sound:
        raise damage


def _samples(frame: Any) -> Waveform:
    """The values of a frame in -1…1 [shape=(n, channels)]."""
    values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
    if values.dtype.kind == "f":
        return np.asarray(values, dtype=np.float32)
    scale = np.float32(2.0 ** (8 * values.dtype.itemsize - 1))
    scaled = np.asarray(values, dtype=np.float32) / scale
    return np.asarray(scaled - 1 if values.dtype.kind == "u" else scaled, dtype=np.float32)


def _plausible(length: float, file: IO[bytes]) -> float:
    """The claimed length in seconds, or 0 if it cannot be true: no codec spends less than a byte on a second."""
    return length if 0 < length <= os.fstat(file.fileno()).st_size else 0.0
