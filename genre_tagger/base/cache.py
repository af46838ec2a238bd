"""A cache on disk: arrays computed from music files, in a folder that may be deleted at any time.

A file is identified by path, size and time of its last change. Whatever goes wrong here (a full disk, a folder that
cannot be written, a damaged file) is as if nothing had been stored.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import FileStamp
from genre_tagger.base.small_files import PARTIAL, replacing

# Counts up whenever the stored form changes; what older programs stored is removed as the least used.
_FORMAT = 1
_ENDING = ".npz"
# What reading a damaged file raises.
_DAMAGE = (OSError, ValueError, EOFError, RuntimeError, LookupError, MemoryError, struct.error, zipfile.BadZipFile)


class Cache:
    """Stores arrays on disk; what was not used for the longest time is removed first.

    Parameters
    ----------
    folder : str
        Where; made when it is first needed.
    limit : int
        Bytes that the folder may take.
    """

    def __init__(self, folder: str, limit: int = 512 << 20) -> None:
        self._folder, self._limit = folder, limit

    def stamp(self, path: str) -> FileStamp | None:
        """Give what identifies a file now, to be passed to :meth:`put` when its arrays are ready."""
        try:
            return FileStamp.of(os.stat(path))
        except (OSError, ValueError):
            return None

    def get(self, path: str, kind: str) -> dict[str, NDArray[Any]] | None:
        """Give the arrays that were stored.

        Parameters
        ----------
        path : str
            The file that they are about.
        kind : str
            What they are, with all that they depend on besides the file.

        Returns
        -------
        dict of ndarray, or None
            None if nothing is stored about the file as it is now.
        """
        name = self._name(path, kind, self.stamp(path))
        if name is None:
            return None
        try:
            arrays = _read(name)
        except FileNotFoundError:
            return None
        except _DAMAGE:
            with contextlib.suppress(OSError):
                os.remove(name)
            return None
        with contextlib.suppress(OSError):
            os.utime(name)
        return arrays

    def put(
        self, path: str, kind: str, arrays: Mapping[str, NDArray[Any]], *, stamp: FileStamp | None = None
    ) -> None:
        """Store arrays about a file; nothing happens if that is impossible.

        Parameters
        ----------
        path, kind : str
            As in :meth:`get`.
        arrays : mapping of ndarray
            What to store, without objects.
        stamp : FileStamp or None
            What identified the file before its arrays were computed: if it changed since then, they are not stored.
        """
        now = self.stamp(path)
        name = self._name(path, kind, now)
        if name is None or stamp not in (None, now):
            return
        size = sum(array.nbytes for array in arrays.values())
        if size > self._limit:
            return
        try:
            os.makedirs(self._folder, exist_ok=True)
            self._make_room(size)
            with replacing(name) as file:
                np.savez(file, allow_pickle=False, **arrays)
        except (OSError, ValueError):
            return

    def _name(self, path: str, kind: str, stamp: FileStamp | None) -> str | None:
        if stamp is None:
            return None
        facts = f"{_FORMAT}\0{kind}\0{stamp.size}\0{stamp.mtime_ns}\0".encode() + os.fsencode(os.path.abspath(path))
        return os.path.join(self._folder, hashlib.sha256(facts).hexdigest() + _ENDING)

    def _make_room(self, size: int) -> None:
        """Remove what was used least until `size` bytes fit, and what an interrupted program left behind."""
        stored = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.endswith((_ENDING, PARTIAL)):
                    with contextlib.suppress(OSError):
                        stat = entry.stat()
                        stored.append((stat.st_mtime_ns, stat.st_size, entry.path))
        total = size + sum(bytes_ for _, bytes_, _ in stored)
        for _, bytes_, name in sorted(stored):
            if total <= self._limit:
                return
            with contextlib.suppress(OSError):
                os.remove(name)
                total -= bytes_


def _read(name: str) -> dict[str, NDArray[Any]]:
    """Read an archive of arrays; numpy sees only what agrees with its checksum, because it believes too much."""
    with zipfile.ZipFile(name) as archive:
        arrays = {}
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError("compressed, which we never do")
            content = io.BytesIO(archive.read(member))
            arrays[member.filename.removesuffix(".npy")] = np.lib.format.read_array(content, allow_pickle=False)
    return arrays
