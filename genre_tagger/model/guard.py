"""Is this music at all? A guard that looks at how the spectrum moves and at what the network takes the sound for.

Neither is enough: how a spectrum moves tells test tones, noise and engines from music, and takes a lone singer for a
talker; the network has learned from recordings what speech and animals are, and takes a synthesiser for an alarm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.model.features import FeatureSpec, power_of

Floats = NDArray[np.float32]

_LN_10 = math.log(10)
_RATE = 31.25  # frames a second, about, are enough to follow syllables and notes
_FLOOR = 1e-4  # of the mean power: what is 40 dB below it does not count
_LAGS = (1, 2, 4, 8, 16, 32)
_RATES = (0.6, 1.2, 2.4, 4.8, 9.6)  # Hz
_GROUPS = 8
_MOST_PATCHES = 8  # of a track, spread over it; more cost time and tell nothing new
_MOST_UNITS = 1_000
_LONGEST_NUMBER = 40

STATISTICS = (
    "pauses below -10 dB", "pauses below -20 dB", "spread of loudness", "skew of loudness", "change of loudness",
    "attack", "sharpness of attacks",
    *(f"loudness, share above {rate} Hz" for rate in _RATES), "loudness, strongest rate",
    *(f"bands, share above {rate} Hz" for rate in _RATES), "bands, strongest rate",
    *(f"level of band group {number + 1}" for number in range(_GROUPS)),
    *(f"spread of band group {number + 1}" for number in range(_GROUPS)),
    "flatness", "spread of flatness", "centroid", "spread of centroid", "bandwidth",
    "fineness", "lines against gaps", "different lines in all", "lines at a time", "steadiness of lines",
    *(f"lines that stay {lag} frames" for lag in _LAGS), "lines that move",
    *(f"lines that come and stay {lag} frames" for lag in (2, 8, 32)),
    "lines that glide", "difference between patches",
)  # fmt: skip

#: What the network takes a sound for, in the order of its output ``sounds``: families of AudioSet's classes.
SOUNDS = (
    "speech", "voices", "singing", "crowd", "animals", "music", "instruments", "genres", "weather", "engines", "alarms",
    "things", "silence", "tones", "rooms", "noise", "broadcasts",
)  # fmt: skip

# Those of them that are music.
_MUSIC = ("singing", "music", "instruments", "genres")
NUMBERS = (*STATISTICS, *SOUNDS)

_SPREAD = STATISTICS.index("spread of loudness")
# Nepers of power: test tones have 0.0, the steadiest of 1,300 stretches of real music 0.28.
_STEADY = 0.1


def statistics(patches: Floats, spec: FeatureSpec) -> NDArray[np.float64]:
    """Say how the spectrum of a track moves, whatever its level.

    Parameters
    ----------
    patches : ndarray [shape=(patches, frames, bands)]
        Log-mel patches of a track; of more than a few, some are taken, spread evenly.
    spec : FeatureSpec
        What they are.

    Returns
    -------
    ndarray [shape=(len(STATISTICS),)]
        Finite numbers in the order of :data:`STATISTICS`.

    Notes
    -----
    Loudness is the mean power of a frame, in natural logarithms. "Lines" are what stands out from the bands two
    below and two above; that they stay is their correlation with themselves some frames later (32 ms each).
    """
    step = max(1, round(spec.sr / spec.hop_length / _RATE))
    some = np.linspace(0, len(patches) - 1, min(len(patches), _MOST_PATCHES)).round().astype(np.intp)
    power = power_of(patches[some, ::step], spec.log)
    power *= np.float32(1 / max(float(power.mean()), 1e-12))
    level = np.log(power + np.float32(_FLOOR))
    of_power, of_level = _sums(spec.n_mels)
    moments, groups = power @ of_power, level @ of_level
    loudness = np.log(moments[..., 0] * np.float32(1 / spec.n_mels) + np.float32(1e-3))
    flatness, groups = groups[..., -1] - loudness, groups[..., :-1]
    rate = spec.sr / spec.hop_length / step
    by_time = groups.transpose(0, 2, 1).reshape(-1, groups.shape[1])
    middle = groups.mean(axis=(0, 1))
    found = [
        *_of_loudness(loudness), *_rates(loudness, rate), *_rates(by_time, rate),
        *(middle - middle.mean()), *groups.std(axis=1).mean(axis=0),
        *_of_shape(moments, flatness, loudness), *_of_lines(level), float(groups.mean(axis=1).std(axis=0).mean()),
    ]  # fmt: skip
    return np.asarray(found, dtype=np.float64)


def numbers(patches: Floats, sounds: Floats, spec: FeatureSpec) -> NDArray[np.float64]:
    """What the guard looks at.

    Parameters
    ----------
    patches, spec
        As :func:`statistics` takes them.
    sounds : ndarray [shape=(patches, len(SOUNDS))]
        What the network takes these patches for, or some of them: logarithms of probabilities.

    Returns
    -------
    ndarray [shape=(len(NUMBERS),)]
        In the order of :data:`NUMBERS`.
    """
    return np.concatenate([statistics(patches, spec), sounds.mean(axis=0, dtype=np.float64)])


def is_speech(sounds: Floats) -> bool:
    """Whether somebody talks in what is no music, also with music below: speech is likelier than any other sound.

    Parameters
    ----------
    sounds : ndarray [shape=(patches, len(SOUNDS))]
        As :func:`numbers` takes them.
    """
    likely = dict(zip(SOUNDS, sounds.mean(axis=0, dtype=np.float64).tolist(), strict=True))
    others = {name: value for name, value in likely.items() if name not in _MUSIC}
    return max(others, key=others.__getitem__) == "speech"


@lru_cache(maxsize=8)
def _sums(bands: int) -> tuple[Floats, Floats]:
    """What is summed over the bands of a frame, as products of matrices, which are faster than sums one by one.

    Returns
    -------
    of_power : ndarray [shape=(bands, 3)]
        To the power of a frame, and its first and second moment; the bands' places are in 0…1.
    of_level : ndarray [shape=(bands, groups + 1)]
        To the mean level of neighbouring bands, and of all.
    """
    place = np.arange(bands, dtype=np.float32) / bands
    groups = np.zeros((bands, _GROUPS + 1), dtype=np.float32)
    edges = np.linspace(0, bands, _GROUPS + 1).astype(np.intp)
    for group, (low, high) in enumerate(pairwise(edges)):
        groups[low:high, group] = 1 / (high - low)
    groups[:, -1] = 1 / bands
    return np.stack([np.ones_like(place), place, np.square(place)], axis=1), groups


def _of_loudness(loudness: Floats) -> list[float]:
    away = loudness - loudness.mean(axis=1, keepdims=True)
    change = np.diff(loudness, axis=1)
    squares = np.square(change)
    rising, falling = float(squares[change > 0].sum()), float(squares[change < 0].sum())
    small = 1e-4 * change.size
    return [
        float((loudness < -_LN_10).mean()),
        float((loudness < -2 * _LN_10).mean()),
        float(loudness.std(axis=1).mean()),
        float((away**3).mean()) / (float(away.std()) ** 3 + 1e-2),
        float(np.abs(change).mean()),
        math.log((rising + small) / (falling + small)),
        math.log((float(np.square(squares).mean()) + 1e-6) / (float(squares.mean()) + 1e-3) ** 2),
    ]


def _rates(curves: Floats, rate: float) -> list[float]:
    """How fast curves [shape=(n, frames)] change: shares of their power above some rates, and its highest peak."""
    centred = curves - curves.mean(axis=1, keepdims=True)
    spectrum = np.square(np.abs(np.fft.rfft(centred * np.hanning(curves.shape[1]).astype(np.float32))))
    frequencies = np.fft.rfftfreq(curves.shape[1], 1 / rate)
    whole = float(spectrum.sum()) + 0.1 * len(curves)
    shares = [float(spectrum[:, frequencies >= low].sum()) / whole for low in _RATES]
    beating = spectrum[:, frequencies >= 1]
    peak = beating.max(axis=1) / (beating.mean(axis=1) + 1e-2)
    return [*(math.log(share + 1e-3) for share in shares), math.log(float(peak.mean()) + 1e-2)]


def _of_shape(moments: Floats, flatness: Floats, loudness: Floats) -> list[float]:
    """Flatness, centroid and bandwidth of the frames that are not pauses."""
    heard = loudness >= min(-1.5 * _LN_10, float(loudness.max()))
    moments, flatness = moments[heard], flatness[heard]
    total = moments[:, 0] + np.float32(1e-6)
    centre = moments[:, 1] / total
    width = np.sqrt(np.maximum(moments[:, 2] / total - np.square(centre), 0))
    return [float(v) for v in (flatness.mean(), flatness.std(), centre.mean(), centre.std(), width.mean())]


def _of_lines(level: Floats) -> list[float]:
    """How far single bands stand out, and whether they stay, come and go, or glide."""
    lines = level[..., 2:-2] - np.float32(0.5) * (level[..., :-4] + level[..., 4:])
    above = np.maximum(lines, 0)
    whole = _together(lines, lines) / lines.size + 1e-2
    usual = lines.mean(axis=1)
    still = float(np.square(usual).mean())
    moved = max(whole - still, 1e-2)
    staying = {lag: _later(lines, lag) for lag in _LAGS}
    now, later = lines[:, :-2], lines[:, 2:, 1:-1]
    glide = [_together(now[..., side], later) / later.size for side in (slice(0, -2), slice(2, None))]
    return [
        math.log(whole),
        *_of_peaks(above, whole),
        *(product / whole for product in staying.values()),
        math.log(moved / whole),
        *((staying[lag] - still) / moved for lag in (2, 8, 32)),
        max(glide) / whole,
    ]


def _of_peaks(above: Floats, whole: float) -> list[float]:
    """How much of the lines is above their surroundings, at how many places, and whether these stay."""
    squares = np.einsum("ntb,ntb->nt", above, above)
    all_squares = float(squares.sum()) / above.size
    at_a_time = np.square(above.sum(axis=2)) / (squares + np.float32(1e-2))
    by_patch = above.mean(axis=1)
    in_all = by_patch.mean(axis=0)
    return [
        all_squares / whole,
        math.log(float(in_all.sum()) ** 2 / (float(np.square(in_all).sum()) + 1e-4) + 1),
        math.log(float(at_a_time.mean()) + 1),
        math.log((float(np.square(by_patch).mean()) + 1e-3) / (all_squares + 1e-2)),
    ]


def _together(one: Floats, other: Floats) -> float:
    return float(np.einsum("ntb,ntb->", one, other))


def _later(lines: Floats, lag: int) -> float:
    """Mean product of lines and themselves some frames later."""
    if lines.shape[1] <= lag:
        return 0.0
    early = lines[:, :-lag]
    return _together(early, lines[:, lag:]) / early.size


@dataclass(frozen=True, slots=True)
class Guard:
    """A small classifier on :func:`numbers`, as many as there are in all; its own stand in the model's card.

    Attributes
    ----------
    mean, scale : ndarray [shape=(numbers,)]
        What is taken off each number, and what it is divided by.
    hidden, hidden_bias : ndarray [shape=(numbers, units)], [shape=(units,)]
        The first layer; its answer goes through tanh.
    out, out_bias : ndarray [shape=(units,)], float
        The second, to the logit of "this is music".
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    hidden: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    out: NDArray[np.float64]
    out_bias: float

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read the ``guard`` object of a card.

        Raises
        ------
        ModelError
            If a number is missing, not finite, or the shapes do not fit the numbers of this program.
        """
        if not isinstance(data, Mapping) or data.get("numbers") != list(NUMBERS):
            raise ModelError("The model's card has a guard that this program does not understand.")
        count, units = len(NUMBERS), data.get("units")
        if not isinstance(units, int) or isinstance(units, bool) or not 0 < units <= _MOST_UNITS:
            raise ModelError("The model's card has a guard of no sensible size.")
        guard = cls(
            _numbers(data, "mean", count), _numbers(data, "scale", count),
            _numbers(data, "hidden", count * units).reshape(count, units), _numbers(data, "hidden_bias", units),
            _numbers(data, "out", units), float(_numbers(data, "out_bias", 1)[0]),
        )  # fmt: skip
        if not (guard.scale > 0).all():
            raise ModelError("The model's card has a guard that divides by nothing.")
        return guard

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""

        def text(values: NDArray[np.float64]) -> str:
            return " ".join(f"{value:.5g}" for value in values.ravel())

        return {
            "numbers": list(NUMBERS), "units": len(self.out), "mean": text(self.mean), "scale": text(self.scale),
            "hidden": text(self.hidden), "hidden_bias": text(self.hidden_bias), "out": text(self.out),
            "out_bias": text(np.array([self.out_bias])),
        }  # fmt: skip

    def logit(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """How clearly :func:`numbers` [shape=(..., numbers)] are music's; above 0 they are [shape=(...)]."""
        scaled = np.clip((found - self.mean) / self.scale, -5, 5)
        return np.asarray(np.tanh(scaled @ self.hidden + self.hidden_bias) @ self.out + self.out_bias)

    def passes(self, found: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether :func:`numbers` [shape=(..., numbers)] are music's; what never changes its loudness is none."""
        return np.asarray((self.logit(found) > 0) & (found[..., _SPREAD] > _STEADY))


def _numbers(data: Mapping[str, Any], name: str, count: int) -> NDArray[np.float64]:
    """So many finite numbers of a card, which stand in one text with spaces between them."""
    text = data.get(name)
    if not isinstance(text, str) or len(text) > _LONGEST_NUMBER * count:
        raise ModelError(f"The model's card has a guard without numbers: {name}.")
    try:
        found = np.array([float(word) for word in text.split()], dtype=np.float64)
    except ValueError as error:
        raise ModelError(f"The model's card has a guard with something else than numbers: {name}.") from error
    if len(found) != count or not np.isfinite(found).all():
        raise ModelError(f"The model's card has a guard whose numbers do not fit together: {name}.")
    return found
