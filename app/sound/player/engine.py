"""What moves the position: an engine that plays, or a silent clock where none can be used."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal


class Engine(QObject):
    """Plays one file at a time. Times in seconds.

    Signals: length_known(float), ended() at the natural end, failed(str) with a sentence when nothing can be
    played, complained(str) when only a part could, limited(str) when nothing can be heard, "" when it can again.
    """

    length_known = Signal(float)
    ended = Signal()
    failed = Signal(str)
    complained = Signal(str)
    limited = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.speed = 1.0
        self.gentle = False  # whether sound begins and ends little by little
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

    def shut(self) -> None:
        """Let go of everything, for good."""
        self.close()

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

    def set_gain(self, gain: float) -> None:
        """Play with this part of the amplitude, 0 to 1, besides."""

    def hush(self) -> None:
        """Let go of files that are still fading out."""

    def prepare(self, path: str, at: float) -> None:
        """Look at a file that is going to be opened soon, around a place."""


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
