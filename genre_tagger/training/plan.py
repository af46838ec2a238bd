"""What is built from what: the settings that every step of a build shares."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from genre_tagger.features import FeatureSpec
from genre_tagger.training.data import DataFolder


@dataclass(frozen=True, slots=True)
class Plan:
    """What is built from what.

    Attributes
    ----------
    data : DataFolder
        Read only.
    work : str
        Caches and unfinished models; a stopped run goes on from there.
    folder : str
        Where the finished model goes; its last part is the model's name.
    patches : int
        How many patches the teacher labels.
    epochs : int
        Passes over them.
    seed : int
        Of all randomness.
    spec : FeatureSpec
        What the model hears.
    """

    data: DataFolder
    work: str
    folder: str
    patches: int = 48_000
    epochs: int = 5
    seed: int = 7
    spec: FeatureSpec = field(default_factory=FeatureSpec)

    @property
    def command(self) -> str:
        """The command line that does it all again."""
        name = os.path.basename(self.folder)
        return (
            f"genre-tagger-train build --data $GENRE_TAGGER_DATA --work WORK --model models/{name}"
            f" --patches {self.patches} --epochs {self.epochs} --seed {self.seed}"
        )

    @property
    def student(self) -> str:
        """The distilled network, still without a genre head."""
        return os.path.join(self.work, "student.keras")
