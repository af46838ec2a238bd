"""Colours that can be read on one another, and icons in them."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage

from app.look import theme


def luminance(name):
    parts = [part / 255 for part in QColor(name).getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("c", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(c):
    grounds = (c.window, c.base, c.raised, c.hover, c.selected)
    pairs = [(text, ground) for text in (c.text, c.quiet) for ground in grounds]
    pairs += [(c.accent, c.base), (c.accent, c.window), (c.on_accent, c.accent), (c.text, c.notice)]
    pairs += [(c.warning, c.base), (c.warning, c.window)]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


def test_icons_take_the_colour_they_are_asked_for(qapp):
    image = theme.picture("write", 20, "#ff0000", 2.0).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    assert image.width() == 40
    solid = {QColor(image.pixel(x, y)).name() for x in range(40) for y in range(40) if image.pixel(x, y) >> 24 == 255}
    assert solid == {"#ff0000"}
