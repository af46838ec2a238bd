"""The network begins as mn04, hears every level alike, learns with its upper half, and goes on where it was stopped."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.model.guard import SOUNDS
from genre_tagger.training.data import taxonomy
from genre_tagger.training.student import export, judging, network
from genre_tagger.training.student.heads import Head
from genre_tagger.training.student.network import Labelled

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # TensorFlow's own


@pytest.fixture(scope="module")
def trained(published_weights):
    return network.build(published_weights)


def answer(model, patches):
    return {name: np.asarray(value) for name, value in model(patches, training=False).items()}


@pytest.fixture(scope="module")
def patches():
    return np.random.default_rng(0).normal(0.2, 0.4, (3, 300, 128)).astype(np.float32)


def test_at_one_level_the_network_begins_with_what_mn04_says(trained, published_weights, patches, mn04):
    levelled = np.asarray(network.level(patches))
    theirs = answer(mn04.build(published_weights, 300, 128), levelled)
    ours = answer(trained, patches)
    np.testing.assert_allclose(ours["classes"], theirs["classes"], atol=1e-4)
    np.testing.assert_allclose(ours["embedding"], theirs["pooled"], atol=1e-4)
    assert ours["tags"].shape == (3, 50)


def test_every_weight_of_the_archive_is_read(published_weights, mn04):
    model = mn04.build(published_weights, 300, 128)
    with np.load(published_weights) as stored:
        assert sum(stored[name].size for name in stored.files) == model.count_params()
        for name in ("features.0.0.weight", "features.4.block.1.0.weight"):
            kernel = np.asarray(model.get_layer(name.removesuffix(".weight")).kernel)
            axes = (3, 2, 0, 1) if "block" not in name else (2, 3, 0, 1)
            np.testing.assert_allclose(np.transpose(kernel, axes), stored[name], atol=1e-6)


def test_a_quieter_copy_gets_the_same_answer(trained, patches):
    loud = np.maximum(patches, 0)
    quiet = loud - 12 * np.log(10) / 10 / 5  # 12 dB less power
    np.testing.assert_allclose(answer(trained, loud)["tags"], answer(trained, quiet)["tags"], atol=1e-3)


def test_silence_stays_silence(trained):
    silence = np.full((1, 300, 128), (np.log(1e-5) + 4.5) / 5, dtype=np.float32)
    assert np.isfinite(answer(trained, silence)["classes"]).all()
    assert np.asarray(network.level(silence)).max() < 1


@pytest.fixture
def untraced(keras):
    """A few steps take less time than making a graph of them."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def labelled(count=64):
    rng = np.random.default_rng(1)
    lower = rng.normal(size=(count, 8, 19, 32)).astype(np.float16)
    tags = rng.normal(size=(count, 50)).astype(np.float32)
    tags[::3] = np.nan
    classes, pooled = (rng.normal(size=(count, size)).astype(np.float32) for size in (527, 384))
    return Labelled(lower, classes, pooled, tags)


def test_the_upper_half_learns_and_the_lower_stays(published_weights, tmp_path, capsys, keras, untraced):
    model = network.build(published_weights)
    halves = [model.get_layer(name) for name in (network.LOWER, network.UPPER)]
    before = [half.get_weights() for half in halves]
    network.train(model, labelled(), epochs=1, seed=1, kept=str(tmp_path / "run"))
    low, high = (
        [bool((old == new).all()) for old, new in zip(weights, half.get_weights(), strict=True)]
        for weights, half in zip(before, halves, strict=True)
    )
    assert all(low)
    assert not any(high)
    assert "nan" not in capsys.readouterr().err
    model.save(tmp_path / "kept.keras")
    again = keras.models.load_model(tmp_path / "kept.keras")  # whatever it was taught with
    patch = np.zeros((1, 300, 128), dtype=np.float32)
    np.testing.assert_allclose(answer(again, patch)["tags"], answer(model, patch)["tags"], atol=1e-5)


