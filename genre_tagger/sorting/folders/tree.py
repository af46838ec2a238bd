"""What lies in the music folders: every folder with its files and the folders in it; links are not followed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from genre_tagger.files.sniff import extension
from genre_tagger.files.tags import AUDIO_EXTENSIONS
from genre_tagger.sorting.copies.manifest import NAME, SECOND, WORKING

OURS = ".genre-tagger-"
"""How the names begin that files of ours have for a moment."""


@dataclass(slots=True)
class Folder:
    """What is directly in a folder, by names. `links` are symbolic; `strange` is what is ours or no file at all."""

    music: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    def staying(self) -> list[str]:
        """List what is never moved."""
        return [*self.links, *self.strange]


def look_through(roots: Iterable[str]) -> dict[str, Folder]:
    """Look through folders and all below them.

    Returns
    -------
    dict
        Each :class:`Folder` by its path, a folder before those in it. What cannot be read is left out.
    """
    there: dict[str, Folder] = {}
    waiting = [os.path.abspath(root) for root in roots]
    while waiting:
        path = waiting.pop()
        if path in there:
            continue
        try:
            with os.scandir(path) as entries:
                folder = _sorted(entries)
        except OSError:
            continue
        there[path] = folder
        waiting += [os.path.join(path, name) for name in folder.below]
    return there


def _sorted(entries: Iterable[os.DirEntry[str]]) -> Folder:
    folder = Folder()
    for entry in sorted(entries, key=lambda entry: entry.name):
        name = entry.name
        if entry.is_symlink():
            folder.links.append(name)
        elif entry.is_dir():
            (folder.strange if name == WORKING else folder.below).append(name)
        elif not entry.is_file() or name in (NAME, SECOND) or name.startswith(OURS):
            folder.strange.append(name)
        else:
            (folder.music if extension(name) in AUDIO_EXTENSIONS else folder.others).append(name)
    return folder


def is_in(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it."""
    return path == folder or path.startswith(os.path.join(folder, ""))
