"""Copy to phone, stick, car: what is chosen, planned and copied in one window."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.jobs.copying import Copying, Memory, Remembered
from app.jobs.queries import Queries
from app.jobs.queue import Progress
from app.jobs.state import LibraryState
from app.jobs.wishes import Tally
from app.jobs.work import Work
from app.look import theme, words
from app.look.widgets import fit
from app.sorting.copies.choices import CopyChoices, Stock, some_example
from app.sorting.copies.drives import Drive, drives, free
from app.sorting.copies.plan import CopyPlanPage
from app.sorting.planned import PlannedDialog, lacks
from genre_tagger.sorting.copies.plan import Action

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.review.policy import Policy


class CopyDialog(PlannedDialog):
    """Signal: ended(Copying, Tally) when a copy has ended."""

    ended = Signal(object, object)

    def __init__(
        self,
        stock: Stock,
        queries: Queries,
        work: Work,
        state: LibraryState,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        self.choices, self.plan = CopyChoices(stock), CopyPlanPage()
        super().__init__(words.tr("Copy to phone, stick, car"), self.choices, self.plan, self.choices.is_enough, parent)
        fit(self, 96 * theme.UNIT, 80 * theme.UNIT)
        self._queries, self._work, self._state, self._memory = queries, work, state, memory
        self.copying: Copying | None = None
        self.plan_wished.connect(self.find_out)
        self.go_wished.connect(self.copy)
        self.choices.changed.connect(self.update_choice)
        self.choices.browse_asked.connect(self._browse)
        self.choices.target_changed.connect(self._ask_for_room)
        policy = state.now.policy
        offer = self.choices.offer_shelves
        queries.run(lambda library: _shelves(library, policy), lambda shelves: offer(*shelves), key="what to copy")
        queries.run(lambda library: some_example(library, policy), self.choices.offer_example, key="example")
        queries.run(lambda _: (memory.recall(), drives()), lambda found: self._offer(*found), key="targets")

    # --- choosing ------------------------------------------------------------------------------------

    def _offer(self, remembered: list[Remembered], plugged: list[Drive]) -> None:
        self.choices.offer_targets(remembered, plugged)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where the copies go"))
        if folder:
            self.choices.show_target(folder)

    def _ask_for_room(self, target: str) -> None:
        self.choices.show_room(None)
        if os.path.isabs(target):
            self._queries.run(lambda _: free(target), self.choices.show_room, key="room")

    # --- planning and copying ------------------------------------------------------------------------

    def find_out(self) -> None:
        """Make the plan of what is chosen."""
        now = self._state.now
        self.copying = Copying(self.choices.wish(), now.policy, self._memory, now.among)
        self.begin(self.tr("Looking what is there…"), self.tr("Nothing is changed yet, neither here nor there."))
        self._job = self._work.plan_copy(self.copying, self._planned)

    def _planned(self, tally: Tally) -> None:
        self.rest()
        plan = self.copying.plan if self.copying is not None else None
        if tally.error is not None or plan is None or self.copying is None:
            title = self.tr("Stopped") if tally.error is None else self.tr("Nothing can be copied there")
            self.settle(title, words.one_line(tally.error or self.tr("Nothing was changed.")))
            return
        self.plan.show_plan(plan, self.copying.pace)
        copies = plan.count(Action.COPY, Action.REPLACE)
        text = self.tr("Copy {}").format(words.files(copies)) if copies else self.tr("Go on")
        self.present(text, possible=not lacks(plan))

    def copy(self) -> None:
        """Carry out the plan that is shown."""
        if self.copying is None:
            return
        text = self.tr("You may close this and go on working; what is copied is whole at every moment.")
        self.begin(self.tr("Copying to {}").format(words.printable(self.copying.wish.target)), text)
        self._job = self._work.copy(self.copying, self._copied)
        self._job.progressed.connect(self._advance)

    def _advance(self, at: Progress) -> None:
        if self.copying is not None:
            self.course.advance(at, self.copying.size)

    def _copied(self, tally: Tally) -> None:
        self.rest()
        copying = self.copying
        if copying is None:
            return
        copied = sum(copying.done.get(action.value, 0) for action in (Action.COPY, Action.REPLACE))
        text = self.tr("{} copied, {}.").format(words.files(copied), words.size(copying.size))
        if retagged := copying.done.get(Action.RETAG.value, 0):
            more = self.tr("{} got another genre there.").format(words.files(retagged))
            text = f"{text} {more}" if copied else more
        if tally.error is not None:
            self.settle(self.tr("Copying was interrupted"), f"{text} {words.one_line(tally.error)}", tally.failures)
        elif tally.cancelled:
            more = self.tr("What is there is whole. Plan it again to go on.")
            self.settle(self.tr("Copying was stopped"), f"{text} {more}", tally.failures)
        elif tally.failures:
            more = self.tr("What is there is whole and was compared with what was read. Plan it again to try the rest.")
            title = self.tr("{} not copied").format(words.files(len(tally.failures)))
            self.settle(title, f"{text} {more}", [*tally.failures, *copying.notes])
        else:
            if copied or retagged:
                text = self.tr("{} All of it was compared with what was read.").format(text)
            elif not any(copying.done.get(action.value, 0) for action in (Action.MOVE, Action.DELETE)):
                text = self.tr("All of it was there already.")
            more = self.tr("The drive can be taken out once it is ejected.")
            self.settle(self.tr("Done"), f"{text} {more}", copying.notes)
        self.ended.emit(copying, tally)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._queries.drop("what to copy")
        self._queries.drop("example")
        self._queries.drop("targets")
        self._queries.drop("room")
        super().closeEvent(event)


def _shelves(library: Library, policy: Policy) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Count the genres that copies would have, and the albums."""
    from genre_tagger.library.shelves.browsing import Chosen
    from genre_tagger.sorting.copies.genres import genres_in_copies

    albums = library.shelves(Chosen(), **policy.terms()).albums
    return genres_in_copies(library, policy), [(shelf.name, shelf.tracks) for shelf in albums[1:] if shelf.name]
