"""Teach the guard (:mod:`genre_tagger.model.guard`) what is music and what is not, on whole tracks."""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.model import features, guard
from genre_tagger.model.features import FeatureSpec, log_mel_patches
from genre_tagger.model.guard import Guard
from genre_tagger.sound import mel
from genre_tagger.sound.audio import load
from genre_tagger.training.data import tracks
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.data.report import say
from genre_tagger.training.student import augment, pieces
from genre_tagger.training.student.head import folds
from genre_tagger.training.synth import nonmusic, reader, sounds, tunes, voices

_UNITS, _MEMBERS, _PENALTY = 16, 9, 0.1
# Share of music that the guard may turn away: of whole training clips, by cross-validation over artists. It is asked to
# be more lenient than even chances where that would be more, and never to be stricter.
_LOST = 0.0075
_SEPARATE_SEED = 1_000


def fit(plan: Plan) -> dict[str, Any]:
    """Fit the guard.

    Parameters
    ----------
    plan : Plan
        Of its data, training clips and unlabelled music are learned from, the recordings in ``music/librosa`` never.
        Its work folder keeps the statistics, which take some minutes to compute the first time.

    Returns
    -------
    dict
        For the card's ``guard``.
    """
    known = examples(plan)
    known = known[~np.isin(known.kinds, VALID)]
    fold = folds(known.groups, 5, plan.seed)
    held_out = np.zeros(len(fold))
    for number in range(5):
        held_out[fold == number] = train(known[fold != number], plan.seed).logit(known.numbers[fold == number])
    limit = min(0.0, float(np.quantile(held_out[known.whole & (known.kinds == "train")], _LOST)))
    turned_away = float(np.mean(held_out[~known.music & known.whole] <= limit))
    say(f"guard: limit {limit:.2f}; {turned_away:.1%} of the synthesised sounds turned away")
    found = train(known, plan.seed)
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


def measure(guard: Guard, plan: Plan) -> dict[str, Any]:
    """Measure a guard on what it was not taught: valid clips, and sounds synthesised anew.

    Returns
    -------
    dict
        For the card's ``measured``: ``music_kept`` (share of the valid clips), ``tracks``, the same as
        ``pictures_kept`` and ``pictures`` of the valid tracks of which only pictures are at hand, and ``turned_away``
        (share of each kind of non-music, of which there were ``each``).
    """
    known = examples(plan)
    kept = {kind: guard.passes(known.numbers[known.kinds == kind]) for kind in VALID}
    kinds, rows = [], []
    for signal in nonmusic.signals(plan.seed + _SEPARATE_SEED):
        kinds.append(signal.kind)
        rows.append(numbers_of(log_mel_patches(signal.y, plan.spec), plan.spec))
    gone, kind_of = ~guard.passes(np.stack(rows)), np.array(kinds)
    return {
        "music_kept": round(float(np.mean(kept["valid"])), 4),
        "tracks": len(kept["valid"]),
        "pictures_kept": round(float(np.mean(kept["valid-picture"])), 4),
        "pictures": len(kept["valid-picture"]),
        "each": len(kinds) // len(nonmusic.KINDS),
        "turned_away": {kind: round(float(gone[kind_of == kind].mean()), 3) for kind in nonmusic.KINDS},
    }


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
        See :func:`genre_tagger.model.guard.statistics`.
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


def examples(plan: Plan) -> Examples:
    """Statistics of all sounds, computed once and kept in the work folder, part by part.

    Of every sound there is the whole, and for all but the valid clips some variations: stretches of 3 to 12 s, a short
    one that ends in silence, and one with another colour and level, as
    :mod:`genre_tagger.training.student.augment` makes it.
    """
    folder = plan.kept(f"guard-{plan.seed}")
    os.makedirs(folder, exist_ok=True)
    parts = []
    for number, (name, made) in enumerate(_parts(plan).items()):
        path = os.path.join(folder, f"{name}.npz")
        if not _is_up_to_date(path):
            say(f"guard: computing the statistics of {name}")
            _compute(made(), plan.spec, path, np.random.default_rng([plan.seed, number]), vary=name not in VALID)
        with np.load(path, allow_pickle=False) as stored:
            parts.append([stored[column] for column in ("numbers", "kinds", "groups", "whole")])
    return Examples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _is_up_to_date(path: str) -> bool:
    if not os.path.exists(path):
        return False
    with np.load(path, allow_pickle=False) as stored:
        return "made_by" in stored and str(stored["made_by"]) == _made_by()


