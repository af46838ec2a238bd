"""What the user chose for the views; stored in a file of its own beside the window's."""

from __future__ import annotations

from dataclasses import dataclass

# Lengths of frames that can be chosen, in samples, and the one to take where a strange one was kept.
WINDOWS = (512, 1024, 2048, 4096, 8192)
_USUAL_WINDOW = 2048


@dataclass
class Choices:
    """The choices, one attribute each: text, a number or a truth value. A stored value of another type is not read.

    A module that draws a lane adds its choices here, named after the lane.
    """

    lanes: str = ""  # ids of the lanes that are shown, from top to bottom; nothing is: those shown by default
    heights: str = ""  # id:pixels of all lanes that were ever seen
    chosen_height: int = 0  # of the whole part, in pixels, where the user has drawn at its edge
    folded: bool = False  # the whole part is to be a strip
    saved_in: str = ""  # the folder that pictures and tables were saved in last
    spectrogram_scale: str = "mel"
    spectrogram_floor: int = -90
    spectrogram_ceiling: int = -10
    spectrogram_n_fft: int = 2048
    spectrogram_palette: str = "window"
    why_shown: bool = False
    why_genre: str = ""  # "" is the one that the model proposes
    mfcc_count: int = 20
    mfcc_zeroth: bool = True
    mfcc_delta: int = 0  # 1: the change from frame to frame, 2: the change of that
    spectrogram_curves: str = ""  # ids of the curves laid over it
    curves_shown: str = "centroid zero_crossings rms"  # ids of the curves in their own lane


def window_of(choices: Choices) -> int:
    """Give the length of frames that was chosen, in samples; it is the same in all lanes."""
    return choices.spectrogram_n_fft if choices.spectrogram_n_fft in WINDOWS else _USUAL_WINDOW
