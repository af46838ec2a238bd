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
from genre_tagger.training.data import tracks
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.student import export, head, network, teacher

FOLDER = str(asset("models", "distilled-cnn"))


@pytest.fixture(scope="module")
def keras():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def shipped():
    return GenreModel.load(FOLDER)


@pytest.fixture(scope="module")
def patches(shipped):
    """Ten seconds each of chords with a beat, noise, a siren and silence."""
    spec = shipped.card.spec
    t = np.arange(10 * spec.sr) / spec.sr
    rng = np.random.default_rng(0)
    beat = np.exp(-((t * 2) % 1) * 8)
    chord = sum(np.sin(2 * np.pi * f * t) / 8 for f in (110, 220, 277.2, 329.6, 440, 880))
    siren = np.sin(2 * np.pi * (600 * t + 200 * np.cos(2 * np.pi * t / 3))) / 2
    sounds = [chord * beat + rng.normal(0, 0.1, t.size) * beat, rng.normal(0, 0.3, t.size), siren, np.zeros(t.size)]
    return np.concatenate([log_mel_patches(y.astype(np.float32), spec) for y in sounds])


@pytest.fixture(scope="module")
def trained(keras):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras.models.load_model(os.path.join(FOLDER, "model.keras"))


@pytest.fixture
def untraced(keras):
    """A few steps take less time than making a graph of them."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def small(keras):
    """An untrained network of the same kind."""
    keras.utils.set_random_seed(1)
    return network.build(32, 16, 3, width=8)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # TensorFlow's own, about its own dependencies
def test_the_shipped_network_says_what_the_trained_one_says(shipped, trained, patches):
    ours = network.answer(trained, patches)
    theirs = shipped.run(patches)
    assert set(theirs) == {"genres", "tags", "embedding"}
    for name, values in theirs.items():
        assert np.abs(ours[name] - values).max() < 1e-4, name


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_an_exported_network_answers_any_number_of_patches_like_the_original(small):
    flat_buffer = export.to_litert(small)
    rng = np.random.default_rng(0)
    for count in (1, 7):
        patches = rng.uniform(0, 4, (count, 32, 16)).astype(np.float32)
        assert export.largest_difference(small, flat_buffer, patches) < 1e-4


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_network_that_was_converted_wrongly_is_refused(small, keras):
    keras.utils.set_random_seed(2)
    other = export.to_litert(network.build(32, 16, 3, width=8))
    with pytest.raises(export.ParityError, match="nothing was written"):
        export.largest_difference(small, other, np.full((1, 32, 16), 2, dtype=np.float32))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_head_maps_the_mean_tags_to_the_mean_genres(small):
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(50, 3)), rng.normal(size=3)
    network.set_head(small, weights, bias)
    answer = network.answer(small, rng.uniform(0, 4, (5, 32, 16)).astype(np.float32))
    mean = head.squash(answer["tags"].astype(np.float64)).mean(axis=0)
    assert answer["genres"].mean(axis=0) == pytest.approx(mean @ weights + bias, abs=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_quieter_copy_of_a_recording_gets_the_same_answer(small):
    loud = np.random.default_rng(0).uniform(0.5, 4, (5, 32, 16)).astype(np.float32)
    quiet = np.log10((10**loud - 1) * 10**-2 + 1).astype(np.float32)  # 20 dB down
    ours, theirs = (network.answer(small, patches)["tags"] for patches in (loud, quiet))
    assert np.abs(ours - theirs).max() < 1e-3
    assert ours.std() > 0.01


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_silence_gets_an_answer_that_is_a_number(small):
    answer = network.answer(small, np.zeros((1, 32, 16), dtype=np.float32))
    assert np.isfinite(answer["genres"]).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_embeddings_that_are_not_known_are_not_learned(keras):
    truth = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]], dtype=np.float32)
    error = np.asarray(network.scaled_error(truth)(truth, truth + np.float32(1)))
    # Each column's error is in units of its spread: sqrt(8/3) for 1, 3, 5 and 2 for 2 and 6.
    assert error == pytest.approx([(3 / 8 + 1 / 4) / 2, 3 / 8 / 2, (3 / 8 + 1 / 4) / 2], rel=1e-2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_how_improbable_an_improbable_tag_is_hardly_counts(keras):
    truth = np.array([[0.0], [3.0], [-3.0], [-9.0]], dtype=np.float32)
    error = network.tags_error(truth, np.array([[1.0, -1.0]]))
    middle, low = (np.asarray(error(at, at - np.float32(1))) for at in (truth[:1], truth[3:]))
    assert low < 0.5 * middle
    assert np.asarray(error(truth, truth)) == pytest.approx(np.zeros(4), abs=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_mistake_counts_more_where_it_is_heard_as_another_genre(keras):
    truth = np.random.default_rng(4).normal(0, 2, (200, 3)).astype(np.float32)
    hearing = np.array([[1.0, -1.0], [2.0, 2.0], [0.0, 0.0]])  # the second tag raises both genres alike
    error = network.tags_error(truth, hearing)
    telling, alike, unused = (error(truth, truth + 0.5 * one.astype(np.float32)) for one in np.eye(3))
    assert np.mean(telling) > 1.5 * np.mean(alike)
    assert np.mean(alike) == pytest.approx(np.mean(unused), rel=0.2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_student_that_was_stopped_becomes_the_one_it_would_have_become(keras, tmp_path, monkeypatch, untraced):
    rng = np.random.default_rng(3)
    patches = rng.uniform(0, 4, (160, 32, 16)).astype(np.float16)
    labelled = teacher.Labelled(patches, *(rng.normal(size=(160, n)).astype(np.float32) for n in (50, 200)))
    hearing = rng.normal(size=(50, 3))

    keep = network._keep

    def learned(name, stop=None):
        def keeping(*what):
            keep(*what)
            if what[2] == stop:
                raise KeyboardInterrupt

        keras.utils.set_random_seed(1)
        model = network.build(32, 16, 3, width=8)
        monkeypatch.setattr(network, "_keep", keeping)
        network.train(model, labelled, hearing, epochs=3, seed=7, kept=str(tmp_path / name))
        return network.answer(model, patches[:9].astype(np.float32))

    whole = learned("whole")
    with pytest.raises(KeyboardInterrupt):
        learned("stopped", 2)
    stopped = learned("stopped")
    fresh = network.answer(network.build(32, 16, 3, width=8), patches[:9].astype(np.float32))
    for name in ("tags", "embedding"):
        assert np.abs(whole[name] - stopped[name]).max() < 1e-4
        assert np.abs(whole[name] - fresh[name]).max() > 1e-2
    assert os.path.exists(network.passes(str(tmp_path / "stopped"), 3))
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.filterwarnings("ignore")
def test_both_forms_of_the_network_say_the_same_of_real_clips(shipped, trained, data_folder):
    with open(os.path.join(FOLDER, "model.tflite"), "rb") as file:
        flat_buffer = file.read()
    for clip in DataFolder(data_folder).clips("valid")[::12]:
        assert export.largest_difference(trained, flat_buffer, tracks.patches(clip.path, shipped.card.spec)) < 1e-4


def test_the_shipped_model_is_small_enough():
    sizes = {name: os.path.getsize(os.path.join(FOLDER, name)) for name in ("model.tflite", "model.keras")}
    assert max(sizes.values()) <= 5_000_000


def test_the_card_says_how_the_model_was_made_and_how_good_it_is(shipped):
    card = export.read_card(FOLDER)
    measured = card["measured"]
    assert card["size"] == os.path.getsize(os.path.join(FOLDER, "model.tflite"))
    assert card["command"].startswith("genre-tagger-train build")
    assert {"seed", "patches", "epochs"} <= card["settings"].keys()
    assert any("Pons" in credit and "ISC" in credit for credit in card["credits"])
    assert len(card["tags"]) == 50
    assert shipped.card.accuracy == measured["accuracy"]
    low, high = measured["interval"]
    assert low < measured["accuracy"] < high
    assert sum(row["tracks"] for row in measured["per_genre"].values()) == measured["tracks"]
    assert set(measured["per_genre"]) == set(shipped.card.labels)


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
