"""Labelled recordings on disk: a folder of labelled folders, or split lists; dealt out artist by artist."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from genre_tagger.errors import GenreTaggerError
from genre_tagger.tags import AUDIO_EXTENSIONS

TRAIN, HELD, TEST = "train", "held", "test"
"""Parts of a dataset: learned from; watched while learning (early stopping); measured on, once, at the end."""


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
        """The last part of the name: what a table of artists calls the track."""
        return os.path.basename(self.name)


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
        found: dict[str, dict[str, int]] = {}
        for track in self.tracks:
            row = found.setdefault(track.part or "all", dict.fromkeys(self.labels, 0))
            row[self.labels[track.label]] += 1
        return found


def from_folder(root: str, *, artists: Mapping[str, str] | None = None, labels: Sequence[str] = ()) -> Dataset:
    """Read a folder with a folder for each label.

    Parameters
    ----------
    root : str
        Its sub-folders are the labels; sound files may lie deeper.
    artists : mapping of str to str, optional
        Track (file name without suffix) → artist.
    labels : sequence of str
        Take these folders alone, in this order; all of them by default.

    Returns
    -------
    Dataset
        Nothing is dealt out yet.

    Raises
    ------
    DatasetError
        If the folder cannot be read or holds fewer than two labels with sound files.
    """
    if not os.path.isdir(root):
        raise DatasetError(f"There is no folder {root}.")
    below = {entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")}
    if missing := [label for label in labels if label not in below]:
        raise DatasetError(f"{root} has no folder {', '.join(missing)}.")
    found = {label: sorted(_sounds(os.path.join(root, label))) for label in labels or sorted(below)}
    kept = tuple(label for label, paths in found.items() if paths)
    if len(kept) < 2:
        raise DatasetError(f"{root} needs at least two folders, named after their label, with sound files in them.")
    rows = [(path, index) for index, label in enumerate(kept) for path in found[label]]
    tracks = [Track(_name(path, root), index, "", path) for path, index in rows]
    return Dataset(os.path.basename(os.path.abspath(root)), kept, _grouped(tracks, artists or {}))


def from_lists(
    root: str, lists: Mapping[str, str], *, artists: Mapping[str, str] | None = None, labels: Sequence[str] = ()
) -> Dataset:
    """Read split lists.

    Parameters
    ----------
    root : str
        The folder that the paths in the lists are relative to. A file that is not at its place, or has
        another suffix, is looked for by its name anywhere below.
    lists : mapping of str to str
        Part → text file with a path a line, or ``path<TAB>label``; a ``.csv`` has columns ``path`` and
        ``label`` by these names, and perhaps ``artist``. Without a label the first folder in the path is it.
    artists : mapping of str to str, optional
        Track (file name without suffix) → artist.
    labels : sequence of str
        All labels in their order; lines with others are left out. By default those that occur, sorted.

    Returns
    -------
    Dataset
        Dealt out as the lists say. Tracks without a file have an empty path.

    Raises
    ------
    DatasetError
        If a list cannot be read or a line has no label.
    """
    lines = {part: _read_list(path) for part, path in lists.items()}
    occurring = sorted({label for rows in lines.values() for _, label, _ in rows})
    kept = tuple(labels) or tuple(occurring)
    places = _places(root)
    tracks, known = [], dict(artists or {})
    for part, rows in lines.items():
        for path, label, artist in rows:
            if label in kept:
                name = os.path.splitext(path)[0]
                known |= {os.path.basename(name): artist} if artist else {}
                tracks.append(Track(name, kept.index(label), "", _find(places, root, path), part))
    if not tracks:
        raise DatasetError("The lists name no track with one of the labels.")
    title = " and ".join(os.path.basename(path) for path in lists.values())
    return Dataset(title, kept, _grouped(tracks, known))


def read_artists(path: str) -> dict[str, str]:
    """Read a CSV with columns ``track`` and ``artist``; tracks without an artist are left out."""
    rows = _rows(path)
    if rows and not {"track", "artist"} <= rows[0].keys():
        raise DatasetError(f"{path} has no columns “track” and “artist”.")
    return {row["track"]: row["artist"] for row in rows if row["artist"]}


def dealt(dataset: Dataset, *, seed: int, test: float = 0.2, held: float = 0.15) -> Dataset:
    """Deal tracks out to the parts that have none yet, group by group, so that no artist stands in two.

    Parameters
    ----------
    dataset : Dataset
        From :func:`from_folder` (everything is dealt) or :func:`from_lists` (what no list held back: part
        of the training tracks becomes :data:`HELD`).
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
        If lists put an artist on two sides.
    """
    parts = {track.part for track in dataset.tracks}
    if TEST not in parts:
        dataset = _moved(dataset, "", TEST, test, seed)
        dataset = replace(dataset, tracks=tuple(replace(t, part=t.part or TRAIN) for t in dataset.tracks))
    if HELD not in parts:
        dataset = _moved(dataset, TRAIN, HELD, held, seed + 1)
    if both := groups_apart(dataset):
        raise DatasetError(
            f"{len(both)} artists stand on both sides of the split ({', '.join(sorted(both)[:3])}, …): what is "
            "measured on it would not be true of new music. Change the lists, or ask for --leaky and say so."
        )
    return dataset


def groups_apart(dataset: Dataset) -> set[str]:
    """Groups that stand in more than one part: none, if the split is honest."""
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
    wanted = share * np.bincount(labels, minlength=len(dataset.labels))
    left = np.zeros(len(dataset.labels), dtype=np.int64)
    for tracks in members.values():
        left[list({track.label for track in tracks})] += 1
    moved: set[str] = set()
    for group in np.random.default_rng(seed).permutation(sorted(members)).tolist():
        count = np.bincount([track.label for track in members[group]], minlength=len(dataset.labels))
        if all(left[count > 0] > 1) and all((wanted - count / 2)[count > 0] > 0):
            moved.add(group)
            wanted = wanted - count
            left[count > 0] -= 1
    chosen = (replace(t, part=target) if t.part == source and t.group in moved else t for t in dataset.tracks)
    return replace(dataset, tracks=tuple(chosen))


def _grouped(tracks: Iterable[Track], artists: Mapping[str, str]) -> tuple[Track, ...]:
    return tuple(replace(track, group=artists.get(track.stem) or f"track {track.name}") for track in tracks)


def _name(path: str, root: str) -> str:
    return os.path.splitext(os.path.relpath(path, root))[0].replace(os.sep, "/")


def _is_sound(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1][1:].lower() in AUDIO_EXTENSIONS


def _sounds(root: str) -> list[str]:
    return [os.path.join(folder, name) for folder, _, files in os.walk(root) for name in files if _is_sound(name)]


def _places(root: str) -> dict[str, str]:
    """File name without suffix → path, of all sound files below a folder, the first of each name."""
    if not os.path.isdir(root):
        raise DatasetError(f"There is no folder {root}.")
    return {os.path.splitext(os.path.basename(path))[0]: path for path in sorted(_sounds(root), reverse=True)}


def _find(places: Mapping[str, str], root: str, path: str) -> str:
    exact = os.path.join(root, path)
    return exact if os.path.isfile(exact) else places.get(os.path.splitext(os.path.basename(path))[0], "")


def _read_list(path: str) -> list[tuple[str, str, str]]:
    """Path, label and artist (or nothing) of each line."""
    if path.lower().endswith(".csv"):
        rows = _rows(path)
        if rows and not {"path", "label"} <= rows[0].keys():
            raise DatasetError(f"{path} has no columns “path” and “label”.")
        return [(row["path"], row["label"], row.get("artist") or "") for row in rows]
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\r\n") for line in file if line.strip() and not line.startswith("#")]
    except (OSError, ValueError) as error:
        raise DatasetError(f"The list {path} cannot be read: {error}.") from error
    rows_found = []
    for line in lines:
        name, _, label = line.partition("\t")
        label = label.strip() or name.replace(os.sep, "/").rpartition("/")[0].partition("/")[0]
        if not label:
            raise DatasetError(f"{path} has a line without a label: no folder in the path, nothing after it: {line}")
        rows_found.append((name.strip(), label, ""))
    return rows_found


def _rows(path: str) -> list[dict[str, str]]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"The table {path} cannot be read: {error}.") from error
