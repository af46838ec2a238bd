"""The time axis: what is visible never leaves the track, and what one points at stays where it is."""

from __future__ import annotations

import pytest

from app.sound.views.plot.timeline import Timeline


@pytest.fixture
def line(qapp):
    line = Timeline()
    line.set_length(100.0, 44_100)
    return line


def test_a_length_that_becomes_known_is_shown_wholly(line):
    assert (line.start, line.stop) == (0.0, 100.0)
    line.set_length(130.0)
    assert (line.start, line.stop) == (0.0, 130.0)


def test_who_has_zoomed_in_stays_there_when_the_length_becomes_known(line):
    line.show(20.0, 30.0)
    line.set_length(90.0)
    assert (line.start, line.stop) == (20.0, 30.0)


def test_a_track_that_ends_earlier_than_its_header_says_moves_the_view_inside(line):
    line.show(80.0, 100.0)
    line.set_length(50.0)
    assert (line.start, line.stop) == (30.0, 50.0)


def test_zooming_keeps_the_time_under_the_pointer_in_its_place(line):
    line.show(20.0, 60.0)
    line.zoom(4, 30.0)
    assert line.span == pytest.approx(10.0)
    assert (30.0 - line.start) / line.span == pytest.approx(0.25)


def test_zooming_ends_at_a_handful_of_samples_and_at_the_whole(line):
    line.zoom(1e9, 50.0)
    assert line.span == pytest.approx(16 / 44_100)
    line.zoom(1e-9, 50.0)
    assert (line.start, line.stop) == (0.0, 100.0)


@pytest.mark.parametrize(("by", "expected"), [(0.5, (45.0, 55.0)), (-100, (0.0, 10.0)), (100, (90.0, 100.0))])
def test_scrolling_stops_at_the_ends(line, by, expected):
    line.show(40.0, 50.0)
    line.scroll(by)
    assert (line.start, line.stop) == pytest.approx(expected)


def test_a_region_is_sorted_and_cut_to_the_track_and_an_empty_one_is_none(line):
    heard = []
    line.region_changed.connect(heard.append)
    line.set_region((120.0, 60.0))
    line.set_region((60.0, 100.0))
    line.set_region((5.0, 5.0))
    assert heard == [(60.0, 100.0), None]


def test_the_page_is_turned_when_the_playhead_leaves_it(line):
    line.show(10.0, 20.0)
    line.set_position(19.9, follow=True)
    line.set_position(20.1, follow=True)
    assert line.start < 20.1 < line.start + 0.1 * line.span
    assert line.span == pytest.approx(10.0)


def test_the_page_stays_when_one_looks_elsewhere(line):
    line.show(10.0, 20.0)
    line.set_position(50.0, follow=True)
    line.set_position(50.1, follow=True)
    assert (line.start, line.stop) == (10.0, 20.0)


def test_another_track_begins_anew(line):
    line.show(10.0, 20.0)
    line.set_region((1.0, 2.0))
    line.set_position(3.0)
    line.reset()
    assert (line.start, line.stop, line.length, line.position, line.region) == (0.0, 1.0, 0.0, None, None)


def test_signals_come_only_with_changes(line):
    heard = []
    line.range_changed.connect(lambda *to: heard.append(to))
    line.position_changed.connect(heard.append)
    line.show(0.0, 100.0)
    line.whole()
    line.scroll(-1)
    line.set_position(None)
    assert heard == []
