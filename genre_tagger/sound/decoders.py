"""Opens sound files: libsndfile, and FFmpeg (PyAV) for what it cannot read. The only importer of the decoders.

libsndfile reads WAV, AIFF, FLAC, Ogg, Opus and MP3; FFmpeg reads the rest, and what libsndfile gives up on.
Lengths in headers are hints: they choose where to look, never how much memory to take. What decoders raise at broken
files (:data:`FOREIGN`) never leaves this module and `samples.py`.
"""

from __future__ import annotations

import contextlib
import math
import os
import stat
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import IO, Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError
from genre_tagger.files.sniff import frame_length, frame_seconds

# What decoders raise at broken files; soundfile's LibsndfileError is a RuntimeError.
FOREIGN = (RuntimeError, OSError, ValueError, EOFError, MemoryError, ArithmeticError, LookupError)

EMPTY = "This file contains no sound."


# Values of all channels in one block (1 MB as float32): bounds memory for 208 channels as for one.
_BLOCK_VALUES = 1 << 18
# A seek that lands farther than this before its aim, in seconds, has failed: decoding up to it could take hours.
_WORST_SEEK = 30.0
# A codec needs what comes before in order to get a place right; this much, in seconds, is decoded and left out.
_RUN_UP = 0.15
_AV_TIME_BASE = 1_000_000
# So many errors in a row are passed over where FFmpeg looks for the next packet.
_OBSTACLES = 8
# So many packets in a row may bring no sound. A damaged header can have FFmpeg give empty ones for hours, one for each
# frame of which the header speaks.
_BARREN = 1 << 14

# Containers FFmpeg may recognise. Its playlist and script formats could open other files, or the network.
_CONTAINERS = "mov,asf,ape,wv,tta,mpc,mpc8,dsf,iff,aac,ac3,eac3,matroska,ogg,mp3,flac,wav,w64,aiff,caf,tak,amr,au,oma"

# In these FFmpeg finds places by guess. It gets only such MP3 files as do not say where what is.
_VAGUE = ("asf", "mpc", "mpc8", "mp3")
# What the first frame of an MP3 file holds that says how many frames there are. libsndfile guesses the length of others
# from their first frames and the size of the whole file, pictures included, and never reads beyond its guess.
_COUNTED = (b"Xing", b"Info", b"VBRI")
_FIRST_FRAME = 2048  # bytes that surely hold it
# In others the frames are counted, in files up to so many bytes; a guess that far (a share) from that was wrong.
_LARGEST_COUNTED = 1 << 26
_FAR = 0.01
_REST = 1 << 14  # bytes looked at behind what libsndfile takes for the end
_SOME = 5  # of the first bytes of frames in these; a picture has hardly one by chance

Samples = NDArray[np.float32]
Blocks = Iterator[tuple[Samples, int]]


@dataclass(frozen=True, slots=True)
class Sound:
    """An opened file.

    Attributes
    ----------
    sr, channels : int
        Sampling rate in Hz and number of channels, as the header claims.
    length : float
        Seconds, as the header claims; 0 when it claims nothing that can be true.
    blocks : callable
        ``blocks(offset, seconds)`` yields (block [shape=(n, channels)], its sampling rate), about -1…1 and not
        always finite, from `offset` seconds on; `seconds` None means to the end. May be called again and again.
    exact : bool
        Whether `offset` is met to within a few samples.
    """

    sr: int
    channels: int
    length: float
    blocks: Callable[[float, float | None], Blocks]
    exact: bool = True


def not_opened(path: str, error: OSError | ValueError) -> DecodeError:
    """Say why a file could not be opened; ValueError is a path that cannot be one."""
    if isinstance(error, FileNotFoundError):
        return DecodeError(path, "This file is not there any more.")
    return DecodeError(path, f"This file could not be opened ({getattr(error, 'strerror', None) or error}).")


