"""Scanning: how long it takes beside a bare mutagen loop and a bare walk, in which memory, and over a slow network.

    python benchmarks/scan.py [--files 10000] [--rounds 5] [--large 200000] [--walked 1000000] [--slow 3000]

Prints JSON, one part for each option that is not 0:

- `files`: first scan and rescan, both sides on the same files taking turns; medians of the rounds' ratios. Targets:
  first scan ≤ 1.1 × the right mutagen class over the same files; rescan ≤ 2 × scandir and stat.
- `large`: as many real small files once. Targets: first tracks in the library after 2 s; resident memory grows by less
  than 60 MB between the first tenth and the end; rescan as above.
- `walked`: as many sparse files, all of them known: the walk alone, with the same target for memory.
- `slow`: a file system of which each call takes 5 ms more, as over a network: seconds with many calls at once, and, of
  a tenth of the files, one at a time. Target: ≥ 8 times as fast.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import io
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from genre_tagger import line
from genre_tagger.base import ahead
from genre_tagger.files.scan import scan as scanning
from genre_tagger.files.values import ScannedTrack, Walked
from genre_tagger.library.library import Library

DATA = Path(__file__).parent.parent / "tests" / "data"
DELAY_S = 0.005
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


def resident_mb() -> float:
    """Give the resident memory of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def in_turn(folder: str, temporary: str, files: int, rounds: int) -> dict[str, object]:
    """First scan and rescan beside a bare loop and a bare walk."""
    first, again, seconds = [], [], {"mutagen": [], "scan": [], "walk": [], "rescan": []}
    bare_tags(folder)
    for number in range(rounds):
        library = os.path.join(temporary, str(number), "library.sqlite3")
        with Library.open(library) as opened:
            seconds["mutagen"].append(timed(bare_tags, folder))
            seconds["scan"].append(timed(scan, folder, opened))
            seconds["walk"].append(timed(bare_walk, folder))
            seconds["rescan"].append(timed(scan, folder, opened))
            assert opened.count() == files, "a file was not read"
        first.append(seconds["scan"][-1] / seconds["mutagen"][-1])
        again.append(seconds["rescan"][-1] / seconds["walk"][-1])
        shutil.rmtree(os.path.dirname(library))
    return {
        "files": files,
        "first_scan_over_mutagen": round(statistics.median(first), 3), "target_first": 1.1,
        "rescan_over_walk": round(statistics.median(again), 3), "target_rescan": 2,
        "seconds": {name: round(statistics.median(values), 3) for name, values in seconds.items()},
    }  # fmt: skip


def large(folder: str, temporary: str, files: int) -> dict[str, object]:
    """One first scan and one rescan of very many files."""
    with Library.open(os.path.join(temporary, "large.sqlite3")) as library:
        began, computed, seen, first, early = time.perf_counter(), time.process_time(), 0, 0.0, 0.0
        for outcome in line.scan_into(library, [folder]):
            seen += isinstance(outcome, ScannedTrack)
            first = first or (seen and time.perf_counter() - began)
            early = early or (seen >= files / 10 and resident_mb())
        result = {"files": seen, "seconds": round(time.perf_counter() - began, 1),
                  "cpu_s": round(time.process_time() - computed, 1), "first_tracks_s": round(first, 2),
                  "mb_at_a_tenth": round(early), "mb_at_the_end": round(resident_mb())}  # fmt: skip
        bare_walk(folder)
        walk, again = timed(bare_walk, folder), timed(scan, folder, library)
        assert library.count() == seen == files
    return {**result, "walk_s": round(walk, 2), "rescan_s": round(again, 2), "rescan_over_walk": round(again / walk, 2)}


def walked(temporary: str, files: int) -> dict[str, object]:
    """Walk through very many sparse files that are known."""
    folder, number, early = os.path.join(temporary, "sparse"), 0, 0.0
    for start in range(0, files, 500):
        album = os.path.join(folder, f"{start // 50_000:03}", f"{start // 500:05}")
        os.makedirs(album)
        for i in range(start, min(files, start + 500)):
            os.close(os.open(os.path.join(album, f"{i:07}.flac"), os.O_CREAT | os.O_WRONLY))
    began = time.perf_counter()
    for outcome in scanning([folder], lambda path, stat: True):
        number += outcome.files if isinstance(outcome, Walked) else 0
        early = early or (number >= files / 10 and resident_mb())
    seconds = time.perf_counter() - began
    assert number == files
    return {"files": number, "seconds": round(seconds, 1), "mb_at_a_tenth": round(early),
            "mb_at_the_end": round(resident_mb())}  # fmt: skip


class _Entry:
    """An entry of a folder whose kind has to be asked for, as over a network."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self._entry, self.name, self.path = entry, entry.name, entry.path

    def stat(self) -> os.stat_result:
        time.sleep(DELAY_S)
        return self._entry.stat()

    def is_dir(self) -> bool:
        return self._entry.is_dir()


@contextlib.contextmanager
def slow_calls() -> Iterator[None]:
    """Have each call that lists, looks at or opens something below take longer."""

    def late(call: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object, **more: object) -> object:
            time.sleep(DELAY_S)
            return call(*arguments, **more)

        return called

    listed, opened = os.scandir, builtins.open

    @contextlib.contextmanager
    def scandir(folder: str) -> Iterator[Iterator[_Entry]]:
        time.sleep(DELAY_S)
        with listed(folder) as entries:
            yield map(_Entry, entries)

    class Slow(io.FileIO):
        read, readinto = late(io.FileIO.read), late(io.FileIO.readinto)

    def slow_open(path: object, mode: str = "r", *more: object, **others: object) -> object:
        if mode != "rb":
            return opened(path, mode, *more, **others)
        time.sleep(DELAY_S)
        return io.BufferedReader(Slow(path))

    with mock.patch("os.scandir", scandir), mock.patch("builtins.open", slow_open):
        yield


def slow(temporary: str, files: int) -> dict[str, object]:
    """Scan where each call takes long, with many at once and one at a time."""
    seconds = {}
    for name, number, limit in (("many", files, ahead._SLOW_S), ("one", files // 10, float("inf"))):
        folder = os.path.join(temporary, name)
        make_files(Path(folder), number)
        with slow_calls(), mock.patch.object(ahead, "_SLOW_S", limit):
            began = time.perf_counter()
            tracks = sum(isinstance(outcome, ScannedTrack) for outcome in scanning([folder]))
            seconds[name] = (time.perf_counter() - began) / number
        assert tracks == number
    return {
        "files": files, "ms_a_file": {name: round(1000 * took, 2) for name, took in seconds.items()},
        "times_as_fast": round(seconds["one"] / seconds["many"], 1), "target": 8,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--walked", type=int, default=0)
    parser.add_argument("--slow", type=int, default=3_000)
    options = parser.parse_args()
    result: dict[str, object] = {"load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as temporary:
        for name, number in (("files", options.files), ("large", options.large)):
            folder = os.path.join(temporary, name)
            if number:
                make_files(Path(folder), number)
                more = (number, options.rounds) if name == "files" else (number,)
                result[name] = {"files": in_turn, "large": large}[name](folder, temporary, *more)
        if options.slow:
            result["slow"] = slow(temporary, options.slow)
        if options.walked:
            result["walked"] = walked(temporary, options.walked)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
