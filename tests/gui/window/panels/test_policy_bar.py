"""The strip above the table: the policy, and what was measured at its threshold."""

from __future__ import annotations

import pytest

from app.window.panels.policy_bar import PolicyBar
from genre_tagger.base.genre_words import TEN
from genre_tagger.model.card import ModelCard
from genre_tagger.model.features import FeatureSpec
from genre_tagger.review.policy import By, Mode, Policy

CARD = {"labels": ["Jazz"], "features": FeatureSpec().to_json(), "sha256": "0" * 64}
MEASURED = {
    "tracks": 97,
    "thresholds": [
        {"threshold": 0.0, "coverage": 1.0, "accuracy": 0.66},
        {"threshold": 0.5, "coverage": 0.76, "accuracy": 0.78},
        {"threshold": 0.9, "coverage": 0.3, "accuracy": 1.0},
    ],
}


@pytest.fixture
def bar(qtbot):
    bar = PolicyBar(Policy(threshold=0.5))
    bar.build()
    qtbot.addWidget(bar)
    bar.resize(900, 90)
    bar.show()
    return bar


def test_a_change_is_told_at_once(bar):
    told = []
    bar.rules_chosen.connect(lambda *rules: told.append(rules))
    bar.threshold.setValue(80)
    bar.mode.setCurrentIndex(bar.mode.findData(Mode.ADD.value))
    bar.by.setCurrentIndex(bar.by.findData(By.ALBUM.value))
    assert told == [("fill", 0.8, "track"), ("add", 0.8, "track"), ("add", 0.8, "album")]


def test_a_policy_chosen_elsewhere_is_shown_and_not_told_again(bar):
    told = []
    bar.rules_chosen.connect(lambda *rules: told.append(rules))
    bar.set_policy(Policy(Mode.REPLACE, 0.9, {"Jazz": "Swing"}, By.AGREED))
    assert told == []
    assert (*bar.rules(), bar.sure.text()) == ("replace", 0.9, "agreed", "90 % sure")
    bar.threshold.setValue(20)
    assert told == [("replace", 0.2, "agreed")]


def test_the_card_says_what_to_expect_at_the_threshold(bar):
    assert not bar.expected.isVisible()
    bar.show_card(ModelCard.from_json(CARD | {"measured": MEASURED}))
    assert bar.expected.accessibleName() == (
        "At this threshold about 76 % of tracks get a genre; expect 78 % of these to be right (67 % to 86 %, measured "
        "on 97 tracks)."
    )
    bar.threshold.setValue(0)
    assert "about 100 % of tracks" in bar.expected.accessibleName()
    bar.threshold.setValue(70)
    assert "about 53 % of tracks get a genre; expect 89 %" in bar.expected.accessibleName()
    bar.threshold.setValue(95)
    assert "hardly any track" in bar.expected.accessibleName()


def test_among_the_ten_alone_it_says_what_was_measured_so(bar):
    fewer = MEASURED | {"tracks": 12, "gtzan_valid_of_ten": {**MEASURED, "tracks": 55}}
    bar.show_card(ModelCard.from_json(CARD | {"labels": ["Jazz", "Electronic"], "measured": fewer}))
    assert "measured on 12 tracks" in bar.expected.accessibleName()
    bar.set_among(TEN)
    assert "measured on 55 tracks" in bar.expected.accessibleName()
    bar.show_card(ModelCard.from_json(CARD | {"labels": ["Jazz", "Electronic"], "measured": MEASURED}))
    assert not bar.expected.isVisible(), "what is not known of the ten is not promised"
    bar.show_card(ModelCard.from_json(CARD | {"measured": MEASURED}))
    assert bar.expected.isVisible(), "a model that knows no others always chooses among them"


def test_nothing_is_promised_without_measurements(bar):
    bar.show_card(ModelCard.from_json(CARD | {"measured": MEASURED}))
    bar.show_card(ModelCard.from_json(CARD))
    assert not bar.expected.isVisible()
    bar.show_card("There is no model.")
    bar.threshold.setValue(20)
    assert not bar.expected.isVisible()
