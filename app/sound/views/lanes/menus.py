"""Menus of lanes, in which something is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.look import words
from app.sound.views.choices import WINDOWS, window_of
from app.sound.views.plot import ticks
from app.sound.views.plot.palettes import PALETTES, WINDOW, swatch

if TYPE_CHECKING:
    from app.sound.views.lanes.lane import Lane


def add_choice(
    menu: QMenu, title: str, options: Iterable[tuple[object, str]], chosen: object, choose: Callable[[object], object]
) -> QMenu:
    """Add a menu below `menu` with one entry for each (value, text); `choose` gets the value that is taken."""
    below = menu.addMenu(title)
    group = QActionGroup(below)
    for value, text in options:
        action = below.addAction(text)
        action.setCheckable(True)
        action.setChecked(value == chosen)
        action.triggered.connect(lambda _, value=value: choose(value))
        group.addAction(action)
    return below


def add_switch(menu: QMenu, title: str, on: bool, switch: Callable[[bool], object]) -> None:
    """Add an entry that can be ticked."""
    action = menu.addAction(title)
    action.setCheckable(True)
    action.setChecked(on)
    action.toggled.connect(lambda now: switch(now))


def add_windows(lane: Lane, menu: QMenu) -> None:
    """Let the length of frames be chosen: longer ones tell pitches apart better, shorter ones moments."""
    found = lane.sound.overview
    options = []
    for n_fft in WINDOWS:
        text = words.tr("{} samples").format(words.number(n_fft))
        if found is not None:
            long, apart = ticks.number(1000 * n_fft / found.sr, 0), ticks.hertz(found.sr / n_fft)
            text = words.tr("{} samples: {} ms, rows {} apart").format(words.number(n_fft), long, apart)
        options.append((n_fft, text))
    title = words.tr("&Window length, in all views")
    add_choice(menu, title, options, window_of(lane.choices), lambda value: lane.choose("spectrogram_n_fft", value))


def add_palettes(lane: Lane, menu: QMenu) -> None:
    """Let the colours be chosen, which lanes share."""
    options = [(WINDOW, words.tr("Like the window: dark or light"))]
    options += [(palette.id, QCoreApplication.translate("views", palette.title)) for palette in PALETTES]
    names = [name for name, _ in options]
    chosen = lane.choices.spectrogram_palette if lane.choices.spectrogram_palette in names else WINDOW
    below = add_choice(
        menu, words.tr("&Colours"), options, chosen, lambda value: lane.choose("spectrogram_palette", value)
    )
    for action, name in zip(below.actions(), names, strict=True):
        action.setIcon(swatch(name))
        # An icon takes the place of the tick.
        font = action.font()
        font.setBold(action.isChecked())
        action.setFont(font)


def add_switches(lane: Lane, menu: QMenu, name: str, entries: Iterable[tuple[str, str]]) -> None:
    """Add entries that can be ticked; the ids of those that are, are the choice `name`."""
    ids = getattr(lane.choices, name).split()

    def switch(id_: str, on: bool) -> None:
        now = [one for one in getattr(lane.choices, name).split() if one != id_]
        lane.choose(name, " ".join([*now, id_] if on else now))

    for id_, title in entries:
        add_switch(menu, title, id_ in ids, partial(switch, id_))
