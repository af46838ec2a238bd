"""Every recording as the network hears it, once decoded, with what musicnn makes of it; kept one file a recording.

The second teacher, mn04, has the same front end as the network and is asked later, about varied patches too. musicnn is
forty times as slow, so it hears every third patch, and nothing varied.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import DecodeError
from genre_tagger.base.small_files import replacing
from genre_tagger.model.features import KALDI, LN_OF_POWER, FeatureSpec, log_mel
from genre_tagger.sound import audio
from genre_tagger.training.data.labelled import Recording
from genre_tagger.training.data.report import say
from genre_tagger.training.student import teacher

#: What the network hears: mn04's own front end.
SPEC = FeatureSpec(
    sr=32_000, n_fft=1_024, hop_length=320, n_mels=128, fmin=0.0, fmax=15_000.0, patch_frames=300, patch_hop=150,
    log=LN_OF_POWER, win_length=800, preemphasis=0.97, mel=KALDI,
)  # fmt: skip
#: What musicnn hears.
TAGGER_SPEC = FeatureSpec()
SECONDS = 30.0
TAGGED = 3


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as the network hears it.

    Attributes
    ----------
    spectrum : ndarray [shape=(frames, 128)]
        Log-mel of 30 s at most, from the middle of a longer piece.
    tags : ndarray [shape=(patches, 50)]
        musicnn's tag logits of patches beginning every 4.5 s; one row at least.
    """

    spectrum: NDArray[np.float16]
    tags: NDArray[np.float32]

    def patches(self) -> NDArray[np.float32]:
        """The patches that overlap by half [shape=(n, 300, 128)]."""
        count = 1 + (len(self.spectrum) - SPEC.patch_frames) // SPEC.patch_hop
        starts = np.arange(count) * SPEC.patch_hop
        return np.stack([self.spectrum[start : start + SPEC.patch_frames] for start in starts]).astype(np.float32)


def hear(recordings: list[Recording], folder: str, tagger: Any) -> list[Heard]:
    """Decode, transform and tag recordings; what a stopped run has left is kept.

    Parameters
    ----------
    recordings : list of Recording
    folder : str
        Where the files go.
    tagger : keras.Model
        musicnn, from :func:`genre_tagger.training.student.teacher.build`.

    Returns
    -------
    list of Heard

    Raises
    ------
    DecodeError
        If a recording cannot be decoded, or has less than 3 s.
    """
    os.makedirs(folder, exist_ok=True)
    heard = []
    for number, recording in enumerate(recordings, 1):
        place = os.path.join(folder, _name(recording.path))
        if not os.path.exists(place):
            _write(place, *_of(recording.path, tagger))
        with np.load(place, allow_pickle=False) as kept:
            heard.append(Heard(kept["spectrum"], kept["tags"]))
        if number % 100 == 0:
            say(f"heard {number} of {len(recordings)} recordings")
    return heard


def _name(path: str) -> str:
    """A name in the cache that another file, or another size of this one, does not have."""
    known = f"{os.path.basename(os.path.dirname(path))}/{os.path.basename(path)} {os.path.getsize(path)} {SPEC}"
    return hashlib.sha256(known.encode("utf-8", "surrogateescape")).hexdigest()[:24] + ".npz"


def _of(path: str, tagger: Any) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    import soxr

    excerpts = audio.windows(path, sr=SPEC.sr, seconds=SECONDS, count=1).excerpts
    y = np.concatenate([np.empty(0, dtype=np.float32), *excerpts])
    y = y - y.mean(dtype=np.float64).astype(np.float32) if len(y) else y
    spectrum = log_mel(y, SPEC)
    if len(spectrum) < SPEC.patch_frames:
        raise DecodeError(path, "This recording has less than 3 seconds of sound.")
    low = log_mel(soxr.resample(y, SPEC.sr, TAGGER_SPEC.sr), TAGGER_SPEC)
    count = 1 + (len(spectrum) - SPEC.patch_frames) // (TAGGED * SPEC.patch_hop)
    seconds = np.arange(count) * TAGGED * SPEC.patch_hop * SPEC.hop_length / SPEC.sr
    starts = np.round(seconds * TAGGER_SPEC.sr / TAGGER_SPEC.hop_length).astype(int)
    starts = np.minimum(starts, len(low) - TAGGER_SPEC.patch_frames)
    tags, _ = teacher.label(tagger, np.stack([low[start : start + TAGGER_SPEC.patch_frames] for start in starts]))
    return spectrum.astype(np.float16), tags.astype(np.float32)


def _write(place: str, spectrum: NDArray[np.float16], tags: NDArray[np.float32]) -> None:
    with replacing(place) as file:
        np.savez(file, spectrum=spectrum, tags=tags)
