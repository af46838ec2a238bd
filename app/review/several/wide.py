"""What an answer can be for besides one track: its album, and tracks that sound much like it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.jobs.queries import Queries
from app.look import words
from app.review.reviewing import Reviewing, still_open
from genre_tagger.library.tracks import Track
from genre_tagger.review.asking.queue import of_album, these_alike


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
            lambda library: still_open(library, of_album(library, track.id)),
            lambda tracks: self._show(track, tracks, title, none), key="review wide",
        )  # fmt: skip

    def _alike(self, track: Track, upcoming: Sequence[int]) -> None:
        model = track.prediction.model if track.prediction is not None else ""
        title = self.tr("The answer is for these as well, which sound alike, {}:")
        none = self.tr("Nothing that waits for a decision sounds much like this.")
        self._queries.run(
            lambda library: still_open(library, these_alike(library, track.id, upcoming, model)),
            lambda tracks: self._show(track, tracks, title, none), key="review wide",
        )  # fmt: skip

    def _show(self, track: Track, tracks: list[Track], title: str, none: str) -> None:
        self._reviewing.show_wide(track, title.format(words.tracks(len(tracks))) if tracks else none, tracks)
