"""The numbers of the GTZAN table: 57 statistics of a track, under the names that people know them by.

How the well-known table ("features_30_sec.csv", published with GTZAN on Kaggle) was computed, as found out by
computing it again: each clip mono at 22,050 Hz; librosa's defaults (frames of 2,048 samples, steps of 512, Hann
window); the mean and the population variance over all frames of ``chroma_stft``, ``rms``, ``spectral_centroid``,
``spectral_bandwidth``, ``spectral_rolloff``, ``zero_crossing_rate`` and 20 ``mfcc``, and over all samples of the two
results of ``librosa.effects.hpss``, called "harmony" and "perceptr"; and the tempo of ``librosa.beat.beat_track``.
``length`` is the number of samples. What is computed here equals librosa 0.11 within a thousandth; on lossy copies of
82 clips of the set it correlates with the table by 0.96 to 1.00 (tempo: 0.94, as it jumps where two are about as good).
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TextIO

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError, FileError, FileFailure
from genre_tagger.base.pool import outcomes
from genre_tagger.base.small_files import probe, replacing
from genre_tagger.files.scan import scan
from genre_tagger.files.values import ScannedTrack
from genre_tagger.sound import spectral
from genre_tagger.sound.audio import load
from genre_tagger.sound.rhythm import harmonic, onsets, tempo
from genre_tagger.sound.spectral import Array, cepstrum, chroma, mel, peaks, stft_power, to_db, tuning_of

SR = 22_050
#: A longer track is described by its beginning: memory and time are to stay bounded. In seconds.
MOST_SECONDS = 600.0

_N_FFT, _HOP, _MFCCS = 2048, 512, 20
_BLOCK_FRAMES = 1024
_MOMENTS = (
    "chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate", "harmony",
    "perceptr",
)  # fmt: skip


def _both(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name}_{moment}" for name in names for moment in ("mean", "var"))


#: The 57 numbers, in the order of the table.
NUMBERS = (*_both(_MOMENTS), "tempo", *_both(f"mfcc{i}" for i in range(1, _MFCCS + 1)))
#: The header of the table.
COLUMNS = ("filename", "length", *NUMBERS, "label")


class HasGenres(Protocol):
    """A track: a row of the library, for one."""

    @property
    def path(self) -> str: ...

    @property
    def genres(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Described:
    """A row of the table.

    Attributes
    ----------
    path : str
        The file.
    length : int
        Number of samples at 22,050 Hz that were described.
    numbers : mapping of str to float
        A finite number for each of :data:`NUMBERS`.
    label : str
        The first genre in the file's tags; empty if there is none.
    """

    path: str
    length: int
    numbers: Mapping[str, float]
    label: str = ""


def describe(y: Array, sr: int = SR) -> dict[str, float]:
    """Compute the 57 numbers of a sound.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        Waveform with at least one sample, finite, about -1…1.
    sr : int
        Sampling rate in Hz. To be comparable with the table it must be 22,050.

    Returns
    -------
    dict of str to float
        A finite number for each of :data:`NUMBERS`, in that order: frequencies in Hz, tempo in beats a minute,
        the rest without unit. Silence has numbers too.

    Raises
    ------
    ValueError
        If there is no sample.
    """
    if not len(y):
        raise ValueError("there is no sound to describe")
    harmony = harmonic(y)
    parts = [_of_spectrum(power, sr) for power in _powers(y)]
    deviation = tuning_of(*(np.concatenate(pieces) for pieces in zip(*(part.peaks for part in parts), strict=True)))
    decibels = to_db(np.hstack([part.mel for part in parts]))
    over_time = {
        "chroma_stft": np.hstack([chroma(power, sr, deviation=deviation) for power in _powers(y)]),
        "rms": spectral.rms(y),
        **{name: np.hstack([part.curves[name] for part in parts]) for name in parts[0].curves},
        "zero_crossing_rate": spectral.zero_crossing_rate(y),
        "harmony": harmony,
        "perceptr": y - harmony,
        **{f"mfcc{i}": row for i, row in enumerate(cepstrum(decibels, n_mfcc=_MFCCS), 1)},
    }
    numbers = {"tempo": tempo(onsets(decibels), sr)}
    for name, values in over_time.items():
        numbers[f"{name}_mean"] = float(np.mean(values, dtype=np.float64))
        numbers[f"{name}_var"] = float(np.var(values, dtype=np.float64))
    return {name: numbers[name] for name in NUMBERS}


@dataclass(frozen=True, slots=True)
class _Part:
    """The parts of a description that are computed from one stretch of a spectrogram."""

    mel: Array  # power [shape=(128, frames)]
    peaks: tuple[Array, Array]  # frequencies in Hz and heights [shape=(n,)]
    curves: dict[str, Array]  # [shape=(frames,)]


def _of_spectrum(power: Array, sr: int) -> _Part:
    curves = {
        "spectral_centroid": spectral.centroid(power, sr),
        "spectral_bandwidth": spectral.bandwidth(power, sr),
        "rolloff": spectral.rolloff(power, sr),
    }
    return _Part(mel(power, sr), peaks(power, sr), curves)


def _powers(y: Array) -> Iterator[Array]:
    """Yield the power spectrogram of centred frames, stretch by stretch [shape=(bins, frames)]."""
    padded: NDArray[np.float32] = np.pad(y, _N_FFT // 2)
    frames = 1 + len(y) // _HOP
    for start in range(0, frames, _BLOCK_FRAMES):
        stop = min(start + _BLOCK_FRAMES, frames)
        stretch = padded[start * _HOP : (stop - 1) * _HOP + _N_FFT]
        yield stft_power(stretch, n_fft=_N_FFT, hop_length=_HOP, center=False)


def describe_file(path: str, *, label: str = "") -> Described:
    """Describe a file, or the first ten minutes of a longer one.

    Parameters
    ----------
    path : str
        The file.
    label : str
        What to call its genre.

    Returns
    -------
    Described

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    y = load(path, sr=SR, seconds=MOST_SECONDS)
    return Described(path, len(y), describe(y), label)


