"""Qt's media player as an engine. QtMultimedia takes a moment to load: imported when something is played."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QFile, QFileDevice, QIODevice, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer

from app.jobs.loader import Loader
from app.look import words
from app.sound.player.engine import Engine

# The media player tells its position once in a frame of the file, which in some formats is seconds long; so far (s)
# the position is carried on without its word.
_FARTHEST = 8.0
# A word that differs by less (s) from where it was carried on to draws it near, so that no playhead jumps.
_NEAR, _PULL = 0.1, 0.2
# A file whose sound breaks off this long (s) before its end is worth a sentence; one that ends in its first moment
# was never played.
_MISSED, _MOMENT = 0.3, 0.05
# A file of no known length that shows no sign of life for so long will show none.
_PATIENCE_MS = 3000
# Qt decodes in this process, and not behind where another one has decoded the file before; so far (s) ahead of the
# position that has to be.
_AHEAD = 15.0
# A trial that is going on when all is over may take so long to break off.
_BREAK_OFF_S = 2.0
_Status, _State, _Error = QMediaPlayer.MediaStatus, QMediaPlayer.PlaybackState, QMediaPlayer.Error


class Media(Engine):
    """Qt's media player. Without a sound device it plays into nothing, in time.

    It is told what to do by signals that wait for the event loop. Its threads have to be waited for when a file
    goes, and one of them may need Python's lock for its own end; only the event loop waits without holding that.
    """

    _source_asked = Signal(QUrl)
    _device_asked = Signal(QIODevice, QUrl)
    _play_asked = Signal()
    _pause_asked = Signal()
    _position_asked = Signal("qint64")  # type: ignore[arg-type]
    _speed_asked = Signal(float)
    _settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices, self._output, self._media = QMediaDevices(self), QAudioOutput(self), QMediaPlayer(self)
        self._media.setAudioOutput(self._output)
        self._file: QFile | None = None
        self._loading = self._wanted = self._over = False
        self._asked, self._trouble = 0, ""
        self._lives = False
        self._volume, self._gain = 1.0, 1.0
        self._began = self._reached = 0.0
        self._path, self._clear, self._held = "", 0.0, False
        self._trials = Loader()  # its thread may outlive this for a while
        self._tried: dict[tuple[object, ...], None] = {}  # for the thread of the trials alone
        self._patience = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(lambda: self._fail(_reason(None)))
        self._connect()

    def _connect(self) -> None:
        media, later = self._media, Qt.ConnectionType.QueuedConnection
        for signal, slot in (
            (self._source_asked, media.setSource), (self._device_asked, media.setSourceDevice),
            (self._play_asked, media.play), (self._pause_asked, media.pause),
            (self._position_asked, media.setPosition), (self._speed_asked, media.setPlaybackRate),
            (self._settled, self._settle),
        ):  # fmt: skip
            signal.connect(slot, later)
        media.mediaStatusChanged.connect(lambda _: self._look(), later)
        media.errorOccurred.connect(lambda *_: self._look(), later)
        media.playbackStateChanged.connect(self._on_state)
        media.positionChanged.connect(self._on_position)
        media.durationChanged.connect(lambda _: self._tell_length())
        self._devices.audioOutputsChanged.connect(self._change_device)

    def usable(self) -> bool:
        """Whether there is anything behind it that can play."""
        return self._media.isAvailable()

    def limit(self) -> str:
        """Say why nothing can be heard, if that is so."""
        if not self._devices.defaultAudioOutput().isNull():
            return ""
        return words.tr("There is no sound: no loudspeakers or headphones were found. Connect some, and you hear it.")

    def _change_device(self) -> None:
        self._output.setDevice(self._devices.defaultAudioOutput())
        self.limited.emit(self.limit())

    def _reach(self) -> float:
        return _FARTHEST if self._lives else float("inf")

    # --- what it is told -----------------------------------------------------------------------------

    def _ask(self, signal: Any, *arguments: object) -> None:
        """Ask for something; what the media player tells before it has been done is out of date."""
        self._asked += 1
        self._over = False
        signal.emit(*arguments)
        self._settled.emit()

    def _settle(self) -> None:
        self._asked -= 1
        self._look()

    def open(self, path: str, start: float, length: float) -> None:
        self.close()
        self._loading, self._trouble = True, ""
        self._lives = False
        self._began = self._reached = start
        self._mark(start)
        self._path, self._clear, self._held = path, 0.0, True
        self._trials.ask(("open",), partial(_trial, path, self._tried), self._hear)

    def _load(self, path: str) -> None:
        url = QUrl.fromEncoded(b"file://" + quote(os.fsencode(path)).encode("ascii"))
        if url.toLocalFile() == path or os.name == "nt":
            self._ask(self._source_asked, QUrl.fromLocalFile(path))
        else:
            self._open_by_number(path)

    def _open_by_number(self, path: str) -> None:
        """Open a file whose name is no text; Qt knows such a file only by its number."""
        try:
            number = os.open(path, os.O_RDONLY)
        except OSError:
            self._loading = False
            self.failed.emit(_cannot_open())
            return
        self._file = QFile(self)
        close = QFileDevice.FileHandleFlag.AutoCloseHandle
        self._file.open(number, QIODevice.OpenModeFlag.ReadOnly, close)
        self._ask(self._device_asked, self._file, QUrl("file:///sound"))

    def _hear(self, told: float | str) -> None:
        """Take in up to where (s) the file is in order, or what is wrong with it."""
        if isinstance(told, str):
            self._fail(told)
            return
        self._clear = told
        if self._held and self._may_reach(self._at):
            if self._path:
                self._held = False
                path, self._path = self._path, ""
                self._load(path)
            else:
                self._go_on()

    def _may_reach(self, seconds: float) -> bool:
        return seconds + _AHEAD <= self._clear

    def _hold(self) -> None:
        """Wait here until it is known that it may go on."""
        self._held = True
        self._run(False)
        self._ask(self._pause_asked)

    def _go_on(self) -> None:
        self._held = False
        self._ask(self._position_asked, round(1000 * self._at))
        if self._wanted:
            self._ask(self._play_asked)

    def close(self) -> None:
        self._trials.drop("open")
        self._path, self._held = "", False
        self._loading = self._wanted = False
        self._run(False)
        self._patience.stop()
        self._ask(self._source_asked, QUrl())
        if self._file is not None:
            self._file.deleteLater()
            self._file = None

    def shut(self) -> None:
        self.close()
        self._trials.stop(_BREAK_OFF_S)

    def play(self) -> None:
        self._wanted = True
        if not self._loading and not self._held:
            self._ask(self._play_asked)

    def pause(self) -> None:
        self._wanted = False
        self._run(False)
        if not self._loading:
            self._ask(self._pause_asked)

    def seek(self, seconds: float) -> None:
        self._mark(seconds)
        if self._loading:
            return
        if not self._may_reach(seconds):
            self._hold()
            self._mark(seconds)
        elif self._held:
            self._go_on()
        else:
            self._ask(self._position_asked, round(1000 * seconds))

    def set_speed(self, speed: float) -> None:
        self._mark(self.position())
        self.speed = speed
        self._ask(self._speed_asked, speed)

    def set_volume(self, volume: float) -> None:
        # What is heard as half as loud has an eighth of the amplitude.
        self._volume = volume**3
        self._output.setVolume(self._volume * self._gain)

    def set_gain(self, gain: float) -> None:
        self._gain = gain
        self._output.setVolume(self._volume * gain)

    def prepare(self, path: str) -> None:
        self._trials.ask(("ahead", path), partial(_trial, path, self._tried), lambda _: None, later=True)

    # --- what it tells -------------------------------------------------------------------------------

    def _on_state(self, state: Any) -> None:
        self._run(state == _State.PlayingState)
        if self._running and not self._lives and self._media.duration() <= 0:
            self._patience.start()

    def _on_position(self, milliseconds: int) -> None:
        if self._loading or self._asked:
            return
        self._lives = True
        self._patience.stop()
        # At the end it tells the length, wherever the sound has ended.
        self._reached = self.position()
        told, carried = milliseconds / 1000, self.position()
        near = self._running and abs(told - carried) < _NEAR
        self._mark(carried + _PULL * (told - carried) if near else told)
        if self._running and not self._may_reach(told - _AHEAD / 2):
            self._hold()

    def _tell_length(self) -> None:
        if self._media.duration() > 0 and not self._asked:
            self.length_known.emit(self._media.duration() / 1000)

    def _look(self) -> None:
        """See what has become of the file."""
        if self._asked:
            return
        status, error = self._media.mediaStatus(), self._media.error()
        if self._loading:
            if error != _Error.NoError or status == _Status.InvalidMedia:
                self._fail(_reason(error))
            elif status in (_Status.LoadedMedia, _Status.BufferedMedia):
                self._begin()
            return
        if error != _Error.NoError:
            self._trouble = words.tr("A part of this file cannot be read.")
        if status == _Status.EndOfMedia and self._wanted and not self._over:
            self._over = True
            self._patience.stop()
            self._reach_end(error)

    def _reach_end(self, error: Any) -> None:
        missed = self._media.duration() / 1000 - self._reached
        if self._trouble and self._reached - self._began < _MOMENT < missed:
            self._fail(_reason(error))
            return
        if self._trouble and missed > _MISSED:
            self.complained.emit(self._trouble)
        self.ended.emit()

    def _fail(self, sentence: str) -> None:
        self.close()
        self.failed.emit(sentence)

    def _begin(self) -> None:
        self._loading = False
        self._tell_length()
        if not self._media.hasAudio():
            self._fail(words.tr("There is no sound in this file."))
            return
        if self._at > 0:
            self.seek(self._at)
        if self._wanted and not self._held:
            self._ask(self._play_asked)


def _trial(path: str, tried: dict[tuple[object, ...], None], wanted: Callable[[], bool]) -> Iterator[float | str]:
    """Tell up to where a file can be played, or what it does to decoders; those that were well are not tried again.

    What a decoder refuses in good order does no harm here either: Qt's word on it is to be heard.
    """
    from genre_tagger.base.errors import DecodeError
    from genre_tagger.sound.audio import trial
    from genre_tagger.sound.decoding.limits import HARM

    with contextlib.suppress(OSError):
        stat = os.stat(path)
        known = path, stat.st_size, stat.st_mtime_ns
        try:
            for seconds in trial(path) if known not in tried else ():
                if not wanted():
                    return
                yield seconds
        except DecodeError as error:
            if error.reason in HARM:
                yield error.reason
                return
        tried[known] = None
    yield math.inf


def _cannot_open() -> str:
    return words.tr("Cannot be opened. Is the file still there?")


def _reason(error: Any) -> str:
    if error == _Error.ResourceError:
        return _cannot_open()
    if error == _Error.AccessDeniedError:
        return words.tr("This file may not be read by you.")
    return words.tr("The sound in this file cannot be read.")
