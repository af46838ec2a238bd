"""What one was at: selection and place in the table, what was drawn and what was played; it all comes back.

Tracks are kept by their paths, so that they are found again in a library that was made anew; what is not there any
more is passed over. All reading and writing is done by the thread of the queries.
"""

from __future__ import annotations

import logging
import os
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from app.look import words
from app.look.theme import UNIT
from app.settings.settings import WindowState
from app.table.columns import INDEX
from app.table.track_view import TrackView
from app.window.panels.sidebar import Place
from genre_tagger.base.small_files import library_file, read_json, write_json

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Track

_VERSION = 1
# More than these are not taken down; who had selected all of a large library can do so again.
_MOST = 1000
_NUMBER = (int, float)

Span = tuple[float, float]


@dataclass
class Left:
    """How things were left, tracks by their ids.

    `drawn` is a path, what was visible of it (None: all) and the part that was marked (None: none); `played` the
    track that the player stood at, and where. Times are seconds.
    """

    selected: list[int] = field(default_factory=list)
    current: int | None = None
    top: int | None = None
    drawn: tuple[str, Span | None, Span | None] | None = None
    played: tuple[Track, float] | None = None


class Session(QObject):
    """Takes down how a window is left, and brings it back when the library is open."""

    def __init__(self, window: MainWindow, folder: str) -> None:
        super().__init__(window)
        self._window, self._folder = window, folder
        self._left: Left | None = None
        self._shown = False

    # --- coming back ---------------------------------------------------------------------------------

    def come_back(self, *, selection: bool) -> None:
        """Look up how it was left; `selection` is false when something else is about to be selected."""
        self._window.tracks.shown.connect(self._rows_shown)
        folder = self._folder
        self._window.queries.run(lambda library: read(folder, library), lambda left: self._take(left, selection))

    def _take(self, left: Left, selection: bool) -> None:
        sound = self._window.sound
        if left.played is not None and sound.listening is not None:
            sound.listening.stand_at(*left.played)
        if left.drawn is not None:
            sound.draw_again(*left.drawn)
        self._left = left if selection else None
        self._bring_back()

    def _rows_shown(self, _: int) -> None:
        self._shown = True
        self._window.tracks.shown.disconnect(self._rows_shown)
        self._bring_back()

    def _bring_back(self) -> None:
        """Select what was selected, when both the rows and the answer are there; unless somebody was faster."""
        left, tracks, view = self._left, self._window.tracks, self._window.centre.view
        if left is None or not self._shown:
            return
        self._left = None
        if view.selected_rows() or view.verticalScrollBar().value():
            return
        rows = [row for row in map(tracks.model.row_of, left.selected) if row is not None]
        view.select_rows(rows)
        current = tracks.model.row_of(left.current) if left.current is not None else None
        if current is not None or rows:
            view.set_current_row(rows[0] if current is None else current)
        top = tracks.model.row_of(left.top) if left.top is not None else None
        if top is not None:
            view.verticalScrollBar().setValue(top * view.rowHeight(top))

    # --- being left ----------------------------------------------------------------------------------

    def take_down(self) -> None:
        """Keep how things are now; to be called before the parts of the window are stopped."""
        window = self._window
        if not window.course.opened:
            return
        ids, (top, _) = window.tracks.model.ids(), window.centre.view.visible_rows()
        current = window.centre.view.currentIndex().row()
        left = Left(window.tracks.selected_ids())
        if len(left.selected) > _MOST:
            left.selected = []
        left.current = ids[current] if 0 <= current < len(ids) else None
        left.top = ids[top] if top < len(ids) else None
        dock, listening, player = window.sound.dock, window.sound.listening, window.sound.player
        if dock is not None and dock.sound.path:
            line = dock.timeline
            visible = None if line.is_whole else (line.start, line.stop)
            left.drawn = dock.sound.path, visible, line.region
        if listening is not None and player is not None and listening.track is not None and player.position:
            left.played = listening.track, player.position
        folder = self._folder
        # Without a key, so that it is done even though the queries are about to end.
        window.queries.run(lambda library: write(folder, library, left))


