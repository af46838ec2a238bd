"""Curves over the spectrogram and in bands of their own."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.sound.views.choices import Choices
from app.sound.views.lanes.curves import CURVES, chosen, heights
from app.sound.views.plot.scales import NAMES, Scale

SR = 22_050
BY_ID = {curve.id: curve for curve in CURVES}


@pytest.fixture
def choices():
    return Choices(lanes="spectrogram curves", spectrogram_palette="magma")


@pytest.fixture
def tone(write_wav):
    """Three seconds of 2 kHz at −20 dBFS, and one of silence."""
    t = np.arange(4 * SR) / SR
    return write_wav(0.1 * np.sqrt(2) * np.sin(2 * np.pi * 2000 * t) * (t < 3), SR)


def drawn(lane):
    overlay = lane.overlays[0]
    return {one.name: one for one in overlay.item.drawings}


@pytest.mark.parametrize("name", NAMES)
def test_frequencies_lie_on_the_axis_of_the_spectrogram(name):
    scale = Scale(name, SR)
    values = np.array([500, 2000, 0], dtype=np.float32)
    placed = heights(BY_ID["centroid"], values, scale)
    np.testing.assert_allclose(placed[:2], scale.fraction(np.array([500.0, 2000.0])))
    assert np.isnan(placed[2])


def test_crossings_lie_at_the_tone_that_crosses_as_often_and_loudness_has_its_own_scale():
    scale = Scale("mel", SR)
    placed = heights(BY_ID["zero_crossings"], np.array([2 * 2000 / SR], dtype=np.float32), scale)
    assert placed[0] == pytest.approx(float(scale.fraction(2000)), rel=1e-4)
    placed = heights(BY_ID["rms"], np.array([1.0, 0.1, 0.0], dtype=np.float32), scale)
    assert placed[:2] == pytest.approx([1, 2 / 3])
    assert np.isnan(placed[2])


def test_ticked_curves_are_drawn_where_the_tone_is_and_end_with_it(stack, draw, settled, tone):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    assert not drawn(lane)
    lane.choose("spectrogram_curves", "rms centroid zero_crossings")
    settled(stack)
    assert list(drawn(lane)) == ["Centroid", "Crossings", "RMS"]
    height = float(lane.scale().fraction(2000))
    for name in ("Centroid", "Crossings"):
        line = drawn(lane)[name].coarse
        times, places = line.between(0.0, 4.0)
        np.testing.assert_allclose(places[(times > 0.5) & (times < 2.5)], height, atol=0.01)
        assert np.isnan(places[times > 3.5]).all()
    times, places = drawn(lane)["RMS"].coarse.between(0.5, 2.5)
    np.testing.assert_allclose(places[2:-2], 2 / 3, atol=0.01)
    assert [text for _, text in drawn(lane)["RMS"].marks][:2] == ["0 dBFS", "−20 dBFS"]
    lane.choose("spectrogram_curves", "")
    settled(stack)
    assert not drawn(lane)


def test_a_curve_is_seen_on_the_picture(stack, draw, settled, tone):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    lane.choose("spectrogram_curves", "rms")
    settled(stack)
    image = lane.canvas.grab().toImage()
    area = lane.canvas.area()
    x = round(area.left() + area.width() / 2)
    y = round(area.bottom() - 2 / 3 * area.height())
    column = [QColor(image.pixel(x, place)).lightness() for place in range(y - 6, y + 7)]
    assert max(column) > 240
    assert min(column) < 15


def test_the_mouse_tells_ticked_curves_with_units(stack, draw, settled, tone):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    lane.choose("spectrogram_curves", " ".join(BY_ID))
    settled(stack)
    told = lane.value_at(1.5, 0.5)
    assert "Centroid 2 kHz" in told.replace("2.00", "2")
    assert "RMS −20.0 dBFS" in told
    assert "Crossings 18.1 % of the samples, like a tone of 2" in told
    assert told.count("\n") == 2


def test_the_table_of_the_spectrogram_has_the_ticked_curves(stack, draw, settled, tone):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    plain = len(lane.table(1, 2)[0])
    lane.choose("spectrogram_curves", "centroid rms")
    settled(stack)
    header, rows = lane.table(1.0, 2.0)
    assert header[plain:] == ["spectral_centroid_hz", "rms"]
    np.testing.assert_allclose([row[-2] for row in rows], 2000, rtol=0.02)
    np.testing.assert_allclose([row[-1] for row in rows], 0.1, rtol=0.02)


def test_bands_are_labelled_with_their_own_units(stack, draw, tone):
    draw(tone)
    lane = stack.lanes["curves"]
    lane.choose("curves_shown", "centroid rms")
    texts = [text for _, text in lane.ticks(0, 1, 400)]
    assert any(text.endswith("kHz") for text in texts)
    assert any(text.endswith("dB") for text in texts)
    for height, text in lane.ticks(0, 1, 400):
        assert (height > 0.5) is text.endswith("Hz")


def test_only_known_curves_are_chosen_in_the_order_of_the_table():
    assert [curve.id for curve in chosen("rms nonsense centroid")] == ["centroid", "rms"]
