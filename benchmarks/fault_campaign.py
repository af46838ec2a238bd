"""Kill the writer, and fail its operations, again and again; count what was harmed. The bar is none.

    python benchmarks/fault_campaign.py FOLDER [--kills 100] [--points 40] [--cuts 8] [--seed 1]

FOLDER holds audio files of any formats (`tests/data` will do); they are copied, never touched. Four parts:
errors of the drive at every operation of every file, `kill -9` of a writing or undoing process at random
moments, `kill -9` at its n-th mutating system call (where strace is installed), and power cuts: the state of an
ext4 drive in an image file, with the journal on it, before every operation (as root). After each, the journal is
settled, and every file must be byte for byte what it was before or after, as the journal says, with nothing left
beside it; then everything is undone, and must be what it was before. Prints counts as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Journal, State
from genre_tagger.writing.settle import settle
from genre_tagger.writing.tagging_process import Tagger, TaggerProcess
from genre_tagger.writing.write import undo, write

GENRES = ("Reggae", "Hip-Hop")
MUTATING = (
    "write,pwrite64,copy_file_range,ioctl,fsync,fdatasync,openat,fchown,fchmod,fsetxattr,utimensat,renameat2,unlink"
)
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS)


class FailingOps(FileOps):
    """Real operations, of which the n-th raises an error of the drive."""

    def __init__(self, at: int, code: int, lasting: bool) -> None:
        self.at, self.code, self.lasting, self.count = at, code, lasting, 0


def _failing(name: str) -> Callable[..., Any]:
    real = getattr(FileOps, name)

    def operation(self: FailingOps, *args: Any, **options: Any) -> Any:
        self.count += 1
        if self.count == self.at or (self.lasting and self.count > self.at):
            raise OSError(self.code, os.strerror(self.code))
        return real(self, *args, **options)

    return operation


for _name in [name for name in vars(FileOps) if not name.startswith("_")]:
    setattr(FailingOps, _name, _failing(_name))


class Bench:
    """Private copies of the files, their journal, and what they were."""

    def __init__(self, source: str, folder: str) -> None:
        self.journal_path = os.path.join(folder, "journal", "undo.sqlite3")
        self.music = os.path.join(folder, "music")
        os.makedirs(self.music)
        for name in sorted(os.listdir(source)):
            if os.path.isfile(os.path.join(source, name)) and not name.endswith((".py", ".md")):
                shutil.copyfile(os.path.join(source, name), os.path.join(self.music, name))
        self.before = {path: digest(path) for path in self.paths()}
        self.counts: Counter[str] = Counter()

    def paths(self) -> list[str]:
        return [os.path.join(self.music, name) for name in sorted(os.listdir(self.music)) if name[0] != "."]

    def check(self, part: str) -> None:
        """Settle, compare every file with the journal, undo everything, compare with what it was."""
        self.counts[f"{part}: runs"] += 1
        with Journal.open(self.journal_path) as journal:
            self.counts[f"{part}: files settled"] += sum(1 for _ in settle(journal))
            self.counts[f"{part}: not settled"] += len(journal.unsettled())
            latest = {e.path: e for batch in journal.batches() for e in journal.entries(batch.id)}
            for path, before in self.before.items():
                entry = latest.get(path)
                done = entry is not None and entry.state is State.DONE
                self.counts[f"{part}: files new"] += done
                self.counts[f"{part}: HARMED"] += digest(path) != (entry.after if entry and done else before)
            self.counts[f"{part}: LEFTOVERS"] += sum(name[0] == "." for name in os.listdir(self.music))
            for batch in reversed(journal.batches()):
                failed = [o for o in undo(batch.id, journal, tagger=Tagger()) if isinstance(o, FileFailure)]
                self.counts[f"{part}: UNDO FAILED"] += len(failed)
        for path, before in self.before.items():
            self.counts[f"{part}: NOT IDENTICAL AFTER UNDO"] += digest(path) != before
            if digest(path) != before:
                raise SystemExit(f"harmed: {path}; kept in {self.music}")

    def writer(self, action: str, *prefix: str) -> subprocess.Popen[str]:
        command = [
            *prefix,
            sys.executable,
            os.path.abspath(__file__),
            "--worker",
            action,
            self.music,
            self.journal_path,
        ]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def digest(path: str) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def wishes(folder: str) -> Iterator[Change]:
    for name in sorted(os.listdir(folder)):
        if name[0] != ".":
            path = os.path.join(folder, name)
            yield Change(path, FileStamp.of(os.stat(path)), (), GENRES)


def worker(action: str, folder: str, journal_path: str) -> None:
    """The process that is killed: write all files, or write and undo them, or only settle."""
    # With strace the kill has to come in the traced process; at random moments the real, split one is killed.
    tagger: Tagger = Tagger() if action.endswith("alone") else TaggerProcess()
    with Journal.open(journal_path) as journal:
        print("ready", flush=True)
        if action.startswith("settle"):
            list(settle(journal))
            return
        list(write(wishes(folder), journal, tagger=tagger))
        if action.startswith("undo"):
            for batch in reversed(journal.batches()):
                list(undo(batch.id, journal, tagger=tagger))
    print("done", flush=True)


def errors(bench: Bench) -> None:
    for path in bench.paths():
        for lasting in (False, True):
            point = 1
            while True:
                files = FailingOps(point, ERRORS[point % len(ERRORS)], lasting)
                with Journal.open(bench.journal_path) as journal:
                    wish = Change(path, FileStamp.of(os.stat(path)), (), GENRES)
                    list(write([wish], journal, files=files, tagger=Tagger()))
                    for batch in journal.batches()[-1:]:
                        list(undo(batch.id, journal, files=files, tagger=Tagger()))
                if files.count < point:
                    break
                bench.check("injected error")
                point += 1


def random_kills(bench: Bench, kills: int, chance: random.Random) -> None:
    with bench.writer("undo") as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = time.monotonic()
        process.wait()
    whole = time.monotonic() - started
    for n in range(kills):
        action = ("write", "undo")[n % 2]
        with bench.writer(action) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, whole))
            bench.counts["random kill: in time"] += process.poll() is None
            process.kill()
        with bench.writer("settle") as process:  # settling is killed as well
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.01))
            process.kill()
        bench.check("random kill")


def traced_kills(bench: Bench, points: int, chance: random.Random) -> None:
    if shutil.which("strace") is None:
        bench.counts["traced kill: strace is not installed"] = 1
        return
    for call in MUTATING.split(","):
        highest = _calls(bench, call)
        bench.counts[f"traced kill: points in {call}"] = highest
        for point in sorted(chance.sample(range(1, highest + 1), min(points, highest))):
            inject = ("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}")
            with bench.writer("undo-alone", *inject, "-e", f"inject={call}:signal=SIGKILL:when={point}") as process:
                output = process.communicate()[0]
            bench.counts["traced kill: in time"] += "done" not in output
            bench.check("traced kill")


def _calls(bench: Bench, call: str) -> int:
    """Count how often a whole run makes a system call."""
    log = bench.music + "-calls"
    with bench.writer("undo-alone", "strace", "-f", "-qq", "-o", log, "-e", f"trace={call}") as process:
        process.communicate()
    with open(log, encoding="utf-8", errors="replace") as file:
        return sum(1 for line in file if f"{call}(" in line)


class CutOps(FileOps):
    """Real operations; before each one the drive's image is copied as it is."""

    def __init__(self, image: str) -> None:
        self.image, self.count = image, 0


