"""The inputs of the recipes (feature table, MFCC, mel picture, STFT), made by librosa as in the published reports.

The program's own numbers (:mod:`~genre_tagger.sound.spectral`, ``rhythm``) are faster and equal, but a recipe is to be
what was published, down to the library. librosa comes with the extra ``train``.

References
----------
B. McFee et al., "librosa: Audio and music signal analysis in Python", SciPy 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.sound.audio import windows
from genre_tagger.sound.descriptors import NUMBERS

Array = NDArray[Any]
Floats = NDArray[np.float32]

EXCERPT_SECONDS = 30.0
PICTURE_ROWS, PICTURE_COLUMNS = 218, 336
_PICTURE_BANDS = 128
_PICTURE_LOUDEST = 25.0  # dB: pictures do not tell how loud a recording is; about what the clips have
_PICTURE_RANGE = 40.0  # dB of power: amplitude_to_db was applied to power, so its 80 are 40
_TOP_DB = 80.0  # librosa's own: so much of the dynamic range is kept
_ALMOST = 0.98  # a piece may miss this little of its length: clips of "30 s" often have 29.9


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How pieces of a recording become what a network takes. Stored with the model.

    Attributes
    ----------
    kind : str
        ``features`` (the table of 57 numbers), ``mfcc`` (from sound), ``picture-mfcc`` (from a mel picture),
        ``mel`` (the picture itself) or ``stft``.
    shape : tuple of int
        Of one piece, as the network takes it.
    seconds, step : float
        Length of a piece and distance of two, in an excerpt of 30 s.
    sr, n_fft, hop_length : int
        Sampling rate in Hz; length and step of the analysis frames in samples.
    """

    kind: str
    shape: tuple[int, ...]
    seconds: float = EXCERPT_SECONDS
    step: float = EXCERPT_SECONDS
    sr: int = 22_050
    n_fft: int = 2_048
    hop_length: int = 512

    def __post_init__(self) -> None:
        """Refuse values that make no sense: cards are made by others too."""
        numbers = (self.seconds, self.step, self.sr, self.n_fft, self.hop_length, *self.shape)
        if self.kind not in _KINDS or not self.shape or len(self.shape) > 3:
            raise ModelError(f"The model's card asks for an input that is not known: {self.kind!r}.")
        if any(isinstance(n, bool) or not isinstance(n, int | float) or not 0 < n <= 1e6 for n in numbers):
            raise ModelError("The model's card has an input setting that makes no sense.")
        if max(self.seconds, self.step) > EXCERPT_SECONDS or min(self.seconds, self.step) < 0.1:
            raise ModelError("The model's card asks for pieces that are too long or too short.")

    @classmethod
    def from_json(cls, data: object) -> InputSpec:
        """Read what :meth:`to_json` gives; raise :class:`ModelError` for anything else."""
        if not isinstance(data, Mapping) or data.keys() != {field.name for field in fields(cls)}:
            raise ModelError("The model's card does not say what the input of the network is.")
        if not isinstance(data["shape"], list | tuple) or not isinstance(data["kind"], str):
            raise ModelError("The model's card has an input setting that makes no sense.")
        return cls(**{**data, "shape": tuple(data["shape"])})

    def to_json(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {**asdict(self), "shape": list(self.shape)}

    def pieces(self, y: Floats) -> Array:
        """Turn an excerpt into pieces as they are stored (:func:`to_network` makes them what a network takes).

        Parameters
        ----------
        y : ndarray [shape=(n,)]
            Mono waveform at ``sr``, 30 s or less; a short one is repeated.

        Returns
        -------
        ndarray [shape=(pieces, …)]
            At least one piece.
        """
        return _KINDS[self.kind](self, y)

    def of_file(self, path: str) -> Array:
        """Decode the middle 30 s of a file and turn them into pieces; raise DecodeError if that fails."""
        (y,) = windows(path, sr=self.sr, seconds=EXCERPT_SECONDS, count=1).excerpts
        return self.pieces(y)


def to_network(pieces: Array, shape: tuple[int, ...]) -> Floats:
    """Pieces as stored (any type, a channel may be missing or single) → float32 [shape=(pieces, *shape)]."""
    x = np.asarray(pieces, dtype=np.float32)
    if x.ndim == len(shape):
        x = x[..., None]
    return np.ascontiguousarray(np.broadcast_to(x, (len(x), *shape)))


def _cut(y: Floats, spec: InputSpec) -> list[Floats]:
    """Pieces of an excerpt, each with the samples of its length."""
    size, step = round(spec.seconds * spec.sr), round(spec.step * spec.sr)
    if len(y) < _ALMOST * size:
        return [np.resize(y, size)]
    count = 1 + int((len(y) - _ALMOST * size) // step)
    return [_padded(y[k * step : k * step + size], size) for k in range(count)]


def _padded(y: Floats, size: int) -> Floats:
    return np.pad(y, (0, size - len(y)))


def _features(spec: InputSpec, y: Floats) -> Array:
    rows = [_statistics(piece, spec.sr) for piece in _cut(y, spec)]
    return np.array([[row[name] for name in NUMBERS[: spec.shape[0]]] for row in rows], dtype=np.float32)


def _statistics(y: Floats, sr: int) -> dict[str, float]:
    """The numbers of the GTZAN table, by name, as its makers computed them: everywhere librosa's defaults.

    Their tempo is that of :func:`librosa.beat.beat_track`, which has it from here before it looks for the beats.
    """
    from librosa import feature
    from librosa.effects import hpss
    from librosa.onset import onset_strength

    harmony, percussion = hpss(y)
    over_time = {
        "chroma_stft": feature.chroma_stft(y=y, sr=sr),
        "rms": feature.rms(y=y),
        "spectral_centroid": feature.spectral_centroid(y=y, sr=sr),
        "spectral_bandwidth": feature.spectral_bandwidth(y=y, sr=sr),
        "rolloff": feature.spectral_rolloff(y=y, sr=sr),
        "zero_crossing_rate": feature.zero_crossing_rate(y),
        "harmony": harmony,
        "perceptr": percussion,
        **{f"mfcc{i}": row for i, row in enumerate(feature.mfcc(y=y, sr=sr), 1)},
    }
    strength = onset_strength(y=y, sr=sr, aggregate=np.median)
    tempo = feature.tempo(onset_envelope=strength, sr=sr).item() if strength.any() else 0.0
    means = {f"{name}_mean": float(np.mean(values)) for name, values in over_time.items()}
    variances = {f"{name}_var": float(np.var(values)) for name, values in over_time.items()}
    return {**means, **variances, "tempo": tempo}


def _mfcc(spec: InputSpec, y: Floats) -> Array:
    from librosa.feature import mfcc

    frames, count = spec.shape
    rows = [
        mfcc(y=piece, sr=spec.sr, n_mfcc=count, n_fft=spec.n_fft, hop_length=spec.hop_length).T
        for piece in _cut(y, spec)
    ]
    return np.stack([np.resize(row[:frames], (frames, count)) for row in rows]).astype(np.float32)


def _stft(spec: InputSpec, y: Floats) -> Array:
    """Level of each bin above the constant one: 80 dB below the loudest → 0…1 [shape=(pieces, bins, frames)]."""
    import librosa

    bins, frames = spec.shape[:2]
    spectra = [librosa.stft(piece, n_fft=spec.n_fft, hop_length=spec.hop_length) for piece in _cut(y, spec)]
    magnitudes = [np.abs(spectrum[1 : bins + 1, :frames]) for spectrum in spectra]
    levels = [1 + librosa.amplitude_to_db(values, ref=np.max, top_db=_TOP_DB) / _TOP_DB for values in magnitudes]
    return np.stack(levels).astype(np.float16)


def _mel(spec: InputSpec, y: Floats) -> Array:
    return picture_to_mel(draw_picture(y, spec), spec)


def _picture_mfcc(spec: InputSpec, y: Floats) -> Array:
    return picture_to_mfcc(draw_picture(y, spec), spec)


_KINDS: dict[str, Callable[[InputSpec, Floats], Array]] = {
    "features": _features,
    "mfcc": _mfcc,
    "picture-mfcc": _picture_mfcc,
    "mel": _mel,
    "stft": _stft,
}


def draw_picture(y: Floats, spec: InputSpec) -> NDArray[np.uint8]:
    """Draw 30 s of sound as the pictures of the GTZAN collection are drawn, in grey.

    They were made with :func:`librosa.amplitude_to_db` of the mel bands' *power*.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        Waveform; repeated if it is shorter.
    spec : InputSpec
        Sampling rate and analysis frames.

    Returns
    -------
    ndarray [shape=(218, 336), dtype=uint8]
        Low frequencies first; 255 is the loudest, 0 is 40 dB below it.
    """
    import librosa

    size = round(EXCERPT_SECONDS * spec.sr)
    sound = np.resize(y, size) if len(y) < _ALMOST * size else _padded(y[:size], size)
    power = librosa.feature.melspectrogram(
        y=sound, sr=spec.sr, n_mels=_PICTURE_BANDS, n_fft=spec.n_fft, hop_length=spec.hop_length
    )
    level = librosa.amplitude_to_db(power, ref=np.max, top_db=_TOP_DB).astype(np.float64)
    edges = np.linspace(0, level.shape[1], PICTURE_COLUMNS + 1).astype(np.int64)[:-1]
    columns = np.add.reduceat(level, edges, axis=1) / np.diff(edges, append=level.shape[1])
    # The collection's margins were cut a little deep: there everything is seen one column earlier.
    columns = np.concatenate([columns[:, 1:], columns[:, -1:]], axis=1)
    picture = 255 * (1 + resized(columns, PICTURE_ROWS, PICTURE_COLUMNS) / _TOP_DB)
    return np.asarray(np.round(picture.clip(0, 255)), dtype=np.uint8)


def picture_to_mel(picture: NDArray[np.uint8], spec: InputSpec) -> Array:
    """Mel picture [shape=(rows, columns)] → one piece of the size that the network takes, 0…255."""
    rows, columns = spec.shape[:2]
    return np.round(resized(picture.astype(np.float32), rows, columns)).astype(np.uint8)[None]


def picture_to_mfcc(picture: NDArray[np.uint8], spec: InputSpec) -> Array:
    """Mel picture → MFCC by a discrete cosine transform over its rows, cut into segments.

    Parameters
    ----------
    picture : ndarray [shape=(218, 336), dtype=uint8]
        30 s, low frequencies first.
    spec : InputSpec
        ``shape`` is (frames, coefficients); there are ``30 / step`` segments.

    Returns
    -------
    ndarray [shape=(segments, frames, coefficients)]
        In dB, on the scale of :func:`librosa.feature.mfcc`, as if all recordings were equally loud.

    References
    ----------
    S. Davis and P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition in
    continuously spoken sentences", IEEE Trans. ASSP 28 (4), 1980.
    """
    from librosa.feature import mfcc

    frames, count = spec.shape
    level = _PICTURE_RANGE * (picture.astype(np.float64) / 255 - 1) + _PICTURE_LOUDEST
    level = resized(level, _PICTURE_BANDS, picture.shape[1])
    coefficients = mfcc(S=level, n_mfcc=count).T
    step = spec.step / EXCERPT_SECONDS * len(coefficients)
    starts = [round(k * step) for k in range(round(EXCERPT_SECONDS / spec.step))]
    starts = [start for start in starts if start + frames <= len(coefficients)]
    return np.stack([coefficients[start : start + frames] for start in starts]).astype(np.float32)


def resized(image: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Resize a picture [shape=(any, any)] by linear interpolation between the middles of its cells."""
    for axis, size in enumerate((rows, columns)):
        old = image.shape[axis]
        at = ((np.arange(size) + 0.5) * old / size - 0.5).clip(0, old - 1)
        low = np.minimum(at.astype(np.int64), max(old - 2, 0))
        share = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        image = image.take(low, axis) * (1 - share) + image.take(np.minimum(low + 1, old - 1), axis) * share
    return image
