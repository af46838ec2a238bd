"""Curves over time: librosa's own numbers, and what they mean on sounds one can think through."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from genre_tagger.sound import spectral
from genre_tagger.sound.spectral import stft_power

FRAMES = [(512, 128), (1024, 1024), (2048, 512), (8192, 2048)]


@pytest.fixture(scope="module")
def librosa():
    import librosa

    return librosa


def sound(sr: int, length: int) -> np.ndarray:
    """A tone that glides over noise, then silence."""
    t = np.arange(length) / sr
    noise = 0.05 * np.random.default_rng(3).standard_normal(length)
    return ((0.5 * np.sin(2 * np.pi * 300 * t * (1 + t)) + noise) * (t < 0.8)).astype(np.float32)


@pytest.mark.parametrize("sr", [8_000, 22_050, 192_000])
@pytest.mark.parametrize(("n_fft", "hop_length"), FRAMES)
@pytest.mark.parametrize("seconds", [0.0001, 0.01, 1.0])
def test_every_curve_is_the_one_librosa_gives(librosa, sr, n_fft, hop_length, seconds):
    y = sound(sr, max(1, round(seconds * sr)))
    power = stft_power(y, n_fft=n_fft, hop_length=hop_length)
    feature, frames = librosa.feature, {"n_fft": n_fft, "hop_length": hop_length}
    steps = {"frame_length": n_fft, "hop_length": hop_length}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames longer than the sound
        pairs = [
            (spectral.centroid(power, sr), feature.spectral_centroid(y=y, sr=sr, **frames)),
            (spectral.bandwidth(power, sr), feature.spectral_bandwidth(y=y, sr=sr, **frames)),
            (spectral.zero_crossing_rate(y, **steps), feature.zero_crossing_rate(y, **steps)),
            (spectral.rms(y, **steps), feature.rms(y=y, **steps)),
        ]
        rolloff = feature.spectral_rolloff(y=y, sr=sr, **frames)[0]
    for found, wanted in pairs:
        np.testing.assert_allclose(found, wanted[0], rtol=1e-3, atol=1e-6)
    # Where two bins are a rounding error apart, the neighbour is as right.
    difference = np.abs(spectral.rolloff(power, sr) - rolloff)
    assert (difference <= sr / n_fft * 1.001).all()
    assert np.mean(difference > 1e-3 * sr / n_fft) <= 0.02


def test_a_tone_is_its_own_centroid_and_rolloff_and_has_hardly_any_bandwidth():
    t = np.arange(22_050) / 22_050
    power = stft_power(np.sin(2 * np.pi * 22_050 / 2048 * 100 * t).astype(np.float32))[:, 5:-5]
    pitch = 22_050 / 2048 * 100
    np.testing.assert_allclose(spectral.centroid(power, 22_050), pitch, rtol=1e-2)
    np.testing.assert_allclose(spectral.rolloff(power, 22_050), pitch, rtol=2e-2)
    assert (spectral.bandwidth(power, 22_050) < 60).all()


def test_rolloff_moves_up_with_the_share_asked_for():
    power = stft_power(np.random.default_rng(0).standard_normal(22_050).astype(np.float32))
    low, half, high = (spectral.rolloff(power, 22_050, share=share).mean() for share in (0.1, 0.5, 0.85))
    assert low < half < high
    assert half == pytest.approx(11_025 / 2, rel=0.05)


def test_zero_crossings_count_the_waves_of_a_tone():
    t = np.arange(22_050) / 22_050
    rate = spectral.zero_crossing_rate(np.sin(2 * np.pi * 1_000 * t + 0.1).astype(np.float32))[5:-5]
    np.testing.assert_allclose(rate, 2 * 1_000 / 22_050, rtol=0.02)


def test_rms_of_a_full_scale_tone_is_the_root_of_a_half():
    t = np.arange(22_050) / 22_050
    np.testing.assert_allclose(spectral.rms(np.sin(2 * np.pi * 1_000 * t).astype(np.float32))[5:-5], 0.7071, rtol=0.01)


def test_silence_is_zero_in_every_curve():
    y = np.zeros(5_000, dtype=np.float32)
    power = stft_power(y)
    for found in (spectral.centroid(power, 8_000), spectral.bandwidth(power, 8_000), spectral.rolloff(power, 8_000),
                  spectral.zero_crossing_rate(y), spectral.rms(y)):  # fmt: skip
        assert found.shape == (10,)
        assert not found.any()
