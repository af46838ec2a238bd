"""Tags of a track: what is clear, what is strong, and what is not said twice."""

from __future__ import annotations

import pytest

from genre_tagger.library.tracks import (
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


def test_facts_survive_the_library_and_are_shared():
    text = facts_to_json(FACTS)
    assert facts_from_json(text) == FACTS
    assert facts_from_json(text) is facts_from_json(facts_to_json(FACTS))


def test_every_reason_for_no_genre_is_a_sentence_that_blames_nobody():
    for why in NoGenre:
        assert why.sentence.endswith(".")
        assert "error" not in why.sentence.casefold()
