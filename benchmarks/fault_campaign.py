"""Kill the writer, and fail its operations, again and again; count what was harmed. The bar is none.

    python benchmarks/fault_campaign.py FOLDER [--kills 1000] [--every 1] [--cuts 8] [--seed 1]
                                        [--only errors,kills,traced,cuts] [--names mp3.mp3,…] [--state FILE]

FOLDER holds audio files of any formats (`tests/data` will do); they are copied, never touched. Four parts, each for
the three ways in which files are written (A: exchanged; B: in place, because they have two names; C: renamed,
on a drive that knows neither exchange nor second names):

errors: an error of the drive at every operation of every file, once and lasting
kills: `kill -9` of a process that writes, undoes or settles, at random moments; files one by one, or several at once
traced: `kill -9` right before each of its mutating system calls, where the tag has room, has to grow, or is not there
cuts: power cuts; the state of a drive in an image file, before every operation (as root; ext4 for A and B, FAT for C)

With --drive the files lie in a folder on that drive, a share in the network for one; the journal stays where it is.
After each, the journal is settled, and every file must be byte for byte what it was before or after, as the journal
says, with nothing left beside it; then everything is undone, and must be what it was before. Prints counts as JSON.
With --state they are kept in a file, and a campaign that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from tracing import may_trace, run_until

import genre_tagger.writing.write
from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.tags import read_genres
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Journal, State
from genre_tagger.writing.settle import settle
from genre_tagger.writing.tagging_process import Tagger
from genre_tagger.writing.write import undo, write

GENRES = (("Reggae", "Hip-Hop"), ("Pop",), ())
#: What is written in the traced part: as long as what is there, far longer, and into a file whose tags were taken off.
SITUATIONS = {
    "fits": ("Soul",),
    "grows": tuple(f"A genre with a long name, number {number}" for number in range(100)),
    "no tag": ("Reggae",),
}
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT)
RECIPES = ("A", "B", "C")
SAVED_S = 30.0


class PlainOps(FileOps):
    """A drive that knows neither exchange nor second names, for way C."""

    def exchange(self, path: str, other: str) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def link(self, path: str, name: str) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))


OPERATIONS: dict[str, type[FileOps]] = {"A": FileOps, "B": FileOps, "C": PlainOps}


def watched(recipe: str, before: Callable[[], None]) -> FileOps:
    """The operations of a way of writing (A, B or C), with a call before each one."""

    def operation(name: str) -> Callable[..., Any]:
        real = getattr(OPERATIONS[recipe], name)

        def watch(self: FileOps, *args: Any, **options: Any) -> Any:
            before()
            return real(self, *args, **options)

        return watch

    names = [name for name in vars(FileOps) if not name.startswith("_")]
    return type("Watched", (OPERATIONS[recipe],), {name: operation(name) for name in names})()


class Failing:
    """Raises an error of the drive at the n-th operation, and at all that follow if it lasts."""

    def __init__(self, at: int, code: int, lasting: bool) -> None:
        self.at, self.code, self.lasting, self.count = at, code, lasting, 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at or (self.lasting and self.count > self.at):
            raise OSError(self.code, os.strerror(self.code))


class Campaign:
    """What was counted so far, in a file if one is given."""

    def __init__(self, state: str | None, drive: str | None = None) -> None:
        self.state, self.drive, self.saved = state, drive, time.monotonic()
        self.counts: Counter[str] = Counter()
        if state and os.path.exists(state):
            with open(state, encoding="utf-8") as file:
                self.counts.update(json.load(file))

    def save(self, *, now: bool = False) -> None:
        """Write the counts down, now or every half minute."""
        if self.state and (now or time.monotonic() - self.saved > SAVED_S):
            self.saved = time.monotonic()
            with open(self.state + ".new", "w", encoding="utf-8") as file:
                json.dump(dict(sorted(self.counts.items())), file, indent=1)
            os.replace(self.state + ".new", self.state)


class Bench:
    """Private copies of some files, their journal, and what they were."""

    def __init__(self, source: str, names: list[str], folder: str, recipe: str, campaign: Campaign) -> None:
        self.recipe, self.counts, self.campaign = recipe, campaign.counts, campaign
        self.folder = folder
        drive = tempfile.mkdtemp(prefix="fault-campaign-", dir=campaign.drive) if campaign.drive else folder
        self.music, self.links = os.path.join(drive, "music"), os.path.join(drive, "second names")
        self.journal_path = os.path.join(folder, "journal", "undo.sqlite3")
        for made in (self.music, self.links):
            os.makedirs(made)
        for name in names:
            shutil.copyfile(os.path.join(source, name), os.path.join(self.music, name))
            if recipe == "B":
                os.link(os.path.join(self.music, name), os.path.join(self.links, name))
        self.before = {path: digest(path) for path in self.paths()}
        self.checked = 0  # the last batch of the journal that was

    def paths(self) -> list[str]:
        """List the files, without what a write may have left beside them."""
        return [os.path.join(self.music, name) for name in sorted(os.listdir(self.music)) if name[0] != "."]

    def strip(self) -> bool:
        """Take the tags off all files, as far as mutagen can; whether they are without genres now."""
        import mutagen

        for path in self.paths():
            with contextlib.suppress(mutagen.MutagenError, ValueError):
                while (opened := mutagen.File(path)) is not None and opened.tags:
                    opened.delete()
        self.before = {path: digest(path) for path in self.paths()}
        return not any(read_genres(path) for path in self.paths())

    def is_written(self) -> bool:
        """Whether the last batch wrote anything."""
        with Journal.open(self.journal_path) as journal:
            entries = [entry for batch in journal.batches()[-1:] for entry in journal.entries(batch.id)]
        return any(entry.state is State.DONE for entry in entries)

    def changes(self, genres: tuple[str, ...]) -> list[Change]:
        """Wish genres for all of them."""
        return [Change(path, FileStamp.of(os.stat(path)), (), genres) for path in self.paths()]

    def act(self, action: str, genres: tuple[str, ...], files: FileOps | None = None, *, several: bool = False) -> None:
        """Write all files, or write and undo them, or only settle; several files at once as the program does it."""
        files = files or OPERATIONS[self.recipe]()
        tagger = None if several else Tagger()
        with Journal.open(self.journal_path) as journal:
            if action == "settle":
                list(settle(journal, files=files))
                return
            list(write(self.changes(genres), journal, files=files, tagger=tagger))
            if action == "undo":
                for batch in self.new_batches(journal):
                    list(undo(batch, journal, files=files, tagger=tagger))

    def check(self, part: str) -> None:
        """Settle, compare every file with the journal, undo everything, compare with what it was."""
        part = f"{part} {self.recipe}"
        self.counts[f"{part}: runs"] += 1
        with Journal.open(self.journal_path) as journal:
            self.counts[f"{part}: files settled"] += sum(1 for _ in settle(journal))
            self.counts[f"{part}: NOT SETTLED"] += len(journal.unsettled())
            batches = self.new_batches(journal)
            latest = {e.path: e for batch in reversed(batches) for e in journal.entries(batch)}
            for path, before in self.before.items():
                entry = latest.get(path)
                done = entry is not None and entry.state is State.DONE
                self.counts[f"{part}: files new"] += done
                self.counts[f"{part}: HARMED"] += digest(path) != (entry.after if entry and done else before)
            self.counts[f"{part}: LEFTOVERS"] += len(self.leftovers(journal))
            for batch in batches:
                failed = [o for o in undo(batch, journal, tagger=Tagger()) if isinstance(o, FileFailure)]
                self.counts[f"{part}: UNDO FAILED"] += len(failed)
            self.checked = max(batches, default=self.checked)
        for path, before in self.before.items():
            apart = self.recipe == "B" and not os.path.samefile(path, os.path.join(self.links, os.path.basename(path)))
            self.counts[f"{part}: NAMES CAME APART"] += apart
            self.counts[f"{part}: NOT IDENTICAL AFTER UNDO"] += digest(path) != before
            if digest(path) != before:
                self.campaign.save(now=True)
                raise SystemExit(f"harmed: {path}; kept in {self.folder}")
        self.campaign.save()

    def new_batches(self, journal: Journal) -> list[int]:
        """List what was written since the last check, after which all was undone; the latest first."""
        return sorted((batch.id for batch in journal.batches() if batch.id > self.checked), reverse=True)

    def leftovers(self, journal: Journal) -> list[str]:
        """List what lies beside the files and in the journal's folder for whole files."""
        spare = os.listdir(journal.spare) if os.path.isdir(journal.spare) else []
        return [name for name in os.listdir(self.music) if name[0] == "."] + spare


