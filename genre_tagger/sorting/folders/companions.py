"""What comes along with an album: covers, booklets, logs, lists, and folders of scans beside its tracks."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from genre_tagger.base.errors import FileFailure
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.folders.tree import Folder, is_in
from genre_tagger.sorting.names import Names, legal
from genre_tagger.writing.drives import Drive, kind_of

_MIXED = "Its album is not together afterwards, or comes together with others; this stays where it is."
_ALIKE = "Another file has this name there."
_PART = "Music stays in this folder, so what lies beside it stays, too."


@dataclass(frozen=True)
class Placing:
    """Where tracks go: below `root`, from source to target; with `keep` they stay as well."""

    root: str
    places: Mapping[str, str]
    keep: bool


def companions(
    placing: Placing,
    there: Mapping[str, Folder],
    tracks: Iterable[Track],
    folders: Sequence[str],
    stays: list[FileFailure],
) -> dict[str, tuple[str, str]]:
    """Find what belongs to the albums that go, and where it goes.

    What lies in a folder goes with its tracks if all of them go, to one folder that no other album comes to. Folders
    without music in it keep their names there. What lies directly in a folder of the library stays.

    Parameters
    ----------
    placing : Placing
    there : mapping
        All folders, see :func:`~genre_tagger.sorting.folders.tree.look_through`.
    tracks : iterable of Track
        Those that are sorted, also those that are where they shall be.
    folders : sequence of str
        The library's folders.
    stays : list of FileFailure
        Takes what stays and why; stage ``"move"``.

    Returns
    -------
    dict
        By source, the target and in a sentence why its name is another one there ("" where it is its own).
    """
    homes, doubts = _homes(placing, there, tracks, {*folders, placing.root})
    wanted: dict[str, str] = {}
    for path, folder in there.items():
        above = os.path.dirname(path)
        if path not in homes and above in homes and not _has_music(path, there):
            homes[path] = os.path.join(homes[above], os.path.basename(path))
        if path in homes:
            wanted |= {os.path.join(path, name): os.path.join(homes[path], name) for name in folder.others}
        elif path in doubts:
            stays += [FileFailure(os.path.join(path, name), "move", doubts[path]) for name in folder.others]
    wanted = {source: target for source, target in wanted.items() if source != target}
    return _named(wanted, placing, there)


def _homes(
    placing: Placing, there: Mapping[str, Folder], tracks: Iterable[Track], tops: set[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Find where each folder with music goes as a whole; and of those that do not, why."""
    goals: dict[str, set[str]] = defaultdict(set)  # by folder, those that its tracks go to
    albums: dict[str, set[str]] = defaultdict(set)  # by folder, the albums that will be in and below it
    for track in tracks:
        target = placing.places.get(track.path, track.path)
        for folder in _above(target, tops):
            if len(albums[folder]) < 2:
                albums[folder].add(genre_key(track.album) or os.path.dirname(track.path))
    for source, target in placing.places.items():
        for folder in _above(source, tops):
            goals[folder].add(os.path.dirname(target))
    homes, doubts = {}, {}
    staying = _with_staying(placing, there)
    for folder, targets in goals.items():
        home = os.path.commonpath(targets)
        if targets == {folder}:
            continue
        if folder in staying:
            doubts[folder] = _PART
        elif home == placing.root or not is_in(home, placing.root) or len(albums[home]) != 1:
            doubts[folder] = _MIXED
        else:
            homes[folder] = home
    return homes, doubts


def _above(path: str, tops: set[str]) -> list[str]:
    """Name the folders above a file, the nearest first, below the folders of the library and the root."""
    folders, folder = [], os.path.dirname(path)
    while folder not in tops and folder != os.path.dirname(folder):
        folders.append(folder)
        folder = os.path.dirname(folder)
    return folders


def _with_staying(placing: Placing, there: Mapping[str, Folder]) -> set[str]:
    """Name the folders in or below which music stays."""
    staying: set[str] = set()
    for path, folder in reversed(list(there.items())):
        stays = any(os.path.join(path, name) not in placing.places for name in folder.music)
        if stays or any(os.path.join(path, name) in staying for name in folder.below):
            staying.add(path)
    return staying


def _has_music(path: str, there: Mapping[str, Folder]) -> bool:
    waiting = [path]
    while waiting:
        folder = there.get(waiting[-1])
        above = waiting.pop()
        if folder is None or folder.music:
            return True  # nobody knows what is in a folder that cannot be read
        waiting += [os.path.join(above, name) for name in folder.below]
    return False


def _named(wanted: Mapping[str, str], placing: Placing, there: Mapping[str, Folder]) -> dict[str, tuple[str, str]]:
    """Give each a name that nobody has there."""
    root, going = placing.root, set() if placing.keep else placing.places.keys() | wanted.keys()
    taken = list(placing.places.values())
    for path, folder in there.items():
        if is_in(path, root):
            names = (*folder.music, *folder.others, *folder.links, *folder.strange)
            taken += [os.path.join(path, name) for name in names if os.path.join(path, name) not in going]
    register = Names([os.path.relpath(path, root) for path in taken])
    resolved = {}
    place = root if os.path.isdir(root) else os.path.dirname(root)
    picky = Drive.WINDOWS in kind_of(place)
    for source, target in sorted(wanted.items()):
        *parts, name = os.path.relpath(target, root).split(os.sep)
        if picky:
            parts, name = [legal(part) for part in parts], legal(*os.path.splitext(name))
        near, why = register.take(f"{register.folder('/'.join(parts))}/{name}")
        resolved[source] = os.path.join(root, near), why and _ALIKE
    return resolved
