"""The folder that training starts from: lists, artists, stored tags, and the tracks that can be heard."""

from __future__ import annotations

import os

import pytest

from genre_tagger.training.data.data import GENRES, LABELS, DataFolder, genre_index

TRAIN = ["blues.00001", "blues.00002", "rock.00001", "rock.00002"]
VALID = ["rock.00003", "jazz.00001"]


@pytest.fixture
def folder(tmp_path):
    """A data folder in miniature: lists, artists, and audio of half of the tracks."""
    gtzan = tmp_path / "gtzan"
    for below in ("splits", "audio/train/blues", "audio/valid/rock"):
        (gtzan / below).mkdir(parents=True)
    for split, names in (("train", TRAIN), ("valid", VALID)):
        lines = "".join(f"{name.split('.')[0]}/{name}.wav\n" for name in names)
        (gtzan / "splits" / f"{split}_filtered.txt").write_text(lines)
    artists = ["blues.00001,train,4", "blues.00002,train,4", "rock.00001,train,", "rock.00002,train,"]
    artists += ["rock.00003,valid,9", "jazz.00001,valid,"]
    (gtzan / "splits" / "artists_train_valid.csv").write_text("track,split,artist\n" + "\n".join(artists) + "\n")
    for path in ("train/blues/blues.00002.ogg", "valid/rock/rock.00003.ogg"):
        (gtzan / "audio" / path).touch()
    return DataFolder(str(tmp_path))


def test_labels_stand_in_the_order_of_gtzans_names():
    assert list(GENRES) == sorted(GENRES)
    assert LABELS[genre_index("hiphop.00042")] == "Hip-Hop"


def test_clips_are_those_of_the_list_whose_audio_is_there(folder):
    assert [(clip.name, clip.genre, clip.artist) for clip in folder.clips("train")] == [("blues.00002", 0, 4)]
    assert [clip.name for clip in folder.clips("valid")] == ["rock.00003"]
    assert all(os.path.exists(clip.path) for clip in folder.clips("valid"))


def test_a_track_of_an_unknown_artist_is_a_group_of_its_own(folder):
    artists = folder.artists()
    assert artists["blues.00001"] == artists["blues.00002"]
    unknown = [artists[name] for name in ("rock.00001", "rock.00002", "jazz.00001")]
    assert len(set(unknown)) == 3
    assert all(artist < 0 for artist in unknown)


def test_an_artist_in_both_lists_is_noticed(folder):
    assert folder.artists_are_apart()
    path = os.path.join(folder.root, "gtzan", "splits", "artists_train_valid.csv")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("rock.00003,valid,9", "rock.00003,valid,4"))
    assert not folder.artists_are_apart()
