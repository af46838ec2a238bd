"""Damaged audio files through the whole line: scan, classify, write, undo. The program must bear them, and give back.

    python benchmarks/mutants.py FOLDER [FOLDER …] [--mutants 1000] [--batch 400] [--seed 1] [--largest 400000]
                                        [--only mutants,healthy] [--state FILE] [--keep DIR]

Takes files below FOLDER, which are never touched, and damages copies: bytes are changed, cut out, put in, the end cut
off, tags of other kinds set before and behind. Batches of them go through the line of `genre_tagger/line.py`, each in
a process of its own, as the program runs it: one that ends otherwise than well is a crash of the program, an outcome
that is waited for longer than 10 s a hang, a file that is not byte for byte what it was after the undo is not given
back. At the end files that are well, which FFmpeg and mutagen read without a complaint: which of them are refused, and
whether FFmpeg hears the same samples in what was written. Prints counts as JSON; with --state they are kept in a file,
and a campaign that was stopped goes on where it was. What went wrong is copied to --keep.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterable
from typing import TypeVar

from genre_tagger.base.errors import FileFailure
from genre_tagger.files.tags import AUDIO_EXTENSIONS
from genre_tagger.library.library import Library
from genre_tagger.line import classify_into, journal_path, proposals, scan_into, undo_into, write_into
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.review.policy import Action, Mode, Policy
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.settle import settle
from genre_tagger.writing.turn import Undone, Written

T = TypeVar("T")

#: For how many seconds each process of the program has waited for a processor, as far as was seen.
WAITED: dict[int, float] = {}

HANG_S = 10.0
GIVEN_UP_S = 300  # after so long without an outcome a batch is ended
REACH = (64, 600, 5_000, 1 << 30)  # bytes from the beginning, or the end, in which damage is done
MARKS = (
    b"TCON", b"TIT2", b"TXXX", b"COMM", b"APETAGEX", b"TAG", b"ID3\x03\0\0\0\0\0\0", b"ID3\x04\0\0\0\0\0\x10", b"LIST",
    b"INFO", b"IGNR\5\0\0\0Jazz\0\0", b"gnre", b"\xa9gen", b"data", b"udta", b"meta", b"moov", b"OggS", b"fLaC",
    b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xfb\x90\x00",
)  # fmt: skip
FRONTS = (b"ID3\x03\0\0\0\0\0\0", bytes(50), b"ID3\x03\0\0\0\0\0\x11TCON\0\0\0\7\0\0\0Jazzy!")


def sources(folders: Iterable[str], largest: int) -> list[str]:
    """List the audio files below some folders, up to so many bytes."""
    paths = [os.path.join(root, name) for folder in folders for root, _, names in os.walk(folder) for name in names]
    audio = [p for p in paths if os.path.splitext(p)[1].lstrip(".").lower() in AUDIO_EXTENSIONS]
    return sorted(p for p in audio if 0 < os.path.getsize(p) <= largest)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Damage a file in one to nine places."""
    mutant = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 9))):
        if not mutant:
            break
        at = chance.randrange(min(len(mutant), chance.choice(REACH)))
        at = at if chance.random() < 0.7 else len(mutant) - 1 - at
        mark = chance.choice(MARKS)
        match chance.choices(range(7), (40, 15, 15, 10, 5, 7, 8))[0]:
            case 0:
                mutant[at] = chance.randrange(256)
            case 1:
                mutant[at : at + len(mark)] = mark
            case 2:
                mutant[at:at] = mark
            case 3:
                del mutant[at : at + chance.choice((1, 2, 4, 100))]
            case 4:
                del mutant[at:]
            case 5:
                mutant += b"TAG" + b"Title".ljust(124, b"\0") + bytes([chance.randrange(256)])
            case 6:
                mutant[:0] = chance.choice(FRONTS)
    return bytes(mutant)


def timed(outcomes: Generator[T], stage: str, counts: Counter[str]) -> Generator[T]:
    """Pass outcomes on; one that is waited for too long is counted, and after a long time the end of this process.

    What the program's processes stood in line for a processor meanwhile does not count: others may have had it.
    """
    while True:
        signal.alarm(GIVEN_UP_S)
        started, stood = time.monotonic(), in_line()
        outcome = next(outcomes, None)
        waited = time.monotonic() - started - _longest(stood, in_line())
        signal.alarm(0)
        counts[f"{stage}: HANGS"] += waited > HANG_S
        longest = f"{stage}: longest, ms"
        counts[longest] = max(counts[longest], round(waited * 1e3))
        if outcome is None:
            return
        yield outcome