def write(folder: str, library: Library, left: Left) -> None:
    """Put it on the drive; where that fails, one begins at the top next time."""
    ids = {*left.selected, *(one for one in (left.current, left.top) if one is not None)}
    paths = {track.id: track.path for track in library.tracks(ids=ids, best_only=True)}
    stored = {
        "selected": [paths[one] for one in left.selected if one in paths],
        "current": paths.get(left.current) if left.current is not None else None,
        "top": paths.get(left.top) if left.top is not None else None,
        "drawn": left.drawn,
        "played": (left.played[0].path, left.played[1]) if left.played is not None else None,
    }
    try:
        write_json(library_file(folder, "session", library.path), _VERSION, stored)
    except OSError as error:
        logging.getLogger(__name__).info("How the window was left could not be kept: %s", error)


def read(folder: str, library: Library) -> Left:
    """Find the tracks again, as far as they are still there."""
    stored = read_json(library_file(folder, "session", library.path), _VERSION)
    selected = stored.get("selected")
    paths = [path for path in selected if isinstance(path, str)] if isinstance(selected, list) else []
    current, top, drawn, played = _values(stored, "current", "top", "drawn", "played")
    heard = played[0] if _is_list(played, str, _NUMBER) else None
    wanted = {path for path in (*paths, current, top, heard) if isinstance(path, str)}
    tracks = {track.path: track for track in library.tracks(paths=wanted)}
    left = Left([tracks[path].id for path in paths if path in tracks])
    left.current = tracks[current].id if isinstance(current, str) and current in tracks else None
    left.top = tracks[top].id if isinstance(top, str) and top in tracks else None
    if heard in tracks and os.path.exists(heard):
        left.played = tracks[heard], float(played[1])
    if _is_list(drawn, str, object, object):
        left.drawn = drawn[0], _span(drawn[1]), _span(drawn[2])
    return left


def _values(stored: dict[str, Any], *names: str) -> list[Any]:
    return [stored.get(name) for name in names]


def _span(value: Any) -> Span | None:
    return (float(value[0]), float(value[1])) if _is_list(value, _NUMBER, _NUMBER) else None


def _is_list(value: Any, *kinds: type | tuple[type, ...]) -> bool:
    """Whether this is a list of one value of each kind."""
    return isinstance(value, list) and len(value) == len(kinds) and all(map(isinstance, value, kinds))


_LESS = ("path", "format", "length", "album")
_NARROWED = ("title", "artist", "genre", "proposal", "state")


def restore_window(window: MainWindow, state: WindowState) -> None:
    """Bring back size, place, columns, parts and filter, as far as they are known and fit."""
    window.restoreGeometry(QByteArray(_bytes(state.geometry)))
    window.splitter.restoreState(QByteArray(_bytes(state.splitter)))
    window.restoreState(QByteArray(_bytes(state.docks)))
    if not window.centre.view.restore_state(_bytes(state.columns)):
        beside = window.sidebar.sizeHint().width() + window.details.sizeHint().width() + 2 * UNIT
        fit_columns(window.centre.view, window.width() - beside)
    window.filter.setText(state.words)
    window.sidebar.go(Place.of(state.place))
    window.actions_by_id["show_sidebar"].setChecked(state.sidebar)
    window.actions_by_id["show_details"].setChecked(state.details)
    window.actions_by_id["show_sound"].setChecked(state.sound)
    window.sidebar.setVisible(state.sidebar)


