"""A data folder to train on, made on the spot."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.plan import Plan

LEARNED = [f"{genre}.{number:05}" for genre in ("blues", "rock", "pop") for number in (1, 2, 3)]
HEARD = {"blues.00001": "train", "rock.00001": "train", "rock.00009": "valid"}
DRAWN = [*LEARNED, "blues.00009", "rock.00009"]


@pytest.fixture
def plan(tmp_path):
    """A data folder with nine training tracks, all drawn and two heard, one of each to measure on, a piece of music.

    What stands for the teacher's weights is empty, and its stored tags are noise.
    """
    gtzan = tmp_path / "data" / "gtzan"
    for below in ("splits", "teacher", "audio/train/blues", "audio/train/rock", "audio/valid/rock"):
        (gtzan / below).mkdir(parents=True)
    (tmp_path / "data" / "music").mkdir()
    lists = {"train": LEARNED, "valid": ["blues.00009", "rock.00009"]}
    for split, names in lists.items():
        (gtzan / "splits" / f"{split}_filtered.txt").write_text("".join(f"{name}.wav\n" for name in names))
    artists = "".join(f"{name},{number}\n" for number, name in enumerate(DRAWN))
    (gtzan / "splits" / "artists_train_valid.csv").write_text("track,artist\n" + artists)
    rng = np.random.default_rng(0)
    sound = 0.1 * rng.standard_normal(30 * 16_000) * (np.arange(30 * 16_000) // 8_000 % 2)
    for number, (name, split) in enumerate(HEARD.items()):
        path = gtzan / "audio" / split / name.split(".")[0] / f"{name}.ogg"
        soundfile.write(path, sound * (number + 1), 16_000)
    soundfile.write(tmp_path / "data" / "music" / "piece.ogg", sound[: 20 * 16_000], 16_000)
    images = rng.integers(0, 255, (len(DRAWN), 218, 336), dtype=np.uint8)
    np.savez(gtzan / "mel_images_train_valid.npz", images=images, names=np.array(DRAWN))
    tags = rng.uniform(0.001, 0.3, (len(LEARNED) * 28, 50)).astype(np.float32)
    names = np.repeat([f"{name}.wav" for name in LEARNED], 28)
    np.savez(gtzan / "teacher" / "taggrams_train.npz", X=tags, IDS=names)
    (gtzan / "teacher" / "MSD_musicnn.h5").touch()
    work = tmp_path / "work"
    work.mkdir()
    return Plan(DataFolder(str(tmp_path / "data")), str(work), str(tmp_path / "model"))
