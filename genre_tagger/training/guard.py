"""Teach the guard (:mod:`genre_tagger.model.guard`) what is music and what is not, on whole tracks."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre_tagger.model.features import log_mel_patches
from genre_tagger.model.guard import Guard
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.data.report import say
from genre_tagger.training.guard_sounds import VALID, Examples, examples, numbers_of
from genre_tagger.training.student.head import folds
from genre_tagger.training.synth import nonmusic

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
