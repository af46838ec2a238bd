"""Tempo and the harmonic part: librosa's own numbers, and what they mean on sounds one can think through."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genre_tagger.sound import rhythm
from genre_tagger.sound.spectral import mel, stft_power, to_db

SR = 22_050


def beats(bpm: float, seconds: float = 12.0) -> np.ndarray:
    """Short bursts of noise, `bpm` a minute, over a steady chord."""
    t = np.arange(round(seconds * SR)) / SR
    noise = np.random.default_rng(4).standard_normal(len(t))
    chord = sum(np.sin(2 * np.pi * pitch * t) for pitch in (220, 277.2, 329.6))
    return (0.3 * noise * np.exp(-40 * (t % (60 / bpm))) + 0.1 * chord).astype(np.float32)


def strength(y: np.ndarray) -> np.ndarray:
    return rhythm.onsets(to_db(mel(stft_power(y), SR)))


def librosas_tempo(librosa, y: np.ndarray) -> float:
    """The tempo that ``beat_track`` gives, by its own steps but without the beats: to compile those takes long."""
    onsets = librosa.onset.onset_strength(y=y, sr=SR, aggregate=np.median)
    return float(librosa.feature.tempo(onset_envelope=onsets, sr=SR)[0]) if onsets.any() else 0.0


@pytest.mark.parametrize("length", [1, 2, 500, 3_000, 30_000, 600 * 512])
def test_the_harmonic_part_is_the_one_librosa_gives(librosa, length):
    y = np.resize(beats(90), length)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames longer than the sound
        held, struck = librosa.effects.hpss(y)
    found = rhythm.harmonic(y)
    np.testing.assert_allclose(found, held, atol=1e-6)
    np.testing.assert_allclose(y - found, struck, atol=1e-6)


@pytest.mark.parametrize("bpm", [60, 90, 120, 174])
def test_onsets_and_tempo_are_those_librosa_gives(librosa, bpm):
    y = beats(bpm)
    wanted = librosa.onset.onset_strength(y=y, sr=SR, aggregate=np.median)
    np.testing.assert_allclose(strength(y), wanted, atol=1e-3)
    tempo = librosas_tempo(librosa, y)
    assert rhythm.tempo(strength(y), SR) == pytest.approx(tempo)
    assert min(abs(tempo / bpm - multiple) for multiple in (0.5, 1, 2)) < 0.03


@pytest.mark.parametrize("length", [1, 600, 5_000, 40_000])
def test_the_tempo_of_short_sounds_is_librosas_too(librosa, length):
    y = beats(120)[:length]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames longer than the sound
        tempo = librosas_tempo(librosa, y)
    assert rhythm.tempo(strength(y), SR) == pytest.approx(tempo)


def test_a_chord_is_harmonic_and_clicks_are_not():
    t = np.arange(3 * SR) / SR
    chord = (0.2 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    clicks = np.zeros_like(chord)
    clicks[SR // 4 :: SR // 2] = 0.8
    held = rhythm.harmonic(chord + clicks)
    inside = slice(2_048, -2_048)
    assert np.var((held - chord)[inside]) < 0.02 * np.var(chord)
    assert np.var((chord + clicks - held - clicks)[inside]) < 0.02 * np.var(chord)


def test_silence_has_neither_tempo_nor_harmony():
    y = np.zeros(SR, dtype=np.float32)
    assert rhythm.tempo(strength(y), SR) == 0
    assert not rhythm.harmonic(y).any()


sizes = st.integers(0, 9).map(lambda half: 2 * half + 1) | st.just(31)
tables = arrays.arrays(
    st.sampled_from([np.float32, np.float64]),
    st.tuples(st.integers(1, 80), st.integers(1, 4)),
    # Few values, so that many are equal; and any at all.
    elements=st.integers(-3, 3).map(float) | st.floats(allow_nan=False, allow_infinity=False, width=32),
)


@given(tables, sizes)
def test_the_running_median_is_scipys_value_for_value(values, size):
    from scipy.ndimage import median_filter

    half = size // 2
    mirrored = np.pad(values, ((half, half), (0, 0)), mode="symmetric")
    medians = rhythm.running_median(mirrored, size)
    assert medians.dtype == values.dtype
    # WORKAROUND: of a table shorter than the filter, scipy 1.17 gives numbers that are not in it (size 31, rows 0 and
    # 1: 4.6e-44). So it gets the mirrored table, in which no window that counts reaches beyond the ends.
    expected = median_filter(mirrored, size=(size, 1), mode="reflect")[half : half + len(values)]
    np.testing.assert_array_equal(medians, expected)
    np.testing.assert_array_equal(rhythm.running_median(values, size), medians[half : len(values) - half])


def test_the_running_median_of_a_whole_spectrogram_is_scipys():
    from scipy.ndimage import median_filter

    values = np.random.default_rng(0).exponential(size=(300, 1025)).astype(np.float32)
    np.testing.assert_array_equal(rhythm.running_median(values, 31), median_filter(values, size=(31, 1))[15:-15])


def test_fewer_rows_than_a_median_needs_give_none():
    assert rhythm.running_median(np.ones((4, 3)), 5).shape == (0, 3)
    assert rhythm.running_median(np.ones((0, 3)), 1).shape == (0, 3)
    assert rhythm.running_median(np.ones((9, 0)), 3).shape == (7, 0)


@pytest.mark.parametrize("size", [0, -1, 4])
def test_a_median_without_a_middle_is_refused(size):
    with pytest.raises(ValueError, match="must be odd"):
        rhythm.running_median(np.ones((9, 3)), size)


def test_the_tempo_and_the_harmonic_part_need_no_scipy():
    code = (
        "import sys, numpy as np\n"
        "from genre_tagger.sound.descriptors import describe\n"
        "describe(np.sin(np.arange(30_000)).astype(np.float32))\n"
        "assert not {'librosa', 'scipy', 'numba', 'sklearn'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
