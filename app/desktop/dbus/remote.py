"""The window as a media player for other programs: the properties they read, and the methods they call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from PySide6.QtCore import QObject, QTimer, QUrl, Signal

from app import APP_ID
from app.jobs.wishes import JobKind, Tally
from app.look import words
from app.sound.player.player import SPEEDS, Player
from app.window.panels.drops import local_path

if TYPE_CHECKING:
    from app.desktop.dbus.values import Typed
    from app.desktop.window import Window
    from app.sound.player.playing import Playing
    from genre_tagger.library.tracks import Track

ROOT, PLAYER = "org.mpris.MediaPlayer2", "org.mpris.MediaPlayer2.Player"
MIME_TYPES = (
    "audio/mpeg audio/mp2 audio/aac audio/mp4 audio/x-m4b audio/x-m4p audio/x-m4r audio/flac audio/ogg "
    "audio/x-vorbis+ogg audio/x-opus+ogg audio/x-speex+ogg audio/x-flac+ogg audio/x-wav audio/vnd.wave audio/x-aiff "
    "audio/x-aifc audio/x-ms-wma audio/x-wavpack audio/x-ape audio/x-musepack audio/x-ofr audio/x-tak audio/x-tta "
    "audio/x-dsf"
).split()
_TRACKS = "/io/github/genre_tagger/GenreTagger/track"
_MICRO = 1_000_000
# A playhead that is farther (s) from where it should be by now has been moved.
_JUMP = 0.5


class Unfit(Exception):  # noqa: N818  (no fault of ours: the answer to a wrong question)
    """A call that makes no sense here; says why, in D-Bus's words."""


@dataclass(frozen=True, slots=True)
class Row:
    """A property: its interface, name and type; how it is read, and written where it can be."""

    interface: str
    name: str
    kind: str
    read: Callable[[Remote], Any]
    write: Callable[[Remote, Any], None] | None = None


class Remote(QObject):
    """Reads and moves a window's player.

    Signals: changed() when a property may have changed; seeked(microseconds) when the playhead was moved.
    """

    changed = Signal()
    seeked = Signal(object)

    def __init__(self, window: Window, player: Player, playing: Playing) -> None:
        super().__init__(cast(QObject, window))
        self._window, self._playing = window, playing
        self.player, self.actions = player, window.actions_by_id
        self._at, self._since = player.position, time.monotonic()
        self._opening, self._added = "", False
        for signal in (player.playing_changed, player.speed_changed, player.track_changed):
            signal.connect(lambda _: self._mark())
        for signal in (
            player.playing_changed, player.speed_changed, player.track_changed, player.length_changed,
            player.looping_changed, player.volume_changed, window.tracks.current_changed,
            *(self.actions[name].changed for name in ("play", "play_next", "play_previous")),
        ):  # fmt: skip
            signal.connect(lambda *_: self.changed.emit())
        player.position_changed.connect(self._moved)
        window.work.finished.connect(self._finished)

    # --- the playhead --------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """Where the playhead is, in microseconds."""
        return round(self.player.position * _MICRO)

    def _mark(self) -> None:
        self._at, self._since = self.player.position, time.monotonic()

    def _moved(self, at: float) -> None:
        """Emit `seeked` if the playhead is not where playing alone would have taken it."""
        passed = time.monotonic() - self._since if self.player.playing else 0.0
        expected = self._at + passed * self.player.speed
        self._mark()
        if abs(at - expected) > _JUMP:
            self.seeked.emit(round(at * _MICRO))

    # --- what others read ----------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """Playing, Paused or Stopped."""
        if self.player.playing:
            return "Playing"
        return "Paused" if self.player.path and self.player.position > 0 else "Stopped"

    @property
    def can_seek(self) -> bool:
        """Whether a track with a known length is open."""
        return bool(self.player.path) and self.player.length > 0

    @property
    def track_id(self) -> str:
        """Name the track as D-Bus names things; "" for none."""
        track = self._playing.track
        return f"{_TRACKS}/{track.id}" if track is not None and self.player.path else ""

    def metadata(self) -> dict[str, Typed]:
        """Give the tags of the track that is played, under MPRIS's names; empty when there is none."""
        track = self._playing.track
        if track is None or not self.player.path:
            return {}
        metadata: dict[str, Typed] = {"mpris:trackid": ("o", self.track_id)}
        if self.player.length > 0:
            metadata["mpris:length"] = "x", round(self.player.length * _MICRO)
        metadata["xesam:url"] = "s", _url(track.path)
        metadata["xesam:title"] = "s", words.one_line(track.title) or words.printable(os.path.basename(track.path))
        if track.artist:
            metadata["xesam:artist"] = "as", [words.one_line(track.artist)]
        if track.album:
            metadata["xesam:album"] = "s", words.one_line(track.album)
        if track.track_number:
            metadata["xesam:trackNumber"] = "i", track.track_number & 0x7FFFFFFF
        if track.genres:
            metadata["xesam:genre"] = "as", [words.one_line(genre) for genre in track.genres]
        return metadata

    # --- what others call ----------------------------------------------------------------------------

    def show(self) -> None:
        """Bring the window to the front."""
        QTimer.singleShot(0, self, self._window.come_to_front)

    def quit(self) -> None:
        """Close the window, which may ask something first."""
        QTimer.singleShot(0, self, self._window.close)

    def do(self, action: str) -> None:
        """Do what an action of the window does, where that can be done now."""
        self.actions[action].trigger()

    def play(self, on: bool) -> None:
        """Play, or pause."""
        if self.player.playing != on:
            self.do("play")

    def step(self, offset: int) -> None:
        """Move the playhead by so many microseconds; beyond the end is the next track."""
        at = self.player.position + offset / _MICRO
        if not self.can_seek:
            return
        if at > self.player.length:
            self.do("play_next")
        else:
            self.player.seek(max(0.0, at))

    def seek(self, track: str, position: int) -> None:
        """Move the playhead to so many microseconds, if that track is still open and as long as that."""
        if track == self.track_id and self.can_seek and 0 <= position / _MICRO <= self.player.length:
            self.player.seek(position / _MICRO)

    def set_rate(self, rate: float) -> None:
        """Play faster or slower; not at all is a pause."""
        if rate == 0:
            self.play(False)
        else:
            self.player.set_speed(rate)

    def set_loop(self, status: str) -> None:
        """Play the track again and again, or not."""
        if status not in ("None", "Track"):
            raise Unfit(f"There is no loop status {status!r}; None and Track there are.")
        self.actions["play_loop"].setChecked(status == "Track")

    def open(self, address: str) -> None:
        """Play a file, which is added to the library when it is not there yet."""
        url = QUrl(address)
        if not url.isLocalFile() or url.host() not in ("", "localhost"):
            raise Unfit("Only files of this computer can be played.")
        self._opening, self._added = os.path.abspath(local_path(url)), False
        self._look()

    def _look(self) -> None:
        path = self._opening
        self._window.queries.run(
            lambda library: next(library.tracks(paths=[path]), None), lambda track: self._play_opened(path, track),
            key="open",
        )  # fmt: skip

    def _play_opened(self, path: str, track: Track | None) -> None:
        if path != self._opening:
            return
        if track is not None and not track.missing and track.error is None:
            self._opening = ""
            self._playing.play_track(track)
            self._window.tracks.select([track.id])
        elif not self._added:
            self._added = True
            self._window.add([path])
        elif JobKind.SCAN not in self._window.work.kinds():
            # It is no music; the list of problems says why.
            self._opening = ""

    def _finished(self, tally: Tally) -> None:
        self.changed.emit()
        if tally.kind is JobKind.SCAN and self._opening:
            self._look()


