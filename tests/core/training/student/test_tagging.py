"""From which value on a tag is worth a word."""

from __future__ import annotations

import numpy as np

from genre_tagger.training.data import taxonomy
from genre_tagger.training.student import tagging
from genre_tagger.training.student.teacher import TAGS


def answers(noise: float, seed: int = 1):
    """A teacher's and a student's values for 200 tracks, that agree but for some noise."""
    rng = np.random.default_rng(seed)
    theirs = rng.beta(0.3, 3, (200, len(TAGS)))
    ours = np.clip(theirs + noise * rng.standard_normal(theirs.shape), 0, 1)
    return ours, theirs, [str(number // 2) for number in range(200)]


def test_every_tag_has_a_kind_and_a_word_for_people():
    assert set(tagging.KIND_OF) == set(TAGS)
    assert tagging.label_of("rnb") == "R&B"
    assert tagging.label_of("indie pop") == "Indie Pop"
    assert tagging.label_of("Mellow") == "mellow"
    assert tagging.label_of("female vocalists") == tagging.label_of("female vocalist")


def test_above_its_threshold_a_tag_is_meant_by_the_teacher_in_four_of_five():
    ours, theirs, groups = answers(0.02)
    facts = {fact["name"]: fact for fact in tagging.facts(ours, theirs, groups)}
    assert list(facts) == list(TAGS)
    rank = np.argsort(np.argsort(-theirs, axis=1), axis=1)
    own = [(TAGS.index(name), fact) for name, fact in facts.items() if fact["kind"] == "style" and "precision" in fact]
    assert len(own) > 10
    for at, fact in own:
        said = ours[:, at] >= fact["threshold"]
        assert np.mean(rank[said, at] < 5) >= 0.8
        assert fact["strong"] >= fact["threshold"]
        assert 0.7 <= fact["precision"] <= 1


def test_a_style_of_audiosets_is_meant_when_it_is_one_of_the_two_likeliest_kinds_of_music():
    rng = np.random.default_rng(3)
    theirs = np.zeros((200, 527))
    theirs[:, 239] = 0.9
    theirs[:40, taxonomy.STYLES["Techno"]] = 0.5
    theirs[:, 0] = 1.0  # somebody talks, which is no kind of music
    theirs[:, taxonomy.STYLES["Ska"]] = 0.01 * rng.random(200)
    theirs[:, 228] = 0.02
    ours = np.clip(theirs + 0.01 * rng.standard_normal(theirs.shape), 0, 1)
    facts = {fact["label"]: fact for fact in tagging.styles(ours, theirs, [str(number // 2) for number in range(200)])}
    assert list(facts) == list(taxonomy.STYLES)
    assert 0.01 < facts["Techno"]["threshold"] < 0.5
    assert (facts["Techno"]["precision"], facts["Techno"]["tracks"]) == (1.0, 40)
    assert facts["Ska"]["threshold"] is None


def test_a_mood_that_the_student_does_not_hear_gets_no_threshold():
    ours, theirs, groups = answers(0.0)
    ours[:, TAGS.index("sad")] = np.random.default_rng(5).random(200)
    facts = {fact["name"]: fact for fact in tagging.facts(ours, theirs, groups)}
    assert facts["sad"]["threshold"] is None
    assert facts["happy"]["threshold"] is not None
    assert facts["happy"]["precision"] > 0.7


def test_a_style_that_hardly_any_track_has_takes_the_threshold_of_all():
    ours, theirs, groups = answers(0.0)
    theirs[:, TAGS.index("House")] = ours[:, TAGS.index("House")] = 0.0
    facts = {fact["name"]: fact for fact in tagging.facts(ours, theirs, groups)}
    assert "precision" not in facts["House"]
    assert facts["House"]["threshold"] is not None
    assert 0 < facts["House"]["threshold"] <= facts["House"]["strong"]
