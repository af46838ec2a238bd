"""What the guard learns from: statistics of music and of everything else, computed once and kept."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.audio import load
from genre_tagger.features import FeatureSpec, log_mel, log_mel_patches
from genre_tagger.guard import STATISTICS, statistics
from genre_tagger.training import nonmusic, pictures, pieces, tracks, tunes
from genre_tagger.training.augment import colour, to_log, to_power
from genre_tagger.training.data import DataFolder
from genre_tagger.training.report import say

Floats = NDArray[np.float64]
Patches = NDArray[np.float32]
Sounds = Iterable[tuple[str, int, Patches]]  # kind, group and patches
_PER_KIND = 48
_TUNES = 80
_PIECE_SECONDS = 30.0
_FIRST_GROUP = 1_000_000  # above all artists
VALID = ("valid", "valid-picture")


@dataclass(frozen=True, slots=True)
class Examples:
    """Sounds as the guard sees them.

    Attributes
    ----------
    numbers : ndarray [shape=(n, statistics)]
        See :func:`genre_tagger.guard.statistics`.
    kinds : ndarray of str [shape=(n,)]
        ``"train"``, ``"valid"``, ``"piece"`` (unlabelled music), ``"picture"``, ``"valid-picture"``, ``"tune"``, or a
        kind of non-music.
    groups : ndarray of int [shape=(n,)]
        Artist or piece; what belongs together stays together in cross-validation.
    whole : ndarray of bool [shape=(n,)]
        Whether it is the sound as it was, not a stretch or a variation of it.
    """

    numbers: Floats
    kinds: NDArray[np.str_]
    groups: NDArray[np.int64]
    whole: NDArray[np.bool_]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Examples:
        return Examples(self.numbers[chosen], self.kinds[chosen], self.groups[chosen], self.whole[chosen])

    @property
    def music(self) -> NDArray[np.bool_]:
        """Which are music."""
        return ~np.isin(self.kinds, list(nonmusic.KINDS))


def examples(data: DataFolder, spec: FeatureSpec, work: str, *, seed: int) -> Examples:
    """Statistics of all sounds, computed once and kept in `work`, part by part.

    Of every sound there is the whole, and for all but the valid clips some variations: stretches of 3 to 12 s, a short
    one that ends in silence, and one with another colour and level, as :mod:`genre_tagger.training.augment` makes it.
    """
    folder = os.path.join(work, f"guard-{seed}")
    os.makedirs(folder, exist_ok=True)
    parts = []
    for number, (name, sounds) in enumerate(_parts(data, spec, seed).items()):
        path = os.path.join(folder, f"{name}.npz")
        if not _is_up_to_date(path):
            say(f"guard: computing the statistics of {name}")
            _compute(sounds(), spec, path, np.random.default_rng([seed, number]), vary=name not in VALID)
        with np.load(path, allow_pickle=False) as stored:
            parts.append([stored[column] for column in ("numbers", "kinds", "groups", "whole")])
    return Examples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _is_up_to_date(path: str) -> bool:
    if not os.path.exists(path):
        return False
    with np.load(path, allow_pickle=False) as stored:
        return list(stored["statistics"]) == list(STATISTICS)


def _compute(sounds: Sounds, spec: FeatureSpec, path: str, rng: np.random.Generator, *, vary: bool) -> None:
    rows: list[Floats] = []
    kinds, groups, whole = [], [], []
    for kind, group, patches in sounds:
        found = list(_variations(patches, spec, rng)) if vary else [numbers_of(patches, spec)]
        rows += found
        kinds += [kind] * len(found)
        groups += [group] * len(found)
        whole += [True] + [False] * (len(found) - 1)
    np.savez(
        path + ".partial.npz", numbers=np.stack(rows), kinds=np.array(kinds), groups=np.array(groups),
        whole=np.array(whole), statistics=np.array(STATISTICS),
    )  # fmt: skip
    os.replace(path + ".partial.npz", path)


def _parts(data: DataFolder, spec: FeatureSpec, seed: int) -> dict[str, Callable[[], Sounds]]:
    """Name of each part, and what gives kind, group and patches of its sounds."""
    parts: dict[str, Callable[[], Sounds]] = {
        "train": lambda: _clips(data, spec, "train"),
        "valid": lambda: _clips(data, spec, "valid"),
        "piece": lambda: _pieces(data, spec),
        "picture": lambda: _pictures(data, spec, seed, "train"),
    }
    for number, kind in enumerate(tunes.KINDS):
        parts[f"tune-{kind}"] = functools.partial(_tunes, spec, seed, number, kind)
    for number, kind in enumerate(nonmusic.KINDS):
        parts[f"rest-{kind}"] = functools.partial(_rest, spec, seed, number, kind)
    return parts | {"valid-picture": lambda: _pictures(data, spec, seed, "valid")}


def _clips(data: DataFolder, spec: FeatureSpec, split: str) -> Iterator[tuple[str, int, Patches]]:
    for clip in data.clips(split):
        yield split, clip.artist, tracks.patches(clip.path, spec)


def _pieces(data: DataFolder, spec: FeatureSpec) -> Iterator[tuple[str, int, Patches]]:
    """The unlabelled music in stretches, without the recordings that are kept for testing the guard."""
    paths = [path for path in data.music() if os.path.basename(os.path.dirname(path)) != "librosa"]
    length = int(_PIECE_SECONDS * spec.sr)
    for number, path in enumerate(paths):
        y = load(path, sr=spec.sr)
        for start in range(0, len(y) - length // 2, length):
            yield "piece", _FIRST_GROUP + number, log_mel_patches(y[start : start + length], spec)


def _pictures(data: DataFolder, spec: FeatureSpec, seed: int, split: str) -> Iterator[tuple[str, int, Patches]]:
    """Tracks of a split of which only a picture is at hand, with the grain of real sounds."""
    images, artists = data.pictures("train"), data.artists()
    clips = [clip for clip in data.clips("train") if clip.name in images]
    spectra = [log_mel(load(clip.path, sr=spec.sr), spec) for clip in clips]
    weights = pictures.fit([images[clip.name] for clip in clips], spectra, spec)
    heard, kind = {clip.name for clip in data.clips(split)}, {"train": "picture", "valid": "valid-picture"}[split]
    drawn = {name: image for name, image in data.pictures(split).items() if name not in heard}
    for name, spectrum in zip(drawn, pieces.grained(drawn, weights, spectra, spec, seed=seed), strict=True):
        yield kind, artists[name], tracks.cut(spectrum, spec)


def _tunes(spec: FeatureSpec, seed: int, number: int, kind: str) -> Iterator[tuple[str, int, Patches]]:
    # Whoever plays alone is nearest to what is no music, most of all in a short clip.
    many, longest = (3 * _TUNES, 15.0) if kind == "solo" else (_TUNES, 30.0)
    for take, y in enumerate(tunes.tunes(seed, many, seconds=(3.2, longest), kinds=(kind,))):
        yield "tune", 2 * _FIRST_GROUP + 1_000 * number + take, log_mel_patches(y, spec)


def _rest(spec: FeatureSpec, seed: int, number: int, kind: str) -> Iterator[tuple[str, int, Patches]]:
    # Somebody who talks is what a music folder holds most of beside music.
    many = 4 * _PER_KIND if kind == "reading" else _PER_KIND
    for take, signal in enumerate(nonmusic.signals(seed, many, kinds=(kind,))):
        yield kind, 3 * _FIRST_GROUP + 1_000 * number + take, log_mel_patches(signal.y, spec)


def numbers_of(patches: Patches, spec: FeatureSpec) -> Floats:
    """Statistics of a track's patches, as the program computes them."""
    return statistics(patches, spec.sr / spec.hop_length)


def _variations(patches: Patches, spec: FeatureSpec, rng: np.random.Generator) -> Iterable[Floats]:
    """The whole, two stretches, a short one that ends in silence, and the whole in another colour and level."""
    yield numbers_of(patches, spec)
    for _ in range(2):
        start = int(rng.integers(len(patches)))
        yield numbers_of(patches[start : start + int(rng.integers(1, 8))], spec)
    start = int(rng.integers(len(patches)))
    short = patches[start : start + int(rng.integers(1, 3))].copy()
    short[-1, int(rng.uniform(0.5, 0.95) * spec.patch_frames) :] = 0  # the second half: the patch before ends there
    yield numbers_of(short, spec)
    power = to_power(patches.reshape(-1, spec.n_mels))
    yield numbers_of(to_log(colour(power, rng)).reshape(patches.shape), spec)
