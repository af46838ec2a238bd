"""Frames of stretches: those of the whole track, with no more decoded than that."""

from __future__ import annotations

import numpy as np

from genre_tagger.sound import overview
from genre_tagger.sound.frames import Excerpts, Grid, columns, frames_at, spectra
from genre_tagger.sound.spectral import stft_power

SR = 22_050


def test_frames_equal_numpys_transform():
    y = np.random.default_rng(2).standard_normal((2, SR)).astype(np.float32) * 0.1
    times = np.array([0.0, 0.3, 0.5, 0.99])
    found = frames_at(y, SR, 0.0, times, 1024)
    mono = np.pad(y.mean(axis=0), 1024)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    for column, time in enumerate(times):
        start = round(time * SR) - 512 + 1024
        expected = np.abs(np.fft.rfft(mono[start : start + 1024] * window)) ** 2
        np.testing.assert_allclose(found[:, column], expected, rtol=1e-3, atol=1e-4)


def test_frames_of_a_stretch_are_those_of_the_whole(write_wav):
    y = np.random.default_rng(3).standard_normal(5 * SR).astype(np.float32) * 0.1
    grid, excerpts = Grid(SR, 2048), Excerpts(write_wav(y))
    found = columns(lambda piece: piece.power(), excerpts, grid, 40, 90, 5.0, lambda: True)
    np.testing.assert_allclose(found, stft_power(y, n_fft=2048, hop_length=512)[:, 40:90], rtol=1e-3, atol=1e-4)
    assert columns(lambda piece: piece.power(), excerpts, grid, 40, 90, 5.0, lambda: False) is None


def test_spectra_of_a_stretch_are_numpys_at_the_middle_of_each_column(write_wav):
    y = np.random.default_rng(4).standard_normal(4 * SR).astype(np.float32) * 0.1
    path = write_wav(y)
    *_, known = overview.build(path)
    *_, power = spectra(known, Excerpts(path), 1024, 1.0, 1.8, 0.08, lambda: True)
    assert power.shape == (513, 10)
    expected = frames_at(y[None], SR, 0.0, 1.04 + 0.08 * np.arange(10), 1024)
    np.testing.assert_allclose(power, expected, rtol=1e-3, atol=1e-4)
    assert list(spectra(known, Excerpts(path), 1024, 1.0, 1.8, 0.08, lambda: False)) == []


def test_what_was_decoded_is_not_decoded_again(write_wav, monkeypatch):
    excerpts = Excerpts(write_wav(np.zeros((4 * SR, 2))))
    first = excerpts.get(1.0, 2.0)
    assert first.start <= 1.0
    assert first.start + first.y.shape[1] / first.sr >= 2.0
    assert excerpts.get(1.2, 1.9) is first
    assert excerpts.get(3.0, 3.5) is not first
