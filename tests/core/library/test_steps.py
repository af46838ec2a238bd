"""Steps of a review: stored whole, taken back one by one, also by another program, and never over a newer word."""

from __future__ import annotations

import subprocess
import sys

import pytest

from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from helpers.tracks import scanned

ROCK, POP, NO = Decision(True, ("Rock",)), Decision(True, ("Pop", "R&B")), Decision(False)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "library.sqlite3")


@pytest.fixture
def library(path):
    with Library.open(path) as library:
        library.store(*(scanned(f"/music/{name}.mp3", title=name) for name in ("a", "b", "")))
        yield library


def said(library):
    return [track.decision for track in library.tracks()]


def test_steps_are_taken_back_one_by_one_until_there_is_none(library):
    library.steps.take("key", {1: ROCK, 2: ROCK})
    library.steps.take("key", {2: POP})
    library.steps.take("none", {3: NO, 1: None})
    assert said(library) == [None, POP, NO]
    assert [step.tracks for step in library.steps.recent(10)] == [(3, 1), (2,), (1, 2)]
    assert [step.titles for step in library.steps.recent(2)] == [(".mp3", "a"), ("b",)]
    taken = library.steps.take_back()
    assert (taken.kind, taken.decision) == ("none", NO)
    assert said(library) == [ROCK, POP, None]
    assert library.steps.take_back().tracks == (2,)
    assert said(library) == [ROCK, ROCK, None]
    library.steps.take_back()
    assert said(library) == [None, None, None]
    assert library.steps.take_back() is None


def test_a_step_among_the_last_can_be_taken_back_without_those_after_it(library):
    first = library.steps.take("key", {1: ROCK})
    library.steps.take("key", {2: POP})
    assert library.steps.take_back(first).tracks == (1,)
    assert said(library) == [None, POP, None]
    assert library.steps.take_back(first) is None


def test_what_changes_nothing_is_no_step(library):
    assert library.steps.take("key", {1: None, 99: ROCK}) is None
    assert library.steps.recent(5) == []


def test_a_newer_word_of_somebody_else_stays(library, path):
    library.steps.take("key", {1: ROCK, 2: ROCK})
    with Library.open(path) as other:
        other.decide([2], POP)
    library.steps.take_back()
    assert said(library) == [None, POP, None]


def test_the_steps_of_two_programs_are_in_one_order(library, path):
    library.steps.take("key", {1: ROCK})
    with Library.open(path) as other:
        other.steps.take("key", {2: POP})
        assert other.steps.take_back().tracks == (2,)
        assert other.steps.take_back().tracks == (1,)
    assert said(library) == [None, None, None]


def test_tracks_that_went_are_no_hindrance(library):
    library.add_folder("/music")
    library.steps.take("key", {1: ROCK})
    library.remove_folder("/music")
    assert library.steps.recent(1)[0].tracks == ()
    assert library.steps.take_back().decision is None


def test_what_was_decided_outlives_a_program_that_is_killed(library, path):
    code = (
        "import os, signal, sys\n"
        "from genre_tagger.library.library import Library\n"
        "from genre_tagger.library.tracks import Decision\n"
        "library = Library.open(sys.argv[1])\n"
        "library.steps.take('key', {1: Decision(True, ('Rock',))})\n"
        "os._exit(9) if os.name == 'nt' else os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode
    assert said(library) == [ROCK, None, None]
    assert library.steps.take_back().tracks == (1,)
