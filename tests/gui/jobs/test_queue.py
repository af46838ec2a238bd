from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from app.jobs.queue import BATCH, UNEXPECTED, Ended, Job, JobQueue
from genre_tagger.base.errors import LibraryError


@pytest.fixture
def jobs(qapp) -> Iterator[JobQueue]:
    queue = JobQueue()
    yield queue
    assert queue.stop()


class Ear:
    """Writes down what a job says."""

    def __init__(self, job: Job) -> None:
        self.outcomes: list[object] = []
        self.batches: list[int] = []
        self.progress: list[tuple[int, int | None]] = []
        self.ended: list[Ended] = []
        self.threads: set[int] = set()
        self.heard: list[str] = []
        job.started.connect(lambda: self.heard.append("started"))
        job.paused.connect(lambda: self.heard.append("paused"))
        job.outcomes.connect(self._on_outcomes)
        job.progressed.connect(lambda p: self.progress.append((p.done, p.total)))
        job.ended.connect(self._on_ended)

    def _on_outcomes(self, batch: list[object]) -> None:
        self.threads.add(threading.get_ident())
        self.outcomes += batch
        self.batches.append(len(batch))

    def _on_ended(self, ended: Ended) -> None:
        self.heard.append("ended")
        self.ended.append(ended)


def endless():
    number = 0
    while True:
        yield number
        number += 1
        time.sleep(0.002)


def test_all_outcomes_arrive_in_order_on_the_thread_of_the_window(wait_for, jobs):
    worked_on = []

    def work():
        worked_on.append(threading.get_ident())
        yield from range(5000)

    job = Job("count", work, 5000)
    ear = Ear(job)
    jobs.add(job)
    wait_for(lambda: ear.ended)
    assert ear.outcomes == list(range(5000))
    assert ear.threads == {threading.get_ident()}
    assert worked_on != [threading.get_ident()]
    assert ear.ended == [Ended(False, None, 5000)]
    assert max(ear.batches) <= BATCH
    assert ear.progress[-1] == (5000, 5000)


def test_the_worker_does_not_run_far_ahead_of_a_window_that_is_busy(wait_for, jobs):
    made = []

    def work():
        for number in range(20_000):
            made.append(number)
            yield number

    job = Job("count", work)
    ear = Ear(job)
    jobs.add(job)
    time.sleep(0.3)
    assert len(made) <= 4 * BATCH + 1
    wait_for(lambda: ear.ended)
    assert len(ear.outcomes) == 20_000


def test_a_total_is_counted_on_the_worker_and_outcomes_can_weigh_more_than_one(wait_for, jobs):
    counted_on = []

    def count():
        counted_on.append(threading.get_ident())
        return 30

    job = Job("weigh", lambda: iter([10, 20]), count, weigh=lambda outcome: outcome)
    ear = Ear(job)
    jobs.add(job)
    wait_for(lambda: ear.ended)
    assert ear.ended[0].done == 30
    assert ear.progress[-1] == (30, 30)
    assert counted_on != [threading.get_ident()]


def test_a_cancelled_job_closes_its_work_and_keeps_what_was_done(wait_for, jobs):
    closed = []

    def work():
        try:
            yield from endless()
        finally:
            closed.append(threading.get_ident())

    job = Job("endless", work)
    ear = Ear(job)
    jobs.add(job)
    wait_for(lambda: len(ear.outcomes) > 3)
    began = time.monotonic()
    job.cancel()
    wait_for(lambda: ear.ended)
    assert time.monotonic() - began < 1
    assert ear.ended[0].cancelled
    assert ear.ended[0].error is None
    assert ear.ended[0].done == len(ear.outcomes)
    assert len(closed) == 1
    assert closed != [threading.get_ident()]


def test_an_error_of_the_world_ends_the_job_with_its_sentence(wait_for, jobs):
    def work():
        yield 1
        raise LibraryError("The disk is full.")

    job = Job("fail", work)
    ear = Ear(job)
    jobs.add(job)
    wait_for(lambda: ear.ended)
    assert ear.outcomes == [1]
    assert ear.ended == [Ended(False, "The disk is full.", 1)]


