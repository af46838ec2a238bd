"""The settings of the spectrogram."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QMenu

from app.look import words
from app.sound.views.lanes.menus import add_choice, add_palettes, add_windows
from app.sound.views.plot import ticks
from app.sound.views.plot.scales import NAMES

if TYPE_CHECKING:
    from app.sound.views.choices import Choices
    from app.sound.views.lanes.spectrogram import Drawn, SpectrogramLane

# Levels in dB of a sine of full scale that can be chosen for the brightest and the darkest colour.
_CEILINGS = (0, -10, -20, -30, -40)
_FLOORS = (-50, -60, -70, -80, -90, -100, -120, -140)
_USUAL = (-90, -10)
# A track's own range ends where only so much of it is louder, and is so wide, both in dB but the share.
_LOUDER = 0.002
_WIDE = 70
_STEP = 5


def range_of(choices: Choices) -> tuple[int, int]:
    """Give the levels (dB) of the darkest and the brightest colour, or the usual ones where they make no sense."""
    low, high = choices.spectrogram_floor, choices.spectrogram_ceiling
    return (low, high) if -200 <= low < high <= 20 else _USUAL


def fill(lane: SpectrogramLane, menu: QMenu) -> None:
    """Put the settings into the lane's menu."""
    titles = {
        "linear": words.tr("&Linear: every hertz alike"),
        "mel": words.tr("&Mel: as pitches are heard"),
        "log": words.tr("L&ogarithmic: every octave alike"),
    }
    scales = [(name, titles[name]) for name in NAMES]
    scale = lane.scale().name
    add_choice(menu, words.tr("&Frequency axis"), scales, scale, partial(lane.choose, "spectrogram_scale"))
    _add_levels(lane, menu.addMenu(words.tr("&Levels")))
    add_palettes(lane, menu)
    add_windows(lane, menu)


def _add_levels(lane: SpectrogramLane, menu: QMenu) -> None:
    low, high = range_of(lane.choices)
    for title, levels, now, name in (
        (words.tr("&Brightest from"), _CEILINGS, high, "spectrogram_ceiling"),
        (words.tr("&Darkest up to"), _FLOORS, low, "spectrogram_floor"),
    ):
        options = [(level, f"{ticks.number(level, 0)} dB") for level in sorted({*levels, now}, reverse=True)]
        add_choice(menu, title, options, now, partial(_choose_level, lane, name))
    menu.addSeparator()
    action = menu.addAction(words.tr("&Fit to this track"), lambda: fit(lane))
    action.setEnabled(lane.coarse is not None)
    menu.addAction(words.tr("&As usual: {} to {} dB").format(*(ticks.number(level, 0) for level in _USUAL)),
                   lambda: _choose_range(lane, _USUAL))  # fmt: skip


def _choose_level(lane: SpectrogramLane, name: str, level: object) -> None:
    """Take one end of the range; the other one gives way where they would meet."""
    low, high = range_of(lane.choices)
    if name == "spectrogram_ceiling":
        _choose_range(lane, (min(low, int(str(level)) - 10), int(str(level))))
    else:
        _choose_range(lane, (int(str(level)), max(high, int(str(level)) + 10)))


def _choose_range(lane: SpectrogramLane, levels: tuple[int, int]) -> None:
    lane.choices.spectrogram_floor = levels[0]
    lane.choose("spectrogram_ceiling", levels[1])


def fit(lane: SpectrogramLane) -> None:
    """Choose the levels by what the track has."""
    if lane.coarse is not None:
        lane.ask("fit", partial(_fitting, lane.coarse), partial(_choose_range, lane))


def _fitting(drawn: Drawn, wanted: object) -> tuple[int, int]:
    """Find a range for what is drawn; for the loader's thread."""
    loud = float(np.quantile(drawn.decibels, 1 - _LOUDER))
    high = int(min(max(_STEP * round(loud / _STEP), -100), 0))
    return high - _WIDE, high
