"""Sound folded small: lowest, highest and mean square of many samples, and mean power spectra.

A table answers for any stretch and any number of columns. Its builder only ever appends, so a table, which is a view
of the values so far, stays valid in another thread while more are added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_tagger.sound.mel import hann

Array = NDArray[np.float32]
Edges = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Samples in the smallest bin of an envelope, and how many bins of all channels there are at most (12 bytes each).
_BASE = 256
_MOST_BINS = 1 << 21
# Columns of a spectrogram at most, and values of all of them (4 bytes each).
_MOST_COLUMNS = 1 << 14
_MOST_VALUES = 1 << 23
# In a long file a column takes this many frames, spread over it, and leaves out what lies between them.
_MOST_FRAMES = 4
# Frames transformed at once: their spectrum stays in the processor's cache.
_BLOCK_FRAMES = 128
# A coarser table joins this many bins; it answers where a column asked for has many of them.
_COARSER = 8


@dataclass(frozen=True)
class PeakTable:
    """Bins of `size` samples: `low`, `high` and mean `square` [shape=(channels, bins)]."""

    size: float
    low: Array
    high: Array
    square: Array

    def fold(self, edges: Edges) -> tuple[Array, Mask]:
        """Lowest, highest and mean square [shape=(3, channels, count)] and whether known [shape=(count,)].

        Column i takes the bins from sample ``edges[i]`` to ``edges[i + 1]``, at least one; 0 where nothing is known.
        """
        if edges[-1] - edges[0] > 16 * _COARSER * self.size * len(edges):
            return self._coarser.fold(edges)
        starts, stop, is_known = _bins(edges / self.size, self.low.shape[1])
        folded = np.zeros((3, len(self.low), len(is_known)), dtype=np.float32)
        if len(starts):
            part, counts = slice(starts[0], stop), _counts(starts, stop)
            starts = starts - starts[0]
            folded[0][:, is_known] = np.minimum.reduceat(self.low[:, part], starts, axis=1)
            folded[1][:, is_known] = np.maximum.reduceat(self.high[:, part], starts, axis=1)
            folded[2][:, is_known] = np.add.reduceat(self.square[:, part], starts, axis=1) / counts
        return folded, is_known

    @cached_property
    def _coarser(self) -> PeakTable:
        starts = np.arange(0, self.low.shape[1], _COARSER)
        low = np.minimum.reduceat(self.low, starts, axis=1)
        high = np.maximum.reduceat(self.high, starts, axis=1)
        square = np.add.reduceat(self.square, starts, axis=1)
        square /= _counts(starts, self.low.shape[1])
        return PeakTable(self.size * _COARSER, low, high, square)


class Peaks:
    """Builds a :class:`PeakTable`; whenever it is full, neighbours are joined and bins are twice as large.

    Parameters
    ----------
    channels : int
        Number of channels.
    """

    def __init__(self, channels: int) -> None:
        self._most = max(_MOST_BINS // channels // 2 * 2, 2)
        self._size, self._count = _BASE, 0
        self._values = np.empty((3, channels, self._most), dtype=np.float32)  # untouched pages cost nothing
        self._pending = np.empty((channels, 0), dtype=np.float32)

    def add(self, y: Array) -> None:
        """Take in samples [shape=(channels, n)]."""
        y = np.concatenate([self._pending, y], axis=1) if self._pending.size else y
        while count := min(y.shape[1] // self._size, self._most - self._count):
            used = count * self._size
            self._append(y[:, :used], self._size)
            y = y[:, used:]
            if self._count == self._most:
                self._halve()
        self._pending = y.copy()

    def finish(self) -> None:
        """Count the last samples too."""
        if self._pending.size:
            self._append(self._pending, self._pending.shape[1])

    def table(self) -> PeakTable:
        """Give the table of the samples so far."""
        low, high, square = self._values[:, :, : self._count]
        return PeakTable(self._size, low, high, square)

    def _append(self, y: Array, size: int) -> None:
        folded = y.reshape(len(y), -1, size)
        new = slice(self._count, self._count + folded.shape[1])
        folded.min(axis=-1, out=self._values[0, :, new])
        folded.max(axis=-1, out=self._values[1, :, new])
        self._values[2, :, new] = np.einsum("cbn,cbn->cb", folded, folded) * np.float32(1 / size)
        self._count = new.stop

    def _halve(self) -> None:
        old = self._values.reshape(3, -1, self._most // 2, 2)
        self._values = np.empty_like(self._values)
        self._count, self._size = self._most // 2, self._size * 2
        old[0].min(axis=-1, out=self._values[0, :, : self._count])
        old[1].max(axis=-1, out=self._values[1, :, : self._count])
        old[2].mean(axis=-1, out=self._values[2, :, : self._count])


@dataclass(frozen=True)
class PowerTable:
    """Mean power spectra of stretches of `span` samples [shape=(columns, 1 + n_fft // 2)]."""

    span: float
    power: Array

    def fold(self, edges: Edges) -> tuple[Array, Mask]:
        """Mean power [shape=(count, 1 + n_fft // 2)] and whether known [shape=(count,)], as in :class:`PeakTable`."""
        starts, stop, is_known = _bins(edges / self.span, len(self.power))
        folded = np.zeros((len(is_known), self.power.shape[1]), dtype=np.float32)
        if len(starts):
            counts = _counts(starts, stop)
            sums = self.power[starts]
            for step in range(1, int(counts.max())):  # reduceat along the first axis takes ten times longer
                columns = np.flatnonzero(counts > step)
                sums[columns] += self.power[starts[columns] + step]
            sums /= counts[:, None]
            folded[is_known] = sums
        return folded, is_known


class Powers:
    """Builds a :class:`PowerTable`; whenever it is full, neighbours are joined and columns are twice as wide.

    Parameters
    ----------
    n_fft : int
        Length of a frame in samples, a multiple of 4.
    expected : float
        How many samples there will probably be, or 0; chooses how wide columns are in the beginning.
    """

    def __init__(self, n_fft: int, expected: float) -> None:
        self._n_fft = n_fft
        self._most = min(_MOST_COLUMNS, max(_MOST_VALUES // (1 + n_fft // 2) // 2 * 2, 2))
        self._span = n_fft // 4 if expected else n_fft
        while self._span < n_fft and self._span * (self._most - 1) < expected:  # wider ones come by joining
            self._span *= 2
        self._count = self._total = 0
        self._values = np.empty((self._most, 1 + n_fft // 2), dtype=np.float32)  # untouched pages cost nothing
        self._at = min(self._begin(), 0)  # the sample at which `_pending` begins; before the first there is silence
        self._pending = np.zeros(-self._at, dtype=np.float32)

    def add(self, y: Array) -> None:
        """Take in samples of the mono mix [shape=(n,)]."""
        self._total += len(y)
        self._pending = np.concatenate([self._pending, y])
        self._take()

    def finish(self) -> None:
        """Count the last samples too: silence follows them."""
        self._pending = np.concatenate([self._pending, np.zeros(4 * self._span + self._n_fft, dtype=np.float32)])
        self._take()
        if rest := self._total - self._count * self._span:
            frames = max(math.ceil(rest / self._hop - 0.5), 1)  # those whose middle is still sound
            self._append(self._framed()[:frames], frames)

    def table(self) -> PowerTable:
        """Give the table of the samples so far."""
        return PowerTable(self._span, self._values[: self._count])

    @property
    def _frames(self) -> int:
        """Frames in a column: half overlapping, as long as these are not too many."""
        return min(_MOST_FRAMES, max(2 * self._span // self._n_fft, 1))

    @property
    def _hop(self) -> int:
        return self._span // self._frames

    def _begin(self) -> int:
        """Sample at which the next frame begins: each lies around the middle of its part of the column."""
        return self._count * self._span + (self._hop - self._n_fft) // 2

    def _framed(self) -> Array:
        """Give the frames that the samples so far hold and no column has yet [shape=(frames, n_fft)]."""
        samples = self._pending[self._begin() - self._at :]
        if len(samples) < self._n_fft:
            return np.empty((0, self._n_fft), dtype=np.float32)
        return sliding_window_view(samples, self._n_fft)[:: self._hop]

    def _take(self) -> None:
        """Make columns of the samples so far, none that reaches beyond the last one.

        All frames of a wide column can be cut before its end is reached; were it added then and no sample followed,
        it would stand for more sound than there is.
        """
        while True:
            framed = self._framed()
            most = min(self._most, self._total // self._span)
            columns = min(len(framed) // self._frames, most - self._count)
            if columns <= 0:
                break
            self._append(framed[: columns * self._frames], self._frames)
            if self._count == self._most:
                self._halve()
        used = min(max(self._begin() - self._at, 0), len(self._pending))
        self._pending = self._pending[used:].copy()
        self._at += used

    def _append(self, framed: Array, frames: int) -> None:
        """Add columns of so many frames each."""
        window = hann(self._n_fft).astype(np.float32)
        block = max(_BLOCK_FRAMES // frames, 1) * frames
        for start in range(0, len(framed), block):
            spectrum = np.fft.rfft(framed[start : start + block] * window)
            power = np.square(spectrum.real)
            power += np.square(spectrum.imag)
            columns = power.reshape(-1, frames, power.shape[1])
            self._values[self._count : self._count + len(columns)] = columns.mean(axis=1) if frames > 1 else power
            self._count += len(columns)

    def _halve(self) -> None:
        old = self._values.reshape(self._most // 2, 2, -1)
        self._values = np.empty_like(self._values)
        self._count, self._span = self._most // 2, self._span * 2
        old.mean(axis=1, out=self._values[: self._count])


def _bins(edges: Edges, bins: int) -> tuple[NDArray[np.intp], int, Mask]:
    """First bin of each column that is known, the bin behind the last, and which columns are known."""
    bin_at = np.floor(edges + 1e-6).astype(np.intp)  # what was meant to be a whole number may be a little less
    is_known = (bin_at[:-1] < bins) & (edges[1:] > 1e-6)
    starts = bin_at[:-1][is_known].clip(0)
    if not len(starts):
        return starts, 0, is_known
    behind = bin_at[1:][is_known][-1]
    return starts, int(min(max(behind, starts[-1] + 1), bins)), is_known


def _counts(starts: NDArray[np.intp], stop: int) -> Array:
    """How many bins reduceat joins in each column."""
    return np.maximum(np.diff(starts, append=stop), 1).astype(np.float32)
