"""What this program put on a target: a list that lies there, by which the next run knows it again."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from genre_tagger.base.errors import TargetError
from genre_tagger.base.small_files import read_json, write_directly, write_json

NAME = ".genre-tagger.json"
SECOND = ".genre-tagger-2.json"
"""The same list once more, on a target that cannot rename: one of both is whole at every moment."""

WORKING = ".genre-tagger-copying"
"""Folder on the target in which copies are made; what lies in it is unfinished and nobody's."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A file on the target that holds a track of the library.

    Attributes
    ----------
    source, size, mtime_ns, content : str, int, int, str
        The library's file that it was made of: its path, bytes, time of change, and SHA-256.
    genres : tuple of str
        Those that the copy was to carry.
    there, digest : int, str
        The copy's bytes and SHA-256.
    ours : bool
        Whether this program put it there. What it did not is never changed, moved or deleted.
    note : str
        Why the copy does not carry the wanted genres; "" where it does.
    making : str
        How it was made of the library's file, see :class:`genre_tagger.sorting.copies.smaller.Making`; "" for the
        same sound and tags.
    """

    source: str
    size: int
    mtime_ns: int
    content: str
    genres: tuple[str, ...]
    there: int
    digest: str
    ours: bool = True
    note: str = ""
    making: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Record:
        """Take over what a manifest says; ValueError where that is no record."""
        stored = {"making": "", **stored}  # a list from before had none
        if stored.keys() != _KINDS.keys() or any(type(stored[name]) is not kind for name, kind in _KINDS.items()):
            raise ValueError
        return cls(**{**stored, "genres": tuple(map(str, stored["genres"]))})

    def stored(self) -> dict[str, Any]:
        """Say what a manifest is to say."""
        return {name: getattr(self, name) for name in _KINDS}


_KINDS = {
    "source": str, "size": int, "mtime_ns": int, "content": str, "genres": list, "there": int, "digest": str,
    "ours": bool, "note": str, "making": str,
}  # fmt: skip


@dataclass
class Manifest:
    """The list itself.

    Attributes
    ----------
    root : str
        The target.
    files : dict
        Records by path relative to the target, with ``/`` between its parts.
    pending : dict
        Records of files that are about to get their names. After a kill their bytes say which of them did.
    playlists : dict
        SHA-256 of the playlists that this program wrote, by their names.
    renames : bool
        Whether the target can rename, as far as it is known. Where it cannot, a file is written whole at once under its
        name, and what is pending may be there in part after a kill.
    halves : tuple of str
        Such files, by path relative to the target.
    """

    root: str
    files: dict[str, Record] = field(default_factory=dict)
    pending: dict[str, Record] = field(default_factory=dict)
    playlists: dict[str, str] = field(default_factory=dict)
    renames: bool = True
    halves: tuple[str, ...] = ()
    _read: tuple[int, int, int] | None = field(default=None, compare=False)  # what tells this list from a later one

    @classmethod
    def read(cls, root: str) -> Manifest:
        """Read the list of a target; one that has none, or is not there, gives an empty one.

        Raises
        ------
        TargetError
            If there is a list that cannot be understood.
        """
        path, second = (os.path.join(root, name) for name in (NAME, SECOND))
        if not (os.path.lexists(path) or os.path.lexists(second)):
            return cls(root)
        stamp = _stamp(root)
        stored = read_json(path, _VERSION) or read_json(second, _VERSION)
        try:
            files, pending = (
                {_inside(name): Record.read(record) for name, record in stored[part].items()}
                for part in ("files", "pending")
            )
            playlists = {_inside(name): str(digest) for name, digest in stored["playlists"].items()}
        except (KeyError, ValueError, AttributeError, TypeError):
            raise TargetError(
                f"The list of what was put there, {path}, is damaged or comes from a newer version. Nothing was "
                "changed. Rename it to begin anew; the files there stay."
            ) from None
        arrived = {name: r for name, r in pending.items() if digest_of(at(root, name)) == r.digest}
        renames = stored.get("renames") is not False
        halves = () if renames else tuple(
            name for name, record in pending.items() if name not in arrived and _is_part(at(root, name), record)
        )  # fmt: skip
        return cls(root, files | arrived, {}, playlists, renames, halves, stamp)

    def is_as_read(self) -> bool:
        """Whether nobody has written the list since it was read."""
        return _stamp(self.root) == self._read

    def write(self) -> None:
        """Put the list on the target, whole or not at all.

        Raises
        ------
        OSError
        """
        files, pending = (
            {name: record.stored() for name, record in part.items()} for part in (self.files, self.pending)
        )
        stored = {"files": files, "pending": pending, "playlists": self.playlists, "renames": self.renames}
        if self.renames:
            write_json(os.path.join(self.root, NAME), _VERSION, stored)
        else:
            for name in (SECOND, NAME):
                write_directly(os.path.join(self.root, name), _VERSION, stored)
        self._read = _stamp(self.root)


def _stamp(root: str) -> tuple[int, int, int] | None:
    try:
        seen = os.stat(os.path.join(root, NAME))
    except OSError:
        return None
    # On some drives only the size tells two lists of one second apart; a run has another size nearly always.
    return seen.st_size, seen.st_mtime_ns, seen.st_dev


def at(root: str, name: str) -> str:
    """Say where a path relative to the target is."""
    return os.path.join(root, *name.split("/"))


@contextlib.contextmanager
def looking_at(target: str) -> Iterator[None]:
    """Say in a sentence that a target went, or failed, while it was looked at.

    Raises
    ------
    TargetError
    """
    try:
        yield
    except OSError as error:
        raise TargetError(
            f"{target} cannot be looked at: the system reported “{error.strerror or error}”. Is the drive plugged in? "
            "Nothing was copied."
        ) from error


def digest_of(path: str) -> str:
    """Hash a file (SHA-256, hexadecimal); "" for one that cannot be read or is a link."""
    try:
        if os.path.islink(path):
            return ""
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_part(path: str, record: Record) -> bool:
    """Whether there is less of a file than there should be."""
    try:
        return os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) < record.there
    except OSError:
        return False


def _inside(name: str) -> str:
    """Let a path through that does not leave the target; ValueError for another. A stick may come from anybody."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts) or os.path.isabs(name) or "\\" in name:
        raise ValueError
    return name
