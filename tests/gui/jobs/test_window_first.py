"""The window before everything else: no collecting of garbage while it is seen, and other threads wait for it."""

from __future__ import annotations

import gc
import sys
import time

from app.jobs import window_first


def test_a_window_that_is_shown_is_left_out_of_garbage_collections():
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    try:
        window_first.settle()
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] > thresholds[0]
        assert sys.getswitchinterval() < interval
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def test_other_threads_wait_while_the_table_paints_but_not_for_ever():
    def seconds(act) -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    assert seconds(window_first.give_way) < 0.04
    with window_first.going_first():
        assert seconds(window_first.give_way) > 0.04
        assert seconds(window_first.give_way) < 0.04
    assert list(window_first.politely("abc")) == ["a", "b", "c"]
