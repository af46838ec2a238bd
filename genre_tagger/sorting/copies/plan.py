"""What a copy will do, before it does anything: the files, their names and why, the bytes, and what goes."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.copies.manifest import NAME, SECOND, WORKING, Manifest, Record, at, digest_of, looking_at
from genre_tagger.sorting.copies.smaller import AS_IT_IS, Making
from genre_tagger.sorting.names import Names, folded, resolve
from genre_tagger.sorting.pattern import Pattern

_TAGS = 1 << 16  # bytes by which a file may grow or shrink when its genre changes
CHANGED_THERE = "This copy was changed where it lies; it was left as it is."
_SYSTEMS = {"LOST.DIR", "System Volume Information", "lost+found"}  # what the system keeps for itself
_DAMAGED = "The file could not be read when it was scanned; it was not copied."
OUT_OF_REACH = (
    "The folder of this file cannot be reached; is its drive plugged in? It was not copied, and a copy there stays."
)


class Action(StrEnum):
    """What becomes of a file on the target."""

    COPY = "copy"
    REPLACE = "replace"  # the sound or the genre in the library changed since
    RETAG = "new genre"  # the same sound with other genres, which are written into the copy there
    MOVE = "move"  # the same copy, under another name
    ADOPT = "take over"  # somebody else put the very same file there; it stays where it is
    KEEP = "keep"  # it is as it shall be
    DELETE = "delete"


class Carry(StrEnum):
    """Which genres a copy carries."""

    ALL = "all"
    FIRST = "first"
    PARENT = "parent"  # what the first is a kind of, however distant: Bebop as Jazz
    JOINED = "joined"

    def of(self, genres: Sequence[str]) -> tuple[str, ...]:
        """Choose from a track's genres; for PARENT from those that they are kinds of."""
        if self in (Carry.FIRST, Carry.PARENT):
            return tuple(genres[:1])
        # No reader that splits one text at semicolons makes two of this again.
        return (" / ".join(genres),) if self is Carry.JOINED and genres else tuple(genres)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A track that shall be on the target.

    Attributes
    ----------
    track : Track
    genres : tuple of str
        Those that the library would write into it.
    carried : tuple of str
        Those that its copy shall carry.
    making : Making
        How its copy is made.
    """

    track: Track
    genres: tuple[str, ...]
    carried: tuple[str, ...]
    making: Making = AS_IT_IS


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done for one track.

    Attributes
    ----------
    action : Action
    wanted : Wanted
    path : str
        Where its copy will be, relative to the target.
    old : str
        Where its copy is now, if that is somewhere else; "" otherwise.
    why : str
        Why its name is not that of the pattern; "" where it is.
    record : Record or None
        What the manifest will say of it; None as long as that is not known.
    """

    action: Action
    wanted: Wanted
    path: str
    old: str = ""
    why: str = ""
    record: Record | None = None

    @property
    def size(self) -> int:
        """Bytes that have to be copied; an estimate where the copy is made smaller."""
        if self.action not in (Action.COPY, Action.REPLACE):
            return 0
        return self.wanted.making.size(self.wanted.track)