def in_line() -> dict[int, float]:
    """Tell for how many seconds each process of the program has waited for a processor so far (Linux)."""
    for pid in [os.getpid(), *(child.pid for child in multiprocessing.active_children() if child.pid)]:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            WAITED[pid] = int(file.read().split()[1]) * 1e-9
    return dict(WAITED)


def keep_looking() -> None:
    """See every half second how long processes have waited, also those that are ended before an outcome comes."""
    while True:
        in_line()
        time.sleep(0.5)


def _longest(before: dict[int, float], after: dict[int, float]) -> float:
    return max((waited - before.get(pid, 0.0) for pid, waited in after.items()), default=0.0)


def through_the_line(folder: str, counts: Counter[str]) -> dict[str, str]:
    """Scan, classify, write and undo what lies in a folder; returns the reasons for which files were refused."""
    library_path = os.path.join(folder, "library.sqlite3")
    music, reasons = os.path.join(folder, "music"), dict[str, str]()
    before = {entry.path: digest(entry.path) for entry in os.scandir(music)}
    counts["files"] += len(before)
    model = GenreModel.load(default_model_folder())
    with Library.open(library_path) as library, Journal.open(journal_path(library_path)) as journal:
        for outcome in timed(scan_into(library, [music]), "scan", counts):
            _note(outcome, "scan", counts, reasons)
        for outcome in timed(classify_into(library, model, workers=1), "classify", counts):
            _note(outcome, "classify", counts, reasons)
        wanted = list(proposals(library, Policy(Mode.REPLACE), genres=["Reggae", "Hip-Hop"]))
        refused = {proposal.path: proposal.refusal for proposal in wanted if proposal.action is Action.REFUSED}
        counts["write: refused beforehand"] += len(refused)
        for outcome in timed(write_into(library, journal, wanted), "write", counts):
            _note(outcome, "write", counts, reasons)
        if os.path.isdir(folder + "-written"):
            shutil.copytree(music, folder + "-written", dirs_exist_ok=True)
        batches = [batch.id for batch in journal.batches()]
        for outcome in timed(undo_into(library, journal, batches), "undo", counts):
            _note(outcome, "undo", counts, reasons)
            counts["undo: only the genre"] += isinstance(outcome, Undone) and not outcome.identical
        counts["NOT SETTLED"] += len(list(settle(journal))) + len(journal.unsettled())
    lost = [path for path, known in before.items() if not os.path.exists(path) or digest(path) != known]
    counts["NOT GIVEN BACK"] += len(lost)
    counts["LEFT OVER"] += len(os.listdir(music)) - len(before)
    return reasons | refused


def _note(outcome: object, stage: str, counts: Counter[str], reasons: dict[str, str]) -> None:
    counts[f"{stage}: outcomes"] += 1
    if isinstance(outcome, FileFailure):
        counts[f"{stage}: failed"] += 1
        if stage != "classify":
            reasons[outcome.path] = outcome.reason
    counts["written"] += isinstance(outcome, Written) and outcome.batch is not None


def digest(path: str) -> bytes:
    """Hash a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


# --- batches -----------------------------------------------------------------------------------------------------


def batch(files: list[tuple[str, bytes]], counts: Counter[str], keep: str) -> None:
    """Take a batch of files (name, content) through the line in a process of its own, and add what it counted."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="mutants-", dir=memory)
    os.mkdir(os.path.join(folder, "music"))
    for name, content in files:
        with open(os.path.join(folder, "music", name), "wb") as file:
            file.write(content)
    process = os.fork()
    if process == 0:
        _counting(folder)
    _, status = os.waitpid(process, 0)
    told = os.path.join(folder, "counts.json")
    if status != 0 or not os.path.exists(told):
        counts["CRASHES OF THE PROGRAM"] += 1
        shutil.copytree(folder, os.path.join(keep, os.path.basename(folder)))
    else:
        with open(told, encoding="utf-8") as file:
            found = json.load(file)
        for name, value in found.items():
            counts[name] = max(counts[name], value) if "longest" in name else counts[name] + value
        if any(value for name, value in found.items() if name.isupper() or name.endswith("HANGS")):
            shutil.copytree(folder, os.path.join(keep, os.path.basename(folder)))
    shutil.rmtree(folder)


