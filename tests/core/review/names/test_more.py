"""What is heard beside the genre becomes further genres of a file, if that is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genre_tagger.library.tracks import NoGenre, Prediction, TagFact, TagValues
from genre_tagger.review.names.more import KINDS, further
from genre_tagger.review.policy import Action
from helpers.tracks import predicted, track

FACTS = (
    TagFact("House", "House", "style", 0.3), TagFact("happy", "Happy", "mood", 0.3), TagFact("80s", "80s", "era", 0.3),
    TagFact("sad", "Sad", "mood", 0.3), TagFact("jazz", "Jazz", "ten", 0.3), TagFact("noise", "Noise", "mood"),
)  # fmt: skip
HEARD = replace(predicted("/a", "Disco"), tag_values=TagValues.of(FACTS, (0.9, 0.8, 0.5, 0.1, 0.9, 0.9)))


@pytest.mark.parametrize(
    ("kinds", "most", "new"),
    [
        (("mood",), 5, ("Disco", "Happy")),
        (("style", "mood", "era"), 5, ("Disco", "Happy", "80s", "House")),
        (("style", "mood", "era"), 2, ("Disco", "Happy", "80s")),
    ],
)
def test_what_is_clear_stands_behind_the_genres_that_are_there(kinds, most, new):
    proposal = further(track(genres=("Disco",), prediction=HEARD), kinds, most)
    assert (proposal.new, proposal.action) == (new, Action.WRITE)


@pytest.mark.parametrize(
    "changes",
    [
        {"genres": ()},
        {"genres": ("happy", "HOUSE", "80s")},
        {"prediction": None},
        {"prediction": predicted("/a", "Disco")},
        {"prediction": Prediction("/a", "m", nothing=NoGenre.NOT_MUSIC, tag_values=HEARD.tag_values)},
    ],
)
def test_where_there_is_nothing_to_add_nothing_is_proposed(changes):
    assert further(track(**{"genres": ("Disco",), "prediction": HEARD} | changes), KINDS, 5) is None


def test_a_file_that_cannot_be_written_says_why():
    refused = track(genres=("Disco",), prediction=HEARD, refusal="It is locked.")
    proposal = further(refused, KINDS, 2)
    assert (proposal.action, proposal.refusal) == (Action.REFUSED, "It is locked.")


def test_into_another_field_the_words_stand_behind_those_that_are_there():
    proposal = further(track(genres=("Disco",), prediction=HEARD), ("mood",), 2, "mood", ("Calm",))
    assert (proposal.field, proposal.old, proposal.new) == ("mood", ("Calm",), ("Calm", "Happy"))
    assert proposal.ticked
    assert further(track(genres=("Disco",), prediction=HEARD), ("mood",), 2, "mood", ("happy",)) is None