def _cut(name: str) -> Callable[..., Any]:
    real = getattr(FileOps, name)

    def operation(self: CutOps, *args: Any, **options: Any) -> Any:
        self.count += 1
        shutil.copyfile(self.image, f"{self.image}-{self.count}")
        return real(self, *args, **options)

    return operation


for _name in [name for name in vars(FileOps) if not name.startswith("_")]:
    setattr(CutOps, _name, _cut(_name))


def power_cuts(source: str, place: str, files: int, counts: Counter[str]) -> None:
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        counts["power cut: needs root and mkfs.ext4"] = 1
        return
    healthy = [n for n in sorted(os.listdir(source)) if n.endswith((".mp3", ".m4a", ".flac", ".ogg", ".opus", ".wav"))]
    image, mount = os.path.join(place, "image"), os.path.join(place, "drive")
    os.makedirs(mount)
    for name in healthy[:files]:
        with open(image, "wb") as file:
            file.truncate(24 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        cut, path = CutOps(image), os.path.join(mount, name)
        with mounted(image, mount):
            shutil.copyfile(os.path.join(source, name), path)
            before = digest(path)
            Journal.open(os.path.join(mount, "undo.sqlite3")).close()
            os.sync()
            with Journal.open(os.path.join(mount, "undo.sqlite3")) as journal:
                wish = Change(path, FileStamp.of(os.stat(path)), (), GENRES)
                list(write([wish], journal, files=cut, tagger=Tagger()))
                for batch in journal.batches():
                    list(undo(batch.id, journal, files=cut, tagger=Tagger()))
        for number in range(1, cut.count + 1):
            with mounted(f"{image}-{number}", mount):
                _check_cut(mount, path, before, counts)
            os.unlink(f"{image}-{number}")


def _check_cut(mount: str, path: str, before: bytes, counts: Counter[str]) -> None:
    counts["power cut: runs"] += 1
    with Journal.open(os.path.join(mount, "undo.sqlite3")) as journal:
        counts["power cut: files settled"] += sum(1 for _ in settle(journal))
        entries = [entry for batch in journal.batches() for entry in journal.entries(batch.id)]
        done = [entry for entry in entries if entry.state is State.DONE]
        counts["power cut: files new"] += len(done)
        counts["power cut: HARMED"] += digest(path) != (done[0].after if done else before)
        counts["power cut: LEFTOVERS"] += sum(name.startswith(".genre") for name in os.listdir(mount))
        for batch in journal.batches():
            failed = [o for o in undo(batch.id, journal, tagger=Tagger()) if isinstance(o, FileFailure)]
            counts["power cut: UNDO FAILED"] += len(failed)
    counts["power cut: NOT IDENTICAL AFTER UNDO"] += digest(path) != before


@contextlib.contextmanager
def mounted(image: str, mount: str) -> Iterator[None]:
    subprocess.run(["mount", "-o", "loop", image, mount], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", mount], check=True)


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:5])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=100, help="random kills")
    parser.add_argument("--points", type=int, default=40, help="kills per kind of system call, at most")
    parser.add_argument("--cuts", type=int, default=8, help="files whose writing is cut off")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    place = tempfile.mkdtemp(prefix="fault-campaign-")
    bench = Bench(options.folder, place)
    started = time.monotonic()
    errors(bench)
    random_kills(bench, options.kills, chance)
    traced_kills(bench, options.points, chance)
    power_cuts(options.folder, place, options.cuts, bench.counts)
    shutil.rmtree(place)
    bench.counts["files"] = len(bench.before)
    report = dict(sorted(bench.counts.items())) | {"seconds": round(time.monotonic() - started)}
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
