"""What ships is what was trained. TensorFlow is imported once here, and nowhere else in the tests of the core."""

from __future__ import annotations

import json
import os
import warnings

import numpy as np
import pytest

from genre_tagger.base.places import asset
from genre_tagger.model.features import log_mel_patches
from genre_tagger.model.network import GenreModel
from genre_tagger.training.data import taxonomy, tracks
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.student import export

FOLDER = str(asset("models", "two-teachers-cnn"))


@pytest.fixture(scope="module")
def shipped():
    return GenreModel.load(FOLDER)


@pytest.fixture(scope="module")
def patches(shipped):
    """Ten seconds each of chords with a beat, noise and a siren. Of silence, which is raised most, nobody asks."""
    spec = shipped.card.spec
    t = np.arange(10 * spec.sr) / spec.sr
    rng = np.random.default_rng(0)
    beat = np.exp(-((t * 2) % 1) * 8)
    chord = sum(np.sin(2 * np.pi * f * t) / 8 for f in (110, 220, 277.2, 329.6, 440, 880))
    siren = np.sin(2 * np.pi * (600 * t + 200 * np.cos(2 * np.pi * t / 3))) / 2
    sounds = [chord * beat + rng.normal(0, 0.1, t.size) * beat, rng.normal(0, 0.3, t.size), siren]
    return np.concatenate([log_mel_patches(y.astype(np.float32), spec) for y in sounds])


@pytest.fixture(scope="module")
def trained(keras):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras.models.load_model(os.path.join(FOLDER, "model.keras"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # TensorFlow's own, about its own dependencies
def test_the_shipped_network_says_what_the_trained_one_says(shipped, trained, patches):
    assert set(shipped.run(patches)) == {"genres", "tags", "embedding", "moods", "sounds"}
    with open(os.path.join(FOLDER, "model.tflite"), "rb") as file:
        assert export.largest_difference(trained, file.read(), [patches]) < 1e-4


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.filterwarnings("ignore")
def test_both_forms_of_the_network_say_the_same_of_real_clips(shipped, trained, data_folder):
    with open(os.path.join(FOLDER, "model.tflite"), "rb") as file:
        flat_buffer = file.read()
    clips = DataFolder(data_folder).clips("valid")[::12]
    heard = (tracks.patches(clip.path, shipped.card.spec) for clip in clips)
    assert export.largest_difference(trained, flat_buffer, heard) < 1e-4


def test_the_shipped_model_is_small_enough():
    sizes = {name: os.path.getsize(os.path.join(FOLDER, name)) for name in ("model.tflite", "model.keras")}
    assert max(sizes.values()) <= 6_000_000


def test_the_card_says_how_the_model_was_made_and_how_good_it_is(shipped):
    card = export.read_card(FOLDER)
    measured = card["measured"]
    assert card["size"] == os.path.getsize(os.path.join(FOLDER, "model.tflite"))
    assert card["command"].startswith("genre-tagger-train build")
    assert {"seed", "patches", "epochs"} <= card["settings"].keys()
    assert any("Pons" in credit and "ISC" in credit for credit in card["credits"])
    assert len(card["tags"]) == len(card["tag_facts"]) == 50 + len(taxonomy.STYLES)
    assert shipped.card.accuracy == measured["accuracy"]
    low, high = measured["interval"]
    assert low < measured["accuracy"] < high
    assert measured["tracks"] == 474
    assert set(measured["per_genre"]) == set(shipped.card.proposed)


def test_a_card_is_written_so_that_people_and_programs_can_read_it(tmp_path):
    card = {"labels": ["Blues", "Rock"], "rows": [[1, 2], [3, 4]], "features": {"sr": 16000}, "long": ["word"] * 40}
    export.write_card(str(tmp_path), card)
    text = (tmp_path / "card.json").read_text(encoding="utf-8")
    assert json.loads(text) == card
    assert '  "labels": ["Blues", "Rock"],\n' in text
    assert export.read_card(str(tmp_path)) == card


def test_no_path_of_the_machine_that_trained_it_stands_in_the_card():
    with open(os.path.join(FOLDER, "card.json"), encoding="utf-8") as file:
        text = file.read()
    assert "/work" not in text
    assert "/tmp" not in text
    assert "/home" not in text
