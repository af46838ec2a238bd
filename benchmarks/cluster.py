"""What Dask costs, and whether a million tasks pass through it: real schedulers and workers on this computer.

    python benchmarks/cluster.py [--tasks 1000000] [--tracks 200] [--heard 0.05] [--rounds 3]

Prints JSON. Three figures:

- `overhead`: the same tracks (tones of thirty seconds) heard by one worker process and, without Dask, by one thread of
  this process; processor time of both, so that other programs count little. Target: ≤ 1.08.
- `speed_up`: seconds by the clock of one and of two workers. Target: ≥ 1.85, on a computer with two free cores.
- `flood`: made-up tracks whose hearing is replaced by a sleep of its measured length ÷ 1,000, through the real
  scheduler, batching and library. Targets: ≥ 2,000 results stored a second, ≤ 1 GB resident here.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import numpy as np
import soundfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from benchmarks.table import made_up
from genre_tagger import line
from genre_tagger.cluster.cluster import Cluster
from genre_tagger.cluster.where import Where
from genre_tagger.cluster.work import Done, Task
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder

OVERHEAD, SPEED_UP, RATE, MOST_MB = 1.08, 1.85, 2_000, 1_024
_SHARES = tuple(Candidate(f"Genre {number}", 1 / 2**number) for number in range(1, 24))


def sleeping(task: Task, files: Sequence[tuple[bytes, str]]) -> Done:
    """What a worker does in the place of hearing: sleep for `windows` microseconds a track, and answer in full size."""
    from distributed import get_worker

    seconds = (task.windows or 0) / 1e6 * len(files)
    time.sleep(seconds)
    heard = np.zeros(384, dtype="<f2").tobytes()
    answers = [Prediction(os.fsdecode(path), task.model, _SHARES, embedding=heard) for path, _ in files]
    return Done(str(get_worker().address), max(seconds, 1e-6), answers)


def make_tracks(folder: str, number: int) -> list[SimpleNamespace]:
    """Write tones of thirty seconds."""
    paths, dice, t = [], np.random.default_rng(1), np.arange(30 * 22_050) / 22_050
    for i in range(number):
        y = sum(np.sin(2 * np.pi * f * t) * np.exp(-3 * (t % 0.5)) for f in dice.uniform(80, 2000, 6)) / 6
        paths.append(os.path.join(folder, f"{i:03}.wav"))
        soundfile.write(paths[-1], y, 22_050)
    return [SimpleNamespace(path=path) for path in paths]


def used(cluster: Cluster) -> float:
    """Processor time of the workers and of the processes that decode for them (s)."""
    return sum(cluster._client.run(_processor_time).values())


def _processor_time() -> float:
    from benchmarks.busy import processor_time

    return processor_time()


def hearing(folder: str, number: int, workers: int, rounds: int) -> dict[str, object]:
    """Hear tracks without Dask and with it, in turn; the best of all rounds counts, as others only slow down."""
    tracks = make_tracks(folder, number)
    model = GenreModel.load(default_model_folder())
    from benchmarks.busy import processor_time

    here = sorted(classify(tracks, model, workers=1), key=lambda one: one.path)
    took: dict[str, list[dict[str, float]]] = {"alone": []}
    with contextlib.ExitStack() as stack:
        clusters = [stack.enter_context(Cluster(Where(f"local:{count}"))) for count in range(1, workers + 1)]
        for count, cluster in enumerate(clusters, 1):
            cluster.check()
            list(cluster.classify(tracks[: 2 * count], model, default_model_folder()))
            took[f"workers_{count}"] = []
        for _ in range(rounds):
            before, began = processor_time(), time.perf_counter()
            list(classify(tracks, model, workers=1))
            took["alone"].append({"cpu_s": processor_time() - before, "seconds": time.perf_counter() - began})
            for count, cluster in enumerate(clusters, 1):
                before, ours, began = used(cluster), time.process_time(), time.perf_counter()
                there = sorted(cluster.classify(tracks, model, default_model_folder()), key=lambda one: one.path)
                seconds = time.perf_counter() - began
                cpu = used(cluster) - before + time.process_time() - ours
                took[f"workers_{count}"].append({"cpu_s": cpu, "seconds": seconds})
                assert there == here, "other answers"
    best = {name: {kind: round(min(run[kind] for run in runs), 3) for kind in runs[0]} for name, runs in took.items()}
    return {
        "tracks": number, "rounds": rounds, **best,
        "overhead": round(best["workers_1"]["cpu_s"] / best["alone"]["cpu_s"], 3),
        "speed_up": round(best["workers_1"]["seconds"] / best["workers_2"]["seconds"], 2) if workers > 1 else 0.0,
    }  # fmt: skip


def flood(folder: str, number: int, heard: float, workers: int) -> dict[str, float]:
    """Send made-up tracks through scheduler, batching and library."""
    path = os.path.join(folder, "library.sqlite3")
    with Library.open(path) as library:
        batch = []
        for scanned, _ in made_up(number):
            batch.append(scanned)
            if len(batch) == 20_000:
                library.store(*batch)
                batch.clear()
        library.store(*batch)
        with Cluster(Where(f"local:{workers}")) as cluster:
            task = Task("classify", "", model="m", windows=round(heard * 1e6 / 1000))

            def hear(tracks: Iterator[SimpleNamespace]) -> Iterator[Prediction]:
                return cluster._run(task, ((track.path, "") for track in tracks), sleeping)

            began, busy, stored, first = time.perf_counter(), time.process_time(), 0, 0.0
            model = SimpleNamespace(name="m")
            for _ in line.classify_into(library, model, hear=hear):
                if not stored:
                    first, busy = time.perf_counter() - began, time.process_time()
                    began = time.perf_counter()
                stored += 1
            seconds, cpu = time.perf_counter() - began, time.process_time() - busy
        assert stored == library.count() == number
        size = os.path.getsize(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "tasks": number, "workers": workers, "before_the_first_s": round(first, 1), "seconds": round(seconds, 1),
        "stored_a_second": round(number / seconds), "cpu_s": round(cpu, 1), "stored_a_cpu_second": round(number / cpu),
        "peak_mb": round(peak), "bytes_a_track": round(size / number),
    }  # fmt: skip


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--tracks", type=int, default=200)
    parser.add_argument("--heard", type=float, default=0.05, help="seconds of hearing that the sleep stands for")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    result: dict[str, object] = {"load": os.getloadavg()[0]}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if chosen.tasks:
            result["flood"] = flooded = flood(folder, chosen.tasks, chosen.heard, chosen.workers)
        if chosen.tracks:
            result["hearing"] = heard = hearing(folder, chosen.tracks, chosen.workers, chosen.rounds)
    met = [
        not chosen.tasks or (flooded["stored_a_second"] >= RATE and flooded["peak_mb"] <= MOST_MB),
        not chosen.tracks or (heard["overhead"] <= OVERHEAD and heard["speed_up"] >= SPEED_UP),
    ]
    print(json.dumps({**result, "met": all(met)}, indent=1))
    return int(not all(met))


if __name__ == "__main__":
    raise SystemExit(main())
