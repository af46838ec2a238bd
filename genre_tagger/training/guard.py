"""Teach the network's fifth output what is music: AudioSet's classes of whole tracks and of sounds that are none.

Most of what tells speech, animals, engines and noise from music the second teacher has learned from two million sounds;
what is learned here is only how its classes are weighed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.model.features import log_mel_patches
from genre_tagger.training.data.report import say
from genre_tagger.training.student import heads, mn04
from genre_tagger.training.student.heads import Head, Manner
from genre_tagger.training.student.hearing import SPEC
from genre_tagger.training.synth import nonmusic, tunes
from genre_tagger.training.synth.sounds import SR

Floats = NDArray[np.float64]
Patches = NDArray[np.float32]
#: Classes of one track's patches [shape=(patches, 527)].
Ask = Callable[[Patches], NDArray[np.float32]]
PER_KIND = 16
_SECONDS = (3.2, 15.0)
_MANNER = Manner(penalty=0.1, balance=1.0)
_SEPARATE_SEED = 1_000
# Share of whole pieces of music that may be turned away, by artists left out; it is never stricter than even chances.
_LOST = 0.005


def sounds(seed: int, per_kind: int = PER_KIND) -> Iterator[tuple[str, Patches]]:
    """Synthesised sounds that are no music, by their kind, as the program hears them."""
    for signal in nonmusic.signals(seed, per_kind, seconds=_SECONDS):
        yield signal.kind, _heard(signal.y)


def melodies(seed: int, per_kind: int = PER_KIND) -> Iterator[Patches]:
    """Synthesised tunes, above all for lone instruments: music that is nearest to what is none."""
    for y in tunes.tunes(seed, per_kind, seconds=_SECONDS):
        yield _heard(y)


def _heard(y: NDArray[np.float32]) -> Patches:
    """Patches as the program asks about them of a sound at 16 kHz."""
    import soxr

    return log_mel_patches(soxr.resample(y, SR, SPEC.sr), SPEC)[::2]


def said_of(classes: NDArray[np.float32], rng: np.random.Generator) -> list[Floats]:
    """What is learned of one sound: the whole, and two stretches of it [shape=(527,)]."""
    said = mn04.said(classes)
    starts = [int(rng.integers(len(said))) for _ in range(2)]
    return [said.mean(axis=0), *(said[start : start + int(rng.integers(1, 4))].mean(axis=0) for start in starts)]


def fit(music: list[NDArray[np.float32]], artists: list[str], ask: Ask, *, seed: int) -> Head:
    """Fit what tells music from the rest.

    Parameters
    ----------
    music : list of ndarray [shape=(patches, 527)]
        Logits of AudioSet's classes of pieces of music.
    artists : list of str
        Whose they are.
    ask : callable
        What gives the logits of patches.
    seed : int
        Of the sounds and stretches.

    Returns
    -------
    Head
        From :func:`~genre_tagger.training.student.mn04.said` to one logit, above 0 for music.
    """
    rng = np.random.default_rng(seed)
    rest = [(kind, ask(patches)) for kind, patches in sounds(seed)]
    made = [ask(patches) for patches in melodies(seed)]
    groups = [*artists, *(f"tune {number}" for number in range(len(made))), *(kind for kind, _ in rest)]
    rows = [said_of(classes, rng) for classes in [*music, *made, *(classes for _, classes in rest)]]
    is_music = np.arange(len(rows)) < len(music) + len(made)
    fold = heads.folds(groups, ["music" if known else "rest" for known in is_music], 5, seed)
    held_out = np.zeros(len(rows))
    for number in range(5):
        head = _fit([row for row, at in zip(rows, fold, strict=True) if at != number], is_music[fold != number])
        for track in np.flatnonzero(fold == number):
            held_out[track] = head.logits(rows[track][0])[0]
    limit = min(0.0, float(np.quantile(held_out[: len(music)], _LOST)))
    say(
        f"guard: limit {limit:.2f}; of artists and kinds left out, {np.mean(held_out[is_music] > limit):.1%} of the "
        f"music kept, {np.mean(held_out[~is_music] <= limit):.1%} of the other sounds turned away"
    )
    head = _fit(rows, is_music)
    return Head(head.weights, head.bias - limit)


def _fit(rows: list[list[Floats]], is_music: NDArray[np.bool_]) -> Head:
    values = np.concatenate([np.stack(row) for row in rows])
    wants = [(frozenset({int(known)}),) for row, known in zip(rows, is_music, strict=True) for _ in row]
    both = heads.regression(values, wants, 2, _MANNER)
    return Head(both.weights[:, 1:] - both.weights[:, :1], both.bias[1:] - both.bias[:1])


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
    for kind, patches in sounds(seed + _SEPARATE_SEED, per_kind):
        gone.setdefault(kind, []).append(not is_music(patches))
    return {
        "music_kept": round(float(np.mean([is_music(patches) for patches in kept])), 4),
        "tracks": len(kept),
        "each": per_kind,
        "turned_away": {kind: round(float(np.mean(shares)), 3) for kind, shares in gone.items()},
    }
