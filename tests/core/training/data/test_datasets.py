from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import FileFailure, ModelError
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.datasets import (
    HELD,
    TEST,
    TRAIN,
    Dataset,
    DatasetError,
    Track,
    alone,
    dealt,
    from_folder,
    groups_apart,
    named_groups,
)
from genre_tagger.training.data.lists import from_lists, read_artists
from genre_tagger.training.recipes import examples, gtzan
from genre_tagger.training.recipes.inputs import InputSpec
from genre_tagger.training.recipes.recipes import RECIPES

MFCC = RECIPES["mfcc-cnn"].input_spec


@pytest.fixture
def folder(tmp_path, media):
    """Two labels with sound, one without, things that are no sound, a hidden folder."""
    for name in ("blues/one", "blues/deep/two", "rock/three"):
        path = tmp_path / "clips" / (name + ".flac")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(media("flac"), path)
    (tmp_path / "clips" / "empty").mkdir()
    (tmp_path / "clips" / ".hidden").mkdir()
    (tmp_path / "clips" / "blues" / "cover.jpg").touch()
    return str(tmp_path / "clips")


def many(artists: int, each: int, labels: int = 3) -> Dataset:
    tracks = [
        Track(f"{label}/{artist}-{k}", label, f"artist {label}-{artist}", "x.ogg")
        for label in range(labels)
        for artist in range(artists)
        for k in range(each)
    ]
    return Dataset("many", tuple(f"L{n}" for n in range(labels)), tuple(tracks))


def test_folders_are_labels_and_only_sound_counts(folder):
    found = from_folder(folder)
    assert found.labels == ("blues", "rock")
    labelled = [(track.name, track.label) for track in found.tracks]
    assert labelled == [("blues/deep/two", 0), ("blues/one", 0), ("rock/three", 1)]


def test_labels_can_be_chosen_and_put_in_order(folder):
    assert from_folder(folder, labels=["rock", "blues"]).labels == ("rock", "blues")
    with pytest.raises(DatasetError, match="has no folder jazz"):
        from_folder(folder, labels=["rock", "jazz"])


def test_a_folder_without_labels_is_refused_in_words(folder):
    with pytest.raises(DatasetError, match="at least two folders"):
        from_folder(os.path.join(folder, "blues"))
    with pytest.raises(DatasetError, match="There is no folder"):
        from_folder(os.path.join(folder, "nowhere"))


def test_to_measure_on_one_label_is_enough(folder):
    shutil.rmtree(os.path.join(folder, "rock"))
    assert from_folder(folder, least=1).labels == ("blues",)


def test_a_list_takes_labels_from_folders_or_from_behind_a_tab_and_finds_files_by_name(folder, tmp_path):
    (tmp_path / "train.txt").write_text("# split\nblues/one.wav\nblues/two.wav\nmissing/four.wav\tRock and Roll\n")
    (tmp_path / "test.csv").write_text("path,label,artist\nrock/three.flac,rock,Somebody\n")
    lists = {TRAIN: str(tmp_path / "train.txt"), TEST: str(tmp_path / "test.csv")}
    found = from_lists(folder, lists)
    assert found.labels == ("Rock and Roll", "blues", "rock")
    places = {track.name: (track.path.removeprefix(folder), track.part) for track in found.tracks}
    assert places == {
        "blues/one": ("/blues/one.flac", TRAIN),
        "blues/deep/two": ("/blues/deep/two.flac", TRAIN),
        "missing/four": ("", TRAIN),
        "rock/three": ("/rock/three.flac", TEST),
    }
    assert found.part(TEST)[0].group == "Somebody"


def test_a_line_without_a_label_is_refused(folder, tmp_path):
    (tmp_path / "list.txt").write_text("one.flac\n")
    with pytest.raises(DatasetError, match="without a label"):
        from_lists(folder, {TRAIN: str(tmp_path / "list.txt")})


def listed(tmp_path, text: str, name: str = "list.txt") -> str:
    (tmp_path / name).write_bytes(text.encode())
    return str(tmp_path / name)


@pytest.mark.parametrize("text", [
    "./rock/three.flac\n", "\ufeffrock/three.flac\n", "rock\\three.wav\r\n", "rock//three\n",
    "nowhere/../rock/three.flac\n", "rock/three.flac\nrock/three.wav\n",
])  # fmt: skip
def test_one_file_is_one_track_however_a_list_spells_it(folder, tmp_path, text):
    found = from_lists(folder, {TEST: listed(tmp_path, text)})
    assert found.labels == ("rock",)
    assert [(track.name, track.path) for track in found.tracks] == [("rock/three", f"{folder}/rock/three.flac")]


