"""Folded sound equals numpy's own numbers, however it was cut into blocks and however long it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genre_tagger.sound import pyramid
from genre_tagger.sound.pyramid import Peaks, PeakTable, Powers, PowerTable

BASE = 256


def noise(n: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (channels, n)).astype(np.float32)


def cut(y: np.ndarray, at: list[int]) -> list[np.ndarray]:
    return np.split(y, sorted(at), axis=-1)


def peaks_of(y: np.ndarray, at: list[int] = []) -> PeakTable:  # noqa: B006 — only read
    peaks = Peaks(len(y))
    for block in cut(y, at):
        peaks.add(block)
    peaks.finish()
    return peaks.table()


def powers_of(y: np.ndarray, n_fft: int, expected: float, at: list[int] = []) -> PowerTable:  # noqa: B006
    powers = Powers(n_fft, expected)
    for block in cut(y, at):
        powers.add(block)
    powers.finish()
    return powers.table()


def spectrum(y: np.ndarray, begin: int, n_fft: int) -> np.ndarray:
    """Power of the frame that begins there; silence before and behind the sound."""
    padded = np.pad(np.asarray(y, dtype=np.float64), (4 * n_fft, 8 * n_fft))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    return np.abs(np.fft.rfft(padded[begin + 4 * n_fft :][:n_fft] * window)) ** 2


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 20_000),
    st.integers(1, 3),
    st.lists(st.integers(0, 20_000), max_size=6),
    st.sampled_from([4, 10, 1 << 20]),
)
def test_bins_are_the_lowest_the_highest_and_the_mean_square(n, channels, at, most):
    y = noise(n, channels, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "_MOST_BINS", most * channels)
        table = peaks_of(y, at)
    assert table.low.shape[1] <= most
    assert table.size == BASE or table.low.shape[1] >= most // 2
    parts = [y[:, i : i + table.size] for i in range(0, n, table.size)]
    assert table.low.shape == table.high.shape == table.square.shape == (channels, len(parts))
    if parts:
        np.testing.assert_array_equal(table.low, np.stack([part.min(axis=1) for part in parts], axis=1))
        np.testing.assert_array_equal(table.high, np.stack([part.max(axis=1) for part in parts], axis=1))
        exact = np.stack([np.square(part).mean(axis=1) for part in parts], axis=1)
        np.testing.assert_allclose(table.square, exact, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 7, 40, 400])
def test_columns_of_an_envelope_are_those_of_their_bins(count):
    y = noise(40 * BASE, 2)
    found, known = peaks_of(y).fold(np.linspace(0, 40 * BASE, count + 1))
    assert known.all()
    for i in range(count):
        begin = i * 40 // count
        end = max((i + 1) * 40 // count, begin + 1)
        part = y[:, begin * BASE : end * BASE]
        np.testing.assert_array_equal(found[0, :, i], part.min(axis=1))
        np.testing.assert_array_equal(found[1, :, i], part.max(axis=1))
        np.testing.assert_allclose(found[2, :, i], np.square(part).mean(axis=1), rtol=1e-4)


def test_few_columns_over_many_bins_find_every_peak():
    y = noise(600_000) * 0.1
    y[0, ::50_000] = np.arange(12) / 12 + 0.5
    table = PeakTable(1, y, y, np.square(y))
    found, _ = table.fold(np.linspace(0, 600_000, 13))
    np.testing.assert_array_equal(found[1, 0], y[0, ::50_000])
    np.testing.assert_allclose(found[2, 0], np.square(y).reshape(12, -1).mean(axis=1), rtol=1e-2)


def test_what_is_outside_is_zero_and_not_known():
    y = noise(10 * BASE) + 2
    table = peaks_of(y)
    found, known = table.fold(np.linspace(-5 * BASE, 15 * BASE, 21))
    assert known.tolist() == [False] * 5 + [True] * 10 + [False] * 5
    assert not found[:, :, ~known].any()
    np.testing.assert_array_equal(found[0, 0, known], table.low[0])
    for edges in ([-9e3, -8e3], [9e9, 9.1e9]):
        found, known = table.fold(np.array(edges))
        assert not known.any()
        assert not found.any()
    found, known = peaks_of(y[:, :0]).fold(np.linspace(0, 100, 5))
    assert not known.any()


def test_a_stretch_without_width_is_one_place():
    y = noise(10 * BASE)
    found, known = peaks_of(y).fold(np.full(4, 3.5 * BASE))
    assert known.all()
    np.testing.assert_array_equal(found[0, 0], np.full(3, y[0, 3 * BASE : 4 * BASE].min()))


@pytest.mark.parametrize(
    ("span", "begins"),  # frames lie around the middles of equal parts of a column
    [
        (128, [-192]),
        (256, [-128]),
        (512, [-128, 128]),
    ],
)
@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 30_000), max_size=5), st.integers(1, 30_000))
@example(at=[], n=384)  # the middle of the second frame of 256 samples each would be the first that is not there
def test_a_column_is_the_mean_power_of_its_frames(span, begins, at, n):
    n_fft = 512
    y = noise(n, seed=n)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "_MOST_COLUMNS", (30_000 // span + 3) // 2 * 2)
        table = powers_of(y, n_fft, 30_000, at)
    assert table.span == span
    assert table.power.shape == (-(-n // span), 1 + n_fft // 2)
    full = n // span
    for column in sorted({0, full // 2, full - 1} & set(range(full))):
        exact = np.mean([spectrum(y, column * span + begin, n_fft) for begin in begins], axis=0)
        np.testing.assert_allclose(table.power[column], exact, rtol=1e-3, atol=1e-4)
    if rest := n - full * span:
        hop = span // len(begins)
        inside = [begin for i, begin in enumerate(begins) if (i + 0.5) * hop < rest] or begins[:1]
        exact = np.mean([spectrum(y, full * span + begin, n_fft) for begin in inside], axis=0)
        np.testing.assert_allclose(table.power[full], exact, rtol=1e-3, atol=1e-4)


def fresh(y: np.ndarray, column: int, span: int) -> np.ndarray:
    """Mean power of the frames of 512 samples in a column that was not joined."""
    frames = min(max(2 * span // 512, 1), 4)
    begins = [column * span + round((i + 0.5) * span / frames) - 256 for i in range(frames)]
    return np.mean([spectrum(y, begin, 512) for begin in begins], axis=0)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 40_000), max_size=5), st.integers(1, 40_000), st.sampled_from([0, 1, 5_000, 1e12]))
@example(at=[], n=20_224, expected=0)  # it ends behind the last frame of a column, but before the column does
def test_a_full_spectrogram_joins_neighbours_and_goes_on(at, n, expected):
    y = noise(n, seed=n)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "_MOST_COLUMNS", 8)
        joined = powers_of(y, 512, expected, at)
    span = joined.span
    assert len(joined.power) == -(-n // span)
    assert len(joined.power) <= 8
    for column in range(4, n // span):  # made since columns are this wide
        np.testing.assert_allclose(joined.power[column], fresh(y, column, span), rtol=1e-3, atol=1e-4)
    for column in range(2, min(4, n // span) if span > 512 else 0):  # joined of two
        halves = [fresh(y, half, span // 2) for half in (2 * column, 2 * column + 1)]
        np.testing.assert_allclose(joined.power[column], np.mean(halves, axis=0), rtol=1e-3, atol=1e-4)


def test_a_sine_stands_where_and_as_high_as_it_should():
    y = 0.5 * np.sin(2 * np.pi * 100 / 2048 * np.arange(100_000), dtype=np.float32)
    table = powers_of(y, 2048, len(y))
    inside = table.power[4:-4]
    assert (inside.argmax(axis=1) == 100).all()
    np.testing.assert_allclose(inside[:, 100], (0.5 * 2048 / 4) ** 2, rtol=1e-3)
    assert (inside[:, :90] < 1e-6 * inside.max()).all()


def test_columns_of_power_are_means_over_the_stretch():
    y = noise(60_000)[0]
    table = powers_of(y, 512, len(y))
    for count in (3, 10, len(table.power)):
        edges = np.linspace(0, len(table.power) * table.span, count + 1)
        found, known = table.fold(edges)
        assert known.all()
        starts = np.floor(edges / table.span).astype(int)
        for i in range(count):
            np.testing.assert_allclose(found[i], table.power[starts[i] : starts[i + 1]].mean(axis=0), rtol=1e-4)
    found, known = table.fold(np.array([-9e3, -5e3, 1e3, 61e3, 70e3]))
    assert known.tolist() == [False, True, True, False]
    assert not found[~known].any()


def test_a_table_stays_as_it_was_while_more_is_added():
    y = noise(400 * BASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "_MOST_BINS", 64)
        patch.setattr(pyramid, "_MOST_COLUMNS", 64)
        peaks, powers = Peaks(1), Powers(512, 1)
        taken = []
        for block in np.split(y, 40, axis=1):
            peaks.add(block)
            powers.add(block[0])
            for table in (peaks.table(), powers.table()):
                values = (table.low, table.high, table.square) if isinstance(table, PeakTable) else (table.power,)
                taken += [(value, value.copy()) for value in values]
    for value, copy in taken:
        np.testing.assert_array_equal(value, copy)


def test_silence_has_no_power():
    assert not powers_of(np.zeros(10_000, dtype=np.float32), 512, 0).power.any()
