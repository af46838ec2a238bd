"""Waveform → log-mel patches, with exactly the parameters a model was trained with.

The mel spectrogram equals :func:`librosa.feature.melspectrogram`; it is computed here with numpy alone
because importing librosa costs seconds and every classified track passes through it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_tagger.errors import ModelError

LOG10_OF_10000 = "log10(10000*S+1)"

# Less sound than this says nothing about a genre: such audio gives no patch at all.
SHORTEST_SECONDS = 0.5

# Frames transformed at once: the block's spectrum stays in the processor's second-level cache.
_BLOCK_FRAMES = 128

# What a card may ask for. Wider than any sensible model, narrow enough that no card can exhaust memory.
_BOUNDS: dict[str, tuple[float, float]] = {
    "sr": (4_000, 192_000),
    "n_fft": (64, 16_384),
    "hop_length": (16, 16_384),
    "n_mels": (1, 512),
    "fmin": (0, 96_000),
    "fmax": (1, 96_000),
    "patch_frames": (1, 4_096),
    "patch_hop": (1, 4_096),
    "windows": (1, 16),
    "window_seconds": (1, 120),
}


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What a model hears of a track. It is read from the model's card, never from settings.

    Attributes
    ----------
    sr : int
        Sampling rate in Hz.
    n_fft, hop_length : int
        Length and step of the analysis frames in samples.
    n_mels : int
        Number of mel bands.
    fmin, fmax : float
        Lowest and highest frequency of the bands in Hz.
    patch_frames, patch_hop : int
        Length and step of the patches in frames.
    log : str
        How power becomes loudness; ``"log10(10000*S+1)"`` is the only one known.
    windows : int
        How many excerpts are taken from a track.
    window_seconds : float
        Length of each excerpt in seconds.

    Raises
    ------
    ModelError
        If a value is of the wrong type, outside its bounds or does not fit the others.
    """

    sr: int = 16_000
    n_fft: int = 512
    hop_length: int = 256
    n_mels: int = 96
    fmin: float = 0.0
    fmax: float = 8_000.0
    patch_frames: int = 187
    patch_hop: int = 93
    log: str = LOG10_OF_10000
    windows: int = 3
    window_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse nonsense: the card is data, and may be anybody's."""
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            kinds = (int, float) if name in ("fmin", "fmax", "window_seconds") else (int,)
            if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
                raise ModelError(f"The model's card has a feature setting that makes no sense: {name} = {value!r}.")
        if self.log != LOG10_OF_10000:
            raise ModelError(f"The model's card asks for a loudness scale that is not known: {self.log!r}.")
        if not self.fmin < self.fmax <= self.sr / 2:
            raise ModelError("The model's card has frequency limits that do not fit its sampling rate.")
        if self.hop_length > self.n_fft:
            raise ModelError("The model's card has analysis frames that leave gaps.")

    @classmethod
    def from_json(cls, data: object) -> FeatureSpec:
        """Read the ``features`` object of a card; every field must be there and no other.

        A missing or unknown field means that the model was trained on something else than what would be
        computed here, so it is refused rather than guessed.

        Parameters
        ----------
        data : object
            Decoded JSON.

        Returns
        -------
        FeatureSpec

        Raises
        ------
        ModelError
            If it is not an object with exactly these fields, or a value makes no sense.
        """
        if not isinstance(data, Mapping):
            raise ModelError("The model's card does not say which features the model needs.")
        names = {field.name for field in fields(cls)}
        if wrong := sorted(names ^ data.keys(), key=str):
            raise ModelError(f"The model's card has missing or unknown feature settings: {', '.join(map(str, wrong))}.")
        return cls(**data)

    def to_json(self) -> dict[str, int | float | str]:
        """Return what :meth:`from_json` reads."""
        return asdict(self)


