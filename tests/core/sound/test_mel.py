"""The window and the filters that every spectrum is made with."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.sound.mel import hann, mel_filters


@pytest.mark.parametrize("n", [1, 2, 511, 512, 2048])
def test_the_window_is_a_hann_window_that_goes_on_periodically(n):
    assert np.allclose(hann(n), np.hanning(n + 1)[:-1], atol=1e-12)


def test_nobody_can_spoil_the_window_for_the_others():
    with pytest.raises(ValueError, match="read-only"):
        hann(512)[0] = 1


@pytest.mark.parametrize(
    ("sr", "n_fft", "n_mels", "fmin", "fmax"), [(16_000, 512, 96, 0.0, 8_000.0), (44_100, 2048, 128, 30.0, 16_000.0)]
)
def test_the_filters_are_those_of_librosa(sr, n_fft, n_mels, fmin, fmax):
    from librosa import filters

    power = np.random.default_rng(0).random((5, 1 + n_fft // 2)).astype(np.float32)
    expected = power @ filters.mel(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax).T
    found = mel_filters(sr, n_fft, n_mels, fmin, fmax).apply(power)
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-7)
