"""The track whose sound is drawn: its overview, decoded once for all lanes, and what the lanes computed of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.jobs.loader import Loader
from genre_tagger.sound.frames import Excerpts, Wanted
from genre_tagger.sound.overview import build

if TYPE_CHECKING:
    from app.jobs.stages import Classifier
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.overview import Overview


class Sound(QObject):
    """One track and what has been computed of it; both the computing and its results end with the next track.

    Signals: changed() for another track or none, grew() when more of it has been decoded, result_shared(key) when
    there is something new in `shared`, failed(sentence).
    """

    changed = Signal()
    grew = Signal()
    result_shared = Signal(object)
    failed = Signal(str)

    def __init__(self, loader: Loader, cache: Cache | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader, self.cache = loader, cache
        #: Loads the model for the lanes that show what it says; set by the maker of this object.
        self.classifier: Classifier | None = None
        #: The genre that is proposed for it; "" where none is known.
        self.genre = ""
        #: Another sound that is drawn beside this one, on the same scales.
        self.beside: Sound | None = None
        self.path: str | None = None
        self.title = self.error = ""
        self.overview: Overview | None = None
        #: Results that several lanes use, by key; `share` adds one. None while it is being computed.
        self.shared: dict[Hashable, Any] = {}
        self._excerpts = Excerpts("")
        self._n_fft = 2048

    @property
    def length(self) -> float:
        """Seconds: what the header claims until the track is decoded, and then its true length."""
        return 0.0 if self.overview is None else self.overview.duration

    def widest(self) -> int:
        """Sampling rate of this sound or of the one beside it, whichever is higher; 0 if neither is known yet."""
        overviews = [sound.overview for sound in (self, self.beside) if sound is not None]
        return max((overview.sr for overview in overviews if overview is not None), default=0)

    def show(self, path: str | None, title: str = "", genre: str = "") -> None:
        """Draw another track, or none; the same one is read again."""
        self.genre = genre
        self._loader.drop(self)
        self.path, self.title, self.error, self.overview, self.shared = path, title, "", None, {}
        self._excerpts = Excerpts(path or "")
        self.changed.emit()
        if path is not None:
            self._decode()

    def set_n_fft(self, n_fft: int) -> None:
        """Have frames of another length in the spectrogram of the whole track."""
        if n_fft != self._n_fft:
            self._n_fft = n_fft
            if self.path is not None:
                self._decode()

    def ask(
        self,
        name: str,
        fn: Callable[[Wanted], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None = None,
        *,
        later: bool = False,
    ) -> None:
        """Have something about this track computed; see Loader.ask."""
        if self.path is not None:
            self._loader.ask((self, name), fn, done, failed, later=later)

    def drop(self, name: str) -> None:
        """Cancel what was asked for under this name."""
        self._loader.drop(self, name)

    def share(self, key: Hashable, value: object) -> None:
        """Keep a result about this track for all lanes."""
        self.shared[key] = value
        self.result_shared.emit(key)

    def excerpts(self) -> Excerpts:
        """Give the decoded stretches of this track, to be used by what `ask` runs."""
        return self._excerpts

    def _decode(self) -> None:
        job = partial(_build_overview, self.path or "", self._n_fft, self.cache)
        self._loader.ask((self, "overview"), job, self._grow, self._fail)

    def _grow(self, overview: Overview) -> None:
        self.overview = overview
        self.grew.emit()

    def _fail(self, sentence: str) -> None:
        self.error = sentence
        self.failed.emit(sentence)


def _build_overview(path: str, n_fft: int, cache: Cache | None, wanted: Wanted) -> Iterator[Overview]:
    return build(path, n_fft=n_fft, cache=cache)