def digest(path: str) -> bytes:
    """Hash a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def names_in(source: str) -> list[str]:
    """List the audio files of a folder."""
    names = sorted(os.listdir(source))
    return [n for n in names if os.path.isfile(os.path.join(source, n)) and not n.endswith((".py", ".md"))]


@contextlib.contextmanager
def bench(source: str, names: list[str], recipe: str, campaign: Campaign) -> Iterator[Bench]:
    """A bench in memory where there is such a folder; it is kept if something was harmed."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="fault-campaign-", dir=memory)
    made = Bench(source, names, folder, recipe, campaign)
    yield made
    shutil.rmtree(os.path.dirname(made.music))
    shutil.rmtree(folder, ignore_errors=True)


# --- errors ------------------------------------------------------------------------------------------------------


def errors(source: str, campaign: Campaign) -> None:
    """Every operation of every file fails, with every error in turn."""
    for recipe in RECIPES:
        for number, name in enumerate(names_in(source)):
            mark = f"done: errors {recipe} {name}"
            if campaign.counts[mark]:
                continue
            with bench(source, [name], recipe, campaign) as one:
                for lasting in (False, True):
                    _errors(one, number, lasting)
            campaign.counts[mark] = 1


def _errors(one: Bench, number: int, lasting: bool) -> None:
    point = 1
    while True:
        failing = Failing(point, ERRORS[(number + point) % len(ERRORS)], lasting)
        one.act("undo", GENRES[number % 2], watched(one.recipe, failing))
        if failing.count < point:
            return
        one.check("injected error")
        point += 1


