"""Measure "sounds different" and "more like this": on recordings with known genres, and in time on made-up libraries.

    .venv/bin/python benchmarks/sounds.py $GENRE_TAGGER_DATA --work /somewhere/outside [--model FOLDER]

The model that ships listens to AllMusic's, Magnatune's and GTZAN's valid clips once (kept in --work). Its own head has
learned from most of these, so that its answers would be too good: for each track it is made anew here, from the same
embeddings, without the track's artist.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

import numpy as np
from own_genres import listen, names, timed

from genre_tagger.model.network import default_model_folder, softmax
from genre_tagger.review.learning import Heard
from genre_tagger.review.sounds import similar
from genre_tagger.review.sounds.audit import audit
from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.labelled import ALLMUSIC, VALID, Recording
from genre_tagger.training.student import heads
from genre_tagger.training.student.judging import allowed_labels, best_temperature

ROUNDS, SWAPPED = 10, 0.05
_FOLDS = 5
_MANNER = heads.Manner(0.2, 0.5, 0.3, 2.0, 0.0)


def unmet(some: list[Recording], heard: Heard) -> Heard:
    """The same tracks, with the probabilities of heads that met none of a track's artist."""
    values, labels = heard.values.astype(np.float64), len(taxonomy.LABELS)
    artists, sources = [one.artist for one in some], [one.source for one in some]
    fold, logits = heads.folds(artists, sources, _FOLDS, 3), np.zeros((len(some), labels))
    for number in range(_FOLDS):
        inside = [row for row, one in enumerate(some) if fold[row] != number and one.source != VALID]
        wants = [some[row].wants for row in inside]
        counts = np.array([2.0 if some[row].source == ALLMUSIC else 1.0 for row in inside])
        first = heads.regression(values[inside], wants, labels, _MANNER, counts)
        start = first.logits(values[inside])
        head = first + heads.discriminant(values[inside], wants, labels, _MANNER, start, counts) * heads.SECOND
        logits[fold == number] = head.logits(values[fold == number])
    allowed = allowed_labels([one.wants for one in some])
    chances = softmax(logits, best_temperature(logits, allowed)[0])
    right = allowed[np.arange(len(some)), chances.argmax(axis=1)].mean()
    print(f"{heard.model}: {len(some)} tracks; a head that never met their artists has {right:.0%} right")
    return replace(heard, bundled=chances[:, [taxonomy.LABELS.index(label) for label in heard.labels]])


def audited(some: list[Recording], heard: Heard) -> None:
    """How many of the most surprising tracks are ones whose genres were swapped."""
    said = [names(recording) for recording in some]
    print(f"\nSounds different, {SWAPPED:.0%} of the tags swapped at random, {ROUNDS} times:")
    for single in (True, False):
        rows = [row for row, genres in enumerate(said) if len(genres) == 1 or not single]
        part = Heard(heard.model, np.arange(len(rows)), heard.values[rows], heard.bundled[rows], heard.labels,
                     heard.groups[rows])  # fmt: skip
        many, found = round(SWAPPED * len(rows)), []
        for seed in range(ROUNDS):
            tags, swapped = _swap([said[row] for row in rows], many, seed)
            first = [entry.track for entry in audit(part, tags).surprises[:many]]
            found.append(len(swapped & set(first)) / many)
        kind = "tracks with one genre" if single else "all tracks"
        print(f"  {kind} ({len(rows)}): {np.mean(found):.0%} of the first {SWAPPED:.0%} are swapped ones "
              f"({min(found):.0%} to {max(found):.0%})")  # fmt: skip


def _swap(said: list[tuple[str, ...]], many: int, seed: int) -> tuple[list[tuple[str, ...]], set[int]]:
    rng, tags = np.random.default_rng(seed), list(said)
    chosen = rng.choice(len(said), many, replace=False)
    for row in chosen:
        others = [genres for genres in said if not set(genres) & set(said[row])]
        tags[row] = others[rng.integers(len(others))]
    return tags, set(chosen.tolist())


def times(work: str, columns: int = 384) -> None:
    """What looking and asking cost at 100,000 tracks."""
    print(f"\nTimes at 100,000 tracks, embeddings of {columns} numbers, eleven labels, 30 genres:")
    rng, tracks = np.random.default_rng(0), 100_000
    of = rng.integers(0, 30, tracks)
    values = (rng.normal(size=(30, columns))[of] * 0.3 + rng.normal(size=(tracks, columns))).astype(np.float16)
    bundled = rng.dirichlet(np.ones(11), tracks).astype(np.float32)
    groups = rng.integers(0, tracks // 12, tracks)
    heard = Heard("m", np.arange(tracks), values, bundled, tuple(f"L{number}" for number in range(11)), groups)
    tags = [(f"G{number}",) for number in of]
    timed("sounds different", lambda: audit(heard, tags))
    path = os.path.join(work, "points.bin")
    timed("make the points", lambda: similar.make(path, "m 1", heard.ids, heard.values))
    points = similar.read(path, "m 1")
    assert points is not None
    timed("more like one", lambda: points.near([5]))
    timed("more like fourteen", lambda: points.near(list(range(14))))
    os.unlink(path)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="the data folder; without it only times are measured")
    parser.add_argument("--work", required=True, help="a folder outside the project")
    parser.add_argument("--model", help="a model's folder (default: the one that ships)")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    if options.data:
        some, heard = listen(options.data, options.work, options.model or default_model_folder())
        audited(some, unmet(some, heard))
    times(options.work)


if __name__ == "__main__":
    main()
