"""More like this: the tracks that sound most like one or several others.

The embeddings of a library lie in one file as they are compared, so that asking maps it and multiplies. The file can be
made anew at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import LearnedError
from genre_tagger.base.small_files import replacing
from genre_tagger.library.library import Library

Ints = NDArray[np.int64]
Values = NDArray[np.float32]
_FORM = "genre-tagger-alike-1"
_STEP = 8_192
_HEAD = 4_096  # the card is padded to a page, so that what follows can be mapped


@dataclass(frozen=True, eq=False)
class Alike:
    """The tracks of a library as points of which near ones sound alike.

    Attributes
    ----------
    ids : ndarray [shape=(tracks,)]
        Of the tracks, rising.
    points : ndarray [shape=(tracks, columns)]
        Of length 1; read from the disk as they are needed.
    stamp : str
        What they were made from.
    """

    ids: Ints
    points: Values
    stamp: str

    def near(self, tracks: Sequence[int], count: int = 50) -> list[tuple[int, float]]:
        """List the tracks that sound most like some.

        Parameters
        ----------
        tracks : sequence of int
            Ids; those that are not known are passed over.
        count : int
            How many to give at most.

        Returns
        -------
        list of (int, float)
            Ids with how alike they are, −1…1, the most alike first; without `tracks` themselves. Of several tracks it
            is their middle that others are near to.
        """
        wanted = np.array(sorted(set(tracks)), dtype=np.int64)
        rows = np.searchsorted(self.ids, wanted)
        rows = rows[(rows < len(self.ids))]
        # An id that is not there has the row of the next one, which may be wanted too.
        rows = np.unique(rows[np.isin(self.ids[rows], wanted)])
        if not len(rows) or count < 1:
            return []
        middle = self.points[rows].mean(axis=0)
        alike = self.points @ (middle / max(float(np.linalg.norm(middle)), 1e-6))
        alike[rows] = -np.inf
        count = min(count, len(alike) - len(rows))
        if count < 1:
            return []
        best = np.argpartition(-alike, count - 1)[:count]
        best = best[np.lexsort((self.ids[best], -alike[best]))]
        return [(int(self.ids[row]), float(alike[row])) for row in best]


def points_path(cache_folder: str, library_path: str) -> str:
    """Name the file of a library's points."""
    word = hashlib.sha256(os.fsencode(os.path.realpath(library_path))).hexdigest()[:12]
    return os.path.join(cache_folder, f"alike-{word}.bin")


def make(path: str, stamp: str, ids: Ints, values: NDArray[np.floating]) -> None:
    """Write the file of a library's points.

    Parameters
    ----------
    path : str
        The file; its folder is made if need be.
    stamp : str
        A word that changes when any of `values` does.
    ids : ndarray [shape=(tracks,)]
        Rising.
    values : ndarray [shape=(tracks, columns)]
        Embeddings. What varies more among these tracks counts no more for it, and what all have in common not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    mean, scale = _spread(values)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    card = {"form": _FORM, "stamp": stamp, "tracks": len(ids), "columns": int(values.shape[1])}
    with replacing(path) as file:
        file.write(json.dumps(card).encode("ascii").ljust(_HEAD))
        file.write(np.ascontiguousarray(ids, dtype="<i8").tobytes())
        for start in range(0, len(values), _STEP):
            points = (values[start : start + _STEP].astype(np.float32) - mean) / scale
            points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-6)
            file.write(points.astype("<f4").tobytes())


def _spread(values: NDArray[np.floating]) -> tuple[Values, Values]:
    some = values[:: max(1, len(values) // 20_000)].astype(np.float32)
    if not len(some):
        return np.zeros(values.shape[1], dtype=np.float32), np.ones(values.shape[1], dtype=np.float32)
    return some.mean(axis=0), some.std(axis=0) + np.float32(1e-3)


def read(path: str, stamp: str) -> Alike | None:
    """Map the points of a library; None where there are none yet, or they were made from something else."""
    try:
        with open(path, "rb") as file:
            card = json.loads(file.read(_HEAD))
        tracks, columns = int(card["tracks"]), int(card["columns"])
        size = _HEAD + 8 * tracks + 4 * tracks * columns
        if card["form"] != _FORM or card["stamp"] != stamp or os.path.getsize(path) != size or not tracks:
            return None
        ids = np.fromfile(path, dtype="<i8", count=tracks, offset=_HEAD)
        points = np.memmap(path, dtype="<f4", mode="r", offset=_HEAD + 8 * tracks, shape=(tracks, columns))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Alike(ids, points.view(np.ndarray), stamp)


def points_of(library: Library, cache_folder: str, before: Alike | None = None) -> Alike | None:
    """Give the points of a library, made first where there are none or older ones; None where nothing was heard yet.

    Parameters
    ----------
    library : Library
    cache_folder : str
        Where what can be computed again is kept.
    before : Alike, optional
        What was given before; it is given again as long as nothing was heard since.

    Raises
    ------
    LearnedError
        If they cannot be kept.
    """
    if before is not None and before.stamp.endswith(f" {library.teaching.heard_number()}"):
        return before
    path, stamp = points_path(cache_folder, library.path), library.teaching.heard_stamp()
    points = read(path, stamp)
    if points is None and stamp:
        ids, values = library.teaching.embeddings(stamp.rpartition(" ")[0])
        try:
            make(path, stamp, ids, np.nan_to_num(values))
        except OSError as error:
            reason = error.strerror or error
            raise LearnedError(f"What sounds alike cannot be kept in {cache_folder}: {reason}.") from error
        points = read(path, stamp)
    return points
