from __future__ import annotations

import numpy as np
import pytest
import soundfile

from genre_tagger.training import guard_sounds, material, pieces
from genre_tagger.training.data import DataFolder
from genre_tagger.training.plan import Plan

HEARD = {"blues.00001": "train", "rock.00001": "train", "metal.00001": "valid"}
DRAWN = ["blues.00001", "rock.00001", "pop.00001", "jazz.00001"]


@pytest.fixture
def plan(tmp_path):
    """A data folder with two heard and three drawn training tracks, one of each to measure on, and a piece of music."""
    gtzan = tmp_path / "data" / "gtzan"
    for below in ("splits", "audio/train/blues", "audio/train/rock", "audio/valid/metal"):
        (gtzan / below).mkdir(parents=True)
    (tmp_path / "data" / "music").mkdir()
    lists = {"train": DRAWN[:3], "valid": [DRAWN[3], "metal.00001"]}
    for split, names in lists.items():
        (gtzan / "splits" / f"{split}_filtered.txt").write_text("".join(f"{name}.wav\n" for name in names))
    artists = "".join(f"{name},{number}\n" for number, name in enumerate([*DRAWN, "metal.00001"]))
    (gtzan / "splits" / "artists_train_valid.csv").write_text("track,artist\n" + artists)
    rng = np.random.default_rng(0)
    sound = 0.1 * rng.standard_normal(30 * 16_000) * (np.arange(30 * 16_000) // 8_000 % 2)
    for number, (name, split) in enumerate(HEARD.items()):
        path = gtzan / "audio" / split / name.split(".")[0] / f"{name}.ogg"
        soundfile.write(path, sound * (number + 1), 16_000)
    soundfile.write(tmp_path / "data" / "music" / "piece.ogg", sound[: 20 * 16_000], 16_000)
    images = rng.integers(0, 255, (len(DRAWN), 218, 336), dtype=np.uint8)
    np.savez(gtzan / "mel_images_train_valid.npz", images=images, names=np.array(DRAWN))
    work = tmp_path / "work"
    work.mkdir()
    return Plan(DataFolder(str(tmp_path / "data")), str(work), str(tmp_path / "model"))


def test_everything_that_patches_are_drawn_from_is_there_with_its_weight(plan):
    spectra, weights = material.everything(plan)
    # Two clips and a piece, plain and coded; the track of which only a picture is there.
    assert len(spectra) == len(weights) == 2 * 3 + 1
    assert weights.sum() == pytest.approx(1)
    assert weights[6] == pytest.approx(pieces.SHARES["pictures"])
    assert all(spectrum.shape[1:] == (96,) and np.isfinite(spectrum).all() for spectrum in spectra)
    assert len(spectra[0]) == len(spectra[3])
    assert (spectra[0] != spectra[3]).any()
    again, _ = material.everything(plan)  # this time from the caches
    assert all((one == other).all() for one, other in zip(spectra, again, strict=True))


def test_pictures_are_those_of_tracks_nobody_can_hear_and_splits_stay_apart(plan):
    assert list(material.images(plan, "train")) == ["pop.00001"]
    assert list(material.images(plan, "valid")) == ["jazz.00001"]
    assert list(material.seen(plan, "train")) == DRAWN[:3]
    (patches,) = material.seen(plan, "valid").values()
    assert patches.shape[1:] == (plan.spec.patch_frames, plan.spec.n_mels)
    assert len(patches) > 10


def test_statistics_are_kept_and_made_again_when_the_code_that_made_them_is_another(plan, monkeypatch, capsys):
    monkeypatch.setattr(guard_sounds.tunes, "KINDS", {})
    monkeypatch.setattr(guard_sounds.nonmusic, "KINDS", {})
    known = guard_sounds.examples(plan)
    assert set(known.kinds) == {"train", "valid", "piece", "picture", "valid-picture"}
    assert known.whole[known.kinds == "valid-picture"].all()
    capsys.readouterr()
    again = guard_sounds.examples(plan)
    assert (again.numbers == known.numbers).all()
    assert "computing" not in capsys.readouterr().err
    monkeypatch.setattr(guard_sounds, "_made_by", lambda: "another version")
    guard_sounds.examples(plan)
    assert capsys.readouterr().err.count("computing") == 5
