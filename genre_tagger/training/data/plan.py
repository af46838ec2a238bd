"""The plan of a build: the settings that all its steps share."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field

from genre_tagger.model.features import FeatureSpec
from genre_tagger.training.data.data import DataFolder


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
        How many patches the teacher labels.
    epochs : int
        Passes over them.
    seed : int
        Of all randomness.
    spec : FeatureSpec
        Features that are the input of the model.
    """

    data: DataFolder
    work: str
    folder: str
    patches: int = 75_776
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
        """The distilled network, still without a genre head; made with other settings it has another name."""
        return self.kept(f"student-{self.patches}-{self.epochs}-{self.seed}", ".keras")

    @property
    def finished(self) -> str:
        """Where the model is put together before it goes to :attr:`folder`."""
        return os.path.join(self.work, "finished", os.path.basename(os.path.abspath(self.folder)))

    def kept(self, name: str, suffix: str = "") -> str:
        """Path in the work folder of something made from these recordings, which has another name for others."""
        data = self.data
        paths = [*(clip.path for clip in data.clips("train")), *data.music(), data.teacher_weights]
        sizes = [[os.path.relpath(path, data.root), os.path.getsize(path)] for path in paths]
        identity = json.dumps([self.spec.to_json(), sorted(data.names("train")), sizes])
        return os.path.join(self.work, f"{name}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}{suffix}")
