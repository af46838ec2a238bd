"""Into genre folders: what is chosen, planned as a table and moved in one window."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.jobs.copying import ALL
from app.jobs.organising import FolderWish, Organising
from app.jobs.queue import Progress
from app.jobs.state import LibraryState
from app.jobs.wishes import Tally
from app.jobs.work import Work
from app.look import theme, words
from app.look.widgets import fit
from app.sorting.copies.choices import Stock
from app.sorting.folders.choices import FolderChoices
from app.sorting.folders.plan import FolderPlanPage
from app.sorting.planned import PlannedDialog, lacks
from genre_tagger.sorting.folders.interrupted import Interrupted


class FolderDialog(PlannedDialog):
    """Signal: ended(Organising, Tally) when files have been moved."""

    ended = Signal(object, object)

    def __init__(self, stock: Stock, work: Work, state: LibraryState, parent: QWidget | None = None) -> None:
        self.choices, self.plan = FolderChoices(stock), FolderPlanPage()
        self._work, self._state = work, state
        super().__init__(words.tr("Into genre folders"), self.choices, self.plan, self._can_be_planned, parent)
        fit(self, 110 * theme.UNIT, 70 * theme.UNIT)
        self.organising: Organising | None = None
        self.plan_wished.connect(self.find_out)
        self.go_wished.connect(self.organise)
        self.choices.changed.connect(self.update_choice)
        self.choices.browse_asked.connect(self._browse)

    def _can_be_planned(self) -> bool:
        return self.choices.is_enough() and self._state.now.can_write

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Below which folder"))
        if folder:
            self.choices.show_root(folder)

    # --- planning and moving -------------------------------------------------------------------------

    def find_out(self) -> None:
        """Make the plan of what is chosen."""
        self.organising = Organising(self.choices.wish(), self._state.now.policy, self._state.now.among)
        self.begin(self.tr("Looking what is where…"), self.tr("Nothing is changed yet."))
        self._job = self._work.plan_folders(self.organising, self._planned)

    def _planned(self, tally: Tally) -> None:
        self.rest()
        plan = self.organising.plan if self.organising is not None else None
        if tally.error is not None or plan is None:
            title = self.tr("Stopped") if tally.error is None else self.tr("Nothing can be put there")
            self.settle(title, words.one_line(tally.error or self.tr("Nothing was changed.")))
            return
        self.plan.show_plan(plan)
        text = self.tr("Copy {}") if plan.keep else self.tr("Move {}")
        self.present(text.format(words.files(len(plan.moves))), possible=bool(plan.moves) and not lacks(plan))

    def go_on(self, left: Interrupted) -> None:
        """Go on with what was interrupted, as it was agreed to."""
        wish = FolderWish(left.rest.root, ALL, "", left.rest.keep)
        self.organising = Organising(wish, self._state.now.policy, plan=left.rest, going_on=left.batch)
        self.organise()

    def organise(self) -> None:
        """Carry out the plan that is shown."""
        if self.organising is None:
            return
        text = self.tr("You may close this and go on working; every file is whole at every moment.")
        self.begin(self.tr("Putting files into folders"), text)
        self._job = self._work.organise(self.organising, self._done)
        self._job.progressed.connect(self._advance)

    def _advance(self, at: Progress) -> None:
        self.course.advance(at)

    def _done(self, tally: Tally) -> None:
        self.rest()
        organising = self.organising
        if organising is None:
            return
        text = self.tr("{} copied.") if organising.wish.keep else self.tr("{} moved.")
        text = text.format(words.files(organising.files))
        if organising.lists:
            lists = self.tr("Playlists and cue sheets that follow: {}.").format(words.number(len(organising.lists)))
            text = f"{text} {lists}"
        back = self.tr("History (Ctrl+H) brings everything back.") if organising.files else ""
        if tally.error is not None:
            self.settle(self.tr("It was interrupted"), f"{text} {words.one_line(tally.error)}", tally.failures)
        elif tally.cancelled:
            more = self.tr("The others are where they were.")
            self.settle(self.tr("It was stopped"), f"{text} {more} {back}", tally.failures)
        else:
            title = self.tr("{} not copied") if organising.wish.keep else self.tr("{} not moved")
            title = title.format(words.files(len(tally.failures))) if tally.failures else self.tr("Done")
            self.settle(title, f"{text} {back}", tally.failures)
        self.ended.emit(organising, tally)
