"""Kill a program that puts music into folders, or takes it back, right before each system call that changes anything.

    python benchmarks/organising.py DATA [--every 1] [--first 1] [--only same,copies,across] [--other FOLDER]

DATA holds mp3.mp3 and mp3-v23.mp3 (`tests/data`). Three ways: on one drive, with names that are exchanged; copies; and
to another drive, which is that of --other (default: /dev/shm). After each kill the journal is settled. Then every file
must be there once, at its old place or at its new one, as it was; the library must know it there under the same id;
lists must name it there; and nothing else may be left. Then all is undone, and everything must be as it was before.
The same for kills of the undo. Prints counts as JSON; words in capitals are harm, of which the bar is none.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tracing import may_trace, run_until

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.folders.in_step import organise_into, plan_folders
from genre_tagger.sorting.folders.plan import FolderPlan
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.sorting.playlists.files import read
from genre_tagger.writing.journal import Journal

WAYS = ("same", "copies", "across")
LISTS = ("All.m3u8", "old/list.m3u8")


class House:
    """A music folder with its library, set up anew for each kill."""

    def __init__(self, folder: Path, other: Path, data: Path, way: str) -> None:
        self.folder, self.way = folder, way
        self.music, self.path = folder / "music", str(folder / "library.sqlite3")
        self.root = self.music if way == "same" else other / "target"
        self._fill(data)
        with Library.open(self.path) as library:
            library.add_folder(str(self.music))
            for _ in line.scan_into(library, [str(self.music)]):
                pass
        self.before, self.tracks = tree(self.music), self.known()

    def _fill(self, data: Path) -> None:
        for path, name in {
            "old/a.mp3": "mp3.mp3", "old/b.mp3": "mp3.mp3", "loose/r.mp3": "mp3-v23.mp3",
            # Each of these wants the name that the other has.
            "Jazz/Test Tones/x x.mp3": "mp3.mp3",
        }.items():  # fmt: skip
            target = self.music / path
            target.parent.mkdir(parents=True, exist_ok=True)
            # Each its own, so that none can be taken for another.
            target.write_bytes((data / name).read_bytes() + path.encode())
        (self.music / "old/cover.jpg").write_bytes(b"cover")
        (self.music / "old/album.cue").write_bytes(b'FILE "a.mp3" MP3\n')
        (self.music / "old/list.m3u8").write_bytes(b"a.mp3\nb.mp3\n")
        (self.music / "All.m3u8").write_bytes(b"#EXTM3U\nold/a.mp3\nloose/r.mp3\nold/b.mp3\n")

    @contextlib.contextmanager
    def opened(self):
        with Library.open(self.path) as library, Journal.open(line.journal_path(self.path)) as journal:
            yield library, journal

    def known(self) -> dict[int, str]:
        with Library.open(self.path) as library:
            return {track.id: track.path for track in library.tracks(best_only=True)}

    def plan(self, library: Library) -> FolderPlan:
        wanted = line.wanted_copies(library, Policy())
        plan = plan_folders(
            library, wanted, str(self.root), Pattern.parse("{genre}/{album}/x {name}"), keep=self.way == "copies"
        )
        if self.way != "same":
            return plan
        # Two files exchange their names: x x is to be called x a, and a, by way of that, x x.
        ends = {move.source: move.target for move in plan.moves}
        one, two = str(self.music / "old/a.mp3"), str(self.music / "Jazz/Test Tones/x x.mp3")
        ends[one], ends[two] = two, one
        moves = tuple(type(move)(**{**_fields(move), "target": ends[move.source]}) for move in plan.moves)
        return FolderPlan(**{**vars(plan), "moves": moves, "emptied": ()})

    def organise(self) -> None:
        with self.opened() as (library, journal):
            for _ in organise_into(library, journal, self.plan(library)):
                pass

    def take_back(self) -> list[str]:
        with self.opened() as (library, journal):
            batches = [batch.id for batch in journal.batches() if batch.undone < batch.files]
            outcomes = list(line.undo_into(library, journal, batches))
        return [outcome.reason for outcome in outcomes if isinstance(outcome, FileFailure)]

    def settle(self) -> None:
        with self.opened() as (library, journal):
            list(line.settle_into(library, journal))


def _fields(move: object) -> dict[str, object]:
    return {name: getattr(move, name) for name in type(move).__slots__}  # type: ignore[attr-defined]


def tree(folder: Path) -> dict[str, bytes]:
    """What lies below a folder: files with their bytes, folders with nothing."""
    if not folder.exists():
        return {}
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def harm(house: House) -> list[str]:
    """What is wrong after a kill and a settling."""
    found = []
    files = {**tree(house.music), **{f"/{name}": data for name, data in tree(house.root).items()}}
    if any(".genre-tagger-" in name or name.endswith(".part") for name in files):
        found.append("LEFTOVERS")
    lists = (".m3u8", ".cue")
    contents = Counter(data for name, data in house.before.items() if data and not name.endswith(lists))
    there = Counter(data for name, data in tree(house.music).items() if data and not name.endswith(lists))
    if house.root != house.music:
        beyond = Counter(data for name, data in tree(house.root).items() if data and not name.endswith(lists))
        if house.way == "copies":
            found += ["NOT A COPY"] if beyond - contents else []
        else:
            there += beyond
    if there != contents:
        found.append("HARMED")
    known = house.known()
    for track, path in known.items():
        if not os.path.isfile(path) or Path(path).read_bytes() != house.before[_below(house.tracks[track], house)]:
            found.append("NOT FOLLOWED")
    if known.keys() != house.tracks.keys():
        found.append("FORGOTTEN")
    for name in files:
        if name.endswith(".m3u8"):
            path = house.root / name[1:] if name.startswith("/") else house.music / name
            listed = read(str(path), [str(house.music), str(house.root)]).files if path.exists() else ()
            if any(not os.path.isfile(each) for each in listed):
                found.append("LIST LEADS NOWHERE")
    return sorted(set(found))


def _below(path: str, house: House) -> str:
    return os.path.relpath(path, house.music)


def kill(way: str, undo: bool, point: int, options: argparse.Namespace, counts: Counter[str]) -> bool:
    """Kill one run at one point; tell whether there was such a point."""
    name = f"{way}, {'undo' if undo else 'organise'}"
    with (
        tempfile.TemporaryDirectory(dir=options.here) as here,
        tempfile.TemporaryDirectory(dir=options.other) as other,
    ):
        house = House(Path(here), Path(other), Path(options.data), way)
        if undo:
            house.organise()
        call = run_until(house.take_back if undo else house.organise, point)
        if call is None:
            return False
        counts[f"{name}: kills"] += 1
        house.settle()
        once = tree(house.music)
        house.settle()
        wrong = [*harm(house), *([] if tree(house.music) == once else ["SETTLED TWICE"])]
        failures = house.take_back()
        if failures:
            wrong.append("UNDO FAILED")
        if tree(house.music) != house.before or (way != "same" and tree(house.root)) or house.known() != house.tracks:
            wrong.append("NOT IDENTICAL AFTER UNDO")
        for each in wrong:
            counts[f"{name}: {each}"] += 1
        if wrong:
            print(f"{name}, point {point} ({call}): {', '.join(wrong)} {failures}", file=sys.stderr)
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default=",".join(WAYS))
    parser.add_argument("--here", help="where the music is (default: a temporary folder)")
    parser.add_argument("--other", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    if not may_trace():
        print(json.dumps({"only Linux on x86-64": 1}))
        return
    for way in options.only.split(","):
        for undo in (False, True):
            point = options.first
            while kill(way, undo, point, options, counts):
                point += options.every
    print(json.dumps(dict(sorted(counts.items())), indent=1))


if __name__ == "__main__":
    main()
