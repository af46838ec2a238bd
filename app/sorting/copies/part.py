"""Joins the action that copies with the dialog, and says at the start what an earlier session left in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.copying import Copying, Memory, Remembered
from app.jobs.queries import Queries
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices
from app.table.track_list import TrackList

if TYPE_CHECKING:
    from app.sorting.copies.choices import Stock
    from app.sorting.copies.dialog import CopyDialog


class CopyPart(QObject):
    """Opens the dialog, and keeps it while it copies behind the window."""

    def __init__(
        self,
        window: QMainWindow,
        action: QAction,
        queries: Queries,
        work: Work,
        tracks: TrackList,
        state: LibraryState,
        notices: Notices,
        state_folder: str,
    ) -> None:
        super().__init__(window)
        self._window, self._action, self._queries, self._work = window, action, queries, work
        self._tracks, self._state, self._notices = tracks, state, notices
        self._memory = Memory(state_folder, queries.library_path)
        self.dialog: CopyDialog | None = None
        action.triggered.connect(lambda: self.open())
        state.changed.connect(self._follow)
        self._update()
        if state.now.opened:
            self._ask_what_is_left()

    def _follow(self, before: Known) -> None:
        self._update()
        if self._state.now.opened and not before.opened:
            self._ask_what_is_left()

    def _update(self) -> None:
        self._action.setEnabled(self._state.now.opened)

    def _ask_what_is_left(self) -> None:
        self._queries.run(lambda _: self._memory.recall(), self._say_what_is_left)

    def _say_what_is_left(self, remembered: list[Remembered]) -> None:
        left = next((each for each in remembered if each.unfinished), None)
        if left is not None:
            text = self.tr("The copy to {} was not finished. What is there is whole.")
            text = text.format(words.printable(left.wish.target))
            self._notices.say(JobKind.COPY.value, text, self.tr("Go on…"), lambda: self.open(left))

    def open(self, again: Remembered | None = None) -> None:
        """Show the dialog: the one that copies, or a new one, with the wish of an earlier copy if that is given."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.activateWindow()
            return
        from app.sorting.copies.dialog import CopyDialog  # not before it is wanted

        if self.dialog is None or not self.dialog.is_busy():
            if self.dialog is not None:
                self.dialog.deleteLater()
            self.dialog = CopyDialog(self.stock(), self._queries, self._work, self._state, self._memory, self._window)
            self.dialog.ended.connect(self._ended)
            if again is not None:
                self.dialog.choices.show_wish(again.wish)
        self.dialog.show()

    def stock(self) -> Stock:
        """Say what there is to choose from: the library, what the table shows, what is selected."""
        from app.sorting.copies.choices import Stock

        tracks = self._tracks
        ids = tracks.model.ids()
        track = tracks.current_track() or (tracks.model.track_at(0) if ids else None)
        proposal = tracks.model.proposal_of(track.id) if track is not None else None
        genres = proposal.new if proposal is not None and proposal.ticked else ()
        return Stock(self._state.now.counted, tracks.filter, len(ids), tracks.selected_ids(), track, genres)

    def _ended(self, copying: Copying, tally: Tally) -> None:
        """Say how it went to somebody who has closed the dialog."""
        self._notices.unsay(JobKind.COPY.value)
        if self.dialog is not None and self.dialog.isVisible():
            return
        where = words.printable(copying.wish.target)
        if tally.came_to_its_end and not tally.failures:
            self._window.statusBar().showMessage(self.tr("Everything was copied to {}").format(where), 10_000)
        else:
            text = self.tr("Not everything was copied to {}.").format(where)
            self._notices.say(JobKind.COPY.value, text, self.tr("Show why"), self._show_dialog)

    def _show_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.show()
