"""The spectrogram, compared with numpy's own transform of the same samples."""

from __future__ import annotations

import numpy as np
import pytest

from app.sound.views.plot.scales import NAMES, Scale, rows

SR = 22_050


def tone(frequency, seconds=4.0, amplitude=0.5, sr=SR):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * sr)) / sr)


@pytest.fixture
def chirps():
    """Two seconds at 1 kHz, then two at 5 kHz."""
    return np.concatenate([tone(1000, 2.0), tone(5000, 2.0)])


@pytest.mark.parametrize("name", NAMES)
def test_an_axis_gives_the_frequency_back_for_each_height(name):
    scale = Scale(name, 44_100)
    heights = np.linspace(0, 1, 50)
    np.testing.assert_allclose(scale.fraction(scale.hertz(heights)), heights, atol=1e-9)
    assert scale.hertz(1.0) == pytest.approx(22_050)
    assert (np.diff(scale.hertz(heights)) > 0).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sr", [8000, 44_100, 192_000])
def test_axes_are_labelled_where_the_frequency_is(name, sr):
    scale = Scale(name, sr)
    labelled = {text: height for height, text in scale.ticks()}
    assert labelled["1 kHz"] == pytest.approx(float(scale.fraction(1000)))
    assert all(0 <= height <= 1 for height in labelled.values())


def test_the_mel_axis_is_librosas():
    librosa = pytest.importorskip("librosa")
    scale = Scale("mel", 44_100)
    hertz = np.array([60.0, 500.0, 1000.0, 3000.0, 15_000.0])
    expected = librosa.hz_to_mel(hertz) / librosa.hz_to_mel(22_050)
    np.testing.assert_allclose(scale.fraction(hertz), expected, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [40, 300, 2000])
def test_rows_keep_the_level_of_what_is_even(name, count):
    power = np.full((1025, 3), 2.0, dtype=np.float32)
    np.testing.assert_allclose(rows(power, Scale(name, SR), count), 2.0, rtol=1e-5)


def test_wide_rows_are_the_mean_of_their_bins():
    power = np.random.default_rng(1).random((1025, 4)).astype(np.float32)
    shown = rows(power, Scale("linear", SR), 64)
    np.testing.assert_allclose(shown[10], power[160:176].mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_tone_is_brightest_at_its_frequency_and_has_its_level(draw, write_wav, choices, chirps, name):
    choices.spectrogram_scale = name
    stack = draw(write_wav(chirps, SR))
    lane = stack.lanes["spectrogram"]
    decibels, scale = lane.coarse.decibels, Scale(name, SR)
    height, width = decibels.shape
    for frequency, column in ((1000, width // 4), (5000, 3 * width // 4)):
        brightest = (decibels[:, column].argmax() + 0.5) / height
        assert brightest == pytest.approx(float(scale.fraction(frequency)), abs=1.5 / height + 0.004)
    # A sine of amplitude ½ is 6 dB below full scale; a row of several bins has a little less.
    assert -14 < decibels[:, width // 4].max() < -5.5


def test_zoomed_in_the_change_of_tone_is_where_it_is(draw, settled, write_wav, chirps):
    stack = draw(write_wav(chirps, SR))
    stack.timeline.show(1.9, 2.1)
    settled(stack)
    drawn = stack.lanes["spectrogram"].fine
    assert drawn.picture.start <= 1.9
    assert drawn.picture.stop >= 2.1
    height, width = drawn.decibels.shape
    scale = Scale("mel", SR)
    low, high = (int(float(scale.fraction(f)) * height) for f in (1000, 5000))
    times = drawn.picture.start + (np.arange(width) + 0.5) * (drawn.picture.stop - drawn.picture.start) / width
    louder = drawn.decibels[low - 1 : low + 2].max(axis=0) < drawn.decibels[high - 1 : high + 2].max(axis=0)
    assert times[louder.argmax()] == pytest.approx(2.0, abs=0.01)


def test_fine_columns_equal_numpys_transform_at_their_time(draw, settled, write_wav, choices):
    y = np.random.default_rng(3).standard_normal(4 * SR).astype(np.float32) * 0.1
    choices.spectrogram_scale = "linear"
    stack = draw(write_wav(y, SR))
    stack.timeline.show(1.0, 1.4)
    settled(stack)
    drawn = stack.lanes["spectrogram"].fine
    height, width = drawn.decibels.shape
    step = (drawn.picture.stop - drawn.picture.start) / width
    column = width // 2
    start = round((drawn.picture.start + (column + 0.5) * step) * SR) - 1024
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    power = np.abs(np.fft.rfft(y[start : start + 2048] * window)) ** 2
    expected = 10 * np.log10(rows(power[:, None].astype(np.float32), Scale("linear", SR), height)[:, 0] / 512**2)
    np.testing.assert_allclose(drawn.decibels[:, column], expected, atol=0.01)


def test_hovering_tells_frequency_and_level(draw, write_wav, chirps):
    stack = draw(write_wav(chirps, SR))
    lane = stack.lanes["spectrogram"]
    told = lane.value_at(1.0, float(Scale("mel", SR).fraction(1000)))
    frequency, level = told.split("  ·  ")
    assert frequency in ("1 kHz", "1.00 kHz", "1000 Hz")
    assert level.endswith("dB")
    assert level.startswith("−")


def test_silence_is_drawn_and_called_so(draw, write_wav):
    stack = draw(write_wav(np.zeros(SR), SR))
    lane = stack.lanes["spectrogram"]
    assert lane.value_at(0.5, 0.5).endswith("silence")
    assert np.isfinite(lane.coarse.decibels).all()


@pytest.mark.parametrize(("channels", "sr"), [(1, 8000), (8, 48_000), (1, 192_000)])
def test_every_number_of_channels_and_rate_has_its_frequencies(draw, settled, write_wav, channels, sr):
    y = np.stack([tone(sr / 8, 1.0, 0.2, sr)] * channels, axis=1)
    stack = draw(write_wav(y, sr))
    stack.timeline.show(0.4, 0.5)
    settled(stack)
    lane = stack.lanes["spectrogram"]
    for drawn in (lane.coarse, lane.fine):
        column = drawn.decibels[:, drawn.decibels.shape[1] // 2]
        at = (column.argmax() + 0.5) / len(column)
        assert float(lane.scale().hertz(at)) == pytest.approx(sr / 8, rel=0.05)


def test_another_axis_is_drawn_at_once(draw, settled, write_wav, chirps):
    stack = draw(write_wav(chirps, SR))
    lane = stack.lanes["spectrogram"]
    before = lane.coarse
    lane.choose("spectrogram_scale", "linear")
    settled(stack)
    assert lane.coarse is not before
    column = lane.coarse.decibels[:, lane.coarse.decibels.shape[1] // 4]
    assert (column.argmax() + 0.5) / len(column) == pytest.approx(1000 / (SR / 2), abs=0.01)


def test_the_table_of_the_spectrogram_names_times_and_frequencies(draw, write_wav, chirps):
    stack = draw(write_wav(chirps, SR))
    header, rows_ = stack.lanes["spectrogram"].table(0.0, 2.0)
    table = np.array(rows_)
    assert header[0] == "time_s"
    assert table.shape[1] == len(header)
    assert (table[:, 0] <= 2).all()
    hertz = [float(name.split("_")[-2]) for name in header[1:]]
    assert hertz[table[len(table) // 2, 1:].argmax()] == pytest.approx(1000, rel=0.05)
