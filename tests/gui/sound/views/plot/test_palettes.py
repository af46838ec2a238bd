"""Colours for levels: told apart by lightness alone, and by eyes that lack a kind of cones."""

from __future__ import annotations

import numpy as np
import pytest

from app.look import theme
from app.sound.views.plot import palettes
from app.sound.views.plot.palettes import PALETTES, WINDOW, colours, diverging, is_dark

NAMES = [palette.id for palette in PALETTES]


def unpacked(table):
    return np.stack([table >> 16 & 0xFF, table >> 8 & 0xFF, table & 0xFF], axis=1) / 255


def linear(table):
    rgb = unpacked(table)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lightness(table):
    """CIE L*, 0 to 100."""
    y = linear(table) @ [0.2126, 0.7152, 0.0722]
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


@pytest.mark.parametrize("name", NAMES)
def test_louder_is_always_lighter_or_always_darker(name):
    steps = np.diff(lightness(colours(name)))
    assert len(colours(name)) == 256
    assert (colours(name) >> 24 == 0xFF).all()
    assert (np.sign(np.mean(steps)) * steps > -0.35).all()
    assert abs(np.sum(steps)) > 60


@pytest.mark.parametrize("name", NAMES)
def test_equal_differences_of_level_look_about_equal(name):
    light = lightness(colours(name))
    parts = np.abs(np.diff(light[::51]))
    assert parts.max() < 2.5 * parts.min()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_choice_silence_has_the_ground_of_the_window(qapp, scheme):
    theme.apply(scheme)
    for name in (WINDOW, "unheard of"):
        assert is_dark(name) is (scheme == "dark")
    assert is_dark("magma")
    assert not is_dark("paper")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_zero_is_the_ground_and_both_signs_differ_for_all_eyes(qapp, scheme):
    theme.apply(scheme)
    table = diverging()
    ground = theme.colour(theme.colours().base)
    middle = table[127:129]
    for rgb in unpacked(middle):
        np.testing.assert_allclose(rgb, [ground.redF(), ground.greenF(), ground.blueF()], atol=0.02)
    away = lightness(table) - lightness(middle).mean()
    # Strength is told by lightness, in the same direction for both signs …
    assert (np.sign(away[:100]) == np.sign(away[-1])).all()
    assert (np.diff(np.abs(away[:128])) < 0.5).all()
    assert (np.diff(np.abs(away[128:])) > -0.5).all()
    # … and the sign by blue against yellow, which those who confuse red with green see.
    rgb = linear(table)
    yellowness = rgb[:, :2].mean(axis=1) - rgb[:, 2]
    assert (yellowness[30:110] < -0.01).all()
    assert (yellowness[146:226] > 0.01).all()


def test_a_swatch_shows_the_palette(qapp):
    image = palettes.swatch("viridis").pixmap(16, 16).toImage()
    first, last = image.pixel(0, 8), image.pixel(15, 8)
    assert first == colours("viridis")[0]
    assert last == colours("viridis")[240]
