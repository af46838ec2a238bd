"""The library as shelves: what is counted on each, and that choosing there finds just what was counted."""

from __future__ import annotations

import os

import pytest

from genre_tagger.files.values import Details
from genre_tagger.library.library import Library
from genre_tagger.library.shelves.browsing import HEARD, Chosen, Shelf
from genre_tagger.library.tracks import Decision
from helpers.tracks import predicted, scanned

_SHELF = (
    # path, artist, album artist, album, genres, heard, year
    ("/m/1.mp3", "Anna", "", "First", ("Jazz", "Blues"), "Jazz", 1960),
    ("/m/2.mp3", "Anna; Bo", "Anna", "First", ("Jazz",), "Blues", 1961),
    ("/m/3.mp3", "Bo", "", "Zweite", (), "Jazz", None),
    ("/m/4.mp3", "", "", "", (), None, None),
)


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        for path, artist, album_artist, album, genres, heard, year in _SHELF:
            details = Details(album_artist, None, year)
            library.store(scanned(path, artist=artist, album=album, genres=genres, length=10.0, details=details))
            if heard:
                library.store(predicted(path, heard))
        library.decide([4], Decision(None, ("Waltz",)))
        yield library


def named(shelves):
    return [(shelf.name, shelf.tracks) for shelf in shelves]


def test_each_shelf_counts_what_the_one_before_leaves(library):
    found = library.shelves(Chosen(genre="Jazz"))
    assert named(found.genres) == [("", 4), ("Blues", 1), ("Jazz", 2), ("", 2)]
    assert named(found.artists) == [("", 2), ("Anna", 2)]
    assert found.albums == [Shelf("", 2, 20.0), Shelf("First", 2, 20.0, 1960, b"/m/1.mp3")]
    assert named(library.shelves(Chosen(artist="Bo")).albums) == [("", 1), ("Zweite", 1)]
    assert named(library.shelves(Chosen(genre="Jazz", artist="Bo")).albums) == [("", 0)]


def test_kinds_stand_below_their_genre_which_counts_each_track_once_and_finds_them_all(library):
    kinds = {"Blues": ("Jazz", "Music"), "Jazz": ("Music",)}
    found = library.shelves(Chosen(), above=lambda genre: kinds.get(genre, ()))
    assert [(shelf.name, shelf.tracks, shelf.depth) for shelf in found.genres] == [
        ("", 4, 0), ("Music", 2, 0), ("Jazz", 2, 1), ("Blues", 1, 2), ("", 2, 0),
    ]  # fmt: skip
    music = found.genres[1]
    assert music.below == ("Blues", "Jazz")
    assert len(library.find(chosen=Chosen(genre="Music", below=music.below))) == 2
    assert named(library.shelves(Chosen(genre="Music", below=music.below)).artists) == [("", 2), ("Anna", 2)]


def test_genres_are_those_of_the_files_or_those_that_are_heard_and_chosen_as_they_are_spelt(library):
    found = library.shelves(Chosen(HEARD), spelling={"Blues": "Delta Blues; Blues"})
    assert named(found.genres) == [("", 4), ("Blues", 1), ("Delta Blues", 1), ("Jazz", 2), ("Waltz", 1)]
    assert named(library.shelves(Chosen(HEARD, "Waltz")).artists) == [("", 1), ("", 1)]


def test_only_what_the_filter_leaves_is_counted(library):
    found = library.shelves(Chosen(), words="artist:anna", listed="year:1961", state=None, mode="add")
    assert named(found.genres) == [("", 1), ("Jazz", 1)]


def test_what_is_chosen_is_found_and_as_many_as_were_counted(library):
    paths = {track.id: os.path.basename(track.path) for track in library.tracks()}
    for by in ("files", HEARD):
        for genre in library.shelves(Chosen(by)).genres[1:]:
            chosen = Chosen(by, genre.name)
            assert len(library.find(chosen=chosen)) == genre.tracks
            for artist in library.shelves(chosen).artists[1:]:
                assert len(library.find(chosen=chosen._replace(artist=artist.name))) == artist.tracks
    ids = library.find(chosen=Chosen(genre="Jazz", artist="Anna", album="First"), words="bo")
    assert [paths[track] for track in ids] == ["2.mp3"]
