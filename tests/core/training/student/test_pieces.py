"""What patches are drawn from: recordings, pictures of spectra, and sounds that went through a codec."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from genre_tagger.model.features import FeatureSpec, log_mel
from genre_tagger.training import guard
from genre_tagger.training.student import pieces


def test_everything_that_patches_are_drawn_from_is_there_with_its_weight(plan):
    spectra, weights = pieces.everything(plan)
    # Two clips and a piece, plain and coded; the seven tracks of which only a picture is there.
    assert len(spectra) == len(weights) == 2 * 3 + 7
    assert weights.sum() == pytest.approx(1)
    assert weights[6:].sum() == pytest.approx(pieces.SHARES["pictures"])
    assert all(spectrum.shape[1:] == (96,) and np.isfinite(spectrum).all() for spectrum in spectra)
    assert len(spectra[0]) == len(spectra[3])
    assert (spectra[0] != spectra[3]).any()
    again, _ = pieces.everything(plan)  # this time from the caches
    assert all((one == other).all() for one, other in zip(spectra, again, strict=True))


def test_pictures_are_those_of_tracks_nobody_can_hear_and_splits_stay_apart(plan):
    drawn = [name for name in plan.data.names("train") if name not in ("blues.00001", "rock.00001")]
    assert list(pieces.images(plan, "train")) == drawn
    assert list(pieces.images(plan, "valid")) == ["blues.00009"]
    assert list(pieces.seen(plan, "train")) == plan.data.names("train")
    patches = pieces.seen(plan, "valid")["blues.00009"]
    assert patches.shape[1:] == (plan.spec.patch_frames, plan.spec.n_mels)
    assert len(patches) > 10


def test_statistics_are_kept_and_made_again_when_the_code_that_made_them_is_another(plan, monkeypatch, capsys):
    monkeypatch.setattr(guard.tunes, "KINDS", {})
    monkeypatch.setattr(guard.nonmusic, "KINDS", {})
    known = guard.examples(plan)
    assert set(known.kinds) == {"train", "valid", "piece", "picture", "valid-picture"}
    assert known.whole[known.kinds == "valid-picture"].all()
    capsys.readouterr()
    again = guard.examples(plan)
    assert (again.numbers == known.numbers).all()
    assert "computing" not in capsys.readouterr().err
    monkeypatch.setattr(guard, "_made_by", lambda: "another version")
    guard.examples(plan)
    assert capsys.readouterr().err.count("computing") == 5


def test_other_recordings_are_not_taken_for_those_that_were_there_before(plan):
    before = pieces.recorded_spectra(plan)
    piece = plan.data.music()[0]
    y, sr = soundfile.read(piece)
    soundfile.write(piece, y[: 10 * sr], sr)
    after = pieces.recorded_spectra(plan)
    assert [len(spectrum) for spectrum in after] != [len(spectrum) for spectrum in before]


def test_rare_genres_are_drawn_more_often_than_their_share_and_every_group_keeps_its_own():
    weights = pieces.drawing_weights([0] * 16 + [1], music=2, images=5)
    assert weights.sum() == pytest.approx(1)
    assert weights[16] == pytest.approx(4 * weights[0])
    assert weights[17:19].sum() == pytest.approx(pieces.SHARES["music"])
    assert len(weights) == 2 * 19 + 5
    assert weights[-5:].sum() == pytest.approx(pieces.SHARES["pictures"])


@pytest.fixture
def seen_and_heard():
    """Three tracks of 30 s whose pictures show every fourth band's level, and one with a picture alone."""
    spec = FeatureSpec()
    rng = np.random.default_rng(3)
    spectra, drawn = {}, {}
    for name in ("a", "b", "c", "d"):
        levels = rng.uniform(0, 1, (336, 8)).repeat(12, axis=1)
        columns = np.minimum(np.arange(1876) * 336 // 1875, 335)
        spectra[name] = (4 * levels[columns]).astype(np.float32)
        early = np.pad(levels, ((0, 1), (0, 0)), mode="edge")[1:]  # pictures run ahead by a column
        drawn[name] = np.round(255 * early[:, ::4].T).astype(np.uint8)
    return drawn, spectra, spec


def test_pictures_become_spectra_close_to_what_was_heard(seen_and_heard):
    drawn, spectra, spec = seen_and_heard
    weights = pieces.fit_pictures([drawn[name] for name in "abc"], [spectra[name] for name in "abc"], spec)
    guessed = pieces.to_log_mel(drawn["d"], weights, spec)
    assert guessed.shape == (1876, 96)
    assert np.corrcoef(guessed.ravel(), spectra["d"].ravel())[0, 1] > 0.8


def test_patches_from_pictures_carry_the_stored_tags_and_no_embedding(seen_and_heard):
    drawn, spectra, spec = seen_and_heard
    del spectra["d"]
    tags = {"d": np.arange(28 * 50, dtype=np.float64).reshape(28, 50), "unseen": np.zeros((28, 50))}
    weights = pieces.fit_pictures([drawn[name] for name in "abc"], [spectra[name] for name in "abc"], spec)
    found = pieces.labelled_pictures(drawn, weights, tags, spec)
    assert found.patches.shape == (28, 187, 96)
    assert (found.tags == tags["d"]).all()
    assert np.isnan(found.embedding).all()


def test_a_picture_gets_the_grain_of_a_real_sound_and_keeps_its_own_shape(seen_and_heard):
    drawn, spectra, spec = seen_and_heard
    weights = pieces.fit_pictures([drawn[name] for name in "abc"], [spectra[name] for name in "abc"], spec)
    rough = np.random.default_rng(1).uniform(0, 4, (1876, 96)).astype(np.float32)
    (found,) = pieces.grained({"d": drawn["d"]}, weights, [rough], spec, seed=1)
    plain = pieces.to_log_mel(drawn["d"], weights, spec)
    assert found.shape == plain.shape
    assert (found >= 0).all()
    assert np.abs(np.diff(found, axis=0)).mean() > 3 * np.abs(np.diff(plain, axis=0)).mean()
    kept = [np.corrcoef(found.mean(axis=0), plain.mean(axis=0))[0, 1], np.abs(found - plain).mean()]
    assert kept[0] > 0.95
    assert kept[1] < 2


@pytest.mark.parametrize("codec", pieces.CODECS, ids=lambda codec: codec.subtype)
def test_a_codec_keeps_the_length_and_loses_a_little(codec):
    rng = np.random.default_rng(0)
    t = np.arange(3 * 16_000) / 16_000
    y = (0.3 * np.sin(2 * np.pi * 440 * t) + 0.1 * rng.normal(size=t.size)).astype(np.float32)
    there = pieces.through(y, 16_000, codec)
    assert abs(len(there) - len(y)) < 0.1 * 16_000
    before, after = (log_mel(sound[: 2 * 16_000], FeatureSpec()) for sound in (y, there))
    difference = np.abs(before[10:100] - after[10:100]).mean()
    assert 0.005 < difference < 1
