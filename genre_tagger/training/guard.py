"""Teach the guard (:mod:`genre_tagger.guard`) what is music and what is not, on whole tracks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.audio import load
from genre_tagger.features import FeatureSpec, log_mel_patches
from genre_tagger.guard import STATISTICS, Guard, statistics
from genre_tagger.training import nonmusic, tracks, tunes
from genre_tagger.training.augment import colour, to_log, to_power
from genre_tagger.training.data import DataFolder
from genre_tagger.training.head import folds
from genre_tagger.training.report import say

Floats = NDArray[np.float64]
_PER_KIND = 48
_TUNES = 80
_PIECE_SECONDS = 30.0
_UNITS, _MEMBERS, _PENALTY = 16, 3, 0.2
# Share of music that the guard may turn away: of whole tracks, by cross-validation over artists.
_LOST = 0.0075
_SEPARATE_SEED = 1_000


@dataclass(frozen=True, slots=True)
class Examples:
    """Sounds as the guard sees them.

    Attributes
    ----------
    numbers : ndarray [shape=(n, statistics)]
        See :func:`genre_tagger.guard.statistics`.
    kinds : ndarray of str [shape=(n,)]
        ``"train"``, ``"valid"``, ``"piece"`` (unlabelled music), ``"tune"``, or a kind of non-music.
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


def fit(data: DataFolder, spec: FeatureSpec, work: str, *, seed: int = 7) -> dict[str, Any]:
    """Fit the guard.

    Parameters
    ----------
    data : DataFolder
        Training clips and unlabelled music are learned from; the recordings in ``music/librosa`` never.
    spec : FeatureSpec
        What the model hears.
    work : str
        Folder for the statistics, which take some minutes to compute the first time.
    seed : int
        Of all randomness.

    Returns
    -------
    dict
        For the card's ``guard``.
    """
    known = examples(data, spec, work, seed=seed)
    known = known[known.kinds != "valid"]
    fold = folds(known.groups, 5, seed)
    held_out = np.zeros(len(fold))
    for number in range(5):
        held_out[fold == number] = train(known[fold != number], seed).logit(known.numbers[fold == number])
    heard = known.whole & np.isin(known.kinds, ["train", "piece"])
    limit = float(np.quantile(held_out[heard], _LOST))
    turned_away = float(np.mean(held_out[~known.music & known.whole] <= limit))
    say(f"guard: limit {limit:.2f}; {turned_away:.1%} of the synthesised sounds turned away")
    found = train(known, seed)
    return Guard(
        found.mean, found.scale, found.hidden, found.hidden_bias, found.out, found.out_bias - limit
    ).to_json()


def train(known: Examples, seed: int) -> Guard:
    """Average a few small networks that differ in their seeds; together they are one with more units.

    Parameters
    ----------
    known : Examples
        What to learn from; music and the rest count the same.
    seed : int
        Of the networks.

    Returns
    -------
    Guard
        Above 0 for what is more likely music.
    """
    from sklearn.neural_network import MLPClassifier

    mean, scale = known.numbers.mean(axis=0), known.numbers.std(axis=0) + 1e-3
    scaled = np.clip((known.numbers - mean) / scale, -5, 5)
    members = []
    for number in range(_MEMBERS):
        network = MLPClassifier(
            (_UNITS,), activation="tanh", alpha=_PENALTY, learning_rate_init=3e-3, max_iter=600,
            random_state=seed + number,
        )
        members.append(network.fit(scaled, known.music))
    return Guard(
        mean,
        scale,
        hidden=np.concatenate([member.coefs_[0] for member in members], axis=1),
        hidden_bias=np.concatenate([member.intercepts_[0] for member in members]),
        out=np.concatenate([member.coefs_[1][:, 0] for member in members]) / _MEMBERS,
        out_bias=float(np.mean([member.intercepts_[1][0] for member in members])),
    )


def measure(guard: Guard, data: DataFolder, spec: FeatureSpec, work: str, *, seed: int = 7) -> dict[str, Any]:
    """Measure a guard on what it was not taught: valid clips, and sounds synthesised anew.

    Returns
    -------
    dict
        For the card's ``measured``: ``music_kept`` (share of the valid clips), ``tracks``, ``turned_away`` (share of
        each kind of non-music).
    """
    valid = examples(data, spec, work, seed=seed)
    valid = valid[(valid.kinds == "valid") & valid.whole]
    fresh = [(signal.kind, _numbers(heard(signal.y, spec), spec)) for signal in nonmusic.signals(seed + _SEPARATE_SEED)]
    kinds = np.array([kind for kind, _ in fresh])
    gone = guard.logit(np.stack([numbers for _, numbers in fresh])) <= 0
    return {
        "music_kept": round(float(np.mean(guard.logit(valid.numbers) > 0)), 4),
        "tracks": len(valid.kinds),
        "turned_away": {kind: round(float(gone[kinds == kind].mean()), 3) for kind in nonmusic.KINDS},
    }