# --- kills -------------------------------------------------------------------------------------------------------


def kills(source: str, campaign: Campaign, wanted: int, chance: random.Random) -> None:
    """Processes that write, undo and settle are killed at random moments until enough are."""
    names = names_in(source)
    gc.freeze()  # what is there already stays shared with the processes that are killed
    while campaign.counts["kills in time"] < wanted:
        recipe, several = chance.choice(RECIPES), chance.random() < 0.5
        part = "random kill, several at once," if several else "random kill"
        batch = chance.sample(names, min(3 if several else 1, len(names)))
        with bench(source, batch, recipe, campaign) as some:
            whole = {action: _lasts(some, action, several) for action in ("write", "undo")}
            for _ in range(25):
                action, genres = chance.choice(("write", "undo")), chance.choice(GENRES)
                campaign.counts["kills in time"] += _killed(
                    some, action, genres, chance.uniform(0, whole[action]), several
                )
                campaign.counts["kills in time"] += _killed(some, "settle", (), chance.uniform(0, 0.004))
                some.check(part)


def _lasts(some: Bench, action: str, several: bool) -> float:
    """Measure how long an action takes (seconds)."""
    started = time.monotonic()
    process = _forked(some, action, GENRES[0], several)
    os.waitpid(process, 0)
    lasted = time.monotonic() - started
    some.check("not killed")
    return lasted


def _killed(some: Bench, action: str, genres: tuple[str, ...], after: float, several: bool = False) -> bool:
    process = _forked(some, action, genres, several)
    time.sleep(after)
    os.kill(process, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(process, 0)[1])


