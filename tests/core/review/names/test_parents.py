"""What genres are kinds of: the person's list, common styles, and the last word of a name."""

from __future__ import annotations

import pytest

from genre_tagger.review.names.genre_list import GenreList, OwnGenre
from genre_tagger.review.names.parents import family


@pytest.mark.parametrize(
    ("genre", "line"),
    [
        ("Acid Jazz", ("Jazz",)), ("Post-Rock", ("Rock",)), ("progressive house", ("House", "Electronic")),
        ("Pop/Rock", ("Rock",)), ("Soul", ("R&B",)), ("Jazz", ()), ("Electronic", ()), ("Hip-Hop", ()),
        ("Polka", ()), ("", ()), ("-", ()), ("Drum & Bass", ("Electronic",)),
    ],
)  # fmt: skip
def test_styles_stand_below_what_their_name_or_custom_says(genre, line):
    assert family(GenreList(), ["Electronic", "R&B"])(genre) == line


def test_the_list_of_a_person_goes_first_also_for_other_words_of_a_genre():
    own = GenreList((OwnGenre("Bebop", "Café"), OwnGenre("Café", aliases=("Coffee House",)), OwnGenre("Soul")))
    above = family(own)
    assert above("Bebop") == ("Café",)
    assert above("coffee house") == ("Café",)
    assert above("Soul") == ()  # it stands by itself in the list
    assert above("Hard Bebop") == ("Bebop", "Café")


def test_what_would_be_a_kind_of_itself_ends():
    assert family(GenreList((OwnGenre("House", "Deep House"),)))("Deep House") in ((), ("House",))
