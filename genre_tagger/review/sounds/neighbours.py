"""What the tracks that sound most like a track are said to be: their votes, those of its own artist left out."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_tagger.review.discriminant import Floats, Ints, Values

MOST = 20
"""How many neighbours vote."""
CHUNKS = 10
"""How many times :func:`finding` yields."""

# Of a large library so many tracks can be neighbours: more would cost minutes and tell little.
_ASKED = 4_000
# Of each genre so many, if it has them: a rare one must not lose its voice by being left out.
_OF_EACH = 10
_STRICT = 5.0
# Beside the neighbours, what is usual in the library has a vote of this weight.
_USUAL = 1.0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Who votes for whom.

    Attributes
    ----------
    rows : ndarray of int [shape=(tracks, MOST or less)]
        The neighbours of each track, as rows.
    weights : ndarray [shape=(tracks, MOST or less)]
        How much each of them counts; 0 for who is of the same artist or album.
    """

    rows: Ints
    weights: Values

    def votes(self, shares: Values, trust: Values) -> Floats:
        """How much likelier, as a logarithm, each class is for each track by its neighbours than it is usually.

        Parameters
        ----------
        shares : ndarray [shape=(tracks, classes)]
            How much of each track is said to belong to each class, in 0…1; they add up to 1.
        trust : ndarray [shape=(tracks,)]
            How far what is said of each track is to be believed, in 0…1.

        Returns
        -------
        ndarray [shape=(tracks, classes)]
        """
        usual = shares.mean(axis=0)
        found = np.zeros(shares.shape)
        for place in range(self.rows.shape[1]):
            weight = self.weights[:, place] * trust[self.rows[:, place]]
            found += weight[:, None] * shares[self.rows[:, place]]
        voiced = found.sum(axis=1, keepdims=True)
        likely = (found + _USUAL * usual) / (voiced + _USUAL)
        # Nobody can vote for a class that no track is said to be of; that says nothing against it.
        return np.log(np.where(usual > 0, likely / np.where(usual > 0, usual, 1.0), 1.0))


def finding(values: NDArray[np.floating], groups: Ints, kinds: Ints) -> Generator[int, None, Neighbours]:
    """Find the neighbours of tracks, step by step.

    Parameters
    ----------
    values : ndarray [shape=(tracks, columns)]
        Embeddings.
    groups : ndarray [shape=(tracks,)]
        What has an artist or an album in common has one number.
    kinds : ndarray [shape=(tracks,)]
        A class for each track; all of them are to be among those that are asked.

    Yields
    ------
    int
        Which step is done, of :data:`CHUNKS`.

    Returns
    -------
    Neighbours
    """
    asked, scale = _asked(kinds)
    points = values.astype(np.float32)
    points -= points.mean(axis=0)
    points /= points.std(axis=0) + np.float32(1e-3)
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-6)
    most = min(MOST, len(asked))
    rows = np.zeros((len(values), most), dtype=np.int64)
    weights = np.zeros((len(values), most), dtype=np.float32)
    for number, chunk in enumerate(np.array_split(np.arange(len(values)), CHUNKS), 1):
        alike = points[chunk] @ points[asked].T
        alike[groups[chunk][:, None] == groups[asked][None, :]] = -np.inf
        nearest = np.argpartition(-alike, most - 1, axis=1)[:, :most]
        near = np.take_along_axis(alike, nearest, axis=1)
        highest = np.maximum(near.max(axis=1, keepdims=True, initial=-1.0), -1.0)
        rows[chunk] = asked[nearest]
        weights[chunk] = np.exp(_STRICT * (near - highest)) * scale[nearest]
        yield number
    return Neighbours(rows, weights)


def _asked(kinds: Ints) -> tuple[Ints, Values]:
    """Rows of the tracks that may be neighbours, and how many tracks each of them stands for, 1 on average."""
    if len(kinds) <= _ASKED:
        return np.arange(len(kinds)), np.ones(len(kinds), dtype=np.float32)
    order = np.argsort(kinds, kind="stable")
    chosen, stands = list[Ints](), list[Values]()
    for rows in np.split(order, np.flatnonzero(np.diff(kinds[order])) + 1):
        many = min(len(rows), max(_OF_EACH, round(_ASKED * len(rows) / len(kinds))))
        chosen.append(rows[np.linspace(0, len(rows) - 1, many).astype(np.int64)])
        stands.append(np.full(many, len(rows) / many, dtype=np.float32))
    scale = np.concatenate(stands)
    return np.concatenate(chosen), np.asarray(scale / scale.mean())
