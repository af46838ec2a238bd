"""Chroma and tuning: librosa's own numbers, and the right names for notes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from genre_tagger.sound.spectral import PITCH_CLASSES, chroma, stft_power, tuning


@pytest.fixture(scope="module")
def librosa():
    import librosa

    return librosa


def chord(sr: int, *pitches: float, cents: float = 0.0) -> np.ndarray:
    """Notes with three partials each and a little noise, 2 s."""
    t = np.arange(2 * sr) / sr
    y = sum(np.sin(2 * np.pi * p * k * 2 ** (cents / 1200) * t) / k for p in pitches for k in (1, 2, 3))
    noise = np.random.default_rng(2).standard_normal(len(t))
    return (0.1 * y + 0.001 * noise).astype(np.float32)


@pytest.mark.parametrize("sr", [8_000, 22_050, 44_100, 192_000])
@pytest.mark.parametrize(("n_fft", "hop_length"), [(512, 128), (2048, 512), (8192, 2048)])
@pytest.mark.parametrize("cents", [0, 30])
def test_chroma_and_tuning_are_those_librosa_gives(librosa, sr, n_fft, hop_length, cents):
    y = chord(sr, 220, 277.2, 329.6, cents=cents)
    power = stft_power(y, n_fft=n_fft, hop_length=hop_length)
    assert tuning(power, sr) == pytest.approx(librosa.estimate_tuning(S=power, sr=sr), abs=1e-9)
    wanted = librosa.feature.chroma_stft(y=y, sr=sr, n_fft=n_fft, hop_length=hop_length, tuning=0.1)
    np.testing.assert_allclose(chroma(power, sr, deviation=0.1), wanted, atol=1e-3)
    wanted = librosa.feature.chroma_stft(S=power, sr=sr)
    np.testing.assert_allclose(chroma(power, sr), wanted, atol=1e-3)


@pytest.mark.parametrize("length", [1, 100, 2_048])
def test_short_sounds_give_librosas_numbers_too(librosa, length):
    power = stft_power(chord(22_050, 440)[:length])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames without a pitch
        np.testing.assert_allclose(chroma(power, 22_050), librosa.feature.chroma_stft(S=power, sr=22_050), atol=1e-3)


@pytest.mark.parametrize(("name", "pitch"), [("A", 440.0), ("C", 261.63), ("F♯", 739.99)])
def test_a_note_is_strongest_in_the_class_of_its_name(name, pitch):
    strengths = chroma(stft_power(chord(22_050, pitch)), 22_050)
    assert {PITCH_CLASSES[row] for row in strengths[:, 5:-5].argmax(axis=0)} == {name}
    assert strengths.max() == 1


@pytest.mark.parametrize("cents", [-30, 0, 20])
def test_the_tuning_of_an_instrument_is_found(cents):
    power = stft_power(chord(22_050, 220, 440, 880, cents=cents), n_fft=8192)
    assert tuning(power, 22_050) == pytest.approx(cents / 100, abs=0.04)


def test_silence_has_no_pitch():
    power = stft_power(np.zeros(9_000, dtype=np.float32))
    assert tuning(power, 22_050) == 0
    assert not chroma(power, 22_050).any()
