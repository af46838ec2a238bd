"""Measure learning: on recordings with known genres, and in time on made-up libraries.

    .venv/bin/python benchmarks/own_genres.py $GENRE_TAGGER_DATA --work /somewhere/outside [--model FOLDER]

The model that ships listens to AllMusic's, Magnatune's and GTZAN's valid clips once (kept in --work). No artist is on
both sides of any figure, and the clips that its own head learned from are left out where it says so in the card.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

import numpy as np

from genre_tagger.library.tracks import Prediction
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.review.discriminant import Sums, fit
from genre_tagger.review.folds import together
from genre_tagger.review.learned import joined
from genre_tagger.review.learning import Heard, learn, wilson
from genre_tagger.training.data.labelled import ALLMUSIC, MAGNATUNE, VALID, Recording, recordings

COUNTS, ROUNDS = (1, 3, 5, 10, 20), 10
_SAME = {"Rap": "Hip-Hop", "hiphop": "Hip-Hop"}


def listen(root: str, work: str, folder: str) -> tuple[list[Recording], Heard]:
    """What the model hears in the recordings that have a genre; kept in `work`."""
    model = GenreModel.load(folder)
    some = [recording for recording in recordings(root) if recording.source in (ALLMUSIC, MAGNATUNE, VALID)]
    path = os.path.join(work, f"heard-{model.name}.npz")
    if not os.path.exists(path):
        heard = {p.path: p for p in classify(some, model) if isinstance(p, Prediction) and p.candidates and p.embedding}
        kept = [recording for recording in some if recording.path in heard]
        labels = sorted({candidate.genre for p in heard.values() for candidate in p.candidates})
        chances = [{c.genre: c.probability for c in heard[recording.path].candidates} for recording in kept]
        np.savez(
            path, paths=[recording.path for recording in kept], labels=labels,
            bundled=[[row.get(label, 0.0) for label in labels] for row in chances],
            values=[np.frombuffer(heard[recording.path].embedding or b"", dtype="<f2") for recording in kept],
        )  # fmt: skip
    stored = np.load(path)
    there = {name: row for row, name in enumerate(stored["paths"].tolist())}
    some = [recording for recording in some if recording.path in there]
    rows = [there[recording.path] for recording in some]
    groups = together([recording.artist for recording in some])
    values, bundled = stored["values"][rows], stored["bundled"][rows].astype(np.float32)
    return some, Heard(model.name, np.arange(len(some)), values, bundled, tuple(stored["labels"].tolist()), groups)


def names(recording: Recording) -> tuple[str, ...]:
    """Its genres, with GTZAN's and AllMusic's words for one genre made one."""
    return tuple(_SAME.get(name, name.title() if name.islower() else name) for name in recording.named)


def few_shots(some: list[Recording], heard: Heard, *, known: bool) -> None:
    """Share right by number of examples a genre; `known` genres are the bundled model's, the others are new to it."""
    said = [names(recording) for recording in some]
    alone = [genres[0] if len(genres) == 1 else "" for genres in said]
    labels = set(heard.labels)
    often = [genre for genre in sorted(set(alone) - {""}) if _artists(some, alone, genre) >= 2 * COUNTS[2]]
    genres = [genre for genre in often if (genre in labels) == known]
    rows = np.array([row for row, genre in enumerate(alone) if genre in genres])
    truth = np.array([genres.index(alone[row]) for row in rows])
    print(f"\n{'Genres the model knows' if known else 'Genres that are new to it'}: {', '.join(genres)}")
    values = joined(heard.values[rows], heard.bundled[rows] if known else heard.bundled[rows][:, :0])
    values = (values - values.mean(axis=0)) / (values.std(axis=0) + np.float32(1e-3))
    for count in COUNTS:
        right = bundled = of = 0
        for seed in range(ROUNDS):
            taught, asked = _deal(heard.groups[rows], truth, count, seed)
            linear = fit(Sums.of(values[taught], np.eye(len(genres), dtype=np.float32)[truth[taught]]))
            right += int((linear.logits(values[asked]).argmax(axis=1) == truth[asked]).sum())
            if known:
                among = heard.bundled[rows[asked]][:, [heard.labels.index(genre) for genre in genres]]
                bundled += int((among.argmax(axis=1) == truth[asked]).sum())
            of += len(asked)
        low, high = wilson(round(right / ROUNDS), round(of / ROUNDS))
        beside = f"; the bundled model among these {bundled / of:.3f}" if known else ""
        print(f"  {count:2} examples: {right / of:.3f} ({low:.2f} to {high:.2f}, {of // ROUNDS} tracks{beside})")


