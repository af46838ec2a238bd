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

from genre_tagger.base.errors import ModelError
from genre_tagger.model.spectra import PowerSpectra, factors
from genre_tagger.sound.mel import MelFilters, hann, kaldi_edges, kaldi_filters, mel_edges, mel_filters

LOG10_OF_10000 = "log10(10000*S+1)"
LN_OF_POWER = "(ln(S+1e-5)+4.5)/5"
SLANEY, KALDI = "slaney", "kaldi"

# Less sound than this says nothing about a genre: such audio gives no patch at all.
SHORTEST_SECONDS = 0.5

# Two factors of n_fft, as near to each other as they can be: the larger one is what a transform costs.
_LARGEST_FACTOR = 1_024

_REAL = ("fmin", "fmax", "window_seconds", "preemphasis")
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
    "win_length": (16, 16_384),
    "preemphasis": (0, 0.999),
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
        How power S becomes loudness: ``"log10(10000*S+1)"`` or ``"(ln(S+1e-5)+4.5)/5"``.
    win_length : int
        Length of the Hann window in samples, in the middle of the frame.
    preemphasis : float
        What is taken off each sample of the one before it, 0 for nothing.
    mel : str
        ``"slaney"`` (triangles in Hz, of equal area, as librosa has them) or ``"kaldi"`` (in mel, of height 1).
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
    win_length: int = 512
    preemphasis: float = 0.0
    mel: str = SLANEY

    def __post_init__(self) -> None:
        """Refuse nonsense: the card is data, and may be anybody's."""
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            kinds = (int, float) if name in _REAL else (int,)
            if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
                raise ModelError(f"The model's card has a feature setting that makes no sense: {name} = {value!r}.")
        if self.mel not in (SLANEY, KALDI):
            raise ModelError(f"The model's card asks for a mel scale that is not known: {self.mel!r}.")
        if self.log not in (LOG10_OF_10000, LN_OF_POWER):
            raise ModelError(f"The model's card asks for a loudness scale that is not known: {self.log!r}.")
        if not self.fmin < self.fmax <= self.sr / 2:
            raise ModelError("The model's card has frequency limits that do not fit its sampling rate.")
        if self.hop_length > self.n_fft or self.win_length > self.n_fft:
            raise ModelError("The model's card has analysis frames that leave gaps.")
        if factors(self.n_fft)[1] > _LARGEST_FACTOR:
            raise ModelError(f"The model's card has analysis frames that nobody can transform: n_fft = {self.n_fft}.")

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

    On Slaney's scale it equals ``log10(10000 * librosa.feature.melspectrogram(...) + 1).T`` with librosa's defaults:
    frames centred and padded with zeros, periodic Hann window, power spectrum, triangles of equal area. On Kaldi's, the
    window is symmetric and the triangles have height 1.

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
        ``frames = 1 + n // hop_length`` when centred; silence is what :func:`silence` says.
    """
    padded = _padded(np.asarray(y, dtype=np.float32), spec, spec.n_fft // 2 if center else 0)
    filters, spectra = _filters(spec), _spectra(spec)
    mel = np.empty((1 + (len(padded) - spec.n_fft) // spec.hop_length, spec.n_mels), dtype=np.float32)
    for frames, power in spectra.blocks(padded, spec.hop_length):
        mel[frames] = _loudness(filters.apply(power[: filters.bins].T), spec.log)
    return mel


@lru_cache(maxsize=8)
def _spectra(spec: FeatureSpec) -> PowerSpectra:
    """Power spectra of a model's frames, up to where its bands reach."""
    window = hann(spec.win_length if spec.mel == SLANEY else spec.win_length - 1)
    if spec.mel == KALDI:  # both ends are 0
        window = np.pad(window, (0, 1))
    return PowerSpectra.of(spec.n_fft, window, _filters(spec).bins)


def silence(spec: FeatureSpec) -> float:
    """What silence is in a log-mel spectrogram."""
    return float(_loudness(np.zeros(1, dtype=np.float32), spec.log)[0])


def _loudness(mel: NDArray[np.float32], log: str) -> NDArray[np.float32]:
    """Mel power → loudness, in place; numpy has a vectorised float32 loop for the natural logarithm, not for log10."""
    factor, floor, add, by = (10_000, 1, 0, 1 / math.log(10)) if log == LOG10_OF_10000 else (1, 1e-5, 4.5, 0.2)
    mel *= np.float32(factor)
    mel += np.float32(floor)
    np.log(mel, out=mel)
    mel += np.float32(add)
    mel *= np.float32(by)
    return mel


def power_of(loudness: NDArray[np.float32], log: str) -> NDArray[np.float32]:
    """Mel power of a log-mel spectrogram of any shape; `log` as in :class:`FeatureSpec`."""
    if log == LOG10_OF_10000:
        return np.asarray((np.exp(loudness * np.float32(math.log(10))) - 1) / np.float32(10_000))
    power = np.multiply(loudness, np.float32(5))
    power -= np.float32(4.5)
    np.exp(power, out=power)
    power -= np.float32(1e-5)
    return np.maximum(power, 0, out=power)


def _padded(y: NDArray[np.float32], spec: FeatureSpec, margin: int) -> NDArray[np.float32]:
    """A waveform between zeros, after pre-emphasis: each sample without what the one before it foretells.

    After the last there is none; in a stretch of a longer sound, the window does not reach that far.
    """
    if not spec.preemphasis:
        return np.pad(y, margin)
    padded = np.zeros(len(y) + 2 * margin, dtype=np.float32)
    different = padded[margin : margin + max(len(y) - 1, 0)]
    np.multiply(y[:-1], np.float32(-spec.preemphasis), out=different)
    different += y[1:]
    return padded


def _filters(spec: FeatureSpec) -> MelFilters:
    make = mel_filters if spec.mel == SLANEY else kaldi_filters
    return make(spec.sr, spec.n_fft, spec.n_mels, spec.fmin, spec.fmax)


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
    mel = log_mel(y - y.mean(dtype=np.float32), spec)
    if len(mel) < spec.patch_frames:
        mel = np.resize(mel, (spec.patch_frames, spec.n_mels))
    cut = sliding_window_view(mel, spec.patch_frames, axis=0)[:: spec.patch_hop]
    return np.ascontiguousarray(cut.transpose(0, 2, 1))


def mel_frequencies(spec: FeatureSpec) -> NDArray[np.float64]:
    """Compute the edges and centres of a model's mel bands in Hz [shape=(n_mels + 2,)]."""
    edges = mel_edges if spec.mel == SLANEY else kaldi_edges
    return edges(spec.n_mels, spec.fmin, spec.fmax)
