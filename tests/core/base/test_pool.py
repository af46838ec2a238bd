"""Several threads, one outcome an item, and none left behind."""

from __future__ import annotations

import threading

import pytest

from genre_tagger.base.pool import outcomes


@pytest.mark.parametrize("workers", [1, 3, None])
def test_every_item_has_its_outcome(workers):
    assert sorted(outcomes(lambda n: n * n, range(50), workers=workers)) == [n * n for n in range(50)]


def test_no_item_no_outcome():
    assert list(outcomes(str, [])) == []


def test_several_items_are_worked_on_at_once():
    meeting = threading.Barrier(3, timeout=30)  # breaks, and so fails, unless three come together
    assert len(list(outcomes(lambda _: meeting.wait(), range(6), workers=3))) == 6


def test_items_are_asked_for_only_a_little_ahead_and_in_the_calling_thread():
    asked = []

    def items():
        for number in range(1_000):
            asked.append(threading.current_thread())
            yield number

    found = outcomes(str, items(), workers=2)
    next(found)
    assert len(asked) <= 5
    found.close()
    assert set(asked) == {threading.current_thread()}


def test_closing_drops_what_has_not_begun_and_waits_for_what_has():
    begun, go_on, done = threading.Semaphore(0), threading.Event(), []

    def work(number: int) -> int:
        begun.release()
        if number:
            go_on.wait(30)
        done.append(number)
        return number

    found = outcomes(work, range(100), workers=1, name="closing")
    assert next(found) == 0
    begun.acquire()
    begun.acquire()  # the second has begun
    closing = threading.Timer(0.05, go_on.set)
    closing.start()
    found.close()
    closing.join()
    assert done == [0, 1]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("closing")]


def test_an_error_of_the_work_is_raised_and_leaves_no_thread():
    with pytest.raises(ZeroDivisionError):
        list(outcomes(lambda n: 1 // n, [1, 0, 2], workers=2, name="failing"))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("failing")]
