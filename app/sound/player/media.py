"""Qt's media player as an engine. QtMultimedia takes a moment to load: imported when something is played."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtMultimedia import QMediaDevices, QMediaPlayer

from app.look import words
from app.sound.player.deck import Deck
from app.sound.player.engine import Engine
from app.sound.player.trials import Trials

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
# position that has to be, and it is seen to so long (s) before it would have to wait.
_AHEAD, _EARLY = 15.0, 60.0
_Status, _State, _Error = QMediaPlayer.MediaStatus, QMediaPlayer.PlaybackState, QMediaPlayer.Error


class Media(Engine):
    """Qt's media player. Without a sound device it plays into nothing, in time.

    What is faded out goes on playing on a deck of its own for a moment, while the next file plays on another.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices = QMediaDevices(self)
        self._decks: list[Deck] = []
        self._volume, self._gain = 1.0, 1.0
        self._deck = self._free_deck()
        self._loading = self._wanted = self._over = False
        self._trouble = ""
        self._lives = self._resting = False
        self._began = self._reached = 0.0
        self._path, self._file, self._held = "", "", False
        self._trials = Trials()
        self._patience = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(lambda: self._fail(_reason(None)))
        self._devices.audioOutputsChanged.connect(self._change_device)

    def _free_deck(self) -> Deck:
        """Take a deck that holds nothing, or else a new one."""
        deck = next((deck for deck in self._decks if deck.is_free), None)
        if deck is None:
            deck = Deck(self)
            self._decks.append(deck)
            deck.looked.connect(self._look)
            deck.ran.connect(self._on_state)
            deck.moved.connect(self._on_position)
            deck.measured.connect(self._tell_length)
            deck.set_speed(self.speed)
        deck.set_level(self._level)
        return deck

    def usable(self) -> bool:
        """Whether there is anything behind it that can play."""
        return self._deck.media.isAvailable()

    def limit(self) -> str:
        """Say why nothing can be heard, if that is so."""
        if not self._devices.defaultAudioOutput().isNull():
            return ""
        return words.tr("There is no sound: no loudspeakers or headphones were found. Connect some, and you hear it.")

    def _change_device(self) -> None:
        for deck in self._decks:
            deck.output.setDevice(self._devices.defaultAudioOutput())
        self.limited.emit(self.limit())

    def _reach(self) -> float:
        return _FARTHEST if self._lives else float("inf")

    # --- what it is told -----------------------------------------------------------------------------

    def open(self, path: str, start: float, length: float) -> None:
        self._loading, self._trouble = True, ""
        self._lives = self._over = self._resting = False
        self._began = self._reached = start
        self._mark(start)
        self._path, self._file, self._held = path, path, True
        self._deck.set_level(0.0 if self.gentle else self._level)
        self._trials.begin(path, start, self._hear)

    def _hear(self, told: str) -> None:
        """Go on where the file is in order by now, or say what is wrong with it."""
        if told:
            self._fail(told)
        elif self._held and self._may_reach(self._at):
            self._held = False
            if self._path:
                self._load()
            else:
                self._go_on()

    def _load(self) -> None:
        path, self._path = self._path, ""
        try:
            self._deck.open(path)
        except OSError:
            self._loading = False
            self.failed.emit(_cannot_open())

    def _may_reach(self, seconds: float) -> bool:
        return self._trials.reach(seconds + _AHEAD)

    def _hold(self, at: float) -> None:
        """Wait here until it is known that it may go on."""
        self._held = True
        self._run(False)
        self._mark(at)
        self._deck.pause()
        self._trials.begin(self._file, at, self._hear)

    def _go_on(self) -> None:
        self._over = False
        self._deck.seek(self._at)
        if self._wanted:
            self._deck.play()

    def close(self) -> None:
        if self.gentle and (self._running or self._resting) and not self._loading:
            self._deck.leave()
        else:
            self._deck.close()
        self._trials.end()
        self._path, self._held = "", False
        self._loading = self._wanted = self._resting = False
        self._run(False)
        self._patience.stop()
        self._deck = self._free_deck()

    def hush(self) -> None:
        for deck in self._decks:
            if deck is not self._deck and not deck.is_free:
                deck.close()

    def shut(self) -> None:
        self.gentle = False
        self.close()
        self.hush()
        self._trials.stop()

    def play(self) -> None:
        self._wanted = True
        if not self._loading and not self._held:
            self._over = False
            self._leave_rest()
            self._deck.play()

    def _leave_rest(self) -> None:
        """Go on where it was paused, be it that it still fades out or has gone on silently for a moment."""
        if self._resting and self._deck.media.playbackState() == _State.PlayingState and not self._deck.is_asked:
            self._run(True)
            self._deck.fade(self._level)
        elif self._resting:
            self._deck.seek(self._at)
        self._resting = False

    def pause(self) -> None:
        self._wanted = False
        if self._loading:
            return
        self._resting = self.gentle and self._running
        self._run(False)
        if self._resting:
            self._deck.fade_out(self._deck.pause)
        else:
            self._deck.pause()

    def seek(self, seconds: float) -> None:
        self._mark(seconds)
        if self._loading:
            return
        self._over = self._resting = False
        if not self._may_reach(seconds):
            self._hold(seconds)
        elif self._held:
            self._held = False
            self._go_on()
        else:
            self._deck.seek(seconds)

    def set_speed(self, speed: float) -> None:
        self._mark(self.position())
        self.speed = speed
        for deck in self._decks:
            deck.set_speed(speed)

    @property
    def _level(self) -> float:
        return self._volume * self._gain

    def set_volume(self, volume: float) -> None:
        # What is heard as half as loud has an eighth of the amplitude.
        self._volume = volume**3
        self._take_level()

    def set_gain(self, gain: float) -> None:
        self._gain = gain
        self._take_level()

    def _take_level(self) -> None:
        if not self.gentle:
            self._deck.set_level(self._level)
        elif self._running:
            self._deck.fade(self._level)

    def prepare(self, path: str, at: float) -> None:
        self._trials.prepare(path, at)

    # --- what it tells -------------------------------------------------------------------------------

    def _on_state(self, running: bool) -> None:
        if self._resting:
            return
        self._run(running)
        if running and self.gentle:
            self._deck.fade(self._level)
        elif running:
            self._deck.set_level(self._level)
        if running and not self._lives and self._deck.media.duration() <= 0:
            self._patience.start()

    def _on_position(self, milliseconds: int) -> None:
        if self._loading or self._resting:
            return
        self._lives = True
        self._patience.stop()
        # At the end it tells the length, wherever the sound has ended.
        self._reached = self.position()
        told, carried = milliseconds / 1000, self.position()
        near = self._running and abs(told - carried) < _NEAR
        self._mark(carried + _PULL * (told - carried) if near else told)
        if self._running and not self._may_reach(told - _AHEAD / 2):
            self._hold(self._at)
        elif self._running and not self._may_reach(told + _EARLY):
            self._trials.go_on(self._file, told, self._hear)

    def _tell_length(self) -> None:
        if self._deck.media.duration() > 0:
            self.length_known.emit(self._deck.media.duration() / 1000)

    def _look(self) -> None:
        """See what has become of the file."""
        status, error = self._deck.media.mediaStatus(), self._deck.media.error()
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
        missed = self._deck.media.duration() / 1000 - self._reached
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
        if not self._deck.media.hasAudio():
            self._fail(words.tr("There is no sound in this file."))
            return
        if self._at > 0:
            self.seek(self._at)
        if self._wanted and not self._held:
            self._deck.play()


def _cannot_open() -> str:
    return words.tr("Cannot be opened. Is the file still there?")


def _reason(error: Any) -> str:
    if error == _Error.ResourceError:
        return _cannot_open()
    if error == _Error.AccessDeniedError:
        return words.tr("This file may not be read by you.")
    return words.tr("The sound in this file cannot be read.")
