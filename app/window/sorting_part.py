"""Joins the parts of app/sorting with the window, once that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow, QMenu

from app.jobs.counts import Counts
from app.jobs.queries import Queries
from app.jobs.state import Known
from app.look import theme
from app.settings.places import Places
from app.settings.store import SettingsStore
from app.sorting.copies.part import CopyPart
from app.sorting.filter_help import FilterHelp
from app.sorting.folders.part import FolderPart
from app.sorting.lists.filters import Lists
from app.sorting.lists.save_playlist import SavePlaylist
from app.sorting.players.part import PlayersPart
from app.sorting.tables import Tables
from app.sorting.watching.new_music import NewMusic
from app.window.commands import Commands
from app.window.panels.sidebar import ALL, NEW, Place
from app.window.parts import Parts
from genre_tagger.base.genre_words import TEN

if TYPE_CHECKING:
    from app.sorting.browse import Browse
    from genre_tagger.library.shelves.browsing import Chosen
    from genre_tagger.model.card import ModelCard


class SortingPart(QObject):
    """The help of the filter line, lists, copies, and columns to browse by; `narrow` shows what is chosen there."""

    def __init__(
        self, window: QMainWindow, parts: Parts, commands: Commands, counts: Counts, queries: Queries, places: Places,
        settings: SettingsStore, narrow: Callable[[Chosen | None], None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._parts, self._counts = parts, counts
        self.help = FilterHelp(parts.filter, parts.centre.notices)
        self.lists = Lists(window, parts.actions["save_list"], parts.filter, queries, parts.state)
        self.lists.saved.connect(self._saved)
        self.copies = CopyPart(
            window, parts.actions["copy_to"], queries, parts.work, parts.tracks, parts.state, parts.centre.notices,
            places.state,
        )  # fmt: skip
        self.folders = FolderPart(
            window, parts.actions["organise"], queries, parts.work, parts.state, parts.centre.notices,
            self.copies.stock,
        )  # fmt: skip
        self.playlists = SavePlaylist(
            window, parts.actions["save_playlist"], parts.actions["radio"], parts.tracks, queries,
            parts.centre.notices, places.cache,
        )  # fmt: skip
        self.players = PlayersPart(
            window, parts.actions["players"], queries, parts.work, parts.tracks, parts.state, settings
        )
        self.tables = Tables(
            window, parts.actions["export_library"], parts.actions["import_library"], parts.work, parts.state,
            parts.centre.notices,
        )  # fmt: skip
        self.new_music = NewMusic(window, queries, parts.work, parts.state, settings, parts.centre.notices)
        self.new_music.seen.connect(self._seen)
        self._queries, self._cache, self._narrow = queries, places.cache, narrow
        self.shelves: Browse | None = None
        self._labels: Sequence[str] = TEN
        parts.actions["browse"].toggled.connect(self._browse)
        parts.state.changed.connect(self._follow)
        commands.card_read.connect(self._learn)
        parts.centre.no_match.asked.connect(self._choose_nothing)
        if parts.actions["browse"].isChecked():
            self._browse(True)

    def offer(self, menu: QMenu, place: Place) -> None:
        """Offer what can be done with a place of the sidebar."""
        if place.kind == "list":
            self.lists.offer(menu, place.value)
        elif place.kind == "playlist":
            self.playlists.offer(menu, place.value)
        elif place == NEW:
            entry = menu.addAction(theme.icon("check"), self.tr("I have seen them all"))
            entry.triggered.connect(lambda _=False: self.new_music.clear())

    def _seen(self) -> None:
        self._counts.count_soon()
        self._parts.tracks.reload()

    def _browse(self, wanted: bool) -> None:
        """Show the columns, or take them away, with what is chosen there."""
        centre = self._parts.centre
        if not wanted:
            centre.take_away()
            self._narrow(None)
            return
        if self.shelves is None:
            from app.sorting.browse import Browse  # with the readers of tags, which the start does without
            from app.sorting.covers import Covers

            covers = Covers(self._parts.sound.loader, self._cache, self)
            self.shelves = Browse(self._queries, self._parts.tracks, self._parts.state, covers)
            self.shelves.chosen.connect(self._narrow)
            self.shelves.learn(self._labels)
        centre.put_above(self.shelves)
        self._narrow(self.shelves.now())
        self.shelves.ask()

    def _choose_nothing(self) -> None:
        if self.shelves is not None:
            self.shelves.reset()

    def _saved(self, name: str | None) -> None:
        """Go to a list that was saved, whose rule is left in no filter line; from one that was removed, go away."""
        self._counts.count_soon()
        if name is not None:
            self._parts.filter.clear()
        if name is not None or self._parts.sidebar.place().kind == "list":
            self._parts.sidebar.go(ALL if name is None else Place("list", name))

    def _follow(self, before: Known) -> None:
        now = self._parts.state.now
        if now.counted is not None and now.counted is not before.counted:
            self.help.offers.know_genres([genre for genre, _ in now.counted.genres])

    def _learn(self, card: ModelCard | str) -> None:
        if not isinstance(card, str):
            self._labels = card.labels
            if self.shelves is not None:
                self.shelves.learn(card.labels)
            for kind in ("style", "mood", "voice", "instrument", "era"):
                labels = dict.fromkeys(fact.label for fact in card.tags if fact.kind == kind and fact.threshold)
                self.help.offers.learn(kind, sorted(labels))
