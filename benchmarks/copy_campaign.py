"""Kill a copy, or take its target away, again and again; count half files. The bar is none.

    python benchmarks/copy_campaign.py DATA [--points 500] [--seed 1] [--only originals,smaller,genres]

DATA holds tagged files (`tests/data`). For copies of the originals, for copies made smaller, and for copies that are
there and get other genres, at random moments: half of the points are a `kill -9` of the process, the other half take
the target away in the middle, as unplugging does (its folder is renamed, and comes back afterwards). After each,
everything under a final name must be whole: for originals byte for byte what an undisturbed run makes, for the others a
file that decodes to its end and is the one that the list on the target knows. The library's own files must be as they
were. Then the copy is run again to its end, and must be complete, with nothing left beside it. Prints counts as JSON;
words in capitals are harm.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import av

from genre_tagger import line
from genre_tagger.base.errors import TargetError
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.copies import copy as copying
from genre_tagger.sorting.copies.encoders import Form
from genre_tagger.sorting.copies.manifest import NAME, WORKING, Manifest
from genre_tagger.sorting.copies.plan import Carry
from genre_tagger.sorting.copies.smaller import ORIGINALS, Smaller
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.writing.tagging_process import Tagger

WAYS = {"originals": ORIGINALS, "smaller": Smaller(Form.OPUS, again=True), "genres": ORIGINALS}
ORIGINAL_FILES = ("mp3.mp3", "mp3-many.mp3", "flac.flac", "m4a.m4a", "ogg.ogg", "wav-tagged.wav")


class Stage:
    """Music with its library, and a target."""

    def __init__(self, folder: Path, data: Path, way: str) -> None:
        self.music, self.target, self.away = folder / "music", folder / "target", folder / "away"
        self.library, self.smaller = str(folder / "library.sqlite3"), WAYS[way]
        self.music.mkdir()
        for number in range(4 if way == "smaller" else 20):
            for name in ORIGINAL_FILES:
                shutil.copyfile(data / name, self.music / f"{number:02} {name}")
        with Library.open(self.library) as library:
            library.add_folder(str(self.music))
            for _ in line.scan_into(library, [str(self.music)]):
                pass
        self.sources, self.round = digests(self.music), 0
        self.begin(way)

    def begin(self, way: str) -> None:
        """Begin with an empty target; where genres change, with all copies there and other genres for them."""
        shutil.rmtree(self.target, ignore_errors=True)
        if way == "genres":
            self.choose()
            self.copy()
            self.choose()

    def choose(self) -> None:
        """Choose another genre for every track than the one before."""
        self.round += 1
        with Library.open(self.library) as library:
            library.decide([track.id for track in library.tracks()], Decision(None, (f"Genre {self.round}",)))

    def copy(self) -> None:
        with Library.open(self.library) as library:
            wanted = line.wanted_copies(library, Policy(), carry=Carry.FIRST, smaller=self.smaller)
            plan = line.copy_plan(library, wanted, str(self.target), Pattern.parse("{genre}/{name}"))
            for _ in copying.copy(plan, tagger=Tagger()):
                pass


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of the files under final names."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith((WORKING, NAME)):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def decodes(path: Path) -> bool:
    """Whether a file is sound to its end."""
    try:
        with av.open(str(path)) as container:
            return sum(frame.samples for frame in container.decode(audio=0)) > 0
    except av.FFmpegError:
        return False


def disturb(stage: Stage, chance: random.Random, whole: float, *, unplug: bool) -> bool:
    """Copy in a process of its own, and kill it or take the target from it; tell whether it was still at it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            copying._MOST_FILES = 5
            stage.copy()
            status = 0
        except TargetError:
            status = 3  # it has noticed that the target is gone
        finally:
            os._exit(status)
    time.sleep(chance.uniform(0, whole))
    if unplug:
        with contextlib.suppress(FileNotFoundError):
            stage.target.rename(stage.away)
    else:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if unplug and stage.away.exists():
        # What was begun after the folder had gone may have made one of the same name, as a mount point is.
        shutil.rmtree(stage.target, ignore_errors=True)
        stage.away.rename(stage.target)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 1:
        raise RuntimeError("The copy ended in an error of the program.")
    return os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 3


def harm(stage: Stage, right: dict[str, str], way: str) -> list[str]:
    """What is wrong after a disturbance."""
    there = digests(stage.target) if stage.target.exists() else {}
    wrong = []
    if way == "originals":
        wrong += ["HALF FILE" for name, digest in there.items() if right.get(name) != digest]
    elif there:
        known = Manifest.read(str(stage.target)).files
        for name, digest in there.items():
            if name not in known or known[name].digest != digest or not decodes(stage.target / name):
                wrong.append("HALF FILE")
    if digests(stage.music) != stage.sources:
        wrong.append("ORIGINAL HARMED")
    return sorted(set(wrong))


def complete(stage: Stage, right: dict[str, str], way: str) -> list[str]:
    """Run the copy to its end, and say what is wrong then."""
    stage.copy()
    there = digests(stage.target)
    names = sorted(map(os.path.basename, there)) == sorted(map(os.path.basename, right))
    wrong = [] if names and (way == "genres" or there.keys() == right.keys()) else ["NOT COMPLETE"]
    if way == "genres":
        wrong += ["GENRE NOT CHANGED" for name in there if not name.startswith(f"Genre {stage.round}/")]
    if way == "originals" and there != right:
        wrong.append("NOT THE SAME")
    left = [name for name in os.listdir(stage.target) if name.startswith(".") and name != NAME]
    return [*wrong, *(["LEFTOVERS"] if left else [])]


def campaign(way: str, options: argparse.Namespace) -> Counter[str]:
    counts: Counter[str] = Counter()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), Path(options.data), way)
        began = time.monotonic()
        stage.copy()
        whole = time.monotonic() - began
        right = digests(stage.target)
        stage.begin(way)
        point = tries = 0
        while point < options.points and tries < 5 * options.points + 20:
            tries += 1
            unplug = bool(point % 2)
            if not disturb(stage, chance, whole, unplug=unplug):
                stage.begin(way)  # it was done
                continue
            point += 1
            kind = "unplugged" if unplug else "killed"
            counts[f"{way}, {kind}"] += 1
            wrong = harm(stage, right, way)
            if point % 5 == 0:
                wrong += complete(stage, right, way)
                counts[f"{way}, run again to the end"] += 1
                stage.begin(way)
            for each in wrong:
                counts[f"{way}, {kind}: {each}"] += 1
                print(f"{way}, point {point}, {kind}: {each}", file=sys.stderr)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(WAYS))
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for way in options.only.split(","):
        counts += campaign(way, options)
    print(json.dumps(dict(sorted(counts.items())), indent=1))


if __name__ == "__main__":
    main()
