"""Plays the track one is at: where it is, how fast, how loud, and over which part again and again."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.look import words
from app.look.qt_log import quieten
from app.sound.player.engine import Clock, Engine

SPEEDS = (0.5, 2.0)
# A smooth playhead: about thirty positions a second.
_TICK_MS = 33
# A marked part shorter than this (s) is a slip of the mouse.
_SHORTEST = 0.05

Region = tuple[float, float]


class Player(QObject):
    """Plays one file; all times are seconds.

    Signals: position_changed(float), about 30 times a second while it plays and somebody watches;
    length_changed(float), 0 while unknown; playing_changed(bool); track_changed(str) with the path, "" for none;
    region_changed((start, stop) or None); looping_changed(bool); speed_changed(float); volume_changed(float);
    failed(str), a sentence on the file that cannot be played; noted(str), one on what is less than usual in it;
    limited(str), one on why nothing at all can be heard, "" when that is over;
    ended() at the natural end.
    """

    position_changed = Signal(float)
    length_changed = Signal(float)
    playing_changed = Signal(bool)
    track_changed = Signal(str)
    region_changed = Signal(object)
    looping_changed = Signal(bool)
    speed_changed = Signal(float)
    volume_changed = Signal(float)
    failed = Signal(str)
    noted = Signal(str)
    limited = Signal(str)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = ""
        self.length = 0.0
        self.playing = False
        self.looping = False
        self.volume, self.speed = 1.0, 1.0
        self._gain, self._gentle = 1.0, False
        self.region: Region | None = None
        self._engine: Engine | None = None
        self._open = self._watched = self._lent = False
        self._at = self._last = 0.0
        self._kept: set[str] | None = set()
        self._given: set[str] = set()
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def position(self) -> float:
        """Where it is now, playing or not."""
        at = self._engine.position() if self._engine is not None and self._open else self._at
        return min(at, self.length) if self.length > 0 else at

    # --- what is played ------------------------------------------------------------------------------

    def load(self, path: str, *, start: float = 0.0, length: float = 0.0) -> None:
        """Go to a file, at `start`, and open it when it is played; `length` is what the library knows of it."""
        self._set_playing(False)
        self._close()
        self._lent = False
        self.path, self._at, self.length = path, max(0.0, start), length
        self.set_region(None)
        self.track_changed.emit(path)
        self.length_changed.emit(self.length)
        self._tell_position()

    def clear(self) -> None:
        """Let go of the file for good."""
        if self.path:
            self.load("")

    def _reopen(self) -> None:
        self._lent = bool(self.path) and self._is_kept(self.path)
        if not self.path or self._open or self._lent:
            return
        if self._engine is None:
            self._engine, note = make(self)
            self._engine.length_known.connect(self._set_length)
            self._engine.ended.connect(self._on_end)
            self._engine.failed.connect(self._on_failure)
            self._engine.complained.connect(self.noted)
            self._engine.limited.connect(self.limited)
            self._engine.set_volume(self.volume)
            self._engine.set_gain(self._gain)
            self._engine.gentle = self._gentle
            self._engine.set_speed(self.speed)
            if note:
                self.limited.emit(note)
        self._open = True
        self._engine.open(self.path, self._at, self.length)
        if self.playing and self._open:
            self._engine.play()
        self._pace()

    def _close(self) -> None:
        self._timer.stop()
        if self._engine is not None and self._open:
            self._at = self.position
            self._open = False
            self._engine.close()

    def shut(self) -> None:
        """Let go of the file and of the sound device for good."""
        self.let_go()
        self.load("")
        if self._engine is not None:
            self._engine.shut()
            self._engine.deleteLater()
            self._engine = None

    def let_go(self, paths: Iterable[str] | None = None) -> None:
        """Keep no hand on these files (None: on none at all) until :meth:`take_back`; they are to be changed."""
        if paths is None or self._kept is None:
            self._kept = None
        else:
            self._kept.update(paths)
        self._given.clear()
        if self._open and self._is_kept(self.path):
            self._lent = True
            self._close()
        if self._engine is not None:
            self._engine.hush()

    def take_back(self, path: str | None = None) -> None:
        """This file (None: every one) may be read again; go on where it was."""
        if path is None:
            self._kept = set()
        else:
            self._given.add(path)
        if self._lent:
            self._reopen()

    def _is_kept(self, path: str) -> bool:
        return path not in self._given and (self._kept is None or path in self._kept)

    # --- playing -------------------------------------------------------------------------------------

    def play(self) -> None:
        """Go on from where it is."""
        if not self.path or self.playing:
            return
        self._set_playing(True)
        if self._engine is not None and self._open:
            self._engine.play()
            self._pace()
        else:
            self._reopen()

    def pause(self) -> None:
        """Stay where it is."""
        if self._engine is not None and self._open:
            self._engine.pause()
        self._set_playing(False)
        self._tell_position()

    def stop(self) -> None:
        """Pause at the beginning."""
        self.pause()
        self.seek(0.0)

    def seek(self, seconds: float) -> None:
        """Go somewhere else."""
        seconds = max(0.0, min(seconds, self.length) if self.length > 0 else seconds)
        if self._engine is not None and self._open:
            self._engine.seek(seconds)
        self._at = seconds
        self._tell_position()
        self._pace()

    def step(self, seconds: float) -> None:
        """Go forward or back."""
        self.seek(self.position + seconds)

    def set_volume(self, volume: float) -> None:
        """Play louder or quieter: 0 to 1, as one hears it."""
        self.volume = min(1.0, max(0.0, volume))
        if self._engine is not None:
            self._engine.set_volume(self.volume)
        self.volume_changed.emit(self.volume)

    def set_gain(self, gain: float) -> None:
        """Play what is played so much quieter (0 to 1, of the amplitude) than the volume says."""
        self._gain = gain
        if self._engine is not None:
            self._engine.set_gain(gain)

    def set_gentle(self, gentle: bool) -> None:
        """Have sound begin and end little by little, be it that another file comes, or that it is paused."""
        self._gentle = gentle
        if self._engine is not None:
            self._engine.gentle = gentle

    def prepare(self, path: str, at: float = 0.0) -> None:
        """Have a file looked at that is going to be played soon from there on, so that it begins without a wait."""
        if self._engine is not None:
            self._engine.prepare(path, at)

    def set_speed(self, speed: float) -> None:
        """Play faster or slower: 0.5 to 2, 1 is as recorded."""
        self.speed = min(SPEEDS[1], max(SPEEDS[0], speed))
        if self._engine is not None:
            self._engine.set_speed(self.speed)
        self.speed_changed.emit(self.speed)
        self._pace()

    # --- a part again and again ----------------------------------------------------------------------

    def set_region(self, region: Region | None) -> None:
        """Mark a part, from start to stop; None for the whole track."""
        if region is not None and abs(region[1] - region[0]) < _SHORTEST:
            region = None
        if region is not None:
            region = (min(region), max(region))
        if region != self.region:
            self.region = region
            self.region_changed.emit(region)
            self._pace()

    def set_looping(self, looping: bool) -> None:
        """Play the marked part (or the whole track) again and again."""
        if looping == self.looping:
            return
        self.looping = looping
        self.looping_changed.emit(looping)
        if looping and self.region is not None and not self.region[0] <= self.position < self.region[1]:
            self.seek(self.region[0])
        self._pace()

    # --- as time goes by -----------------------------------------------------------------------------

    def set_watched(self, watched: bool) -> None:
        """Tell whether somebody can see the position; nothing ticks for nobody."""
        self._watched = watched
        if watched:
            self._tell_position()
        self._pace()

    def _set_playing(self, playing: bool) -> None:
        if playing != self.playing:
            self.playing = playing
            self.playing_changed.emit(playing)
            self._pace()

    def _set_length(self, length: float) -> None:
        if length != self.length:
            self.length = length
            self.length_changed.emit(length)

    def _tell_position(self) -> None:
        self._last = self.position
        self.position_changed.emit(self._last)

    def _pace(self) -> None:
        """Have the timer wake at the next moment that matters."""
        self._timer.stop()
        if not (self.playing and self._open):
            return
        waits = [_TICK_MS] if self._watched else []
        if self.looping and self.region is not None and self.position < self.region[1]:
            waits.append(max(1, round(1000 * (self.region[1] - self.position) / self.speed)))
        if waits:
            self._timer.start(min(waits))

    def _tick(self) -> None:
        at = self.position
        if self.looping and self.region is not None and self._last < self.region[1] <= at:
            self.seek(self.region[0])
            return
        self._last = at
        if self._watched:
            self.position_changed.emit(at)
        self._pace()

    def _on_end(self) -> None:
        if self._engine is None or not self._open:
            return
        if self.looping:
            self.seek(self.region[0] if self.region is not None else 0.0)
            self._engine.play()
            return
        self._set_playing(False)
        self.seek(0.0)
        self.ended.emit()

    def _on_failure(self, sentence: str) -> None:
        self._timer.stop()
        self._open = False
        self._set_playing(False)
        self.failed.emit(sentence)


def make(parent: QObject) -> tuple[Engine, str]:
    """Make what can play here, and say what is missing, if anything is."""
    # It reports every video library that this system lacks.
    quieten("qt.multimedia.*")
    try:
        from app.sound.player.media import Media  # not before something is played
    except ImportError as error:
        said = words.tr("There is no sound: the part of Qt that plays music cannot be loaded ({}). All else works.")
        return Clock(parent), said.format(error)
    media = Media(parent)
    if not media.usable():
        media.deleteLater()
        return Clock(parent), words.tr("There is no sound: Qt finds nothing here that can play music. All else works.")
    return media, media.limit()
