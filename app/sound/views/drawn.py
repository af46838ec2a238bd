"""The sound that is drawn: decoded once for all lanes, in the loader's thread."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.jobs.loader import Loader
from genre_tagger.sound import overview
from genre_tagger.sound.frames import Excerpts, Wanted

if TYPE_CHECKING:
    from app.jobs.stages import Listener
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.overview import Overview



class Sound(QObject):
    """One track and what is known of it. Everything asked for here is void as soon as another track is drawn.

    Signals: changed() for another track or none, grew() when more of it has been decoded, learned(key) when there is
    something new in `known`, failed(sentence).
    """

    changed = Signal()
    grew = Signal()
    learned = Signal(object)
    failed = Signal(str)

    def __init__(self, loader: Loader, cache: Cache | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader, self.cache = loader, cache
        #: Who knows the model, for what is to be heard; set by who made this.
        self.listener: Listener | None = None
        #: The genre that is proposed for it; "" where none is known.
        self.genre = ""
        #: Another sound that is drawn beside this one, on the same scales.
        self.beside: Sound | None = None
        self.path: str | None = None
        self.title = self.error = ""
        self.overview: Overview | None = None
        #: What lanes have found out about this track; told by `learn`.
        self.known: dict[Hashable, Any] = {}
        self._excerpts = Excerpts("")
        self._n_fft = 2048

    @property
    def length(self) -> float:
        """Seconds: what the header says until the end has been reached, and then the truth."""
        return 0.0 if self.overview is None else self.overview.duration

    def widest(self) -> int:
        """Samples a second of this or the other one beside it, whichever has more; 0 if neither is known."""
        known = [sound.overview.sr for sound in (self, self.beside) if sound is not None and sound.overview is not None]
        return max(known, default=0)

    def show(self, path: str | None, title: str = "", genre: str = "") -> None:
        """Draw another track, or none; the same one is read again."""
        self.genre = genre
        self._loader.drop(self)
        self.path, self.title, self.error, self.overview, self.known = path, title, "", None, {}
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
        """Want no more what was asked for under this name."""
        self._loader.drop(self, name)

    def learn(self, key: Hashable, value: object) -> None:
        """Keep something that has been found out about this track, for all lanes."""
        self.known[key] = value
        self.learned.emit(key)

    def excerpts(self) -> Excerpts:
        """Give the decoded stretches of this track, to be used by what `ask` runs."""
        return self._excerpts

    def _decode(self) -> None:
        job = partial(_overview, self.path or "", self._n_fft, self.cache)
        self._loader.ask((self, "overview"), job, self._grow, self._fail)

    def _grow(self, found: Overview) -> None:
        self.overview = found
        self.grew.emit()

    def _fail(self, sentence: str) -> None:
        self.error = sentence
        self.failed.emit(sentence)


def _overview(path: str, n_fft: int, cache: Cache | None, wanted: Wanted) -> Iterator[Overview]:
    return overview.build(path, n_fft=n_fft, cache=cache)
