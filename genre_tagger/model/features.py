"""Waveform → log-mel patches, with exactly the parameters a model was trained with.

The mel spectrogram equals :func:`librosa.feature.melspectrogram`; it is computed here with numpy alone
because importing librosa costs seconds and every classified track passes through it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.sound.mel import hann, mel_edges, mel_filters

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
    window = hann(spec.n_fft).astype(np.float32)
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
    """Compute the edges and centres of a model's mel bands, as :func:`~genre_tagger.sound.mel.mel_edges` does."""
    return mel_edges(spec.n_mels, spec.fmin, spec.fmax)
