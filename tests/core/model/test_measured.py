"""What a card says was measured: by threshold, and on which music."""

from __future__ import annotations

import pytest

from genre_tagger.model.measured import Rate, at, coverages, figures, interval

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


def test_few_answers_at_a_threshold_leave_much_open():
    (row,) = coverages({"tracks": 100, "thresholds": [{"threshold": 0.5, "coverage": 1, "accuracy": 0.81}]})
    assert row.between == pytest.approx((0.7222, 0.8749), abs=2e-4)
    (row,) = coverages({"tracks": 100, "thresholds": [{"threshold": 0.5, "coverage": 0.001, "accuracy": 1.0}]})
    assert row.between[0] < 0.3


def test_what_was_measured_on_other_music_comes_with_its_tracks_and_interval():
    found = figures({
        "tracks": 474, "accuracy": 0.7, "interval": [0.66, 0.74], "per_genre": {"Rock": {"tracks": 9, "right": 3}},
        "recall": {"Rap": {"tracks": 20, "right": 19}}, "moods": {"tracks": 400, "accuracy": 0.65},
        "magnatune": {"tracks": 192, "accuracy": 0.78, "interval": [0.72, 0.83]}, "gtzan_valid": {"tracks": 0},
        "gtzan_valid_of_ten": "?",
    })  # fmt: skip
    assert (found.tracks, found.accuracy, found.low, found.high) == (474, 0.7, 0.66, 0.74)
    assert found.genres == (("Rap", 20, 19),), "by the names that the music came with"
    assert found.elsewhere == {"magnatune": Rate(192, 0.78, 0.72, 0.83), "moods": Rate(400, 0.65)}


def test_the_interval_of_a_share_is_wilsons():
    # Worked by hand: 81 of 100 gives 0.722 to 0.875.
    low, high = interval(0.81, 100)
    assert (low, high) == pytest.approx((0.7222, 0.8749), abs=2e-4)


def test_the_interval_of_a_perfect_score_is_not_a_point():
    low, high = interval(1.0, 6)
    assert high == 1.0
    assert low < 0.65