def _counting(folder: str) -> None:
    counts: Counter[str] = Counter()
    code = 1
    threading.Thread(target=keep_looking, daemon=True).start()
    try:
        through_the_line(folder, counts)
        with open(os.path.join(folder, "counts.json"), "w", encoding="utf-8") as file:
            json.dump(counts, file)
        code = 0
    finally:
        os._exit(code)


def mutants(paths: list[str], start: int, number: int, seed: int) -> list[tuple[str, bytes]]:
    """Make some mutants, the same for the same numbers."""
    made = []
    for i in range(start, start + number):
        chance = random.Random(f"{seed} {i}")
        path = chance.choice(paths)
        with open(path, "rb") as file:
            made.append((f"{i}{os.path.splitext(path)[1]}", damaged(file.read(), chance)))
    return made


# --- files that are well -----------------------------------------------------------------------------------------


def healthy(paths: list[str]) -> dict[str, str]:
    """Those files that mutagen reads and FFmpeg decodes without a complaint, with a digest of their sound."""
    import mutagen

    well = {}
    for path in paths:
        if (sound := decoded(path)) is not None:
            with contextlib.suppress(mutagen.MutagenError, LookupError, ValueError, EOFError):
                if mutagen.File(path) is not None:
                    well[path] = sound
    return well


def decoded(path: str) -> str | None:
    """Digest of all samples, None if FFmpeg has a complaint or there are none."""
    import av

    av.logging.set_level(av.logging.ERROR)
    digest = hashlib.sha256()
    try:
        with av.logging.Capture() as said, av.open(path, metadata_errors="replace") as container:
            frames = 0
            for frame in container.decode(container.streams.audio[0]):
                digest.update(frame.to_ndarray().tobytes())
                frames += 1
    except (av.FFmpegError, IndexError, ValueError):
        return None
    return digest.hexdigest() if frames and not said else None


def refusals(paths: list[str]) -> dict[str, object]:
    """Take files that are well through the line and count what was refused of them."""
    well = healthy(paths)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        music, written = os.path.join(folder, "music"), folder + "-written"
        os.mkdir(music)
        os.mkdir(written)
        try:
            names = {os.path.join(music, f"{i}{os.path.splitext(p)[1]}"): p for i, p in enumerate(well)}
            for name, path in names.items():
                shutil.copyfile(path, name)
            reasons = through_the_line(folder, counts)
            after = {name: decoded(os.path.join(written, os.path.basename(name))) for name in names}
        finally:
            shutil.rmtree(written)
    return {
        "files": len(well),
        "refused": {os.path.relpath(names[name], os.path.commonpath(paths)): reasons[name] for name in reasons},
        "OTHER SOUND": [path for name, path in names.items() if after[name] != well[path]],
        "counts": dict(sorted(counts.items())),
    }


def main() -> None:
    """Run batches until there were enough mutants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=400_000, help="bytes of a file, at most")
    parser.add_argument("--only", default="mutants,healthy", help="parts, separated by commas")
    parser.add_argument("--state", help="a file for the counts")
    parser.add_argument("--keep", default=".", help="where batches go in which something went wrong")
    options = parser.parse_args()
    paths = sources(options.folders, options.largest)
    counts: Counter[str] = Counter()
    if options.state and os.path.exists(options.state):
        with open(options.state, encoding="utf-8") as file:
            counts.update(json.load(file))
    started, before = time.monotonic(), counts["seconds"]
    while "mutants" in options.only and counts["mutants"] < options.mutants:
        number = min(options.batch, options.mutants - counts["mutants"])
        batch(mutants(paths, counts["mutants"], number, options.seed), counts, options.keep)
        counts["mutants"] += number
        counts["seconds"] = before + round(time.monotonic() - started)
        if options.state:
            with open(options.state + ".new", "w", encoding="utf-8") as file:
                json.dump(dict(sorted(counts.items())), file, indent=1)
            os.replace(options.state + ".new", options.state)
    told: dict[str, object] = {"mutants": dict(sorted(counts.items()))}
    if "healthy" in options.only:
        told["healthy"] = refusals(paths)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
