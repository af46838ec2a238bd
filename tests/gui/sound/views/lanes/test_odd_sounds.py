"""Every lane on sounds that are odd, damaged or not there."""

from __future__ import annotations

import os

import numpy as np
import pytest

from app.sound.views.choices import Choices
from app.sound.views.lanes.curves import CURVES

LANES = ("waveform", "spectrogram", "mfcc", "chroma", "curves")
ALL = " ".join(curve.id for curve in CURVES)


def noise(seconds, sr, channels=1):
    return 0.3 * np.random.default_rng(2).standard_normal((round(seconds * sr), channels))


def with_nan():
    y = noise(2, 22_050)
    y[5000:6000] = np.nan
    y[9000] = np.inf
    return y


SOUNDS = {
    "silence": (np.zeros(44_100), 22_050),
    "not a number": (with_nan(), 22_050),
    "mono": (noise(2, 44_100), 44_100),
    "8 channels": (noise(1, 44_100, 8), 44_100),
    "8 kHz": (noise(3, 8000), 8000),
    "192 kHz": (noise(1, 192_000, 2), 192_000),
    "a twentieth of a second": (noise(0.05, 22_050), 22_050),
    "a hundred samples": (noise(100 / 8000, 8000), 8000),
    "one sample": (np.ones(1) / 2, 44_100),
}


@pytest.fixture
def choices():
    return Choices(lanes=" ".join(LANES), spectrogram_curves=ALL, curves_shown=ALL)


def numbers(lane):
    """All numbers that a lane has drawn."""
    if lane.id == "curves":
        return [points.values for points in (lane.source.coarse, lane.source.fine) if points is not None]
    drawn = [one for one in (lane.coarse, lane.fine) if one is not None]
    return [one.decibels if lane.id == "spectrogram" else one.values for one in drawn]


@pytest.mark.parametrize("name", SOUNDS)
def test_all_lanes_draw_odd_sounds_from_the_whole_to_single_samples(name, stack, draw, settled, write_wav):
    y, sr = SOUNDS[name]
    draw(write_wav(y, sr))
    for factor in (1, 3, 1000):
        stack.timeline.zoom(factor)
        settled(stack)
        stack.grab()
        for id_ in LANES[1:]:
            drawn = numbers(stack.lanes[id_])
            assert drawn, id_
            assert all(one.size and np.isfinite(one).all() for one in drawn), id_
            assert stack.lanes[id_].canvas.message == ""


@pytest.mark.parametrize("name", SOUNDS)
def test_all_lanes_say_what_is_under_the_mouse_in_odd_sounds(name, stack, draw, write_wav):
    y, sr = SOUNDS[name]
    draw(write_wav(y, sr))
    for id_ in LANES:
        for seconds in np.linspace(0, stack.timeline.length, 5)[:-1]:
            for height in (0.0, 0.5, 0.999):
                assert stack.lanes[id_].value_at(float(seconds), height), id_


def test_silence_has_no_frequency_no_note_and_no_level(stack, draw, write_wav):
    draw(write_wav(*SOUNDS["silence"]))
    assert "silence" in stack.lanes["spectrogram"].value_at(1.0, 0.5)
    assert stack.lanes["chroma"].value_at(1.0, 0.5).endswith("0 % of the strongest note")
    assert stack.lanes["mfcc"].value_at(1.0, 0.5).endswith("0.0")
    assert stack.lanes["curves"].value_at(1.0, 0.99) == "Centroid  ·  silence"
    assert stack.lanes["curves"].value_at(1.0, 0.01) == "RMS  ·  silence"
    drawn = {one.name: one.coarse.heights for one in stack.lanes["curves"].item.drawings}
    assert all(np.isnan(heights).all() for name, heights in drawn.items() if name != "Crossings")


def test_the_numbers_of_a_file_with_eight_channels_are_those_of_their_mean(stack, draw, settled, write_wav, choices):
    t = np.arange(22_050) / 22_050
    tone = 0.5 * np.sin(2 * np.pi * 2000 * t)
    y = np.stack([tone, -tone, tone, -tone, tone, -tone, tone, tone], axis=1)
    draw(write_wav(y))
    stack.timeline.show(0.4, 0.6)
    settled(stack)
    header, rows = stack.lanes["curves"].table(0.4, 0.6)
    rms = np.array(rows)[:, header.index("rms")]
    np.testing.assert_allclose(rms, 0.25 * 0.5 / np.sqrt(2), rtol=1e-2)


@pytest.mark.parametrize("media_file", ["broken", "text", "empty"])
def test_a_file_that_cannot_be_read_gives_empty_lanes_with_the_reason(stack, draw, media, media_file, write_wav):
    draw(write_wav(noise(1, 22_050)))
    draw(media(media_file))
    assert stack.lanes["waveform"].canvas.message
    for id_ in LANES[1:]:
        assert not numbers(stack.lanes[id_]), id_
        assert stack.lanes[id_].table(0, 1) == ([], [])
        assert stack.lanes[id_].value_at(0.5, 0.5) == "" or id_ == "spectrogram"


def test_a_file_that_is_gone_gives_empty_lanes_with_the_reason(stack, draw, tmp_path, write_wav):
    draw(write_wav(noise(1, 22_050)))
    draw(str(tmp_path / "gone.flac"))
    assert "gone" not in stack.lanes["waveform"].canvas.message
    assert stack.lanes["waveform"].canvas.message
    assert not any(numbers(stack.lanes[id_]) for id_ in LANES[1:])


def test_a_file_that_vanishes_while_it_is_seen_keeps_its_picture(stack, draw, settled, write_wav):
    path = write_wav(np.tile(noise(2, 22_050), (20, 1)))
    draw(path)
    os.remove(path)
    stack.timeline.show(10.0, 10.5)
    settled(stack)
    for id_ in LANES[1:]:
        assert numbers(stack.lanes[id_]), id_
    assert any(stack.lanes[id_].canvas.message for id_ in LANES)
