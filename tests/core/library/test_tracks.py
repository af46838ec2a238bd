"""Tags of a track: what is clear, what is strong, and what is not said twice."""

from __future__ import annotations

import pytest

from genre_tagger.base.genre_words import TEN
from genre_tagger.library.tracks import (
    QUADRANT,
    Candidate,
    NoGenre,
    Prediction,
    TagFact,
    TagValues,
    facts_from_json,
    facts_to_json,
)

FACTS = (
    TagFact("folk", "Folk", "style", 0.1, 0.3),
    TagFact("Hip-Hop", "Hip-Hop", "ten", 0.1, 0.2),
    TagFact("rnb", "R&B", "style", 0.05, 0.2),
    TagFact("sad", "sad", "mood", 0.01),
    TagFact("Mellow", "mellow", "mood", 0.02),
    TagFact("female vocalists", "female voice", "voice", 0.1),
    TagFact("female vocalist", "female voice", "voice", 0.01),
    TagFact("House", "House", "style"),
)


def values_of(*values: float) -> TagValues:
    return TagValues.of(FACTS, values)


def test_values_come_back_nearly_as_they_were_the_strongest_first():
    tags = values_of(0.2, 0.5, 0.06, 0.013, 0.01, 0.3, 0.02, 0.9).tags
    assert [tag.fact.name for tag in tags][:3] == ["House", "Hip-Hop", "female vocalists"]
    assert tags[-2].value == pytest.approx(0.013, rel=1e-3)


def test_styles_are_those_above_their_threshold_and_house_has_none():
    found = values_of(0.2, 0.9, 0.06, 0, 0, 0, 0, 0.9).styles()
    assert [(tag.fact.label, tag.strong) for tag in found] == [("Folk", False), ("R&B", False)]
    assert values_of(0.09, 0, 0.04, 0, 0, 0, 0, 0).styles() == ()


def test_a_style_that_is_one_of_the_genres_is_not_offered_again():
    assert [tag.fact.label for tag in values_of(0.2, 0, 0.3, 0, 0, 0, 0, 0).styles(["folk", "Rock"])] == ["R&B"]


def test_moods_come_by_how_clear_they_are_and_no_label_comes_twice():
    found = values_of(0, 0, 0, 0.03, 0.04, 0.11, 0.1, 0).words("mood", "voice")
    assert [tag.fact.label for tag in found] == ["female voice", "sad", "mellow"]


def test_a_prediction_offers_styles_beside_its_genres_and_knows_the_strong_one():
    candidates = (Candidate("Folk", 0.4), Candidate("Rock", 0.3))
    assert Prediction("/a", "m", candidates, tag_values=values_of(0.5, 0, 0.1, 0, 0, 0, 0, 0)).styles == ("R&B",)
    strong = Prediction("/a", "m", candidates[1:], tag_values=values_of(0.5, 0, 0.1, 0, 0, 0, 0, 0))
    assert (strong.styles, strong.strong_style) == (("Folk", "R&B"), "Folk")
    assert Prediction("/a", "m", candidates[1:], tag_values=values_of(0.29, 0, 0.1, 0, 0, 0, 0, 0)).strong_style is None
    assert (Prediction("/a", "m", candidates).styles, Prediction("/a", "m", candidates).strong_style) == ((), None)


def test_of_some_genres_alone_the_probabilities_are_evened_out():
    heard = Prediction("/a", "m", (Candidate("Electronic", 0.7), Candidate("Rock", 0.2), Candidate("Jazz", 0.1)))
    ten = heard.among(TEN)
    assert [(one.genre, pytest.approx(one.probability)) for one in ten.candidates] == [("Rock", 2 / 3), ("Jazz", 1 / 3)]
    assert (ten.genre, ten.probability) == ("Rock", pytest.approx(2 / 3))
    assert heard.among(["Polka"]) == heard == heard.among(["Jazz", "Rock", "Electronic"])
    nothing = Prediction("/a", "m", (Candidate("Electronic", 1.0), Candidate("Rock", 0.0)))
    assert nothing.among(TEN).candidates == (Candidate("Rock", 0.0),)


def test_what_is_no_genre_to_choose_from_is_offered_as_a_style():
    candidates = (Candidate("Folk", 0.6), Candidate("Rock", 0.4))
    heard = Prediction("/a", "m", candidates, tag_values=values_of(0.2, 0, 0, 0, 0, 0, 0, 0))
    assert (heard.styles, heard.among(TEN).styles) == ((), ("Folk",))


def test_of_the_quadrants_of_mood_a_track_has_the_likeliest():
    facts = (*FACTS[3:5], TagFact("calm", "calm", QUADRANT, 0.5), TagFact("tense", "tense", QUADRANT, 0.5))
    values = TagValues.of(facts, [0.9, 0.01, 0.4, 0.6])
    prediction = Prediction("/a", "m", (Candidate("Rock", 1.0),), tag_values=values)
    assert (prediction.mood.fact.label, prediction.mood.value) == ("tense", pytest.approx(0.6, abs=1e-3))
    assert [tag.fact.label for tag in values.words("mood")] == ["sad"], "they are no words beside others"
    assert Prediction("/a", "m", tag_values=values_of(*[0.5] * 8)).mood is None


def test_facts_survive_the_library_and_are_shared():
    text = facts_to_json(FACTS)
    assert facts_from_json(text) == FACTS
    assert facts_from_json(text) is facts_from_json(facts_to_json(FACTS))


def test_every_reason_for_no_genre_is_a_sentence_that_blames_nobody():
    for why in NoGenre:
        assert why.sentence.endswith(".")
        assert "error" not in why.sentence.casefold()
