"""Does the model answer the same when a recording is quieter, resampled, in stereo or compressed?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from genre_tagger.model.network import GenreModel
from genre_tagger.sound.audio import load
from genre_tagger.training import metrics
from genre_tagger.training.data import tracks
from genre_tagger.training.data.data import Clip
from genre_tagger.training.data.report import say

_SR = 22_050  # of the clips


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which the same recording may lie on a disk.

    Attributes
    ----------
    name : str
        For the card.
    suffix : str
        End of the file's name, which tells the container.
    sr, channels : int
        Sampling rate in Hz and number of channels.
    gain : float
        In dB.
    codec, bit_rate : str, int
        FFmpeg's name of the encoder and bits a second; none means 16-bit PCM.
    """

    name: str
    suffix: str = ".wav"
    sr: int = _SR
    channels: int = 1
    gain: float = 0.0
    codec: str = ""
    bit_rate: int = 0


VARIANTS = (
    Variant("WAV"),
    Variant("12 dB quieter", gain=-12.0),
    Variant("44.1 kHz stereo", sr=44_100, channels=2),
    Variant("MP3 128k", ".mp3", 44_100, 2, 0.0, "libmp3lame", 128_000),
    Variant("M4A 96k", ".m4a", 44_100, 2, 0.0, "aac", 96_000),
    Variant("Opus 64k", ".opus", 48_000, 2, 0.0, "libopus", 64_000),
)


def write(clip: str, variant: Variant, folder: str) -> str:
    """Write a recording as `variant` into `folder`; returns the new file's path."""
    y = load(clip, sr=_SR)
    if variant.sr != _SR:
        y = soxr.resample(y, _SR, variant.sr)
    y = np.clip(y * 10 ** (variant.gain / 20), -1, 1).astype(np.float32)
    path = os.path.join(folder, "variant" + variant.suffix)
    if variant.codec:
        _encode(y, path, variant)
    else:
        soundfile.write(path, np.repeat(y[:, None], variant.channels, axis=1), variant.sr, "PCM_16")
    return path


def _encode(y: NDArray[np.float32], path: str, variant: Variant) -> None:
    import av

    layout = "stereo" if variant.channels == 2 else "mono"
    with av.open(path, "w") as container:
        stream: Any = container.add_stream(variant.codec, rate=variant.sr, layout=layout)
        stream.bit_rate = variant.bit_rate
        frame = av.AudioFrame.from_ndarray(np.repeat(y[None], variant.channels, axis=0), "fltp", layout)
        # With a time, so that the encoder's delay is written into the file, as it is everywhere else.
        frame.sample_rate, frame.pts, frame.time_base = variant.sr, 0, Fraction(1, variant.sr)
        fit = av.AudioResampler(stream.format, layout, variant.sr, stream.codec_context.frame_size)
        for piece in [*fit.resample(frame), *fit.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def agreement(model: GenreModel, clips: Sequence[Clip]) -> list[dict[str, float | str]]:
    """Share of clips with the same answer in each variant, and how far the probabilities move.

    Parameters
    ----------
    model : GenreModel
        A finished model.
    clips : sequence of Clip
        Recordings.

    Returns
    -------
    list of dict
        For each variant ``same`` (share of clips) and ``shift`` (mean change of the probability of the genre answered
        for the original), both in [0, 1].
    """
    spec = model.card.spec
    original = tracks.asked(model, tracks.track_patches(clips, spec))
    answer = metrics.answers(original)
    answered = np.flatnonzero(answer >= 0)
    picked = answered, answer[answered]
    rows: list[dict[str, float | str]] = []
    for variant in VARIANTS:
        with tempfile.TemporaryDirectory() as folder:
            changed = tracks.asked(
                model, [tracks.patches(write(clip.path, variant, folder), spec) for clip in clips]
            )
        same = float(np.mean(metrics.answers(changed) == answer))
        shift = float(np.abs(changed[picked] - original[picked]).mean()) if len(answered) else 0.0
        rows.append({"variant": variant.name, "same": round(same, 4), "shift": round(shift, 4)})
        say(f"{variant.name}: same answer for {same:.1%}, probability moves by {shift:.3f}")
    return rows
