"""Writing genres and undoing it, as ratios to copying the same files and waiting for the drive.

    python benchmarks/writing.py [--files 100] [--megabytes 5] [--rounds 3] [--folder DIR]

Prints JSON. The sides take turns on the same drive; medians of the rounds' ratios, with the processor time of each.
A copy mostly waits for the drive, a write mostly computes: while other programs run, `chrt -r 5` in front of the
command (as root) has them wait. Targets: write and undo ≤ 3 × copying and fsyncing. The files are MP3s made of the
tests' one, whose frames repeat.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from genre_tagger.base.errors import FileStamp
from genre_tagger.writing.journal import Change, Journal
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import undo, write

DATA = Path(__file__).parent.parent / "tests" / "data"


def song(size: int) -> bytes:
    """Make an MP3 of about `size` bytes: the tag of the tests' file, and its sound again and again."""
    whole = (DATA / "mp3.mp3").read_bytes()
    tag = 10 + sum(byte << shift for byte, shift in zip(whole[6:10], (21, 14, 7, 0), strict=True))
    sound = whole[tag:]
    return whole[:tag] + sound * max(1, size // len(sound))


def copy_and_sync(source: Path, target: Path) -> None:
    """Copy files one by one, and wait for the drive after each."""
    target.mkdir()
    for path in sorted(source.iterdir()):
        shutil.copyfile(path, target / path.name)
        with open(target / path.name, "rb") as file:
            os.fsync(file.fileno())


def write_all(source: Path, journal: Journal) -> None:
    """Give all files another genre."""
    changes = [Change(str(path), FileStamp.of(path.stat()), (), ("Reggae",)) for path in sorted(source.iterdir())]
    assert all(isinstance(outcome, Written) for outcome in write(changes, journal))


def undo_all(journal: Journal) -> None:
    """Give them back."""
    outcomes = list(undo(journal.batches()[-1].id, journal))
    assert all(isinstance(outcome, Undone) and outcome.identical for outcome in outcomes)


def timed(work: Callable[[], object], files: int) -> tuple[float, float]:
    """Seconds a file: by the clock, and of processors (with those of processes that have ended)."""
    os.sync()
    began, spent = time.perf_counter(), _processor()
    work()
    return (time.perf_counter() - began) / files, (_processor() - spent) / files


def _processor() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(one)[:2]) for one in who)


def one_round(folder: Path, files: int, content: bytes) -> dict[str, tuple[float, float]]:
    """Measure each side once."""
    music = folder / "music"
    music.mkdir()
    for number in range(files):
        (music / f"{number:04}.mp3").write_bytes(content)
    times = {"copy": timed(lambda: copy_and_sync(music, folder / "copies"), files)}
    shutil.rmtree(folder / "copies")
    with Journal.open(str(folder / "undo.sqlite3")) as journal:
        times["write"] = timed(lambda: write_all(music, journal), files)
        times["undo"] = timed(lambda: undo_all(journal), files)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--megabytes", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="where to work; by default where temporary files go")
    options = parser.parse_args()
    content = song(int(options.megabytes * 1e6))
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rounds.append(one_round(Path(folder), options.files, content))
    result: dict[str, object] = {"files": options.files, "bytes": len(content), "load": os.getloadavg()[0]}
    for name in ("copy", "write", "undo"):
        result[f"{name}_ms"] = round(1000 * statistics.median(times[name][0] for times in rounds), 1)
        result[f"{name}_processor_ms"] = round(1000 * statistics.median(times[name][1] for times in rounds), 1)
    for name in ("write", "undo"):
        ratios = [times[name][0] / times["copy"][0] for times in rounds]
        result[f"{name}_ratio"] = round(statistics.median(ratios), 2)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
