from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.review.discriminant import Sums, chances, fit, temperature


def _some(tracks: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shares = np.eye(3, dtype=np.float32)[rng.integers(0, 3, tracks)]
    return (rng.normal(size=(tracks, 6)) + 2 * shares @ np.eye(3, 6)).astype(np.float32), shares


@given(st.integers(2, 40))
def test_leaving_tracks_out_of_the_sums_is_as_if_they_had_never_been_there(left_out: int) -> None:
    values, shares = _some(60)
    rest = Sums.of(values, shares) - Sums.of(values[:left_out], shares[:left_out])
    alone = Sums.of(values[left_out:], shares[left_out:])
    assert np.allclose(fit(rest).logits(values), fit(alone).logits(values), atol=1e-3)


def test_it_is_the_discriminant_of_scikit_learn_where_there_are_tracks_enough() -> None:
    discriminant_analysis = pytest.importorskip("sklearn.discriminant_analysis")
    values, shares = _some(4_000)
    known = discriminant_analysis.LinearDiscriminantAnalysis().fit(values, shares.argmax(axis=1))
    assert np.allclose(chances(fit(Sums.of(values, shares)).logits(values)), known.predict_proba(values), atol=0.01)


def test_with_one_track_a_genre_it_is_the_nearest_that_is_named() -> None:
    values = np.eye(3, 6, dtype=np.float32) * 5
    linear = fit(Sums.of(values, np.eye(3, dtype=np.float32)))
    assert linear.logits(values).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_class_without_tracks_is_never_named() -> None:
    values, shares = _some(30)
    wider = np.concatenate([shares, np.zeros((30, 1), dtype=np.float32)], axis=1)
    assert chances(fit(Sums.of(values, wider)).logits(values))[:, 3].max() == 0.0


def test_values_that_are_all_alike_teach_nothing_and_break_nothing() -> None:
    values = np.zeros((12, 6), dtype=np.float32)
    found = chances(fit(Sums.of(values, np.eye(3, dtype=np.float32)[np.arange(12) % 3])).logits(values))
    assert found == pytest.approx(np.full((12, 3), 1 / 3))


def test_the_temperature_undoes_what_logits_are_too_sure_of() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(4_000, 3)) * 2
    wanted = np.eye(3, dtype=bool)[[rng.choice(3, p=row) for row in chances(logits)]]
    found, loss = temperature(logits * 5, wanted, np.ones(4_000))
    assert found == pytest.approx(5, rel=0.15)
    assert loss < temperature(rng.normal(size=(4_000, 3)), wanted, np.ones(4_000))[1]
