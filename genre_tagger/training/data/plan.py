"""The plan of a build: the settings that all its steps share."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass

from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.labelled import recordings

PATCHES, EPOCHS = 32_768, 4


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a build: from which data, with which seed, and where it goes.

    Attributes
    ----------
    data : DataFolder
        Read only.
    work : str
        Caches and unfinished models; a stopped run goes on from there.
    folder : str
        Where the finished model goes; its last part is the model's name.
    patches : int
        How many patches the teachers label.
    epochs : int
        Passes over them.
    seed : int
        Of all randomness.
    """

    data: DataFolder
    work: str
    folder: str
    patches: int = PATCHES
    epochs: int = EPOCHS
    seed: int = 7

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
        """The trained network, still without heads; made with other settings it has another name."""
        return self.kept(f"student-{self.patches}-{self.epochs}-{self.seed}", ".keras")

    @property
    def finished(self) -> str:
        """Where the model is put together before it goes to :attr:`folder`."""
        return os.path.join(self.work, "finished", os.path.basename(os.path.abspath(self.folder)))

    def kept(self, name: str, suffix: str = "") -> str:
        """Path in the work folder of something made from these recordings, which has another name for others."""
        paths = [*(recording.path for recording in recordings(self.data.root)), *self.data.weights]
        sizes = [[os.path.relpath(path, self.data.root), os.path.getsize(path)] for path in paths]
        digest = hashlib.sha256(json.dumps(sizes).encode()).hexdigest()
        return os.path.join(self.work, f"{name}-{digest[:8]}{suffix}")
