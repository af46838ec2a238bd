"""Log-mel patches: equal to librosa's, cut as the card says, and refused where the card is nonsense."""

from __future__ import annotations

import json
import math
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.base.errors import ModelError
from genre_tagger.model.features import (
    KALDI,
    LN_OF_POWER,
    FeatureSpec,
    log_mel,
    log_mel_patches,
    mel_frequencies,
    silence,
)

SPECS = [
    FeatureSpec(),
    FeatureSpec(sr=22_050, n_fft=2_048, win_length=2_048, hop_length=512, n_mels=128, fmax=11_025.0),
    FeatureSpec(n_fft=401, win_length=401, hop_length=160, n_mels=40, fmin=50.0, fmax=7_000.0),
    FeatureSpec(n_mels=300),  # more bands than bins: some of them are empty
    FeatureSpec(n_mels=1),
]


KALDIS = FeatureSpec(
    sr=32_000, n_fft=1_024, hop_length=320, n_mels=128, fmax=15_000.0, patch_frames=300, patch_hop=150,
    log=LN_OF_POWER, win_length=800, preemphasis=0.97, mel=KALDI,
)  # fmt: skip


@pytest.fixture
def noise():
    return (np.random.default_rng(5).standard_normal(50_000) * 0.1).astype(np.float32)


@pytest.mark.parametrize("spec", SPECS)
def test_a_log_mel_spectrogram_is_the_one_librosa_gives(spec, noise):
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa warns of the empty bands
        mel = librosa.feature.melspectrogram(
            y=noise, sr=spec.sr, n_fft=spec.n_fft, hop_length=spec.hop_length,
            n_mels=spec.n_mels, fmin=spec.fmin, fmax=spec.fmax,
        )  # fmt: skip
    power = (10.0 ** log_mel(noise, spec).astype(np.float64) - 1) / 10_000
    np.testing.assert_allclose(power, mel.T, rtol=1e-4, atol=1e-4 * mel.mean())


def test_a_stretch_of_a_longer_sound_has_the_frames_of_the_whole(noise):
    spec = FeatureSpec()
    stretch = noise[100 * 256 - 256 : 150 * 256 + 256]
    np.testing.assert_allclose(log_mel(stretch, spec, center=False)[:50], log_mel(noise, spec)[100:150], rtol=1e-6)


def test_a_sine_is_loudest_in_the_band_that_holds_it():
    spec = FeatureSpec()
    sine = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000).astype(np.float32)
    band = log_mel(sine, spec).mean(axis=0).argmax()
    low, high = mel_frequencies(spec)[[band, band + 2]]
    assert low < 1_000 < high


@pytest.mark.parametrize("spec", [FeatureSpec(), KALDIS])
def test_silence_is_the_same_everywhere(spec):
    assert (log_mel(np.zeros(16_000, dtype=np.float32), spec) == np.float32(silence(spec))).all()


def test_silence_is_zero_or_the_logarithm_of_the_floor():
    assert silence(FeatureSpec()) == 0
    assert silence(KALDIS) == pytest.approx((math.log(1e-5) + 4.5) / 5)


def test_kaldis_spectrum_is_the_one_that_its_definition_gives(noise):
    different = noise[1:] - 0.97 * noise[:-1]
    i = 50
    frame = different[i * 320 - 512 : i * 320 + 512].astype(np.float64)
    window = np.pad(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 799), 112)
    power = np.abs(np.fft.rfft(frame * window)) ** 2
    mels, edges = (1_127 * np.log(1 + hz / 700) for hz in (np.arange(513) * 31.25, mel_frequencies(KALDIS)))
    rising = (mels - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - mels) / np.diff(edges)[1:, None]
    mel = np.maximum(0, np.minimum(rising, falling)) @ power
    np.testing.assert_allclose(log_mel(noise, KALDIS)[i], (np.log(mel + 1e-5) + 4.5) / 5, atol=1e-4)


