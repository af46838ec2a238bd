"""Joins the action that puts files into folders with its dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.organising import Organising
from app.jobs.queries import Queries
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices

if TYPE_CHECKING:
    from app.sorting.copies.choices import Stock
    from app.sorting.folders.dialog import FolderDialog
    from genre_tagger.library.library import Library
    from genre_tagger.sorting.folders.interrupted import Interrupted


class FolderPart(QObject):
    """Opens the dialog, and keeps it while files are moved behind the window; `stock` says what there is to choose."""

    def __init__(
        self, window: QMainWindow, action: QAction, queries: Queries, work: Work, state: LibraryState, notices: Notices,
        stock: Callable[[], Stock],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._action, self._queries, self._work = window, action, queries, work
        self._state, self._notices, self._stock = state, notices, stock
        self.dialog: FolderDialog | None = None
        action.triggered.connect(lambda: self.open())
        state.changed.connect(self._follow)
        self._update()
        if state.now.can_write:
            self._ask_what_is_left()

    def _follow(self, before: Known) -> None:
        self._update()
        if self._state.now.can_write and not before.can_write:
            self._ask_what_is_left()

    def _update(self) -> None:
        self._action.setEnabled(self._state.now.can_write and bool(self._state.now.folders))

    # --- what was interrupted ------------------------------------------------------------------------

    def _ask_what_is_left(self) -> None:
        self._queries.run(_interrupted, self._say_what_is_left)

    def _say_what_is_left(self, left: Interrupted | None) -> None:
        if left is None:
            return
        done, total = words.number(left.done), words.files(left.done + len(left.rest.moves))
        if left.rest.keep:
            text = self.tr("Copying into folders was interrupted after {} of {}. Every file is whole.")
        else:
            text = self.tr(
                "Moving into folders was interrupted after {} of {}. Every file is whole, and the others stayed."
            )
        back = self.tr("Put everything back"), lambda: self._work.undo(left.batch, left.done)
        notice = self._notices.say(
            JobKind.MOVE.value, text.format(done, total), self.tr("Go on"), lambda: self.open(left),
            *([back] if left.done else []),
        )  # fmt: skip
        notice.close_button.clicked.connect(lambda: self._queries.run(_giving_up(left.batch), lambda _: None))

    # --- the dialog ----------------------------------------------------------------------------------

    def open(self, left: Interrupted | None = None) -> None:
        """Show the dialog: the one that is at work, or a new one, which goes on with what was interrupted if any is."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.activateWindow()
            return
        from app.sorting.copies.choices import some_example
        from app.sorting.folders.dialog import FolderDialog  # not before it is wanted

        if self.dialog is None or not self.dialog.is_busy():
            if self.dialog is not None:
                self.dialog.deleteLater()
            self.dialog = FolderDialog(self._stock(), self._work, self._state, self._window)
            policy, offer = self._state.now.policy, self.dialog.choices.offer_example
            self._queries.run(lambda library: some_example(library, policy), offer, key="example")
            self.dialog.ended.connect(self._ended)
            if left is not None:
                self.dialog.go_on(left)
        self.dialog.show()

    def _ended(self, organising: Organising, tally: Tally) -> None:
        """Say how it went to somebody who has closed the dialog."""
        self._notices.unsay(JobKind.MOVE.value)
        if self.dialog is not None and self.dialog.isVisible():
            return
        if tally.came_to_its_end and not tally.failures:
            text = self.tr("{} put into folders").format(words.files(organising.files))
            self._window.statusBar().showMessage(text, 10_000)
        else:
            text = self.tr("Not every file was put into its folder.")
            self._notices.say(JobKind.MOVE.value, text, self.tr("Show why"), self._show_dialog)

    def _show_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.show()


def _interrupted(library: Library) -> Interrupted | None:
    """Look into the journal. For the thread of the queries, as what follows."""
    from genre_tagger import line
    from genre_tagger.sorting.folders.interrupted import interrupted
    from genre_tagger.writing.journal import Journal

    with Journal.open(line.journal_path(library.path)) as journal:
        return interrupted(journal, library.folders())


def _giving_up(batch: int) -> Callable[[Library], None]:
    def give_up(library: Library) -> None:
        from genre_tagger import line
        from genre_tagger.sorting.folders.interrupted import close
        from genre_tagger.writing.journal import Journal
        from genre_tagger.writing.moves import Stage

        with Journal.open(line.journal_path(library.path)) as journal:
            close(journal.moves, batch, Stage.FAILED)

    return give_up
