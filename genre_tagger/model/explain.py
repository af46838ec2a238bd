"""Why the model says so: what in the spectrogram speaks for a genre, and what against it.

Parts of the model's input are taken out one after another, overlapping, and what that does to its answer is what they
said: a second of time by a third of the mel scale, then one and a half by a half. So the picture is a little blurred,
but it does not overlook what goes on for longer than a moment.

References
----------
M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014: occlusion.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genre_tagger.model.card import GENRES
from genre_tagger.model.features import FeatureSpec, log_mel_patches, mel_frequencies, silence
from genre_tagger.model.network import GenreModel
from genre_tagger.sound.decoders import is_silent

# Size of a cell: so many groups of bands, and about so many seconds.
_GROUPS = 12
_CELL_SECONDS = 0.25
_MOST_CELLS = 8  # in half a patch
# What is taken out at once: squares of so many cells, so far apart. Tried on patches put together from two genres,
# whose parts should be found: these two sizes did better than smaller squares, stripes and random masks, because what
# is left of a genre speaks on; and silence as a filling did better than the mean of the band, which hides what lasts.
_SQUARES = ((4, 2), (6, 3))
# Occluded patches asked about at once.
_BATCH = 38

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What speaks for a genre and what against it, cell by cell.

    Attributes
    ----------
    genre : str
        One of the model's labels.
    weights : ndarray [shape=(groups, cells)], float32
        How much surer of the genre the model is for what sounds there and around there, in natural log-odds:
        above 0 speaks for the genre, below 0 against it. 0 where nothing has been tried yet, or it is silent.
    frequencies : ndarray [shape=(groups + 1,)]
        Borders of the groups of mel bands in Hz, rising.
    times : ndarray [shape=(cells + 1,)]
        Borders of the cells in seconds.
    done : float
        How much of the work is done, 0…1. From a half on, every cell has been tried.
    """

    genre: str
    weights: Weights
    frequencies: NDArray[np.float64]
    times: NDArray[np.float64]
    done: float


def explain(
    y: NDArray[np.float32], model: GenreModel, genre: str, *, start: float = 0.0
) -> Generator[Explanation]:
    """Explain the model's opinion on one genre for a stretch of a track.

    What is taken out becomes silence in the model's picture. The model evens out the level of each patch, so that
    this is the recording without that part, and not a quieter one. The answer compared is the genre's logit against
    the log-sum-exp of the others', that is the log-odds of its probability.

    Parameters
    ----------
    y : ndarray [shape=(n,)]
        Mono waveform at the model's sampling rate. What is left at its end when patches that overlap by half have
        been cut is not explained: 1.5 s at most, for patches of 3 s.
    model : GenreModel
        The model to ask; about 75 answers for each of its patches.
    genre : str
        One of ``model.card.labels``.
    start : float
        Where the stretch begins in its track, in seconds; ``times`` count from there.

    Yields
    ------
    Explanation
        After each patch, with what is known so far; first every other patch, then those between. Closing the
        generator cancels. One without cells if there is too little sound.

    Raises
    ------
    ValueError
        If the model does not know the genre.
    """
    label = model.card.labels.index(genre)
    grid = _grid(model.card.spec)
    spec = grid.spec
    patches = log_mel_patches(y, spec)
    cells = (len(patches) - 1) * grid.step + grid.cells if len(patches) else 0
    heard = min(cells, math.ceil(len(y) / spec.sr / grid.seconds))  # a short sound is repeated to fill its patch
    times = start + np.arange(heard + 1, dtype=np.float64) * grid.seconds
    total, count = np.zeros((cells, grid.groups)), np.zeros((cells, 1))
    order = [*range(0, len(patches), 2), *range(1, len(patches), 2)]
    for done, number in enumerate(order, 1):
        place = slice(number * grid.step, number * grid.step + grid.cells)
        begin = number * spec.patch_hop * spec.hop_length
        sound = y[begin : begin + spec.patch_frames * spec.hop_length]
        if not is_silent(np.square(sound).mean()):
            total[place] += _effects(patches[number], model, label, grid)
        count[place] += 1
        weights = np.asarray((total / np.maximum(count, 1))[:heard].T, dtype=np.float32)
        yield Explanation(genre, weights, grid.frequencies, times, done / len(order))
    if not order:
        yield Explanation(genre, np.zeros((grid.groups, 0), dtype=np.float32), grid.frequencies, times, 1.0)


def _effects(patch: Weights, model: GenreModel, label: int, grid: _Grid) -> NDArray[np.float64]:
    """How much the log-odds of a genre fall when the sound in and around each cell is gone [shape=(cells, groups)]."""
    logits = [
        model.run(np.where(grid.parts[first : first + _BATCH], np.float32(silence(grid.spec)), patch))[GENRES]
        for first in range(0, len(grid.parts), _BATCH)
    ]
    scaled = np.concatenate(logits).astype(np.float64) / model.card.temperature
    others = np.delete(scaled, label, axis=1)
    highest = others.max(axis=1, keepdims=True)
    odds = scaled[:, label] - highest[:, 0] - np.log(np.exp(others - highest).sum(axis=1))
    return np.tensordot(odds[0] - odds[1:], grid.shares, axes=1)


@dataclass(frozen=True, slots=True)
class _Grid:
    """How patches are divided, and what is taken out of them."""

    spec: FeatureSpec  # with patches that overlap by half
    step: int  # cells from one patch to the next
    cells: int  # in a patch
    groups: int
    seconds: float  # length of a cell
    frequencies: NDArray[np.float64]  # borders of the groups in Hz [shape=(groups + 1,)]
    parts: NDArray[np.bool_]  # what is taken out; nothing, first [shape=(1 + parts, frames, bands)]
    shares: NDArray[np.float64]  # of each part in each cell's weight [shape=(parts, cells, groups)]


@lru_cache(maxsize=2)
def _grid(heard: FeatureSpec) -> _Grid:
    spec = replace(heard, patch_hop=max(1, heard.patch_frames // 2))
    hop = spec.patch_hop * spec.hop_length / spec.sr
    step = min(max(1, round(hop / _CELL_SECONDS)), _MOST_CELLS)
    cells = spec.patch_frames * step // spec.patch_hop
    groups = min(_GROUPS, spec.n_mels)
    places = [_places(cells, groups, size, apart) for size, apart in _SQUARES]
    shares = [kind / kind.sum(axis=0) / len(places) for kind in places]
    cell = np.minimum(np.arange(spec.patch_frames) * step // spec.patch_hop, cells - 1)
    group = np.arange(spec.n_mels) * groups // spec.n_mels
    nothing = np.zeros((1, cells, groups), dtype=np.bool_)
    parts = np.concatenate([nothing, *places])[:, cell[:, np.newaxis], group]
    edges = mel_frequencies(spec)
    first = np.searchsorted(group, np.arange(1, groups))  # band of each group but the lowest; its centre is one on
    frequencies = np.concatenate([edges[:1], (edges[first] + edges[first + 1]) / 2, edges[-1:]])
    return _Grid(spec, step, cells, groups, hop / step, frequencies, parts, np.concatenate(shares))


def _places(cells: int, groups: int, size: int, apart: int) -> NDArray[np.bool_]:
    """All places of a square: together they cover every cell as often as any other [shape=(places, cells, groups)]."""
    places = []
    for first in range(apart - size, cells, apart):
        for low in range(apart - size, groups, apart):
            place = np.zeros((cells, groups), dtype=np.bool_)
            place[max(first, 0) : first + size, max(low, 0) : low + size] = True
            places.append(place)
    return np.stack(places)
