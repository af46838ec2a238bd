"""The ways in which the same recording may lie on a disk, as the model is measured on them."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from genre_tagger.model.features import FeatureSpec
from genre_tagger.model.network import Judgement
from genre_tagger.sound.audio import load
from genre_tagger.training.compare import robustness
from genre_tagger.training.data import tracks
from genre_tagger.training.data.data import Clip

_SR = 16_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip of three seconds that has a rhythm and a melody."""
    t = np.arange(3 * 22_050) / 22_050
    melody = np.sin(2 * np.pi * np.cumsum(220 + 110 * (t // 0.3 % 5)) / 22_050)
    beat = np.random.default_rng(3).normal(0, 1, len(t)) * np.exp(-20 * (t % 0.4))
    path = str(tmp_path_factory.mktemp("clip") / "clip.flac")
    soundfile.write(path, 0.2 * melody + 0.1 * beat, 22_050)
    return path


def lag(y, z):
    """How many samples `z` comes after `y`."""
    both = min(len(y), len(z))
    product = np.fft.rfft(z[:both], 2 * both) * np.conj(np.fft.rfft(y[:both], 2 * both))
    found = int(np.argmax(np.fft.irfft(product)))
    return found - 2 * both if found > both else found


@pytest.mark.parametrize("variant", robustness.VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_is_the_same_recording_and_begins_when_it_began(variant, clip, tmp_path):
    y = load(clip, sr=_SR)
    z = load(robustness.write(clip, variant, str(tmp_path)), sr=_SR)
    assert abs(lag(y, z)) <= 1  # an encoder's delay that the file does not tell would move the patches
    assert len(z) == pytest.approx(len(y), abs=0.05 * _SR)
    length = min(len(y), len(z))
    gain = 10 ** (variant.gain / 20)
    assert np.corrcoef(y[:length], z[:length])[0, 1] > 0.95
    assert np.std(z) == pytest.approx(gain * np.std(y), rel=0.1)


class Listener:
    """A model that says whether something is loud."""

    def __init__(self, limit):
        self.card = type("Card", (), {"spec": FeatureSpec(), "labels": ("loud", "quiet")})()
        self.limit = limit

    def judge(self, patches):
        loud = float(patches.mean())
        return Judgement(True, np.array([loud, self.limit]) / (loud + self.limit))


def test_agreement_is_the_share_of_clips_with_the_same_answer(clip, tmp_path):
    quiet = robustness.write(clip, robustness.VARIANTS[1], str(tmp_path))
    loud, quieter = (tracks.patches(path, FeatureSpec()).mean() for path in (clip, quiet))
    rows = robustness.agreement(Listener((loud + quieter) / 2), [Clip("clip", 0, 0, clip)])
    same = {row["variant"]: row["same"] for row in rows}
    assert same == {variant.name: float(variant.gain == 0) for variant in robustness.VARIANTS}
    shift = {row["variant"]: row["shift"] for row in rows}
    assert shift["12 dB quieter"] == max(shift.values()) > 10 * shift["WAV"]
