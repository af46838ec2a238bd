"""Saves what is selected, or all that the table shows, as a playlist in the order of the table."""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.dialogs import saving
from app.jobs.queries import Queries
from app.look import words
from app.look.notices import Notices
from app.table.track_list import TrackList
from genre_tagger.base.errors import FileFailure

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_SUBJECT = "playlist"
_SHOWN_MS = 10_000


class SavePlaylist(QObject):
    """Connects the action, the table, and the words for what came of it."""

    def __init__(
        self, window: QMainWindow, action: QAction, tracks: TrackList, queries: Queries, notices: Notices
    ) -> None:
        super().__init__(window)
        self._window, self._action, self._tracks = window, action, tracks
        self._queries, self._notices = queries, notices
        self._place = saving.Place()
        action.triggered.connect(lambda: self.save())
        tracks.shown.connect(lambda count: action.setEnabled(count > 0))
        action.setEnabled(len(tracks.model.ids()) > 0)

    def save(self) -> None:
        """Ask where, and write it."""
        ids: Sequence[int] = self._tracks.selected_ids()
        if len(ids) < 2:  # where one row is selected, that is only where one looks
            ids = array("q", self._tracks.model.ids())
        path = self._place.ask(self._window, self.tr("Save a playlist"), "playlist", (("m3u8", self.tr("Playlist")),))
        if not path or not ids:
            return
        self._notices.unsay(_SUBJECT)
        name = os.path.splitext(os.path.basename(path))[0]

        def write(library: Library) -> tuple[int, list[FileFailure]]:
            from genre_tagger import line

            return line.playlist_of(library, ids, path, name)

        self._queries.run(write, lambda answer: self._written(path, *answer))

    def _written(self, path: str, count: int, failures: list[FileFailure]) -> None:
        text = self.tr("{} saved as {}").format(words.tracks(count), words.printable(path))
        if not failures:
            self._window.statusBar().showMessage(text, _SHOWN_MS)
            return
        reasons = " ".join(dict.fromkeys(failure.reason for failure in failures))
        left_out = self.tr("{}. Left out: {}. {}").format(text, words.tracks(len(failures)), words.one_line(reasons))
        self._notices.say(_SUBJECT, left_out)
