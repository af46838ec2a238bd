"""Music or not: the statistics, the classifier's numbers, and the guard that ships."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import soxr

from genre_tagger.base.errors import ModelError
from genre_tagger.library.tracks import NoGenre
from genre_tagger.model.classify import classify_file
from genre_tagger.model.features import FeatureSpec, log_mel_patches
from genre_tagger.model.guard import NUMBERS, SOUNDS, STATISTICS, Guard, is_speech, numbers, statistics
from genre_tagger.training.student import hearing

SR = 16_000
SPEC = FeatureSpec()


KALDI_SPEC = hearing.SPEC


def of(y, spec=SPEC):
    y = soxr.resample(np.asarray(y, dtype=np.float32), SR, spec.sr)
    return statistics(log_mel_patches(y, spec)[::2], spec)


def named(y, spec=SPEC):
    return dict(zip(STATISTICS, of(y, spec), strict=True))


def tone(seconds=6.0, frequency=440.0):
    return 0.3 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * SR)) / SR)


def noise(seconds=6.0, seed=1):
    return 0.1 * np.random.default_rng(seed).standard_normal(int(seconds * SR))


def some_guard(units=3):
    rng, count = np.random.default_rng(4), len(NUMBERS)
    return Guard(
        rng.standard_normal(count), rng.uniform(1, 2, count), rng.standard_normal((count, units)),
        rng.standard_normal(units), rng.standard_normal(units), 0.25,
    )  # fmt: skip


@pytest.mark.parametrize("y", [tone(), noise(), np.zeros(4 * SR), np.eye(1, 4 * SR, 9_000)[0], noise(3.0)])
def test_the_statistics_of_any_sound_are_finite(y):
    for spec in (SPEC, KALDI_SPEC):
        assert of(y, spec).shape == (len(STATISTICS),)
        assert np.isfinite(of(y, spec)).all()


def test_the_level_of_a_recording_does_not_matter():
    y = noise() * (1 + np.sin(np.arange(6 * SR) / 3_000)) + tone()
    np.testing.assert_allclose(of(y), of(y / 4), atol=0.05)


@pytest.mark.parametrize("spec", [SPEC, KALDI_SPEC], ids=["slaney", "kaldi"])
def test_a_tone_stays_and_noise_does_not(spec):
    steady = named(tone(), spec)
    hiss = np.random.default_rng(1).standard_normal(6 * spec.sr).astype(np.float32) / 10
    restless = dict(zip(STATISTICS, statistics(log_mel_patches(hiss, spec)[::2], spec), strict=True))
    assert steady["lines that stay 32 frames"] > 0.95
    assert abs(restless["lines that stay 32 frames"]) < 0.1
    assert steady["flatness"] < restless["flatness"]


def test_pauses_are_counted():
    y = noise()
    y[: len(y) // 2] *= 1e-3
    assert named(y)["pauses below -20 dB"] == pytest.approx(0.5, abs=0.1)
    assert named(noise())["pauses below -10 dB"] == 0


def test_a_beat_is_seen_at_its_rate():
    y = noise() * (1 + np.cos(2 * np.pi * 3 * np.arange(6 * SR) / SR))
    shares = named(y)
    assert shares["loudness, share above 2.4 Hz"] > shares["loudness, share above 4.8 Hz"] + 0.5


def test_a_guard_survives_its_card():
    guard = some_guard()
    again = Guard.from_json(guard.to_json())
    rows = np.random.default_rng(1).standard_normal((20, len(NUMBERS)))
    np.testing.assert_allclose(again.logit(rows), guard.logit(rows), atol=1e-3)


@pytest.mark.parametrize(
    "change",
    [{"numbers": ["loudness"]}, {"numbers": list(STATISTICS)}, {"mean": "1.0"}, {"mean": None}, {"mean": [1.0]},
     {"out": ""}, {"scale": " ".join(["0"] * len(NUMBERS))}, {"hidden": "1 " * len(NUMBERS)}, {"out_bias": "much"},
     {"out": "nan 1 1"}, {"out": "1 " * 10**6}, {"units": 0}, {"units": True}, {"units": 10**9}],
)  # fmt: skip
def test_numbers_that_do_not_fit_are_an_error_of_the_model(change):
    with pytest.raises(ModelError, match="guard"):
        Guard.from_json(some_guard().to_json() | change)
    with pytest.raises(ModelError, match="guard"):
        Guard.from_json("yes")


def test_what_is_far_from_everything_known_does_not_break_the_guard():
    assert np.isfinite(some_guard().logit(np.full(len(NUMBERS), 1e9)))


def test_what_never_changes_its_loudness_is_no_music_whatever_the_network_says():
    guard = replace(some_guard(), out=np.zeros(3), out_bias=1.0)
    sounds = np.zeros((1, len(SOUNDS)), dtype=np.float32)

    def passes(y):
        return guard.passes(numbers(log_mel_patches(y.astype(np.float32), SPEC), sounds, SPEC))

    assert not passes(tone())
    assert passes(tone() * (np.arange(6 * SR) % 8_000 < 5_000))


def test_what_the_network_takes_a_sound_for_is_the_mean_over_its_patches():
    patches = log_mel_patches(noise().astype(np.float32), SPEC)
    said = np.random.default_rng(1).normal(size=(3, len(SOUNDS))).astype(np.float32)
    np.testing.assert_allclose(numbers(patches, said, SPEC)[len(STATISTICS) :], said.mean(axis=0), rtol=1e-5)


def test_it_is_speech_when_nothing_but_music_is_likelier():
    def sounds(**likely):
        return np.array([[likely.get(name, -4.6) for name in SOUNDS]] * 2)

    assert is_speech(sounds(speech=-1.0, music=-0.1, noise=-2.0))
    assert not is_speech(sounds(speech=-2.0, music=-0.1, animals=-1.0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: tone(8),
        lambda: 0.2 * np.sign(tone(8, 1_000)),
        lambda: tone(8, 60),
        lambda: noise(8),
        lambda: np.cumsum(noise(8)) * 0.02,
        lambda: 0.3 * np.sin(2 * np.pi * np.cumsum(np.geomspace(100, 6_000, 8 * SR)) / SR),
        lambda: noise(8) * (np.arange(8 * SR) % SR < 400),
    ],
    ids=["tone", "square", "hum", "white noise", "brown noise", "sweep", "clicks"],
)
def test_tones_noise_sweeps_and_clicks_get_no_genre(model, tmp_path, make):
    path = str(tmp_path / "a.wav")
    soundfile.write(path, make().clip(-1, 1), SR)
    assert classify_file(path, model).nothing is NoGenre.NOT_MUSIC


@pytest.mark.data
def test_speech_and_animals_get_no_genre_and_music_does(model, data_folder):
    folder = os.path.join(data_folder, "music", "librosa")
    others = ("0000.ogg", "robin", "humpback", "pibble")
    for name in sorted(name for name in os.listdir(folder) if name.endswith(".ogg")):
        outcome = classify_file(os.path.join(folder, name), model)
        assert (outcome.nothing is not None) == any(part in name for part in others), name
        assert (outcome.nothing is NoGenre.SPEECH) == ("0000.ogg" in name), name


@pytest.mark.data
def test_music_of_the_valid_split_is_taken_for_music(model, data_folder):
    folder = os.path.join(data_folder, "gtzan", "audio", "valid")
    paths = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in sorted(names)][::5]
    assert sum(classify_file(path, model).nothing is None for path in paths) >= 0.98 * len(paths)
