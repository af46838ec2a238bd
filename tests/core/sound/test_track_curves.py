"""Curves along a track, and what is counted of the whole of it."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.base.cache import Cache
from genre_tagger.sound.frames import Grid, survey
from genre_tagger.sound.track_curves import count_crossings

SR = 22_050


def test_crossings_of_a_whole_track_are_counted_while_it_is_read(write_wav):
    t = np.arange(30 * SR) / SR
    path = write_wav(np.sin(2 * np.pi * 441 * t + 0.1), SR)
    *_, found = (count for count in count_crossings(path, 30.0, None, lambda: True))
    assert found.counts.sum() == pytest.approx(2 * 441 * 30, abs=2)
    np.testing.assert_allclose(found.rate_at(np.array([3.0, 15.0])), 2 * 441 / SR, rtol=0.06)
    assert found.rate_at(np.array([31.0])) == 0


def test_counting_ends_when_it_is_not_wanted_any_more(write_wav):
    path = write_wav(np.random.default_rng(1).standard_normal(10 * SR), SR)
    assert list(count_crossings(path, 10.0, None, lambda: False)) == []


def test_what_all_of_a_track_was_read_for_is_kept_until_the_file_changes(write_wav, tmp_path):
    def wanted():
        return True

    y = np.sin(2 * np.pi * 445 * np.arange(5 * SR) / SR)
    path, cache = write_wav(y, SR), Cache(str(tmp_path / "cache"))
    grid = Grid(SR, 2048)
    *_, counted = count_crossings(path, 5.0, cache, wanted)
    *_, facts = survey(path, grid, cache, wanted)
    (again,) = count_crossings(path, 5.0, cache, wanted)
    assert (again.sr, again.span) == (counted.sr, counted.span)
    np.testing.assert_array_equal(again.counts, counted.counts)
    assert list(survey(path, grid, cache, wanted)) == [facts]
    assert facts.deviation == pytest.approx(0.2, abs=0.08)
    write_wav(np.concatenate([y, y / 2]), SR)
    *_, other = count_crossings(path, 10.0, cache, wanted)
    assert other.counts.sum() > 1.9 * counted.counts.sum()
    cache.put(path, "crossings", {"counts": np.zeros(3)})
    *_, mended = count_crossings(path, 10.0, cache, wanted)
    np.testing.assert_array_equal(mended.counts, other.counts)