def _artists(some: list[Recording], alone: list[str], genre: str) -> int:
    return len({recording.artist for recording, name in zip(some, alone, strict=True) if name == genre})


def _deal(groups: np.ndarray, truth: np.ndarray, count: int, seed: int) -> tuple[list[int], list[int]]:
    """Up to `count` tracks of each genre by as many artists, and all tracks of artists who are not among these."""
    rng = np.random.default_rng(seed)
    taught: list[int] = []
    for genre in np.unique(truth):
        shuffled = rng.permutation(np.flatnonzero(truth == genre))
        first = shuffled[np.sort(np.unique(groups[shuffled], return_index=True)[1])]
        taught += first[: min(count, len(first) * 2 // 3)].tolist()
    met = set(groups[taught].tolist())
    return taught, [row for row in range(len(truth)) if groups[row] not in met]


def whole(some: list[Recording], heard: Heard) -> None:
    """Everything learned at once, as the program does it, from each source and from all."""
    print("\nAll examples, judged by other artists:")
    for sources in ((ALLMUSIC,), (MAGNATUNE,), (ALLMUSIC, MAGNATUNE, VALID)):
        rows = [row for row, recording in enumerate(some) if recording.source in sources]
        part = Heard(heard.model, np.arange(len(rows)), heard.values[rows], heard.bundled[rows], heard.labels,
                     heard.groups[rows])  # fmt: skip
        score = learn(part, {number: names(some[row]) for number, row in enumerate(rows)}).score
        low, high = wilson(score.learned, score.judged)
        print(f"  {', '.join(sources):36} bundled {score.bundled / score.judged:.3f}, with what was learned "
              f"{score.learned / score.judged:.3f} ({low:.2f} to {high:.2f}, {score.judged} tracks)")  # fmt: skip


def timed(name: str, work: Callable[[], object]) -> None:
    """Least of three rounds, on the processor and on the clock; the first has the caches to fill."""
    rounds = []
    for _ in range(3):
        before = time.process_time(), time.perf_counter()
        work()
        rounds.append((time.process_time() - before[0], time.perf_counter() - before[1]))
    processor, clock = (1e3 * min(column) for column in zip(*rounds, strict=True))
    print(f"  {name:46} {processor:8.1f} ms of processor, {clock:8.1f} by the clock")


def times(columns: int = 384) -> None:
    """What learning and asking cost."""
    print(f"\nTimes, embeddings of {columns} numbers, eleven labels:")
    rng = np.random.default_rng(0)
    for tracks, genres, examples in ((20_000, 30, 20_000), (20_000, 300, 20_000), (100_000, 30, 20_000)):
        of = rng.integers(0, genres, tracks)
        values = (rng.normal(size=(genres, columns))[of] * 0.3 + rng.normal(size=(tracks, columns))).astype(np.float16)
        bundled = rng.dirichlet(np.ones(11), tracks).astype(np.float32)
        heard = Heard("m", np.arange(tracks), values, bundled, tuple(f"L{number}" for number in range(11)),
                      rng.integers(0, tracks // 12, tracks))  # fmt: skip
        said = {row: (f"G{of[row]}",) for row in range(examples)}
        learned = learn(heard, said)
        timed(f"learn {genres} genres, {examples:,} of {tracks:,} tracks", lambda h=heard, s=said: learn(h, s))
        timed(f"answer for {tracks:,} tracks", lambda h=heard, k=learned: k.answer(h.values, h.bundled))


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
        print(f"{heard.model}: {len(some)} tracks, {heard.values.shape[1]} numbers each")
        few_shots(some, heard, known=False)
        few_shots(some, heard, known=True)
        whole(some, heard)
    times()


if __name__ == "__main__":
    main()
