"""What moves the position: Qt's media player, or a silent clock where it cannot be used."""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QFile, QFileDevice, QIODevice, QLoggingCategory, QObject, Qt, QTimer, QUrl, Signal

from app import words

# The media player tells its position only now and then; this far (s) it is carried on without its word.
_FARTHEST = 0.3
# A word that differs by less (s) from where it was carried on to draws it near, so that no playhead jumps.
_NEAR, _PULL = 0.1, 0.2
# A file whose sound breaks off this long (s) before its end is worth a sentence.
_MISSED = 1.0


class Engine(QObject):
    """Plays one file at a time. Times in seconds.

    Signals: length_known(float), ended() at the natural end, failed(str) with a sentence when nothing can be
    played, complained(str) when only a part could.
    """

    length_known = Signal(float)
    ended = Signal()
    failed = Signal(str)
    complained = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.speed = 1.0
        self._at, self._stamp = 0.0, 0.0
        self._running = False

    def position(self) -> float:
        """Where it is now."""
        if not self._running:
            return self._at
        return self._at + self.speed * min(time.monotonic() - self._stamp, self._reach())

    def _reach(self) -> float:
        return float("inf")

    def _mark(self, at: float) -> None:
        """Take down that it is there now."""
        self._at, self._stamp = at, time.monotonic()

    def _run(self, running: bool) -> None:
        self._mark(self.position())
        self._running = running

    def open(self, path: str, start: float, length: float) -> None:
        """Make a file ready; `length` is what is known of it, 0 if nothing is."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""
        raise NotImplementedError

    def play(self) -> None:
        """Go on from where it is."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stay where it is."""
        raise NotImplementedError

    def seek(self, seconds: float) -> None:
        """Go somewhere else, playing or not."""
        raise NotImplementedError

    def set_speed(self, speed: float) -> None:
        """Play faster or slower; 1 is as recorded."""
        raise NotImplementedError

    def set_volume(self, volume: float) -> None:
        """Play louder or quieter, 0 to 1 as one hears it."""


