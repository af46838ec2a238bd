"""Time and memory until a track is known well enough to be drawn, as ratios to decoding the same file with soundfile.

    python benchmarks/views.py [FILE …] [--rounds 5] [--hours 8] [--rate 44100]

Without files, four minutes of stereo are made up as MP3, FLAC and Ogg. Prints JSON; exits with 1 when a target is
missed. All in one run on the same files, the sides taking turns; medians of the rounds. Ratios and targets are of
processor time, which other programs hardly change (one thread does all of it); "best_s" is the shortest wall time.
Memory and single samples are measured on a file of --hours hours (0: not), stereo at --rate Hz, which is written
first; its peak is that of a whole process.
Targets: first envelope of four minutes ≤ 0.3 s, first spectrogram ≤ 0.6 s, both from the cache ≤ 0.1 s; ≤ 300 MB for
eight hours, which can be zoomed to single samples. `frames.py` times what is on the screen.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import soundfile
from busy import processor_time

from genre_tagger.base.cache import Cache
from genre_tagger.sound import audio, overview

SR = 44_100
WIDTH = 1_600
TARGETS_S = {"first_envelope": 0.3, "first_spectrogram": 0.6, "from_cache": 0.1}
TARGET_MB = 300
SIDES = ("decode", "first_envelope", "first_spectrogram", "complete", "from_cache", "one_second_excerpt")


def bars(seconds: int, sr: int = SR) -> np.ndarray:
    """Chords over noise, a new one every second [shape=(n, 2)]."""
    rng = np.random.default_rng(3)
    t = np.arange(sr) / sr
    chords = []
    for _ in range(seconds):
        notes = 110 * 2 ** (rng.integers(0, 36, (2, 4)) / 12)
        chord = np.sin(2 * np.pi * notes[..., None] * t).mean(axis=1) * np.exp(-3 * t)
        chords.append(chord * 0.5 + rng.standard_normal((2, sr)) * 0.05 * np.exp(-9 * (t * 4 % 1)))
    return np.concatenate(chords, axis=1).T.astype(np.float32)


def make_tracks(folder: str) -> list[str]:
    y = bars(240)
    paths = [os.path.join(folder, name) for name in ("track.mp3", "track.flac", "track.ogg")]
    for path in paths:
        with soundfile.SoundFile(path, "w", SR, 2) as file:  # in parts: libvorbis puts what it gets on the stack
            for start in range(0, len(y), SR):
                file.write(y[start : start + SR])
    return paths


def first(path: str, draw: Callable[[overview.Overview], object]) -> None:
    growing = overview.build(path)
    draw(next(growing))
    growing.close()


def envelope(track_overview: overview.Overview) -> None:
    track_overview.envelope(0, track_overview.duration, WIDTH)


def power(track_overview: overview.Overview) -> None:
    track_overview.power(0, track_overview.duration, WIDTH)


def everything(path: str, cache: Cache | None = None) -> None:
    for track_overview in overview.build(path, cache=cache):
        if track_overview.complete:
            envelope(track_overview)
            power(track_overview)


def timed(function: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time in seconds."""
    wall, processor = time.perf_counter(), processor_time()
    function()
    return time.perf_counter() - wall, processor_time() - processor


def measure(path: str, rounds: int, folder: str) -> dict[str, object]:
    cache = Cache(os.path.join(folder, "cache"))
    length = soundfile.info(path).duration
    sides: dict[str, Callable[[], object]] = {
        "decode": lambda: soundfile.read(path, dtype="float32"),
        "first_envelope": lambda: first(path, envelope),
        "first_spectrogram": lambda: first(path, power),
        "complete": lambda: everything(path),
        "from_cache": lambda: everything(path, cache),
        "one_second_excerpt": lambda: audio.excerpt(path, offset=length * 0.7, seconds=1.0),
    }
    assert tuple(sides) == SIDES
    for side in sides.values():
        side()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in SIDES}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(timed(side))
    processor = {name: median(p for _, p in values) for name, values in times.items()}
    best = {name: min(w for w, _ in values) for name, values in times.items()}
    return {
        "file": os.path.basename(path), "seconds": round(length, 1),
        "over_decode": {name: round(processor[name] / processor["decode"], 3) for name in SIDES},
        "processor_s": {name: round(processor[name], 3) for name in SIDES},
        "best_s": {name: round(best[name], 3) for name in SIDES}, "targets_s": TARGETS_S,
        "ok": all(processor[name] <= limit for name, limit in TARGETS_S.items()),
    }  # fmt: skip


def write_long(path: str, hours: float, rate: int) -> None:
    minute = (bars(60, rate) * 32_767).astype(np.int16) & -256  # eight bits are coded faster
    with soundfile.SoundFile(path, "w", rate, 2, subtype="PCM_16", compression_level=0.0) as file:
        for _ in range(round(hours * 60)):
            file.write(minute)


def peak_mb() -> float:
    """Most memory that this process ever held."""
    if os.path.exists("/proc/self/status"):  # Linux counts what the parent held into ru_maxrss
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def draw_long(path: str) -> None:
    """In a process of its own: overview, a zoom to single samples near the end, and the peak of memory."""
    started, first_s = time.perf_counter(), 0.0
    for track_overview in overview.build(path):
        envelope(track_overview)
        power(track_overview)
        first_s = first_s or time.perf_counter() - started
    processor = processor_time()
    at = track_overview.length * 0.9
    started = time.perf_counter()
    excerpt = audio.excerpt(path, offset=at, seconds=0.05)
    samples = overview.fold(excerpt, at + 0.02, at + 0.02 + 20 / track_overview.sr, 20)
    zoom_s = time.perf_counter() - started
    begin = round(0.02 * track_overview.sr)
    exact = np.array_equal(samples.high, excerpt.y[:, begin : begin + 20])
    print(
        json.dumps(
            {
                "hours": round(track_overview.length / 3600, 2), "sr": track_overview.sr, "first_s": round(first_s, 3),
                "complete_processor_s": round(processor, 1), "zoom_to_samples_s": round(zoom_s, 3),
                "samples_exact": exact, "peak_mb": round(peak := peak_mb()), "target_mb": TARGET_MB,
                "ok": exact and peak <= TARGET_MB,
            }
        )
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--rate", type=int, default=SR)
    parser.add_argument("--draw-long", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.draw_long:
        draw_long(options.draw_long)
        return
    with tempfile.TemporaryDirectory() as folder:
        tracks = [measure(path, options.rounds, folder) for path in options.files or make_tracks(folder)]
        report: dict[str, object] = {"tracks": tracks}
        ok = all(track["ok"] for track in tracks)
        if options.hours:
            path = os.path.join(folder, "long.flac")
            write_long(path, options.hours, options.rate)
            run = subprocess.run(
                [sys.executable, __file__, "--draw-long", path], stdout=subprocess.PIPE, text=True, check=True
            )
            report["long"] = json.loads(run.stdout)
            ok = ok and report["long"]["ok"]
    print(json.dumps(report, indent=1))
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
