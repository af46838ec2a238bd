"""Recordings are heard once, patches are drawn and labelled, and what is there is not made again."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile

from genre_tagger.base.errors import DecodeError
from genre_tagger.model.features import log_mel_patches
from genre_tagger.training.data.labelled import MUSIC, Recording
from genre_tagger.training.student import hearing, shards
from genre_tagger.training.student.hearing import SPEC, Heard


@pytest.fixture
def asked(monkeypatch):
    """What musicnn is asked about: patches come back as their loudest bands."""
    patches = []

    def label(_, heard, **__):
        patches.append(heard)
        return np.repeat(heard.mean(axis=1).argmax(axis=1)[:, None], 50, axis=1).astype(np.float32), None

    monkeypatch.setattr(hearing.teacher, "label", label)
    return patches


def sounding(path, seconds, sr=32_000):
    """A tone that rises every 4.5 seconds."""
    t = np.arange(int(seconds * sr)) / sr
    soundfile.write(path, 0.2 * np.sin(2 * np.pi * np.cumsum(300 * 1.5 ** (t // 4.5)) / sr), sr)
    return Recording(str(path), MUSIC, "me")


def test_musicnn_hears_the_same_moments_as_the_network(tmp_path, asked):
    (heard,) = hearing.hear([sounding(tmp_path / "a.wav", 20)], str(tmp_path / "kept"), None)
    assert heard.spectrum.shape == (2_001, 128)
    assert heard.tags.shape == (4, 50)
    assert (np.diff(heard.tags[:, 0]) > 0).all()  # each patch begins where the tone rises, and hears one tone alone
    assert asked[0].shape[1:] == (187, 96)


def test_the_patches_are_those_that_the_program_cuts(tmp_path, asked):
    y = np.random.default_rng(0).normal(0, 0.1, 10 * 32_000).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", y, 32_000, "FLOAT")
    (heard,) = hearing.hear([Recording(str(tmp_path / "a.wav"), MUSIC, "me")], str(tmp_path / "kept"), None)
    np.testing.assert_allclose(heard.patches(), log_mel_patches(y, SPEC), atol=2e-3)


def test_what_was_heard_is_not_heard_again_but_another_file_of_the_name_is(tmp_path, asked):
    recording = sounding(tmp_path / "a.wav", 5)
    for _ in range(2):
        hearing.hear([recording], str(tmp_path / "kept"), None)
    assert len(asked) == 1
    hearing.hear([sounding(tmp_path / "a.wav", 6)], str(tmp_path / "kept"), None)
    assert len(asked) == 2


def test_a_recording_too_short_for_a_patch_is_said(tmp_path, asked):
    with pytest.raises(DecodeError, match="3 seconds"):
        hearing.hear([sounding(tmp_path / "a.wav", 2)], str(tmp_path / "kept"), None)


@pytest.fixture
def heard():
    rng = np.random.default_rng(0)
    return [
        Heard(rng.normal(level, 0.1, (1_500, 128)).astype(np.float16), np.full((3, 50), level, dtype=np.float32))
        for level in (0, 1)
    ]


def test_a_patch_with_tags_is_a_stretch_as_it_is_and_one_without_is_not(heard):
    rng = np.random.default_rng(1)
    plain = 0
    for _ in range(60):
        patch, tags = shards.draw(heard, rng)
        starts = [
            (one, start) for one in heard for start in (0, 450, 900)
            if np.array_equal(one.spectrum[start : start + 300].astype(np.float32), patch)
        ]  # fmt: skip
        assert patch.shape == (300, 128)
        assert np.isfinite(patch).all()
        assert len(starts) == (0 if np.isnan(tags).any() else 1)
        if starts:
            plain += 1
            assert (tags == starts[0][0].tags[0]).all()
    assert 10 < plain < 40


def test_shards_that_are_there_are_kept_and_one_that_is_missing_is_the_same_again(heard, tmp_path, monkeypatch):
    def asking(_):
        return lambda patches: {
            "lower": np.zeros((len(patches), 8, 19, 32), dtype=np.float32), "pooled": np.ones((len(patches), 384)),
            "classes": np.repeat(patches.mean(axis=(1, 2))[:, None], 527, axis=1),
        }  # fmt: skip

    monkeypatch.setattr(shards, "SHARD", 8)
    monkeypatch.setattr(shards, "asking", asking)
    folder = str(tmp_path / "shards")
    shards.write_shards(folder, 20, heard, "", seed=3)
    first = shards.read_shards(folder, 20)
    assert first.classes.shape == (24, 527)
    os.remove(os.path.join(folder, "0001.npz"))
    before = os.stat(os.path.join(folder, "0000.npz")).st_mtime_ns
    shards.write_shards(folder, 20, heard, "", seed=3)
    assert os.stat(os.path.join(folder, "0000.npz")).st_mtime_ns == before
    np.testing.assert_array_equal(shards.read_shards(folder, 20).classes, first.classes)
    assert len(os.listdir(folder)) == 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_both_halves_of_the_teacher_answer_as_they_do_in_keras(heard, published_weights, mn04):
    from genre_tagger.training.student import network

    patches = np.stack([one.spectrum[:300] for one in heard]).astype(np.float32)
    said = shards.asking(published_weights)(patches)
    theirs = mn04.build(published_weights, 300, 128)(patches, training=False)
    np.testing.assert_allclose(said["classes"], theirs["classes"], atol=1e-3)
    np.testing.assert_allclose(said["pooled"], theirs["pooled"], atol=1e-3)
    model = network.build(published_weights)
    upper = model.get_layer(network.UPPER)(said["lower"], training=False)
    np.testing.assert_allclose(upper["pooled"], model(patches, training=False)["embedding"], atol=1e-3)
