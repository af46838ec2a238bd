"""Recordings with genres from three sources, and music without: what the network and its heads learn from.

A head learned from one source learns its bias, so all three are read alike: a track wants one or several genres, of
which each may mean several of ours (:mod:`genre_tagger.training.data.taxonomy`).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass

from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.data import DataFolder, genre_of

ALLMUSIC, MAGNATUNE, GTZAN, VALID, MUSIC = "allmusic", "magnatune", "gtzan", "gtzan-valid", "music"
QUADRANTS = ("Q1", "Q2", "Q3", "Q4")
_MUSIC_SUFFIXES = (".ogg", ".mp3", ".opus", ".m4a", ".flac")
# What is smaller in a game's package is an effect.
_LEAST_BYTES = 250_000


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording to learn from.

    Attributes
    ----------
    path : str
        The file.
    source : str
        One of :data:`ALLMUSIC`, :data:`MAGNATUNE`, :data:`GTZAN` (train), :data:`VALID`, :data:`MUSIC`.
    artist : str
        Who plays, apart by source; what has the same artist stays in one fold.
    wants : tuple of frozenset of int
        Its genres, as sets of those of :data:`~genre_tagger.training.data.taxonomy.LABELS` that each may mean;
        empty when nobody said.
    named : tuple of str
        What the source calls them.
    quadrant : int or None
        Index into :data:`QUADRANTS` of its mood.
    """

    path: str
    source: str
    artist: str
    wants: tuple[frozenset[int], ...] = ()
    named: tuple[str, ...] = ()
    quadrant: int | None = None


def recordings(root: str) -> list[Recording]:
    """Everything there is to learn from, and the valid clips, in an order that depends on the folder alone.

    Parameters
    ----------
    root : str
        The data folder, with ``gtzan``, ``allmusic``, ``magnatune`` and ``music``; one that is missing gives nothing.

    Returns
    -------
    list of Recording
    """
    free, debian = (os.path.join(root, "music", name) for name in ("kevin-macleod", "debian"))
    parts = (_gtzan(root), _allmusic(root), _magnatune(root), _music(free), _music(debian, _LEAST_BYTES))
    return [recording for part in parts for recording in part]


def _gtzan(root: str) -> Iterator[Recording]:
    data = DataFolder(root)
    if not os.path.isdir(os.path.join(root, "gtzan", "audio")):
        return
    for split, source in (("train", GTZAN), ("valid", VALID)):
        for clip in data.clips(split):
            name = genre_of(clip.name)
            yield Recording(clip.path, source, f"gtzan {clip.artist}", (taxonomy.of_gtzan(name),), (name,))


def _allmusic(root: str) -> Iterator[Recording]:
    for folder, row in _table(os.path.join(root, "allmusic")):
        named = tuple(row["genres"].split("; "))
        wants = tuple(meant for name in named if (meant := taxonomy.of_allmusic(name)))
        artist, quadrant = f"allmusic {row['artist']}", QUADRANTS.index(row["quadrant"])
        yield Recording(os.path.join(folder, row["file"]), ALLMUSIC, artist, wants, named, quadrant)


def _magnatune(root: str) -> Iterator[Recording]:
    for folder, row in _table(os.path.join(root, "magnatune")):
        artist, wants = f"magnatune {row['artist']}", (frozenset({taxonomy.LABELS.index(row["genre"])}),)
        yield Recording(os.path.join(folder, row["file"]), MAGNATUNE, artist, wants, (row["genre"],))


def _table(folder: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a folder's ``labels.csv``, none where there is no such file."""
    path = os.path.join(folder, "labels.csv")
    if os.path.exists(path):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield folder, row


def _music(root: str, least: int = 0) -> Iterator[Recording]:
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
    for path in sorted(paths):
        if path.endswith(_MUSIC_SUFFIXES) and os.path.getsize(path) >= least:
            yield Recording(path, MUSIC, f"music {os.path.relpath(path, root)}")
