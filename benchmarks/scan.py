"""First scan and rescan of many tagged files, as ratios to a bare mutagen loop and a bare walk.

    python benchmarks/scan.py [--files 10000] [--rounds 5]

Prints JSON. All in one run on the same files, the two sides taking turns; medians of the rounds' ratios.
Targets: first scan ≤ 1.1 × the right mutagen class over the same files; rescan ≤ 4 × scandir and stat.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from genre_tagger import line
from genre_tagger.library.library import Library

DATA = Path(__file__).parent.parent / "tests" / "data"
CLASSES = {".mp3": MP3, ".flac": FLAC, ".m4a": MP4, ".ogg": OggVorbis, ".opus": OggOpus}


def make_files(folder: Path, number: int) -> None:
    """Copy the tests' small tagged files into albums of twelve, ten albums an artist."""
    sources = {suffix: (DATA / f"{suffix[1:]}{suffix}").read_bytes() for suffix in CLASSES}
    kinds = sorted(sources)
    for i in range(number):
        album = folder / f"artist {i // 120:04}" / f"album {i // 12:05}"
        album.mkdir(parents=True, exist_ok=True)
        kind = kinds[i // 12 % len(kinds)]
        (album / f"{i % 12 + 1:02} track{kind}").write_bytes(sources[kind])


def bare_tags(folder: str) -> None:
    """Read every file with the right mutagen class."""
    for root, _, names in os.walk(folder):
        for name in names:
            CLASSES[os.path.splitext(name)[1]](os.path.join(root, name))


def bare_walk(folder: str) -> None:
    """Scandir and stat."""
    stack = [folder]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    stack.append(entry.path)
                else:
                    entry.stat()


def scan(folder: str, library: Library) -> None:
    """Scan into an open library, as the program does."""
    for _ in line.scan_into(library, [folder]):
        pass


def timed(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    first, again, seconds = [], [], {"mutagen": [], "scan": [], "walk": [], "rescan": []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.join(temporary, "music")
        make_files(Path(folder), options.files)
        bare_tags(folder)
        for number in range(options.rounds):
            library = os.path.join(temporary, str(number), "library.sqlite3")
            with Library.open(library) as opened:
                seconds["mutagen"].append(timed(bare_tags, folder))
                seconds["scan"].append(timed(scan, folder, opened))
                seconds["walk"].append(timed(bare_walk, folder))
                seconds["rescan"].append(timed(scan, folder, opened))
                assert opened.count() == options.files, "a file was not read"
            first.append(seconds["scan"][-1] / seconds["mutagen"][-1])
            again.append(seconds["rescan"][-1] / seconds["walk"][-1])
            shutil.rmtree(os.path.dirname(library))
    print(
        json.dumps(
            {
                "files": options.files,
                "first_scan_over_mutagen": round(statistics.median(first), 3), "target_first": 1.1,
                "rescan_over_walk": round(statistics.median(again), 3), "target_rescan": 4,
                "seconds": {name: round(statistics.median(values), 3) for name, values in seconds.items()},
            },
            indent=1,
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
