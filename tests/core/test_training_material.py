from __future__ import annotations

import numpy as np
import pytest
import soundfile

from genre_tagger.training import material, pieces
from genre_tagger.training.data import DataFolder
from genre_tagger.training.plan import Plan

HEARD, DRAWN = ["blues.00001", "rock.00001"], ["blues.00001", "rock.00001", "pop.00001", "jazz.00001"]


@pytest.fixture
def plan(tmp_path):
    """A data folder with two heard and four drawn tracks, one of them valid, and one piece of music."""
    gtzan = tmp_path / "data" / "gtzan"
    for below in ("splits", "teacher", "audio/train/blues", "audio/train/rock", "audio/valid"):
        (gtzan / below).mkdir(parents=True)
    (tmp_path / "data" / "music").mkdir()
    lists = {"train": DRAWN[:3], "valid": DRAWN[3:]}
    for split, names in lists.items():
        (gtzan / "splits" / f"{split}_filtered.txt").write_text("".join(f"{name}.wav\n" for name in names))
    artists = "".join(f"{name},{number}\n" for number, name in enumerate(DRAWN))
    (gtzan / "splits" / "artists_train_valid.csv").write_text("track,artist\n" + artists)
    rng = np.random.default_rng(0)
    sound = 0.1 * rng.standard_normal(30 * 16_000) * (np.arange(30 * 16_000) // 8_000 % 2)
    for number, name in enumerate(HEARD):
        soundfile.write(gtzan / "audio" / "train" / name.split(".")[0] / f"{name}.ogg", sound * (number + 1), 16_000)
    soundfile.write(tmp_path / "data" / "music" / "piece.ogg", sound[: 5 * 16_000], 16_000)
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
    assert list(material.images(plan)) == ["pop.00001"]
    assert list(material.seen(plan, "train")) == DRAWN[:3]
    (patches,) = material.seen(plan, "valid").values()
    assert patches.shape[1:] == (plan.spec.patch_frames, plan.spec.n_mels)
    assert len(patches) > 10
