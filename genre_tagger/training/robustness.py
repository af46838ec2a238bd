"""Does the model answer the same when a recording is quieter, resampled or compressed?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

from genre_tagger.audio import load
from genre_tagger.model import GenreModel
from genre_tagger.training import tracks
from genre_tagger.training.data import Clip
from genre_tagger.training.report import say


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which the same recording may lie on a disk.

    Attributes
    ----------
    name : str
        For the card.
    suffix, format, subtype : str
        File name's end and libsndfile's names of the format.
    sr : int
        Sampling rate in Hz.
    gain : float
        In dB.
    """

    name: str
    suffix: str = ".wav"
    format: str = "WAV"
    subtype: str = "PCM_16"
    sr: int = 22_050
    gain: float = 0.0


VARIANTS = (
    Variant("12 dB quieter", gain=-12.0),
    Variant("44.1 kHz", sr=44_100),
    Variant("MP3", ".mp3", "MP3", "MPEG_LAYER_III", 44_100),
    Variant("Opus", ".opus", "OGG", "OPUS", 48_000),
)


def write(clip: str, variant: Variant, folder: str) -> str:
    """Write a recording as `variant` into `folder`; returns the new file's path."""
    source_rate = 22_050
    y = load(clip, sr=source_rate)
    if variant.sr != source_rate:
        y = soxr.resample(y, source_rate, variant.sr)
    y = np.clip(y * 10 ** (variant.gain / 20), -1, 1)
    path = os.path.join(folder, "variant" + variant.suffix)
    with soundfile.SoundFile(
        path, "w", samplerate=variant.sr, channels=1, format=variant.format, subtype=variant.subtype
    ) as file:
        for start in range(0, len(y), variant.sr):  # libsndfile's Opus encoder dislikes long blocks
            file.write(y[start : start + variant.sr])
    return path


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
        For each variant ``same`` (share of clips) and ``shift`` (mean change of the answered genre's
        probability), both in [0, 1].
    """
    spec = model.card.spec
    original = np.stack([model.predict(tracks.patches(clip.path, spec)) for clip in clips])
    answer = original.argmax(axis=1)
    rows: list[dict[str, float | str]] = []
    for variant in VARIANTS:
        with tempfile.TemporaryDirectory() as folder:
            changed = np.stack(
                [model.predict(tracks.patches(write(clip.path, variant, folder), spec)) for clip in clips]
            )
        same = float(np.mean(changed.argmax(axis=1) == answer))
        picked = np.arange(len(clips)), answer
        shift = float(np.abs(changed[picked] - original[picked]).mean())
        rows.append({"variant": variant.name, "same": round(same, 4), "shift": round(shift, 4)})
        say(f"{variant.name}: same answer for {same:.1%}, probability moves by {shift:.3f}")
    return rows
