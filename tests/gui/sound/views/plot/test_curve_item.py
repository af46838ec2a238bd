"""The line of a curve: cut where there is nothing, and no longer than what is visible."""

from __future__ import annotations

import numpy as np

from app.sound.views.plot.curve_item import Line, _runs


def test_a_line_is_cut_where_there_is_nothing():
    points = np.array([[0, 1], [1, 2], [2, np.nan], [3, 4], [4, np.nan], [5, np.nan], [6, 7]])
    assert [run[:, 0].tolist() for run in _runs(points)] == [[0, 1], [3], [6]]
    assert _runs(np.empty((0, 2))) == []


def test_a_line_gives_what_is_visible_and_one_more_at_each_side():
    line = Line(1.0, 0.5, np.arange(10.0))
    times, places = line.between(2.0, 3.0)
    assert times[0] < 2.0 < 3.0 < times[-1]
    assert len(times) == len(places) <= 6
    assert len(line.between(100.0, 101.0)[0]) == 0