@dataclass(frozen=True)
class Plan:
    """All that a copy will do.

    Attributes
    ----------
    root : str
        The target, with links followed.
    steps : tuple of Step
        One per track; those with a move in an order in which no name is taken when it is needed.
    deletes, unwanted : tuple of str
        What this program put there and is not wanted any more: what will be deleted, and what will stay.
    failures : tuple of FileFailure
        Tracks that will not be copied, and why.
    free : int or None
        Bytes that are free on the target; None where its drive does not say.
    needed : int
        Bytes that the copies take beyond what is freed.
    manifest : Manifest
    """

    root: str
    steps: tuple[Step, ...]
    deletes: tuple[str, ...]
    unwanted: tuple[str, ...]
    failures: tuple[FileFailure, ...]
    free: int | None
    needed: int
    manifest: Manifest = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes that will be copied."""
        return sum(step.size for step in self.steps)

    def count(self, *actions: Action) -> int:
        """Count the steps of some kinds."""
        return sum(step.action in actions for step in self.steps)

    def require_room(self) -> None:
        """Raise TargetError if the copies do not fit."""
        require_room(self.root, self.needed, self.free)


def require_room(root: str, needed: int, free: int | None) -> None:
    """Raise TargetError if so many bytes do not fit in what is free below a folder; None: its drive does not say."""
    if free is not None and needed > free:
        raise TargetError(
            f"There is not enough room in {root}: {_megabytes(needed)} are needed and {_megabytes(free)} are free. "
            "Nothing was changed; choose fewer tracks or make room."
        )


def plan(
    wanted: Iterable[Wanted], target: str, pattern: Pattern, *, folders: Sequence[str], delete: bool = False
) -> Plan:
    """Plan a copy; nothing is changed anywhere.

    Files are read only where their names and times leave open whether they are what they were: tracks that were
    renamed or touched, and files of a track's size that somebody else put there.

    Parameters
    ----------
    wanted : iterable of Wanted
        The tracks that shall be there.
    target : str
        The folder; it is made if only it is missing.
    pattern : Pattern
        Where each track goes.
    folders : sequence of str
        The library's folders; the target must be none of them, nor inside one or around one.
    delete : bool
        Whether copies that are not wanted any more go.

    Raises
    ------
    TargetError
        If the target cannot take copies.
    """
    with looking_at(target):
        root = checked(target, folders)
        manifest = Manifest.read(root)
        there = {name: size for name, size in _listed(root).items() if name not in manifest.halves}
        planner = _Planner(root, manifest, there, pattern, folders)
        planner.find(wanted)
        idle = planner.idle()
        deletes, unwanted = (idle, []) if delete else ([], idle)
        steps, given_up = (_ordered if manifest.renames else _anew)(planner.steps([*unwanted, *planner.staying()]))
        deletes += given_up
        place = root if os.path.isdir(root) else os.path.dirname(root)
        needed = _needed(steps, deletes, planner.intact, _block(place))
        room = shutil.disk_usage(place)
        free = room.free if room.total else None
        return Plan(root, steps, tuple(deletes), tuple(unwanted), tuple(planner.failures), free, needed, manifest)


def checked(target: str, folders: Sequence[str]) -> str:
    """Look whether a folder can be a target, and follow its links.

    Raises
    ------
    TargetError
    """
    root = os.path.realpath(target)
    if os.path.lexists(root) and not os.path.isdir(root):
        raise TargetError(f"{target} is not a folder. Nothing was copied.")
    place = root if os.path.isdir(root) else os.path.dirname(root)
    if not os.path.isdir(place):
        raise TargetError(f"There is no folder {place}. Is the drive plugged in? Nothing was copied.")
    for folder in map(os.path.realpath, folders):
        if _lies_in(root, folder):
            raise TargetError(
                f"{target} is or lies in your music folder {folder}. Choose one outside; nothing was copied."
            )
        if _lies_in(folder, root):
            raise TargetError(f"Your music folder {folder} lies in {target}. Choose another; nothing was copied.")
    read_only = hasattr(os, "statvfs") and os.statvfs(place).f_flag & os.ST_RDONLY
    ours = os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    if read_only or not ours:
        why = "The drive is read-only" if read_only else "You have no permission to write there"
        raise TargetError(f"Nothing can be put into {target}. {why}; nothing was copied.")
    return root


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _holds_something(folder: str) -> bool:
    """Whether a folder can be reached; an empty one may be the place of a drive that is not plugged in."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _listed(root: str) -> dict[str, int]:
    """Sizes of the files on the target, by their paths relative to it; links are not followed."""
    sizes = {}
    folders = [(root, "")]
    while folders:
        folder, above = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name in (WORKING, NAME, SECOND) and not above:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, f"{above}{entry.name}/"))
                    else:
                        sizes[above + entry.name] = entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # a wastebasket, or what the system keeps for itself
    return sizes


