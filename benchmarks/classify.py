"""Classify long tracks, as ratios to decoding the same excerpts with soundfile alone, and of two workers to one.

    python benchmarks/classify.py [FOLDER] [--tracks 24] [--rounds 5]

FOLDER holds audio files that soundfile can read; without it four-minute stereo MP3s are made up. Prints JSON.
All in one run on the same files, the sides taking turns; medians of the rounds. The first ratio is of processor
time, so other programs on the machine hardly change it; that of the workers is of wall time, and needs two
cores that have nothing else to do ("least_disturbed" takes the best round of each side).
Targets: classifying ≤ 1.7 × decoding; two workers ≥ 1.8 × one; features ≤ 20 ms for 30 s of sound.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import soundfile
from busy import processor_time

from genre_tagger.library.tracks import Prediction
from genre_tagger.model.classify import classify
from genre_tagger.model.features import log_mel_patches
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.sound.audio import windows

SR = 44_100


@dataclass(frozen=True, slots=True)
class Item:
    path: str


def make_tracks(folder: str, number: int, seconds: int = 240) -> list[Item]:
    """Chords over noise, so that there is something to code at all frequencies."""
    rng = np.random.default_rng(3)
    t = np.arange(SR) / SR
    bars = []
    for _ in range(seconds):
        notes = 110 * 2 ** (rng.integers(0, 36, (2, 4)) / 12)
        chord = np.sin(2 * np.pi * notes[..., None] * t).mean(axis=1) * np.exp(-3 * t)
        bars.append(chord * 0.5 + rng.standard_normal((2, SR)) * 0.05 * np.exp(-9 * (t * 4 % 1)))
    first = os.path.join(folder, "0.mp3")
    soundfile.write(first, np.concatenate(bars, axis=1).T.astype(np.float32), SR)
    rest = [shutil.copyfile(first, os.path.join(folder, f"{i}.mp3")) for i in range(1, number)]
    return [Item(path) for path in (first, *rest)]


def readable(folder: str) -> list[Item]:
    """The files below `folder` that soundfile can read, so that both sides do the same work."""
    paths = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)
    items = []
    for path in paths:
        try:
            soundfile.info(path)
        except soundfile.LibsndfileError:
            continue
        items.append(Item(path))
    return items


def bare_decoding(items: list[Item], seconds: float, count: int) -> None:
    """Read the excerpts that are classified, with soundfile alone."""
    for item in items:
        with soundfile.SoundFile(item.path) as file:
            length = file.frames / file.samplerate
            if length <= seconds * count:
                file.read(dtype="float32")
                continue
            for i in range(count):
                file.seek(round(((i + 0.5) / count * length - seconds / 2) * file.samplerate))
                file.read(round(seconds * file.samplerate), dtype="float32")


def run(items: list[Item], model: GenreModel, workers: int) -> None:
    outcomes = list(classify(items, model, workers=workers))
    assert len(outcomes) == len(items)
    # What the guard turns away costs less, and would flatter.
    assert any(isinstance(outcome, Prediction) and outcome.candidates for outcome in outcomes)


def timed(function: Callable[..., object], *arguments: object) -> tuple[float, float]:
    """Wall and processor time in seconds."""
    wall, processor = time.perf_counter(), processor_time()
    function(*arguments)
    return time.perf_counter() - wall, processor_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--tracks", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    model = GenreModel.load(default_model_folder())
    spec = model.card.spec
    with tempfile.TemporaryDirectory() as temporary:
        made = options.folder is None
        items = make_tracks(temporary, options.tracks) if made else readable(options.folder)[: options.tracks]
        excerpts = windows(items[0].path, sr=spec.sr, seconds=spec.window_seconds, count=spec.windows).excerpts
        patches = np.concatenate([log_mel_patches(y, spec) for y in excerpts])
        answers = model.run(patches[::2])
        sides: dict[str, Callable[[], object]] = {
            "decode": lambda: bare_decoding(items, spec.window_seconds, spec.windows),
            "one_worker": lambda: run(items, model, 1),
            "two_workers": lambda: run(items, model, 2),
            "features": lambda: [log_mel_patches(y, spec) for y in excerpts],
            "inference": lambda: model.predict(patches),
            "guard": lambda: model.is_music(patches, answers),
        }
        for side in sides.values():
            side()
        times = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, side in sides.items():
                times[name].append(timed(side))
    wall = {name: [w for w, _ in values] for name, values in times.items()}
    processor = {name: statistics.median(p for _, p in values) for name, values in times.items()}
    speedups = [one / two for one, two in zip(wall["one_worker"], wall["two_workers"], strict=True)]
    seconds = sum(map(len, excerpts)) / spec.sr
    print(
        json.dumps(
            {
                "model": model.name, "tracks": len(items), "rounds": options.rounds,
                "classify_over_decode": round(processor["one_worker"] / processor["decode"], 2), "target_classify": 1.7,
                "two_workers_over_one": round(statistics.median(speedups), 2),
                "two_workers_over_one_least_disturbed": round(min(wall["one_worker"]) / min(wall["two_workers"]), 2),
                "target_workers": 1.8,
                "features_ms_per_30_s": round(processor["features"] * 1e3 * 30 / seconds, 1), "target_features_ms": 20,
                "inference_ms_per_30_s": round(processor["inference"] * 1e3 * 30 / seconds, 1),
                "guard_ms_per_track": round(processor["guard"] * 1e3, 2), "target_guard_ms": 1,
                "ms_per_track": {
                    name: round(processor[name] * 1e3 / len(items), 1)
                    for name in ("decode", "one_worker", "two_workers")
                },
            },
            indent=1,
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
