from __future__ import annotations

import numpy as np
import pytest
import soundfile

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
