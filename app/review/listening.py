"""What is heard while tracks are reviewed: each from the place on that tells most, at once, and all equally loud."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

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
# Of a longer track (s) no more than a few places of its first part are heard before, and it plays from one of these:
# FFmpeg goes through all of an MP3 up to a place, which in a file of nine hours takes seconds.
_LONG = 1_200.0
# Where nothing is known of a track, a third of it in is past most intros.
_USUAL_PART = 1 / 3
_KEPT = 200


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
        self._drawing: set[str] = set()
        player.failed.connect(self._fail)
        self._track: Track | None = None

    def begin(self) -> None:
        """Have what plays fade out, and what comes fade in, until :meth:`leave`."""
        self._player.set_gentle(True)
        self._player.pause()

    def moment(self, track: Track) -> Moment:
        """Tell from where on a track is played, as far as is known by now."""
        return self._moments.get(track.path) or Moment(_usual(track))

    def play(self, track: Track) -> None:
        """Play a track from its best place on, if the user wants to hear it at once."""
        self._track = track
        if self._settings.settings.review_play and not track.missing:
            self._begin(track)
        else:
            self._player.pause()  # what was asked about before

    def _begin(self, track: Track) -> None:
        at, gain = self.moment(track)
        self._playing.play_at(track, at)
        self._player.set_gain(gain)  # not before, since the other track still fades out

    def rest(self) -> None:
        """Play nothing, as there is nothing to be asked about."""
        self._track = None
        self._player.pause()

    def turn(self) -> None:
        """Play the track under review, or pause it."""
        if self._player.playing:
            self._player.pause()
        elif self._track is not None and self._player.path != self._track.path:
            self._begin(self._track)
        else:
            self._player.play()

    def look_ahead(self, tracks: Sequence[Track]) -> None:
        """Find the best places of the tracks that come next, so that they play and are drawn without a wait."""
        for path in self._drawing - {track.path for track in tracks}:
            self._loader.drop("picture", path)  # who goes on quickly needs none of it
        self._drawing &= {track.path for track in tracks}
        for track in tracks[:AHEAD]:
            if track.path in self._moments or track.missing:
                continue
            if track.length <= _LONG:
                self._player.prepare(track.path)
            # What cannot be read is said when it is played.
            self._loader.ask(
                (track.path,),
                functools.partial(_best, track, self._classifier, self._cache),
                functools.partial(self._keep, track),
            )

    def seek(self, seconds: float) -> None:
        """Go forward or back."""
        self._player.step(seconds)

    def leave(self) -> None:
        """Play what is played as it was recorded, and follow nobody any more."""
        self._track = None
        self._player.set_gain(1.0)
        self._player.set_gentle(False)

    def stop(self, timeout: float) -> bool:
        """Let go of files and threads."""
        return self._loader.stop(timeout)

    def _keep(self, track: Track, moment: Moment) -> None:
        self._moments[track.path] = moment
        if track.length > _LONG:
            self._player.prepare(track.path, moment.at)
        else:
            self._drawing.add(track.path)
            drawing = functools.partial(_draw, track.path, self._cache)
            self._loader.ask(("picture", track.path), drawing, lambda _: None, later=True)
        for old in list(self._moments)[: max(0, len(self._moments) - _KEPT)]:
            del self._moments[old]

    def _fail(self, sentence: str) -> None:
        if self._track is not None and self._player.path == self._track.path:
            self.troubled.emit(sentence)


def _best(track: Track, classifier: Classifier, cache: Cache, wanted: Callable[[], bool]) -> Iterator[Moment]:
    """Find the best place of a track; for the loader's thread."""
    from genre_tagger.model.strip import kept_or_heard, skim
    from genre_tagger.review.asking.moment import telling_moment

    at, model = _usual(track), classifier.load()
    if model is not None:
        strips = (
            skim(track.path, model, within=_LONG) if track.length > _LONG
            else kept_or_heard(track.path, model, track.length, cache)
        )
        for strip in strips:
            if not wanted():
                return
            if len(strip.starts) > 1:
                at = telling_moment(strip)
    yield Moment(at, _gain(track.path, at))


def _draw(path: str, cache: Cache, wanted: Callable[[], bool]) -> Iterator[None]:
    """Have what is drawn of a track in the cache; for the loader's thread."""
    from genre_tagger.sound.overview import build

    for _ in build(path, cache=cache):
        if not wanted():
            return
        yield None


def _usual(track: Track) -> float:
    """Where to begin (s) a track of which nothing is known."""
    return min(track.length, _LONG) * _USUAL_PART


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
