"""Power spectra of many frames at once, as products of small matrices.

numpy's Fourier transform takes one frame after the other, one number at a time; a product of matrices takes many at the
speed of the processor's widest instructions. So a transform of ``r s`` samples is made in two steps, of `s` and of `r`
samples, that are matrices each. The window is in the first of them and the factors between both are in the second;
frequencies that nobody asks for are left out.

References
----------
J. W. Cooley and J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series", Mathematics of
Computation 19, 1965.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float32]

_PRODUCT = 1 << 18  # multiplications in a product of matrices, up to which OpenBLAS starts no threads
_MOST_FRAMES = 128  # of a block: what stands between its steps stays in the processor's second-level cache


@dataclass(frozen=True, slots=True)
class PowerSpectra:
    """Both steps for one length, one window, and the frequencies from 0 up to some bin; see :meth:`of`.

    Attributes
    ----------
    n_fft, begin : int
        Length of a frame, and at which of its samples the first step begins.
    first : ndarray [shape=(r, 2 h, rows)]
        For each sample modulo r: from so many samples of a frame, r apart, to the ``h = s // 2 + 1`` frequencies of
        their transform of length s, real and imaginary part by turns.
    second : ndarray [shape=(s, 2 k, 2 r)]
        For each bin modulo s: from what the first step gives at its frequency, the real parts before the imaginary
        ones, to its k bins, likewise.
    """

    n_fft: int
    begin: int
    first: Array
    second: Array

    @classmethod
    def of(cls, n_fft: int, window: NDArray[np.float64], bins: int) -> PowerSpectra:
        """Make the steps for frames of `n_fft` samples with a window in their middle, and at least so many bins."""
        r, s = factors(n_fft)
        rows, before = -(-len(window) // r), (n_fft - len(window)) // 2
        begin = min(before, n_fft - rows * r)
        weights = np.zeros((rows, r))
        weights.reshape(-1)[before - begin : before - begin + len(window)] = window
        half, every = s // 2 + 1, np.arange(s)
        turns = np.exp(-2j * np.pi * np.outer(every[:half], np.arange(rows)) / s)
        first = np.stack([turns.real, turns.imag], axis=1) * weights.T[:, None, None, :]
        wanted = s * np.arange(-(-bins // s))[:, None] + every[:, None, None]  # [shape=(s, k, 1)]
        turns = np.exp(-2j * np.pi * wanted * np.arange(r) / n_fft)
        # Of real samples, what is above the middle is the mirrored conjugate of what is below.
        mirrored = np.where(every < half, 1, -1)[:, None, None]
        of_real, of_imaginary = (np.concatenate([part, other * mirrored], axis=2)
                                 for part, other in ((turns.real, -turns.imag), (turns.imag, turns.real)))
        second = np.concatenate([of_real, of_imaginary], axis=1)
        return cls(n_fft, begin, first.reshape(r, 2 * half, rows).astype(np.float32), second.astype(np.float32))

    @property
    def bins(self) -> int:
        """How many bins there are, from 0 on."""
        s, parts, _ = self.second.shape
        return int(s * parts // 2)

    def blocks(self, y: Array, hop_length: int) -> Iterator[tuple[slice, Array]]:
        """Give the power spectra of a waveform's frames, some at a time.

        Parameters
        ----------
        y : ndarray [shape=(n,)], n >= n_fft
            The waveform; its first frame begins at its first sample.
        hop_length : int
            Samples from frame to frame.

        Yields
        ------
        slice
            Which frames these are.
        ndarray [shape=(bins, frames)]
            Their power; it lasts until the next block is asked for.
        """
        r, _, rows = self.first.shape
        frames = sliding_window_view(y, self.n_fft)[::hop_length, self.begin : self.begin + rows * r]
        frames = frames.reshape(-1, rows, r)
        size = max(1, min(_MOST_FRAMES, _PRODUCT // max(self.first[0].size, self.second[0].size)))
        for start in range(0, len(frames), size):
            block = frames[start : start + size]
            yield slice(start, start + len(block)), self._power(block)

    def _power(self, frames: Array) -> Array:
        """Power [shape=(bins, frames)] of frames [shape=(frames, rows, r)]; a step writes where the next one reads."""
        r, width = len(self.first), len(frames)
        s, parts, _ = self.second.shape
        half = s // 2 + 1
        # The frames come last, and neighbouring samples before them: so each is read from memory once.
        samples = np.ascontiguousarray(frames.transpose(1, 2, 0))
        between = np.empty((2 * half, r, width), dtype=np.float32)
        np.matmul(self.first, samples.transpose(1, 0, 2), out=between.transpose(1, 0, 2))
        known = between.reshape(half, 2 * r, width)
        spectrum = np.empty((parts, s, width), dtype=np.float32)
        by_bin = spectrum.transpose(1, 0, 2)
        np.matmul(self.second[:half], known, out=by_bin[:half])
        np.matmul(self.second[half:], known[s - half : 0 : -1], out=by_bin[half:])
        np.square(spectrum, out=spectrum)
        real, imaginary = spectrum.reshape(2, self.bins, width)
        return np.add(real, imaginary, out=real)


def factors(n_fft: int) -> tuple[int, int]:
    """Two factors of a number, as near to each other as they can be, the smaller one first."""
    r = next(r for r in range(math.isqrt(n_fft), 0, -1) if n_fft % r == 0)
    return r, n_fft // r

