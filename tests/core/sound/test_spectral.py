"""Spectrograms, cepstra, curves and chroma: librosa's own numbers, and what they mean on sounds one can think of."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.sound import spectral
from genre_tagger.sound.spectral import PITCH_CLASSES, chroma, stft_power, tuning

FRAMES = [(512, 128), (1024, 1024), (2048, 512), (8192, 2048)]
RATES = [8_000, 22_050, 44_100, 192_000]


@pytest.fixture(autouse=True)
def _librosa_may_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames longer than the sound, and of empty mel bands
        yield


def music(sr: int, seconds: float = 2.0) -> np.ndarray:
    """Two tones, one of them gliding, that swell and fade over a little noise."""
    t = np.arange(round(seconds * sr)) / sr
    tones = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 1318.5 * t * (1 + 0.01 * t))
    noise = 0.01 * np.random.default_rng(1).standard_normal(len(t))
    return ((tones + noise) * (1 + np.sin(2 * np.pi * 2 * t)) / 2).astype(np.float32)


def near(found, wanted, *, scale=None):
    """Within a thousandth, of the value or (where given) of `scale`."""
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3 if scale is None else 1e-3 * scale)


@pytest.mark.parametrize("sr", RATES)
@pytest.mark.parametrize(("n_fft", "hop_length"), FRAMES)
class TestEqualsLibrosa:
    def test_the_power_spectrogram_in_db(self, librosa, sr, n_fft, hop_length):
        y = music(sr)
        wanted = librosa.stft(y, n_fft=n_fft, hop_length=hop_length)
        power = stft_power(y, n_fft=n_fft, hop_length=hop_length)
        near(power, np.abs(wanted) ** 2, scale=1e-6)
        near(spectral.to_db(power, ref=power.max()), librosa.amplitude_to_db(np.abs(wanted), ref=np.max))

    def test_the_mel_spectrogram(self, librosa, sr, n_fft, hop_length):
        y = music(sr)
        power = stft_power(y, n_fft=n_fft, hop_length=hop_length)
        for n_mels, fmin, fmax in [(128, 0.0, None), (40, 50.0, 3_000.0), (300, 0.0, None)]:
            wanted = librosa.feature.melspectrogram(
                y=y, sr=sr, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels, fmin=fmin, fmax=fmax
            )
            near(spectral.mel(power, sr, n_mels=n_mels, fmin=fmin, fmax=fmax), wanted, scale=1e-9)

    def test_the_cepstral_coefficients_and_their_change(self, librosa, sr, n_fft, hop_length):
        y = music(sr)
        power = stft_power(y, n_fft=n_fft, hop_length=hop_length)
        wanted = librosa.feature.mfcc(y=y, sr=sr, n_fft=n_fft, hop_length=hop_length, n_mfcc=13)
        found = spectral.mfcc(power, sr, n_mfcc=13)
        near(found, wanted)
        near(spectral.mfcc(power, sr, n_mfcc=13, first=1), wanted[1:])
        if found.shape[-1] >= 9:
            near(spectral.delta(found), librosa.feature.delta(wanted))
            near(spectral.delta(found, order=2), librosa.feature.delta(wanted, order=2))

    def test_frames_that_begin_where_they_stand(self, librosa, sr, n_fft, hop_length):
        y = music(sr)
        wanted = np.abs(librosa.stft(y, n_fft=n_fft, hop_length=hop_length, center=False)) ** 2
        near(stft_power(y, n_fft=n_fft, hop_length=hop_length, center=False), wanted, scale=1e-6)


@pytest.mark.parametrize("length", [1, 2, 100, 2047, 2048, 2049])
@pytest.mark.parametrize("level", [0.0, 1e-6, 1.0])
def test_short_and_silent_sounds_give_librosas_numbers_too(librosa, length, level):
    y = music(22_050)[:length] * np.float32(level)
    power = stft_power(y)
    near(power, np.abs(librosa.stft(y)) ** 2, scale=1e-6)
    near(spectral.to_db(power), librosa.power_to_db(np.abs(librosa.stft(y)) ** 2))
    near(spectral.mfcc(power, 22_050), librosa.feature.mfcc(y=y, sr=22_050))


def test_a_tone_of_one_bin_is_as_strong_as_its_amplitude_says():
    t = np.arange(8_192)
    power = stft_power((0.5 * np.cos(2 * np.pi * 100 / 2048 * t)).astype(np.float32))
    assert power[:, 8].argmax() == 100
    assert power[100, 8] == pytest.approx((0.5 * 2048 / 4) ** 2, rel=1e-5)


def test_a_faint_tone_beside_a_loud_one_is_not_drowned_by_rounding():
    t = np.arange(8_192)
    y = (np.cos(2 * np.pi * 100 / 2048 * t) + 1e-5 * np.cos(2 * np.pi * 700 / 2048 * t)).astype(np.float32)
    decibels = spectral.to_db(stft_power(y), ref=(2048 / 4) ** 2, top_db=None)
    assert decibels[700, 8] == pytest.approx(-100, abs=0.2)


@given(
    length=st.integers(0, 3_000),
    n_fft=st.sampled_from([2, 16, 512, 2048]),
    hop_length=st.integers(64, 3_000),
    channels=st.sampled_from([(), (2,), (8,), (2, 3)]),
    level=st.sampled_from([0.0, 1e-30, 1e-9, 1.0, 4.0]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_whatever_goes_in_numbers_come_out(length, n_fft, hop_length, channels, level, seed):
    y = np.random.default_rng(seed).uniform(-level, level, (*channels, length)).astype(np.float32)
    power = stft_power(y, n_fft=n_fft, hop_length=hop_length)
    frames = 1 + length // hop_length
    assert power.shape == (*channels, 1 + n_fft // 2, frames)
    results = {
        "dB": (spectral.to_db(power), 1 + n_fft // 2), "mel": (spectral.mel(power, 8_000, n_mels=20), 20),
        "mfcc": (spectral.mfcc(power, 8_000), 20),
        "delta": (spectral.delta(power), 1 + n_fft // 2), "chroma": (spectral.chroma(power, 8_000), 12),
    }  # fmt: skip
    for name, (found, rows) in results.items():
        assert found.shape == (*channels, rows, frames), name
        assert found.dtype == np.float32, name
        assert np.isfinite(found).all(), name
    curved = [curve(power, 8_000) for curve in (spectral.centroid, spectral.bandwidth, spectral.rolloff)]
    of_samples = (spectral.zero_crossing_rate, spectral.rms)
    curved += [curve(y, frame_length=n_fft, hop_length=hop_length) for curve in of_samples]
    for found in curved:
        assert found.shape == (*channels, frames)
        assert found.dtype == np.float32
        assert (found >= 0).all()
        assert np.isfinite(found).all()


def test_channels_are_each_what_they_are_alone():
    y = np.stack([music(8_000), music(8_000)[::-1]])
    both = spectral.mel(stft_power(y), 8_000)
    for channel, alone in zip(y, both, strict=True):
        np.testing.assert_array_equal(spectral.mel(stft_power(channel), 8_000), alone)


def test_a_stretch_looks_as_it_does_in_the_whole():
    y = music(22_050, 4.0)
    whole = stft_power(y)
    stretch = stft_power(y[512 * 20 - 1024 : 512 * 60 + 1024], center=False)
    np.testing.assert_allclose(stretch[:, :40], whole[:, 20:60], rtol=1e-5)
    loudest = float(spectral.to_db(spectral.mel(whole, 22_050)).max())
    quiet = whole[:, 20:60] / 1e4  # 40 dB down: alone it would reach 40 dB deeper
    np.testing.assert_allclose(
        spectral.mfcc(quiet, 22_050, loudest=loudest),
        spectral.mfcc(np.hstack([whole, quiet]), 22_050)[:, whole.shape[1] :],
        rtol=1e-4, atol=1e-3,
    )  # fmt: skip


def test_decibels_without_a_floor_keep_everything_above_the_least_power():
    decibels = spectral.to_db(np.array([0, 1e-12, 1e-9, 1, 100], dtype=np.float32), top_db=None)
    np.testing.assert_allclose(decibels, [-100, -100, -90, 0, 20], atol=1e-4)
    assert spectral.to_db(np.array([1e-9, 1], dtype=np.float32), top_db=30, loudest=10)[0] == -20


@pytest.mark.parametrize("frames", [1, 2, 3, 8, 9])
def test_change_is_told_of_fewer_frames_than_the_width(frames):
    ramp = np.arange(frames, dtype=np.float32) * 3
    np.testing.assert_allclose(spectral.delta(ramp), 3 if frames > 2 else 0, atol=1e-5)
    square = np.arange(frames, dtype=np.float32) ** 2
    np.testing.assert_allclose(spectral.delta(square, order=2), 2 if frames > 2 else 0, atol=1e-4)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(0, 1), (511, 128), (512, 0), (-2, 1)])
def test_frames_that_make_no_sense_are_refused(n_fft, hop_length):
    with pytest.raises(ValueError, match="even"):
        stft_power(music(8_000), n_fft=n_fft, hop_length=hop_length)


def test_a_sound_shorter_than_a_frame_has_none_without_padding():
    assert stft_power(np.ones(100, dtype=np.float32), center=False).shape == (1025, 0)


def test_the_views_do_not_wait_for_librosa():
    script = (
        "import sys, numpy as np; from genre_tagger.sound import spectral\n"
        "y = np.ones(4000, dtype=np.float32); power = spectral.stft_power(y)\n"
        "spectral.delta(spectral.mfcc(power, 8000)); spectral.chroma(power, 8000); spectral.bandwidth(power, 8000)\n"
        "assert not {'librosa', 'scipy', 'numba'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], timeout=60, check=True)


# --- curves over time ------------------------------------------------------------------------------------------------


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


# --- chroma and tuning -----------------------------------------------------------------------------------------------


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