def _url(path: str) -> str:
    """Write a path as a URL, byte for byte."""
    if os.name == "nt":
        return QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return "file://" + quote(os.fsencode(path))


def _always(value: object) -> Callable[[Remote], Any]:
    return lambda _: value


def _able(action: str) -> Callable[[Remote], bool]:
    return lambda remote: remote.actions[action].isEnabled()


ROWS = (
    Row(ROOT, "CanQuit", "b", _always(True)),
    Row(ROOT, "CanRaise", "b", _always(True)),
    Row(ROOT, "CanSetFullscreen", "b", _always(False)),
    Row(ROOT, "Fullscreen", "b", _always(False)),
    Row(ROOT, "HasTrackList", "b", _always(False)),
    Row(ROOT, "Identity", "s", _always("Genre Tagger")),
    Row(ROOT, "DesktopEntry", "s", _always(APP_ID)),
    Row(ROOT, "SupportedUriSchemes", "as", _always(["file"])),
    Row(ROOT, "SupportedMimeTypes", "as", _always(MIME_TYPES)),
    Row(PLAYER, "PlaybackStatus", "s", lambda remote: remote.status),
    Row(PLAYER, "LoopStatus", "s", lambda remote: "Track" if remote.player.looping else "None", Remote.set_loop),
    Row(PLAYER, "Rate", "d", lambda remote: remote.player.speed, Remote.set_rate),
    Row(PLAYER, "MinimumRate", "d", _always(SPEEDS[0])),
    Row(PLAYER, "MaximumRate", "d", _always(SPEEDS[1])),
    Row(PLAYER, "Metadata", "a{sv}", Remote.metadata),
    Row(PLAYER, "Volume", "d", lambda remote: remote.player.volume,
        lambda remote, volume: remote.player.set_volume(volume)),
    Row(PLAYER, "Position", "x", lambda remote: remote.position),
    Row(PLAYER, "CanGoNext", "b", _able("play_next")),
    Row(PLAYER, "CanGoPrevious", "b", _able("play_previous")),
    Row(PLAYER, "CanPlay", "b", _able("play")),
    Row(PLAYER, "CanPause", "b", _able("play")),
    Row(PLAYER, "CanSeek", "b", lambda remote: remote.can_seek),
    Row(PLAYER, "CanControl", "b", _always(True)),
)  # fmt: skip