def test_whole_paths_may_stand_in_a_list(folder, tmp_path):
    found = from_lists(folder, {TEST: listed(tmp_path, f"{folder}/rock/three.flac\n")})
    assert [(track.name, found.labels[track.label]) for track in found.tracks] == [("rock/three", "rock")]


def test_a_table_may_begin_with_a_byte_order_mark_and_lack_cells(folder, tmp_path):
    table = listed(tmp_path, "\ufeffpath,label,artist\nrock/three.flac,rock\n,,\nblues/one.flac,,Me\n", "list.csv")
    found = from_lists(folder, {TEST: table})
    groups = {track.name: track.group for track in found.tracks}
    assert groups == {"rock/three": "track rock/three", "blues/one": "Me"}


def test_a_name_that_many_files_have_is_refused_and_the_same_place_is_tried_first(folder, tmp_path):
    for place in ("rock/deep", "blues"):
        os.makedirs(os.path.join(folder, place), exist_ok=True)
        shutil.copyfile(os.path.join(folder, "rock/three.flac"), os.path.join(folder, place, "three.flac"))
    found = from_lists(folder, {TEST: listed(tmp_path, "rock/deep/three.mp3\n")})
    assert found.tracks[0].path == f"{folder}/rock/deep/three.flac"
    with pytest.raises(DatasetError, match=r"3 files below .* have that name"):
        from_lists(folder, {TEST: listed(tmp_path, "rock/elsewhere/three.mp3\n")})


def test_one_recording_on_two_sides_is_noticed_under_two_spellings(folder, tmp_path):
    lists = {TRAIN: listed(tmp_path, "blues/deep/two.flac\nrock/three.flac\n", "a.txt"),
             TEST: listed(tmp_path, "rock/two.wav\n", "b.txt")}  # fmt: skip
    with pytest.raises(DatasetError, match=r"both sides of the split \(track blues/deep/two\)"):
        dealt(from_lists(folder, lists), seed=0)


def test_two_labels_for_one_recording_are_refused(folder, tmp_path):
    with pytest.raises(DatasetError, match="both Blues and Rock"):
        from_lists(folder, {TRAIN: listed(tmp_path, "rock/three.flac\tBlues\nrock/three.flac\tRock\n")})


def test_without_a_test_list_the_training_list_is_dealt_out(tmp_path):
    whole = many(artists=9, each=2)
    found = dealt(replace(whole, tracks=tuple(replace(track, part=TRAIN) for track in whole.tracks)), seed=0)
    assert all(min(row.values()) > 0 for row in found.counts().values())
    assert found.counts().keys() == {TRAIN, HELD, TEST}
    assert not groups_apart(found)


@pytest.mark.parametrize("text", ["name,genre\na,b\n", None])
def test_a_table_that_is_none_is_refused(folder, tmp_path, text):
    path = tmp_path / "list.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DatasetError):
        from_lists(folder, {TRAIN: str(path)})
    with pytest.raises(DatasetError):
        read_artists(str(path))


def test_twenty_labels_are_as_good_as_ten():
    found = dealt(many(artists=5, each=2, labels=20), seed=1)
    assert all(min(row.values()) > 0 for row in found.counts().values())
    assert found.counts().keys() == {TRAIN, HELD, TEST}


@given(st.integers(1, 8), st.integers(1, 4), st.integers(0, 99))
def test_no_artist_is_dealt_to_two_parts_and_every_label_can_be_learned(artists, each, seed):
    found = dealt(many(artists, each), seed=seed)
    assert not groups_apart(found)
    assert min(found.counts()[TRAIN].values()) > 0
    assert all(track.part for track in found.tracks)


def test_the_same_seed_deals_the_same():
    assert dealt(many(9, 3), seed=4) == dealt(many(9, 3), seed=4)
    assert dealt(many(9, 3), seed=4) != dealt(many(9, 3), seed=5)


def test_parts_have_about_the_size_asked_for():
    counts = dealt(many(artists=40, each=1), seed=0, test=0.25, held=0.2).counts()
    assert counts[TEST] == dict.fromkeys(("L0", "L1", "L2"), 10)
    assert counts[HELD] == dict.fromkeys(("L0", "L1", "L2"), 6)


def test_lists_that_share_an_artist_are_refused():
    found = many(4, 2)
    mixed = tuple(replace(track, part=TEST if n % 2 else TRAIN) for n, track in enumerate(found.tracks))
    with pytest.raises(DatasetError, match="both sides"):
        dealt(replace(found, tracks=mixed), seed=0)


def test_a_table_of_artists_makes_groups(tmp_path):
    (tmp_path / "artists.csv").write_text("track,artist\none,B.B.\ntwo,B.B.\nthree,\n")
    tracks = tuple(alone(f"blues/{name}", 0, "") for name in ("one", "two", "three", "four"))
    found = named_groups(Dataset("", ("blues",), tracks), read_artists(str(tmp_path / "artists.csv")))
    assert [track.group for track in found.tracks] == ["B.B.", "B.B.", "track blues/three", "track blues/four"]


