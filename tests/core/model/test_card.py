"""What the card measured by threshold."""

from __future__ import annotations

import pytest

from genre_tagger.model.card import at, coverages

MEASURED = {
    "tracks": 97,
    "thresholds": [
        {"threshold": 0.6, "coverage": 0.5, "accuracy": 0.9},
        {"threshold": 0.4, "coverage": 0.8, "accuracy": 0.7},
        {"threshold": 0.9, "coverage": 0.0, "accuracy": 1.0},
    ],
    "selective": [{"threshold": 0.2, "coverage": 1.0, "accuracy": 0.6}],
}


def test_rows_of_both_lists_come_by_threshold():
    known = coverages(MEASURED)
    assert [(row.threshold, row.share, row.right) for row in known] == [
        (0.2, 1.0, 0.6), (0.4, 0.8, 0.7), (0.6, 0.5, 0.9), (0.9, 0.0, 1.0),
    ]  # fmt: skip
    assert {row.tracks for row in known} == {97}


def test_between_two_thresholds_the_truth_is_taken_to_lie_between():
    found = at(coverages(MEASURED), 0.5)
    assert (found.share, found.right, found.tracks) == (pytest.approx(0.65), pytest.approx(0.8), 97)
    assert at(coverages(MEASURED), 0.4).share == 0.8


def test_below_the_lowest_threshold_it_is_as_there():
    assert (at(coverages(MEASURED), 0.0).share, at(coverages(MEASURED), 0.1).right) == (1.0, 0.6)


def test_where_no_track_was_answered_nothing_is_promised():
    assert at(coverages(MEASURED), 0.9) is None
    assert at(coverages(MEASURED), 0.95) is None
    assert at((), 0.5) is None


@pytest.mark.parametrize(
    "measured",
    [None, [], {"tracks": 0}, {"tracks": True}, {"tracks": "97"}, {"tracks": 5, "thresholds": "all"},
     {"tracks": 5, "thresholds": [None, {"threshold": 2, "coverage": 0.1, "accuracy": 0.1},
                                  {"threshold": 0.1, "coverage": float("nan"), "accuracy": 0.1},
                                  {"threshold": 0.1, "coverage": 0.1}]}],
)  # fmt: skip
def test_what_makes_no_sense_in_a_card_is_passed_over(measured):
    assert coverages(measured) == ()
