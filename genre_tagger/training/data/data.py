"""What the data folder holds: GTZAN clips, their split and artists, the teachers' weights."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass

# GTZAN's names (alphabetical, the order of every label list) and how they are written in tags.
GENRES = {
    "blues": "Blues",
    "classical": "Classical",
    "country": "Country",
    "disco": "Disco",
    "hiphop": "Hip-Hop",
    "jazz": "Jazz",
    "metal": "Metal",
    "pop": "Pop",
    "reggae": "Reggae",
    "rock": "Rock",
}
LABELS = tuple(GENRES.values())


@dataclass(frozen=True, slots=True)
class Clip:
    """One track of the split whose audio is at hand.

    Attributes
    ----------
    name : str
        GTZAN's name, such as ``"blues.00029"``.
    genre : int
        Index into :data:`LABELS`.
    artist : int
        Artist group; no group stands on both sides of the split.
    path : str
        The audio file.
    """

    name: str
    genre: int
    artist: int
    path: str


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder of training data; nothing in it is ever written.

    Parameters
    ----------
    root : str
        The folder that holds ``gtzan/``, ``teachers/`` and the rest.
    """

    root: str

    @property
    def teacher_weights(self) -> str:
        """The teacher network's weights (HDF5)."""
        return os.path.join(self.root, "gtzan", "teacher", "MSD_musicnn.h5")

    @property
    def network_weights(self) -> str:
        """The weights of mn04, which teaches and which the student begins from (NumPy archive)."""
        return os.path.join(self.root, "teachers", "mn04", "mn04_weights_f16.npz")

    @property
    def weights(self) -> tuple[str, str]:
        """Both teachers' weights."""
        return self.teacher_weights, self.network_weights

    def artists(self) -> dict[str, int]:
        """Artist group of each train and valid track.

        Returns
        -------
        dict of str to int
            GTZAN's name → group; tracks of unknown artists get a group of their own, below zero.
        """
        path = os.path.join(self.root, "gtzan", "splits", "artists_train_valid.csv")
        with open(path, newline="", encoding="utf-8") as file:
            rows = enumerate(csv.DictReader(file), start=1)
            return {row["track"]: int(row["artist"] or -number) for number, row in rows}

    def artists_are_apart(self) -> bool:
        """Whether no artist is in both the train and the valid list."""
        artists = self.artists()
        train = {artists[name] for name in self.names("train")}
        return train.isdisjoint(artists[name] for name in self.names("valid"))

    def names(self, split: str) -> list[str]:
        """Names of all tracks of one split, with or without audio at hand.

        Parameters
        ----------
        split : {"train", "valid"}
            Other splits are never read here: they are kept for acceptance.

        Returns
        -------
        list of str
            GTZAN's names in the order of the published list.
        """
        path = os.path.join(self.root, "gtzan", "splits", f"{split}_filtered.txt")
        with open(path, encoding="utf-8") as file:
            return [os.path.splitext(os.path.basename(line.strip()))[0] for line in file if line.strip()]

    def clips(self, split: str) -> list[Clip]:
        """Tracks of one split whose audio is at hand.

        Parameters
        ----------
        split : {"train", "valid"}
            Which list.

        Returns
        -------
        list of Clip
            In the order of the published list.
        """
        artists = self.artists()
        folder = os.path.join(self.root, "gtzan", "audio", split)
        clips = []
        for name in self.names(split):
            path = os.path.join(folder, genre_of(name), f"{name}.ogg")
            if os.path.exists(path):
                clips.append(Clip(name, genre_index(name), artists[name], path))
        return clips


def genre_of(name: str) -> str:
    """GTZAN's genre name of a track name such as ``"blues.00029"``."""
    return name.split(".", maxsplit=1)[0]


def genre_index(name: str) -> int:
    """Index into :data:`LABELS` of a track name."""
    return list(GENRES).index(genre_of(name))