def test_a_bug_is_logged_with_its_traceback_and_told_kindly_and_the_next_job_runs(wait_for, jobs, caplog):
    def work():
        yield 1
        raise ZeroDivisionError("secret detail")

    broken, next_one = Job("broken", work), Job("next", lambda: iter([2]))
    ear, next_ear = Ear(broken), Ear(next_one)
    jobs.add(broken)
    jobs.add(next_one)
    wait_for(lambda: next_ear.ended)
    assert ear.ended == [Ended(False, UNEXPECTED, 1)]
    assert "secret detail" not in UNEXPECTED
    assert "ZeroDivisionError" in caplog.text
    assert next_ear.outcomes == [2]


def test_jobs_run_one_after_the_other(wait_for, jobs):
    running, most = [], []

    def work():
        running.append(1)
        for number in range(5):
            most.append(len(running))
            time.sleep(0.005)
            yield number
        running.pop()

    ears = []
    for name in "abc":
        job = Job(name, work)
        ears.append(Ear(job))
        jobs.add(job)
    started, idle = [], []
    jobs.job_started.connect(lambda job: started.append(job.title))
    jobs.idle.connect(lambda: idle.append(True))
    wait_for(lambda: idle)
    assert max(most) == 1
    assert started == ["b", "c"]
    assert all(ear.outcomes == list(range(5)) for ear in ears)


def test_an_urgent_job_interrupts_a_resumable_one_which_then_goes_on(wait_for, jobs):
    left, order = list(range(200)), []

    def classify():
        while left:
            time.sleep(0.002)
            yield left.pop(0)

    def write():
        order.append(len(left))
        yield "written"

    classifying = Job("classify", classify, lambda: len(left), resumable=True)
    writing, scanning = Job("write", write), Job("scan", lambda: iter(["scanned"]))
    ear, write_ear, scan_ear = Ear(classifying), Ear(writing), Ear(scanning)
    ended = []
    jobs.job_ended.connect(lambda job: ended.append(job.title))
    jobs.add(classifying)
    jobs.add(scanning)
    wait_for(lambda: len(ear.outcomes) > 3)
    jobs.add(writing, urgent=True)
    wait_for(lambda: ear.ended)
    assert order[0] > 0
    assert ended == ["write", "scan", "classify"]
    assert ear.heard == ["started", "paused", "started", "ended"]
    assert ear.outcomes == list(range(200))
    assert ear.progress[-1] == (200, 200)
    assert (write_ear.outcomes, scan_ear.outcomes) == (["written"], ["scanned"])


def test_an_urgent_job_waits_for_one_that_cannot_resume(wait_for, jobs):
    first, urgent, normal = (Job(name, lambda: iter(range(20))) for name in ("first", "urgent", "normal"))
    ended = []
    jobs.job_ended.connect(lambda job: ended.append(job.title))
    jobs.add(first)
    jobs.add(normal)
    jobs.add(urgent, urgent=True)
    wait_for(lambda: len(ended) == 3)
    assert ended == ["first", "urgent", "normal"]


def test_cancelling_all_ends_the_waiting_jobs_as_well(wait_for, jobs):
    first, second = Job("first", endless), Job("second", endless)
    ears = Ear(first), Ear(second)
    jobs.add(first)
    jobs.add(second)
    wait_for(lambda: ears[0].outcomes)
    jobs.cancel_all()
    wait_for(lambda: ears[0].ended)
    assert ears[1].ended == [Ended(True, None, 0)]
    assert ears[1].outcomes == []
    assert jobs.current is None


def test_stopping_leaves_no_thread_and_takes_no_more_jobs(wait_for, jobs):
    job, late = Job("endless", endless), Job("late", endless)
    ear, late_ear = Ear(job), Ear(late)
    jobs.add(job)
    wait_for(lambda: ear.outcomes)
    assert jobs.stop()
    assert ear.ended[0].cancelled
    assert "jobs" not in [thread.name for thread in threading.enumerate()]
    jobs.add(late)
    assert jobs.current is None
    assert late_ear.heard == []


def test_stopping_frees_a_worker_that_waits_for_the_window(wait_for, jobs):
    job = Job("flood", lambda: iter(range(10**9)))
    ear = Ear(job)
    jobs.add(job)
    time.sleep(0.2)
    assert jobs.stop(5)
    assert ear.ended[0].cancelled


def test_a_job_added_when_another_ends_runs(wait_for, jobs):
    first, second = Job("first", lambda: iter([1])), Job("second", lambda: iter([2]))
    ear = Ear(second)
    first.ended.connect(lambda _: jobs.add(second))
    jobs.add(first)
    wait_for(lambda: ear.ended)
    assert ear.outcomes == [2]