def left_out(known: Examples, seed: int) -> dict[str, float]:
    """Share of each kind of non-music that is turned away by a guard that never heard that kind.

    Parameters
    ----------
    known : Examples
        From :func:`examples`.
    seed : int
        Of the guards.

    Returns
    -------
    dict of str to float
        By kind, at a limit that keeps all but :data:`_LOST` of the music learned from.
    """
    shares = {}
    for kind in nonmusic.KINDS:
        guard = train(known[(known.kinds != kind) & (known.kinds != "valid")], seed)
        limit = np.quantile(guard.logit(known.numbers[(known.kinds == "train") & known.whole]), _LOST)
        shares[kind] = float(np.mean(guard.logit(known.numbers[(known.kinds == kind) & known.whole]) <= limit))
    return shares


# --- examples --------------------------------------------------------------------------------------------


def examples(data: DataFolder, spec: FeatureSpec, work: str, *, seed: int) -> Examples:
    """Statistics of all sounds, computed once and kept in `work`.

    Of every sound there is the whole, and for all but the valid clips stretches of 3 to 12 s and one with another
    colour and level, as :mod:`genre_tagger.training.augment` makes them.
    """
    path = os.path.join(work, f"guard-{seed}.npz")
    if not os.path.exists(path):
        _compute(data, spec, path, seed)
    with np.load(path, allow_pickle=False) as stored:
        if list(stored["statistics"]) == list(STATISTICS):
            return Examples(stored["numbers"], stored["kinds"], stored["groups"], stored["whole"])
    os.remove(path)
    return examples(data, spec, work, seed=seed)


def _compute(data: DataFolder, spec: FeatureSpec, path: str, seed: int) -> None:
    say("computing what the guard learns from")
    rng = np.random.default_rng(seed)
    rows: list[Floats] = []
    kinds, groups, whole = [], [], []
    for kind, group, patches in _sounds(data, spec, seed):
        found = [_numbers(patches, spec)] if kind == "valid" else list(_variations(patches, spec, rng))
        rows += found
        kinds += [kind] * len(found)
        groups += [group] * len(found)
        whole += [True] + [False] * (len(found) - 1)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    np.savez(
        path + ".partial.npz", numbers=np.stack(rows), kinds=np.array(kinds), groups=np.array(groups),
        whole=np.array(whole), statistics=np.array(STATISTICS),
    )  # fmt: skip
    os.replace(path + ".partial.npz", path)


def _sounds(data: DataFolder, spec: FeatureSpec, seed: int) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
    """Kind, group and patches of every sound."""
    for split in ("train", "valid"):
        for clip in data.clips(split):
            yield split, clip.artist, tracks.patches(clip.path, spec)
    made = 1_000_000
    for number, path in enumerate(_pieces(data)):
        y = load(path, sr=spec.sr)
        for start in range(0, len(y), int(_PIECE_SECONDS * spec.sr)):
            piece = y[start : start + int(_PIECE_SECONDS * spec.sr)]
            if len(piece) >= 3 * spec.sr:
                yield "piece", made + number, heard(piece, spec)
    for number, tune in enumerate(tunes.tunes(seed, _TUNES)):
        yield "tune", 2 * made + number, heard(tune, spec)
    for number, signal in enumerate(nonmusic.signals(seed, _PER_KIND)):
        yield signal.kind, 3 * made + number, heard(signal.y, spec)


def _pieces(data: DataFolder) -> Sequence[str]:
    """The unlabelled music that is not kept for testing the guard."""
    return [path for path in data.music() if os.path.basename(os.path.dirname(path)) != "librosa"]


def heard(y: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Patches of a waveform at 16 kHz, as those of a file."""
    return log_mel_patches(y, spec)


def _numbers(patches: NDArray[np.float32], spec: FeatureSpec) -> Floats:
    return statistics(apart(patches, spec), spec.sr / spec.hop_length)


def apart(patches: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Those of a track's patches that do not overlap."""
    return patches[:: max(1, spec.patch_frames // spec.patch_hop)]


def _variations(patches: NDArray[np.float32], spec: FeatureSpec, rng: np.random.Generator) -> Iterable[Floats]:
    """The whole, two stretches, and one of another colour and level."""
    yield _numbers(patches, spec)
    for _ in range(2):
        start = int(rng.integers(len(patches)))
        yield _numbers(patches[start : start + int(rng.integers(1, 8))], spec)
    some = apart(patches, spec)
    power = to_power(some.reshape(-1, spec.n_mels))
    yield statistics(to_log(colour(power, rng)).reshape(some.shape), spec.sr / spec.hop_length)
