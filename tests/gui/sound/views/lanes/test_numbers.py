"""What lanes draw of the visible stretch, compared with librosa's numbers of the whole file."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest
import soundfile

from app.sound.views.choices import Choices
from app.sound.views.lanes.curves import CURVES
from genre_tagger.sound.frames import Grid

SR = 22_050
ALL = "centroid rolloff bandwidth zero_crossings rms"


@pytest.fixture
def choices():
    return Choices(lanes="mfcc chroma curves", curves_shown=ALL)


@pytest.fixture
def song():
    """Twelve seconds of stereo: chords a little above A = 440 Hz over noise, drum strokes, and silence at the end."""
    random = np.random.default_rng(5)
    t = np.arange(12 * SR) / SR
    chords = np.zeros_like(t)
    for begin, root in ((0, 220), (4, 196), (8, 330)):
        for interval in (0, 4, 7):
            pitch = root * 2 ** ((interval + 0.17) / 12)
            chords += 0.15 * np.sin(2 * np.pi * pitch * t) * ((t >= begin) & (t < begin + 4))
    drums = 0.8 * random.standard_normal(len(t)) * np.exp(-30 * (t % 0.5))
    left = chords + drums + 0.001 * random.standard_normal(len(t))
    right = 0.5 * chords - 0.3 * drums
    return np.stack([left, right], axis=1) * (t < 11)[:, None]


@pytest.fixture
def y(draw, write_wav, song):
    """The song in mono, drawn."""
    path = write_wav(song)
    draw(path)
    return soundfile.read(path, dtype="float32")[0].mean(axis=1)


@pytest.fixture
def show(stack, settled):
    """A function: stretch to be seen (s) → the lanes, drawn."""

    def show(start, stop):
        stack.timeline.show(start, stop)
        settled(stack)
        return stack.lanes

    return show


def assert_equal_frames(lane, start, stop, expected, grid):
    """Whether the lane's table is librosa's matrix [shape=(rows, frames)] between two times, frame by frame."""
    header, rows = lane.table(start, stop)
    table = np.array(rows)
    assert header[0] == "time_s"
    assert len(header) == 1 + len(expected)
    frames = np.round(table[:, 0] / grid.step).astype(int)
    np.testing.assert_allclose(table[:, 0], frames * grid.step, atol=1e-9)
    assert frames[0] * grid.step <= start + grid.step
    assert frames[-1] == min(expected.shape[1] - 1, int(stop / grid.step))
    assert (np.diff(frames) == 1).all()
    np.testing.assert_allclose(table[:, 1:].T, expected[:, frames], rtol=1e-3, atol=1e-3)


@pytest.fixture
def expected(y, librosa):
    """librosa's numbers of the whole file, by lane."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chroma = librosa.feature.chroma_stft(y=y, sr=SR)
    curves = [
        librosa.feature.spectral_centroid(y=y, sr=SR),
        librosa.feature.spectral_rolloff(y=y, sr=SR),
        librosa.feature.spectral_bandwidth(y=y, sr=SR),
        librosa.feature.zero_crossing_rate(y),
        librosa.feature.rms(y=y),
    ]
    return {"mfcc": librosa.feature.mfcc(y=y, sr=SR), "chroma": chroma, "curves": np.concatenate(curves)}


def test_what_is_visible_is_librosas(show, expected):
    for start, stop in ((0.0, 1.5), (4.3, 7.1), (10.0, 12.0)):
        lanes = show(start, stop)
        for id_, numbers in expected.items():
            assert_equal_frames(lanes[id_], start, stop, numbers, Grid(SR, 2048))
    assert lanes["curves"].table(start, stop)[0][1:] == [curve.column for curve in CURVES]


def test_the_visible_deltas_are_librosas_without_the_0th(y, show, settled, stack, librosa):
    lane = show(10.5, 12.0)["mfcc"]
    lane.choose("mfcc_zeroth", False)
    lane.choose("mfcc_count", 13)
    for order, prefix in ((1, "delta"), (2, "delta2")):
        lane.choose("mfcc_delta", order)
        settled(stack)
        numbers = librosa.feature.delta(librosa.feature.mfcc(y=y, sr=SR, n_mfcc=13), order=order)[1:]
        assert_equal_frames(lane, 10.5, 12.0, numbers, Grid(SR, 2048))
        assert lane.table(10.5, 12)[0][1] == f"{prefix}_mfcc_1"


