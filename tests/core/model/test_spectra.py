"""Power spectra by products of matrices are those of numpy's transform, for any length, window and step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from genre_tagger.model.spectra import PowerSpectra, factors


@pytest.mark.parametrize(("n_fft", "win_length", "hop_length", "bins"), [
    (1_024, 800, 320, 480), (512, 512, 256, 257), (1_024, 1_022, 100, 513), (600, 590, 77, 301), (105, 100, 20, 53),
    (127, 127, 50, 64), (4_096, 4_096, 1_024, 100),
])  # fmt: skip
def test_the_power_is_that_of_a_fourier_transform(n_fft, win_length, hop_length, bins):
    y = np.random.default_rng(1).standard_normal(30_000).astype(np.float32)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)
    before = (n_fft - win_length) // 2
    frames = sliding_window_view(y.astype(np.float64), n_fft)[::hop_length]
    power = np.abs(np.fft.rfft(frames * np.pad(window, (before, n_fft - win_length - before)))) ** 2
    spectra = PowerSpectra.of(n_fft, window, bins)
    assert bins <= spectra.bins < bins + factors(n_fft)[1]
    seen = []
    for rows, block in spectra.blocks(y, hop_length):
        np.testing.assert_allclose(block[:bins], power[rows, :bins].T, rtol=1e-3, atol=1e-5 * power.mean())
        seen += range(rows.start, rows.stop)
    assert seen == list(range(len(frames)))


def test_a_frame_has_the_same_power_wherever_it_stands():
    y = np.random.default_rng(2).standard_normal(1_024 + 320 * 300).astype(np.float32)
    spectra = PowerSpectra.of(1_024, np.hanning(800), 480)
    whole = np.concatenate([block for _, block in spectra.blocks(y, 320)], axis=1)
    alone = [next(spectra.blocks(y[320 * at : 320 * at + 1_024], 320))[1][:, 0] for at in (0, 127, 128, 300)]
    np.testing.assert_allclose(np.stack(alone, axis=1), whole[:, [0, 127, 128, 300]], rtol=1e-4, atol=1e-3)


def test_what_no_samples_reach_has_no_power():
    spectra = PowerSpectra.of(512, np.hanning(512), 257)
    ((_, block),) = spectra.blocks(np.zeros(512, dtype=np.float32), 100)
    assert block.shape == (spectra.bins, 1)
    assert not block.any()


@pytest.mark.parametrize(("n_fft", "expected"), [(1_024, (32, 32)), (512, (16, 32)), (401, (1, 401)), (600, (24, 25))])
def test_factors_are_as_near_to_each_other_as_they_can_be(n_fft, expected):
    assert factors(n_fft) == expected
