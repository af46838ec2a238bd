"""The review page in the window: made when it is first opened, and joined with table, sound and library."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.jobs.counts import Counts
from app.jobs.queries import Queries, find
from app.jobs.state import Known
from app.jobs.wishes import JobKind, Tally
from app.settings.places import Places
from app.settings.store import SettingsStore
from app.window.panels.sidebar import Place
from app.window.parts import Parts
from app.window.refresh import Refresh

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from app.review.listening import Listening
    from app.review.page import ReviewPage
    from app.review.reviewing import Reviewing
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Track
    from genre_tagger.review.names.genre_list import GenreList

_STOP_S = 5.0


class ReviewPart(QObject):
    """Opens and closes the review page."""

    def __init__(
        self,
        parts: Parts,
        refresh: Refresh,
        counts: Counts,
        queries: Queries,
        settings: SettingsStore,
        places: Places,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._parts, self._refresh, self._counts = parts, refresh, counts
        self._queries, self._settings, self._places = queries, settings, places
        self.page: ReviewPage | None = None
        self.reviewing: Reviewing
        self.listening: Listening
        self._track: Track | None = None
        self.instead: dict[Place, Callable[[], object]] = {}  # how places with a page of their own are gone through
        parts.actions["review"].triggered.connect(self._turn)
        parts.sidebar.place_chosen.connect(lambda _: self.close())
        parts.filter.textEdited.connect(lambda _: self.close())
        parts.state.changed.connect(self._follow)
        parts.work.finished.connect(self._worked)
        settings.changed.connect(lambda _: self._take_keys())

    @property
    def is_open(self) -> bool:
        """Whether the page is seen."""
        return self._refresh.review is not None

    def _turn(self) -> None:
        if self.is_open:
            self.close()
        else:
            self.open()

    def open(self) -> None:
        """Go through the list that is chosen in the sidebar, as the filter narrows it."""
        if (another_way := self.instead.get(self._parts.sidebar.place())) is not None:
            another_way()
            return
        shown, policy = self._parts.tracks.filter, self._parts.state.now.policy

        def ids(library: Library) -> Sequence[int]:
            return find(shown, policy, ("path", False))(library).ids

        if self._parts.centre.has_list():
            # A list of what is unsure, or of everything, is asked about where it is unsure; any other one altogether.
            self._ask(ids, shown.state not in (None, "unsure") or bool(shown.genre) or shown.these is not None)

    def go_through(self, ids: Sequence[int]) -> None:
        """Go through certain tracks, sure or not."""
        self._ask(lambda _: ids, everything=True)

    def _ask(self, ids: Callable[[Library], Sequence[int]], everything: bool) -> None:
        from app.review.reviewing import Asked

        player = self._parts.sound.player
        if not self._parts.state.now.opened or player is None:
            return
        if self.page is None:
            self._make()
        assert self.page is not None
        self.listening.begin()
        if self._parts.sound.playing is not None:
            self._parts.sound.playing.lead(True)
        self._offer()
        self._refresh.show_review(self.page)
        self._parts.room.keep_for_page(self.page, self.page.wanted_height)
        self.page.setFocus(Qt.FocusReason.OtherFocusReason)
        self.reviewing.open(Asked(ids, everything))

    def close(self) -> None:
        """Go back to the table."""
        if self.is_open:
            self.reviewing.close()

    def stop(self) -> None:
        """Let go of threads."""
        if self.page is not None:
            self.listening.stop(_STOP_S)

    def _make(self) -> None:
        from app.review.listening import Listening
        from app.review.page import ReviewPage
        from app.review.reviewing import Reviewing
        from app.review.several.handful import Handful
        from app.review.several.sure import BecameSure
        from app.review.several.wide import Wide  # not before the page is opened first

        parts, sound = self._parts, self._parts.sound
        assert sound.player is not None
        assert sound.playing is not None
        self.page = ReviewPage()
        parts.centre.add_page(self.page)
        self.listening = Listening(
            sound.player, sound.playing, parts.work.classifier, self._places.cache, self._settings, self
        )
        self.reviewing = Reviewing(
            self.page, self._queries, parts.state, self._settings, parts.work.classifier.labels, self
        )
        Wide(self.reviewing, self._queries)
        BecameSure(self.page, self.reviewing, self._queries, parts.state)
        Handful(self.page, self.reviewing, self._queries, self._settings)
        self.reviewing.shown.connect(self._show)
        self.reviewing.ahead.connect(self.listening.look_ahead)
        self.reviewing.sought.connect(self.listening.seek)
        self.reviewing.play_asked.connect(self.listening.turn)
        self.reviewing.decided.connect(self._decided)
        self.reviewing.ten_decided.connect(lambda: parts.work.learn(parts.state.now.policy))
        self.reviewing.closed.connect(self._closed)
        self.listening.troubled.connect(self._say_trouble)
        self._take_keys()

    # --- what goes on --------------------------------------------------------------------------------

    def _show(self, track: Track | None) -> None:
        again = track is not None and self._track is not None and track.id == self._track.id
        self._track = track
        self._parts.sound.look_at(track)
        if track is None and self.reviewing.is_open:
            self.listening.rest()
        if track is None or self.page is None:
            return
        if not again:
            self.listening.play(track)
        from app.review.covers import small_cover

        side = round(self.page.cover.width() * self.page.devicePixelRatioF())
        self._parts.sound.loader.ask(
            ("cover",), functools.partial(small_cover, track.path, side),
            functools.partial(self._show_cover, track.id), failed=lambda _: None,
        )  # fmt: skip

    def _show_cover(self, track: int, image: QImage) -> None:
        if self.page is not None and self._track is not None and self._track.id == track and not image.isNull():
            from PySide6.QtGui import QPixmap

            picture = QPixmap.fromImage(image)
            picture.setDevicePixelRatio(self.page.devicePixelRatioF())
            self.page.show_cover(picture)

    def _say_trouble(self, sentence: str) -> None:
        if self.page is not None:
            self.page.why.setText(sentence)
            self.page.why.show()

    def _decided(self, ids: list[int]) -> None:
        self._parts.tracks.refresh(ids=ids)
        self._counts.count_soon()

    def _closed(self) -> None:
        self._track = None
        self.listening.leave()
        self._parts.room.keep_for_table()
        if self._parts.sound.playing is not None:
            self._parts.sound.playing.lead(False)
        self._parts.sound.look_at(None)
        self._refresh.show_review(None)
        self._parts.centre.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, before: Known) -> None:
        if self.is_open and self._parts.state.now.policy != before.policy:
            self.reviewing.refresh()

    def _worked(self, tally: Tally) -> None:
        if tally.kind is JobKind.LEARN and tally.error is None:
            self._parts.tracks.refresh(ids=self._parts.tracks.model.ids())
            self._counts.count_soon()
        if self.is_open and tally.wish.kind in (JobKind.CLASSIFY, JobKind.SCAN, JobKind.FORGET, JobKind.LEARN):
            self.reviewing.refresh()

    def _take_keys(self) -> None:
        if self.page is not None:
            self.page.set_keys(self._settings.settings.review_keys, self._settings.settings.own_keys)

    def _offer(self) -> None:
        """Offer genres while one is typed: one's own first, then those of the files, then the model's."""
        self._queries.run(_own_list, self._offer_with, key="review genres")

    def _offer_with(self, listed: GenreList) -> None:
        assert self.page is not None
        chosen, counted = self._settings.settings, self._parts.state.now.counted
        own = [*chosen.own_keys.values(), *(genre.name for genre in listed.genres), *chosen.spelling.values()]
        self.page.other.understand({alias: one.name for one in listed.genres for alias in one.aliases})
        in_files = [genre for genre, _ in counted.genres if genre] if counted is not None else []
        self.page.other.offer(list(dict.fromkeys([*own, *in_files, *self._parts.work.classifier.labels()])))


def _own_list(library: Library) -> GenreList:
    """Read the person's list; where it is damaged, which their genres' own window says, there is none."""
    from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list  # not before the page is open

    try:
        return read_list(library)
    except GenreListError:
        return GenreList()
