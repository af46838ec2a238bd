"""All kinds of lanes: one row each, read by the stack and its menus."""

from __future__ import annotations

from dataclasses import dataclass

from app.sound.views.lanes.chroma import ChromaLane
from app.sound.views.lanes.curves_drawn import CurvesLane
from app.sound.views.lanes.lane import Lane
from app.sound.views.lanes.mfcc import MfccLane
from app.sound.views.lanes.spectrogram import SpectrogramLane
from app.sound.views.lanes.strip import StripLane
from app.sound.views.lanes.waveform import WaveformLane


@dataclass(frozen=True)
class Kind:
    """A kind of lane; `share` is how much of the height it gets at first, relative to the others."""

    id: str
    title: str
    lane: type[Lane]
    shown: bool = True
    share: int = 2


def _(context: str, text: str) -> str:
    """Mark a text for the translator (QT_TRANSLATE_NOOP, with a type)."""
    return text


KINDS = (
    Kind("waveform", _("views", "Waveform"), WaveformLane, share=2),
    Kind("strip", _("views", "Genres"), StripLane, share=3),
    Kind("spectrogram", _("views", "Spectrogram"), SpectrogramLane, share=5),
    Kind("mfcc", _("views", "MFCC"), MfccLane, shown=False, share=3),
    Kind("chroma", _("views", "Chroma"), ChromaLane, shown=False, share=3),
    Kind("curves", _("views", "Curves"), CurvesLane, shown=False, share=3),
)  # fmt: skip
