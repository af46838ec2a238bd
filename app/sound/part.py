"""What is heard and seen of the selected track: made when the window has been shown, joined with the table."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QToolBar, QVBoxLayout, QWidget

from app.jobs.queries import Queries
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices
from app.settings.places import Places
from app.settings.settings import load, save
from app.settings.store import SettingsStore
from app.sound.room import Room
from app.table.track_list import TrackList

if TYPE_CHECKING:
    from app.jobs.loader import Loader
    from app.sound.ahead import Ahead
    from app.sound.comparing import Comparing
    from app.sound.player.player import Player
    from app.sound.player.playing import Playing
    from app.sound.views.choices import Choices
    from app.sound.views.dock import SoundDock
    from genre_tagger.library.tracks import Track

    Span = tuple[float, float]

# Selection and current row change one after the other.
_FOLLOW_MS = 20
# What is made with the views, and like these not before the window is seen.
_VIEWS = ("app.sound.views.dock", "app.sound.save_views", "app.sound.comparing")
_HELP = "app.sound.views.help"


def keys_in_words() -> list[tuple[str, str]]:
    """List the keys of a drawing that the keyboard is in, for the help."""
    return [
        (words.tr("In a drawing: less time, larger"), "+"),
        (words.tr("In a drawing: more time"), "−"),
        (words.tr("In a drawing: the whole track"), "0"),
        (words.tr("In a drawing: go back or on"), "← →"),
        (words.tr("In a drawing: forget the marked part"), words.tr("Esc")),
        (words.tr("In a drawing: its menu"), words.tr("Menu")),
    ]


class SoundPart(QObject):
    """Player and views of a window. `start` makes what is heard; what is seen is made when there are tracks."""

    def __init__(
        self,
        window: QMainWindow,
        room: Room,
        places: Places,
        queries: Queries,
        work: Work,
        tracks: TrackList,
        settings: SettingsStore,
        actions: Mapping[str, QAction],
        notices: Notices,
    ) -> None:
        super().__init__(window)
        self._window, self._room, self._places, self._queries, self._work = window, room, places, queries, work
        self._tracks, self._settings, self._actions, self._notices = tracks, settings, actions, notices
        self.choices: Choices
        self.loader: Loader
        self.player: Player | None = None
        self.playing: Playing | None = None
        self.dock: SoundDock | None = None
        self._ahead: Ahead | None = None
        self._tools: QToolBar | None = None
        self._any = self._wanted = self._started = self._stopped = False
        # Before anything was selected there is nothing to draw, and the table has the room.
        self._asked = False
        self._following = QTimer(self, interval=_FOLLOW_MS, singleShot=True)
        self._following.timeout.connect(self._follow)
        self._track: Track | None = None
        self._looked: Track | None = None
        self._comparing: Comparing | None = None
        self._again: tuple[str, Span | None, Span | None] | None = None

    def start(self) -> None:
        """Make the player and its bar; the actions have their icons by then."""
        from app.jobs.loader import Loader
        from app.sound.player.bar import PlayerBar
        from app.sound.player.player import Player
        from app.sound.player.playing import Playing  # not before the window is seen
        from app.sound.views.choices import Choices

        actions, tracks = self._actions, self._tracks
        self.choices = load(Choices, self._places.views)
        self.choices.why_shown, self.choices.why_genre = False, ""  # asked for anew with every start
        self.loader = Loader(self)
        self.player = player = Player(self)
        player.limited.connect(self._say_limit)
        bar = PlayerBar(player, actions)
        self._place(bar)
        self.playing = Playing(player, bar, tracks, self._queries, self._work, self._settings, actions, self)
        tracks.selection_changed.connect(self._selected)
        tracks.current_changed.connect(lambda _: self._following.start())
        actions["show_sound"].toggled.connect(self._toggled)
        actions["views_help"].triggered.connect(self._ask_for_help)
        for name in ("compare", "save_view", "why"):
            actions[name].setEnabled(False)  # until there is something drawn
        self._started = True
        self._show()

    def _place(self, bar: QWidget) -> None:
        """Put the player's bar below everything else, as other players have it."""
        self._tools = tools = QToolBar(self.tr("Player"), self._window)
        tools.setObjectName("player")
        tools.setMovable(False)
        tools.toggleViewAction().setVisible(False)
        # In a widget of its own, since a tool bar decides itself whether what it holds is seen.
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(bar)
        tools.addWidget(holder)
        tools.setVisible(False)
        self._window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, tools)

    def _say_limit(self, sentence: str) -> None:
        """Say why nothing can be heard, for as long as that is so."""
        if sentence:
            self._notices.say("sound", sentence)
        else:
            self._notices.unsay("sound")

    def show_with(self, tracks: bool, page: bool) -> None:
        """Say whether there are tracks, and whether the page that is seen is about them."""
        self._any, self._wanted = tracks, tracks and page
        self._show()

    def stop(self, timeout: float) -> None:
        """Let go of files and threads, and keep what was chosen."""
        if not self._started:
            return
        self._stopped = True
        self._following.stop()
        if self._ahead is not None:
            self._ahead.stop()
        if self.playing is not None:
            self.playing.stop()
        save(self.choices, self._places.views)
        self.loader.stop(timeout)

    # --- what is seen --------------------------------------------------------------------------------

    def _show(self) -> None:
        if self._tools is not None:
            self._tools.setVisible(self._any)
        wanted = self._wanted and self._actions["show_sound"].isChecked()
        shown = wanted and self._asked
        if self.dock is not None:
            if shown and self.dock.isHidden():
                self._unfold(self.dock)
            elif not shown:
                self.dock.hide()
        elif wanted and self._started and not self._stopped:
            self._import_ahead(hurried=shown)

    def _import_ahead(self, hurried: bool) -> None:
        if self._ahead is None:
            from app.sound.ahead import Ahead

            self._ahead = Ahead(self._window, self.loader)
            self._ahead.done.connect(self._make_dock)
        if hurried:
            self._ahead.hurry()
        else:
            self._ahead.begin()

    def _unfold(self, dock: SoundDock) -> None:
        """Show the drawing, without hiding the row that it is about."""
        dock.show()
        self._room.set_empty(self._is_empty())
        self._room.fit()
        self._following.start()

    def look_at(self, track: Track | None) -> None:
        """Draw this track, whatever is selected; None: what is selected again."""
        self._looked = track
        if track is not None and not self._asked:
            self._asked = True
            self._show()
        self._following.start()

    def _is_empty(self) -> bool:
        """Whether there is nothing to be drawn, and no two tracks to be compared."""
        return self._looked is None and not 1 <= sum(map(len, self._tracks.view.selected_rows())) <= 2

    def _keep_in_sight(self) -> None:
        view = self._tracks.view
        if view.currentIndex().isValid():
            view.scrollTo(view.currentIndex())

    def _selected(self) -> None:
        if not self._asked and self._tracks.view.selected_rows():
            self._asked = True
            self._show()
        self._following.start()

    def _toggled(self, on: bool) -> None:
        self._asked = self._asked or on
        self._show()

    def _make_dock(self) -> None:
        window, player = self._window, self.player
        if self._stopped or player is None or self.playing is None:
            return
        views, saving, comparing = map(importlib.import_module, _VIEWS)
        self.dock = dock = views.SoundDock(self._room, self.loader, self.choices, self._places.cache)
        dock.sound.classifier = self._work.classifier
        self._room.take(dock, self._tracks.view, self.choices)
        self._room.changed.connect(self._keep_in_sight)
        dock.hide()
        dock.closed.connect(lambda: self._actions["show_sound"].setChecked(False))
        dock.timeline.seek_asked.connect(self._seek)
        dock.timeline.region_changed.connect(self._mark)
        dock.sound.grew.connect(self._bring_back)
        player.position_changed.connect(self._move)
        player.track_changed.connect(lambda _: self._compare_with_player())
        saver = saving.SaveViews(
            window, self.loader, self.choices, dock.lanes, self._actions["save_view"], self._notices
        )
        dock.stack.save_asked.connect(saver.save)
        dock.comparison.save_asked.connect(saver.save)
        self._connect_why(self._actions["why"], dock)
        self._comparing = comparing.Comparing(
            self._room, dock, player, self.playing, self._tracks, self._queries, self._actions
        )
        self._comparing.ended.connect(self._following.start)
        self._show()
        self._follow()

    def _connect_why(self, action: QAction, dock: SoundDock) -> None:
        """Have the action and the buttons of the lanes say the same."""
        action.setEnabled(True)
        dock.stack.chosen.connect(lambda: action.setChecked(self.choices.why_shown))
        action.triggered.connect(dock.show_why)

    def _ask_for_help(self) -> None:
        """Say what the views show; the words are those of the views, for which numpy is imported first."""
        self.loader.ask(("help",), lambda _: importlib.import_module("numpy"), self._help)

    def _help(self, _: object) -> None:
        if not self._stopped and QApplication.activeModalWidget() is None:
            dialog = importlib.import_module(_HELP).ViewsDialog(self._window)
            dialog.exec()
            dialog.deleteLater()

    def _follow(self) -> None:
        """Draw the track that is selected."""
        if self.dock is None or self._stopped or self.dock.isHidden():
            return
        tracks = self._tracks
        selected = sum(len(rows) for rows in tracks.view.selected_rows()) if self._looked is None else 1
        if self._comparing is not None and self._comparing.follow(tracks.selected_ids() if selected == 2 else []):
            return
        track = self._looked or tracks.selected_track()
        self._room.set_empty(self._is_empty())
        if selected > 1:
            self.dock.show_several(selected)
        elif track is not None:
            self.dock.show_track(track)
        elif not selected:
            self.dock.show_none()
        self._track = track
        self._compare_with_player()

    def draw_genres_again(self) -> None:
        """Have drawn anew what is about genres, as others are chosen from now."""
        if self.dock is not None:
            self.dock.draw_genres_again()

    def draw_again(self, path: str, visible: Span | None, region: Span | None) -> None:
        """Have this part (None: all) of a track seen, if it is the first that is drawn, and mark a part of it."""
        self._again = path, visible, region
        if self.dock is not None and self.dock.sound.length:
            self._bring_back()

    def _bring_back(self) -> None:
        again, self._again = self._again, None
        if again is not None and self.dock is not None and self.dock.sound.path == again[0]:
            line = self.dock.timeline
            if again[1] is not None:
                line.show(*again[1])
            line.set_region(again[2])

    # --- what is heard -------------------------------------------------------------------------------

    def _is_heard(self) -> bool:
        dock, player = self.dock, self.player
        return dock is not None and player is not None and bool(dock.sound.path) and player.path == dock.sound.path

    def _compare_with_player(self) -> None:
        """Show the playhead only in the picture of what is played."""
        if self.dock is not None and self.player is not None:
            self.dock.timeline.set_position(self.player.position if self._is_heard() else None)
            if self._is_heard():
                self.player.set_region(self.dock.timeline.region)

    def _move(self, seconds: float) -> None:
        if self.dock is not None and self._is_heard():
            self.dock.timeline.set_position(seconds, follow=True)

    def _seek(self, seconds: float) -> None:
        if self.player is None or self.playing is None:
            return
        if not self._is_heard() and self._track is not None:
            self.playing.play_track(self._track)
        self.player.seek(seconds)

    def _mark(self, region: tuple[float, float] | None) -> None:
        if self.player is not None and self._is_heard():
            self.player.set_region(region)