@contextlib.contextmanager
def regular_file(path: str) -> Iterator[IO[bytes]]:
    """Open `path`, whatever bytes its name has; nothing but a regular file, since a pipe could wait for ever."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode) or not found.st_size:
            raise DecodeError(path, EMPTY)
        file = open(path, "rb")  # noqa: SIM115 — closed below; the try must not cover the caller's block
    except (OSError, ValueError) as error:
        raise not_opened(path, error) from error
    with file:
        yield file


@contextlib.contextmanager
def by_soundfile(file: IO[bytes]) -> Iterator[Sound]:
    """Open with libsndfile."""
    # A descriptor works with any file name; on Windows it does not cross between C run-time libraries.
    source = file if os.name == "nt" else file.fileno()
    with soundfile.SoundFile(source, closefd=False) as decoder:
        length = _plausible(decoder.frames / decoder.samplerate, file)
        # Of a chain of Ogg streams it reads the first alone, and may find the length absurd.
        chained = decoder.format == "OGG" and not length
        if chained or (decoder.format == "MP3" and not _is_counted(file)):
            raise ValueError("nobody knows how long this is")
        # WORKAROUND soundfile 0.14: after each read it seeks to where it is, so that FLAC decodes a frame again.
        # In a damaged Ogg file that finds the place again.
        if decoder.format == "FLAC":
            decoder.seekable = lambda: False
        yield Sound(decoder.samplerate, decoder.channels, length, partial(_soundfile_blocks, decoder, file))


def _is_counted(file: IO[bytes]) -> bool:
    """Whether an MP3 file tells its number of frames."""
    first = _bytes_at(file, _first_frame(_bytes_at(file, 0, 10)), _FIRST_FRAME)
    return any(mark in first for mark in _COUNTED)


def _first_frame(head: bytes) -> int:
    """Where the sound of an MP3 file begins, behind an ID3 tag, by its first ten bytes."""
    sizes = head[6:10] if head[:3] == b"ID3" else bytes(4)
    return sum((size & 127) << 7 * place for place, size in enumerate(reversed(sizes))) + (10 if any(sizes) else 0)


def _count(file: IO[bytes]) -> float:
    """Seconds in an MP3 file, by its frames; 0 for one that is too large to be looked through."""
    size = os.fstat(file.fileno()).st_size
    data = _bytes_at(file, 0, size) if size <= _LARGEST_COUNTED else b""
    seen: dict[bytes, tuple[int, float]] = {}
    at, seconds = _first_frame(data), 0.0
    while 0 <= at < len(data) - 3:
        head = data[at + 1 : at + 3]
        if head not in seen:
            seen[head] = frame_length(data[at : at + 4]) or 0, frame_seconds(data[at : at + 4])
        step, length = seen[head] if data[at] == 0xFF else (0, 0.0)
        seconds += length if step else 0.0
        at = at + step if step else data.find(b"\xff", at + 1)
    return seconds


def _checked(claimed: float, counted: float) -> float:
    """The length that was counted, where the one that was guessed is far from it."""
    return counted if abs(claimed - counted) > _FAR * counted > 0 else claimed


def _bytes_at(file: IO[bytes], start: int, count: int) -> bytes:
    """Some bytes of a file that libsndfile reads as well, whose place there is kept."""
    if os.name != "nt":
        return os.pread(file.fileno(), count, start)
    place = file.tell()
    file.seek(start)
    found = file.read(count)
    file.seek(place)
    return found


def _goes_on(decoder: soundfile.SoundFile, file: IO[bytes]) -> bool:
    """Whether more follows what libsndfile takes for the end: MP3 files joined to one, a chain of Ogg streams."""
    if decoder.format not in ("MP3", "OGG"):
        return False
    place = file.tell() if os.name == "nt" else os.lseek(file.fileno(), 0, os.SEEK_CUR)
    rest = _bytes_at(file, place, _REST)
    if decoder.format == "OGG":
        return b"OggS" in rest
    return rest.count(b"\xff\xfb") + rest.count(b"\xff\xf3") > _SOME


def _soundfile_blocks(decoder: soundfile.SoundFile, file: IO[bytes], offset: float, seconds: float | None) -> Blocks:
    rate = decoder.samplerate
    most = max(1, _BLOCK_VALUES // decoder.channels)
    left = math.inf if seconds is None else round(seconds * rate)
    decoder.seek(min(round(offset * rate), decoder.frames))
    while left > 0:
        block = decoder.read(int(min(most, left)), dtype="float32", always_2d=True)
        if not len(block):
            if _goes_on(decoder, file):
                raise ValueError("there is more")
            return
        left -= len(block)
        yield block, rate


@contextlib.contextmanager
def by_pyav(file: IO[bytes]) -> Iterator[Sound]:
    """Open with FFmpeg."""
    import av  # only files that libsndfile cannot read need it

    av.logging.set_level(None)
    try:
        # By name: with a file object PyAV prints a traceback at every seek that a broken file gets wrong.
        name = f"file:{file.name}"
        limits = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
        with av.open(name, mode="r", options=limits, metadata_errors="replace") as container:
            stream = container.streams.audio[0]
            codec = stream.codec_context
            if codec is None:
                raise ValueError("no decoder")
            codec.thread_count = 1
            length = float((stream.duration or 0) * (stream.time_base or 0))
            length = length or (container.duration or 0) / _AV_TIME_BASE
            if container.format.name == "mp3" and not _is_counted(file):
                length = _checked(length, _count(file))
            exact = container.format.name not in _VAGUE
            origin = [] if exact else [0.0]
            blocks = partial(_pyav_blocks, container, stream, origin)
            yield Sound(codec.sample_rate or 0, codec.channels, _plausible(length, file), blocks, exact)
    except av.error.FFmpegError as error:  # some of them are no OSError nor ValueError
        if isinstance(error, MemoryError):
            raise
        raise ValueError(str(error)) from error


def _pyav_blocks(container: Any, stream: Any, origin: list[float], offset: float, seconds: float | None) -> Blocks:
    aim: float | None = None
    if offset > 0:
        if not origin:  # the clock of some files does not begin at 0
            origin.append(next((frame.time for frame in _frames(container, stream) if frame.time is not None), 0.0))
        aim = origin[0] + offset
        container.seek(round((aim - min(_RUN_UP, offset)) * _AV_TIME_BASE))
    left = math.inf if seconds is None else seconds
    at: float | None = None
    for frame in _frames(container, stream):
        rate = frame.sample_rate
        at = at if frame.time is None else frame.time
        block = _samples(frame)
        if aim is not None and at is not None:
            if aim - at > _WORST_SEEK:
                return
            at += len(block) / rate
            block = block[max(len(block) - round((at - aim) * rate), 0) :]
        if not len(block):
            continue
        aim = None
        if left < len(block) / rate:
            block = block[: max(round(left * rate), 1)]
        left -= len(block) / rate
        yield block, rate
        if left * rate < 0.5:
            return


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; damaged packets are passed over, as players do, unless all or very many in a row are."""
    from av import AudioResampler
    from av.error import FFmpegError

    packer = AudioResampler(format="flt")
    damage: list[Exception] = []
    sound, barren = False, 0
    for packet in _packets(container, stream, damage):
        frames = []
        try:
            frames = packet.decode()
        except FFmpegError as error:
            damage[:] = [error]
        sound = sound or bool(frames)
        barren = 0 if frames else barren + 1
        if barren > _BARREN:
            break
        for frame in frames:
            # WORKAROUND PyAV 18: to_ndarray looks for a null behind the last plane, and with eight there is none.
            many = frame.format.is_planar and frame.layout.nb_channels >= 8
            yield from packer.resample(frame) if many else [frame]
    if damage and not sound:
        raise damage[-1]


