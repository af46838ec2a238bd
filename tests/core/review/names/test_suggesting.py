"""Which genres of a library are suggested to be merged, taken apart or removed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review.names.suggesting import Suggestion, Why, loose_key, renamed, suggest


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"Hip-Hop": 9, "hip hop": 4, "HipHop": 1}, (("HipHop", "hip hop"), ("Hip-Hop",), 5, Why.SPELLING)),
        ({"R&B": 3, "RnB": 2, "r'n'b": 1, "R & B": 1}, (("R & B", "RnB", "r'n'b"), ("R&B",), 4, Why.SPELLING)),
        ({"Drum & Bass": 2, "Drum and Bass": 1}, (("Drum and Bass",), ("Drum & Bass",), 1, Why.SPELLING)),
        ({"Électronique": 2, "electronique": 1}, (("electronique",), ("Électronique",), 1, Why.SPELLING)),
        ({"Soundtrack": 2, "Soundtracks": 5}, (("Soundtrack",), ("Soundtracks",), 2, Why.PLURAL)),
        ({"Ballads": 1, "Ballad": 4}, (("Ballads",), ("Ballad",), 1, Why.PLURAL)),
        ({"Rap/Hip Hop": 7, "Hip-Hop": 3}, (("Rap/Hip Hop",), ("Rap", "Hip-Hop"), 7, Why.JOINED)),
        ({"Rock; Pop": 2}, (("Rock; Pop",), ("Rock", "Pop"), 2, Why.JOINED)),
        ({"(17)": 2, "Rock": 1}, (("(17)",), ("Rock",), 2, Why.NUMBER)),
        ({"17": 2}, (("17",), ("Rock",), 2, Why.NUMBER)),
        ({"Unknown": 3}, (("Unknown",), (), 3, Why.NOTHING)),
    ],
)
def test_what_is_the_same_is_suggested_with_its_counts(counts, expected):
    assert suggest(counts.items()) == [Suggestion(*expected)]


@pytest.mark.parametrize(
    "counts",
    [{"Blue": 1, "Blues": 2}, {"Jazz": 1, "Acid Jazz": 1}, {"AC/DC": 3}, {"80s": 1, "90s": 2}, {"Rock": 1, "Pop": 1},
     {"Pop/Rock": 5}, {"Bass": 1, "Bas": 2}, {"": 9}, {"Джаз": 1, "ジャズ": 2}, {}],
)  # fmt: skip
def test_what_is_not_the_same_is_let_be(counts):
    assert suggest(counts.items()) == []


def test_the_spelling_of_the_list_goes_before_the_most_frequent():
    assert suggest({"hip hop": 90, "HipHop": 1}.items(), ["Hip-Hop"]) == [
        Suggestion(("HipHop", "hip hop"), ("Hip-Hop",), 91, Why.SPELLING)
    ]


def test_what_most_tracks_have_comes_first():
    found = suggest({"Rock": 9, "rock": 2, "Jazz": 3, "JAZZ": 3, "jazz": 2}.items())
    assert [suggestion.tracks for suggestion in found] == [5, 2]


@pytest.mark.parametrize(
    ("had", "became"),
    [
        (("hip hop", "Rock"), ("Hip-Hop", "Rock")),
        (("Hip-Hop", "hip hop"), ("Hip-Hop",)),
        (("Rock/Pop", "Rock"), ("Rock", "Pop")),
        (("Unknown",), ()),
        (("C", "C"), ("C", "C")),
    ],
)
def test_genres_get_their_new_names_and_files_without_them_stay_as_they_are(had, became):
    changes = {"hip hop": ("Hip-Hop",), "Rock/Pop": ("Rock", "Pop"), "Unknown": ()}
    assert renamed(had, changes) == became


_GENRES = st.sampled_from(
    ["Rock", "rock", "ROCK", "Rocks", "Rock & Roll", "Rock'n'Roll", "Rock and Roll", "Pop", "Pop; Rock", "17", "(17)",
     "Pop/Rock", "Unknown", "R&B", "rnb", "ジャズ", "Jazz", "Jázz", "--", "&", "s", "Blues", "Blue", "Soundtracks"]
)  # fmt: skip


@settings(max_examples=120)
@given(st.dictionaries(_GENRES | st.text(min_size=1, max_size=8), st.integers(1, 9), max_size=8))
def test_suggestions_have_each_genre_once_and_lead_to_nothing_more_to_suggest_of_spelling(counts):
    found = suggest(counts.items())
    old = [genre for suggestion in found for genre in suggestion.old]
    assert len(old) == len(set(old))
    assert set(old) <= set(counts)
    changes = {genre: suggestion.new for suggestion in found for genre in suggestion.old}
    after = {new for genre in counts for new in renamed((genre,), changes)}
    keys = [loose_key(genre) for genre in after if genre]
    left = [s for s in suggest((genre, 1) for genre in after if genre) if s.why is Why.SPELLING]
    assert left == [], keys
    assert all(genre_key(new) or not new for new in after)
