"""Recordings with genres from three sources are read alike, and what they are called means the same everywhere."""

from __future__ import annotations

import csv
import os

import pytest

from genre_tagger.training.data import labelled, taxonomy
from genre_tagger.training.data.labelled import recordings


def index(label):
    return taxonomy.LABELS.index(label)


def table(folder, header, *rows):
    folder.mkdir()
    with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture
def folder(tmp_path):
    header = ("file", "genres", "moods", "quadrant", "artist")
    rows = ("a.opus", "Pop/Rock; R&B", "Sad", "Q3", "7"), ("b.opus", "Avant-Garde", "", "Q1", "8")
    table(tmp_path / "allmusic", header, *rows)
    table(tmp_path / "magnatune", ("file", "genre", "artist"), ("c.opus", "Electronic", "7"))
    music = tmp_path / "music" / "kevin-macleod"
    music.mkdir(parents=True)
    for name in ("piece.mp3", "LICENSE.md"):
        (music / name).write_bytes(b"x")
    return str(tmp_path)


def test_a_track_wants_each_of_its_genres_and_pop_rock_means_one_of_several(folder):
    first = recordings(folder)[0]
    pop, soul = first.wants
    assert {taxonomy.LABELS[number] for number in pop} == {"Pop", "Rock", "Metal", "Punk", "Disco"}
    assert {taxonomy.LABELS[number] for number in soul} == {"R&B"}
    assert (first.source, first.named, first.quadrant) == (labelled.ALLMUSIC, ("Pop/Rock", "R&B"), 2)


def test_what_none_of_our_genres_means_is_wanted_by_nobody_but_still_there(folder):
    assert recordings(folder)[1].wants == ()


def test_artists_of_two_sources_with_one_number_are_two(folder):
    first, _, other, _ = recordings(folder)
    assert first.artist != other.artist
    assert other.wants == (frozenset({index("Electronic")}),)


def test_music_without_a_genre_is_sound_alone_and_not_its_licence(folder):
    (music,) = (recording for recording in recordings(folder) if recording.source == labelled.MUSIC)
    assert music.path.endswith("piece.mp3")
    assert (music.wants, music.quadrant) == ((), None)


def test_a_source_that_is_not_there_gives_nothing(tmp_path):
    assert recordings(str(tmp_path)) == []


def test_music_of_games_is_heard_without_a_genre_and_their_effects_are_not(tmp_path):
    for name, size in (("theme.ogg", 250_000), ("jump.ogg", 249_999), ("copyright", 300_000)):
        path = tmp_path / "music" / "debian" / "usr" / "share" / "game" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    (music,) = recordings(str(tmp_path))
    assert os.path.basename(music.path) == "theme.ogg"
    assert (music.source, music.wants) == (labelled.MUSIC, ())


def test_gtzans_ten_are_ten_of_ours_and_each_label_is_there_once():
    assert len(taxonomy.TEN) == 10
    assert len(set(taxonomy.LABELS)) == len(taxonomy.LABELS)
    assert [taxonomy.LABELS[number] for number in taxonomy.of_gtzan("hiphop")] == ["Hip-Hop"]
    assert taxonomy.of_gtzan("polka") == frozenset()


def test_no_audioset_class_says_two_genres():
    said = [number for genre in taxonomy.TAXONOMY for number in genre.audioset]
    assert len(set(said)) == len(said)
    assert all(137 < number < 283 for number in said)
    assert {genre for style in taxonomy.STYLES for genre in style.genres} <= {*taxonomy.LABELS}


@pytest.mark.data
def test_every_genre_of_the_labels_at_hand_is_known_but_for_avant_garde(data_folder):
    unknown = {
        name for recording in recordings(data_folder) if recording.source == labelled.ALLMUSIC
        for name in recording.named if not taxonomy.of_allmusic(name)
    }  # fmt: skip
    assert unknown == {"Avant-Garde"}


@pytest.mark.data
def test_audiosets_classes_have_the_names_that_the_table_relies_on(data_folder):
    with open(os.path.join(data_folder, "teachers", "mn04", "class_labels_indices.csv"), encoding="utf-8") as file:
        names = {int(row["index"]): row["display_name"].casefold().replace("-", " ") for row in csv.DictReader(file)}
    words = {"Hip-Hop": "hip hop", "R&B": "rhythm and blues", "Children's": "children", "Holiday": "christmas",
             "Latin": "latin america", "World": "music of asia"}  # fmt: skip
    for genre in taxonomy.TAXONOMY:
        word = words.get(genre.label, genre.label.casefold())
        assert not genre.audioset or any(word in names[number] for number in genre.audioset), genre
    for style in taxonomy.STYLES:
        assert style.label.casefold().split()[0] in names[style.audioset], style