def _packets(container: Any, stream: Any, damage: list[Exception]) -> Iterator[Any]:
    """Packets of a stream; what is in their way, up to some times in a row, is put down in `damage` and passed over."""
    from av.error import FFmpegError

    in_a_row = 0
    while in_a_row < _OBSTACLES:
        try:
            for packet in container.demux(stream):
                in_a_row = 0
                yield packet
            return
        except FFmpegError as error:
            damage.append(error)
            in_a_row += 1


def _samples(frame: Any) -> Samples:
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


def resampled(blocks: Iterable[Samples], rate: int, sr: int) -> Iterator[Samples]:
    """Change the sampling rate of a mono sound from `rate` to `sr` Hz, block by block [shape=(n,)]."""
    if rate == sr:
        yield from blocks
        return
    resampler = soxr.ResampleStream(rate, sr, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.empty(0, dtype=np.float32), last=True)


Decoder = Callable[[IO[bytes]], contextlib.AbstractContextManager[Sound]]
DECODERS: tuple[Decoder, ...] = (by_soundfile, by_pyav)


UNREADABLE = "The sound of this file could not be read: it is damaged, or of a kind that is not supported."

# Root mean square below which sound counts as silence: -80 dB of full scale.
_SILENCE = 1e-4
# Lossy decoders overshoot full scale a little; what lies 12 dB above it is damage.
LOUDEST = np.float32(4)
RATES = range(500, 12_000_000)
# Channels cancel each other when their mean has less than this share of the power it would have if they had nothing in
# common (-20 dB); some samples tell.
_CANCELLED = 0.01
_SPARSE = 31
# What lies before a place is decoded too, up to so many seconds: where a decoder searches well, and where it does not.
_NEAR = 0.5
_NEAR_IF_VAGUE = 900.0


