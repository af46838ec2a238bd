"""Which part of a file is decoded by another process before it is played: of a long one no more than is wanted."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
import soundfile

from app.sound.player.trials import Trials
from genre_tagger.sound.audio import trial

_SR = 8000


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A function: seconds of silence → path of a file of that length; a minute is tried at once."""
    monkeypatch.setattr("app.sound.player.trials._STRETCH", 60.0)

    def write(seconds):
        path = os.path.join(str(tmp_path), f"{seconds}.flac")
        soundfile.write(path, np.zeros(seconds * _SR, dtype=np.int16), _SR)
        return path

    return write


@pytest.fixture
def trials(qapp):
    trials = Trials()
    yield trials
    trials.stop()


@pytest.fixture
def tried(trials, wait_for):
    """A function: a file and a place → what is known of the file when all that was wanted has been tried."""

    def tried(path, at):
        told = []
        trials.begin(path, at, told.append)
        wait_for(lambda: not trials.busy())
        assert set(told) == {""}
        return trials._part

    return tried


def test_of_a_long_file_only_a_stretch_around_a_place_is_decoded(trials, tried, long):
    path = long(540)
    assert tried(path, 6.0) == pytest.approx((0.0, 66.0), abs=1.0)
    assert trials.reach(60.0)
    assert not trials.reach(100.0)
    assert tried(path, 400.0) == pytest.approx((398.0, 460.0), abs=1.0)
    assert not trials.reach(60.0)


def test_it_goes_on_where_it_stopped_and_a_short_file_is_tried_once(trials, tried, long, wait_for):
    path = long(120)
    assert tried(path, 0.0) == pytest.approx((0.0, 60.0), abs=1.0)
    trials.go_on(path, 59.0, lambda _: None)
    wait_for(lambda: not trials.busy())
    assert trials._part == pytest.approx((0.0, 119.0), abs=1.0)
    assert tried(path, 100.0) == (0.0, math.inf)
    assert tried(long(6), 0.0) == (0.0, math.inf)


def test_what_was_prepared_is_known_at_once(trials, tried, long, wait_for, monkeypatch):
    path = long(540)
    trials.prepare(path, 300.0)
    wait_for(lambda: not trials.busy())
    monkeypatch.setattr("genre_tagger.sound.audio.trial", lambda *_, **how: iter(()))
    assert tried(path, 300.0) == pytest.approx((298.0, 360.0), abs=1.0)


def test_when_nothing_is_played_nothing_is_known_to_be_in_order(trials, tried, long):
    tried(long(6), 0.0)
    trials.end()
    assert not trials.reach(1.0)


def test_a_trial_tells_places_in_the_file_and_where_nothing_follows(long):
    path = long(120)
    assert list(trial(path, offset=60.0, seconds=30.0)) == pytest.approx([70.0, 80.0, 90.0], abs=1.0)
    assert list(trial(path, offset=110.0, seconds=30.0))[-1] == math.inf
    assert list(trial(path, offset=120.0, seconds=30.0)) == [math.inf]
