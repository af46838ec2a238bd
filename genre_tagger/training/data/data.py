"""The data folder: GTZAN clips, their split and artists, the teacher's tags."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
_MUSIC_SUFFIXES = (".mp3", ".m4a", ".ogg")


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
class Taggrams:
    """The teacher's stored tags, one row per training track.

    Attributes
    ----------
    names : tuple of str
        GTZAN's names.
    logits : ndarray [shape=(tracks, 50)]
        Mean over the patches of each track of the logits of the tag probabilities.
    genres, artists : ndarray [shape=(tracks,)]
        Genre index and artist group.
    """

    names: tuple[str, ...]
    logits: NDArray[np.float64]
    genres: NDArray[np.int64]
    artists: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder of training data; nothing in it is ever written.

    Parameters
    ----------
    root : str
        The folder that holds ``gtzan/`` and ``music/``.
    """

    root: str

    @property
    def teacher_weights(self) -> str:
        """The teacher network's weights (HDF5)."""
        return os.path.join(self.root, "gtzan", "teacher", "MSD_musicnn.h5")

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

    def music(self) -> list[str]:
        """Whole pieces without a genre, sorted by path; unlabelled material for distillation."""
        paths = []
        for folder, _, files in os.walk(os.path.join(self.root, "music")):
            paths += [os.path.join(folder, name) for name in files if name.endswith(_MUSIC_SUFFIXES)]
        return sorted(paths)

    def taggrams(self) -> Taggrams:
        """The teacher's stored tags of all training tracks."""
        tags, artists = self.patch_tags(), self.artists()
        return Taggrams(
            names=tuple(tags),
            logits=np.stack([rows.mean(axis=0) for rows in tags.values()]),
            genres=np.array([genre_index(name) for name in tags]),
            artists=np.array([artists[name] for name in tags]),
        )

    def patch_tags(self) -> dict[str, NDArray[np.float64]]:
        """The teacher's stored tags of all training tracks, patch by patch.

        Returns
        -------
        dict of str to ndarray [shape=(patches, 50)]
            GTZAN's name → logits of patches of 187 frames, 61 frames apart.
        """
        path = os.path.join(self.root, "gtzan", "teacher", "taggrams_train.npz")
        with np.load(path, allow_pickle=False) as stored:
            rows, ids = logit(stored["X"].astype(np.float64)), stored["IDS"]
        names = np.array([os.path.splitext(os.path.basename(str(track)))[0] for track in ids])
        return {name: rows[names == name] for name in dict.fromkeys(names.tolist())}

    def pictures(self, split: str) -> dict[str, NDArray[np.uint8]]:
        """Mel pictures of the tracks of one split [shape=(218, 336)], low frequencies first, 11 columns a second."""
        names_of_split = set(self.names(split))
        path = os.path.join(self.root, "gtzan", "mel_images_train_valid.npz")
        with np.load(path, allow_pickle=False) as stored:
            names = [str(name) for name in stored["names"]]
            return {name: image for name, image in zip(names, stored["images"], strict=True) if name in names_of_split}


def genre_of(name: str) -> str:
    """GTZAN's genre name of a track name such as ``"blues.00029"``."""
    return name.split(".", maxsplit=1)[0]


def genre_index(name: str) -> int:
    """Index into :data:`LABELS` of a track name."""
    return list(GENRES).index(genre_of(name))


def logit(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logits of probabilities, kept finite at 0 and 1.

    Parameters
    ----------
    probabilities : ndarray [shape=(...)]
        In [0, 1].

    Returns
    -------
    ndarray [shape=(...)]
        Within ± 16.1.
    """
    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return np.log(clipped) - np.log1p(-clipped)