class _Planner:
    """What finding the steps of one plan shares."""

    def __init__(
        self, root: str, manifest: Manifest, there: dict[str, int], pattern: Pattern, folders: Sequence[str]
    ) -> None:
        self.root = root
        self._reachable = tuple(os.path.join(folder, "") for folder in folders if _holds_something(folder))
        self._out_of_reach: set[str] = set()  # sources of which nobody knows whether they are wanted any more
        self.there, self._renames = there, manifest.renames
        self.pattern = pattern
        self.failures: list[FileFailure] = []
        spelt = {folded(name): name for name in there}
        self.intact: dict[str, Record] = {}
        self.changed: dict[str, Record] = {}  # what somebody changed there
        for name, record in manifest.files.items():
            name_there = name if name in there else spelt.get(folded(name))
            if name_there is not None:
                whole = there[name_there] == record.there
                (self.intact if whole else self.changed)[name_there] = record
        manifest.files = self.changed | self.intact
        self._disowned = {record.source for record in self.changed.values()}
        self._by_source: dict[str, str] = {}
        # Where a track is there twice, ours counts.
        for name in sorted(self.intact, key=lambda name: (self.intact[name].ours, name)):
            self._by_source[self.intact[name].source] = name
        self._placed: dict[str, tuple[Wanted, str, Record | None]] = {}  # by source, with where it is now
        self._adopted: dict[str, str] = {}

    def find(self, wanted: Iterable[Wanted]) -> None:
        """Find out what is there of what is wanted."""
        tracks = {item.track.path: item for item in wanted if self._usable(item.track)}
        moved = self._renamed(tracks)
        strangers = self._strangers()
        for source, item in tracks.items():
            name = self._by_source.get(source) or moved.get(source, "")
            record = self._current(item, name) if name else None
            if name and not self.intact[name].ours and record is None:
                name = ""  # it is somebody else's and holds another state; ours comes beside it
            if not name:
                name, record = self._adopt(item, strangers)
            self._placed[source] = item, name, record

    def idle(self) -> list[str]:
        """List what this program put there and nobody wants any more."""
        used = {name for _, name, _ in self._placed.values()}
        used |= {name for name, record in self.intact.items() if record.source in self._out_of_reach}
        return sorted(name for name, record in self.intact.items() if record.ours and name not in used)

    def staying(self) -> list[str]:
        """List the copies of tracks that are out of reach."""
        return [name for name, record in self.intact.items() if record.source in self._out_of_reach]

    def steps(self, staying: Sequence[str]) -> list[Step]:
        """Give names to all, beside what stays though nobody wants it."""
        foreign = [name for name in self.there if name not in self.intact or not self.intact[name].ours]
        folders = {name.rpartition("/")[0] for name in self.there if "/" in name}
        names = Names(foreign, _with_parents(folders))
        for name in staying:
            names.take(name)
        fixed, free, held = {}, {}, {}
        for source, (item, name, record) in self._placed.items():
            if name and record is not None and not record.ours:
                fixed[source] = name
                continue
            free[source] = self.pattern.path(item.track, item.genres, item.making.extension)
            if name:
                held[source] = name
        resolved = resolve(free, names, held)
        return [self._step(source, *resolved.get(source, (fixed.get(source, ""), ""))) for source in self._placed]

    def _step(self, source: str, path: str, why: str) -> Step:
        item, name, record = self._placed[source]
        if not name:
            return Step(Action.COPY, item, path, "", why)
        old = name if name != path else ""
        if record is None:
            return Step(Action.RETAG if self._only_retagged(item, name) else Action.REPLACE, item, path, old, why)
        if not record.ours:
            adopted = name in self._adopted
            return Step(Action.ADOPT if adopted else Action.KEEP, item, path, "", why, record)
        return Step(Action.MOVE if old else Action.KEEP, item, path, old, why, record)

    def _usable(self, track: Track) -> bool:
        reason = ""
        if track.missing:
            if track.path.startswith(self._reachable):
                return False  # somebody removed it from the library
            self._out_of_reach.add(track.path)
            reason = OUT_OF_REACH
        elif track.error_stage == "scan":
            reason = track.error or _DAMAGED
        elif track.path in self._disowned and track.path not in self._by_source:
            reason = CHANGED_THERE
        if reason:
            self.failures.append(FileFailure(track.path, "copy", reason))
        return not reason

    def _current(self, item: Wanted, name: str) -> Record | None:
        """What the manifest will say of a copy that is as it shall be; None for one that is not."""
        record, stamp = self.intact[name], item.track.stamp
        if (record.genres, record.making, record.size) != (item.carried, item.making.name, stamp.size):
            return None
        same = record.source == item.track.path and record.mtime_ns == stamp.mtime_ns
        if not same and digest_of(item.track.path) != record.content:
            return None
        return replace(record, source=item.track.path, mtime_ns=stamp.mtime_ns)

    def _only_retagged(self, item: Wanted, name: str) -> bool:
        """Tell whether a copy seems to differ from the wanted one by its genres alone; the copying proves it."""
        record, making = self.intact[name], item.making.name
        alike = abs(record.size - item.track.stamp.size) <= _TAGS and (record.making, making, record.note) == ("",) * 3
        return alike and record.genres != item.carried and self._renames

    def _renamed(self, tracks: Mapping[str, Wanted]) -> dict[str, str]:
        """Find the copies of tracks that have another path now, be it on another computer, and the same bytes."""
        orphans = defaultdict(list)
        for name, record in sorted(self.intact.items()):
            if record.ours and record.source not in tracks and not os.path.lexists(record.source):
                orphans[record.size].append(name)
        moved = {}
        for source, item in tracks.items():
            names = orphans.get(item.track.stamp.size, []) if source not in self._by_source else []
            content = digest_of(source) if names else ""
            same = next((name for name in names if self.intact[name].content == content), "")
            if same:
                moved[source] = same
                names.remove(same)
        return moved

    def _strangers(self) -> dict[int, list[str]]:
        """Files that are not in the manifest, by size; not those in a wastebasket."""
        by_size = defaultdict(list)
        for name in sorted(self.there):
            hidden = any(part[0] in ".$" or part in _SYSTEMS for part in name.split("/"))
            if name not in self.intact and not hidden:
                by_size[self.there[name]].append(name)
        return by_size

    def _adopt(self, item: Wanted, strangers: Mapping[int, list[str]]) -> tuple[str, Record | None]:
        """Look for the very same file among those that somebody else put there."""
        stamp = item.track.stamp
        names = strangers.get(stamp.size, [])
        if not names or not stamp.size or item.carried != item.track.genres or item.making.name:
            return "", None
        content = digest_of(item.track.path)
        for name in names:
            if content and digest_of(at(self.root, name)) == content:
                names.remove(name)
                self._adopted[name] = item.track.path
                record = Record(item.track.path, stamp.size, stamp.mtime_ns, content, item.carried, stamp.size, content,
                                ours=False)  # fmt: skip
                return name, record
        return "", None


