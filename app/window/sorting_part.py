"""Joins the parts of app/sorting with the window, once that can be seen."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app.jobs.counts import Counts
from app.jobs.queries import Queries
from app.jobs.state import Known
from app.sorting.filter_help import FilterHelp
from app.sorting.lists import Lists
from app.window.commands import Commands
from app.window.panels.sidebar import ALL, Place
from app.window.parts import Parts
from genre_tagger.model.card import ModelCard


class SortingPart(QObject):
    """The help of the filter line, and the lists."""

    def __init__(
        self, window: QMainWindow, parts: Parts, commands: Commands, counts: Counts, queries: Queries
    ) -> None:
        super().__init__(window)
        self._parts, self._counts = parts, counts
        self.help = FilterHelp(parts.filter, parts.centre.notices)
        self.lists = Lists(window, parts.actions["save_list"], parts.filter, queries, parts.state)
        self.lists.saved.connect(self._saved)
        parts.sidebar.menu_asked.connect(
            lambda place, at: self.lists.menu(place.value, at) if place.kind == "list" else None
        )
        parts.state.changed.connect(self._follow)
        commands.card_read.connect(self._learn)

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
        if isinstance(card, ModelCard):
            for kind in ("style", "mood", "voice", "instrument", "era"):
                labels = dict.fromkeys(fact.label for fact in card.tags if fact.kind == kind and fact.threshold)
                self.help.offers.learn(kind, sorted(labels))