def test_a_longer_window_gives_librosas_numbers_for_it(y, show, settled, stack, librosa):
    lanes = show(3.0, 9.0)
    lanes["curves"].choose("spectrogram_n_fft", 8192)
    settled(stack)
    grid = Grid(SR, 8192)
    expected = librosa.feature.mfcc(y=y, sr=SR, n_fft=8192, hop_length=2048)
    assert_equal_frames(lanes["mfcc"], 3.0, 9.0, expected, grid)
    expected = librosa.feature.zero_crossing_rate(y, frame_length=8192, hop_length=2048)
    header, rows = lanes["curves"].table(3.0, 9.0)
    found = np.array(rows)[:, header.index("zero_crossing_rate")]
    frames = np.round(np.array(rows)[:, 0] / grid.step).astype(int)
    np.testing.assert_allclose(found, expected[0, frames], atol=1e-3)


def test_the_picture_has_one_column_for_each_frame_in_the_colour_of_its_number(y, show):
    lane = show(4.0, 6.0)["chroma"]
    grid = Grid(SR, 2048)
    picture, values, colours = lane.fine.picture, lane.fine.values, lane.colours()
    assert (picture.image.width(), picture.image.height()) == values.shape[::-1]
    assert picture.stop - picture.start == pytest.approx(values.shape[1] * grid.step)
    for row, column in ((0, 0), (3, 7), (11, values.shape[1] - 1)):
        level = min(255, int(255.99 * values[row, column]))
        assert picture.image.pixel(column, 11 - row) == colours[level]


def test_the_estimate_of_the_whole_is_close_to_the_mean_of_its_frames(y, stack, librosa):
    grid = Grid(SR, 2048)
    expected = {
        "spectral_centroid_hz": librosa.feature.spectral_centroid(y=y, sr=SR)[0],
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(y)[0],
        "rms": librosa.feature.rms(y=y)[0],
    }
    coarse = stack.lanes["curves"].source.coarse
    columns = [curve.column for curve in coarse.curves]
    inside = (coarse.times() > 0.2) & (coarse.times() < 10.8)
    for name, numbers in expected.items():
        found = coarse.values[columns.index(name)][inside]
        wanted = np.interp(coarse.times()[inside], np.arange(len(numbers)) * grid.step, numbers)
        assert np.corrcoef(found, wanted)[0, 1] > 0.8, name
        assert found.mean() == pytest.approx(wanted.mean(), rel=0.2), name


def test_nothing_that_takes_long_to_import_is_needed(tmp_path):
    program = """
        import sys, numpy as np, soundfile
        from PySide6.QtWidgets import QApplication
        app = QApplication([])
        from app.sound.views.choices import Choices
        from app.jobs.loader import Loader
        from app.sound.views.drawn import Sound
        from app.sound.views.stack import Stack
        from app.sound.views.plot.timeline import Timeline
        soundfile.write(sys.argv[1], np.random.default_rng(1).standard_normal(22_050), 22_050)
        loader = Loader()
        stack = Stack(Timeline(), Sound(loader), Choices(lanes="spectrogram mfcc chroma curves"))
        stack.resize(900, 600)
        stack.show()
        stack.sound.show(sys.argv[1])
        curves, rows = stack.lanes["curves"].source, stack.lanes["chroma"]
        while not (curves.fine and rows.fine and stack.lanes["mfcc"].fine and not loader.busy()):
            app.processEvents()
        assert loader.stop()
        heavy = {"librosa", "numba", "scipy", "matplotlib", "sklearn", "tensorflow"} & set(sys.modules)
        print(sorted(heavy))
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "noise.wav")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


def test_the_whole_is_drawn_from_the_overview_and_a_stretch_from_frames(stack, draw, settled, write_wav, song):
    draw(write_wav(np.tile(song, (8, 1))))
    lane = stack.lanes["mfcc"]
    assert lane.coarse is not None
    assert lane.fine is None
    stack.timeline.zoom(20, 50.0)
    settled(stack)
    assert lane.fine is not None
    grid = lane.grid()
    assert lane.fine.values.shape[1] == round((lane.fine.picture.stop - lane.fine.picture.start) / grid.step)
    stack.timeline.whole()
    settled(stack)
    assert lane.pictures.coarse is not None
