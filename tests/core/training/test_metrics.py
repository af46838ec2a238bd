from __future__ import annotations

import json

import numpy as np
import pytest

from genre_tagger.model.network import softmax
from genre_tagger.training import metrics


@pytest.fixture
def answers():
    """Five tracks, three labels; the first four are right, the last is wrong and unsure."""
    probabilities = np.array([
        [0.9, 0.05, 0.05],
        [0.1, 0.8, 0.1],
        [0.2, 0.1, 0.7],
        [0.6, 0.3, 0.1],
        [0.3, 0.4, 0.3],
    ])  # fmt: skip
    return probabilities, np.array([0, 1, 2, 0, 0])


def test_accuracy_and_confusion_count_the_same_tracks(answers):
    table = metrics.confusion(*answers)
    assert metrics.accuracy(*answers) == pytest.approx(0.8)
    assert table.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_top_k_counts_a_track_whose_label_is_among_the_first_k(answers):
    probabilities, truth = answers
    assert metrics.top(probabilities, truth, 1) == pytest.approx(0.8)
    assert metrics.top(probabilities, truth, 3) == 1.0


def test_macro_f1_leaves_out_labels_that_no_track_has(answers):
    probabilities, truth = answers
    wider = np.pad(probabilities, ((0, 0), (0, 2)))
    assert metrics.macro_f1(wider, truth) == pytest.approx(metrics.macro_f1(probabilities, truth))
    # F1 of the labels: 2·2/(2+3), 2·1/(2+1), 1.
    assert metrics.macro_f1(probabilities, truth) == pytest.approx((0.8 + 2 / 3 + 1) / 3)


def test_answers_that_are_sure_and_right_are_perfectly_calibrated():
    assert metrics.calibration_error(np.eye(3), np.arange(3)) == 0.0


def test_answers_that_are_sure_and_wrong_are_as_badly_calibrated_as_can_be():
    assert metrics.calibration_error(np.eye(3), np.array([1, 2, 0])) == 1.0


def test_by_chance_alone_few_tracks_look_badly_calibrated():
    """Half-sure answers: the mean distance of a share of n coins from a half, times one bin."""
    few, many = (metrics.chance_calibration_error(np.full((n, 2), 0.5)) for n in (25, 400))
    assert few == pytest.approx(0.5 * np.sqrt(2 / (np.pi * 25)), rel=0.05)
    assert many == pytest.approx(few / 4, rel=0.05)
    assert metrics.chance_calibration_error(np.eye(3)) == 0.0


def test_the_calibration_error_weighs_each_bin_by_its_tracks():
    probabilities = np.array([[0.75, 0.25]] * 4 + [[0.95, 0.05]])
    truth = np.array([0, 0, 0, 1, 0])
    assert metrics.calibration_error(probabilities, truth) == pytest.approx(0.05 / 5)


def test_selective_accuracy_rises_when_the_unsure_answer_is_left_out(answers):
    rows = metrics.selective(*answers, coverages=(1.0, 0.8))
    assert [(row.coverage, row.threshold, row.accuracy) for row in rows] == [(1.0, 0.4, 0.8), (0.8, 0.6, 1.0)]


def test_a_threshold_answers_only_what_reaches_it(answers):
    row = metrics.at_threshold(*answers, 0.7)
    assert (row.coverage, row.accuracy) == (pytest.approx(0.6), 1.0)


def test_a_threshold_that_nothing_reaches_answers_nothing(answers):
    assert metrics.at_threshold(*answers, 0.99).coverage == 0.0


def test_the_best_temperature_undoes_exaggerated_logits():
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (4000, 5))
    chances = softmax(honest)
    truth = np.array([rng.choice(5, p=row) for row in chances])
    assert metrics.best_temperature(honest * 3, truth) == pytest.approx(3, rel=0.1)


def test_the_summary_is_ready_for_json_and_names_every_label(answers):
    found = metrics.summary(*answers, ["Blues", "Jazz", "Rock"])
    assert json.loads(json.dumps(found)) == found
    assert found["per_genre"]["Blues"] == {"tracks": 3, "right": 2}
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]


def test_a_track_without_an_answer_is_wrong_in_every_share_and_answered_at_no_threshold():
    rows = np.array([[0.9, 0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.2, 0.8, 0.0, 0.0]])
    truth = np.array([0, 0, 1])
    assert metrics.answers(rows).tolist() == [0, -1, 1]
    assert metrics.accuracy(rows, truth) == metrics.top(rows, truth, 3) == pytest.approx(2 / 3)
    assert metrics.confusion(rows, truth).sum() == 2
    assert metrics.macro_f1(rows, truth) == pytest.approx((2 / 3 + 1) / 2)
    assert metrics.at_threshold(rows, truth, 0.0).coverage == pytest.approx(2 / 3)
    assert [row.accuracy for row in metrics.selective(rows, truth, (1.0, 0.7))] == [pytest.approx(2 / 3), 1.0]
    found = metrics.summary(rows, truth, ["A", "B", "C", "D"])
    assert (found["tracks"], found["answered"]) == (3, 2)
    assert found["per_genre"]["A"] == {"tracks": 2, "right": 1}
