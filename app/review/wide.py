"""What an answer can be for besides one track: its album, and tracks that sound much like it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.jobs.queries import Queries, load
from app.look import words
from app.review.reviewing import Reviewing
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Track
from genre_tagger.review.albums import group
from genre_tagger.review.asking.queue import these_alike


class Wide(QObject):
    """Finds those tracks and has them shown before they get the same; those that somebody decided on stay out."""

    def __init__(self, reviewing: Reviewing, queries: Queries) -> None:
        super().__init__(reviewing)
        self._reviewing, self._queries = reviewing, queries
        reviewing.album_asked.connect(self._album)
        reviewing.alike_asked.connect(self._alike)

    def _album(self, track: Track) -> None:
        title = self.tr("The answer is for the whole album, for {} more:")
        none = self.tr("No other track of this album waits for a decision.")
        self._queries.run(
            lambda library: _open(library, of_album(library, track)),
            lambda tracks: self._show(track, tracks, title, none), key="review wide",
        )  # fmt: skip

    def _alike(self, track: Track, upcoming: Sequence[int]) -> None:
        model = track.prediction.model if track.prediction is not None else ""
        title = self.tr("The answer is for these as well, which sound alike, {}:")
        none = self.tr("Nothing that waits for a decision sounds much like this.")
        self._queries.run(
            lambda library: _open(library, these_alike(library, track.id, upcoming, model)),
            lambda tracks: self._show(track, tracks, title, none), key="review wide",
        )  # fmt: skip

    def _show(self, track: Track, tracks: list[Track], title: str, none: str) -> None:
        self._reviewing.show_wide(track, title.format(words.tracks(len(tracks))) if tracks else none, tracks)


def of_album(library: Library, track: Track) -> list[int]:
    """List the other tracks of a track's album; none where it is on no album, or on a compilation."""
    folder = os.path.dirname(track.path)
    # Those of other albums need not be grouped; discs of one album may be named differently but lie near.
    near = os.path.dirname(folder)
    rows = [
        row
        for row in library.album_rows()
        if row.album == track.album or os.path.dirname(row.path) == folder or os.path.dirname(row.path) == near
    ]
    album = next((album for album in group(rows) if track.id in album.tracks), None)
    return [] if album is None else [id_ for id_ in album.tracks if id_ != track.id]


def _open(library: Library, ids: Sequence[int]) -> list[Track]:
    """Read those that nothing was said of and whose files are there, in the order of `ids`."""
    tracks = {track.id: track for track in load(library, ids)}
    return [tracks[id_] for id_ in ids if id_ in tracks and tracks[id_].decision is None and not tracks[id_].missing]
