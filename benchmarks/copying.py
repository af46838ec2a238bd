"""Copies to a folder as a ratio to `cp` of the same bytes, and the empty second run.

    python benchmarks/copying.py [--files 200] [--megabytes 8] [--rounds 5] [--known 20000] [--to FOLDER]

Prints JSON. All in one run on the same files, the two sides taking turns, each with a drive that was flushed before
and is flushed at its end; medians of the rounds' ratios. `cp` neither compares what it copied nor waits for the drive;
`cp_and_compare` is `cp`, `sync -f`, and `cmp` of each file. The second run is of `known` small files, with its plan.
Targets: copy ≤ 1.15 × cp; second run ≤ 10 s and 0 bytes for 20,000 files.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from genre_tagger import line
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.copies.copy import Copied
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.writing.fileops import FileOps

DATA = Path(__file__).parent.parent / "tests" / "data"


def make_files(folder: Path, number: int, size: int) -> None:
    """Tagged MP3 files of this size in bytes, each with sound of its own."""
    tagged = (DATA / "mp3.mp3").read_bytes()
    folder.mkdir()
    for i in range(number):
        # Any bytes are sound to a copy.
        (folder / f"{i:05}.mp3").write_bytes(tagged + os.urandom(max(size - len(tagged), 16)))


def scanned(folder: Path, place: Path) -> Library:
    library = Library.open(str(place))
    library.add_folder(str(folder))
    for _ in line.scan_into(library, [str(folder)]):
        pass
    return library


def copy(library: Library, target: Path) -> tuple[int, int]:
    """Plan and copy; returns how many files were right, and how many bytes were copied."""
    plan = line.copy_plan(library, line.wanted_copies(library, Policy()), str(target), Pattern.parse("{genre}/{name}"))
    done = [outcome for outcome in line.copy_into(plan) if isinstance(outcome, Copied)]
    return len(done), sum(outcome.size for outcome in done)


def bare_copy(folder: Path, target: Path) -> None:
    subprocess.run(["cp", "-r", str(folder), str(target)], check=True)


def compared_copy(folder: Path, target: Path) -> None:
    bare_copy(folder, target)
    sync(target)
    for path in sorted(folder.iterdir()):
        with open(target / path.name, "rb") as made:
            os.posix_fadvise(made.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        subprocess.run(["cmp", str(path), str(target / path.name)], check=True)


def sync(folder: Path) -> None:
    """Wait for one drive; others may be slow, or hang."""
    FileOps().sync_drive(str(folder))


def timed(action: Callable[[], object], target: Path) -> float:
    """Seconds until what is done is on the drive; what was made is removed again."""
    sync(target.parent)
    started = time.perf_counter()
    action()
    sync(target.parent)
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--known", type=int, default=20_000)
    parser.add_argument("--to", help="a folder on the drive to copy to (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory(dir=options.to) as there:
        folder, target = Path(here) / "music", Path(there) / "target"
        make_files(folder, options.files, int(options.megabytes * 1e6))
        rounds: dict[str, list[float]] = {"copy": [], "cp": [], "cp_and_compare": []}
        with scanned(folder, Path(here) / "library.sqlite3") as library:
            for _ in range(options.rounds):
                rounds["cp"].append(timed(lambda: bare_copy(folder, target), target))
                rounds["copy"].append(timed(lambda: copy(library, target), target))
                rounds["cp_and_compare"].append(timed(lambda: compared_copy(folder, target), target))
        shutil.rmtree(folder)
        make_files(folder, options.known, 0)
        with scanned(folder, Path(here) / "many.sqlite3") as library:
            started = time.perf_counter()
            copy(library, target)
            first = time.perf_counter() - started
            started = time.perf_counter()
            right, size = copy(library, target)
            second = time.perf_counter() - started

    def ratio(other: str) -> float:
        pairs = zip(rounds["copy"], rounds[other], strict=True)
        return round(statistics.median(ours / theirs for ours, theirs in pairs), 2)

    seconds = {name: round(statistics.median(times), 2) for name, times in rounds.items()}
    print(json.dumps({
        "megabytes": options.files * options.megabytes, "seconds": seconds, "copy_to_cp": ratio("cp"),
        "copy_to_cp_and_compare": ratio("cp_and_compare"),
        "many": {"files": right, "first_s": round(first, 1), "second_s": round(second, 2), "second_bytes": size},
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