class Clock(Engine):
    """Plays nothing, but in time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._length = 0.0
        self._end = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._end.timeout.connect(self._reach_end)

    def open(self, path: str, start: float, length: float) -> None:
        self.close()
        self._length = length
        self._mark(start)

    def close(self) -> None:
        self._run(False)
        self._end.stop()

    def play(self) -> None:
        self._run(True)
        self._await_end()

    def pause(self) -> None:
        self.close()

    def seek(self, seconds: float) -> None:
        self._mark(seconds)
        self._await_end()

    def set_speed(self, speed: float) -> None:
        self._mark(self.position())
        self.speed = speed
        self._await_end()

    def _await_end(self) -> None:
        self._end.stop()
        if self._running and self._length > 0:
            self._end.start(max(0, round(1000 * (self._length - self._at) / self.speed)))

    def _reach_end(self) -> None:
        self._run(False)
        self._mark(self._length)
        self.ended.emit()


class Media(Engine):
    """Qt's media player. Without a sound device it plays into nothing, in time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # It reports every video library that this system lacks.
        QLoggingCategory.setFilterRules("qt.multimedia.*=false")
        from PySide6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer

        self._Status, self._Error = QMediaPlayer.MediaStatus, QMediaPlayer.Error
        self._State = QMediaPlayer.PlaybackState
        self._devices, self._output, self._media = QMediaDevices(self), QAudioOutput(self), QMediaPlayer(self)
        self._media.setAudioOutput(self._output)
        self._file: QFile | None = None
        self._loading = self._wanted = False
        self._trouble = ""
        # A source that is changed while the player still tells of the old one's end can stop it for good.
        self._media.mediaStatusChanged.connect(self._on_status, Qt.ConnectionType.QueuedConnection)
        self._media.errorOccurred.connect(self._on_error, Qt.ConnectionType.QueuedConnection)
        self._media.playbackStateChanged.connect(lambda state: self._run(state == self._State.PlayingState))
        self._media.positionChanged.connect(self._on_position)
        self._media.durationChanged.connect(self._on_duration)
        self._devices.audioOutputsChanged.connect(lambda: self._output.setDevice(self._devices.defaultAudioOutput()))

    def usable(self) -> bool:
        """Whether there is anything behind it that can play."""
        return self._media.isAvailable()

    def silent(self) -> bool:
        """Whether there is no sound device."""
        return self._devices.defaultAudioOutput().isNull()

    def _reach(self) -> float:
        return _FARTHEST

    def open(self, path: str, start: float, length: float) -> None:
        self.close()
        self._loading, self._trouble = True, ""
        self._mark(start)
        url = QUrl.fromEncoded(b"file://" + quote(os.fsencode(path)).encode("ascii"))
        if url.toLocalFile() == path or os.name == "nt":
            self._media.setSource(QUrl.fromLocalFile(path))
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
        self._media.setSourceDevice(self._file, QUrl("file:///sound"))

    def close(self) -> None:
        self._loading = self._wanted = False
        self._run(False)
        self._media.setSource(QUrl())
        if self._file is not None:
            self._file.close()
            self._file.deleteLater()
            self._file = None

    def play(self) -> None:
        self._wanted = True
        if not self._loading:
            self._media.play()

    def pause(self) -> None:
        self._wanted = False
        if not self._loading:
            self._media.pause()

    def seek(self, seconds: float) -> None:
        self._mark(seconds)
        if not self._loading:
            self._media.setPosition(round(1000 * seconds))

    def set_speed(self, speed: float) -> None:
        self._mark(self.position())
        self.speed = speed
        self._media.setPlaybackRate(speed)

    def set_volume(self, volume: float) -> None:
        # What is heard as half as loud has an eighth of the amplitude.
        self._output.setVolume(volume**3)

    # --- what the media player tells -----------------------------------------------------------------

    def _on_position(self, milliseconds: int) -> None:
        if self._loading:
            return
        told, carried = milliseconds / 1000, self.position()
        near = self._running and abs(told - carried) < _NEAR
        self._mark(carried + _PULL * (told - carried) if near else told)

    def _on_duration(self, milliseconds: int) -> None:
        if milliseconds > 0:
            self.length_known.emit(milliseconds / 1000)

    def _on_status(self, status: Any) -> None:
        if status != self._media.mediaStatus():
            return  # of a file before this one
        if status == self._Status.EndOfMedia:
            self._reach_end()
        elif self._loading and status in (self._Status.LoadedMedia, self._Status.BufferedMedia):
            self._loading = False
            if not self._media.hasAudio():
                self.close()
                self.failed.emit(words.tr("There is no sound in this file."))
                return
            if self._at > 0:
                self._media.setPosition(round(1000 * self._at))
            if self._wanted:
                self._media.play()

    def _reach_end(self) -> None:
        missed = self._media.duration() / 1000 - self.position() > _MISSED
        if self._trouble and missed:
            self.complained.emit(self._trouble)
        self.ended.emit()

    def _on_error(self, error: Any, _: str) -> None:
        if error == self._Error.NoError or error != self._media.error():
            return
        if self._loading:
            self.close()
            self.failed.emit(_cannot_open() if error == self._Error.ResourceError else _cannot_read(error, self._Error))
        else:
            self._trouble = words.tr("A part of this file cannot be read.")


def _cannot_open() -> str:
    return words.tr("This file cannot be opened. Is it still where it was?")


def _cannot_read(error: Any, errors: Any) -> str:
    if error == errors.AccessDeniedError:
        return words.tr("This file may not be read.")
    return words.tr("The sound in this file cannot be read.")


def make(parent: QObject) -> tuple[Engine, str]:
    """Make what can play here, and say what is missing, if anything is."""
    try:
        media = Media(parent)
    except ImportError:
        return Clock(parent), words.tr("Playback is not part of this installation. The position moves in silence.")
    if not media.usable():
        media.deleteLater()
        return Clock(parent), words.tr("Playback cannot be used on this computer. The position moves in silence.")
    return media, words.tr("There is no sound device. The position moves in silence.") if media.silent() else ""
