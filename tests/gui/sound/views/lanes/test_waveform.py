"""The waveform, compared with what numpy says of the same samples."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PySide6.QtGui import QColor

from app.look import theme
from app.sound.views.plot.wave import Columns, Samples

SR = 22_050


@pytest.fixture
def music(rng):
    """Four seconds of stereo: a swelling tone at the left, noise at the right that is silent in the second half."""
    time = np.arange(4 * SR) / SR
    left = 0.9 * time / 4 * np.sin(2 * np.pi * 220 * time)
    right = 0.3 * rng.standard_normal(len(time)) * (time < 2)
    return np.column_stack([left, right.clip(-1, 1)]).astype(np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def inside(piece, start, stop):
    """The columns between two times, and the samples' numbers that each of them stands for."""
    count = piece.low.shape[1]
    edges = piece.start + (piece.stop - piece.start) * np.arange(count + 1) / count
    return [
        (number, round(edges[number] * SR), round(edges[number + 1] * SR))
        for number in range(count) if start <= edges[number] and edges[number + 1] <= stop
    ]  # fmt: skip


def test_the_whole_track_is_drawn_as_numpy_sees_it(draw, write_wav, music):
    stack = draw(write_wav(music, SR))
    piece = stack.lanes["waveform"].wave.coarse
    assert (piece.start, piece.stop) == (0.0, pytest.approx(4.0))
    assert piece.low.shape[0] == 2
    # Columns are made of blocks of 256 samples: extremes are found one block around.
    for number, first, last in inside(piece, 0, 4)[::37]:
        for channel in range(2):
            around = music[max(0, first - 256) : last + 256, channel]
            assert around.min() <= piece.low[channel, number] <= piece.high[channel, number] <= around.max()
            assert piece.rms[channel, number] <= np.abs(around).max() + 1e-6
    assert np.abs(piece.rms[1, -200:]).max() < 1e-4
    assert piece.high[0].max() == pytest.approx(music[:, 0].max(), abs=1e-4)


def test_zoomed_in_each_column_has_the_exact_extremes_and_loudness(draw, settled, write_wav, music):
    stack = draw(write_wav(music, SR))
    stack.timeline.show(1.0, 1.5)
    settled(stack)
    piece = stack.lanes["waveform"].wave.fine
    assert isinstance(piece, Columns)
    checked = inside(piece, 1.0, 1.5)
    assert len(checked) > 500
    for number, first, last in checked[::23]:
        part = music[first:last]
        # Where a column begins between two samples, one of them may be counted to its neighbour.
        wide = music[first - 1 : last + 1]
        for channel in range(2):
            assert wide[:, channel].min() <= piece.low[channel, number] <= part[1:-1, channel].min()
            assert part[1:-1, channel].max() <= piece.high[channel, number] <= wide[:, channel].max()
            loud = np.sqrt(np.mean(np.square(part[:, channel], dtype=np.float64)))
            assert piece.rms[channel, number] == pytest.approx(loud, rel=0.25)


def test_at_last_one_sees_the_samples_themselves(draw, settled, write_wav, music):
    stack = draw(write_wav(music, SR))
    stack.timeline.zoom(1e9, 3.0)
    settled(stack)
    piece = stack.lanes["waveform"].wave.fine
    assert isinstance(piece, Samples)
    assert piece.start <= stack.timeline.start
    assert piece.stop >= stack.timeline.stop
    first = round(piece.start * SR)
    np.testing.assert_array_equal(piece.y, music[first : first + piece.y.shape[1]].T)


def test_the_picture_is_as_high_as_the_sound_is_loud(draw, write_wav):
    y = np.zeros(SR * 4, dtype=np.float32)
    y[SR : 2 * SR] = np.tile([0.5, -0.5], SR // 2)
    stack = draw(write_wav(y, SR))
    canvas = stack.lanes["waveform"].canvas
    image, area = canvas.grab().toImage(), canvas.area()
    ground = QColor(theme.colours().base)
    middle = area.center().y()

    def height(seconds):
        x = round(canvas.x_of(seconds))
        inked = [y for y in range(int(area.top()), int(area.bottom())) if image.pixelColor(x, y) != ground]
        return len(inked), np.mean(inked)

    loud, centre = height(1.5)
    assert loud == pytest.approx(0.5 * 0.94 * area.height(), abs=3)
    assert centre == pytest.approx(middle, abs=2)
    assert height(3.0)[0] <= 2


def test_hovering_tells_the_samples_value_and_its_level(draw, settled, write_wav):
    y = np.zeros(SR, dtype=np.float32)
    y[5000:6000] = 0.25
    stack = draw(write_wav(y, SR))
    stack.timeline.show(5400 / SR, 5440 / SR)
    settled(stack)
    assert stack.lanes["waveform"].value_at(5420 / SR, 0.5) == "0.2500  ·  −12.0 dBFS"


@pytest.mark.parametrize(("channels", "sr"), [(1, 8000), (2, 44_100), (8, 48_000), (1, 192_000)])
def test_every_number_of_channels_and_rate_is_drawn(draw, settled, write_wav, channels, sr):
    time = np.arange(sr) / sr
    y = np.stack([0.1 * (n + 1) * np.sin(2 * np.pi * 100 * time) for n in range(channels)], axis=1)
    stack = draw(write_wav(y, sr))
    lane = stack.lanes["waveform"]
    assert lane.wave.coarse.low.shape[0] == channels
    np.testing.assert_allclose(lane.wave.coarse.high.max(axis=1), 0.1 * np.arange(1, channels + 1), atol=2e-3)
    assert len(lane.ticks(0, channels, 100)) >= channels
    for span in (0.1, 0.001):
        stack.timeline.show(0.5, 0.5 + span)
        settled(stack)
        assert not lane.canvas.grab().isNull()


def test_a_file_of_no_numbers_is_drawn_as_silence(draw, tmp_path):
    path = str(tmp_path / "nan.wav")
    y = np.full((SR, 2), np.nan, dtype=np.float32)
    y[: SR // 2] = 0.5
    soundfile.write(path, y, SR, subtype="FLOAT")
    stack = draw(path)
    piece = stack.lanes["waveform"].wave.coarse
    assert np.isfinite(piece.low).all()
    assert np.isfinite(piece.rms).all()
    assert piece.high.max() == pytest.approx(0.5)
    assert not stack.grab().isNull()


def _within(piece, start, stop):
    count = piece.low.shape[1]
    times = piece.start + (np.arange(count) + 0.5) * (piece.stop - piece.start) / count
    return piece.low[0][(times >= start) & (times <= stop)]


def test_the_table_of_the_waveform_is_what_is_drawn(draw, settled, write_wav, music):
    stack = draw(write_wav(music, SR))
    lane = stack.lanes["waveform"]
    header, rows = lane.table(0.0, 4.0)
    assert header == ["time_s", "low_1", "high_1", "rms_1", "low_2", "high_2", "rms_2"]
    table = np.array(rows)
    np.testing.assert_allclose(table[:, 1], _within(lane._piece_at(2.0), 0.0, 4.0))
    stack.timeline.zoom(1e9, 3.0)
    settled(stack)
    header, rows = lane.table(stack.timeline.start, stack.timeline.stop)
    assert header == ["time_s", "sample_1", "sample_2"]
    assert 15 <= len(list(rows)) <= 18
