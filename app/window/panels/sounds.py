"""What sounds different and what sounds alike, joined with sidebar, table and player when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app.jobs.counts import Counts
from app.jobs.queries import Queries
from app.settings.store import SettingsStore
from app.window.panels.sidebar import DIFFERENT, Place
from app.window.parts import Parts
from app.window.refresh import Refresh

if TYPE_CHECKING:
    from app.review.sounds.alike import MoreLikeThis
    from app.review.sounds.different import SoundsDifferent
    from genre_tagger.library.tracks import Track

_SHOWN_MS = 10_000


class SoundsPart(QObject):
    """Opens the page, lists what is alike; `review` goes through tracks one by one."""

    def __init__(
        self, window: QMainWindow, parts: Parts, refresh: Refresh, counts: Counts, queries: Queries,
        settings: SettingsStore, cache: str, review: Callable[[Sequence[int]], None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._parts, self._refresh, self._counts = window, parts, refresh, counts
        self._queries, self._settings, self._cache, self._review = queries, settings, cache, review
        self.different: SoundsDifferent | None = None
        self._alike: MoreLikeThis | None = None
        parts.actions["different"].triggered.connect(lambda: parts.sidebar.go(DIFFERENT))
        parts.sidebar.place_chosen.connect(self._go)
        parts.filter.textChanged.connect(self._search)
        parts.tracks.alike_asked.connect(self.find_alike)
        settings.changed.connect(lambda _: self._take_keys())

    # --- what sounds different -----------------------------------------------------------------------

    def _go(self, place: Place) -> None:
        if place == DIFFERENT:
            if self.different is None:
                self._make()
            assert self.different is not None
            self._parts.room.keep_for_page(self.different.page, self.different.page.wanted_height)
            self.different.open()
        elif self.different is not None and self.different.is_seen:
            self._parts.room.keep_for_table()
            self.different.close()

    def _make(self) -> None:
        from app.review.sounds.different import SoundsDifferent  # not before it is wanted

        parts = self._parts
        self.different = different = SoundsDifferent(self._queries, parts.work, parts.state, self)
        different.looked_at.connect(self._look_at)
        different.play_asked.connect(self._play)
        different.decided.connect(self._decided)
        different.ten_decided.connect(lambda: parts.work.learn(parts.state.now.policy))
        different.table_asked.connect(self._refresh.show_these)
        different.review_asked.connect(self._go_through)
        self._take_keys()
        self._refresh.give_page(DIFFERENT, different.page)

    def _take_keys(self) -> None:
        if self.different is not None:
            self.different.page.set_keys(self._settings.settings.review_keys)

    def _search(self, typed: str) -> None:
        if self.different is not None:
            self.different.page.search(typed)

    def _look_at(self, track: Track | None) -> None:
        """Draw a track; what is played goes on with it."""
        sound = self._parts.sound
        sound.look_at(track)
        if track is None or sound.player is None or sound.playing is None:
            return
        if sound.player.playing and not self._settings.settings.keep_playing:
            sound.playing.play_track(track)

    def _play(self, track: Track) -> None:
        playing = self._parts.sound.playing
        if playing is None:
            return
        if playing.track is not None and playing.track.id == track.id:
            self._parts.actions["play"].trigger()
        else:
            playing.play_track(track)

    def _decided(self, ids: list[int]) -> None:
        self._parts.tracks.refresh(ids=ids)
        self._counts.count_soon()

    def review(self) -> None:
        """Go through what sounds different, once that has been found."""
        self._go(DIFFERENT)
        assert self.different is not None
        self.different.review()

    def _go_through(self, ids: list[int]) -> None:
        self._parts.sidebar.go(Place())
        self._review(ids)

    # --- what sounds alike ---------------------------------------------------------------------------

    def find_alike(self, ids: Sequence[int]) -> None:
        """List what sounds most like these tracks."""
        if self._alike is None:
            from app.review.sounds.alike import MoreLikeThis  # not before it is wanted

            self._alike = MoreLikeThis(self._queries, self._cache, self)
            self._alike.found.connect(self._refresh.show_these)
            self._alike.told.connect(lambda text: self._window.statusBar().showMessage(text, _SHOWN_MS))
        self._alike.ask(ids)
