"""Errors of the world (raised) and failures of single files (yielded as values on the line)."""

from __future__ import annotations

import os
from dataclasses import dataclass


class GenreTaggerError(Exception):
    """An error of the world that a user can understand; a bug is any other exception."""


class FileError(GenreTaggerError):
    """Something is wrong with one file.

    Parameters
    ----------
    path : str
        The file, as :func:`os.fsdecode` gives it.
    reason : str
        A plain sentence for the user, without the path.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class DecodeError(FileError):
    """The audio of a file cannot be decoded."""


class TagError(FileError):
    """The tags of a file cannot be read or written."""


class RefusedError(FileError):
    """A file that cannot be written with proof that nothing else in it changes; it stays as it is."""


class LibraryError(GenreTaggerError):
    """The library file cannot be opened, read or written."""


class TargetError(GenreTaggerError):
    """A folder that music or playlists were to go to cannot take them."""


class ModelError(GenreTaggerError):
    """A model folder is incomplete, changed or not understood."""


class LearnedError(GenreTaggerError):
    """What was learned of a person's genres cannot be read or kept."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What identifies a file's content without reading it (times in ns, size in bytes)."""

    dev: int
    ino: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> FileStamp:
        """Take the stamp from a stat result."""
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class FileFailure:
    """One file that a stage could not handle; the line goes on with the next.

    Attributes
    ----------
    path : str
        The file or folder.
    stage : str
        ``"scan"``, ``"hidden"`` (a hidden folder that a scan passed over), ``"classify"``, ``"write"``, ``"undo"``,
        ``"copy"``, ``"playlist"`` or ``"add"`` (the window's own: what was not taken into the library).
    reason : str
        A plain sentence for the user, without the path.
    stamp : FileStamp or None
        Set by ``scan`` when the failing thing is a regular file.
    """

    path: str
    stage: str
    reason: str
    stamp: FileStamp | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The drive with the next file, or who is to work, is not there; whoever asks for more lets it be looked for again.

    Attributes
    ----------
    path : str
        The next file, or empty.
    reason : str
        A plain sentence for the user, without the path.
    """

    path: str
    reason: str
