"""Recipes on AllMusic's clips: every track is asked about by a network that never met its artist."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from genre_tagger.training.compare import independent, table
from genre_tagger.training.data.datasets import DatasetError
from genre_tagger.training.recipes.recipes import RECIPES

GENRES = ["Jazz", "Rap", "Jazz; Pop/Rock", "Rap", "Pop/Rock", "Jazz", "Rap; Pop/Rock", "Jazz", "Pop/Rock"]


@pytest.fixture
def data(tmp_path):
    """Nine clips by five artists: what is Jazz hums, what is Rap hisses."""
    folder, rng = tmp_path / "allmusic", np.random.default_rng(0)
    folder.mkdir()
    rows = [("file", "genres", "moods", "quadrant", "artist")]
    for number, genres in enumerate(GENRES):
        t = np.arange(22_050) / 22_050
        y = np.sin(2 * np.pi * 200 * t) if "Jazz" in genres else rng.normal(size=t.size)
        soundfile.write(folder / f"MT{number}.wav", 0.1 * y, 22_050)
        rows.append((f"MT{number}.wav", genres, "", "Q1", number // 2))
    with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return tmp_path


def test_a_track_is_learned_as_the_rarest_of_its_genres_and_right_as_any_of_them(data):
    dataset, right = independent.clips(str(data))
    assert dataset.labels == ("Jazz", "Pop/Rock", "Rap")
    assert [dataset.labels[track.label] for track in dataset.tracks][2::4] == ["Jazz", "Rap"]
    assert right["MT2"] == {0, 1}
    assert len({track.group for track in dataset.tracks}) == 5


def test_a_data_folder_without_the_clips_is_refused_in_words(tmp_path):
    with pytest.raises(DatasetError, match="not in the data folder"):
        independent.clips(str(tmp_path))


def test_an_answer_is_right_if_it_is_one_of_a_tracks_genres(data):
    dataset, right = independent.clips(str(data))
    answers = np.tile([0.2, 0.5, 0.3], (9, 1))
    answers[8] = 0
    found = independent.figures(answers, dataset, right)
    assert found["tracks"] == 9
    assert found["accuracy"] == pytest.approx(3 / 9, abs=1e-4)  # Pop/Rock is right of three
    assert found["cells"]["Pop/Rock"] == {"Pop/Rock": ["MT2", "MT4", "MT6"], "": ["MT8"]}
    assert found["mean_recall"] is None  # no genre has five tracks


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # TensorFlow's own
def test_every_fold_has_a_network_of_its_own_and_what_is_finished_is_not_trained_again(
    data, keras, monkeypatch, capsys
):
    def small(shape, labels):
        return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(labels, "softmax")])

    monkeypatch.setattr(independent, "FOLDS", 2)
    recipe = replace(RECIPES["mfcc-mlp"], build=small)
    row = independent.of_recipe(recipe, str(data), str(data / "work"), seed=1, epochs=1)
    assert row["passes"] == [1, 1]
    assert row["answered"] == row["tracks"] == 9
    assert "finished with" not in capsys.readouterr().err
    assert independent.of_recipe(recipe, str(data), str(data / "work"), seed=1, epochs=1) == row
    assert capsys.readouterr().err.count("finished with pass 1") == 2
    line = table.independent([row]).splitlines()[-1]
    assert line.startswith(f"| `mfcc-mlp` | 9 | **{100 * row['accuracy']:.1f} %")
