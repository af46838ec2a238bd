"""What is played when: joins the player with the table, with what is written, and with what the user chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget

from app.jobs.queries import Queries, load
from app.jobs.wishes import Tally, Wish
from app.jobs.work import Work
from app.look import words
from app.settings.store import SettingsStore
from app.sound.player.bar import PlayerBar
from app.sound.player.player import Player
from app.table.track_list import TrackList

if TYPE_CHECKING:
    from app.settings.settings import Settings
    from genre_tagger.library.tracks import Track

# Running through the rows with an arrow key starts none of them; a click need not wait so long.
_KEYS_MS, _CLICK_MS = 350, 120
_STEP_S = 10.0
# Later than this (s) in a track, Previous goes to its beginning first.
_BEGINNING_S = 3.0
_LOUDER, _FASTER = 0.05, 0.25
# So many rows ahead are looked at for one that can be played, and so often a row that cannot is passed over.
_AHEAD, _PATIENCE = 50, 5
_PASS_MS = 1500
# Settings that are actions as well.
_CHOICES = ("play_selected", "play_on", "keep_playing")


class Playing(QObject):
    """Decides what the player plays. `stop` it before the window goes."""

    def __init__(
        self,
        player: Player,
        bar: PlayerBar,
        tracks: TrackList,
        queries: Queries,
        work: Work,
        settings: SettingsStore,
        actions: Mapping[str, QAction],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._player, self._bar, self._tracks, self._queries = player, bar, tracks, queries
        self._store, self._actions = settings, actions
        self._track: Track | None = None
        self._by_hand = self._stopped = self._led = False
        self._passed = 0
        self._loud = self._settings.volume or 1.0
        self._selecting = QTimer(self, singleShot=True)
        self._selecting.timeout.connect(self._selected_by_hand)
        self._passing = QTimer(self, interval=_PASS_MS, singleShot=True)
        self._passing.timeout.connect(lambda: self._go(1, by_itself=True))
        self._connect_actions()
        self._connect_table(tracks)
        self._connect_work(work)
        player.failed.connect(self._on_failure)
        player.ended.connect(self._on_end)
        player.set_volume(self._settings.volume)
        player.volume_changed.connect(self._on_volume)
        self._space = SpaceKey(self)
        self._rows_shown(len(tracks.model.ids()))
        self._follow(tracks.current_track())

    @property
    def track(self) -> Track | None:
        """The track that the player stands at, as the library knew it when it was shown last."""
        return self._track

    def _connect_actions(self) -> None:
        player, actions = self._player, self._actions
        for name, slot in (
            ("play", self._toggle), ("play_stop", player.stop),
            ("play_next", lambda: self._go(1)), ("play_previous", self._previous),
            ("play_back", lambda: player.step(-_STEP_S)), ("play_forward", lambda: player.step(_STEP_S)),
            ("louder", lambda: player.set_volume(player.volume + _LOUDER)),
            ("quieter", lambda: player.set_volume(player.volume - _LOUDER)),
            ("faster", lambda: player.set_speed(player.speed + _FASTER)),
            ("slower", lambda: player.set_speed(player.speed - _FASTER)),
            ("normal_speed", lambda: player.set_speed(1.0)),
        ):  # fmt: skip
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())
        for name in ("play", "play_stop", "play_next", "play_previous", "play_loop", "mute"):
            actions[name].setAutoRepeat(False)
        for name in _CHOICES:
            actions[name].setChecked(getattr(self._settings, name))
            actions[name].toggled.connect(lambda on, name=name: self._store.set(name, on))
        self._store.changed.connect(self._setting_changed)
        actions["play_loop"].toggled.connect(player.set_looping)
        actions["mute"].triggered.connect(self._mute)

    def _connect_table(self, tracks: TrackList) -> None:
        tracks.shown.connect(self._rows_shown)
        tracks.current_changed.connect(self._follow)
        tracks.activated_track.connect(self.play_track)
        tracks.view.picked.connect(self._select_soon)

    def _connect_work(self, work: Work) -> None:
        work.touching.connect(self._let_go)
        work.outcomes.connect(self._take_back_one)
        work.finished.connect(self._take_back)

    def stop(self) -> None:
        """Let go of everything; nothing plays any more."""
        self._stopped = True
        self._selecting.stop()
        self._passing.stop()
        self._space.stop()
        self._player.shut()

    # --- what the user selects -----------------------------------------------------------------------

    def _select_soon(self, with_key: bool) -> None:
        self._by_hand = False
        self._passing.stop()
        self._selecting.start(_KEYS_MS if with_key else _CLICK_MS)

    def _selected_by_hand(self) -> None:
        """Go to the track that the user has selected; if it is still being read, when it is there."""
        if self._tracks.view.one_selected() is None:
            return
        track = self._tracks.selected_track()
        self._by_hand = track is None
        if track is None or (self._player.playing and self._settings.keep_playing):
            return
        if self._is_loaded(track) and (self._player.playing or self._player.position):
            return
        if self._settings.play_selected:
            self.play_track(track)
        elif not self._is_loaded(track):
            self._load(track)

    def _follow(self, track: Track | None) -> None:
        """Stand at the track one looks at, unless another one is being played."""
        if track is None or self._stopped or self._led:
            return
        if self._is_loaded(track):
            self._show(track)
        elif not self._player.playing and not self._player.position:
            self._load(track)
        if self._by_hand:
            self._selected_by_hand()

    def _is_loaded(self, track: Track) -> bool:
        return self._track is not None and self._track.id == track.id and self._player.path == track.path

    # --- what is played ------------------------------------------------------------------------------

    def play_track(self, track: Track) -> None:
        """Play a track from its beginning."""
        self._passed = 0
        self._selecting.stop()
        self._start(track)

    def play_at(self, track: Track, seconds: float) -> None:
        """Play a track from somewhere on."""
        self._passed = 0
        self._selecting.stop()
        self._passing.stop()
        self._load(track, seconds)
        self._play()

    def lead(self, on: bool) -> None:
        """Leave it to others what is played next, and follow the table no more; or do so again."""
        self._led = on

    def stand_at(self, track: Track, seconds: float) -> None:
        """Go to where one was in a track, without playing it, unless something has been played meanwhile."""
        if not (self._stopped or self._player.playing or self._player.position):
            self._load(track, seconds)

    def _start(self, track: Track) -> None:
        self._passing.stop()
        if self._is_loaded(track):
            self._player.seek(0.0)
        else:
            self._load(track)
        self._play()

    def _load(self, track: Track, start: float = 0.0) -> None:
        self._show(track)
        self._player.load(track.path, start=start, length=track.length)

    def _show(self, track: Track) -> None:
        changed = self._track is None or self._track.id != track.id or self._track.title != track.title
        if changed or self._track is None or self._track.artist != track.artist:
            title = words.one_line(track.title) or words.printable(track.path.rpartition("/")[2])
            self._bar.show_track(title, words.one_line(track.artist))
        self._track = track
        self._rows_shown(len(self._tracks.model.ids()))

    def _toggle(self) -> None:
        self._passing.stop()
        if self._player.playing:
            self._player.pause()
        else:
            self._play()

    def _play(self) -> None:
        self._bar.say("")
        self._player.play()

    def _previous(self) -> None:
        if self._player.position > _BEGINNING_S:
            self._player.seek(0.0)
        else:
            self._go(-1)

    def _go(self, step: int, *, by_itself: bool = False) -> None:
        """Play the next row that can be played, or the one before."""
        self._passed = self._passed + 1 if by_itself else 0
        self._selecting.stop()
        ids = self._tracks.model.ids()
        row = self._tracks.model.row_of(self._track.id) if self._track is not None else None
        first = 0 if row is None else row + step
        stretch = range(first, min(len(ids), first + _AHEAD)) if step > 0 else range(first, max(-1, first - _AHEAD), -1)
        wanted = [ids[number] for number in stretch]
        if wanted:
            self._queries.run(
                lambda library: sorted(load(library, wanted), key=lambda track: wanted.index(track.id)),
                self._take_next, key="play",
            )  # fmt: skip

    def _take_next(self, tracks: list[Track]) -> None:
        track = next((track for track in tracks if not track.missing), None)
        if track is None or self._stopped:
            return
        selected = sum(map(len, self._tracks.view.selected_rows()))
        here = self._track is None or (current := self._tracks.current_track()) is None or current.id == self._track.id
        self._start(track)
        # The selection goes along, unless the user is busy elsewhere.
        if here and selected <= 1 and not self._tracks.view.is_editing():
            self._tracks.select([track.id])

    def _on_end(self) -> None:
        self._passed = 0
        if self._settings.play_on and not self._led:
            self._go(1, by_itself=True)

    def _on_failure(self, _: str) -> None:
        """Leave time to read why, then pass on, if the player came to this track by itself."""
        if self._settings.play_on and 0 < self._passed <= _PATIENCE:
            self._passing.start()

    # --- files that are written ----------------------------------------------------------------------

    def _let_go(self, paths: Collection[str] | None) -> None:
        self._player.let_go(paths)

    def _take_back_one(self, wish: Wish, outcomes: list[object]) -> None:
        if wish.changes_files and not self._stopped:
            for path in {getattr(outcome, "path", "") for outcome in outcomes} & {self._player.path}:
                self._player.take_back(path)

    def _take_back(self, tally: Tally) -> None:
        if tally.wish.changes_files and not self._stopped:
            self._player.take_back()

    # --- what can be done, and what the user chose -----------------------------------------------------

    def _rows_shown(self, number: int) -> None:
        able = bool(number or self._player.path or self._track)
        for name in ("play", "play_stop", "play_next", "play_previous", "play_back", "play_forward"):
            self._actions[name].setEnabled(able)
        if able:
            self._bar.show()

    @property
    def _settings(self) -> Settings:
        return self._store.settings

    def _setting_changed(self, name: str) -> None:
        if name in _CHOICES:
            self._actions[name].setChecked(getattr(self._settings, name))
        elif name == "volume" and self._settings.volume != self._player.volume:
            self._player.set_volume(self._settings.volume)

    def _on_volume(self, volume: float) -> None:
        self._actions["mute"].setChecked(volume == 0)
        if volume > 0:
            self._loud = volume
            self._store.set("volume", volume)

    def _mute(self) -> None:
        self._player.set_volume(0.0 if self._player.volume > 0 else self._loud)


class SpaceKey(QObject):
    """Space plays and pauses, but belongs to a button or a box as long as that has the keyboard."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = QApplication.instance()
        if isinstance(self._app, QApplication):
            self._app.focusChanged.connect(self._follow)
            self._follow(None, QApplication.focusWidget())

    def stop(self) -> None:
        """Leave the keyboard alone."""
        if isinstance(self._app, QApplication):
            self._app.focusChanged.disconnect(self._follow)
            self._app = None

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(new, (QAbstractButton, QComboBox)):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            event.accept()
            return True
        return False
