"""New patches from old ones keep what they should keep."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.training.student import augment


@pytest.fixture
def tone():
    """Mel power of 400 frames with a different level in each band and each frame."""
    rng = np.random.default_rng(1)
    return rng.uniform(0.1, 5, (400, 96)).astype(np.float32)


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
    np.testing.assert_allclose(shifted[:, 2:], tone[:, :-2], atol=1e-5)


def test_a_mixture_is_never_quieter_than_its_first_sound(tone):
    mixed = augment.mixture(tone, tone[::-1], np.random.default_rng(0))
    assert (mixed >= tone).all()
    assert mixed.mean() <= tone.mean() * (1 + 10**0.3) * 1.001


def test_equalising_changes_bands_and_not_their_course_in_time(tone):
    gains = augment.equalise(tone, np.random.default_rng(1)) / tone
    np.testing.assert_allclose(gains, np.broadcast_to(gains[:1], gains.shape), rtol=1e-3)
    assert gains[0].max() / gains[0].min() > 1.2


def test_colouring_tilts_and_cuts_and_never_adds_more_than_its_tilt(tone):
    for seed in range(20):
        gains = augment.colour(tone, np.random.default_rng(seed)) / tone
        assert gains.max() <= 10**0.6 * 1.01
        np.testing.assert_allclose(gains, np.broadcast_to(gains[:1], gains.shape), rtol=1e-3)
