"""MFCC and chroma: the shape of the spectrum in a few numbers, and the strength of the twelve notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QMenu

from app.look import theme, words
from app.sound.views.lanes.lane import add_choice, add_palettes, add_switch, add_windows
from app.sound.views.lanes.rows import Compute, RowsLane, Stretch, Values, coarse_power, facts_of
from app.sound.views.plot import palettes, scales
from app.sound.views.plot.header import Legend, Ramp
from genre_tagger.sound.frames import Cut, columns
from genre_tagger.sound.spectral import PITCH_CLASSES, cepstrum, chroma, delta, mel, to_db

if TYPE_CHECKING:
    from app.sound.views.choices import Choices
    from genre_tagger.sound.frames import Wanted

COUNTS = (8, 10, 12, 13, 16, 20, 26, 32, 40)
_USUAL_COUNT = 20
# Frames that the change at a frame is estimated from, itself in the middle: librosa's own number.
_DELTA_FRAMES = 9
# Values in full colour, for coefficients, their change from frame to frame, and the change of that.
_FULL = (200.0, 20.0, 12.0)
# Values of the 0th coefficient in full colour: it is a sum of decibels, and so nearly always far below zero.
_LOUDNESS = (-600.0, 0.0)
# Notes to label first where there is no room for all: the C major chord, then the other white keys.
_LABELLED_FIRST = ("C", "G", "E", "A", "D", "B", "F")


@dataclass(frozen=True)
class Kind:
    """Which coefficients: those below `count`, with the 0th or without, and how often differentiated."""

    count: int
    zeroth: bool
    order: int

    @property
    def first(self) -> int:
        """The lowest coefficient."""
        return 0 if self.zeroth else 1

    @property
    def full(self) -> float:
        """The value in full colour."""
        return _FULL[self.order]

    def levels(self, values: Values) -> Values:
        """Place numbers on the scale of colours: small ones, which the higher rows have, are spread by a root."""
        share = np.sign(values) * np.sqrt(np.abs(values) / self.full)
        if self.zeroth and self.order == 0:
            low, high = _LOUDNESS
            share[0] = (values[0] - low) / (high - low) * 2 - 1
        return np.asarray(0.5 + 0.5 * share, dtype=np.float32)


def kind_of(choices: Choices) -> Kind:
    """Read the kind from the choices, with usual values in place of invalid ones."""
    count = choices.mfcc_count if choices.mfcc_count in COUNTS else _USUAL_COUNT
    return Kind(count, choices.mfcc_zeroth, choices.mfcc_delta if choices.mfcc_delta in (0, 1, 2) else 0)


class MfccLane(RowsLane):
    """Draws the mel-frequency cepstral coefficients, the lowest at the bottom."""

    id = "mfcc"
    least = 9 * theme.UNIT

    @staticmethod
    def about() -> str:
        return words.tr(
            "Each row is one mel-frequency cepstral coefficient, a number for the shape of the spectrum: row 0 tells "
            "how loud it is, row 1 whether bass or treble prevails, and the higher ones tell of ever finer ripples. "
            "Orange is above zero and blue below; moments with the same pattern have the same timbre, whatever is "
            "played."
        )

    def unit(self) -> str:
        kind = kind_of(self.choices)
        return (
            self.tr("Coefficient"),
            self.tr("Δ of coefficient"),
            self.tr("ΔΔ of coefficient"),
        )[kind.order]

    def names(self) -> Sequence[str]:
        kind = kind_of(self.choices)
        return [str(number) for number in range(kind.first, kind.count)]

    def column_names(self) -> Sequence[str]:
        prefix = ("mfcc", "delta_mfcc", "delta2_mfcc")[kind_of(self.choices).order]
        return [f"{prefix}_{name}" for name in self.names()]

    def welcome(self, row: int) -> int:
        number = row + kind_of(self.choices).first
        return next(place for place, step in enumerate((10, 5, 2, 1)) if number % step == 0) * 100 + number

    def say_value(self, row: int, value: float) -> str:
        kind = kind_of(self.choices)
        number = row + kind.first
        name = (self.tr("MFCC {}"), self.tr("Δ MFCC {}"), self.tr("ΔΔ MFCC {}"))[kind.order].format(number)
        unit = ("", self.tr("per frame"), self.tr("per frame²"))[kind.order]
        return f"{name}  ·  {scales.number_text(value, 1 if kind.order == 0 else 2)} {unit}".rstrip()

    def colours(self) -> palettes.Table:
        return palettes.diverging()

    def legend(self) -> Legend:
        full = kind_of(self.choices).full
        above = [(_share_of_scale(value, full), scales.number_text(value, 0)) for value in (full / 4, full / 20)]
        below = [(1 - share, f"−{text}") for share, text in above]
        lowest, highest = scales.number_text(-full, 0), scales.number_text(full, 0)
        return Ramp(self.colours(), lowest, highest, ((0.5, "0"), *above, *below))

    def levels(self) -> Callable[[Values], Values]:
        return kind_of(self.choices).levels

    def compute(self) -> Compute:
        return partial(_mfcc, kind_of(self.choices))

    def fill_menu(self, menu: QMenu) -> None:
        kind = kind_of(self.choices)
        counts = [(count, self.tr("{} coefficients").format(count)) for count in COUNTS]
        add_choice(menu, self.tr("&Number"), counts, kind.count, lambda value: self.choose("mfcc_count", value))
        add_switch(menu, self.tr("With the &0th, the loudness"), kind.zeroth, lambda on: self.choose("mfcc_zeroth", on))
        orders = [
            (0, self.tr("The coefficients themselves")),
            (1, self.tr("Their change from frame to frame (Δ)")),
            (2, self.tr("The change of that (ΔΔ)")),
        ]
        add_choice(menu, self.tr("&Draw"), orders, kind.order, lambda value: self.choose("mfcc_delta", value))
        add_windows(self, menu)


def _share_of_scale(value: float, full: float) -> float:
    """Place a value from 0 to `full` on the upper half of the scale of colours, as Kind.levels does."""
    return 0.5 + 0.5 * math.sqrt(value / full)


class ChromaLane(RowsLane):
    """Draws the strength of the twelve notes, C at the bottom."""

    id = "chroma"
    least = 9 * theme.UNIT

    @staticmethod
    def about() -> str:
        return words.tr(
            "Each row is one of the twelve notes from C to B, in all octaves together; the colour says how strong it "
            "is compared with the strongest one at that moment. Rows that stand out together for a while are chords or "
            "held notes, while drums and speech fill all of them."
        )

    def unit(self) -> str:
        return self.tr("Note")

    def names(self) -> Sequence[str]:
        return PITCH_CLASSES

    def column_names(self) -> Sequence[str]:
        return [f"chroma_{name.replace('♯', '#')}" for name in PITCH_CLASSES]

    def welcome(self, row: int) -> int:
        name = PITCH_CLASSES[row]
        return _LABELLED_FIRST.index(name) if name in _LABELLED_FIRST else len(_LABELLED_FIRST) + row

    def say_value(self, row: int, value: float) -> str:
        share = scales.number_text(100 * value, 0)
        return f"{PITCH_CLASSES[row]}  ·  {self.tr('{} % of the strongest note').format(share)}"

    def colours(self) -> palettes.Table:
        return palettes.colours(self.choices.spectrogram_palette)

    def legend(self) -> Legend:
        return Ramp(self.colours(), self.tr("{} %").format(0), self.tr("{} %").format(100), ((0.5, "50 %"),))

    def levels(self) -> Callable[[Values], Values]:
        return lambda values: values

    def compute(self) -> Compute:
        return _chroma

    def fill_menu(self, menu: QMenu) -> None:
        add_palettes(self, menu)
        add_windows(self, menu)


# --- in the loader's thread ------------------------------------------------------------------------------


def _mfcc(kind: Kind, stretch: Stretch, wanted: Wanted) -> Values | None:
    """Compute the coefficients of a stretch, equal to librosa's; in the coarse picture, those of the mean spectrum."""
    overview, grid, first, last = stretch.overview, stretch.grid, stretch.first, stretch.last
    if stretch.excerpts is None:
        decibels = _decibels(mel(coarse_power(stretch), overview.sr), stretch)
        values = cepstrum(decibels, n_mfcc=kind.count, first=kind.first)
        column = (stretch.stop - stretch.start) / max(1, last - first)
        per_frame = np.float32((grid.step / column) ** kind.order if column > 0 else 0)
        return delta(values, order=kind.order) * per_frame if kind.order else values
    around = _DELTA_FRAMES // 2 if kind.order else 0
    low, high = max(0, first - around), min(grid.count(overview.duration), last + around)

    def bands(piece: Cut) -> Values:
        return mel(piece.power(), overview.sr)

    power = columns(bands, stretch.excerpts, grid, low, high, overview.duration, wanted)
    if power is None:
        return None
    values = cepstrum(_decibels(power, stretch), n_mfcc=kind.count, first=kind.first)
    if kind.order:
        values = delta(values, order=kind.order)
    return values[:, first - low :][:, : last - first]


def _decibels(bands: Values, stretch: Stretch) -> Values:
    """Express mel bands in dB, no more than 80 below the loudest of the whole track."""
    return to_db(bands, loudest=facts_of(stretch).loudest)


def _chroma(stretch: Stretch, wanted: Wanted) -> Values | None:
    """Compute the notes of a stretch, equal to librosa's; in the coarse picture, those of the mean spectrum."""
    sr, deviation = stretch.overview.sr, facts_of(stretch).deviation
    if stretch.excerpts is None:
        return chroma(coarse_power(stretch), sr, deviation=deviation)

    def notes(piece: Cut) -> Values:
        return chroma(piece.power(), sr, deviation=deviation)

    grid, duration = stretch.grid, stretch.overview.duration
    return columns(notes, stretch.excerpts, grid, stretch.first, stretch.last, duration, wanted)