def fit_columns(view: TrackView, width: int) -> None:
    """Hide the columns one misses least, then narrow the others, until all can be seen without scrolling."""
    header = view.horizontalHeader()
    for key in _LESS:
        if header.length() > width:
            view.setColumnHidden(INDEX[key], True)
    texts = [INDEX[key] for key in _NARROWED]
    together = sum(map(header.sectionSize, texts))
    spare = min(header.length() - width, together * 2 // 5)
    for column in texts if spare > 0 else ():
        header.resizeSection(column, header.sectionSize(column) - spare * header.sectionSize(column) // together)


def take_down_window(window: MainWindow) -> WindowState:
    """Take down what `restore` brings back."""
    return WindowState(
        geometry=_text(window.saveGeometry()),
        columns=b64encode(window.centre.view.save_state()).decode("ascii"),
        splitter=_text(window.splitter.saveState()),
        docks=_text(window.saveState()),
        words=window.filter.text(),
        place=str(window.sidebar.place()),
        sidebar=window.actions_by_id["show_sidebar"].isChecked(),
        details=window.actions_by_id["show_details"].isChecked(),
        sound=window.actions_by_id["show_sound"].isChecked(),
    )


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


# The file in hand is waited for so long (s) when the window is closed: as long as a later start waits for this one to
# be gone, nearly. A session that ends or a polite kill is followed by a rude one, and waits less. A file that takes
# longer stays as it was, and its turn comes again.
_CLOSED_S, _LEFT_S = 15.0, 5.0
# Everything else stops within moments; a drive that does not answer is not waited for.
_STOP_S = 10.0
_SLICE_S = 0.1


class Leaving(QObject):
    """Closes a window, with a question or without.

    `ended` is false when a thread is still at work after all that waiting: then the process has to go at once.
    Signal: began(), when it is agreed to close and the waiting begins.
    """

    began = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._hurried = False
        self.ended = True

    def leave(self) -> None:
        """Close without asking, whatever is open."""
        from PySide6.QtWidgets import QDialog

        self._hurried = True
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        self._window.close()

    def is_agreed(self) -> bool:
        """Ask whether to close, where that is not a matter of course."""
        if self._hurried:
            return True
        question = self._question(set(self._window.work.kinds()))
        return question is None or self._agrees(*question) or self._hurried

    def hurry(self) -> None:
        """Wait no longer than a polite kill leaves time for, also when closing has begun already."""
        self._hurried = True

    def stop(self) -> None:
        """End what goes on; a write or an undo goes on at the next start."""
        self.began.emit()
        window, began = self._window, time.monotonic()
        patient = _CLOSED_S if {"write", "undo"} & set(window.work.kinds()) else _STOP_S

        def left() -> float:
            return max(0.0, began + (_LEFT_S if self._hurried else patient) - time.monotonic())

        if added := window.work.added():
            # What waits for its turn is scanned at the next start.
            window.queries.run(lambda library: _remember(library, added))
        window.work.leave_off()
        window.sound.stop(min(left(), _STOP_S))
        self.ended = window.queries.stop(min(left(), _STOP_S))
        # In slices, because Python hears of a signal only between two of them.
        while not (worked := window.work.stop(_SLICE_S)) and left():
            pass
        self.ended = self.ended and worked

    # --- the question --------------------------------------------------------------------------------

    def _question(self, kinds: set[str]) -> tuple[str, str, str] | None:
        """What to ask: a title, what happens, and what the button says that stays; None where nothing is lost."""
        others = self._window.work.left() - 1
        first = self.tr("The file in hand is finished first.")
        if "write" in kinds:
            text = self.tr("{} The others ({}) are written when Genre Tagger is started again.")
            text = text.format(first, words.files(others)) if others > 0 else first
            return self.tr("Genres are being written. Close now?"), text, self.tr("Keep writing")
        if "undo" in kinds:
            text = self.tr("{} The others ({}) are given back when Genre Tagger is started again.")
            text = text.format(first, words.files(others)) if others > 0 else first
            return self.tr("Genres are being taken back. Close now?"), text, self.tr("Keep going")
        if "describe" in kinds:
            title = self.tr("A table of features is being computed. Close now?")
            return title, self.tr("What was computed so far would be lost. No file is touched."), self.tr("Keep going")
        return None

    def _agrees(self, title: str, text: str, stay: str) -> bool:
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("Close Genre Tagger"))
        box.setText(title)
        box.setInformativeText(text)
        close = box.addButton(self.tr("Close"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(stay, QMessageBox.ButtonRole.RejectRole))
        box.exec()
        agreed = box.clickedButton() is close
        box.deleteLater()
        return agreed


def _remember(library: Library, paths: list[str]) -> None:
    from genre_tagger.files.scan import refusal

    for path in paths:
        if refusal(path) is None:
            library.add_folder(path)