def test_kaldis_bands_are_evenly_spaced_in_mel():
    hz = mel_frequencies(KALDIS)
    assert hz[0] == 0
    assert hz[-1] == pytest.approx(15_000)
    np.testing.assert_allclose(np.diff(1_127 * np.log(1 + hz / 700)), 1_127 * math.log(1 + 15_000 / 700) / 129)


def test_a_stretch_has_the_frames_of_the_whole_with_preemphasis_too(noise):
    stretch = noise[20 * 320 - 512 : 40 * 320 + 512]
    np.testing.assert_allclose(log_mel(stretch, KALDIS, center=False)[:20], log_mel(noise, KALDIS)[20:40], atol=1e-5)


def test_patches_are_overlapping_stretches_of_the_spectrogram(noise):
    spec = FeatureSpec(patch_frames=50, patch_hop=20)
    mel, patches = log_mel(noise - noise.mean(), spec), log_mel_patches(noise, spec)
    assert patches.shape == ((len(mel) - 50) // 20 + 1, 50, 96)
    assert patches.dtype == np.float32
    assert patches.flags.c_contiguous
    for number, patch in enumerate(patches):
        np.testing.assert_allclose(patch, mel[20 * number : 20 * number + 50], rtol=1e-6)


def test_audio_shorter_than_a_patch_is_repeated_until_it_fills_one(noise):
    spec = FeatureSpec()
    y = noise[: int(1.2 * spec.sr)]
    (patch,) = log_mel_patches(y, spec)
    frames = len(log_mel(y, spec))
    np.testing.assert_array_equal(patch[frames:], patch[: spec.patch_frames - frames])


@pytest.mark.parametrize("length", [0, 1, 7_999])
def test_audio_shorter_than_half_a_second_gives_no_patch(length, noise):
    assert log_mel_patches(noise[:length], FeatureSpec()).shape == (0, 187, 96)


@given(length=st.integers(8_000, 60_000), frames=st.integers(1, 300), hop=st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_whatever_the_length_there_is_a_patch_and_all_patches_are_full(length, frames, hop):
    spec = FeatureSpec(patch_frames=frames, patch_hop=hop, n_mels=4)
    y = np.full(length, 0.1, dtype=np.float32)
    patches = log_mel_patches(y, spec)
    assert len(patches) >= 1
    assert patches.shape[1:] == (frames, 4)
    assert np.isfinite(patches).all()


def test_threads_get_the_same_answer_as_one_alone(noise):
    spec, answers = FeatureSpec(), []
    threads = [threading.Thread(target=lambda: answers.append(log_mel(noise, spec))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        np.testing.assert_array_equal(answer, log_mel(noise, spec))


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_comes_back_from_json_as_it_went(spec):
    assert FeatureSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"sr": 0}, {"sr": 16_000.5}, {"sr": True}, {"sr": "16000"}, {"sr": None}, {"n_fft": 10**9}, {"n_fft": 16_381},
        {"hop_length": 0}, {"hop_length": 1_024}, {"n_mels": -1}, {"fmin": float("nan")}, {"fmax": 9_000.0},
        {"fmin": 8_000.0}, {"patch_frames": 10**6}, {"patch_hop": 0}, {"log": "ln"}, {"log": None},
        {"windows": 1_000}, {"window_seconds": 0.0}, {"window_seconds": float("inf")}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_card_with_nonsense_is_refused(change):
    with pytest.raises(ModelError, match="card"):
        FeatureSpec.from_json({**FeatureSpec().to_json(), **change})


@pytest.mark.parametrize("name", list(FeatureSpec().to_json()))
def test_a_card_that_leaves_a_setting_out_is_refused(name):
    data = FeatureSpec().to_json()
    del data[name]
    with pytest.raises(ModelError, match=name):
        FeatureSpec.from_json(data)


@pytest.mark.parametrize("data", [None, [], "features", 5])
def test_a_card_without_features_is_refused(data):
    with pytest.raises(ModelError):
        FeatureSpec.from_json(data)


def test_a_constant_offset_changes_nothing(noise):
    patches = log_mel_patches(noise, FeatureSpec())
    np.testing.assert_allclose(log_mel_patches(noise + np.float32(0.3), FeatureSpec()), patches, atol=1e-3)
