"""Copies into a target and is killed, again and again: run by test_kill.py as a program of its own.

    killed.py LIBRARY TARGET REFERENCE… --kills N

Each copy is made by a fork and ended by SIGKILL after a random time. After each, every file under a final name must be,
byte for byte, what an undisturbed run makes of that track (into a REFERENCE); its folder may be that of another genre,
because what is to be replaced is moved before. Prints what was seen, as JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import time

from genre_tagger import line
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.copies import copy as copying
from genre_tagger.sorting.copies.manifest import NAME, WORKING
from genre_tagger.sorting.copies.plan import Carry
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.writing.tagging_process import Tagger

PATTERN = "{genre}/{name}"


def run(library: str, target: str) -> None:
    with Library.open(library) as opened:
        wanted = line.wanted_copies(opened, Policy(), carry=Carry.FIRST)
        plan = line.copy_plan(opened, wanted, target, Pattern.parse(PATTERN))
        for _ in copying.copy(plan, tagger=Tagger()):
            pass


def contents(target: str) -> dict[str, str]:
    """Digests of the files under their final names."""
    digests = {}
    for folder, _, names in os.walk(target):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), target)
            if path.split(os.sep)[0] != WORKING and not path.startswith(NAME):
                with open(os.path.join(folder, name), "rb") as file:
                    digests[path] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("target")
    parser.add_argument("references", nargs="+")
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    # Small batches, so that a kill falls into every stage of them.
    copying._MOST_FILES = 3
    started = time.monotonic()
    run(options.library, options.references[-1])
    whole = time.monotonic() - started
    references = [contents(reference) for reference in options.references]
    right = {(os.path.basename(name), digest) for reference in references for name, digest in reference.items()}
    seen, killed, wrong = set(), 0, []
    chance = random.Random(17)
    for _ in range(options.kills):
        child = os.fork()
        if child == 0:
            run(options.library, options.target)
            os._exit(0)
        time.sleep(chance.uniform(0, whole / 3))
        os.kill(child, signal.SIGKILL)
        if os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            killed += 1
        else:  # it was done: begin anew, from what there was before
            shutil.rmtree(options.target)
            if len(references) > 1:
                shutil.copytree(options.references[0], options.target)
            continue
        there = contents(options.target)
        seen.add(frozenset(there.items()))
        wrong += sorted({(os.path.basename(name), digest) for name, digest in there.items()} - right)
    run(options.library, options.target)
    complete = contents(options.target) == references[-1]
    leftovers = [name for name in os.listdir(options.target) if name.startswith(".") and name != NAME]
    print(json.dumps({"killed": killed, "states": len(seen), "wrong": wrong, "complete": complete,
                      "leftovers": leftovers}))  # fmt: skip


if __name__ == "__main__":
    main()
