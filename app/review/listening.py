"""What is heard while tracks are reviewed: each from the place on that tells most, at once, and all equally loud."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs.loader import Loader
from app.settings.store import SettingsStore
from genre_tagger.base.cache import Cache
from genre_tagger.base.errors import GenreTaggerError

if TYPE_CHECKING:
    from app.jobs.stages import Classifier
    from app.sound.player.player import Player
    from app.sound.player.playing import Playing
    from genre_tagger.library.tracks import Track

# So many tracks ahead are listened to by the model before anybody else does.
AHEAD = 3
# What is louder than this (dB below full scale) is played so much quieter. Nothing is made louder: it might clip.
_LEVEL_DB = -24.0
# Of a longer track (s) no more than a few places are heard before.
_LONG = 1_200.0
# Where nothing is known of a track, a third of it in is past most intros.
_USUAL_PART = 1 / 3
_KEPT = 200
_FADE_MS, _FADE_STEPS = 12, 6


class Moment(NamedTuple):
    """Where to begin (s), and how loud to play (1 is as recorded)."""

    at: float
    gain: float = 1.0


class Listening(QObject):
    """Plays the track under review. Signal: troubled(sentence) when it cannot be played."""

    troubled = Signal(str)

    def __init__(
        self,
        player: Player,
        playing: Playing,
        classifier: Classifier,
        cache_folder: str,
        settings: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._player, self._playing, self._settings = player, playing, settings
        self._classifier, self._cache = classifier, Cache(cache_folder)
        self._loader = Loader(self)
        self._moments: dict[str, Moment] = {}
        self._gain, self._step = 1.0, 0
        self._fading = QTimer(self, interval=_FADE_MS)
        self._fading.timeout.connect(self._fade)
        player.failed.connect(self._fail)
        self._track: Track | None = None

    def moment(self, track: Track) -> Moment:
        """Tell from where on a track is played, as far as is known by now."""
        return self._moments.get(track.path) or Moment(track.length * _USUAL_PART)

    def play(self, track: Track) -> None:
        """Play a track from its best place on, if the user wants to hear it at once."""
        self._track = track
        if not self._settings.settings.review_play or track.missing:
            return
        at, gain = self.moment(track)
        self._gain, self._step = gain, 0
        self._player.set_gain(0.0)
        self._playing.play_at(track, at)
        self._fading.start()

    def look_ahead(self, tracks: Sequence[Track]) -> None:
        """Find the best places of the tracks that come next, so that they play without a wait."""
        for track in tracks[:AHEAD]:
            if track.path in self._moments or track.missing:
                continue
            self._player.prepare(track.path)
            # What cannot be read is said when it is played.
            self._loader.ask(
                (track.path,),
                functools.partial(_best, track, self._classifier, self._cache),
                functools.partial(self._keep, track.path),
            )

    def seek(self, seconds: float) -> None:
        """Go forward or back."""
        self._player.step(seconds)

    def leave(self) -> None:
        """Play what is played as it was recorded, and follow nobody any more."""
        self._fading.stop()
        self._track = None
        self._player.set_gain(1.0)

    def stop(self, timeout: float) -> bool:
        """Let go of files and threads."""
        self._fading.stop()
        return self._loader.stop(timeout)

    def _keep(self, path: str, moment: Moment) -> None:
        self._moments[path] = moment
        for old in list(self._moments)[: max(0, len(self._moments) - _KEPT)]:
            del self._moments[old]

    def _fade(self) -> None:
        self._step += 1
        self._player.set_gain(self._gain * min(1.0, self._step / _FADE_STEPS))
        if self._step >= _FADE_STEPS:
            self._fading.stop()

    def _fail(self, sentence: str) -> None:
        if self._track is not None and self._player.path == self._track.path:
            self.troubled.emit(sentence)


def _best(track: Track, classifier: Classifier, cache: Cache, wanted: Callable[[], bool]) -> Iterator[Moment]:
    """Find the best place of a track; for the loader's thread."""
    from genre_tagger.model.strip import kept_or_heard, skim
    from genre_tagger.review.asking.moment import telling_moment

    at, model = track.length * _USUAL_PART, classifier.load()
    if model is not None:
        strips = (
            skim(track.path, model) if track.length > _LONG else kept_or_heard(track.path, model, track.length, cache)
        )
        for strip in strips:
            if not wanted():
                return
            if len(strip.starts) > 1:
                at = telling_moment(strip)
    yield Moment(at, _gain(track.path, at))


def _gain(path: str, at: float) -> float:
    """How loud to play a file so that it is as loud as others."""
    import numpy as np

    from genre_tagger.review.asking.moment import SECONDS
    from genre_tagger.sound import audio

    try:
        samples = audio.excerpt(path, offset=at, seconds=SECONDS).y
    except GenreTaggerError:
        return 1.0
    power = float(np.mean(np.square(samples))) if samples.size else 0.0
    return min(1.0, 10 ** ((_LEVEL_DB - 10 * math.log10(power)) / 20)) if power > 0 else 1.0
