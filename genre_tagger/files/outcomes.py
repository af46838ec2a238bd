"""What a scan yields; apart from the scan, so that who only passes it on need not load mutagen."""

from __future__ import annotations

from dataclasses import dataclass

from genre_tagger.base.errors import FileStamp
from genre_tagger.files.values import Tags


@dataclass(frozen=True, slots=True)
class ScannedTrack:
    """A file on disk and what its tags say."""

    path: str
    stamp: FileStamp
    tags: Tags


@dataclass(frozen=True, slots=True)
class Walked:
    """A stretch of a folder has been looked through: a point to show progress and to stop at.

    `files` counts the audio files among its entries, changed or not.
    """

    folder: str
    files: int
