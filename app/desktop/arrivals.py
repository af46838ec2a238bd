"""What comes from outside while the window is open: paths of later starts, files the system asks to be opened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.jobs.wishes import JobKind, Tally
from app.window.panels.drops import local_path

if TYPE_CHECKING:
    from app.desktop.window import Window
    from genre_tagger.library.library import Library

_TOKEN = "XDG_ACTIVATION_TOKEN"


class Program(QApplication):
    """The application. Signal: asked(path) when the system, macOS that is, asks to open a file or folder."""

    # As an object: a string of Qt's cannot hold a name that is no text.
    asked = Signal(object)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            if event.url().isLocalFile():
                self.asked.emit(local_path(event.url()))
            return True
        return super().event(event)


class Arrivals(QObject):
    """Adds what arrives to the library, and selects the first of it once it is there."""

    def __init__(self, window: Window) -> None:
        super().__init__(cast(QObject, window))
        self._window = window
        self._paths: list[str] = []
        self._selected: Sequence[int] = []
        self._track: int | None = None
        self._widened = False
        # Files that are opened together come one by one.
        self._gathered: list[str] = []
        self._gathering = QTimer(self, interval=0, singleShot=True)
        self._gathering.timeout.connect(self._take_gathered)
        window.work.finished.connect(self._finished)
        window.tracks.shown.connect(self._shown)

    def take(self, paths: Sequence[str]) -> None:
        """Add files and folders; the first file, or the first track of the first folder, is selected in the end."""
        if paths:
            self._paths = [os.path.abspath(path) for path in paths]
            self._selected, self._track = self._window.tracks.selected_ids(), None
            self._window.add(self._paths)

    def take_one(self, path: str) -> None:
        """Add a file or folder that is one of several, maybe, and come to the front."""
        self._gathered.append(path)
        self._gathering.start()

    def _take_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        self.welcome(gathered)

    def welcome(self, paths: Sequence[str], token: str = "") -> None:
        """Come to the front and add what a later start brought; `token` is the desktop's leave for the former."""
        if token:
            # Where Qt looks for it, once.
            os.environ[_TOKEN] = token
        self._window.come_to_front()
        os.environ.pop(_TOKEN, None)
        self.take(paths)

    # --- selecting -----------------------------------------------------------------------------------

    def _finished(self, tally: Tally) -> None:
        if tally.kind is JobKind.SCAN and self._paths:
            paths = self._paths
            self._window.queries.run(lambda library: _first(library, paths), self._take_first, key="arrivals")

    def _take_first(self, first: tuple[int, bool] | None) -> None:
        if first is None:
            # Another scan may have been before theirs.
            if JobKind.SCAN not in self._window.work.kinds():
                self._paths = []
            return
        track, named = first
        self._paths = []
        # Who has gone on to something else meanwhile is not called back from it because of a folder.
        if named or self._window.tracks.selected_ids() in ([], self._selected):
            self._track, self._widened = track, False
            self._window.tracks.reload()

    def _shown(self, _: int) -> None:
        if self._track is None:
            return
        window, row = self._window, self._window.tracks.model.row_of(self._track)
        if row is not None:
            window.tracks.select([self._track])
            self._track = None
        elif self._widened:
            self._track = None
        else:
            # The filter, or the place at the left, hides it.
            self._widened = True
            window.show_everything()
            window.tracks.reload()


def _first(library: Library, paths: Sequence[str]) -> tuple[int, bool] | None:
    """Give the id of the first file among `paths`, or of the first below the first folder, and whether it is named."""
    known = {track.path: track.id for track in library.tracks(paths=paths, best_only=True) if not track.missing}
    named = next((known[path] for path in paths if path in known), None)
    if named is not None:
        return named, True
    for path in paths:
        if below := next(library.known().unseen([path]), None):
            return next((track.id, False) for track in library.tracks(paths=[below], best_only=True))
    return None
