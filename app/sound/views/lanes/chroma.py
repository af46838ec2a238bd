"""Chroma: how strong each of the twelve notes is, whatever its octave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.look import theme, words
from app.sound.views.lanes.menus import add_palettes, add_windows
from app.sound.views.lanes.rows import Compute, RowsLane, Stretch, Values, coarse_power, facts_of
from app.sound.views.plot import palettes, ticks
from app.sound.views.plot.legends import Legend, Ramp
from genre_tagger.sound.chroma import PITCH_CLASSES, chroma
from genre_tagger.sound.frames import Cut, columns

if TYPE_CHECKING:
    from genre_tagger.sound.frames import Wanted

# Where not all notes can be labelled: those of the C major chord, the other white keys, the black ones.
_WELCOME = ("C", "G", "E", "A", "D", "B", "F")


class ChromaLane(RowsLane):
    """Draws twelve rows, from C to B."""

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
        return _WELCOME.index(name) if name in _WELCOME else len(_WELCOME) + row

    def say_value(self, row: int, value: float) -> str:
        share = ticks.number(100 * value, 0)
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


def _chroma(stretch: Stretch, wanted: Wanted) -> Values | None:
    sr, deviation = stretch.found.sr, facts_of(stretch).deviation
    if stretch.excerpts is None:
        return chroma(coarse_power(stretch), sr, deviation=deviation)

    def notes(piece: Cut) -> Values:
        return chroma(piece.power(), sr, deviation=deviation)

    grid, duration = stretch.grid, stretch.found.duration
    return columns(notes, stretch.excerpts, grid, stretch.first, stretch.last, duration, wanted)
