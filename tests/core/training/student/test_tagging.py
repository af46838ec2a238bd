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


def test_a_style_of_audiosets_is_shown_where_the_labels_bear_out_its_genre():
    latin, jazz = (frozenset({taxonomy.LABELS.index(label)}) for label in ("Latin", "Jazz"))
    number = {style.label: style.audioset for style in taxonomy.STYLES}
    ours = np.zeros((40, 527))
    ours[:8, number["Salsa"]] = np.linspace(0.1, 0.8, 8)
    ours[:, number["Flamenco"]] = 0.5
    ours[:4, number["Swing"]] = 0.9
    ours[10:22, number["Techno"]] = 0.15
    ours[10:16, number["Techno"]] = 0.3
    electronic = frozenset({taxonomy.LABELS.index("Electronic")})
    wants = [(latin, jazz) if track < 8 else (electronic,) if track < 16 else (jazz,) for track in range(40)]
    facts = {fact["label"]: fact for fact in tagging.styles(ours, wants)}
    assert list(facts) == [style.label for style in taxonomy.STYLES]
    assert (facts["Salsa"]["threshold"], facts["Salsa"]["precision"], facts["Salsa"]["tracks"]) == (0.1, 1.0, 8)
    assert (facts["Techno"]["threshold"], facts["Techno"]["tracks"]) == (0.2, 6)
    assert facts["Flamenco"]["threshold"] is None  # none of them is World
    assert facts["Swing"]["threshold"] is None  # four tracks are no evidence


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
