"""One of Qt's media players with its output: told what to do by signals that wait; fades in and out if asked."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QFile, QFileDevice, QIODevice, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer

# A fade takes so many steps of so long. Steps are counted and not the time, so that a window which is busy makes a fade
# longer and never a jump of it.
_STEPS, _STEP_MS = 25, 3
# What has been faded out may still be on its way to the loudspeakers for so long.
_DRAIN_MS = 250
_State = QMediaPlayer.PlaybackState


class Deck(QObject):
    """Holds one file at a time.

    It is told what to do by signals that wait for the event loop. Its threads have to be waited for when a file
    goes, and one of them may need Python's lock for its own end; only the event loop waits without holding that.

    Signals, of the file that it holds until it is told to let go of it: looked() when something may have become of the
    file, ran(playing), moved(milliseconds) and measured(), when the length is known.
    """

    looked = Signal()
    ran = Signal(bool)
    moved = Signal(int)
    measured = Signal()
    _source_asked = Signal(QUrl)
    _device_asked = Signal(QIODevice, QUrl)
    _play_asked = Signal()
    _pause_asked = Signal()
    _position_asked = Signal("qint64")  # type: ignore[arg-type]
    _speed_asked = Signal(float)
    _settled = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.media, self.output = QMediaPlayer(self), QAudioOutput(self)
        self.media.setAudioOutput(self.output)
        self._file: QFile | None = None
        self._asked = 0
        self.is_free = True
        self._is_held = False  # the file is, and what becomes of it is told
        self._level = self._aim = self._step = 1.0
        self._then: Callable[[], object] | None = None
        self._fading = QTimer(self, interval=_STEP_MS, timerType=Qt.TimerType.PreciseTimer)
        self._fading.timeout.connect(self._fade)
        self._draining = QTimer(self, interval=_DRAIN_MS, singleShot=True)
        self._draining.timeout.connect(self._go_on)
        self._connect()

    def _connect(self) -> None:
        media, later = self.media, Qt.ConnectionType.QueuedConnection
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
        media.durationChanged.connect(self._on_duration)

    # --- what it is told -----------------------------------------------------------------------------

    @property
    def is_asked(self) -> bool:
        """Whether it was told something that has not been done; what Qt tells before is out of date."""
        return self._asked > 0

    def _ask(self, signal: Any, *arguments: object) -> None:
        self._asked += 1
        signal.emit(*arguments)
        self._settled.emit()

    def _settle(self) -> None:
        self._asked -= 1
        self._look()

    def _look(self) -> None:
        if self._tells():
            self.looked.emit()

    def _tells(self) -> bool:
        return self._is_held and not self.is_asked

    def _on_state(self, state: Any) -> None:
        if self._is_held:
            self.ran.emit(state == _State.PlayingState)

    def _on_position(self, milliseconds: int) -> None:
        if self._tells():
            self.moved.emit(milliseconds)

    def _on_duration(self, _: int) -> None:
        if self._tells():
            self.measured.emit()

    def open(self, path: str) -> None:
        """Go to a file; OSError where only its number tells Qt which it is, and it cannot be opened."""
        self.is_free, self._is_held = False, True
        url = QUrl.fromEncoded(b"file://" + quote(os.fsencode(path)).encode("ascii"))
        if url.toLocalFile() == path or os.name == "nt":
            self._ask(self._source_asked, QUrl.fromLocalFile(path))
        else:
            self._open_by_number(path)

    def _open_by_number(self, path: str) -> None:
        """Open a file whose name is no text; Qt knows such a file only by its number."""
        number = os.open(path, os.O_RDONLY)
        self._file = QFile(self)
        close = QFileDevice.FileHandleFlag.AutoCloseHandle
        self._file.open(number, QIODevice.OpenModeFlag.ReadOnly, close)
        self._ask(self._device_asked, self._file, QUrl("file:///sound"))

    def close(self) -> None:
        """Let go of the file at once."""
        self._stop_fading()
        self.is_free, self._is_held = True, False
        self._ask(self._source_asked, QUrl())
        if self._file is not None:
            self._file.deleteLater()
            self._file = None

    def leave(self) -> None:
        """Fade out, and let go of the file then."""
        self._is_held = False
        self.fade_out(self.close)

    def play(self) -> None:
        """Go on."""
        self._ask(self._play_asked)

    def pause(self) -> None:
        """Stay."""
        self._ask(self._pause_asked)

    def seek(self, seconds: float) -> None:
        """Go somewhere else."""
        self._ask(self._position_asked, round(1000 * seconds))

    def set_speed(self, speed: float) -> None:
        """Play faster or slower."""
        self._ask(self._speed_asked, speed)

    # --- how loud it is ------------------------------------------------------------------------------

    def set_level(self, level: float) -> None:
        """Have this amplitude (0 to 1 of what is recorded) at once."""
        self._stop_fading()
        self._put(level)

    def fade(self, level: float) -> None:
        """Come to this amplitude little by little."""
        self._stop_fading()
        self._aim, self._step = level, abs(level - self._level) / _STEPS
        self._fading.start()

    def fade_out(self, then: Callable[[], object]) -> None:
        """Become silent little by little; `then` is called when nothing can be heard any more."""
        self.fade(0.0)
        self._then = then

    def _stop_fading(self) -> None:
        self._fading.stop()
        self._draining.stop()
        self._then = None

    def _fade(self) -> None:
        way = self._aim - self._level
        self._put(self._aim if abs(way) < 1.5 * self._step else self._level + math.copysign(self._step, way))
        if self._level == self._aim:
            self._fading.stop()
            if self._then is not None:
                self._draining.start()

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _put(self, level: float) -> None:
        self._level = level
        self.output.setVolume(level)
