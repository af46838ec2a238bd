"""The thread of the views: newest wins, what is not wanted is neither computed on nor delivered."""

from __future__ import annotations

import threading

from genre_tagger.base.errors import DecodeError


def test_what_is_computed_elsewhere_is_delivered_on_the_windows_thread(wait_for, qtbot, loader):
    threads = []
    loader.ask(("a",), lambda wanted: threading.current_thread().name, lambda name: threads.append(
        (name, threading.current_thread() is threading.main_thread())))  # fmt: skip
    wait_for(lambda: threads)
    assert threads == [("views", True)]


def test_the_newest_of_a_key_makes_the_older_ones_void(wait_for, qtbot, loader):
    gate, done, run = threading.Event(), [], []

    def job(number, wanted):
        run.append(number)
        gate.wait(10)
        return number

    for number in range(20):
        loader.ask(("a",), lambda wanted, number=number: job(number, wanted), done.append)
    wait_for(lambda: run)
    gate.set()
    wait_for(lambda: done)
    assert done == [19]
    assert len(run) <= 2


def test_a_generator_is_drained_step_by_step_and_closed_when_nobody_wants_it(wait_for, qtbot, loader):
    done, closed = [], []

    def count(wanted):
        try:
            yield from range(1_000_000)
        finally:
            closed.append(threading.current_thread().name)

    loader.ask(("a", "count"), count, done.append)
    wait_for(lambda: len(done) > 5)
    loader.drop("a")
    seen = len(done)
    wait_for(lambda: closed)
    qtbot.wait(20)
    assert done == list(range(seen))
    assert closed == ["views"]
    assert not loader.busy()


def test_generators_take_turns_and_short_work_need_not_wait_for_them(wait_for, qtbot, loader):
    steps, done = [], []

    def endless(name):
        while True:
            steps.append(name)
            yield name

    for name in ("x", "y"):
        loader.ask((name,), lambda wanted, name=name: endless(name), lambda _: None)
    wait_for(lambda: {"x", "y"} <= set(steps))
    loader.ask(("short",), lambda wanted: 1, done.append)
    wait_for(lambda: done)
    assert abs(steps.count("x") - steps.count("y")) <= 1
    loader.drop()


def test_no_generator_runs_ahead_of_what_has_been_delivered(wait_for, qtbot, loader):
    made, done = [], []

    def count(wanted):
        for number in range(100):
            made.append(number)
            yield number

    loader.ask(("a",), count, done.append)
    threading.Event().wait(0.2)  # the event loop stands still
    assert len(made) <= 1
    wait_for(lambda: len(done) == 100)


def test_a_long_computation_learns_that_it_is_not_wanted(wait_for, qtbot, loader):
    began, ended = threading.Event(), []

    def job(wanted):
        began.set()
        while wanted():
            threading.Event().wait(0.005)
        ended.append(True)

    loader.ask(("a",), job, lambda _: ended.append("delivered"))
    assert began.wait(10)
    loader.drop("a")
    wait_for(lambda: ended)
    qtbot.wait(20)
    assert ended == [True]


def test_a_failure_is_a_sentence_and_the_next_request_goes_on(wait_for, qtbot, loader):
    failed, done = [], []

    def job(wanted):
        yield 1
        raise DecodeError("x.mp3", "This file is broken.")

    loader.ask(("a",), job, done.append, failed.append)
    wait_for(lambda: failed)
    loader.ask(("b",), lambda wanted: 2, done.append)
    wait_for(lambda: len(done) == 2)
    assert failed == ["x.mp3: This file is broken."]
    assert done == [1, 2]


def test_stopping_ends_the_thread_in_the_middle_of_something(wait_for, qtbot, loader):
    def endless(wanted):
        while True:
            yield 1

    done = []
    loader.ask(("a",), endless, done.append)
    wait_for(lambda: done)
    assert loader.stop(5)
    loader.ask(("b",), lambda wanted: 1, done.append)
    assert "views" not in [thread.name for thread in threading.enumerate()]


def test_what_is_for_later_waits_until_nothing_else_is_to_be_done(wait_for, qtbot, loader):
    steps = []

    def count(name, most):
        for _ in range(most):
            steps.append(name)
            yield name

    loader.ask(("hold",), lambda wanted: threading.Event().wait(0.1), lambda _: None)
    loader.ask(("later",), lambda wanted: count("later", 3), lambda _: None, later=True)
    loader.ask(("now",), lambda wanted: count("now", 5), lambda _: None)
    wait_for(lambda: len(steps) == 8)
    # While a step of the first is being delivered the other may have its turn, but it is never ahead.
    assert steps[0] == "now"
    wait_for(lambda: not loader.busy())
