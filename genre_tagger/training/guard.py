"""Teach the guard (:mod:`genre_tagger.model.guard`) what is music and what is not, on whole tracks.

Music is what the labelled recordings and synthesised tunes are; the rest is synthesised, and read aloud.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.model.features import log_mel_patches, power_of, silence
from genre_tagger.model.guard import Guard, numbers
from genre_tagger.training.data.report import say
from genre_tagger.training.student import augment, heads
from genre_tagger.training.student.hearing import SPEC
from genre_tagger.training.synth import nonmusic, tunes
from genre_tagger.training.synth.sounds import SR

Floats = NDArray[np.float64]
Patches = NDArray[np.float32]
#: What the network takes patches for [shape=(patches, len(guard.SOUNDS))].
Ask = Callable[[Patches], NDArray[np.float32]]
#: Patches of one sound, what it is, and what stays in one fold with it.
Sound = tuple[Patches, str, str]
PIECE, TUNE, PODCAST, _READING = "piece", "tune", "podcast", "reading"
_UNITS, _MEMBERS, _PENALTY = 16, 9, 0.1
_PER_KIND, _TUNES = 48, 60
_SECONDS = (3.2, 30.0)
_SEPARATE_SEED = 1_000
# Share of whole pieces of music that may be turned away, by artists left out; it is never stricter than even chances.
_LOST = 0.002


@dataclass(frozen=True, slots=True)
class Examples:
    """Sounds as the guard sees them.

    Attributes
    ----------
    found : ndarray [shape=(n, len(guard.NUMBERS))]
        See :func:`genre_tagger.model.guard.numbers`.
    kinds : ndarray of str [shape=(n,)]
        :data:`PIECE`, :data:`TUNE`, or a kind of what is no music.
    groups : ndarray of str [shape=(n,)]
        Artist or sound; what belongs together stays together in cross-validation.
    whole : ndarray of bool [shape=(n,)]
        Whether it is the sound as it was, not a stretch or a variation of it.
    """

    found: Floats
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_]
    whole: NDArray[np.bool_]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Examples:
        return Examples(self.found[chosen], self.kinds[chosen], self.groups[chosen], self.whole[chosen])

    @property
    def music(self) -> NDArray[np.bool_]:
        """Which are music."""
        return np.isin(self.kinds, (PIECE, TUNE))


def sounds(seed: int, beds: Sequence[Patches], per_kind: int = _PER_KIND) -> Iterator[Sound]:
    """Synthesised sounds that are no music, as the program hears them.

    Somebody who talks is what a music folder holds most of beside music, so there is more of that, and as much again
    with music under it (:data:`PODCAST`).

    Parameters
    ----------
    seed : int
        Of the sounds.
    beds : sequence of ndarray [shape=(patches, frames, bands)]
        Pieces of music to talk over.
    per_kind : int
        How many of each kind.
    """
    rng = np.random.default_rng(seed)
    for kind in nonmusic.KINDS:
        many = 4 * per_kind if kind == _READING else per_kind
        for take, signal in enumerate(nonmusic.signals(seed, many, seconds=_SECONDS, kinds=(kind,))):
            patches = _heard(signal.y)
            yield patches, kind, f"{kind} {take}"
            if kind == _READING and len(beds):
                yield _over(patches, beds[int(rng.integers(len(beds)))], rng), PODCAST, f"{kind} {take}"


def _over(talk: Patches, bed: Patches, rng: np.random.Generator) -> Patches:
    """A talker with music 8 to 25 dB below."""
    voice, music = power_of(talk, SPEC.log), power_of(np.resize(bed, talk.shape), SPEC.log)
    level = np.power(10.0, rng.uniform(-25, -8) / 10) * voice.mean() / max(float(music.mean()), 1e-9)
    return _loud(voice + music * np.float32(level))


def _loud(power: Patches) -> Patches:
    return np.asarray((np.log(power + np.float32(1e-5)) + np.float32(4.5)) / np.float32(5))


def melodies(seed: int, count: int = _TUNES) -> Iterator[Sound]:
    """Synthesised tunes; whoever plays alone is nearest to what is no music, so there is more of that."""
    for kind in tunes.KINDS:
        many = 3 * count if kind == "solo" else count
        for take, y in enumerate(tunes.tunes(seed, many, seconds=_SECONDS, kinds=(kind,))):
            yield _heard(y), TUNE, f"{kind} {take}"


def _heard(y: NDArray[np.float32]) -> Patches:
    """Patches as the program cuts them of a sound at 16 kHz."""
    import soxr

    return log_mel_patches(soxr.resample(y, SR, SPEC.sr), SPEC)


def examples(made: Iterable[Sound], ask: Ask, seed: int, kept: str) -> Examples:
    """What the guard sees of sounds and of some variations of them: computed once, kept in a file.

    Parameters
    ----------
    made : iterable of Sound
        The sounds; made only when there is no file.
    ask : callable
        The network.
    seed : int
        Of the variations.
    kept : str
        The file.
    """
    if not os.path.exists(kept):
        say(f"guard: {os.path.basename(kept)}")
        rng, rows = np.random.default_rng(seed), []
        for patches, kind, group in made:
            varied = [patches, *variations(patches, rng)]
            rows += [(numbers(one, ask(one), SPEC), kind, group, one is patches) for one in varied]
        found, kinds, groups, whole = (np.array(column) for column in zip(*rows, strict=True))
        with replacing(kept) as file:
            np.savez(file, found=found, kinds=kinds, groups=groups, whole=whole)
    with np.load(kept, allow_pickle=False) as stored:
        return Examples(*(stored[name] for name in ("found", "kinds", "groups", "whole")))


def joined(parts: Sequence[Examples]) -> Examples:
    """Several examples as one."""
    columns = [(part.found, part.kinds, part.groups, part.whole) for part in parts]
    return Examples(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def variations(patches: Patches, rng: np.random.Generator) -> Iterator[Patches]:
    """Two stretches of a sound, a short one that ends in silence, and the whole in another colour."""
    for _ in range(2):
        start = int(rng.integers(len(patches)))
        yield patches[start : start + int(rng.integers(1, 8))]
    start = int(rng.integers(len(patches)))
    short = patches[start : start + int(rng.integers(1, 3))].copy()
    # It ends in the second half of its last patch, where the patch before has ended.
    short[-1, int(rng.uniform(0.5, 0.95) * SPEC.patch_frames) :] = silence(SPEC)
    yield short
    power = augment.colour(power_of(patches.reshape(-1, SPEC.n_mels), SPEC.log), rng)
    yield _loud(power).reshape(patches.shape)


def fit(known: Examples, seed: int) -> Guard:
    """Teach a guard, and set its limit so that music of artists it never met is not lost.

    Parameters
    ----------
    known : Examples
        What to learn from; music and the rest count the same.
    seed : int
        Of the folds and networks.
    """
    sources = ["music" if is_music else "rest" for is_music in known.music]
    fold = heads.folds([str(group) for group in known.groups], sources, 5, seed)
    held_out = np.zeros(len(fold))
    for number in range(5):
        held_out[fold == number] = train(known[fold != number], seed).logit(known.found[fold == number])
    at_limit = float(np.quantile(held_out[known.whole & (known.kinds == PIECE)], _LOST, method="lower"))
    limit = min(0.0, at_limit - 1e-6)
    whole, rest = known.whole & (known.kinds == PIECE), known.whole & ~known.music
    say(
        f"guard: limit {limit:.2f}; left out, {np.mean(held_out[whole] > limit):.2%} of {whole.sum()} pieces are kept "
        f"and {np.mean(held_out[rest] <= limit):.1%} of {rest.sum()} other sounds turned away"
    )
    taught = train(known, seed)
    return Guard(
        taught.mean, taught.scale, taught.hidden, taught.hidden_bias, taught.out, taught.out_bias - limit
    )  # fmt: skip


def train(known: Examples, seed: int) -> Guard:
    """Average a few small networks that differ in their seeds; together they are one with more units.

    Returns
    -------
    Guard
        Above 0 for what is more likely music.
    """
    from sklearn.neural_network import MLPClassifier

    mean, scale = known.found.mean(axis=0), known.found.std(axis=0) + 1e-3
    scaled = np.clip((known.found - mean) / scale, -5, 5)
    members = []
    for number in range(_MEMBERS):
        network = MLPClassifier(
            (_UNITS,), activation="tanh", alpha=_PENALTY, learning_rate_init=3e-3, max_iter=600,
            random_state=seed + number,
        )  # fmt: skip
        members.append(network.fit(scaled, known.music))
    return Guard(
        mean,
        scale,
        hidden=np.concatenate([member.coefs_[0] for member in members], axis=1),
        hidden_bias=np.concatenate([member.intercepts_[0] for member in members]),
        out=np.concatenate([member.coefs_[1][:, 0] for member in members]) / _MEMBERS,
        out_bias=float(np.mean([member.intercepts_[1][0] for member in members])),
    )


def measure(
    is_music: Callable[[Patches], bool], kept: list[Patches], *, seed: int, per_kind: int = 12
) -> dict[str, Any]:
    """Measure a finished model's guard on music it was not taught, and on sounds synthesised anew.

    Returns
    -------
    dict
        ``music_kept`` (share), ``tracks``, and ``turned_away`` (share of each kind of non-music, of which there were
        ``each``).
    """
    gone: dict[str, list[bool]] = {}
    for patches, kind, _ in sounds(seed + _SEPARATE_SEED, kept, per_kind):
        gone.setdefault(kind, []).append(not is_music(patches))
    return {
        "music_kept": round(float(np.mean([is_music(patches) for patches in kept])), 4),
        "tracks": len(kept),
        "each": per_kind,
        "turned_away": {kind: round(float(np.mean(shares)), 3) for kind, shares in gone.items()},
    }
