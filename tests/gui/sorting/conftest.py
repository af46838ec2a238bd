"""A library with two tracks, of which one is heard, and no folder to scan; and one with music that can be copied."""

from __future__ import annotations

import os

import pytest

from genre_tagger import line
from genre_tagger.library.library import Library
from helpers.tracks import predicted, scanned


@pytest.fixture
def shelf(places):
    """Two tracks without files."""
    with Library.open(places.library) as library:
        for title, genre in (("Alone", "Jazz"), ("Blue", None)):
            library.store(scanned(f"/music/{title}.flac", title=title))
            if genre:
                library.store(predicted(f"/music/{title}.flac", genre))


@pytest.fixture
def collection(library_path, media, tmp_path):
    """The folder of three real files that the library knows: jazz, jazz and blues, and one without a genre."""
    folder = str(tmp_path / "collection")
    os.mkdir(folder)
    for name, file in (("flac", "a.flac"), ("mp3-many", "b.mp3"), ("mp3-nogenre", "c.mp3")):
        media(name, os.path.join("collection", file))
    with Library.open(library_path) as library:
        library.add_folder(folder)
        for _ in line.scan_into(library, [folder]):
            pass
    return folder
