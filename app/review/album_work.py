"""Albums in the window: they get their genres, and are judged anew when that is wanted."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.counts import Counts
from app.jobs.loader import Loader
from app.jobs.queries import Queries
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.table.track_list import TrackList
from genre_tagger.review.policy import By

if TYPE_CHECKING:
    from app.review.albums import AlbumsDialog, Listed

_SHOWN_MS = 10_000
_STOP_S = 5.0


class AlbumWork(QObject):
    """Gives albums their genres, and has them judged anew when that is wanted."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Mapping[str, QAction],
        queries: Queries,
        work: Work,
        tracks: TrackList,
        state: LibraryState,
        counts: Counts,
    ) -> None:
        super().__init__(window)
        self._window, self._queries, self._work, self._tracks = window, queries, work, tracks
        self._state, self._counts = state, counts
        self.dialog: AlbumsDialog | None = None
        self._loader: Loader | None = None
        actions["album_genre"].triggered.connect(lambda _: self.give(tracks.selected_ids()))
        actions["albums"].triggered.connect(lambda _: self.show_albums())
        state.changed.connect(self._follow)
        work.finished.connect(self._judged)

    def _follow(self, before: Known) -> None:
        now = self._state.now
        rules = (now.policy.by, now.among)
        if now.opened and now.policy.by is not By.TRACK and rules != (before.policy.by, before.among):
            self._work.classify()  # which ends with what albums say, also when there is nothing to hear

    def _judged(self, tally: Tally) -> None:
        if tally.kind is JobKind.CLASSIFY and self._state.now.policy.by is not By.TRACK:
            self._tracks.reload_soon()
            self._counts.count_soon()

    def give(self, ids: Sequence[int]) -> None:
        """Give all tracks of these tracks' albums the genre that is heard in the album."""
        from app.review.albums import genres_of  # dialogs are not loaded before they are wanted

        if ids:
            self._queries.run(genres_of(ids, self._state.now.policy), self._take)

    def _take(self, genres: dict[int, tuple[str, ...]]) -> None:
        from app.review.albums import told

        if genres:
            self._tracks.set_each(genres)
        text = told(genres)
        self._window.statusBar().showMessage(text, _SHOWN_MS)
        if self.dialog is not None:
            self.dialog.tell(text)

    def show_albums(self) -> None:
        """Show the list of albums, beside the window."""
        from app.review.albums import AlbumsDialog, listed

        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        self.dialog = AlbumsDialog(self._window)
        self.dialog.wanted.connect(self.give)
        self.dialog.shown.connect(self._tracks.select)
        self.dialog.finished.connect(self._forget)
        # On a thread of its own: the table goes on asking the queries' meanwhile.
        self._loader = self._loader or Loader(self)
        question = functools.partial(listed, self._queries.library_path, self._queries.among, self._state.now.policy)
        self._loader.ask(("albums",), question, self._list, failed=self.dialog.tell)
        self.dialog.show()

    def stop(self) -> None:
        """Let go of threads."""
        if self._loader is not None:
            self._loader.stop(_STOP_S)

    def _list(self, listed: Listed) -> None:
        if self.dialog is not None:
            self.dialog.add_albums(listed)

    def _forget(self) -> None:
        if self._loader is not None:
            self._loader.drop("albums")
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
