"""The model folder: what loads, what is refused and why, and that answers are probabilities."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genre_tagger.base.errors import ModelError
from genre_tagger.model import network as module
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import GenreModel, default_model_folder, softmax, tempered


@pytest.fixture(scope="module")
def shipped() -> GenreModel:
    return GenreModel.load(default_model_folder())


@pytest.fixture
def folder(tmp_path) -> str:
    """A copy of the shipped model that a test may spoil."""
    target = str(tmp_path / "copy")
    shutil.copytree(default_model_folder(), target, ignore=shutil.ignore_patterns("*.keras"))
    return target


@pytest.fixture
def patches(shipped) -> np.ndarray:
    spec = shipped.card.spec
    return np.random.default_rng(2).random((5, spec.patch_frames, spec.n_mels), dtype=np.float32) * 4


LABELS = ModelCard.read(default_model_folder()).labels


def change_card(folder: str, **changes) -> None:
    path = os.path.join(folder, "card.json")
    data = json.loads(Path(path).read_text("utf-8"))
    data.update(changes)
    Path(path).write_text(json.dumps({key: value for key, value in data.items() if value is not ...}), "utf-8")


def test_the_shipped_model_knows_the_ten_genres_of_before(shipped):
    ten = {"Blues", "Classical", "Country", "Disco", "Hip-Hop", "Jazz", "Metal", "Pop", "Reggae", "Rock"}
    assert ten <= set(shipped.card.labels)
    assert shipped.card.licence
    assert shipped.card.training_data
    assert shipped.card.raw["labels"] == list(shipped.card.labels)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"title": "Another title", "measured": {}}, True),
        ({"temperature": 2.5}, False),
        ({"temperature_slope": 0.9}, False),
        ({"guard": None}, False),
        ({"only_offered": ["Rock"]}, False),
        ({"labels": [f"Genre {number}" for number, _ in enumerate(LABELS)], "only_offered": []}, False),
    ],
    ids=["words", "temperature", "slope", "guard", "only offered", "labels"],
)  # fmt: skip
def test_its_name_changes_when_its_answers_may(folder, changes, same):
    """So that tracks are listened to again then, and only then."""
    before = GenreModel.load(folder).name
    change_card(folder, **changes)
    after = GenreModel.load(folder).name
    assert before.startswith("copy-")
    assert (after == before) is same


def test_the_name_does_not_depend_on_how_the_folder_is_written(folder):
    assert GenreModel.load(folder + os.sep).name == GenreModel.load(folder).name


def test_answers_are_probabilities(shipped, patches):
    answer = shipped.predict(patches)
    assert answer.shape == (len(shipped.card.labels),)
    assert (answer >= 0).all()
    assert answer.sum() == pytest.approx(1)


@pytest.mark.parametrize(("less", "step"), [(0, 2), (1, 1)], ids=["half overlapping", "overlapping less"])
def test_the_answer_is_the_softmax_of_the_mean_logits_over_the_temperature(folder, patches, less, step):
    """Of patches that overlap by half every second one is enough."""
    features = json.loads(Path(folder, "card.json").read_text("utf-8"))["features"]
    half = features["patch_frames"] // 2
    change_card(folder, temperature=2.0, temperature_slope=..., features=features | {"patch_hop": half + less})
    model = GenreModel.load(folder)
    logits = model.run(patches[::step])["genres"].mean(axis=0).astype(np.float64) / 2
    np.testing.assert_allclose(model.predict(patches), np.exp(logits) / np.exp(logits).sum(), rtol=1e-5)


def test_the_surer_an_answer_the_higher_its_temperature(folder, patches):
    change_card(folder, temperature=2.0, temperature_slope=1.5)
    model = GenreModel.load(folder)
    logits = model.run(patches[::2])["genres"].mean(axis=0, dtype=np.float64)
    sure = softmax(logits, 2.0).max()
    np.testing.assert_allclose(model.predict(patches), softmax(logits, 2.0 * np.exp(1.5 * (sure - 0.5))), rtol=1e-6)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=8), st.floats(0.1, 10), st.floats(-5, 5))
def test_no_temperature_that_grows_changes_the_order_either(logits, temperature, slope):
    probabilities = tempered(np.array(logits), temperature, slope)
    assert probabilities.sum() == pytest.approx(1)
    order = np.argsort(logits)
    assert (np.diff(probabilities[order]) >= -1e-12).all()


def test_the_number_of_patches_may_change_from_track_to_track(shipped, patches):
    every = [shipped.run(patches[i : i + 1])["genres"][0] for i in range(5)]
    np.testing.assert_allclose(shipped.run(patches)["genres"], every, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(shipped.run(patches[:3])["genres"], every[:3], rtol=1e-4, atol=1e-4)


def test_tags_and_embedding_come_with_the_genres(shipped, patches):
    outputs = shipped.run(patches)
    assert outputs["tags"].shape == (5, len(shipped.card.tags))
    assert outputs["embedding"].ndim == 2


@pytest.mark.parametrize("wrong", [lambda n, f, b: (0, f, b), lambda n, f, b: (f, b), lambda n, f, b: (1, b, f),
                                   lambda n, f, b: (1, f, b - 1)])  # fmt: skip
def test_patches_of_a_wrong_shape_are_a_bug_of_the_caller(shipped, patches, wrong):
    with pytest.raises(ValueError, match="shape"):
        shipped.predict(np.zeros(wrong(*patches.shape), dtype=np.float32))


def test_threads_ask_at_the_same_time_and_get_the_same_answers(shipped, patches):
    alone, answers = shipped.predict(patches), []

    def ask() -> None:
        answers.extend(shipped.predict(patches) for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 40
    np.testing.assert_array_equal(answers, np.broadcast_to(alone, (40, len(alone))))


def test_a_changed_network_is_refused_before_litert_sees_it(folder, monkeypatch):
    with open(os.path.join(folder, "model.tflite"), "r+b") as file:
        file.seek(1_000)
        file.write(b"tampered")
    monkeypatch.setattr(GenreModel, "_of_this_thread", lambda self: pytest.fail("it was opened"))
    with pytest.raises(ModelError, match="changed or damaged"):
        GenreModel.load(folder)


def test_a_network_that_is_none_is_refused_even_with_the_right_digest(folder):
    noise = b"\x18\0\0\0TFL3" + bytes(range(256)) * 8
    Path(folder, "model.tflite").write_bytes(noise)
    change_card(folder, sha256=hashlib.sha256(noise).hexdigest())
    with pytest.raises(ModelError, match="cannot be run"):
        GenreModel.load(folder)


@pytest.mark.parametrize("name", ["card.json", "model.tflite"])
def test_a_missing_file_is_named(folder, name):
    os.remove(os.path.join(folder, name))
    with pytest.raises(ModelError, match=name):
        GenreModel.load(folder)


@pytest.mark.parametrize("name", ["card.json", "model.tflite"])
def test_a_folder_in_a_files_place_is_an_error_of_the_model(folder, name):
    os.remove(os.path.join(folder, name))
    os.mkdir(os.path.join(folder, name))
    with pytest.raises(ModelError, match=name):
        GenreModel.load(folder)


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1}'])
def test_a_card_that_is_no_card_is_refused(folder, text):
    Path(folder, "card.json").write_bytes(text)
    with pytest.raises(ModelError, match="card"):
        GenreModel.load(folder)


def test_a_card_of_a_gigabyte_is_not_read(folder):
    os.truncate(os.path.join(folder, "card.json"), 1 << 30)
    with pytest.raises(ModelError, match="too large"):
        GenreModel.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": ["Rock"]}, {"labels": []}, {"labels": ["Rock", "Rock"]}, {"labels": "Rock"}, {"labels": [1]},
        {"labels": [" "]}, {"labels": ...}, {"labels": ["x"] * 5_000}, {"sha256": ...}, {"sha256": 5},
        {"sha256": "0" * 64}, {"features": ...}, {"features": {"sr": 1}}, {"temperature": 0}, {"temperature": "hot"},
        {"temperature_slope": 9},
        {"temperature": float("nan")}, {"temperature": True}, {"outputs": {"genres": "nowhere"}},
        {"outputs": {"tags": "tags"}}, {"outputs": {"genres": 5}}, {"outputs": ["genres"]},
        {"outputs": {"genres": "tags"}}, {"accuracy": 64}, {"licence": 5}, {"default": "yes"}, {"tags": [None]},
        {"only_offered": "Rock"}, {"only_offered": ["Polka"]},
    ],
)  # fmt: skip
def test_a_card_that_makes_no_sense_is_refused(folder, change):
    change_card(folder, **change)
    with pytest.raises(ModelError):
        GenreModel.load(folder)


@pytest.mark.parametrize(("change", "words"), [
    ({"tags": ["one", "two"]}, "for each tag"), ({"measured": {"tracks": 5, "accuracy": 10**400}}, ""),
])  # fmt: skip
def test_a_card_that_would_fail_later_is_refused_at_once_or_does_no_harm(folder, change, words):
    card = json.loads(Path(folder, "card.json").read_text("utf-8"))
    change_card(folder, **change, tag_facts=[] if "tags" in change else card["tag_facts"])
    if words:
        with pytest.raises(ModelError, match=words):
            GenreModel.load(folder)
    else:
        assert GenreModel.load(folder).card.labels


def test_features_of_another_shape_than_the_network_takes_are_refused(folder, shipped):
    change_card(folder, features={**shipped.card.spec.to_json(), "n_mels": 64})
    with pytest.raises(ModelError, match="does not fit"):
        GenreModel.load(folder)


def test_a_card_has_to_leave_a_genre_to_propose(folder, shipped):
    change_card(folder, only_offered=list(shipped.card.labels))
    with pytest.raises(ModelError, match="no genre to propose"):
        GenreModel.load(folder)
    change_card(folder, only_offered=["Rock"])
    assert GenreModel.load(folder).card.proposed == tuple(label for label in shipped.card.labels if label != "Rock")


def test_a_card_may_leave_out_what_has_a_meaning_without(folder):
    change_card(folder, temperature=..., outputs=..., tags=..., licence=..., accuracy=..., default=..., novel=[1])
    card = GenreModel.load(folder).card
    assert (card.temperature, card.accuracy, card.default, card.licence) == (1.0, None, False, "")
    assert card.raw["novel"] == [1]


@pytest.fixture
def models(tmp_path, monkeypatch, folder):
    """An empty folder for models, and a function that puts one in."""
    root = tmp_path / "models"
    monkeypatch.setattr(module, "asset", lambda kind: root)

    def put(name: str, **changes) -> str:
        target = str(root / name)
        shutil.copytree(folder, target)
        change_card(target, **changes)
        return target

    return put


def test_without_a_model_the_program_is_told_so(models):
    with pytest.raises(ModelError, match="came without its genre model"):
        default_model_folder()


def test_the_only_model_is_the_default(models):
    only = models("one", default=False)
    assert default_model_folder() == only


def test_of_several_models_the_one_whose_card_says_so_is_the_default(models):
    models("a", default=False)
    models("b", labels=5)
    chosen = models("c", default=True)
    models("d", default=False)
    assert default_model_folder() == chosen


def test_several_models_none_of_which_is_the_default_are_none(models):
    models("a", default=False)
    models("b", default=False)
    with pytest.raises(ModelError):
        default_model_folder()


def test_loading_and_asking_prints_nothing():
    code = (
        "import numpy as np; from genre_tagger.model.network import *; m = GenreModel.load(default_model_folder());"
        "s = m.card.spec; m.predict(np.zeros((1, s.patch_frames, s.n_mels), dtype=np.float32))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_card_is_read_without_the_network(folder):
    os.remove(os.path.join(folder, "model.tflite"))
    assert ModelCard.read(folder).labels


@given(arrays(np.float64, (7, 4), elements=st.floats(-20, 20)), st.floats(0.2, 5))
def test_softmax_gives_probabilities_and_no_temperature_changes_their_order(logits, temperature):
    probabilities = softmax(logits, temperature)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities >= 0).all()
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(logits))
    assert np.allclose(logits[rows, best], logits.max(axis=1), atol=1e-9)
