"""The known recipes, one row each: their input, their network, how they are trained, what was reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from genre_tagger.sound.descriptors import NUMBERS
from genre_tagger.training.recipes import networks
from genre_tagger.training.recipes.inputs import InputSpec

_MFCC = InputSpec("mfcc", (130, 13), seconds=3.0, step=3.0)
_MEL = InputSpec("mel", (224, 224, 3))
_PICTURE_FRAMES_PER_SECOND = 336 / 30


@dataclass(frozen=True, slots=True)
class Recipe:
    """A published way to tell genres apart.

    Attributes
    ----------
    name : str
        How it is asked for.
    about : str
        One line for people.
    input_spec : InputSpec
        From sound.
    build : callable
        (shape of a piece, number of labels) → untrained network; EfficientNet takes ``imagenet`` as well.
    reported : str
        Share of right answers in the reports, with their conditions.
    reported_accuracy : float
        The first of them, 0…1.
    epochs, batch, rate : int, int, float
        Most passes over the training pieces, pieces a step, learning rate of Adam at the beginning.
    scaling : {"", "min-max", "spread"}
        Bring each value to 0…1, or to mean 0 and spread 1, by the training tracks.
    watch : {"loss", "accuracy"}
        What early stopping watches. Networks on unscaled MFCC are far too sure from the first pass on, and the batch
        norms of a deep network lag behind: by their loss the first pass would be the best. Elsewhere the
        held-out pieces are too few to be counted.
    """

    name: str
    about: str
    input_spec: InputSpec
    build: Callable[..., Any]
    reported: str
    reported_accuracy: float
    epochs: int
    batch: int = 32
    rate: float = 1e-4
    scaling: str = ""
    watch: str = "loss"

    @property
    def has_segments(self) -> bool:
        """Whether its input is a recording in segments."""
        return self.input_spec.kind in ("mfcc", "picture-mfcc")

    def with_segments(self, count: int) -> Recipe:
        """The same with a 30-s clip cut into `count` segments (MFCC recipes; ten by default)."""
        if not self.has_segments:
            raise ValueError(f"{self.name} has no segments")
        seconds = 30 / count
        if self.input_spec.kind == "mfcc":
            frames = -(-round(seconds * self.input_spec.sr) // self.input_spec.hop_length)
        else:
            frames = int(seconds * _PICTURE_FRAMES_PER_SECOND)
        shape = (frames, *self.input_spec.shape[1:])
        return replace(self, input_spec=replace(self.input_spec, seconds=seconds, step=seconds, shape=shape))

    def from_pictures(self) -> Recipe:
        """The same with MFCC taken from mel pictures, which show 11 columns a second; other recipes as they are.

        These MFCC are scaled: pictures tell no level and half the range, and on them as they are the network with
        dropout learns nothing at all (on MFCC from sound it does).
        """
        if self.input_spec.kind != "mfcc":
            return self
        frames = int(self.input_spec.seconds * _PICTURE_FRAMES_PER_SECOND)
        input_spec = replace(self.input_spec, kind="picture-mfcc", shape=(frames, self.input_spec.shape[1]))
        return replace(self, input_spec=input_spec, scaling="spread")


_ROWS = (
    Recipe(
        "features-mlp", "57 statistics of librosa features, dense network",
        InputSpec("features", (len(NUMBERS),)), networks.features_mlp,
        "0.6813", 0.6813, epochs=600, scaling="min-max",
    ),
    Recipe(
        "mfcc-mlp", "13 MFCC in 10 segments, dense network",
        _MFCC, networks.mfcc_mlp, "0.6198; 0.9361 with 6 segments and a 93/7 split", 0.6198,
        epochs=50, watch="accuracy",
    ),
    Recipe(
        "mfcc-mlp-regularised", "the same with dropout and L2",
        _MFCC, networks.mfcc_mlp_regularised, "0.6800", 0.68, epochs=100, watch="accuracy",
    ),
    Recipe(
        "mfcc-cnn", "13 MFCC in 10 segments, three convolutions",
        _MFCC, networks.mfcc_cnn, "0.7397", 0.7397, epochs=50, watch="accuracy",
    ),
    Recipe(
        "mfcc-lstm", "13 MFCC in 10 segments, two LSTM layers",
        _MFCC, networks.mfcc_lstm, "0.6660; 0.8248 with 50 epochs", 0.666, epochs=50, watch="accuracy",
    ),
    Recipe(
        "mel-cnn", "mel pictures, three convolutions",
        _MEL, networks.mel_cnn, "0.6131", 0.6131, epochs=20, rate=1e-3,
    ),
    Recipe(
        "mel-efficientnet", "mel pictures, EfficientNetB0",
        _MEL, networks.mel_efficientnet, "0.7852", 0.7852, epochs=30, batch=16, rate=1e-3, watch="accuracy",
    ),
    Recipe(
        "stft-cnn", "20-s STFT up to 4 kHz, four convolutions",
        InputSpec("stft", (256, 500, 1), seconds=20.0, step=10.0, sr=8_000, n_fft=512, hop_length=320),
        networks.stft_cnn, "0.2944 (FMA, twenty genres)", 0.2944, epochs=40, batch=16, rate=1e-3,
    ),
)  # fmt: skip

RECIPES = {recipe.name: recipe for recipe in _ROWS}
"""Name → recipe, in the order of the table."""