@functools.cache
def _made_by() -> str:
    """Fingerprint of the code that makes sounds and statistics: what another version made is made again."""
    digest = hashlib.sha256()
    makers = (augment, features, guard, pieces, mel, nonmusic, pieces, pieces, reader, sounds, tunes, voices)
    for module in (*makers, sys.modules[__name__]):
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def _compute(made: Sounds, spec: FeatureSpec, path: str, rng: np.random.Generator, *, vary: bool) -> None:
    rows: list[Floats] = []
    kinds, groups, whole = [], [], []
    for kind, group, patches in made:
        found = list(_variations(patches, spec, rng)) if vary else [numbers_of(patches, spec)]
        rows += found
        kinds += [kind] * len(found)
        groups += [group] * len(found)
        whole += [True] + [False] * (len(found) - 1)
    with replacing(path) as file:
        np.savez(
            file, numbers=np.stack(rows), kinds=np.array(kinds), groups=np.array(groups),
            whole=np.array(whole), made_by=np.array(_made_by()),
        )  # fmt: skip


def _parts(plan: Plan) -> dict[str, Callable[[], Sounds]]:
    """Name of each part, and what gives kind, group and patches of its sounds."""
    parts: dict[str, Callable[[], Sounds]] = {
        "train": lambda: _clips(plan, "train"),
        "valid": lambda: _clips(plan, "valid"),
        "piece": lambda: _pieces(plan),
        "picture": lambda: _pictures(plan, "train", "picture"),
    }
    for number, kind in enumerate(tunes.KINDS):
        parts[f"tune-{kind}"] = functools.partial(_tunes, plan, number, kind)
    for number, kind in enumerate(nonmusic.KINDS):
        parts[f"rest-{kind}"] = functools.partial(_rest, plan, number, kind)
    return parts | {"valid-picture": lambda: _pictures(plan, "valid", "valid-picture")}


def _clips(plan: Plan, split: str) -> Iterator[tuple[str, int, Patches]]:
    for clip in plan.data.clips(split):
        yield split, clip.artist, tracks.patches(clip.path, plan.spec)


def _pieces(plan: Plan) -> Iterator[tuple[str, int, Patches]]:
    """The unlabelled music in stretches, without the recordings that are kept for testing the guard."""
    paths = [path for path in plan.data.music() if os.path.basename(os.path.dirname(path)) != "librosa"]
    length = int(_PIECE_SECONDS * plan.spec.sr)
    for number, path in enumerate(paths):
        y = load(path, sr=plan.spec.sr)
        for start in range(0, len(y) - length // 2, length):
            yield "piece", _FIRST_GROUP + number, log_mel_patches(y[start : start + length], plan.spec)


def _pictures(plan: Plan, split: str, kind: str) -> Iterator[tuple[str, int, Patches]]:
    """Tracks of a split of which only a picture is at hand, with the grain of training clips."""
    drawn, artists = pieces.images(plan, split), plan.data.artists()
    grain = pieces.recorded_spectra(plan)[: len(plan.data.clips("train"))]
    grained = pieces.grained(drawn, pieces.picture_map(plan), grain, plan.spec, seed=plan.seed)
    for name, spectrum in zip(drawn, grained, strict=True):
        yield kind, artists[name], tracks.cut(spectrum, plan.spec)


def _tunes(plan: Plan, number: int, kind: str) -> Iterator[tuple[str, int, Patches]]:
    # Whoever plays alone is nearest to what is no music, most of all in a short clip.
    many, longest = (3 * _TUNES, 15.0) if kind == "solo" else (_TUNES, 30.0)
    for take, y in enumerate(tunes.tunes(plan.seed, many, seconds=(3.2, longest), kinds=(kind,))):
        yield "tune", 2 * _FIRST_GROUP + 1_000 * number + take, log_mel_patches(y, plan.spec)


def _rest(plan: Plan, number: int, kind: str) -> Iterator[tuple[str, int, Patches]]:
    # Somebody who talks is what a music folder holds most of beside music.
    many = 4 * _PER_KIND if kind == "reading" else _PER_KIND
    for take, signal in enumerate(nonmusic.signals(plan.seed, many, kinds=(kind,))):
        yield kind, 3 * _FIRST_GROUP + 1_000 * number + take, log_mel_patches(signal.y, plan.spec)


def numbers_of(patches: Patches, spec: FeatureSpec) -> Floats:
    """Statistics of a track's patches, as the program computes them."""
    return guard.statistics(patches, spec.sr / spec.hop_length)


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
    power = augment.to_power(patches.reshape(-1, spec.n_mels))
    yield numbers_of(augment.to_log(augment.colour(power, rng)).reshape(patches.shape), spec)
