"""Reads split lists, which name the recordings of each part of a dataset, and tables of their artists."""

from __future__ import annotations

import csv
import os
import posixpath
from collections.abc import Mapping, Sequence

from genre_tagger.training.data.datasets import (
    Dataset,
    DatasetError,
    Track,
    alone,
    name_below,
    named_groups,
    sounds,
    without_suffix,
)


def from_lists(root: str, lists: Mapping[str, str], *, labels: Sequence[str] = ()) -> Dataset:
    """Read split lists.

    Parameters
    ----------
    root : str
        The folder that the paths in the lists are relative to. A file that is not at its place is looked for there
        with another suffix, and then by its name anywhere below, if there is only one of that name.
    lists : mapping of str to str
        Part → text file with a path a line, or ``path<TAB>label``; a ``.csv`` has columns ``path`` and
        ``label`` by these names, and perhaps ``artist``. Without a label the first folder in the path is it.
    labels : sequence of str
        All labels in their order; lines with others are left out. By default those that occur, sorted.

    Returns
    -------
    Dataset
        Dealt out as the lists say. Tracks are called after the file that was found, however the list spells it;
        those without a file have an empty path.

    Raises
    ------
    DatasetError
        If a list cannot be read, a line has no label, or nobody can know which file or which label it means.
    """
    lines = {part: _read_list(path, root) for part, path in lists.items()}
    occurring = sorted({label for rows in lines.values() for _, label, _ in rows})
    all_labels = tuple(labels) or tuple(occurring)
    below = _Below(root)
    tracks: dict[tuple[str, str], Track] = {}
    artists = {}
    for part, rows in lines.items():
        for path, label, artist in rows:
            if label in all_labels:
                file = below.find(path)
                name = name_below(root, file) if file else without_suffix(path)
                track = tracks.setdefault((name, part), alone(name, all_labels.index(label), file, part))
                if all_labels[track.label] != label:
                    raise DatasetError(f"The lists call {name} both {all_labels[track.label]} and {label}.")
                artists[name] = artist
    if not tracks:
        raise DatasetError("The lists name no track with one of the labels.")
    title = " and ".join(os.path.basename(path) for path in lists.values())
    return named_groups(Dataset(title, all_labels, tuple(tracks.values())), artists)


def read_artists(path: str) -> dict[str, str]:
    """Read a CSV with columns ``track`` and ``artist``; tracks without an artist are left out."""
    rows = _rows(path)
    if rows and not {"track", "artist"} <= rows[0].keys():
        raise DatasetError(f"{path} has no columns “track” and “artist”.")
    return {without_suffix(_slashed(row["track"])): row["artist"] for row in rows if row["track"] and row["artist"]}


class _Below:
    """The sound files below a folder, by their names with and without the folders."""

    def __init__(self, root: str) -> None:
        if not os.path.isdir(root):
            raise DatasetError(f"There is no folder {root}.")
        self._root = root
        self._by_name: dict[str, str] = {}
        self._by_stem: dict[str, list[str]] = {}
        for path in sorted(sounds(root)):
            name = name_below(root, path)
            if name not in self._by_name:
                self._by_name[name] = path
                self._by_stem.setdefault(posixpath.basename(name), []).append(path)

    def find(self, path: str) -> str:
        """The file that a list means by a path; empty if there is none."""
        exact = os.path.join(self._root, path)
        if os.path.isfile(exact):
            return exact
        name = without_suffix(path)
        if name in self._by_name:
            return self._by_name[name]
        alike = self._by_stem.get(posixpath.basename(name), [])
        if len(alike) > 1:
            raise DatasetError(
                f"{path} is not at its place, and {len(alike)} files below {self._root} have that name: write the "
                "whole path into the list."
            )
        return alike[0] if alike else ""


def _read_list(path: str, root: str) -> list[tuple[str, str, str]]:
    """Path below the root, label and artist (or nothing) of each line."""
    if path.lower().endswith(".csv"):
        rows = _rows(path)
        if rows and not {"path", "label"} <= rows[0].keys():
            raise DatasetError(f"{path} has no columns “path” and “label”.")
        lines = [(row["path"], row["label"], row.get("artist") or "") for row in rows if row["path"]]
    else:
        try:
            with open(path, encoding="utf-8-sig") as file:
                text = [line.rstrip("\r\n") for line in file if line.strip() and not line.startswith("#")]
        except (OSError, ValueError) as error:
            raise DatasetError(f"The list {path} cannot be read: {error}.") from error
        lines = [(name, label, "") for name, _, label in (line.partition("\t") for line in text)]
    entries = []
    for name, label, artist in lines:
        place = _relative(name, root)
        named = label.strip() or _first_folder(place)
        if not named:
            raise DatasetError(f"{path} has a line without a label: no folder in the path, nothing after it: {name}")
        entries.append((place, named, artist))
    return entries


def _first_folder(path: str) -> str:
    folders = posixpath.dirname(path)
    return "" if posixpath.isabs(path) or path.startswith("../") else folders.partition("/")[0]


def _relative(path: str, root: str) -> str:
    """A path of a list relative to the root, if it lies below it."""
    plain = posixpath.normpath(_slashed(path.strip()))
    if not os.path.isabs(plain):
        return plain
    below = os.path.relpath(plain, root).replace(os.sep, "/")
    return plain if below.startswith("../") else below


def _slashed(path: str) -> str:
    """A path with slashes, as lists from Windows do not have them."""
    return path.replace("\\", "/")


def _rows(path: str) -> list[dict[str, str]]:
    """Rows of a table; a cell that is missing is empty."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file, restval=""))
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"The table {path} cannot be read: {error}.") from error
