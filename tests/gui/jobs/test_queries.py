from __future__ import annotations

import threading

from app.jobs.queries import Filter, Queries, These, ids_of
from app.jobs.queue import UNEXPECTED
from genre_tagger.base.errors import LibraryError
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Policy


class Gate:
    """Holds the thread of the queries until it is opened."""

    def __init__(self, queries: Queries) -> None:
        self._open = threading.Event()
        self.entered = threading.Event()
        queries.run(self._wait)

    def _wait(self, library: Library) -> None:
        self.entered.set()
        self._open.wait(20)

    def open(self) -> None:
        self._open.set()


def test_the_answer_comes_back_on_the_thread_of_the_window(wait_for, paths, queries):
    answers = []

    def ask(library):
        return library.count(), threading.get_ident()

    queries.run(ask, lambda answer: answers.append((*answer, threading.get_ident())))
    wait_for(lambda: answers)
    [(count, asked_on, answered_on)] = answers
    assert count == len(paths)
    assert answered_on == threading.get_ident() != asked_on


def test_a_read_sees_what_the_request_before_it_wrote(wait_for, paths, queries):
    answers = []
    queries.run(lambda library: library.decide([1], Decision(accepted=False)))
    queries.run(lambda library: next(library.tracks(ids=[1])).decision, answers.append)
    wait_for(lambda: answers)
    assert answers == [Decision(accepted=False)]


def test_a_newer_request_with_the_same_key_voids_those_that_wait(wait_for, queries):
    gate, run, answers = Gate(queries), [], []
    for number in range(5):
        queries.run(lambda library, number=number: run.append(number) or number, answers.append, key="find")
    queries.run(lambda library: "other", answers.append, key="other")
    gate.open()
    wait_for(lambda: "other" in answers)
    assert run == [4]
    assert answers == [4, "other"]


def test_an_answer_that_is_late_is_dropped(wait_for, queries):
    answers, held = [], threading.Event()
    entered = threading.Event()

    def slow(library):
        entered.set()
        held.wait(20)
        return "old"

    queries.run(slow, answers.append, key="find")
    assert entered.wait(20)
    queries.run(lambda library: "new", answers.append, key="find")
    held.set()
    wait_for(lambda: answers)
    assert answers == ["new"]


def test_a_dropped_key_is_not_answered(wait_for, queries):
    gate, answers = Gate(queries), []
    queries.run(lambda library: "dropped", answers.append, key="find")
    queries.drop("find")
    queries.run(lambda library: "kept", answers.append)
    gate.open()
    wait_for(lambda: answers)
    assert answers == ["kept"]


def test_an_error_is_told_and_the_next_request_is_served(wait_for, queries):
    failures, own, answers = [], [], []
    queries.failed.connect(failures.append)

    def fail(library):
        raise LibraryError("The library could not be read.")

    queries.run(fail, answers.append, failed=own.append)
    queries.run(lambda library: 1, answers.append)
    wait_for(lambda: answers)
    assert failures == own == ["The library could not be read."]
    assert answers == [1]


def test_a_bug_in_a_request_is_logged_and_told_kindly(wait_for, queries, caplog):
    failures = []
    queries.failed.connect(failures.append)
    queries.run(lambda library: 1 / 0)
    wait_for(lambda: failures)
    assert failures == [UNEXPECTED]
    assert "ZeroDivisionError" in caplog.text


def test_a_library_that_cannot_be_opened_is_told_at_every_request(wait_for, tmp_path):
    queries, failures = Queries(str(tmp_path)), []
    queries.failed.connect(failures.append)
    queries.run(lambda library: 1)
    queries.run(lambda library: 2)
    wait_for(lambda: len(failures) == 2)
    assert str(tmp_path) in failures[0]
    assert queries.stop()


def test_stopping_finishes_writes_and_leaves_out_keyed_reads(wait_for, paths, queries, library_path):
    gate, read = Gate(queries), []
    assert gate.entered.wait(20)
    queries.run(lambda library: read.append(True), key="find")
    queries.run(lambda library: library.decide([2], Decision(accepted=True)))
    threading.Timer(0.05, gate.open).start()
    assert queries.stop()
    queries.run(lambda library: read.append(True))
    assert read == []
    with Library.open(library_path) as library:
        assert next(library.tracks(ids=[2])).decision == Decision(accepted=True)


def test_certain_tracks_shown_alone_are_found_in_their_own_order_and_as_the_rest_of_the_filter_says(
    paths, library_path
):
    with Library.open(library_path) as library:
        shown = Filter(these=These("Alike", (3, 1, 2)))
        assert list(ids_of(library, shown, Policy())) == [3, 1, 2]
        assert list(ids_of(library, shown._replace(words="blue"), Policy())) == [2]
        assert list(ids_of(library, shown, Policy(), ("path", False))) == [1, 2, 3]
