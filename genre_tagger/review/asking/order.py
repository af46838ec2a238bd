"""In which order unsure tracks are looked through: those first whose answer settles most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Values = NDArray[np.float32]

# A neighbourhood is so many tracks. It is looked for among so many, which says as much as among all of a large library.
_NEIGHBOURS = 12
_SAMPLE = 2_000
_PIECE = 4_096
# So many are put in their order one by one; who comes that far has had the rest put in order anew.
_CAREFUL = 60
# Tracks at least so alike, of those that a track is compared with, are offered as "these alike", and at most so many.
ALIKE, MOST_ALIKE = 0.6, 24


def directions(vectors: NDArray[np.float16]) -> Values:
    """Turn embeddings into directions from the library's middle, each of length 1.

    Parameters
    ----------
    vectors : ndarray [shape=(tracks, values)]

    Returns
    -------
    ndarray [shape=(tracks, values)]
        The product of two of them is how alike they are, in −1…1.
    """
    if not len(vectors):
        return np.zeros(vectors.shape, dtype=np.float32)
    values = vectors.astype(np.float32)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.where(length > 0, length, 1.0), dtype=np.float32)


def by_usefulness(uncertainty: NDArray[np.float64], towards: Values, seed: int = 0) -> NDArray[np.int64]:
    """Put tracks in the order in which their answers settle most.

    An answer is worth the uncertainty of its track times how close its neighbours are; what is much like a track
    further ahead is worth less, since that one's answer says something of it already.

    Parameters
    ----------
    uncertainty : ndarray [shape=(tracks,)]
        In 0…1.
    towards : ndarray [shape=(tracks, values)]
        What :func:`directions` gives.
    seed : int
        Of the sample in which neighbours are looked for.

    Returns
    -------
    ndarray [shape=(tracks,)]
        Positions, the most useful first.
    """
    worth = uncertainty * (0.05 + np.clip(density(towards, seed), 0.0, 1.0))
    first: list[int] = []
    left = worth.copy()
    for _ in range(min(_CAREFUL, len(left))):
        best = int(np.argmax(left))
        first.append(best)
        close = np.clip(towards @ towards[best], 0.0, 1.0)
        left *= 1.0 - 0.9 * close**2
        left[best] = -np.inf
    rest = np.argsort(-np.where(np.isneginf(left), -np.inf, worth), kind="stable")[: len(left) - len(first)]
    return np.concatenate([np.array(first, dtype=np.int64), rest.astype(np.int64)])


def density(towards: Values, seed: int = 0) -> NDArray[np.float64]:
    """Tell how close the neighbours of each track are, on average; see :func:`by_usefulness`."""
    count = len(towards)
    if count < 2:
        return np.zeros(count)
    rng = np.random.default_rng(seed)
    sample = towards if count <= _SAMPLE else towards[rng.choice(count, _SAMPLE, replace=False)]
    near = min(_NEIGHBOURS, len(sample) - 1)
    result = np.empty(count)
    for start in range(0, count, _PIECE):
        close = towards[start : start + _PIECE] @ sample.T
        # The closest of all is the track itself, where it is in the sample.
        best = -np.partition(-close, near, axis=1)[:, : near + 1]
        result[start : start + _PIECE] = (best.sum(axis=1) - best.max(axis=1)) / near
    return result


def alike(towards: Values, track: int, among: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find tracks that are so like another one that they are likely to have the same genre.

    Parameters
    ----------
    towards : ndarray [shape=(tracks, values)]
        What :func:`directions` gives.
    track : int
        The position of the other one.
    among : ndarray [shape=(n,)]
        Positions of those that come into question.

    Returns
    -------
    ndarray
        Positions, the most alike first; without `track` itself.
    """
    others = among[among != track]
    close = towards[others] @ towards[track]
    near = np.argsort(-close, kind="stable")[:MOST_ALIKE]
    return np.asarray(others[near[close[near] >= ALIKE]])
