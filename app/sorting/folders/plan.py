"""The second page: every file with where it is and where it goes, what stays and why, and what follows."""

from __future__ import annotations

import os
from collections.abc import Iterator

from app.look import theme, words
from app.sorting.planned import EVERYTHING, Line, PlanPage, lacks
from genre_tagger.sorting.folders.plan import FolderPlan

_RENAMED, _ALONG, _LISTS, _GOES, _STAYS = "renamed", "along", "lists", "goes", "stays"


def lines(plan: FolderPlan) -> Iterator[Line]:
    """Say of each file where it goes, what stays, which lists follow and which folders go; what stays comes first."""
    for failure in plan.failures:
        yield Line(_short(failure.path, plan), words.tr("stays"), words.one_line(failure.reason), _STAYS)
    for move in plan.moves:
        kind = _RENAMED if move.why else EVERYTHING if move.track is not None else _ALONG
        yield Line(_short(move.source, plan), _near(move.target, plan.root), words.one_line(move.why), kind)
    for path, count in plan.lists:
        text = words.tr("{} by their new places").format(words.files(count))
        yield Line(_short(path, plan), words.tr("names {}").format(text), "", _LISTS)
    for path in plan.emptied:
        yield Line(_short(path, plan), words.tr("goes"), words.tr("Nothing is left in this folder."), _GOES)
    for stays in plan.stays:
        yield Line(_short(stays.path, plan), words.tr("stays"), words.one_line(stays.reason), _STAYS)


def _short(path: str, plan: FolderPlan) -> str:
    """A path as one finds it: below the folder of the library that it lies in."""
    folder = next((top for top in plan.folders if path.startswith(os.path.join(top, ""))), "")
    if folder and len(plan.folders) > 1:
        folder = os.path.dirname(folder)
    return _near(path, folder)


def _near(path: str, folder: str) -> str:
    return words.printable(os.path.relpath(path, folder)) if folder else words.printable(path)


def summary(plan: FolderPlan) -> str:
    """Say what else is the case."""
    said = [
        (plan.kept, words.tr("{} in the right place already").format(words.tracks(plan.kept))),
        (len(plan.moves) - plan.tracks, words.tr("{} come along").format(words.files(len(plan.moves) - plan.tracks))),
        (len(plan.lists), words.tr("playlists and cue sheets that follow: {}").format(words.number(len(plan.lists)))),
        (len(plan.emptied), words.tr("folders that go: {}").format(words.number(len(plan.emptied)))),
        (len(plan.failures), words.tr("{} stay where they are").format(words.tracks(len(plan.failures)))),
        (plan.needed, words.tr("{} needed").format(words.size(plan.needed))),
        (plan.needed and plan.free, words.tr("{} free").format(words.size(plan.free or 0))),
    ]
    return "   ·   ".join(text for count, text in said if count)


class FolderPlanPage(PlanPage):
    """What would be moved where."""

    def __init__(self) -> None:
        columns = (words.tr("From"), words.tr("To"), words.tr("Why"))
        super().__init__(columns, words.tr("What would be moved where"), stretched=(0, 1))
        self.table.horizontalHeader().resizeSection(2, 26 * theme.UNIT)

    def show_plan(self, plan: FolderPlan) -> None:
        """Show what would be done."""
        text = self.tr("There is not enough room: {} more would be needed. Choose fewer tracks, or make room there.")
        trouble = text.format(words.size(lacks(plan))) if lacks(plan) else ""
        where = self.tr("Below {}").format(words.printable(plan.root))
        self.say(self._headline(plan), summary(plan), trouble, where)
        self.show_lines([*lines(plan)], (
            (EVERYTHING, self.tr("All of it ({})")), (_RENAMED, self.tr("Under another name ({})")),
            (_ALONG, self.tr("Comes along ({})")), (_LISTS, self.tr("Playlists and cue sheets ({})")),
            (_GOES, self.tr("Folders that go ({})")), (_STAYS, self.tr("Stays ({})")),
        ))  # fmt: skip

    def _headline(self, plan: FolderPlan) -> str:
        if not plan.moves:
            return self.tr("Nothing has to be moved")
        text = self.tr("{} to copy") if plan.keep else self.tr("{} to move")
        return text.format(words.tracks(plan.tracks))