def _forked(some: Bench, action: str, genres: tuple[str, ...], several: bool) -> int:
    process = os.fork()
    if process == 0:
        try:
            # The taggers of the program are processes, which only see private copies; here they are killed as well.
            genre_tagger.writing.write.TaggerProcess = Tagger  # type: ignore[misc]
            some.act(action, genres, several=several)
        finally:
            os._exit(0)
    return process


# --- system calls ------------------------------------------------------------------------------------------------


def traced(source: str, campaign: Campaign, names: list[str], every: int) -> None:
    """A process that writes and undoes one file is killed before each of its mutating system calls, one after another.

    With `every`, only before each so manieth.
    """
    if not may_trace():
        campaign.counts["traced kill: only Linux on x86-64"] = 1
        return
    for recipe, name, situation in product(RECIPES, names, SITUATIONS):
        mark = f"done: traced {recipe} {name} {situation}"
        if campaign.counts[mark]:
            continue
        with bench(source, [name], recipe, campaign) as one:
            if situation != "no tag" or one.strip():
                _trace(one, situation, every)
        campaign.counts[mark] = 1
    campaign.save(now=True)


def _trace(one: Bench, situation: str, every: int) -> None:
    genres, part = SITUATIONS[situation], f"traced kill, {situation},"
    one.act("write", genres)
    one.counts[f"{part} {one.recipe}: files that were written"] += one.is_written()
    one.check(part)
    point = 1
    while (call := run_until(lambda: one.act("undo", genres), point)) is not None:
        one.counts[f"traced kill before {call}"] += 1
        one.check(part)
        point += every


# --- power cuts --------------------------------------------------------------------------------------------------


def cuts(source: str, campaign: Campaign, files: int) -> None:
    """Before each operation the drive's image is copied as it is; each copy is a drive after a power cut."""
    makers = {"A": ("mkfs.ext4", "-q"), "B": ("mkfs.ext4", "-q"), "C": ("mkfs.fat", "-F", "32")}
    for recipe, maker in makers.items():
        if os.geteuid() != 0 or shutil.which(maker[0]) is None:
            campaign.counts[f"power cut {recipe}: needs root and {maker[0]}"] = 1
            continue
        healthy = [n for n in names_in(source) if n.endswith((".mp3", ".m4a", ".flac", ".ogg", ".opus", ".wav"))]
        for name in healthy[:files]:
            if campaign.counts[f"done: cuts {recipe} {name}"]:
                continue
            with tempfile.TemporaryDirectory() as place:
                _cut(os.path.join(source, name), recipe, maker, place, campaign)
            campaign.counts[f"done: cuts {recipe} {name}"] = 1
            campaign.save()


def _cut(file: str, recipe: str, maker: tuple[str, ...], place: str, campaign: Campaign) -> None:
    image, mount = os.path.join(place, "image"), os.path.join(place, "drive")
    os.mkdir(mount)
    with open(image, "wb") as blank:
        blank.truncate(40 << 20)
    subprocess.run([*maker, image], check=True, stdout=subprocess.DEVNULL)
    count = 0

    def cut() -> None:
        nonlocal count
        count += 1
        shutil.copyfile(image, f"{image}-{count}")
        # With way C the journal is on another disk, and as far as that one had come.
        for kept in (path for path in (journal, journal + "-wal") if os.path.exists(path)):
            shutil.copyfile(kept, f"{place}/{count}-{os.path.basename(kept)}")
        if os.path.isdir(spare):
            shutil.copytree(spare, f"{place}/{count}-spare")

    outside = recipe == "C"
    journal = os.path.join(place if outside else mount, "undo.sqlite3")
    spare = os.path.join(place if outside else mount, "undo-kept")
    path = os.path.join(mount, os.path.basename(file))
    with mounted(image, mount):
        shutil.copyfile(file, path)
        before = digest(path)
        if recipe == "B":
            os.link(path, path + " again")
        Journal.open(journal).close()
        os.sync()
        with Journal.open(journal) as opened:
            files = watched(recipe, cut)
            list(
                write([Change(path, FileStamp.of(os.stat(path)), (), GENRES[0])], opened, files=files, tagger=Tagger())
            )
            for batch in opened.batches():
                list(undo(batch.id, opened, files=files, tagger=Tagger()))
    for number in range(1, count + 1):
        if outside:
            _put_journal_back(place, number, journal, spare)
        with mounted(f"{image}-{number}", mount):
            _check_cut(mount, journal, path, before, f"power cut {recipe}", campaign.counts)
        os.unlink(f"{image}-{number}")


