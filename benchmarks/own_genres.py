"""Measure learning: on recordings with known genres, and in time on made-up libraries.

    .venv/bin/python benchmarks/own_genres.py $GENRE_TAGGER_DATA --work /somewhere/outside [--model FOLDER]

The model that ships listens to AllMusic's, Magnatune's and GTZAN's valid clips once (kept in --work). No artist is on
both sides of any figure, and the clips that its own head learned from are left out where it says so in the card.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator

import numpy as np

from genre_tagger.base.errors import FileStamp
from genre_tagger.files.values import ScannedTrack, Tags
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, Prediction
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.review import lessons
from genre_tagger.review.discriminant import Sums, fit
from genre_tagger.review.folds import together
from genre_tagger.review.learned import joined, learned_path
from genre_tagger.review.learning import Heard, learn, wilson
from genre_tagger.review.names.standing import standings
from genre_tagger.review.policy import Policy
from genre_tagger.training.data.labelled import ALLMUSIC, MAGNATUNE, VALID, Recording, recordings

COUNTS, ROUNDS = (1, 3, 5, 10, 20), 10
# A genre needs so many artists to be asked about.
_LEAST = 10
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
    """Share right by number of examples a genre, on artists of whom none was an example.

    Every second genre is held out of what the bundled model says, as if it had never heard of it; `known` are the
    others. "Alone" tells the genres of that kind from one another by what was learned; "as the program does it" is all
    tracks that have one genre, with the program's own thresholds, and the bundled model's answer everywhere else.
    """
    said = [names(recording) for recording in some]
    alone = [genres[0] if len(genres) == 1 else "" for genres in said]
    often = [genre for genre in sorted(set(alone) & set(heard.labels)) if _artists(some, alone, genre) >= _LEAST]
    held = often[::2]
    heard = _without(heard, held)
    genres = [genre for genre in often if (genre in held) != known]
    print(f"\n{'Genres the model knows' if known else 'Genres held out of the model'}: {', '.join(genres)}")
    rows = np.array([row for row, genre in enumerate(alone) if genre in genres])
    truth = np.array([genres.index(alone[row]) for row in rows])
    values = joined(heard.values, heard.bundled)
    values = (values - values.mean(axis=0)) / (values.std(axis=0) + np.float32(1e-3))
    for count in COUNTS:
        shots = [_shot(heard, values, rows, truth, (alone, genres), count, seed) for seed in range(ROUNDS)]
        right, theirs, of, named, rightly, learned, bundled, whole = map(sum, zip(*shots, strict=True))
        print(f"  {count:2} examples: told from one another {_share(right, of)}, the model alone {theirs / of:.3f}; "
              f"the program names {named / ROUNDS:.0f} tracks, {rightly / ROUNDS:.0f} rightly; of all "
              f"{whole / ROUNDS:.0f} {learned / whole:.3f} are right, by the model alone "
              f"{bundled / whole:.3f}")  # fmt: skip


def _share(right: int, of: int) -> str:
    """A share of all rounds together, with the interval of one round: each asks about much the same tracks."""
    low, high = wilson(round(right / ROUNDS), max(round(of / ROUNDS), 1))
    return f"{right / of:.3f} ({low:.2f} to {high:.2f}, {of / ROUNDS:.0f} tracks)"


def _without(heard: Heard, labels: list[str]) -> Heard:
    """What a model that does not know these genres would have said: its other genres share their probability."""
    kept = [number for number, label in enumerate(heard.labels) if label not in labels]
    bundled = heard.bundled[:, kept] / np.maximum(heard.bundled[:, kept].sum(axis=1, keepdims=True), 1e-6)
    return Heard(heard.model, heard.ids, heard.values, bundled, tuple(heard.labels[n] for n in kept), heard.groups)


def _shot(
    heard: Heard, values: np.ndarray, rows: np.ndarray, truth: np.ndarray, named: tuple[list[str], list[str]],
    count: int, seed: int,
) -> tuple[int, ...]:  # fmt: skip
    """Teach `count` tracks a genre, and count on artists of whom none was an example.

    Returns how many tracks of these genres are told rightly from one another, and by the model alone among all it
    knows, of how many; how many tracks the program names by what it learned, and rightly; how many of all tracks it has
    right, the model alone, and of how many.
    """
    alone, genres = named
    taught, asked = _deal(heard.groups[rows], truth, count, seed)
    linear = fit(Sums.of(values[rows[taught]], np.eye(len(genres), dtype=np.float32)[truth[taught]]))
    right = int((linear.logits(values[rows[asked]]).argmax(axis=1) == truth[asked]).sum())
    theirs = heard.bundled[rows[asked]].argmax(axis=1)
    by_model = sum(heard.labels[place] == genres[kind] for place, kind in zip(theirs, truth[asked], strict=True))
    met = set(heard.groups[rows[taught]].tolist())
    others = [row for row, genre in enumerate(alone) if genre and int(heard.groups[row]) not in met]
    learned = learn(heard, {int(row): (alone[row],) for row in rows[taught]})
    places = learned.answer(heard.values[others], heard.bundled[others]).chosen.tolist()
    wanted, best = [alone[row] for row in others], heard.bundled[others].argmax(axis=1).tolist()
    model = [heard.labels[place] == genre for place, genre in zip(best, wanted, strict=True)]
    own = [learned.classes[place] == genre if place >= 0 else None for place, genre in zip(places, wanted, strict=True)]
    program = [ours if ours is not None else theirs for ours, theirs in zip(own, model, strict=True)]
    count_of = [len(asked), sum(said is not None for said in own), own.count(True), sum(program), sum(model)]
    return (right, by_model, *count_of, len(others))


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
    """Least of three rounds, on the processor and on the clock, and in yardsticks: so many times as long as that took.

    The first round has the caches to fill. The yardstick, a matrix product of 1,500 columns on one core, is measured
    beside it, so that a machine that is busy or slow says the same.
    """
    rounds, yard = [], np.ones((1_500, 1_500), dtype=np.float32)
    for _ in range(3):
        before = time.process_time(), time.perf_counter()
        work()
        after = time.process_time(), time.perf_counter()
        yard @ yard
        rounds.append((after[0] - before[0], after[1] - before[1], time.process_time() - after[0]))
    processor, clock, stick = (1e3 * min(column) for column in zip(*rounds, strict=True))
    yards = f"{processor / stick:6.1f} yardsticks"
    print(f"  {name:46} {processor:8.1f} ms of processor, {clock:8.1f} by the clock, {yards}")


def times(columns: int = 384) -> None:
    """What learning and asking cost."""
    print(f"\nTimes, embeddings of {columns} numbers, eleven labels:")
    rng = np.random.default_rng(0)
    for tracks, genres, examples in ((20_000, 30, 20_000), (20_000, 300, 20_000), (100_000, 300, 20_000)):
        of = rng.integers(0, genres, tracks)
        values = (rng.normal(size=(genres, columns))[of] * 0.3 + rng.normal(size=(tracks, columns))).astype(np.float16)
        bundled = rng.dirichlet(np.ones(11), tracks).astype(np.float32)
        heard = Heard("m", np.arange(tracks), values, bundled, tuple(f"L{number}" for number in range(11)),
                      rng.integers(0, tracks // 12, tracks))  # fmt: skip
        said = {row: (f"G{of[row]}",) for row in range(examples)}
        learned = learn(heard, said)
        timed(f"learn {genres} genres, {examples:,} of {tracks:,} tracks", lambda h=heard, s=said: learn(h, s))
        timed(f"answer for {tracks:,} tracks", lambda h=heard, k=learned: k.answer(h.values, h.bundled))


def whole_library(work: str, tracks: int = 20_000, genres: int = 300) -> None:
    """What relearning costs in a library, with all that is read and kept: the first time, and after ten decisions."""
    path = os.path.join(work, "made-up.sqlite3")
    for name in (path, learned_path(path)):
        if os.path.exists(name):
            os.unlink(name)
    rng = np.random.default_rng(0)
    middle, labels = rng.normal(size=(genres, 384)) * 0.3, [f"L{number}" for number in range(23)]
    with Library.open(path) as library:
        for start in range(0, tracks, 2_000):
            library.store(*_made_up(start, rng, middle, labels))
        library.teaching.trust([f"g{number}" for number in range(genres)], True)
        print(f"\nA library of {tracks:,} tracks and {genres} genres, 23 labels:")
        timed("relearn", lambda: lessons.relearn(library, Policy()))
        numbers = iter(range(1, tracks))

        def ten() -> None:
            library.decide([next(numbers) for _ in range(10)], Decision(None, ("G1",)))
            lessons.relearn(library, Policy())

        timed("ten decisions and relearn", ten)
        timed("see how all genres stand", lambda: standings(library, labels))
    os.unlink(path)


def _made_up(start: int, rng: np.random.Generator, middle: np.ndarray, labels: list[str]) -> Iterator[object]:
    of = rng.integers(0, len(middle), 2_000)
    values = (middle[of] + rng.normal(size=(2_000, middle.shape[1]))).astype("<f2")
    for row, chances in enumerate(rng.dirichlet(np.full(len(labels), 0.3), 2_000)):
        number = start + row
        tags = Tags(f"Track {number}", f"Artist {number // 24}", f"Album {number // 12}", None, (f"G{of[row]}",), 180.0,
                    "FLAC")  # fmt: skip
        path = f"/music/{number // 12}/{number}.flac"
        yield ScannedTrack(path, FileStamp(1, number + 1, 1, 1), tags)
        order = np.argsort(-chances)
        heard = tuple(Candidate(labels[place], round(float(chances[place]), 6)) for place in order)
        yield Prediction(path, "made up", heard, embedding=values[row].tobytes())


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
    whole_library(options.work)


if __name__ == "__main__":
    main()
