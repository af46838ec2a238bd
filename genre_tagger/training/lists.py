"""Split lists and tables of artists, as people have them."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence

from genre_tagger.training.datasets import Dataset, DatasetError, alone, named_groups, sounds


def from_lists(root: str, lists: Mapping[str, str], *, labels: Sequence[str] = ()) -> Dataset:
    """Read split lists.

    Parameters
    ----------
    root : str
        The folder that the paths in the lists are relative to. A file that is not at its place, or has
        another suffix, is looked for by its name anywhere below.
    lists : mapping of str to str
        Part → text file with a path a line, or ``path<TAB>label``; a ``.csv`` has columns ``path`` and
        ``label`` by these names, and perhaps ``artist``. Without a label the first folder in the path is it.
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
    tracks, artists = [], {}
    for part, rows in lines.items():
        for path, label, artist in rows:
            if label in kept:
                track = alone(os.path.splitext(path)[0], kept.index(label), _find(places, root, path), part)
                tracks.append(track)
                artists[track.stem] = artist
    if not tracks:
        raise DatasetError("The lists name no track with one of the labels.")
    title = " and ".join(os.path.basename(path) for path in lists.values())
    return named_groups(Dataset(title, kept, tuple(tracks)), artists)


def read_artists(path: str) -> dict[str, str]:
    """Read a CSV with columns ``track`` and ``artist``; tracks without an artist are left out."""
    rows = _rows(path)
    if rows and not {"track", "artist"} <= rows[0].keys():
        raise DatasetError(f"{path} has no columns “track” and “artist”.")
    return {row["track"]: row["artist"] for row in rows if row["artist"]}


def _places(root: str) -> dict[str, str]:
    """File name without suffix → path, of all sound files below a folder, the first of each name."""
    if not os.path.isdir(root):
        raise DatasetError(f"There is no folder {root}.")
    return {os.path.splitext(os.path.basename(path))[0]: path for path in sorted(sounds(root), reverse=True)}


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