def describe_files(
    tracks: Iterable[HasGenres], *, workers: int | None = None
) -> Generator[Described | FileFailure]:
    """Describe tracks on all cores: a stage on the line.

    Parameters
    ----------
    tracks : iterable of HasGenres
        What to describe; it is consumed as it goes.
    workers : int or None
        How many tracks to work on at once; None means one for each core that this program may use.

    Yields
    ------
    Described or FileFailure
        One for each track, in the order in which they are done. Closing the generator cancels.
    """

    def describe_track(track: HasGenres) -> Described | FileFailure:
        try:
            return describe_file(track.path, label=next(iter(track.genres), ""))
        except DecodeError as error:
            return FileFailure(track.path, "describe", error.reason)

    yield from outcomes(describe_track, tracks, workers=workers, name="describe")


class _Labelled(NamedTuple):
    path: str
    genres: tuple[str, ...]


def describe_below(
    paths: Sequence[str], *, workers: int | None = None,
    describe: Callable[[Iterator[tuple[str, str]]], Generator[Described | FileFailure]] | None = None,
) -> Generator[Described | FileFailure]:
    """Describe all music in folders, whether the library knows it or not; the label is what the tags say.

    `describe` takes paths with their labels and does it elsewhere, as
    :meth:`genre_tagger.cluster.cluster.Cluster.describe` does.
    """
    failures: list[FileFailure] = []

    def found() -> Iterator[_Labelled]:
        for outcome in scan(paths):
            if isinstance(outcome, ScannedTrack):
                yield _Labelled(outcome.path, outcome.tags.genres)
            elif isinstance(outcome, FileFailure) and outcome.stage != "hidden":
                failures.append(outcome)

    labelled = ((track.path, next(iter(track.genres), "")) for track in found())
    yield from describe(labelled) if describe is not None else describe_files(found(), workers=workers)
    yield from failures


def write_csv(path: str, rows: Sequence[Described]) -> None:
    """Write the table as a whole or not at all.

    Parameters
    ----------
    path : str
        The file; an existing one is replaced.
    rows : sequence of Described
        The rows, in this order. ``filename`` is what the file is called below the folder that all have in common,
        with forward slashes.

    Raises
    ------
    FileError
        If the table cannot be written there.
    """
    try:
        with replacing(path) as file:
            # Names of files need not be text, but the table must be.
            text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
            write_rows(text, rows)
            text.detach()
    except OSError as error:
        raise FileError(path, f"The table could not be written here ({error.strerror or error}).") from error


def write_rows(file: TextIO, rows: Sequence[Described]) -> None:
    """Write the table into an open file, which should not translate line ends; see :func:`write_csv`."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, row in zip(_names([row.path for row in rows]), rows, strict=True):
        writer.writerow([name, row.length, *(row.numbers[column] for column in NUMBERS), row.label])


def require_place(path: str) -> None:
    """Raise :class:`FileError` now if a table could not be written to `path` later."""
    try:
        probe(path)
    except OSError as error:
        reason = "The table could not be written here. Choose a file in a folder that you may change."
        raise FileError(path, reason) from error


def _names(paths: Sequence[str]) -> list[str]:
    """What the files are called below the folder that they have in common."""
    folders = {os.path.dirname(os.path.abspath(path)) for path in paths}
    try:
        root = os.path.commonpath(folders) if folders else ""
    except ValueError:  # on several drives
        return [os.path.abspath(path).replace(os.sep, "/") for path in paths]
    return [os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/") for path in paths]
