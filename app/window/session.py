"""What one was at: selection and place in the table, what was drawn and what was played; it all comes back.

Tracks are kept by their paths, so that they are found again in a library that was made anew; what is not there any
more is passed over. All reading and writing is done by the thread of the queries.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from genre_tagger.base.small_files import library_file, read_json, write_json

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from genre_tagger.library.library import Library
    from genre_tagger.library.rows import Track

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
