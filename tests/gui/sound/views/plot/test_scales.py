"""Numbers on axes, as people read them."""

from __future__ import annotations

import math

import pytest

from app.sound.views.plot import scales


@pytest.mark.parametrize(
    ("seconds", "step", "text"),
    [
        (0, 1, "0:00"), (61, 1, "1:01"), (3_725, 60, "1:02:05"), (59.96, 0.1, "1:00.0"), (1.2345, 0.001, "0:01.234"),
        (20.0005, 0.0005, "0:20.0005"), (28_799.999_977, 1e-6, "7:59:59.999977"),
    ],
)  # fmt: skip
def test_times_have_the_decimals_that_tell_them_apart(seconds, step, text):
    assert scales.time_text(seconds, step) == text


@pytest.mark.parametrize(("span", "most", "step"), [(240, 12, 30), (240, 30, 10), (9, 10, 1), (0.02, 8, 0.005)])
def test_the_time_between_labels_is_round(span, most, step):
    assert scales.time_step(span, most) == pytest.approx(step)


@pytest.mark.parametrize("span", [1e-4, 0.013, 0.7, 4, 61, 3_000, 28_800])
def test_there_are_never_more_labels_than_there_is_room_for(span):
    step = scales.time_step(span, 10)
    assert len(scales.ticks_between(5, 5 + span, step)) <= 11
    assert len(scales.ticks_between(5, 5 + span, step)) >= 2


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 Hz"), (32.7, "32.7 Hz"), (440, "440 Hz"), (1000, "1 kHz"), (1500, "1.50 kHz"),
                        (12_345, "12.3 kHz"), (20_000, "20 kHz")],
)  # fmt: skip
def test_frequencies_have_their_unit(value, text):
    assert scales.hertz_text(value) == text


def test_silence_has_no_level():
    assert scales.decibel_text(-math.inf) == "silence"
    assert scales.decibel_text(-12.34) == "−12.3 dB"


@pytest.mark.parametrize(("value", "text"), [(-0.001, "0.00"), (-0.5, "−0.50"), (0.25, "0.25")])
def test_numbers_have_a_real_minus_and_zero_has_none(value, text):
    assert scales.number_text(value, 2) == text
