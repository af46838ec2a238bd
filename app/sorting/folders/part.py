"""Joins the action that puts files into folders with its dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.organising import Organising
from app.jobs.state import LibraryState
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices

if TYPE_CHECKING:
    from app.sorting.copies.choices import Stock
    from app.sorting.folders.dialog import FolderDialog


class FolderPart(QObject):
    """Opens the dialog, and keeps it while files are moved behind the window; `stock` says what there is to choose."""

    def __init__(
        self, window: QMainWindow, action: QAction, work: Work, state: LibraryState, notices: Notices,
        stock: Callable[[], Stock],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._action, self._work = window, action, work
        self._state, self._notices, self._stock = state, notices, stock
        self.dialog: FolderDialog | None = None
        action.triggered.connect(lambda: self.open())
        state.changed.connect(lambda _: self._update())
        self._update()

    def _update(self) -> None:
        self._action.setEnabled(self._state.now.can_write and bool(self._state.now.folders))

    def open(self) -> None:
        """Show the dialog: the one that is at work, or a new one."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.activateWindow()
            return
        from app.sorting.folders.dialog import FolderDialog  # not before it is wanted

        if self.dialog is None or not self.dialog.is_busy():
            if self.dialog is not None:
                self.dialog.deleteLater()
            self.dialog = FolderDialog(self._stock(), self._work, self._state, self._window)
            self.dialog.ended.connect(self._ended)
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
