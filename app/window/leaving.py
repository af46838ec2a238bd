"""How a window is left: the question in the middle of a job, and what is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from app.look import words

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from genre_tagger.library.library import Library

# The file in hand is waited for so long (s) when the window is closed: as long as a later start waits for this one to
# be gone, nearly. A session that ends or a polite kill is followed by a rude one, and waits less. A file that takes
# longer stays as it was, and its turn comes again.
_CLOSED_S, _LEFT_S = 15.0, 5.0
# Everything else stops within moments; a drive that does not answer is not waited for.
_STOP_S = 10.0
_SLICE_S = 0.1


class Leaving(QObject):
    """Closes a window, with a question or without.

    `ended` is false when a thread is still at work after all that waiting: then the process has to go at once.
    Signal: began(), when it is agreed to close and the waiting begins.
    """

    began = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._hurried = False
        self.ended = True

    def leave(self) -> None:
        """Close without asking, whatever is open."""
        self._hurried = True
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        self._window.close()

    def is_agreed(self) -> bool:
        """Ask whether to close, where that is not a matter of course."""
        if self._hurried:
            return True
        question = self._question(set(self._window.work.kinds()))
        return question is None or self._agrees(*question) or self._hurried

    def hurry(self) -> None:
        """Wait no longer than a polite kill leaves time for, also when closing has begun already."""
        self._hurried = True

    def stop(self) -> None:
        """End what goes on; a write or an undo goes on at the next start."""
        self.began.emit()
        window, began = self._window, time.monotonic()
        patient = _CLOSED_S if {"write", "undo"} & set(window.work.kinds()) else _STOP_S

        def left() -> float:
            return max(0.0, began + (_LEFT_S if self._hurried else patient) - time.monotonic())

        if added := window.work.added():
            # What waits for its turn is scanned at the next start.
            window.queries.run(lambda library: _remember(library, added))
        window.work.leave_off()
        window.sound.stop(min(left(), _STOP_S))
        self.ended = window.queries.stop(min(left(), _STOP_S))
        # In slices, because Python hears of a signal only between two of them.
        while not (worked := window.work.stop(_SLICE_S)) and left():
            pass
        self.ended = self.ended and worked

    # --- the question --------------------------------------------------------------------------------

    def _question(self, kinds: set[str]) -> tuple[str, str, str] | None:
        """What to ask: a title, what happens, and what the button says that stays; None where nothing is lost."""
        others = self._window.work.left() - 1
        first = self.tr("The file in hand is finished first.")
        if "write" in kinds:
            text = self.tr("{} The others ({}) are written when Genre Tagger is started again.")
            text = text.format(first, words.files(others)) if others > 0 else first
            return self.tr("Genres are being written. Close now?"), text, self.tr("Keep writing")
        if "undo" in kinds:
            text = self.tr("{} The others ({}) are given back when Genre Tagger is started again.")
            text = text.format(first, words.files(others)) if others > 0 else first
            return self.tr("Genres are being taken back. Close now?"), text, self.tr("Keep going")
        if "describe" in kinds:
            title = self.tr("A table of features is being computed. Close now?")
            return title, self.tr("What was computed so far would be lost. No file is touched."), self.tr("Keep going")
        return None

    def _agrees(self, title: str, text: str, stay: str) -> bool:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("Close Genre Tagger"))
        box.setText(title)
        box.setInformativeText(text)
        close = box.addButton(self.tr("Close"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(stay, QMessageBox.ButtonRole.RejectRole))
        box.exec()
        agreed = box.clickedButton() is close
        box.deleteLater()
        return agreed


def _remember(library: Library, paths: list[str]) -> None:
    from genre_tagger.files.scan import refusal

    for path in paths:
        if refusal(path) is None:
            library.add_folder(path)
