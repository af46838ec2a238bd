"""Playlists from the window: what is selected or shown, a radio, or one that is there, in an order made by hand."""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from app.dialogs import saving
from app.jobs.queries import Queries
from app.look import theme, words
from app.look.notices import Notices
from app.table.track_list import TrackList
from genre_tagger.base.errors import FileFailure

if TYPE_CHECKING:
    from app.sorting.lists.order import Entry, OrderDialog
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Track

_SUBJECT = "playlist"
_SHOWN_MS = 10_000
_MOST = 5_000  # tracks that are brought into another order by hand
_MINUTES = 60


class SavePlaylist(QObject):
    """Connects the actions, the table, the sidebar's menu, and the words for what came of it.

    `cache` is the folder of what is kept of how tracks sound.
    """

    def __init__(
        self, window: QMainWindow, action: QAction, radio: QAction, tracks: TrackList, queries: Queries,
        notices: Notices, cache: str,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._action, self._tracks = window, action, tracks
        self._queries, self._notices, self._cache = queries, notices, cache
        self._place = saving.Place()
        self.dialog: OrderDialog | None = None
        action.triggered.connect(lambda: self.save())
        radio.triggered.connect(lambda: self.radio())
        tracks.shown.connect(lambda count: action.setEnabled(count > 0))
        tracks.selection_changed.connect(lambda *_: radio.setEnabled(bool(tracks.selected_ids())))
        action.setEnabled(len(tracks.model.ids()) > 0)
        radio.setEnabled(bool(tracks.selected_ids()))

    def save(self) -> None:
        """Show what is selected, or all that the table shows, to be brought into an order and saved."""
        ids: Sequence[int] = self._tracks.selected_ids()
        if len(ids) < 2:  # where one row is selected, that is only where one looks
            ids = array("q", self._tracks.model.ids())
        if len(ids) > _MOST:
            self._ask_where(ids, "playlist")
        elif ids:
            self._queries.run(lambda library: entries(library, ids), lambda rows: self._show_order(rows, "playlist"))

    def _show_order(self, rows: list[Entry], name: str) -> None:
        promise = self.tr("The order of the playlist. Drag tracks, or move them with Alt and the arrow keys.")
        self._open(self.tr("Save a playlist"), promise, name).show_entries(rows)

    def _open(self, title: str, promise: str, name: str, minutes: int = 0) -> OrderDialog:
        from app.sorting.lists.order import OrderDialog  # not before it is wanted

        if self.dialog is not None:
            self.dialog.close()
            self.dialog.deleteLater()
        self.dialog = OrderDialog(title, promise, minutes, self._window)
        self.dialog.save_asked.connect(lambda ids, from_root: self._ask_where(ids, name, from_root))
        self.dialog.setWindowModality(Qt.WindowModality.WindowModal)
        self.dialog.show()
        return self.dialog

    # --- a playlist that is there ----------------------------------------------------------------------

    def offer(self, menu: QMenu, path: str) -> None:
        """Offer what can be done with a playlist in the folders."""
        change = menu.addAction(theme.icon("list"), self.tr("Show its order…"))
        change.triggered.connect(lambda: self.show_playlist(path))
        folder = menu.addAction(theme.icon("folder"), self.tr("Show in its folder"))
        folder.triggered.connect(lambda: _show_folder(path))

    def show_playlist(self, path: str) -> None:
        """Show a playlist in its own order, to be changed and saved, there or elsewhere."""
        name = os.path.splitext(os.path.basename(path))[0]
        self._place.folder = os.path.dirname(path)
        self._queries.run(
            lambda library: entries(library, library.playlists.ids(path)), lambda rows: self._show_order(rows, name)
        )

    # --- a radio ---------------------------------------------------------------------------------------

    def radio(self) -> None:
        """Show a radio that begins with what is selected."""
        seeds = self._tracks.selected_ids()
        track = self._tracks.current_track()
        if not seeds:
            return
        if track is not None and track.id in seeds:
            seeds = [track.id, *(seed for seed in seeds if seed != track.id)]
        promise = self.tr("From the selected tracks on to what sounds like them; no artist comes twice in a row.")
        dialog = self._open(self.tr("Radio"), promise, self.tr("Radio"), _MINUTES)
        dialog.minutes_asked.connect(lambda minutes: self._ask_radio(seeds, minutes))
        self._ask_radio(seeds, _MINUTES)

    def _ask_radio(self, seeds: Sequence[int], minutes: int) -> None:
        cache = self._cache

        def ask(library: Library) -> list[Entry]:
            from genre_tagger.review.sounds.similar import points_of
            from genre_tagger.sorting.playlists.radio import radio

            points = points_of(library, cache)
            return [] if points is None else entries(library, radio(library, points, seeds, minutes).tracks)

        self._queries.run(ask, self._show_radio, key="radio")

    def _show_radio(self, rows: list[Entry]) -> None:
        if self.dialog is not None:
            self.dialog.show_entries(rows)
            if not rows:
                self.dialog.total.setText(self.tr("The model has to hear these tracks first."))

    # --- saving ----------------------------------------------------------------------------------------

    def _ask_where(self, ids: Sequence[int], name: str, from_root: bool = False) -> None:
        """Ask where, and write it."""
        parent = self.dialog if self.dialog is not None and self.dialog.isVisible() else self._window
        path = self._place.ask(parent, self.tr("Save a playlist"), name, (("m3u8", self.tr("Playlist")),))
        if not path or not ids:
            return
        self._notices.unsay(_SUBJECT)
        called = os.path.splitext(os.path.basename(path))[0]

        def write(library: Library) -> tuple[int, list[FileFailure]]:
            from genre_tagger.sorting.playlists.in_folders import take
            from genre_tagger.sorting.playlists.in_order import playlist_of

            written = playlist_of(library, ids, path, called, from_root=from_root)
            if any(path.startswith(os.path.join(folder, "")) for folder in library.folders()):
                list(take(library, path))
            return written

        self._queries.run(write, lambda answer: self._written(path, *answer))

    def _written(self, path: str, count: int, failures: list[FileFailure]) -> None:
        if self.dialog is not None:
            self.dialog.close()
        text = self.tr("{} saved as {}").format(words.tracks(count), words.printable(path))
        if not failures:
            self._window.statusBar().showMessage(text, _SHOWN_MS)
            return
        reasons = " ".join(dict.fromkeys(failure.reason for failure in failures))
        left_out = self.tr("{}. Left out: {}. {}").format(text, words.tracks(len(failures)), words.one_line(reasons))
        self._notices.say(_SUBJECT, left_out)


def entries(library: Library, ids: Sequence[int]) -> list[Entry]:
    """Read what is shown of tracks, in this order. For the thread of the queries."""
    from app.sorting.lists.order import Entry

    tracks = {track.id: track for track in library.tracks(ids=list(ids), best_only=True)}
    found = [tracks[number] for number in ids if number in tracks]
    return [Entry(track.id, words.one_line(_named(track)), track.length) for track in found]


def _named(track: Track) -> str:
    title = track.title or os.path.basename(track.path)
    return f"{track.artist} – {title}" if track.artist else title


def _show_folder(path: str) -> None:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl.fromLocalFile(os.path.dirname(path)))
