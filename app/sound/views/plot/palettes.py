"""Colours for levels: 256 of them, from silent to loud or from below zero to above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from numpy.typing import NDArray
from PySide6.QtGui import QIcon, QImage, QPixmap

from app.look import theme

Table = NDArray[np.uint32]


@dataclass(frozen=True)
class Palette:
    """Colours that get evenly lighter or darker, so that they can be told apart without seeing hues.

    `source` is the table of pyqtgraph's that they come from, which is read backwards where it is `turned`.
    """

    id: str
    title: str
    source: str
    turned: bool = False


def _(context: str, text: str) -> str:
    """Mark a text for the translator (QT_TRANSLATE_NOOP, with a type)."""
    return text


PALETTES = (
    Palette("magma", _("views", "Magma: black, purple, yellow"), "magma"),
    Palette("inferno", _("views", "Inferno: black, red, yellow"), "inferno"),
    Palette("viridis", _("views", "Viridis: blue, green, yellow"), "viridis"),
    Palette("cividis", _("views", "Cividis: blue, grey, yellow"), "cividis"),
    Palette("grey", _("views", "Grey: black to white"), "CET-L1"),
    Palette("paper", _("views", "Paper: white to black"), "CET-L1", turned=True),
    Palette("daylight", _("views", "Daylight: white, orange, blue"), "CET-L17"),
)  # fmt: skip
#: The choice that follows the window's colours.
WINDOW = "window"
_FOR_DARK, _FOR_LIGHT = PALETTES[0], PALETTES[-1]

# OKLab: its distances are those that are seen (B. Ottosson, "A perceptual color space for image processing", 2020).
_TO_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip
# Blue and orange differ for everyone; what is near zero is the ground of the plot.
_BELOW = {False: ("#08306b", "#4a90d9"), True: ("#bfe0ff", "#2f7fd6")}
_ABOVE = {False: ("#e07b1a", "#6b2a00"), True: ("#d9761a", "#ffe2ad")}


def shown(name: str) -> Palette:
    """Give the palette of this name; for an unknown name, the one that suits the window's colours."""
    usual = _FOR_DARK if theme.colours() is theme.DARK else _FOR_LIGHT
    return next((palette for palette in PALETTES if palette.id == name), usual)


def plain() -> str:
    """Name the grey palette that suits the window's colours, for a picture below other colours."""
    return "grey" if theme.colours() is theme.DARK else "paper"


def is_dark(name: str) -> bool:
    """Whether silence is dark in this palette."""
    return int(colours(name)[0] & 0xFF) < 128


def swatch(name: str) -> QIcon:
    """Draw a palette as an icon."""
    row = np.ascontiguousarray(np.tile(colours(name)[::16], (16, 1)))
    return QIcon(QPixmap.fromImage(QImage(row.data, 16, 16, 64, QImage.Format.Format_RGB32).copy()))


def colours(name: str) -> Table:
    """Give 256 colours 0xffRRGGBB, from silent to loud, of the palette that is shown under this name."""
    return _sequential(shown(name))


@cache
def _sequential(palette: Palette) -> Table:
    table = pg.colormap.get(palette.source).getLookupTable(0.0, 1.0, 256, alpha=False)
    return _packed(table[::-1] if palette.turned else table)


def diverging() -> Table:
    """Give 256 colours 0xffRRGGBB: blue below zero, the plot's ground at zero, orange above."""
    ground = theme.colours().base
    return _diverging(theme.colours() is theme.DARK, ground)


@cache
def _diverging(dark: bool, ground: str) -> Table:
    anchors = np.array([_lab(colour) for colour in (*_BELOW[dark], ground, *_ABOVE[dark])])
    places = np.linspace(0, 1, len(anchors))
    lab = np.stack([np.interp(np.linspace(0, 1, 256), places, part) for part in anchors.T], axis=1)
    linear = ((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return _packed(np.round(255 * encoded))


def _lab(colour: str) -> NDArray[np.float64]:
    encoded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T)


def _packed(table: NDArray[np.generic]) -> Table:
    red, green, blue = table.astype(np.uint32).T
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, dtype=np.uint32)