def test_a_stopped_training_goes_on_and_is_the_same_training(
    published_weights, tmp_path, monkeypatch, capsys, keras, untraced
):
    def trained_in(folder, *, stop):
        keras.utils.set_random_seed(3)
        model = network.build(published_weights)
        with monkeypatch.context() as first:
            if stop:
                first.setattr(network.os, "remove", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
                with pytest.raises(KeyboardInterrupt):
                    network.train(model, labelled(), epochs=2, seed=1, kept=str(folder))
                model = network.build(published_weights)
        network.train(model, labelled(), epochs=2, seed=1, kept=str(folder))
        return model.get_layer(network.UPPER).get_weights()

    whole = trained_in(tmp_path / "whole", stop=False)
    again = trained_in(tmp_path / "again", stop=True)
    assert "going on after epoch 1" in capsys.readouterr().err
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_heads_say_of_patches_on_average_what_they_say_of_the_track(trained, patches):
    rng = np.random.default_rng(2)
    columns = 434 + len(taxonomy.NAMED)
    genres, moods = Head(rng.normal(size=(columns, 3)), rng.normal(size=3)), Head(rng.normal(size=(434, 4)), np.ones(4))
    shipped = network.with_heads(trained, genres=genres, moods=moods)
    ours, below = answer(shipped, patches), answer(trained, patches)
    values, own = judging.squashed(below)
    np.testing.assert_allclose(ours["genres"].mean(axis=0), genres.logits(np.concatenate([values, own])), atol=1e-3)
    np.testing.assert_allclose(ours["moods"].mean(axis=0), moods.logits(values), atol=1e-3)
    assert sorted(ours) == ["embedding", "genres", "moods", "sounds", "tags"]
    np.testing.assert_allclose(ours["tags"][:, :50], below["tags"], atol=1e-4)
    techno = 50 + [style.label for style in taxonomy.STYLES].index("Techno")
    np.testing.assert_allclose(ours["tags"][:, techno], below["classes"][:, 241], atol=1e-4)


def test_of_audiosets_classes_the_guard_gets_the_likeliest_of_each_family(trained, patches, mn04):
    ours = answer(network.with_heads(trained), patches)["sounds"]
    said = mn04.said(answer(trained, patches)["classes"])
    assert tuple(mn04.FAMILIES) == SOUNDS
    members = [list(member) for member in mn04.FAMILIES.values()]
    np.testing.assert_array_equal(np.sort(np.concatenate(members)), np.arange(mn04.CLASSES))
    np.testing.assert_allclose(ours, np.stack([said[:, member].max(axis=1) for member in members], axis=1), atol=1e-4)


@pytest.fixture(scope="module")
def converted(trained):
    return export.to_litert(trained)


def test_the_converted_network_says_the_same_however_many_patches_it_is_asked_about(trained, converted, patches):
    assert export.largest_difference(trained, converted, [patches, patches[:1]]) < 1e-4
    ask = export.asking(converted)
    np.testing.assert_allclose(ask(patches)["tags"][:1], ask(patches[:1])["tags"], atol=1e-4)


def test_what_was_converted_from_another_network_is_refused(trained, converted, patches, keras):
    patch = keras.Input((300, 128), name="patches")
    other = keras.Model(patch, {name: value + 1e-3 for name, value in trained(patch).items()})
    with pytest.raises(export.ParityError, match="nothing was written"):
        export.largest_difference(other, converted, [patches])


def test_columns_that_are_not_known_are_not_learned():
    target = np.array([[0.0, np.nan], [2.0, np.nan], [4.0, 1.0], [6.0, 3.0]], dtype=np.float32)
    error = np.asarray(network.scaled_error(target)(target, np.zeros_like(target)))
    wild = np.asarray(network.scaled_error(target)(target, np.where(np.isnan(target), 99.0, 0.0).astype(np.float32)))
    np.testing.assert_allclose(error, wild)
    assert np.isfinite(error).all()


def test_how_improbable_an_improbable_answer_is_hardly_counts():
    target = np.random.default_rng(0).normal(-3, 3, (100, 4)).astype(np.float32)
    loss = network.answers_error(target)
    deep, far = np.full((1, 4), -8, dtype=np.float32), np.full((1, 4), -12, dtype=np.float32)
    near, sure = np.full((1, 4), -2, dtype=np.float32), np.full((1, 4), 2, dtype=np.float32)
    assert float(loss(deep, far)[0]) < float(loss(near, sure)[0]) / 2
