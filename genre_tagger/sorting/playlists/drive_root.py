"""Where a drive begins: some players look for `/Artist/…` from there on, and not beside the playlist."""

from __future__ import annotations

import os

from genre_tagger.base.errors import FileError

_PHONES = "gvfs"  # the folder in which desktops show phones: each is a folder there, and its storages lie in that
_ELSEWHERE = "The file is not on the drive of the playlist, so no path from the root of that drive can name it."


def root_of(folder: str) -> str:
    """Find the root of the drive that a folder is on, as the player will see it.

    A folder on a drive of this computer is taken for that root itself: it is one that is synced, or goes to a drive
    as a whole.
    """
    real = os.path.realpath(folder)
    parts = real.split(os.sep)
    if _PHONES in parts[:-2]:
        return os.sep.join(parts[: parts.index(_PHONES) + 3])
    place = real
    while not os.path.ismount(place):
        above = os.path.dirname(place)
        if above == place:
            return real
        place = above
    return real if _is_of_this_computer(place) else place


def named(path: str, folder: str, *, from_root: bool = False) -> str:
    """Say how a playlist in a folder names a file: relative to it, or from the root of its drive, with ``/``.

    Raises
    ------
    FileError
        If it lies on another drive than the folder, and is to be named from the root.
    """
    if not from_root:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    root = os.path.join(root_of(folder), "")
    real = os.path.realpath(path)
    if not real.startswith(root):
        raise FileError(path, _ELSEWHERE)
    return "/" + real.removeprefix(root).replace(os.sep, "/")


def _is_of_this_computer(place: str) -> bool:
    return os.path.dirname(place) == place or os.stat(place).st_dev == os.stat(os.path.expanduser("~")).st_dev
