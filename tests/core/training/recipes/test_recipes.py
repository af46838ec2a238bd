"""Every known recipe on small made-up data: shapes, learning, stopping and going on, the exported network."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from genre_tagger.base.errors import ModelError
from genre_tagger.training.data.datasets import HELD, TEST, TRAIN, Dataset, DatasetError, Track
from genre_tagger.training.recipes import deploy, examples, networks, runs, trainer
from genre_tagger.training.recipes.inputs import to_network
from genre_tagger.training.recipes.recipes import RECIPES
from genre_tagger.training.student import export

# What is warned of is TensorFlow's own, about what it depends on.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("step_by_step")]

# The smallest pieces that each architecture takes.
SMALL = {
    "features-mlp": (57,),
    "mfcc-mlp": (16, 13),
    "mfcc-mlp-regularised": (16, 13),
    "mfcc-cnn": (16, 13),
    "mfcc-lstm": (5, 13),
    "mel-cnn": (16, 16, 3),
    "mel-efficientnet": (32, 32, 3),
    "stft-cnn": (32, 16, 1),
}


def small(name: str):
    recipe = RECIPES[name]
    return replace(recipe, input_spec=replace(recipe.input_spec, shape=SMALL[name]), rate=1e-3)


def made_up(name: str, labels: int = 3, each: int = 16) -> examples.Examples:
    """Pieces whose level tells the label, two a track; half to learn from, a quarter each held out and to test."""
    shape, rng = SMALL[name], np.random.default_rng(0)
    stored = shape[:2] if name.startswith("mel") else shape
    scale = 255 if name.startswith("mel") else 1
    parts = (TRAIN, TRAIN, HELD, TEST)
    rows = []
    for number in range(labels * each):
        label = number % labels
        pieces = scale * rng.uniform(label / labels, (label + 1) / labels, (2, *stored)).astype(np.float32)
        rows.append((Track(f"{label}/{number}", label, f"artist {number}", "", parts[number // labels % 4]), pieces))
    return examples.joined([f"L{label}" for label in range(labels)], rows)


def job(name: str, work, **more) -> runs.Job:
    dataset = Dataset("made up", ("L0", "L1", "L2"), ())
    return runs.Job(small(name), dataset, str(work), imagenet=False, **more)


@pytest.fixture(scope="module")
def trained(step_by_step, tmp_path_factory):
    """A dense recipe trained for three passes, and its result."""
    task = job("mfcc-mlp-regularised", tmp_path_factory.mktemp("trained"), epochs=3)
    return task, runs.train(task, made_up("mfcc-mlp-regularised"))


def test_all_eight_recipes_are_there_and_have_a_small_size():
    assert list(RECIPES) == list(SMALL)


@pytest.mark.parametrize(("name", "numbers"), [
    ("features-mlp", 57 * 512 + 512 + 512 * 256 + 256 + 256 * 64 + 64 + 64 * 32 + 32 + 33 * 10),
    ("mfcc-mlp", 1690 * 512 + 512 + 512 * 256 + 256 + 256 * 64 + 64 + 65 * 10),
    ("mfcc-cnn", 320 + 9248 + 4128 + 3 * 128 + 15 * 32 * 64 + 64 + 650),
    ("mfcc-lstm", 4 * 64 * (13 + 64 + 1) + 4 * 64 * (64 + 64 + 1) + 65 * 64 + 650),
    ("mel-cnn", 448 + 4640 + 18496 + 28 * 28 * 64 * 128 + 128 + 1290),
])  # fmt: skip
def test_a_network_has_the_published_layers_at_full_size(keras, name, numbers):
    assert RECIPES[name].build(RECIPES[name].input_spec.shape, 10).count_params() == numbers


def test_the_spectrogram_network_has_2_2_million_numbers_for_twenty_genres(keras):
    assert round(RECIPES["stft-cnn"].build((256, 500, 1), 20).count_params() / 1e6, 1) == 2.2


@pytest.fixture
def shallow(keras, monkeypatch):
    """EfficientNet with one block for its sixteen, which has all that is in any: a tenth of the time."""
    efficientnet = pytest.importorskip("keras.src.applications.efficientnet")
    widening = efficientnet.DEFAULT_BLOCKS_ARGS[1]
    monkeypatch.setattr(efficientnet, "DEFAULT_BLOCKS_ARGS", [{**widening, "repeats": 1}])


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_learns_and_says_the_same_when_saved_loaded_and_exported(keras, shallow, tmp_path, name):
    found, recipe = made_up(name), small(name)
    keras.utils.set_random_seed(3)
    network = recipe.build(recipe.input_spec.shape, 3, **({"imagenet": False} if name == "mel-efficientnet" else {}))
    network = trainer.compiled(network, recipe.rate)
    assert network.output_shape == (None, 3)
    rows = found.of(TRAIN)[:24]
    pieces, label = to_network(found.pieces[rows], recipe.input_spec.shape), found.label[rows]
    losses = [float(network.train_on_batch(pieces, label, return_dict=True)["loss"]) for _ in range(4)]
    assert losses[-1] < losses[0]
    answers = trainer.predict(network, found.pieces[rows])
    assert answers.sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)
    facts = {"recipe": name, "labels": list(found.labels), "input": recipe.input_spec.to_json(), "fingerprint": "x"}
    card = deploy.export_recipe(network, str(tmp_path / "model"), facts, found.pieces[rows])
    assert card["parity"] < 1e-4
    assert "fingerprint" not in card
    exported = deploy.RecipeModel.load(str(tmp_path / "model"))
    loaded = keras.models.load_model(str(tmp_path / "model" / "model.keras"))
    loaded.run_eagerly = True
    assert np.abs(exported.run(found.pieces[rows]) - answers).max() < 1e-4
    assert np.abs(trainer.predict(loaded, found.pieces[rows]) - answers).max() < 1e-5
    assert deploy.milliseconds(exported.network, found.pieces[:2], recipe.input_spec.shape, rounds=1) > 0


def test_a_network_that_changed_on_the_way_is_not_written(keras, tmp_path, monkeypatch):
    network = trainer.compiled(small("mfcc-mlp").build((16, 13), 3), 1e-3)
    other = deploy.to_litert(small("mfcc-mlp").build((16, 13), 3))
    monkeypatch.setattr(deploy, "to_litert", lambda _: other)
    with pytest.raises(export.ParityError):
        deploy.export_recipe(network, str(tmp_path / "model"), {}, made_up("mfcc-mlp").pieces)
    assert not (tmp_path / "model").exists()


def test_a_changed_model_file_is_refused(trained, tmp_path):
    deploy.export_run(trained[0].folder, str(tmp_path / "model"))
    path = tmp_path / "model" / "model.tflite"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match="changed or damaged"):
        deploy.RecipeModel.load(str(tmp_path / "model"))
    with pytest.raises(ModelError, match="no finished run"):
        deploy.export_run(str(tmp_path / "nowhere"), str(tmp_path / "model"))


def passes(task: runs.Job, found: examples.Examples, count: int | None = None) -> list[trainer.Epoch]:
    """Train from where the folder stands; after `count` passes the process might as well have been killed."""
    import keras

    keras.utils.set_random_seed(task.seed)
    run = trainer.Run(task.folder)
    network = run.resume() or trainer.compiled(task.recipe.build(task.recipe.input_spec.shape, 3), task.recipe.rate)
    walk = trainer.train(run, network, found, task.settings)
    done = [next(walk) for _ in range(count)] if count else list(walk)
    walk.close()
    return done


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(keras, tmp_path):
    found = made_up("mfcc-mlp-regularised")  # with dropout: its chance must go on too
    whole, parts = (job("mfcc-mlp-regularised", tmp_path / folder, epochs=4) for folder in "ab")
    expected = passes(whole, found)
    before = passes(parts, found, 2)
    for name in ("epoch-0003.partial.keras", "epoch-0003.keras", "state.json.partial"):  # killed while saving the third
        (tmp_path / "b" / "mfcc-mlp-regularised" / name).write_bytes(b"half of it")
    after = passes(parts, found)
    assert [epoch.number for epoch in before + after] == [1, 2, 3, 4]
    for one, other in zip(expected, before + after, strict=True):
        assert other.loss == pytest.approx(one.loss, rel=1e-4)
        assert other.held_loss == pytest.approx(one.held_loss, rel=1e-4)


def test_a_run_with_other_data_is_not_continued_by_mistake(trained, tmp_path):
    other = replace(trained[0], seed=8)
    with pytest.raises(DatasetError, match="other data or settings"):
        runs.train(other, made_up("mfcc-mlp-regularised"))
    mine = replace(other, work=str(tmp_path), epochs=1)
    shutil.copytree(trained[0].folder, mine.folder)
    assert runs.train(mine, made_up("mfcc-mlp-regularised"), again=True)["seed"] == 8


def test_a_finished_run_is_not_trained_again_and_keeps_plots_and_numbers(trained, capsys):
    task, result = trained
    capsys.readouterr()
    again = runs.train(task, made_up("mfcc-mlp-regularised"))
    assert again == result
    assert " of at most " not in capsys.readouterr().err
    files = set(os.listdir(task.folder))
    assert {"history.png", "history.json", "confusion.png", "confusion.json", "result.json", "best.keras"} <= files
    with open(os.path.join(task.folder, "confusion.json"), encoding="utf-8") as file:
        assert np.sum(json.load(file)["rows_are_truth"]) == result["measured"]["tracks"] == 12
    assert result["measured"]["unit"] == "tracks"
    assert result["leaky"] == ""


def test_a_leaky_result_counts_pieces_and_says_leaky_everywhere(keras, tmp_path, capsys):
    task = job("mfcc-mlp", tmp_path, epochs=1, leaky=True)
    result = runs.train(task, examples.leaked(made_up("mfcc-mlp"), seed=0))
    assert task.folder.endswith("-leaky")
    assert "LEAKY" in result["leaky"]
    assert "LEAKY" in result["measured"]["unit"]
    assert "LEAKY" in capsys.readouterr().err
    with open(os.path.join(task.folder, "history.json"), encoding="utf-8") as file:
        assert "LEAKY" in json.load(file)["title"]


def test_training_stops_early_and_grows_calm_before():
    settings = trainer.Settings(epochs=99, patience=4, calm=2)
    state = trainer.State()
    for number, loss in enumerate((1.0, 0.5, 0.6, 0.7, 0.6, 0.8), start=1):
        assert not state.finished(settings)
        state = state.after(trainer.Epoch(number, 0, 0, loss, 0, 1e-3), settings)
    assert state.finished(settings)
    assert state.best == 2
    assert state.reduced == 6  # after the fourth, and again after the sixth


def test_what_is_watched_can_be_the_share_that_is_right():
    settings = trainer.Settings(epochs=9, watch="accuracy")
    state = trainer.State()
    for number, (loss, right) in enumerate(((2.3, 0.1), (4.0, 0.3), (5.0, 0.3)), start=1):
        state = state.after(trainer.Epoch(number, 0, 0, loss, right, 1e-3), settings)
    assert state.best == 2


def test_a_scaler_knows_the_training_tracks_alone_and_travels_with_the_network(keras):
    learned = np.array([[0.0, 5.0, 7.0], [10.0, 6.0, 7.0]])
    low, spread = runs.scaler(learned, "min-max")
    assert low.tolist() == [0, 5, 7]
    assert spread.tolist() == [10, 1, 1]
    mean, deviation = runs.scaler(learned[None], "spread")
    assert mean.tolist() == [5, 5.5, 7]
    assert deviation.tolist() == [5, 0.5, 1]
    bare = networks.features_mlp((3,), 2)
    both = networks.scaled(bare, low, spread)
    x = np.array([[5.0, 5.5, 7.0], [20.0, 4.0, 8.0]], dtype=np.float32)
    assert both.predict_on_batch(x) == pytest.approx(bare.predict_on_batch((x - low) / spread), abs=1e-5)


def test_a_last_batch_of_one_joins_the_one_before():
    assert [len(rows) for rows in trainer.batches(np.arange(65), 32)] == [32, 33]
    assert [len(rows) for rows in trainer.batches(np.arange(66), 32)] == [32, 32, 2]
    assert [len(rows) for rows in trainer.batches(np.arange(1), 32)] == [1]
