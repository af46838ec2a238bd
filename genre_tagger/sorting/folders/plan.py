"""What putting the library's files into folders will do, before it does anything: from where to where, and why not."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from genre_tagger.base.errors import FileFailure, FileStamp, TargetError
from genre_tagger.files.sniff import extension
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.copies.plan import Wanted, require_room
from genre_tagger.sorting.folders.companions import Placing, companions
from genre_tagger.sorting.folders.tree import Folder, is_in, look_through
from genre_tagger.sorting.names import Names, resolve
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.sorting.playlists.following import LISTS, naming
from genre_tagger.writing.drives import is_same

_GONE = "The file is not there any more; nothing was moved."
_DAMAGED = "The file could not be read when it was scanned; it was left where it is."
_LINK = "This is a link, or lies behind one; it was left where it is. Move the file that it leads to."
_LOCKED = "You have no permission to change its folder; it was left where it is."
_CHANGED = "The file was changed since it was scanned; it was left where it is. Please scan again."
_OUTSIDE = "This lies in none of your music folders; it was left where it is."


@dataclass(frozen=True, slots=True)
class Relocation:
    """One file and where it goes.

    Attributes
    ----------
    source, target : str
        Where it is, and where it will be; absolute.
    why : str
        Why its name is not that of the pattern; "" where it is.
    track : int or None
        Its track in the library; None for what comes along.
    size, mtime_ns : int
        The file as it was when this was planned.
    """

    source: str
    target: str
    why: str
    track: int | None
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class FolderPlan:
    """All that will be done.

    Attributes
    ----------
    root : str
        The folder below which the new folders are.
    keep : bool
        Whether the files stay and get copies there.
    moves : tuple of Relocation
        Tracks, and what belongs to their albums.
    kept : int
        Tracks that are where the pattern wants them.
    failures : tuple of FileFailure
        Tracks that stay where they are, and why; stage ``"move"``.
    stays : tuple of FileFailure
        What lies beside tracks that go, and stays, and why.
    lists : tuple of (str, int)
        Playlists and cue sheets, where they will lie, that will name files by their new places, and how many.
    emptied : tuple of str
        Folders in which nothing will be left, and which go; those within others first.
    folders : tuple of str
        The library's folders.
    free, needed : int or None, int
        Bytes that are free on the target's drive (None where it does not say), and that are needed there.
    """

    root: str
    keep: bool
    moves: tuple[Relocation, ...]
    kept: int
    failures: tuple[FileFailure, ...]
    stays: tuple[FileFailure, ...]
    lists: tuple[tuple[str, int], ...]
    emptied: tuple[str, ...]
    folders: tuple[str, ...]
    free: int | None
    needed: int

    @property
    def tracks(self) -> int:
        """How many tracks go."""
        return sum(move.track is not None for move in self.moves)

    def require_room(self) -> None:
        """Raise TargetError if it does not fit."""
        require_room(self.root, self.needed, self.free)


def folder_plan(
    wanted: Iterable[Wanted], root: str, pattern: Pattern, *, folders: Sequence[str], keep: bool = False
) -> FolderPlan:
    """Plan to put tracks into folders; nothing is changed anywhere.

    Parameters
    ----------
    wanted : iterable of Wanted
        The tracks, with the genres by which they are sorted.
    root : str
        The folder below which they go. It is made if only it is missing.
    pattern : Pattern
        Where each goes.
    folders : sequence of str
        The library's folders.
    keep : bool
        Whether the files stay where they are and get copies there.

    Raises
    ------
    TargetError
        If nothing can be put there.
    """
    root = rooted(root, folders, keep=keep)
    tracks = [item for item in wanted if not (item.track.missing and not os.path.lexists(item.track.path))]
    there = look_through([*folders, *([root] if os.path.isdir(root) else [])])
    failures, stays = list[FileFailure](), list[FileFailure]()
    usable = _usable(tracks, folders, failures)
    places, kept = _placed(usable, root, pattern, there, keep=keep)
    placing = Placing(root, {source: target for source, (target, _) in places.items()}, keep=keep)
    along = companions(placing, there, [item.track for item in usable], folders, stays)
    ids = {item.track.path: item.track.id for item in usable}
    moves = [_relocation(source, *where, ids.get(source)) for source, where in (places | along).items()]
    now = {move.source: move.target for move in moves}
    lists = tuple(sorted((now.get(path, path), count) for path, count in naming(_lists(there), now, keep=keep).items()))
    place = root if os.path.isdir(root) else os.path.dirname(root)
    needed = sum(move.size for move in moves if keep or not _on(move.source, place))
    room = shutil.disk_usage(place)
    return FolderPlan(
        root, keep, tuple(moves), kept, tuple(failures), tuple(stays), lists,
        () if keep else tuple(_emptied(there, now, folders, root)), tuple(folders),
        room.free if room.total else None, needed,
    )  # fmt: skip


def rooted(root: str, folders: Sequence[str], *, keep: bool) -> str:
    """Look whether files can be put into a folder, and name it as the library's folders are named.

    Raises
    ------
    TargetError
    """
    path = os.path.abspath(root)
    for folder in folders:  # by whichever name it is reached, a library has its files under one
        real, top = os.path.realpath(path), os.path.realpath(folder)
        if is_in(real, top):
            path = os.path.join(folder, os.path.relpath(real, top)) if real != top else folder
            if keep:
                raise TargetError(
                    f"{root} is or lies in your music folder {folder}, which would have everything twice then. Move "
                    "the files, or choose a folder outside for the copies; nothing was copied."
                )
        elif keep and is_in(top, real):
            raise TargetError(f"Your music folder {folder} lies in {root}. Choose another; nothing was copied.")
    if os.path.lexists(path) and not os.path.isdir(path):
        raise TargetError(f"{root} is not a folder. Nothing was changed.")
    place = path if os.path.isdir(path) else os.path.dirname(path)
    if not os.path.isdir(place):
        raise TargetError(f"There is no folder {place}. Is the drive plugged in? Nothing was changed.")
    read_only = hasattr(os, "statvfs") and os.statvfs(place).f_flag & os.ST_RDONLY
    if read_only or not _may_change(place):
        why = "The drive is read-only" if read_only else "You have no permission to write there"
        raise TargetError(f"Nothing can be put into {root}. {why}; nothing was changed.")
    return path


def _may_change(folder: str) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _usable(wanted: Sequence[Wanted], folders: Sequence[str], failures: list[FileFailure]) -> list[Wanted]:
    """Sort out what cannot be moved, and say why."""
    usable, told = [], dict[str, str]()
    for item in wanted:
        folder = os.path.dirname(item.track.path)
        if folder not in told:
            told[folder] = _reason_of_folder(folder, item.track.path, folders)
        if reason := told[folder] or _reason(item.track):
            failures.append(FileFailure(item.track.path, "move", reason))
        else:
            usable.append(item)
    return usable


def _reason_of_folder(folder: str, path: str, folders: Sequence[str]) -> str:
    top = next((top for top in folders if is_in(path, top)), "")
    if not top:
        return _OUTSIDE
    # A folder of the library may itself be a link: its files are known by that name.
    near = os.path.relpath(folder, top)
    if is_in(folder, top) and os.path.realpath(folder) != os.path.normpath(os.path.join(os.path.realpath(top), near)):
        return _LINK
    return "" if _may_change(folder) or not os.path.isdir(folder) else _LOCKED


def _reason(track: Track) -> str:
    try:
        seen = os.lstat(track.path)
    except OSError:
        return _GONE
    if track.error_stage == "scan":
        return _DAMAGED
    if not stat.S_ISREG(seen.st_mode):
        return _LINK
    return "" if is_same(track.stamp, FileStamp.of(seen)) else _CHANGED


def _placed(
    wanted: Sequence[Wanted], root: str, pattern: Pattern, there: Mapping[str, Folder], *, keep: bool
) -> tuple[dict[str, tuple[str, str]], int]:
    """Give each track its place; returns the places of those that go, by source and with why, and how many stay."""
    going = set() if keep else {item.track.path for item in wanted}
    files, folders = set[str](), set[str]()
    for path, folder in there.items():
        if is_in(path, root):
            near = "" if path == root else os.path.relpath(path, root).replace(os.sep, "/")
            folders.add(near)
            names = (*folder.music, *folder.others, *folder.links, *folder.strange)
            files.update(f"{near}/{name}" if near else name for name in names if os.path.join(path, name) not in going)
    register = Names(files, folders - {""})
    free = {item.track.path: pattern.path(item.track, item.genres) for item in wanted}
    held = {
        path: os.path.relpath(path, root).replace(os.sep, "/") for path in free if is_in(path, root) and path in going
    }
    places = {}
    for source, (near, why) in resolve(free, register, held).items():
        target = os.path.join(root, *near.split("/"))
        if target != source:
            places[source] = target, why
    return dict(sorted(places.items())), len(free) - len(places)


def _relocation(source: str, target: str, why: str, track: int | None) -> Relocation:
    seen = os.lstat(source)
    return Relocation(source, target, why, track, seen.st_size, seen.st_mtime_ns)


def _lists(there: Mapping[str, Folder]) -> list[str]:
    return [
        os.path.join(path, name) for path, folder in there.items() for name in folder.others if extension(name) in LISTS
    ]


def _on(path: str, place: str) -> bool:
    return os.lstat(path).st_dev == os.stat(place).st_dev


def _emptied(there: Mapping[str, Folder], now: Mapping[str, str], folders: Sequence[str], root: str) -> list[str]:
    """Find the folders in which nothing will be left, those within others first."""
    tops = {*folders, root}
    needed = {above for target in now.values() for above in _ways(os.path.dirname(target), tops)}
    fixed = tops | needed
    bare: set[str] = set()
    for path, folder in reversed(list(there.items())):  # those within others come first
        leaves = all(os.path.join(path, name) in now for name in (*folder.music, *folder.others))
        leaves = leaves and all(os.path.join(path, name) in bare for name in folder.below)
        if leaves and not folder.staying() and path not in fixed:
            bare.add(path)
    left = {above for source in now for above in _ways(os.path.dirname(source), tops)}
    gone: set[str] = set()
    for path in there:
        if path in bare and (path in left or os.path.dirname(path) in gone):
            gone.add(path)
    return [path for path in reversed(list(there)) if path in gone]


def _ways(path: str, tops: set[str]) -> list[str]:
    ways = []
    while path not in tops and path != os.path.dirname(path):
        ways.append(path)
        path = os.path.dirname(path)
    return ways