def native(
    path: str, offset: float, seconds: float | None, decoders: Sequence[Decoder] = DECODERS
) -> Generator[tuple[Samples, int, float]]:
    """Decode all channels at the file's own rate; where one decoder gives up, the next goes on from there.

    Parameters
    ----------
    path : str
        The file.
    offset, seconds : float
        Where to begin and how much to take at most, in seconds; None means to the end.
    decoders : sequence of callable
        Whom to ask, one after another.

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
    for search, decoder in product((True, False) if offset > 0 else (True,), decoders):
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
    channels = block.shape[1]
    if channels == 1:
        return block[:, 0].copy()
    y = block[:, 0] + block[:, 1]
    for channel in block.T[2:]:
        y += channel
    y *= np.float32(1 / channels)
    return y


def mixed(block: Samples) -> Samples:
    """Mean of the channels of a block [shape=(n, channels)], finite; where they cancel each other, the loudest alone.

    Recordings with one channel upside down would be silence otherwise.
    """
    with np.errstate(all="ignore"):
        y = mean(block)
    if not (y.max(initial=0) <= LOUDEST and y.min(initial=0) >= -LOUDEST):  # not-a-number too
        block = held(block)
        y = mean(block)
    return _loudest(block) if block.shape[1] > 1 and _is_cancelled(block[::_SPARSE], y[::_SPARSE]) else y


def _is_cancelled(block: Samples, mean: Samples) -> bool:
    """Whether the channels of a block [shape=(n, channels)] are nearly nothing together and something each."""
    channels = block.shape[1]
    together = channels**2 * np.einsum("n,n->", mean, mean)
    if channels == 2:  # then they are about as strong, and one of them tells
        return bool(together < 2 * _CANCELLED * np.einsum("n,n->", block[:, 0], block[:, 0]))
    return bool(together < _CANCELLED * np.einsum("nc,nc->", block, block))


def _loudest(block: Samples) -> Samples:
    """The loudest channel of a block [shape=(n, channels)], held."""
    with np.errstate(all="ignore"):
        powers = np.einsum("nc,nc->c", block, block)
    return held(block[:, int(powers.argmax())].copy())
