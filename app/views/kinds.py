"""All kinds of lanes: one row each, read by the stack and its menus."""

from __future__ import annotations

from dataclasses import dataclass

from app.views.lane import Lane
from app.views.spectrogram import SpectrogramLane
from app.views.waveform import WaveformLane


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
    Kind("spectrogram", _("views", "Spectrogram"), SpectrogramLane, share=4),
)  # fmt: skip