def log_mel(y: NDArray[np.float32], spec: FeatureSpec, *, center: bool = True) -> NDArray[np.float32]:
    """Compute the log-mel spectrogram of a waveform.

    Equal to ``log10(10000 * librosa.feature.melspectrogram(...) + 1).T`` with librosa's defaults: frames
    centred and padded with zeros, Hann window, power spectrum, Slaney's mel scale and area normalisation.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        Mono waveform at ``spec.sr``, about -1…1.
    spec : FeatureSpec
        The parameters.
    center : bool
        False for a stretch of a longer sound: frames begin where they stand, and nothing is padded.

    Returns
    -------
    ndarray [shape=(frames, bands)], float32
        ``frames = 1 + n // hop_length`` when centred; 0 is silence, a full-scale sine reaches about 5.
    """
    window = _hann(spec.n_fft)
    filters = mel_filters(spec.sr, spec.n_fft, spec.n_mels, spec.fmin, spec.fmax)
    padded = np.pad(np.asarray(y, dtype=np.float32), spec.n_fft // 2 if center else 0)
    frames = sliding_window_view(padded, spec.n_fft)[:: spec.hop_length]
    mel = np.empty((len(frames), spec.n_mels), dtype=np.float32)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        spectrum = np.fft.rfft(frames[block] * window)
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        mel[block] = filters.apply(power)
    mel *= np.float32(10_000)
    mel += np.float32(1)
    np.log(mel, out=mel)  # the natural logarithm has a vectorised float32 loop in numpy, log10 has none
    mel *= np.float32(1 / math.log(10))
    return mel


def log_mel_patches(y: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Cut the log-mel spectrogram of a waveform into the patches that a model takes.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        Mono waveform at ``spec.sr``. A constant offset, which nobody hears and a spectrum shows, is taken off.
    spec : FeatureSpec
        The parameters.

    Returns
    -------
    ndarray [shape=(patches, frames, bands)], float32
        Time before frequency, as a 1-D convolution over time wants it. Audio shorter than one patch is
        repeated until it fills one; audio shorter than :data:`SHORTEST_SECONDS` gives no patch.
    """
    if len(y) < SHORTEST_SECONDS * spec.sr:
        return np.empty((0, spec.patch_frames, spec.n_mels), dtype=np.float32)
    mel = log_mel(y - y.mean(dtype=np.float64).astype(np.float32), spec)
    if len(mel) < spec.patch_frames:
        mel = np.resize(mel, (spec.patch_frames, spec.n_mels))
    cut = sliding_window_view(mel, spec.patch_frames, axis=0)[:: spec.patch_hop]
    return np.ascontiguousarray(cut.transpose(0, 2, 1))


def mel_frequencies(spec: FeatureSpec) -> NDArray[np.float64]:
    """Compute the edges and centres of a model's mel bands, as :func:`mel_edges` does."""
    return mel_edges(spec.n_mels, spec.fmin, spec.fmax)


def mel_edges(n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """Compute the edges and centres of mel bands on Slaney's scale.

    Parameters
    ----------
    n_mels : int
        Number of bands.
    fmin, fmax : float
        Lowest and highest frequency of the bands in Hz.

    Returns
    -------
    ndarray [shape=(n_mels + 2,)]
        Frequencies in Hz; band i rises from entry i, peaks at i + 1 and ends at i + 2.

    References
    ----------
    M. Slaney, Auditory Toolbox, version 2, Technical Report 1998-010, Interval Research, 1998: linear below
    1 kHz (200/3 Hz a mel), logarithmic above (27 mels from 1 kHz to 6.4 kHz).
    """
    linear, knee, step = 200 / 3, 1_000.0, math.log(6.4) / 27

    def mel_of(hz: float) -> float:
        return hz / linear if hz < knee else knee / linear + math.log(hz / knee) / step

    mels = np.linspace(mel_of(fmin), mel_of(fmax), n_mels + 2)
    above = knee * np.exp(step * (mels - knee / linear))
    return np.where(mels < knee / linear, linear * mels, above)


@dataclass(frozen=True, slots=True)
class MelFilters:
    """Triangular filters: every bin lies between two edges, on the slope up of one band and down of another.

    Summing along the slopes needs no matrix product: BLAS would start threads of its own for it, and where
    several tracks are worked on at once these stand in each other's way (measured: five times slower).
    """

    starts: NDArray[np.intp]  # first bin after each edge but the last [shape=(bands + 1,)]
    filled: NDArray[np.float32]  # 1 where a bin lies between this edge and the next, else 0 [shape=(bands + 1,)]
    up: NDArray[np.float32]  # weight of each bin in the band that rises there [shape=(bins,)]
    down: NDArray[np.float32]  # weight of each bin in the band that falls there [shape=(bins,)]

    def apply(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power [shape=(..., frames, bins)] → mel power [shape=(..., frames, bands)]."""
        rising = np.add.reduceat(power * self.up, self.starts, axis=-1) * self.filled
        falling = np.add.reduceat(power * self.down, self.starts, axis=-1) * self.filled
        return np.asarray(rising[..., :-1] + falling[..., 1:], dtype=np.float32)


@lru_cache(maxsize=8)
def mel_filters(sr: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> MelFilters:
    """Build the filters of :func:`librosa.filters.mel`: triangles between :func:`mel_edges`, of equal area."""
    edges = mel_edges(n_mels, fmin, fmax)
    bins = np.fft.rfftfreq(n_fft, 1 / sr)
    area = np.pad(2 / (edges[2:] - edges[:-2]), 1)  # of band i at i + 1: bands -1 and n_mels do not exist
    at = np.searchsorted(edges, bins, side="right") - 1
    inside = (at >= 0) & (at <= n_mels)
    at = at.clip(0, n_mels)
    slope = np.where(inside, (bins - edges[at]) / (edges[at + 1] - edges[at]), 0)
    starts = np.searchsorted(bins, edges)
    return MelFilters(
        starts=starts[:-1].clip(max=len(bins) - 1),
        filled=np.asarray(np.diff(starts) > 0, dtype=np.float32),
        up=np.asarray(slope * area[at + 1], dtype=np.float32),
        down=np.asarray(np.where(inside, 1 - slope, 0) * area[at], dtype=np.float32),
    )


@lru_cache(maxsize=8)
def _hann(n: int) -> NDArray[np.float32]:
    """Periodic Hann window [shape=(n,)]."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n), dtype=np.float32)
