"""Datasets: labelled recordings, read from a folder for each label, and dealt out to the parts artist by artist."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from genre_tagger.base.errors import GenreTaggerError
from genre_tagger.files.tags import AUDIO_EXTENSIONS

TRAIN, HELD, TEST = "train", "held", "test"
"""Parts of a dataset: learned from; watched while learning (early stopping); measured on, once, at the end."""

# Begins the group of a track whose artist is unknown.
_ALONE = "track "


class DatasetError(GenreTaggerError):
    """A folder or list of labelled recordings that cannot be used."""


@dataclass(frozen=True, slots=True)
class Track:
    """One labelled recording.

    Attributes
    ----------
    name : str
        Identity in the dataset: the path below its root, without the suffix.
    label : int
        Index into the dataset's labels.
    group : str
        Whatever must not stand on two sides of a split: the artist where known, else the track itself.
    path : str
        The sound file; empty when there is none (a list may name more than is at hand).
    part : str
        :data:`TRAIN`, :data:`HELD`, :data:`TEST`, or empty while nothing is dealt out.
    """

    name: str
    label: int
    group: str
    path: str = ""
    part: str = ""

    @property
    def stem(self) -> str:
        """The last part of the name, which need not be the only one of its kind."""
        return os.path.basename(self.name)

    @property
    def alone(self) -> bool:
        """Whether it is a group of its own, its artist unknown."""
        return self.group == _ALONE + self.name


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled recordings.

    Attributes
    ----------
    title : str
        What it is, for reports.
    labels : tuple of str
        As they are written into tags.
    tracks : tuple of Track
        In a fixed order.
    """

    title: str
    labels: tuple[str, ...]
    tracks: tuple[Track, ...]

    def part(self, part: str) -> list[Track]:
        """The tracks of one part."""
        return [track for track in self.tracks if track.part == part]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many tracks of each label there are in each part."""
        counts: dict[str, dict[str, int]] = {}
        for track in self.tracks:
            row = counts.setdefault(track.part or "all", dict.fromkeys(self.labels, 0))
            row[self.labels[track.label]] += 1
        return counts


def from_folder(root: str, *, labels: Sequence[str] = (), least: int = 2) -> Dataset:
    """Read a folder with a folder for each label.

    Parameters
    ----------
    root : str
        Its sub-folders are the labels; sound files may lie deeper.
    labels : sequence of str
        Take these folders alone, in this order; all of them by default.
    least : int
        How many labels there must be: two to learn from, one to measure on.

    Returns
    -------
    Dataset
        Nothing is dealt out yet.

    Raises
    ------
    DatasetError
        If the folder cannot be read or holds fewer labels with sound files.
    """
    if not os.path.isdir(root):
        raise DatasetError(f"There is no folder {root}.")
    below = {entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")}
    if missing := [label for label in labels if label not in below]:
        raise DatasetError(f"{root} has no folder {', '.join(missing)}.")
    paths_of = {label: sorted(sounds(os.path.join(root, label))) for label in labels or sorted(below)}
    used = tuple(label for label, paths in paths_of.items() if paths)
    if len(used) < least:
        needed = "a folder" if least == 1 else "at least two folders"
        raise DatasetError(f"{root} needs {needed}, named after the label, with sound files in it.")
    rows = [(path, index) for index, label in enumerate(used) for path in paths_of[label]]
    tracks = [alone(name_below(root, path), index, path) for path, index in rows]
    return Dataset(os.path.basename(os.path.abspath(root)), used, tuple(tracks))


def alone(name: str, label: int, path: str, part: str = "") -> Track:
    """Make a track whose artist is unknown, and which therefore is a group of its own."""
    return Track(name, label, _ALONE + name, path, part)


def dealt(dataset: Dataset, *, seed: int, test: float = 0.2, held: float = 0.15) -> Dataset:
    """Deal tracks out to the parts that have none yet, group by group, so that no artist is in two.

    Parameters
    ----------
    dataset : Dataset
        From :func:`from_folder` (everything is dealt) or from lists (what no list held back: some of the training
        tracks become :data:`TEST` or :data:`HELD`).
    seed : int
        Of the dealing.
    test, held : float
        Shares of the test tracks, and of the rest that is held back from training.

    Returns
    -------
    Dataset
        Every track has a part.

    Raises
    ------
    DatasetError
        If lists put an artist, or one recording, on two sides.
    """
    parts = {track.part for track in dataset.tracks}
    if TEST not in parts:
        dataset = _moved(dataset, "" if "" in parts else TRAIN, TEST, test, seed)
        dataset = replace(dataset, tracks=tuple(replace(t, part=t.part or TRAIN) for t in dataset.tracks))
    if HELD not in parts:
        dataset = _moved(dataset, TRAIN, HELD, held, seed + 1)
    if both := groups_apart(dataset):
        raise DatasetError(
            f"{len(both)} artists or recordings stand on both sides of the split ({_some(both)}): what is "
            "measured on it would not be true of new music. Change the lists, or ask for --leaky and say so."
        )
    return dataset


def named_groups(dataset: Dataset, artists: Mapping[str, str]) -> Dataset:
    """The same with artists as groups.

    Parameters
    ----------
    dataset : Dataset
        Tracks whose artist is not known keep their group.
    artists : mapping of str to str
        Name of a track → artist. The last part of the name will do where no other track has the same.
    """
    common = Counter(track.stem for track in dataset.tracks)

    def group(track: Track) -> str:
        by_stem = artists.get(track.stem) if common[track.stem] == 1 else ""
        return artists.get(track.name) or by_stem or track.group

    return replace(dataset, tracks=tuple(replace(track, group=group(track)) for track in dataset.tracks))


def groups_apart(dataset: Dataset) -> set[str]:
    """Groups that are in more than one part: none, if the split is honest."""
    part_of: dict[str, set[str]] = {}
    for track in dataset.tracks:
        part_of.setdefault(track.group, set()).add(track.part)
    return {group for group, parts in part_of.items() if len(parts) > 1}


def _moved(dataset: Dataset, source: str, target: str, share: float, seed: int) -> Dataset:
    """Move about `share` of each label's tracks from one part to another, whole groups at a time.

    A label always keeps a group in `source`, if it has one there.
    """
    members: dict[str, list[Track]] = {}
    for track in dataset.tracks:
        if track.part == source:
            members.setdefault(track.group, []).append(track)
    labels = np.array([track.label for tracks in members.values() for track in tracks], dtype=np.int64)
    to_move = share * np.bincount(labels, minlength=len(dataset.labels))
    groups_left = np.zeros(len(dataset.labels), dtype=np.int64)
    for tracks in members.values():
        groups_left[list({track.label for track in tracks})] += 1
    moved: set[str] = set()
    for group in np.random.default_rng(seed).permutation(sorted(members)).tolist():
        count = np.bincount([track.label for track in members[group]], minlength=len(dataset.labels))
        if all(groups_left[count > 0] > 1) and all((to_move - count / 2)[count > 0] > 0):
            moved.add(group)
            to_move = to_move - count
            groups_left[count > 0] -= 1
    chosen = (replace(t, part=target) if t.part == source and t.group in moved else t for t in dataset.tracks)
    return replace(dataset, tracks=tuple(chosen))


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (", …" if len(names) > 3 else "")


def name_below(root: str, path: str) -> str:
    """What a sound file is called in a dataset: its path below the root, without the suffix."""
    return without_suffix(os.path.relpath(path, root).replace(os.sep, "/"))


def without_suffix(name: str) -> str:
    """A path without the suffix of a sound file, if it has one: ``rock.07`` is whole, ``rock.07.wav`` is not."""
    bare, suffix = os.path.splitext(name)
    return bare if suffix[1:].lower() in AUDIO_EXTENSIONS else name


def _is_sound(name: str) -> bool:
    return not name.startswith(".") and without_suffix(name) != name


def sounds(root: str) -> list[str]:
    """All sound files below a folder, hidden ones left out."""
    return [os.path.join(folder, name) for folder, _, files in os.walk(root) for name in files if _is_sound(name)]
