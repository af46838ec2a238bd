"""Files carried from place to place, each noted in the journal before it is touched, in an order that frees names.

On one drive a file is renamed, where nothing is; to another drive it is copied, compared, named, and only then removed.
At every moment it is whole under its old name, its new one, or one that the journal knows.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from genre_tagger.base.errors import FileError, FileFailure, RefusedError, TargetError
from genre_tagger.sorting.folders.tree import OURS
from genre_tagger.sorting.names import folded
from genre_tagger.writing.drives import COARSEST_NS, is_gone
from genre_tagger.writing.fileops import FileOps, reason_of
from genre_tagger.writing.moves import Kind, Moves, Stage

_MOST_FILES, _MOST_BYTES, _MOST_S = 200, 64 << 20, 1.0  # that are concluded together
_MOST_ACROSS = 1 << 20  # bytes to another drive, which may take a second for them
_CHANGED = "The file was changed since this was planned; it was left where it is."
_TAKEN = "A file of this name has come there meanwhile; this one was left where it is."
_ASIDE = "Its new place was taken. It is kept as {}, and gets a place when the program is started anew."
_REASONS = {
    errno.ENOENT: "The file is not there any more; nothing was moved.",
    errno.EOPNOTSUPP: "This drive or device cannot give a file another name (phones and cameras cannot); it was left "
    "where it is. Copy it to a disk and put it into its folder there.",
    errno.EINVAL: "The drive does not take this name; the file was left where it is.",
}
_NOT_GIVEN_BACK = "The drive did not give back what was written to it; the file was left where it is. Check the drive."


@dataclass(frozen=True, slots=True)
class Moved:
    """A file that is where it was wanted.

    Attributes
    ----------
    path, target : str
        Where it was, and where it is; of a copy, the file and the copy.
    batch : int
        Which batch of the journal.
    kind : Kind
        MOVE or COPY; TEXT for a list of files that was made to follow, and is at `target`.
    before : str
        Where the library may have it until now, if not at `path`.
    on_way : bool
        Whether it is to stay at `target` only until somebody finds a place for it.
    """

    path: str
    target: str
    batch: int
    kind: Kind
    before: str = ""
    on_way: bool = False


@dataclass(slots=True)
class Passage:
    """A file on its way from `here` to `there`; `size` (bytes) and `mtime_ns` as it was planned."""

    here: str
    there: str
    kind: Kind = Kind.MOVE
    size: int = 0
    mtime_ns: int = 0
    row: int = 0
    via: str = ""
    across: bool = False
    devices: tuple[int, int] = (-1, -1)  # numbers of the drives of `here` and `there`


def in_order(passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """Put passages into an order in which each finds its name free.

    Yields
    ------
    passage, turn : Passage, {"go", "aside", "on"}
        Where names go round in a circle, one of the files goes aside and later on.
    """
    exact = {passage.here: number for number, passage in enumerate(passages) if passage.kind is Kind.MOVE}
    alike = {folded(here): number for here, number in exact.items()}
    done: set[int] = set()
    for start in range(len(passages)):
        chain: dict[int, None] = {}  # each waits for the next one to go
        number: int | None = start
        while number is not None and number not in done and number not in chain:
            chain[number] = None
            there = passages[number].there
            number = exact.get(there, alike.get(folded(there)))
        waiting = [passages[each] for each in chain]
        if number in chain:  # what the last one waits for waits for it
            at = list(chain).index(number)
            first, *others = waiting[at:]
            yield first, "aside"
            yield from ((passage, "go") for passage in reversed(others))
            yield first, "on"
            waiting = waiting[:at]
        yield from ((passage, "go") for passage in reversed(waiting))
        done.update(chain)


@dataclass
class Carrier:
    """Carries files for one batch; `back` to where they were before it."""

    record: Moves
    batch: int
    files: FileOps
    back: bool = False
    _touched: set[str] = field(default_factory=set)  # folders whose names are not on the drive for certain
    _lost: str = ""  # what is to be said of a drive that went

    def carry(self, passages: Iterable[tuple[Passage, str]]) -> Generator[list[Moved | FileFailure]]:
        """Carry files, some at a time; what is yielded is concluded in the journal when the next are asked for.

        Raises
        ------
        TargetError
            If a drive is not there any more.
        """
        for group in _groups(passages):
            self._note(passage for passage, turn in group if turn != "on")
            outcomes, done = self._try(group)
            self._sync()
            try:
                if outcomes:
                    yield outcomes
            finally:
                self.record.conclude(done, Stage.UNDONE if self.back else Stage.DONE)
            if self._lost:
                raise TargetError(
                    f"{self._lost} is not there any more. Was the drive taken out? What was moved is whole, and can be "
                    "undone; the rest is where it was."
                )

    def _note(self, passages: Iterable[Passage]) -> None:
        with self.record.together():
            for passage in passages:
                folder, name = os.path.split(passage.there)
                passage.via = os.path.join(folder, f"{OURS}{secrets.token_hex(8)}.tmp{os.path.splitext(name)[1][:16]}")
                ways: dict[str, Any] = {"via": passage.via, "across": passage.across}
                with contextlib.suppress(OSError):  # a file that is not there is told when its turn comes
                    seen = self.files.stat(passage.here)
                    ways |= {"ino": seen.st_ino, "size": seen.st_size}
                    ways |= {} if self.back else {"mtime_ns": seen.st_mtime_ns}  # to give it back to the nanosecond
                if self.back:
                    self.record.update(passage.row, state=Stage.UNDO_INTENT, **ways)
                else:
                    passage.row = self.record.note(self.batch, passage.kind, passage.here, passage.there, **ways)

    def _try(self, group: Sequence[tuple[Passage, str]]) -> tuple[list[Moved | FileFailure], list[int]]:
        outcomes: list[Moved | FileFailure] = []
        done: list[int] = []
        for passage, turn in group:
            try:
                self._pass(passage, turn)
            except (OSError, FileError) as error:
                if isinstance(error, OSError) and self._is_gone(error, passage):
                    break  # what became of this one is found out when the drive is back
                outcomes += self._refused(passage, error, turn)
                continue
            if turn != "aside":
                outcomes.append(Moved(passage.here, passage.there, self.batch, passage.kind))
                done.append(passage.row)
        return outcomes, done

    def _pass(self, passage: Passage, turn: str) -> None:
        here = passage.via if turn == "on" else passage.here
        seen = self.files.stat(here)
        changed = (seen.st_size, seen.st_mtime_ns) != (passage.size, passage.mtime_ns)
        if changed and turn != "on" and not self.back:  # back goes whatever it holds by now
            raise RefusedError(passage.here, _CHANGED)
        there = passage.via if turn == "aside" else passage.there
        if os.path.lexists(there):
            raise RefusedError(passage.here, _TAKEN)
        self._make_folders(os.path.dirname(there))
        if passage.across and turn == "go":
            self._copy(passage, seen)
        else:
            self.files.rename(here, there)
        self._touched |= {os.path.dirname(here), os.path.dirname(there)}

    def _make_folders(self, folder: str) -> None:
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for path in reversed(missing):
            row = 0 if self.back else self.record.note(self.batch, Kind.MADE, target=path)
            self.files.add_folder(path)
            self._touched.add(os.path.dirname(path))
            if row:
                self.record.update(row, state=Stage.DONE)

    def _copy(self, passage: Passage, seen: os.stat_result) -> None:
        """Copy a file to another drive, compare it, give it its name, and remove it here unless it is to stay."""
        try:
            with self.files.open_read(passage.here) as source, self.files.create(passage.via) as copy:
                self.files.copy(source, copy)
                with contextlib.suppress(OSError):  # a stick knows no owners and no attributes
                    self.files.copy_metadata(source, copy, keep_mtime=False)
                with contextlib.suppress(OSError):
                    self.files.set_times(copy, seen.st_atime_ns, self._time_of(passage, seen))
                copy.flush()
                self.files.fsync(copy)
                digest = self.files.digest(source)
            with self.files.open_read(passage.via) as copy:
                self.files.forget(copy)
                if self.files.digest(copy) != digest:
                    raise RefusedError(passage.here, _NOT_GIVEN_BACK)
            ready = Stage.UNDO_READY if self.back else Stage.READY
            self.record.update(passage.row, state=ready, digest=digest)
            self.files.rename(passage.via, passage.there)
        except (OSError, FileError):
            with contextlib.suppress(OSError):
                self.files.unlink(passage.via)
            raise
        self.files.sync_folder(os.path.dirname(passage.there))
        now = self.files.stat(passage.here)
        if (now.st_ino, now.st_size, now.st_mtime_ns) != (seen.st_ino, seen.st_size, seen.st_mtime_ns):
            self.files.unlink(passage.there)
            raise RefusedError(passage.here, _CHANGED)
        if passage.kind is Kind.MOVE:
            self.files.unlink(passage.here)

    def _time_of(self, passage: Passage, seen: os.stat_result) -> int:
        """When a file was changed; of one that comes back from a drive with a coarse clock, as it was before."""
        same = abs(passage.mtime_ns - seen.st_mtime_ns) <= COARSEST_NS
        return passage.mtime_ns if self.back and same else seen.st_mtime_ns

    def _refused(self, passage: Passage, error: OSError | FileError, turn: str) -> list[Moved | FileFailure]:
        reason = error.reason if isinstance(error, FileError) else _said(error)
        if turn == "on":  # it must not stay under a name that nobody knows
            try:
                self.files.rename(passage.via, passage.here)
            except OSError:
                kept = Moved(passage.here, passage.via, self.batch, passage.kind, on_way=True)
                return [kept, FileFailure(passage.here, self._stage, _ASIDE.format(os.path.basename(passage.via)))]
        self.record.update(passage.row, state=Stage.DONE if self.back else Stage.FAILED, reason=reason)
        return [FileFailure(passage.here, self._stage, reason)]

    @property
    def _stage(self) -> str:
        return "undo" if self.back else "move"

    def _is_gone(self, error: OSError, passage: Passage) -> bool:
        for path, device in zip((passage.here, passage.there), passage.devices, strict=True):
            if is_gone(error, path, device):
                self._lost = os.path.dirname(path)
        return bool(self._lost)

    def _sync(self) -> None:
        for folder in sorted(self._touched):
            with contextlib.suppress(OSError):
                self.files.sync_folder(folder)
        self._touched.clear()


def _said(error: OSError) -> str:
    return _REASONS.get(error.errno or 0) or reason_of(error)


def _groups(passages: Iterable[tuple[Passage, str]]) -> Iterator[list[tuple[Passage, str]]]:
    """Cut into groups; who went aside and who goes on are in one."""
    group: list[tuple[Passage, str]] = []
    aside, size, began = 0, 0, time.monotonic()
    for passage, turn in passages:
        passage.devices = _device(passage.here), _device(passage.there)
        passage.across = passage.kind is Kind.COPY or passage.devices[0] != passage.devices[1]
        most = _MOST_ACROSS if passage.across else _MOST_BYTES
        group.append((passage, turn))
        aside += {"aside": 1, "on": -1}.get(turn, 0)
        size += passage.size
        if not aside and (len(group) >= _MOST_FILES or size >= most or time.monotonic() - began >= _MOST_S):
            yield group
            group, size, began = [], 0, time.monotonic()
    if group:
        yield group


def _device(path: str) -> int:
    """Number of the drive that a path is on, or would be on."""
    folder = os.path.dirname(path)
    while True:
        try:
            return os.stat(folder).st_dev
        except OSError:
            if folder == os.path.dirname(folder):
                return -1
            folder = os.path.dirname(folder)
