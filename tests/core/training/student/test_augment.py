"""Sounds changed and mixed, so that the student hears more than there is."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.training.student import augment


def test_power_and_logarithm_undo_each_other(tone):
    assert augment.to_log(augment.to_power(tone)) == pytest.approx(tone, abs=1e-4)


def test_a_crop_at_normal_speed_is_a_stretch_of_the_piece(tone):
    piece = augment.crop(tone, 187, np.random.default_rng(0))
    starts = [start for start in range(400 - 187 + 1) if (tone[start : start + 187] == piece).all()]
    assert len(starts) == 1


def test_a_crop_of_a_short_piece_repeats_it(tone):
    assert augment.crop(tone[:50], 187, np.random.default_rng(0)).shape == (187, 96)


def test_a_faster_crop_walks_through_more_of_the_piece():
    ramp = np.arange(400, dtype=np.float32)[:, None].repeat(3, axis=1)
    piece = augment.crop(ramp, 100, np.random.default_rng(0), rate=1.25)
    assert np.diff(piece[:, 0]) == pytest.approx(np.full(99, 1.25), abs=1e-3)


def test_shifting_by_whole_bands_moves_the_spectrum(tone):
    shifted = augment.shift_bands(tone, 2.0)
    assert shifted[:, 2:] == pytest.approx(tone[:, :-2], abs=1e-5)


def test_a_mixture_is_never_quieter_than_its_first_sound(tone):
    power = augment.to_power(tone)
    mixed = augment.mixture(power, power[::-1], np.random.default_rng(0))
    assert (mixed >= power).all()
    assert mixed.mean() <= power.mean() * (1 + 10**0.3) * 1.001


@pytest.fixture
def still():
    """Mel power that never changes."""
    return np.full((187, 96), 2.0, dtype=np.float32)


@pytest.fixture
def clicks():
    """Mel power of a click every twenty frames."""
    power = np.full((187, 96), 0.1, dtype=np.float32)
    power[5::20] = 1.0
    return power


def test_a_splice_is_the_first_sound_below_and_the_second_above(still, clicks):
    for seed in range(20):
        changes = augment.splice(still, clicks, np.random.default_rng(seed)).std(axis=0)
        assert (np.diff(changes) >= 0).all()
        assert changes[-1] > 4 * changes[0]


def test_an_exchange_keeps_the_slow_course_of_one_sound_and_the_beat_of_the_other(still, clicks):
    both = augment.exchange(still, clicks)
    assert both[45].min() > 5 * both[55].max()
    assert both.mean() == pytest.approx(2.0, rel=0.1)
    assert augment.exchange(clicks, np.zeros_like(still)).max() == 0


def test_a_running_mean_is_centred_and_does_not_run_round_the_ends():
    values = np.zeros((20, 2), dtype=np.float32)
    values[0], values[10] = 6.0, 6.0
    assert np.flatnonzero(augment.running_mean(values, 3)[:, 0]).tolist() == [0, 1, 9, 10, 11]
    assert np.flatnonzero(augment.running_mean(values, 6)[:, 0]).tolist() == [0, 1, 2, 7, 8, 9, 10, 11, 12]
    assert augment.running_mean(values, 3)[10] == pytest.approx([2.0, 2.0])


def test_equalising_changes_bands_and_not_their_course_in_time(tone):
    power = augment.to_power(tone) + 1e-3
    gains = augment.equalise(power, np.random.default_rng(1)) / power
    assert gains == pytest.approx(np.broadcast_to(gains[:1], gains.shape), rel=1e-3)
    assert gains[0].max() / gains[0].min() > 1.2


def test_contrast_sets_loud_and_faint_moments_further_apart_or_closer(clicks):
    less, same, more = (augment.contrast(clicks, exponent) for exponent in (0.7, 1.0, 1.3))
    assert same == pytest.approx(clicks, rel=1e-4)
    assert less[5, 0] / less[6, 0] == pytest.approx(10**0.7, rel=1e-3)
    assert more[5, 0] / more[6, 0] == pytest.approx(10**1.3, rel=1e-3)


def test_examples_are_patches_and_the_same_for_the_same_seed(tone):
    weights = np.array([0.5, 0.5])
    first, again = (
        [augment.example([tone, tone[::-1]], weights, 187, rng) for _ in range(20)]
        for rng in (np.random.default_rng(5), np.random.default_rng(5))
    )
    assert all(patch.shape == (187, 96) and patch.dtype == np.float32 for patch in first)
    assert all(np.isfinite(patch).all() and (patch >= 0).all() for patch in first)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