def _with_parents(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]


def _ordered(steps: Sequence[Step]) -> tuple[tuple[Step, ...], list[str]]:
    """Put moves into an order in which each finds its name free.

    Where names go round in a circle, one of the copies is given up and made anew.

    Returns
    -------
    steps, given_up : tuple of Step, list of str
    """
    waiting = [step for step in steps if step.old]
    occupied = {folded(step.old): step for step in waiting}
    ordered: list[Step] = []
    given_up: list[str] = []
    while waiting:
        ready = [s for s in waiting if occupied.get(folded(s.path), s) is s]
        if not ready:
            first = waiting.pop(0)
            given_up.append(first.old)
            ordered.append(replace(first, action=Action.COPY, old="", record=None))
            del occupied[folded(first.old)]
            continue
        for step in ready:
            del occupied[folded(step.old)]
        ordered += ready
        waiting = [step for step in waiting if folded(step.old) in occupied]
    return (*ordered, *(step for step in steps if not step.old)), given_up


def _anew(steps: Sequence[Step]) -> tuple[tuple[Step, ...], list[str]]:
    """Give up all copies that would have to be renamed or replaced, and make them anew: the target cannot rename."""
    given_up = [step.old or step.path for step in steps if step.old or step.action is Action.REPLACE]
    return tuple(
        replace(step, action=Action.COPY, old="", record=None) if step.old or step.action is Action.REPLACE else step
        for step in steps
    ), given_up


def _needed(steps: Iterable[Step], deletes: Iterable[str], intact: Mapping[str, Record], block: int) -> int:
    """Bytes that the copies take, in whole blocks; what is replaced is there twice for a moment."""

    def taken(size: int) -> int:
        return -(-size // block) * block

    copied = -sum(taken(intact[name].there) for name in deletes)
    largest = 0
    for step in steps:
        if step.action is Action.COPY:
            copied += taken(step.size)
        elif step.action is Action.RETAG:
            largest = max(largest, taken(step.wanted.track.stamp.size))  # where it has to be made anew
        elif step.action is Action.REPLACE:
            copied += max(taken(step.size) - taken(intact[step.old or step.path].there), 0)
            largest = max(largest, taken(step.size))
    return copied + largest


def _block(place: str) -> int:
    return os.statvfs(place).f_frsize or 1 if hasattr(os, "statvfs") else 4096


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{max(size, 0) / 1e3:,.0f} kB"