def test_tracks_of_one_name_are_told_apart_by_their_folders(tmp_path):
    tracks = tuple(alone(name, 0, "") for name in ("rock/a/01", "rock/a/02", "rock/b/01"))
    whole = Dataset("", ("rock",), tracks)
    table = listed(tmp_path, "track,artist\nrock/a/01.mp3,A\nrock\\a\\02,A\n02,nobody\n01,B\n", "artists.csv")
    assert [track.group for track in named_groups(whole, read_artists(table)).tracks] == ["A", "A", "track rock/b/01"]


def test_pieces_are_kept_and_a_broken_file_does_not_stop_the_others(folder, tmp_path, media):
    shutil.copyfile(media("broken"), os.path.join(folder, "rock", "broken.mp3"))
    dataset = dealt(from_folder(folder), seed=0)
    cache = str(tmp_path / "cache")
    outcomes = list(examples.gather(dataset, MFCC, cache))
    assert sum(isinstance(outcome, FileFailure) for outcome in outcomes) == 1
    (kept,) = (files for _, _, files in os.walk(cache) if files)
    assert len(kept) == 3
    for name in kept:  # what comes back is what was kept, not computed again
        np.savez(os.path.join(cache, "mfcc", name), pieces=np.full((2, 130, 13), 7.0, dtype=np.float32))
    again = [outcome for outcome in examples.gather(dataset, MFCC, cache) if not isinstance(outcome, FileFailure)]
    assert all((pieces == 7).all() for _, pieces in again)


def test_a_changed_file_or_a_damaged_cache_is_computed_again(folder, tmp_path):
    dataset, cache = from_folder(folder), str(tmp_path / "cache")
    first = dict(examples.gather(dataset, MFCC, cache))
    for _, _, files in os.walk(cache):
        for name in files:
            (tmp_path / "cache" / "mfcc" / name).write_bytes(b"PK\x03\x04 no archive")
    again = dict(examples.gather(dataset, MFCC, cache))
    assert all((first[track] == again[track]).all() for track in dataset.tracks)
    other = replace(MFCC, n_fft=1024)
    assert any((pieces != first[track]).any() for track, pieces in examples.gather(dataset, other, cache))


def test_a_leaky_split_has_pieces_of_one_recording_on_both_sides_and_says_so():
    rows = [(track, np.zeros((10, 4))) for track in dealt(many(6, 2), seed=0).tracks]
    honest = examples.joined(("L0", "L1", "L2"), rows)
    leaky = examples.leaked(honest, seed=0)

    def shared(found):
        return set(found.track[found.of(TRAIN)]) & set(found.track[found.of(TEST)])

    assert not honest.leaky
    assert not shared(honest)
    assert leaky.leaky
    assert len(shared(leaky)) > 30
    assert 60 < len(leaky.of(TEST)) < 120


def test_nothing_to_learn_from_is_said_in_words():
    with pytest.raises(DatasetError, match="None of the recordings"):
        examples.joined(("a", "b"), [])


@pytest.mark.data
def test_gtzans_lists_keep_artists_apart_and_every_table_and_picture_is_found(data_folder):
    data = DataFolder(data_folder)
    found = dealt(gtzan.dataset(data), seed=7)
    assert {part: sum(row.values()) for part, row in found.counts().items()}[TEST] == 197
    assert not groups_apart(found)
    for name, count in (("features-mlp", 640), ("mfcc-cnn", 639), ("mel-cnn", 639)):
        recipe, stored, _ = gtzan.material(data, RECIPES[name])
        rows = list(examples.gather(found, recipe.input_spec, "", stored))
        assert len(rows) == count
        assert all(pieces.shape[1:] == recipe.input_spec.shape[: pieces.ndim - 1] for _, pieces in rows)


@pytest.mark.data
def test_clips_kept_for_nothing_are_never_used(data_folder):
    paths = [track.path for track in gtzan.dataset(DataFolder(data_folder)).tracks if track.path]
    assert len(paths) == 164 + 97
    assert not any(f"{os.sep}other{os.sep}" in path for path in paths)


@pytest.mark.parametrize("wrong", [{"kind": "telepathy"}, {"sr": -1}, {"seconds": 3e3}, {"more": 1}, {"shape": 3}])
def test_an_input_that_makes_no_sense_is_refused(wrong):
    good = MFCC.to_json()
    assert InputSpec.from_json(good) == MFCC
    with pytest.raises(ModelError):
        InputSpec.from_json({**good, **wrong})
