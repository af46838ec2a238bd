"""The jobs of a window: what is told of them, and what follows from each."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from app.jobs.queue import Job
from app.jobs.stages import Table
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.learned import learned_path, load
from genre_tagger.review.policy import Policy
from helpers.tracks import predicted, scanned


@pytest.fixture
def work(qapp, library_path):
    Library.open(library_path).close()
    work = Work(library_path)
    yield work
    assert work.stop(10)


@pytest.fixture
def ended(wait_for, work):
    """A function that begins a job, and gives the tallies of all that ended until nothing goes on."""

    def run(begin):
        tallies: list[Tally] = []
        work.finished.connect(tallies.append)
        begin()
        wait_for(lambda: tallies and work.queue.current is None)
        return tallies

    return run


def test_who_hears_of_a_job_hears_what_follows_from_it(work, ended, media):
    heard = []
    work.began.connect(lambda wish: heard.append((wish.kind, wish.title, wish.brings_tracks)))
    work.outcomes.connect(lambda wish, _: heard.append(wish.kind))
    (tally,) = ended(lambda: work.scan([os.path.dirname(media("flac"))]))
    assert heard == [(JobKind.SCAN, "Scanning", True), JobKind.SCAN]
    assert (tally.kind, tally.done, tally.came_to_its_end) == (JobKind.SCAN, 1, True)
    assert not tally.wish.changes_files


def test_a_wish_is_told_how_it_went_before_anybody_else(work, ended, tmp_path):
    order = []
    work.finished.connect(lambda _: order.append("all"))
    table = Table(str(tmp_path / "gone" / "features.csv"), [1])
    (tally,) = ended(lambda: work.describe(table, lambda tally: order.append(tally.kind)))
    assert order == [JobKind.DESCRIBE, "all"]
    assert tally.error.endswith(": This folder is not there any more.")
    assert not tally.came_to_its_end


def test_a_job_of_somebody_else_is_of_no_kind(work, wait_for):
    work.queue.add(Job("Waiting", lambda: iter([1])))
    assert (work.busy_with(), work.kinds(), work.files_remaining(), work.is_changing_files()) == (None, [], 0, False)
    wait_for(lambda: work.queue.current is None)


def test_undoing_lets_go_of_all_files_and_keeps_the_computer_awake_until_it_is_told_to_end(work, ended):
    touched, changing = [], []
    work.touching.connect(touched.append)
    work.agreed.connect(lambda: changing.append((work.will_change_files(), work.is_changing_files())))

    def cancel():
        job = work.undo(7, 3)
        job.cancel()
        changing.append((work.will_change_files(), work.is_changing_files()))

    ended(cancel)
    assert touched == [None]
    assert changing == [(True, True), (False, True)]
    assert not work.is_changing_files()


def test_learning_that_is_stopped_leaves_what_was_learned_before(work, ended, library_path):
    Library.open(library_path).close()
    (tally,) = ended(lambda: (work.learn(Policy()), work.stop_learning()))
    assert (tally.kind, tally.cancelled) == (JobKind.LEARN, True)
    assert load(learned_path(library_path)) is None


def test_what_is_asked_for_while_it_is_learned_is_learned_once_more_however_often(work, ended, library_path):
    with Library.open(library_path) as library:
        for number in range(12):
            genre, towards = (("Polka", 1.0), ("Jazz", -1.0))[number % 2]
            path = f"/music/{number}.flac"
            heard = replace(predicted(path, "Jazz", 0.3), embedding=np.array([towards, number / 50], "<f2").tobytes())
            library.store(scanned(path, artist=f"Artist {number}"), heard)
            if number < 10:
                library.decide([number + 1], Decision(True, (genre,)))
    tallies = ended(lambda: [work.learn(Policy()) for _ in range(4)])
    assert [(tally.kind, tally.error) for tally in tallies] == 2 * [(JobKind.LEARN, None)]
    learned = load(learned_path(library_path))
    assert {report.name: report.examples for report in learned.reports} == {"Jazz": 5, "Polka": 5}
