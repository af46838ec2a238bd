"""How long the rest takes, and what is said of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from genre_tagger.base.progress import Pace


def test_the_time_left_is_unknown_at_first_and_then_follows_the_pace():
    pace = Pace()
    assert pace.seconds_left(0, 1000, 0.0) is None
    assert pace.seconds_left(10, 1000, 1.0) is None
    assert pace.seconds_left(100, 1000, 10.0) == pytest.approx(90)
    steady = [pace.seconds_left(10 * second, 1000, float(second)) for second in range(11, 60)]
    assert steady[-1] == pytest.approx(41, rel=0.2)
    assert all(later < earlier for earlier, later in pairwise(steady))


def test_there_is_no_time_left_to_tell_without_a_total():
    pace = Pace()
    assert [pace.seconds_left(second * 5, None, float(second)) for second in range(10)] == [None] * 10


def test_the_pace_is_known_even_where_a_file_takes_longer_than_the_pace_is_watched():
    pace = Pace()
    pace.seconds_left(0, 10, 0.0)
    assert [pace.seconds_left(done, 10, 60.0 * done) for done in (1, 2, 3)] == pytest.approx([540, 531, 514.35])


def test_work_that_stands_still_keeps_its_estimate():
    pace = Pace()
    pace.seconds_left(0, 100, 0.0)
    known = pace.seconds_left(50, 100, 10.0)
    assert known == pytest.approx(10)
    assert pace.seconds_left(50, 100, 100.0) is not None
