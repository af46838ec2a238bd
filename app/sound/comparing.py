"""Comparing two tracks: offered when two are selected, over when others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from app.jobs.queries import Queries, load

if TYPE_CHECKING:
    from app.sound.player.player import Player
    from app.sound.player.playing import Playing
    from app.sound.room import Room
    from app.sound.views.dock import SoundDock
    from app.table.track_list import TrackList
    from genre_tagger.library.tracks import Track

# How much of the window two tracks get.
_SHARE = 0.64


class Comparing(QObject):
    """Joins the action, the selection, the drawing of two tracks and the player. Signal: ended(), when it is over."""

    ended = Signal()

    def __init__(
        self,
        room: Room,
        dock: SoundDock,
        player: Player,
        playing: Playing,
        tracks: TrackList,
        queries: Queries,
        actions: Mapping[str, QAction],
    ) -> None:
        super().__init__(room)
        self._room, self._dock, self._player, self._playing = room, dock, player, playing
        self._list, self._queries, self._show_sound = tracks, queries, actions["show_sound"]
        self._tracks: list[Track] = []
        self._wanted: Sequence[int] = []
        self._action = actions["compare"]
        self._action.setEnabled(False)
        self._action.toggled.connect(self._toggled)
        dock.stack.nothing.asked.connect(lambda: self._action.setChecked(True))
        for number, line in enumerate(dock.comparison.timelines):
            line.seek_asked.connect(partial(self._seek, number))
            line.region_changed.connect(lambda _: self._follow_player())
        player.position_changed.connect(lambda _: self._follow_player())
        player.track_changed.connect(lambda _: self._follow_player())

    def follow(self, selected: Sequence[int]) -> bool:
        """Take what is selected now; returns whether two tracks are compared, so that nothing else is to be drawn."""
        if self._action.isChecked() and set(selected) != set(self._wanted):
            self._action.setChecked(False)
        self._action.setEnabled(len(selected) == 2)
        return self._action.isChecked()

    def _toggled(self, on: bool) -> None:
        if on:
            self._wanted = self._list.selected_ids()
            wanted = list(self._wanted)
            self._show_sound.setChecked(True)
            self._queries.run(lambda library: load(library, wanted), self._begin, key="compare")
        else:
            self._tracks, self._wanted = [], []
            self._queries.drop("compare")
            self._dock.leave_comparison()
            self._room.ask(0)
            self.ended.emit()

    def _begin(self, tracks: list[Track]) -> None:
        if not self._action.isChecked() or len(tracks) != 2:
            self._action.setChecked(False)
            return
        self._tracks = sorted(tracks, key=lambda track: self._wanted.index(track.id))
        self._dock.compare(self._tracks)
        self._room.ask(_SHARE)
        self._follow_player()

    def _follow_player(self) -> None:
        """Show the playhead in the track that is played."""
        for track, line in zip(self._tracks, self._dock.comparison.timelines, strict=False):
            heard = self._player.path == track.path
            line.set_position(self._player.position if heard else None)
            if heard:
                self._player.set_region(line.region)

    def _seek(self, number: int, seconds: float) -> None:
        if number < len(self._tracks):
            track = self._tracks[number]
            if self._player.path != track.path:
                self._playing.play_track(track)
            self._player.seek(seconds)