def _put_journal_back(place: str, number: int, journal: str, spare: str) -> None:
    for path in (journal, journal + "-wal", journal + "-shm"):
        kept = f"{place}/{number}-{os.path.basename(path)}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        if os.path.exists(kept):
            shutil.copyfile(kept, path)
    shutil.rmtree(spare, ignore_errors=True)
    if os.path.isdir(f"{place}/{number}-spare"):
        shutil.copytree(f"{place}/{number}-spare", spare)


def _check_cut(mount: str, path_of_journal: str, path: str, before: bytes, part: str, counts: Counter[str]) -> None:
    counts[f"{part}: runs"] += 1
    with Journal.open(path_of_journal) as journal:
        counts[f"{part}: files settled"] += sum(1 for _ in settle(journal))
        entries = [entry for batch in journal.batches() for entry in journal.entries(batch.id)]
        done = [entry for entry in entries if entry.state is State.DONE]
        counts[f"{part}: files new"] += len(done)
        counts[f"{part}: HARMED"] += digest(path) != (done[0].after if done else before)
        counts[f"{part}: LEFTOVERS"] += sum(name.startswith(".genre") for name in os.listdir(mount))
        for batch in journal.batches():
            failed = [o for o in undo(batch.id, journal, tagger=Tagger()) if isinstance(o, FileFailure)]
            counts[f"{part}: UNDO FAILED"] += len(failed)
    counts[f"{part}: NOT IDENTICAL AFTER UNDO"] += digest(path) != before


@contextlib.contextmanager
def mounted(image: str, mount: str) -> Iterator[None]:
    """Mount an image: FAT by FUSE where the kernel does not know it."""
    if subprocess.run(["mount", "-o", "loop", image, mount], capture_output=True, check=False).returncode:
        subprocess.run(["fusefat", "-o", "rw+", image, mount], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", mount], check=True)


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=1000, help="random kills that come in time")
    parser.add_argument("--every", type=int, default=1, help="kills before each so manieth system call alone")
    parser.add_argument("--cuts", type=int, default=8, help="files whose writing is cut off")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="errors,kills,traced,cuts", help="parts, separated by commas")
    parser.add_argument("--names", help="files of FOLDER for the traced part, separated by commas; all by default")
    parser.add_argument("--state", help="a file for the counts")
    parser.add_argument("--drive", help="a folder on the drive that is tried; by default files lie in memory")
    options = parser.parse_args()
    campaign = Campaign(options.state, options.drive)
    chance = random.Random(options.seed + sum(campaign.counts.values()))
    names = options.names.split(",") if options.names else names_in(options.folder)
    started = time.monotonic()
    parts = {
        "errors": lambda: errors(options.folder, campaign),
        "kills": lambda: kills(options.folder, campaign, options.kills, chance),
        "traced": lambda: traced(options.folder, campaign, names, options.every),
        "cuts": lambda: cuts(options.folder, campaign, options.cuts),
    }
    for part in options.only.split(","):
        parts[part]()
    campaign.counts["seconds"] += round(time.monotonic() - started)
    campaign.save(now=True)
    print(json.dumps(dict(sorted((k, v) for k, v in campaign.counts.items() if not k.startswith("done:"))), indent=1))


if __name__ == "__main__":
    main()
