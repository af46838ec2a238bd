"""The person's genres: how files are tidied by them, what makes no sense in them, and how they are kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.library import Library
from genre_tagger.review.names.genre_list import (
    GenreList,
    GenreListError,
    OwnGenre,
    Parents,
    read_list,
    store_list,
)

OWN = (
    OwnGenre("Electronic"), OwnGenre("House", "Electronic"), OwnGenre("Deep House", "House"),
    OwnGenre("Hip-Hop", aliases=("Rap", "Rap/Hip Hop")), OwnGenre("Rock"), OwnGenre("Pop"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("had", "tidy"),
    [
        (["hip hop", "Hip-Hop", "RAP"], ("Hip-Hop",)),
        (["Rap/Hip Hop"], ("Hip-Hop",)),
        (["Rock; Pop"], ("Rock", "Pop")),
        (["rock/pop"], ("Rock", "Pop")),
        (["AC/DC"], ("AC/DC",)),
        (["Rock/Something"], ("Rock/Something",)),
        (["Cumbia", "rock"], ("Cumbia", "Rock")),
        ([], ()),
    ],
)
def test_genres_become_words_of_the_list(had, tidy):
    assert GenreList(OWN).tidied(had) == tidy


def test_what_is_ignored_or_not_listed_goes_and_no_more_stay_than_wanted():
    had = ["Seen Live", "Cumbia", "rock", "house", "pop"]
    assert GenreList(OWN, ignored=("seen live",)).tidied(had) == ("Cumbia", "Rock", "House", "Pop")
    assert GenreList(OWN, only_listed=True).tidied(had) == ("Rock", "House", "Pop")
    assert GenreList(OWN, only_listed=True, most=2).tidied(had) == ("Rock", "House")


@pytest.mark.parametrize(
    ("parents", "tidy"),
    [
        (Parents.ALONE, ("Deep House",)),
        (Parents.BESIDE, ("Deep House", "House", "Electronic")),
        (Parents.INSTEAD, ("Electronic",)),
    ],
)
def test_what_a_genre_is_a_kind_of_stands_beside_or_instead(parents, tidy):
    assert GenreList(OWN, parents=parents).tidied(["deep house"]) == tidy


def test_a_parent_that_is_not_listed_becomes_a_genre_of_the_list():
    assert GenreList((OwnGenre("House", "Electronic"),)).find("electronic").name == "Electronic"


@pytest.mark.parametrize(
    ("genres", "sentence"),
    [
        ((OwnGenre("A", "B"), OwnGenre("B", "C"), OwnGenre("C", "A")), "“A” would be a kind of itself: A → B → C → A."),
        ((OwnGenre("A", "a"),), "“A” would be a kind of itself"),
        ((OwnGenre("Hip-Hop"), OwnGenre("hip hop")), "“hip hop” is in the list twice"),
        ((OwnGenre("A", aliases=("B",)), OwnGenre("B", aliases=("A",))), "“B” cannot mean “A”: it means “B” already."),
        ((OwnGenre("A", aliases=("X",)), OwnGenre("B", aliases=("x",))), "“x” cannot mean “B”"),
        ((OwnGenre("  "),), "cannot be a genre"),
        ((OwnGenre("Rock; Pop"),), "cannot be a genre"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(genres, sentence):
    with pytest.raises(GenreListError, match="“") as error:
        GenreList(genres)
    assert sentence in str(error.value)


def test_three_hundred_genres_in_a_chain_are_a_list():
    chain = tuple(OwnGenre(f"Genre {n}", f"Genre {n - 1}" if n else "") for n in range(300))
    assert len(GenreList(chain, parents=Parents.BESIDE).tidied(["Genre 299"])) == 300


def test_a_list_is_kept_with_its_library_and_a_damaged_one_is_a_sentence(tmp_path):
    wanted = GenreList(OWN, ("Live",), only_listed=True, most=3, parents=Parents.INSTEAD)
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        assert read_list(library) == GenreList()
        store_list(library, wanted)
        assert read_list(library) == wanted
        library.set_document("genres", wanted.to_json()[:50])
        with pytest.raises(GenreListError, match="no JSON"):
            read_list(library)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "genres": []}', '{"version": 1, "genres": [1]}', '{"version": 1, "genres": [{}]}',
     '{"version": 1, "genres": [{"name": 1}]}', '{"version": 1, "genres": [], "most": -1}',
     '{"version": 1, "genres": 3}',
     '{"version": 1, "genres": [], "parents": "x"}', '{"version": 1, "genres": [{"name": "A", "aliases": "B"}]}'],
)  # fmt: skip
def test_what_is_no_list_is_a_sentence(text):
    with pytest.raises(GenreListError):
        GenreList.from_json(text)


_NAMES = st.sampled_from(
    ["Rock", "rock", "Pop", "Hip-Hop", "hip hop", "Rap", "ジャズ", "Straße", "Rock; Pop", "Rock/Pop"]
)
_LISTS = st.builds(
    GenreList, st.just(OWN), st.lists(_NAMES, max_size=2).map(tuple), st.booleans(), st.integers(0, 3),
    st.sampled_from(Parents),
)  # fmt: skip


@settings(max_examples=100)
@given(_LISTS, st.lists(_NAMES, max_size=4))
def test_tidy_genres_are_tidy_and_none_is_there_twice(own, had):
    tidy = own.tidied(had)
    keys = [genre_key(genre) for genre in tidy]
    assert len(set(keys)) == len(keys)
    assert not own.most or len(tidy) <= own.most
    assert not {genre_key(word) for word in own.ignored} & set(keys)
    assert own.tidied(tidy) == tidy or own.parents is Parents.BESIDE
    assert GenreList.from_json(own.to_json()) == own


def test_a_genre_is_changed_in_its_place_and_what_it_was_called_still_means_it():
    own = GenreList((OwnGenre("Electronic"), OwnGenre("House", "Electronic")))
    renamed = own.with_genre("electronic", OwnGenre("Electronica", colour="#112233"))
    assert renamed.genres == (
        OwnGenre("Electronica", "", ("Electronic",), "#112233"), OwnGenre("House", "Electronica"),
    )  # fmt: skip
    assert renamed.with_genre("Dub", OwnGenre("Dub", "Reggae")).find("reggae") == OwnGenre("Reggae")
    assert own.with_genre("House", OwnGenre("house", "Electronic")).genres[1] == OwnGenre("house", "Electronic")


@pytest.mark.parametrize(
    "genre", [OwnGenre("Electronic", "House"), OwnGenre("Electronic", "", ("House",)), OwnGenre("A", colour="red")]
)
def test_a_change_that_makes_no_sense_is_a_sentence(genre):
    own = GenreList((OwnGenre("Electronic"), OwnGenre("House", "Electronic"), OwnGenre("A")))
    with pytest.raises(GenreListError):
        own.with_genre(genre.name, genre)


def test_words_that_mean_one_another_in_a_ring_are_refused():
    with pytest.raises(GenreListError, match="cannot mean"):
        GenreList((OwnGenre("Dub", "", ("Reggae",)), OwnGenre("Reggae", "", ("Dub",))))


def test_colours_are_kept_in_json_and_when_a_tree_without_colours_is_taken():
    own = GenreList((OwnGenre("Dub", colour="#112233"), OwnGenre("ロック")))
    assert GenreList.from_json(own.to_json()) == own
    assert own.with_genres([OwnGenre("Reggae"), OwnGenre("dub", "Reggae")]).genres[1].colour == "#112233"
