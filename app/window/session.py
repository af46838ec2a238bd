"""How a window is left, and how it comes back: the question in the middle of a job, what is waited for, what is kept.

Size, place, columns and filter are kept in the window's own file, which is read before it is seen. What one was at
(selection, drawing, playing) is kept by the paths of the tracks, so that they are found again in a library that was
made anew; what is not there any more is passed over. That is read and written by the thread of the queries.
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

from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.jobs.wishes import JobKind
from app.jobs.work import Work
from app.look import words
from app.look.theme import UNIT
from app.settings.settings import WindowState
from app.sound.part import SoundPart
from app.table.columns import INDEX
from app.table.track_list import TrackList
from app.table.track_view import TrackView
from app.window.panels.sidebar import Place
from app.window.parts import Parts
from genre_tagger.base.small_files import library_file, read_json, write_json

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QWidget

    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Track

# The file in hand is waited for so long (s) when the window is closed: as long as a later start waits for this one to
# be gone, nearly. A session that ends or a polite kill is followed by a rude one, and waits less. A file that takes
# longer stays as it was, and its turn comes again.
_CLOSED_S, _LEFT_S = 15.0, 5.0
# Everything else stops within moments; a drive that does not answer is not waited for.
_STOP_S = 10.0
_SLICE_S = 0.1
# Columns one misses least, and those that can be narrower.
_LESS = ("path", "format", "length", "album")
_NARROWED = ("title", "artist", "genre", "proposal", "state")
_VERSION = 1
# More than these are not taken down; who had selected all of a large library can do so again.
_MOST = 1000
_NUMBER = (int, float)

Span = tuple[float, float]


class Leaving(QObject):
    """Closes a window, with a question or without.

    `ended` is false when a thread is still at work after all that waiting: then the process has to go at once.
    Signal: began(), when it is agreed to close and the waiting begins.
    """

    began = Signal()

    def __init__(self, work: Work, queries: Queries, sound: SoundPart, window: QWidget) -> None:
        super().__init__(window)
        self._work, self._queries, self._sound, self._window = work, queries, sound, window
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
        question = self._question(set(self._work.kinds()))
        return question is None or self._agrees(*question) or self._hurried

    def hurry(self) -> None:
        """Wait no longer than a polite kill leaves time for, also when closing has begun already."""
        self._hurried = True

    def stop(self) -> None:
        """End what goes on; a write or an undo goes on at the next start."""
        self.began.emit()
        began = time.monotonic()
        patient = _CLOSED_S if self._work.will_change_files() else _STOP_S

        def patience() -> float:
            return max(0.0, began + (_LEFT_S if self._hurried else patient) - time.monotonic())

        if added := self._work.added():
            # What waits for its turn is scanned at the next start.
            self._queries.run(lambda library: _add_folders(library, added))
        self._work.leave_off()
        self._sound.stop(min(patience(), _STOP_S))
        self.ended = self._queries.stop(min(patience(), _STOP_S))
        # In slices, because Python hears of a signal only between two of them.
        while not (worked := self._work.stop(_SLICE_S)) and patience():
            pass
        self.ended = self.ended and worked

    # --- the question --------------------------------------------------------------------------------

    def _question(self, kinds: set[JobKind]) -> tuple[str, str, str] | None:
        """What to ask: a title, what happens, and what the button says that stays; None where nothing is lost."""
        others = self._work.files_remaining() - 1
        first = self.tr("The file in hand is finished first.")
        if JobKind.WRITE in kinds:
            text = self.tr("{} The others ({}) are written when Genre Tagger is started again.")
            text = text.format(first, words.files(others)) if others > 0 else first
            return self.tr("Genres are being written. Close now?"), text, self.tr("Keep writing")
        if JobKind.UNDO in kinds:
            text = self.tr("{} The others ({}) are given back when Genre Tagger is started again.")
            text = text.format(first, words.files(others)) if others > 0 else first
            return self.tr("Genres are being taken back. Close now?"), text, self.tr("Keep going")
        if JobKind.MOVE in kinds:
            text = self.tr("What was moved is in its new folder and can be taken back. The others stay where they are.")
            return self.tr("Files are being put into folders. Close now?"), text, self.tr("Keep going")
        if JobKind.DESCRIBE in kinds:
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


def _add_folders(library: Library, paths: list[str]) -> None:
    from genre_tagger.files.scan import refusal

    for path in paths:
        if refusal(path) is None:
            library.add_folder(path)


# --- what one was at ---------------------------------------------------------------------------------


@dataclass
class LastSession:
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

    def __init__(
        self,
        state: LibraryState,
        queries: Queries,
        tracks: TrackList,
        sound: SoundPart,
        folder: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._queries, self._tracks, self._sound = state, queries, tracks, sound
        self._folder = folder
        self._last: LastSession | None = None
        self._shown = False

    # --- coming back ---------------------------------------------------------------------------------

    def come_back(self, selection: bool) -> None:
        """Look up how it was left; `selection` is false when something else is about to be selected."""
        self._tracks.shown.connect(self._rows_shown)
        folder = self._folder
        self._queries.run(lambda library: read(folder, library), lambda last: self._take(last, selection))

    def _take(self, last: LastSession, selection: bool) -> None:
        if last.played is not None and self._sound.playing is not None:
            self._sound.playing.stand_at(*last.played)
        if last.drawn is not None:
            self._sound.draw_again(*last.drawn)
        self._last = last if selection else None
        self._bring_back()

    def _rows_shown(self, _: int) -> None:
        self._shown = True
        self._tracks.shown.disconnect(self._rows_shown)
        self._bring_back()

    def _bring_back(self) -> None:
        """Select what was selected, when both the rows and the answer are there; unless somebody was faster."""
        last, tracks, view = self._last, self._tracks, self._tracks.view
        if last is None or not self._shown:
            return
        self._last = None
        if view.selected_rows() or view.verticalScrollBar().value():
            return
        rows = [row for row in map(tracks.model.row_of, last.selected) if row is not None]
        view.select_rows(rows)
        current = tracks.model.row_of(last.current) if last.current is not None else None
        if current is not None or rows:
            view.set_current_row(rows[0] if current is None else current)
        top = tracks.model.row_of(last.top) if last.top is not None else None
        if top is not None:
            view.verticalScrollBar().setValue(top * view.rowHeight(top))

    # --- being left ----------------------------------------------------------------------------------

    def take_down(self) -> None:
        """Keep how things are now; to be called before the parts of the window are stopped."""
        if not self._state.now.opened:
            return
        ids, (top, _) = self._tracks.model.ids(), self._tracks.view.visible_rows()
        current = self._tracks.view.currentIndex().row()
        selected = self._tracks.selected_ids()
        last = LastSession(list(selected) if len(selected) <= _MOST else [])
        last.current = ids[current] if 0 <= current < len(ids) else None
        last.top = ids[top] if top < len(ids) else None
        self._take_down_sound(last)
        folder = self._folder
        # Without a key, so that it is done even though the queries are about to end.
        self._queries.run(lambda library: write(folder, library, last))

    def _take_down_sound(self, last: LastSession) -> None:
        dock, playing, player = self._sound.dock, self._sound.playing, self._sound.player
        if dock is not None and dock.sound.path:
            line = dock.timeline
            visible = None if line.is_whole else (line.start, line.stop)
            last.drawn = dock.sound.path, visible, line.region
        if playing is not None and player is not None and playing.track is not None and player.position:
            last.played = playing.track, player.position


def write(folder: str, library: Library, last: LastSession) -> None:
    """Put it on the drive; where that fails, one begins at the top next time."""
    ids = {*last.selected, *(track for track in (last.current, last.top) if track is not None)}
    paths = {track.id: track.path for track in library.tracks(ids=ids, best_only=True)}
    stored = {
        "selected": [paths[track] for track in last.selected if track in paths],
        "current": paths.get(last.current) if last.current is not None else None,
        "top": paths.get(last.top) if last.top is not None else None,
        "drawn": last.drawn,
        "played": (last.played[0].path, last.played[1]) if last.played is not None else None,
    }
    try:
        write_json(library_file(folder, "session", library.path), _VERSION, stored)
    except OSError as error:
        logging.getLogger(__name__).info("How the window was left could not be kept: %s", error)


def read(folder: str, library: Library) -> LastSession:
    """Find the tracks again, as far as they are still there."""
    stored = read_json(library_file(folder, "session", library.path), _VERSION)
    selected = stored.get("selected")
    paths = [path for path in selected if isinstance(path, str)] if isinstance(selected, list) else []
    current, top, drawn, played = _values(stored, "current", "top", "drawn", "played")
    played_path = played[0] if _is_list(played, str, _NUMBER) else None
    wanted = {path for path in (*paths, current, top, played_path) if isinstance(path, str)}
    tracks = {track.path: track for track in library.tracks(paths=wanted)}
    last = LastSession([tracks[path].id for path in paths if path in tracks])
    last.current = tracks[current].id if isinstance(current, str) and current in tracks else None
    last.top = tracks[top].id if isinstance(top, str) and top in tracks else None
    if played_path in tracks and os.path.exists(played_path):
        last.played = tracks[played_path], float(played[1])
    if _is_list(drawn, str, object, object):
        last.drawn = drawn[0], _span(drawn[1]), _span(drawn[2])
    return last


def _values(stored: dict[str, Any], *names: str) -> list[Any]:
    return [stored.get(name) for name in names]


def _span(value: Any) -> Span | None:
    return (float(value[0]), float(value[1])) if _is_list(value, _NUMBER, _NUMBER) else None


def _is_list(value: Any, *kinds: type | tuple[type, ...]) -> bool:
    """Whether this is a list of one value of each kind."""
    return isinstance(value, list) and len(value) == len(kinds) and all(map(isinstance, value, kinds))


# --- the window itself -------------------------------------------------------------------------------


def restore(window: QMainWindow, parts: Parts, state: WindowState) -> None:
    """Bring back size, place, columns, parts and filter, as far as they are known and fit."""
    window.restoreGeometry(QByteArray(_bytes(state.geometry)))
    parts.splitter.restoreState(QByteArray(_bytes(state.splitter)))
    parts.room.restoreState(QByteArray(_bytes(state.docks)))
    if not parts.centre.view.restore_state(_bytes(state.columns)):
        beside = parts.sidebar.sizeHint().width() + parts.details.sizeHint().width() + 2 * UNIT
        fit_columns(parts.centre.view, window.width() - beside)
    parts.filter.setText(state.words)
    parts.sidebar.go(Place.of(state.place))
    parts.actions["show_sidebar"].setChecked(state.sidebar)
    parts.actions["show_details"].setChecked(state.details)
    parts.actions["show_sound"].setChecked(state.sound)
    parts.actions["browse"].setChecked(state.browse)
    parts.sidebar.setVisible(state.sidebar)


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


def window_state(window: QMainWindow, parts: Parts) -> WindowState:
    """Take down what `restore` brings back."""
    return WindowState(
        geometry=_text(window.saveGeometry()),
        columns=b64encode(parts.centre.view.save_state()).decode("ascii"),
        splitter=_text(parts.splitter.saveState()),
        docks=_text(parts.room.saveState()),
        words=parts.filter.text(),
        place=str(parts.sidebar.place()),
        sidebar=parts.beside.is_wanted("show_sidebar"),
        details=parts.beside.is_wanted("show_details"),
        sound=parts.actions["show_sound"].isChecked(),
        browse=parts.actions["browse"].isChecked(),
    )


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
